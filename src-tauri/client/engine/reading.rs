//! How far the person has read, until the host is known to know it: a marker that was set while the host was away, or that
//! was lost on its way, is told again, also by an app that was started again.

use std::collections::BTreeMap;

use landline_protocol::Seq;
use landline_protocol::frame::{ClientFrame, MarkRead};

use crate::chat::Chat;
use crate::effect::{Effect, Write};

/// Markers that the host has not confirmed.
#[derive(Debug, Default)]
pub(super) struct Markers(BTreeMap<Chat, Seq>);

impl Markers {
    /// What the store held.
    pub(super) fn new(known: Vec<(Chat, Seq)>) -> Markers {
        Markers(known.into_iter().collect())
    }

    /// The person has read so far; whether that is news.
    pub(super) fn set(&mut self, chat: &Chat, seq: Seq, out: &mut Vec<Effect>) -> bool {
        let read = self.0.entry(chat.clone()).or_default();
        let is_news = seq > *read;
        if is_news {
            *read = seq;
            out.push(Effect::Write(Write::Read(chat.clone(), seq)));
        }
        is_news
    }

    /// The host's word for what it knows, in a new session; the frame if it has to be told again.
    pub(super) fn compare(
        &mut self,
        chat: &Chat,
        known: Seq,
        out: &mut Vec<Effect>,
    ) -> Option<ClientFrame> {
        let seq = *self.0.get(chat)?;
        if seq > known {
            return Some(frame(chat, seq));
        }
        self.forget(chat, out);
        None
    }

    /// Its log is gone, or it is left.
    pub(super) fn forget(&mut self, chat: &Chat, out: &mut Vec<Effect>) {
        if self.0.remove(chat).is_some() {
            out.push(Effect::Write(Write::ReadKnown(chat.clone())));
        }
    }
}

pub(super) fn frame(chat: &Chat, seq: Seq) -> ClientFrame {
    ClientFrame::MarkRead(MarkRead {
        topic: chat.topic(),
        with: chat.with(),
        seq,
    })
}
