//! What the hub tells: who is here, and what was said.

use std::sync::Arc;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::effect::PersonHere;
use landline_hub::{ChatKey, Entry};
use landline_protocol::{Timestamp, Via};

use super::{Steps, Talker};
use crate::dialect::Step;
use crate::dialect::fastchat::state::Roster;
use crate::dialect::fastchat::writing::{Frame, Shown};

impl Talker {
    pub(super) fn presence(&mut self, people: &[PersonHere], now: Timestamp, out: &mut Steps) {
        let (Some((me, _)), Some(conn)) = (&self.me, self.conn) else {
            return;
        };
        let me = *me;
        let is_member =
            |here: &&PersonHere| matches!(here.person.via, Via::App | Via::Browser | Via::Script);
        let named = |here: &PersonHere| (here.person.user_id, Arc::from(here.person.name.as_str()));
        self.roster = people.iter().map(named).collect();
        let members: Roster = people.iter().filter(is_member).map(named).collect();
        let is_first = !std::mem::replace(&mut self.is_in, true);
        let is_answer = std::mem::replace(&mut self.is_greeting, false);
        let (roster, told, form) = (&self.roster, &mut self.told, self.form);
        let (frames, parcels, wake_at) = self.shared.with(|inner| {
            let mut frames = Vec::new();
            let mut parcels = inner.state.see_members(conn, &members, now);
            let mut backlog = Vec::new();
            if is_first {
                let welcome = inner.state.accept(conn, roster, now);
                inner.send(welcome.late, None);
                frames.extend(
                    welcome
                        .chat
                        .and_then(|frame| frame.text(form))
                        .map(Utf8Bytes::from),
                );
                backlog = welcome.backlog;
                parcels.extend(welcome.parcels);
            }
            let shown = |here: &PersonHere| {
                let (user, name) = named(here);
                let name = inner.state.shown_name(&Shown { user, name });
                Shown { user, name }
            };
            let users = people.iter().map(shown).collect();
            if is_answer {
                frames.push(told.all(form, me, users, &mut inner.everybody));
            } else {
                frames.extend(told.changes(form, me, users, &mut inner.everybody));
            }
            frames.extend(
                backlog
                    .iter()
                    .filter_map(|frame| frame.text(form))
                    .map(Utf8Bytes::from),
            );
            (frames, parcels, inner.state.wake_at())
        });
        self.wake_at = wake_at;
        out.extend(frames.into_iter().map(Step::Say));
        self.queue.extend(parcels);
        self.post(out);
    }

    pub(super) fn said(&mut self, entry: &Entry, now: Timestamp, out: &mut Steps) {
        let Some((me, _)) = &self.me else { return };
        let (me, from) = (*me, entry.author.user_id);
        let ChatKey::Direct(..) = entry.chat else {
            return;
        };
        if from == me {
            return;
        }
        self.with(out, |inner, roster| {
            inner.state.said(from, &entry.message_id);
            inner.state.hear(me, from, roster, now)
        });
        let name = self.shared.with(|inner| inner.state.name_of(from));
        let frame = Frame::Msg {
            from,
            from_name: name.unwrap_or_else(|| entry.author.name.as_str().into()),
            to: me,
            content: entry.body.clone(),
            message_id: entry.message_id.clone(),
            at: entry.at,
        };
        self.say(&frame, out);
    }
}
