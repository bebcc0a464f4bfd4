//! Which chats there are, which one a flat client shows, and to whom it is said that somebody types.

use std::sync::Arc;

use landline_hub::SessionId;
use landline_protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::{Chat, KEPT_MS, Pair, Roster, State, Tell, USE_SAVED_EVERY_MS};
use crate::dialect::fastchat::form::Form;
use crate::dialect::fastchat::problem::Problem;
use crate::dialect::fastchat::writing::Frame;

impl State {
    /// `OPEN_CHAT`.
    ///
    /// # Errors
    /// The target is not here.
    pub(crate) fn open(
        &mut self,
        conn: SessionId,
        target: UserId,
        roster: &Roster,
        now: Timestamp,
    ) -> Result<Vec<Tell>, Problem> {
        let Some(known) = self.conns.get_mut(&conn) else {
            return Ok(Vec::new());
        };
        let opener = known.user;
        if !self.is_here(target, roster) {
            return Err(Problem::NotFound(None));
        }
        let is_repeat = self.is_open(opener, target, now);
        self.use_chat(opener, target, now);
        if let Some(known) = self.conns.get_mut(&conn) {
            known.spoke_to = Some(target);
        }
        self.make_current(opener, target);
        let mut tells = match self.chat_opened(opener, target, roster, now) {
            Some(frame) => self.tell(opener, None, &frame),
            None => Vec::new(),
        };
        if !is_repeat {
            tells.extend(self.tell_opened(target, opener, roster, now));
        }
        Ok(tells)
    }

    /// Somebody wrote to `me`; called before each of their connections is told. A member of the room opens a chat by
    /// writing.
    pub(crate) fn hear(
        &mut self,
        me: UserId,
        from: UserId,
        roster: &Roster,
        now: Timestamp,
    ) -> Vec<Tell> {
        let is_open = self.is_open(me, from, now);
        self.use_chat(from, me, now);
        if !is_open {
            return self.tell_opened(me, from, roster, now);
        }
        if let Some(user) = self.users.get_mut(&me) {
            user.heard = Some(from);
        }
        if self.has(me, Form::Flat) && self.current(me, now).is_none() {
            self.make_current(me, from);
        }
        Vec::new()
    }

    /// Tells `me` that `opener` opened a chat; a flat client that shows another one is left alone.
    fn tell_opened(
        &mut self,
        me: UserId,
        opener: UserId,
        roster: &Roster,
        now: Timestamp,
    ) -> Vec<Tell> {
        let Some(frame) = self.chat_opened(me, opener, roster, now) else {
            return Vec::new();
        };
        if let Some(user) = self.users.get_mut(&me) {
            user.heard = Some(opener);
        }
        let mut tells = self.tell(me, Some(Form::Nested), &frame);
        if self.has(me, Form::Flat) && self.current(me, now).is_none() {
            self.make_current(me, opener);
            tells.extend(self.tell(me, Some(Form::Flat), &frame));
        }
        tells
    }

    /// To whom a connection's `TYPING` goes.
    ///
    /// # Errors
    /// It has no chat.
    pub(crate) fn typing(
        &mut self,
        conn: SessionId,
        is_typing: bool,
        now: Timestamp,
    ) -> Result<UserId, Problem> {
        let partner = self
            .typing_partner(conn, now)
            .ok_or(Problem::NoChat(None))?;
        if let Some(user) = self
            .conns
            .get(&conn)
            .and_then(|conn| self.users.get_mut(&conn.user))
        {
            user.typing_to = is_typing.then_some(partner);
        }
        Ok(partner)
    }

    /// A `TYPING` was too many: who still believes that its sender types.
    pub(crate) fn typing_stops(&mut self, conn: SessionId) -> Option<UserId> {
        let user = self.conns.get(&conn)?.user;
        self.users.get_mut(&user)?.typing_to.take()
    }

    /// Tells a dialect user's connections that somebody types; nothing for anybody else.
    pub(crate) fn tell_typing(&mut self, from: UserId, to: UserId, is_typing: bool) -> Vec<Tell> {
        let name = self.name_of(from).unwrap_or_default();
        self.tell(
            to,
            None,
            &Frame::Typing {
                user: from,
                name,
                is_typing,
            },
        )
    }

    fn typing_partner(&self, conn: SessionId, now: Timestamp) -> Option<UserId> {
        let conn = self.conns.get(&conn)?;
        if conn.form == Form::Flat {
            return self.current(conn.user, now);
        }
        let heard = self.users.get(&conn.user).and_then(|user| user.heard);
        let is_open = |partner: &UserId| self.is_open(conn.user, *partner, now);
        conn.spoke_to
            .filter(is_open)
            .or(heard.filter(is_open))
            .or_else(|| self.last_used(conn.user, now))
    }

    fn last_used(&self, user: UserId, now: Timestamp) -> Option<UserId> {
        let mine = self.chats.iter().filter(|(pair, chat)| {
            (pair.0 == user || pair.1 == user) && chat.used.0 + KEPT_MS > now.0
        });
        let (pair, _) = mine.max_by_key(|(_, chat)| chat.used)?;
        Some(if pair.0 == user { pair.1 } else { pair.0 })
    }

    /// The partner of the chat that a flat client shows.
    pub(super) fn current(&self, user: UserId, now: Timestamp) -> Option<UserId> {
        let current = self.users.get(&user)?.current?;
        self.is_open(user, current, now).then_some(current)
    }

    pub(super) fn make_current(&mut self, user: UserId, partner: UserId) {
        if let Some(user) = self.users.get_mut(&user)
            && user.current != Some(partner)
        {
            user.current = Some(partner);
            self.is_changed = true;
        }
    }

    pub(super) fn is_open(&self, one: UserId, other: UserId, now: Timestamp) -> bool {
        let chat = self.chats.get(&Pair::new(one, other));
        chat.is_some_and(|chat| chat.used.0 + KEPT_MS > now.0)
    }

    /// The chat of two is used now; made by `opener` if there is none.
    pub(super) fn use_chat(&mut self, opener: UserId, other: UserId, now: Timestamp) {
        if !self.is_open(opener, other, now) {
            let chat = Chat {
                id: Uuid::new_v4(),
                opener,
                used: now,
                saved: now,
            };
            self.chats.insert(Pair::new(opener, other), chat);
            self.is_changed = true;
            return self.forget_the_old(now);
        }
        if let Some(chat) = self.chats.get_mut(&Pair::new(opener, other)) {
            chat.used = now;
            if chat.saved.0 + USE_SAVED_EVERY_MS <= now.0 {
                chat.saved = now;
                self.is_changed = true;
            }
        }
    }

    /// `CHAT_OPENED` as `me` is told it.
    pub(super) fn chat_opened(
        &self,
        me: UserId,
        other: UserId,
        roster: &Roster,
        now: Timestamp,
    ) -> Option<Frame> {
        let chat = self
            .chats
            .get(&Pair::new(me, other))
            .filter(|_| self.is_open(me, other, now))?;
        let target = if chat.opener == me { other } else { me };
        let name: Option<Arc<str>> = self.name_of(other).or_else(|| roster.get(&other).cloned());
        Some(Frame::ChatOpened {
            chat_id: chat.id,
            participants: [chat.opener, target],
            target: other,
            target_name: name.unwrap_or_default(),
        })
    }
}
