//! Where one chat stands: what was handed over of it, and what came live behind a gap.

use std::collections::BTreeMap;

use landline_protocol::frame::Message;
use landline_protocol::{Position, Seq};

use super::LIVE_KEPT;
use crate::chat::{Chat, position_of};
use crate::living::Living;

#[derive(Debug, Default)]
pub(super) struct Log {
    /// The consumer was given everything up to here. Absent: nothing is known of this chat yet.
    pub(super) position: Option<Position>,
    /// The beginning of a direct chat that only a head told us of. Nothing of it was handed over yet: in the next session
    /// it is as new as before, and the list of chats tells the consumer how much of it is unread.
    pub(super) beginning: Option<Position>,
    pub(super) state: State,
    /// Whether the topic is joined in this session; a direct chat needs no joining.
    pub(super) joined: bool,
    /// Its messages disappear, and nothing of it is remembered beyond this process.
    pub(super) disappears: bool,
    /// By the message behind which it stands, and the order there.
    pub(super) live: BTreeMap<(Seq, Option<u64>), Message>,
    pub(super) overflowed: bool,
}

/// How a chat's position stands to what comes live in this session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum State {
    /// Not compared yet.
    #[default]
    Unknown,
    /// A gap is wanted, asked for or will be asked for again; what comes live is kept.
    Filling,
    /// What comes live follows.
    Live,
}

pub(super) enum Place {
    Next,
    Double,
    Later,
}

impl Log {
    /// Where a gap begins.
    pub(super) fn stands_at(&self) -> Option<Position> {
        self.position.or(self.beginning)
    }

    /// The same log, in no session.
    pub(super) fn at_rest(&self) -> Log {
        Log {
            position: self.position,
            disappears: self.disappears,
            ..Log::default()
        }
    }

    /// Where this message stands. One that disappears counts as seen once it is told to be the next.
    pub(super) fn place(&self, message: &Message, living: &mut Living) -> Place {
        if self.state == State::Filling {
            return Place::Later;
        }
        let here = position_of(message);
        let is_here = match self.position {
            None => true,
            // An unsynced position of another epoch may belong to a log that was rolled back: the host has to say.
            Some(position) if self.state != State::Live && position.epoch != here.epoch => false,
            Some(position) => match message.expires_at {
                Some(_) => here.seq <= position.seq,
                None if here.seq <= position.seq => return Place::Double,
                None => here.seq == position.seq + 1,
            },
        };
        match message.expires_at {
            _ if !is_here => Place::Later,
            Some(ends) if !living.is_new(message, ends) => Place::Double,
            _ => Place::Next,
        }
    }

    pub(super) fn keep(&mut self, message: Message) {
        self.live.insert((message.seq, message.order), message);
        if self.live.len() > LIVE_KEPT {
            self.live.pop_last();
            self.overflowed = true;
        }
    }

    /// What is remembered of this position beyond this process.
    pub(super) fn mark(&self, chat: &Chat, position: Position) -> Option<(Chat, Position)> {
        (!self.disappears).then(|| (chat.clone(), position))
    }
}
