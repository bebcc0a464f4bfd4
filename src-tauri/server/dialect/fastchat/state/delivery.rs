//! What becomes of a message: posted, held for somebody who was here a moment ago, or failed. Each is acknowledged to
//! whoever sent it, once for each time it was sent.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use landline_hub::SessionId;
use landline_protocol::{MessageId, Timestamp, UserId};

use super::{State, Tell};
use crate::dialect::fastchat::form::Form;
use crate::dialect::fastchat::problem::Problem;
use crate::dialect::fastchat::writing::{Frame, Status};

/// Settled messages remembered for each sender; the room's log knows the older ones.
const SETTLED_MAX: usize = 256;

/// A message on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parcel {
    pub(crate) author: UserId,
    pub(crate) to: UserId,
    pub(crate) body: Arc<str>,
    pub(crate) message_id: MessageId,
}

/// What to do with a message that the log had already.
#[derive(Debug, PartialEq)]
pub(crate) enum Known {
    /// Say that it was delivered.
    Delivered(Vec<Tell>),
    /// Give it to the recipient.
    Push(Parcel),
}

/// Every message of which something is still to be said, and the last settled ones.
#[derive(Default)]
pub(super) struct Deliveries {
    pub(super) sent: HashMap<(UserId, MessageId), Sent>,
    settled: HashMap<UserId, VecDeque<MessageId>>,
    /// By recipient, in the order in which they were sent.
    pub(super) held: HashMap<UserId, Vec<Parcel>>,
}

pub(super) struct Sent {
    pub(super) parcel: Parcel,
    pub(super) stage: Stage,
    /// The connections that wait for the acknowledgement, one for each time it was sent.
    pub(super) waiting: Vec<(SessionId, Form)>,
    /// Whether it went to the hub once; the log may have it then.
    pub(super) is_posted: bool,
    /// Whether a connection of the recipient was given it.
    pub(super) is_said: bool,
    /// Whether it went to the hub, and its sender was not told that it was delivered, before this try.
    pub(super) is_again: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// By this session.
    Posted(SessionId),
    Held,
    Delivered,
    /// It may be tried again.
    Failed,
}

impl Deliveries {
    pub(super) fn forget(&mut self, is_gone: impl Fn(UserId) -> bool) {
        self.sent.retain(|(author, _), sent| {
            !is_gone(*author) || matches!(sent.stage, Stage::Posted(_) | Stage::Held)
        });
        self.settled.retain(|author, _| !is_gone(*author));
    }

    fn settle(&mut self, author: UserId, message_id: &MessageId) {
        let settled = self.settled.entry(author).or_default();
        settled.retain(|known| known != message_id);
        settled.push_back(message_id.clone());
        if settled.len() > SETTLED_MAX
            && let Some(oldest) = settled.pop_front()
        {
            self.sent.remove(&(author, oldest));
        }
    }
}

impl State {
    /// A message went to the hub.
    pub(crate) fn posted(&mut self, author: UserId, message_id: &MessageId) {
        if let Some(sent) = self.deliveries.sent.get_mut(&(author, message_id.clone())) {
            sent.is_posted = true;
        }
    }

    /// A connection of the recipient was given a message.
    pub(crate) fn said(&mut self, author: UserId, message_id: &MessageId) {
        if let Some(sent) = self.deliveries.sent.get_mut(&(author, message_id.clone())) {
            sent.is_said = true;
        }
    }

    /// The log had this message already. It was delivered then, unless its sender was told otherwise: in that case it is
    /// given to the recipient now, past the log.
    pub(crate) fn known(
        &mut self,
        author: UserId,
        message_id: &MessageId,
        now: Timestamp,
    ) -> Known {
        let sent = self.deliveries.sent.get(&(author, message_id.clone()));
        let again = sent
            .filter(|sent| sent.is_again && !sent.is_said)
            .map(|sent| sent.parcel.clone());
        match again {
            Some(parcel) if !self.members.contains_key(&parcel.to) => Known::Push(parcel),
            _ => Known::Delivered(self.written(author, message_id, now)),
        }
    }

    /// A message as the recipient's connections are told it, past the log.
    pub(crate) fn push(&mut self, parcel: &Parcel, now: Timestamp) -> Vec<Tell> {
        let frame = Frame::Msg {
            from: parcel.author,
            from_name: self.name_of(parcel.author).unwrap_or_default(),
            to: parcel.to,
            content: parcel.body.clone(),
            message_id: parcel.message_id.clone(),
            at: now,
        };
        self.said(parcel.author, &parcel.message_id);
        self.tell(parcel.to, None, &frame)
    }

    /// A message was written to a live connection of its recipient.
    pub(crate) fn written(
        &mut self,
        author: UserId,
        message_id: &MessageId,
        now: Timestamp,
    ) -> Vec<Tell> {
        let frame = Frame::Ack {
            message_id: message_id.clone(),
            status: Status::Delivered,
            at: now,
        };
        self.settle(author, message_id, Stage::Delivered, &frame)
    }

    /// A message reached nobody: it waits if its recipient left just now.
    pub(crate) fn not_written(
        &mut self,
        author: UserId,
        message_id: &MessageId,
        now: Timestamp,
    ) -> Vec<Tell> {
        let key = (author, message_id.clone());
        let Some(sent) = self.deliveries.sent.get_mut(&key) else {
            return Vec::new();
        };
        sent.is_said = false;
        let parcel = sent.parcel.clone();
        if !self.hold(&parcel, now) {
            return self.failed(author, message_id, &Problem::Failed(message_id.clone()));
        }
        let Some(sent) = self.deliveries.sent.get_mut(&key) else {
            return Vec::new();
        };
        sent.stage = Stage::Held;
        sent.is_again = sent.is_posted;
        let frame = Frame::Ack {
            message_id: message_id.clone(),
            status: Status::Pending,
            at: now,
        };
        sent.waiting
            .iter()
            .map(|(to, form)| Tell {
                to: *to,
                form: *form,
                frame: frame.clone(),
            })
            .collect()
    }

    /// A message will not be delivered; it may be tried again.
    pub(crate) fn failed(
        &mut self,
        author: UserId,
        message_id: &MessageId,
        problem: &Problem,
    ) -> Vec<Tell> {
        self.settle(
            author,
            message_id,
            Stage::Failed,
            &Frame::Error(problem.clone()),
        )
    }

    /// The log knows this id with other content, from before what is remembered here.
    pub(crate) fn conflicts(&mut self, author: UserId, message_id: &MessageId) -> Vec<Tell> {
        self.failed(author, message_id, &CONFLICT)
    }

    fn settle(
        &mut self,
        author: UserId,
        message_id: &MessageId,
        stage: Stage,
        frame: &Frame,
    ) -> Vec<Tell> {
        let Some(sent) = self.deliveries.sent.get_mut(&(author, message_id.clone())) else {
            return Vec::new();
        };
        sent.stage = stage;
        let waiting = std::mem::take(&mut sent.waiting);
        self.deliveries.settle(author, message_id);
        let is_there = |(to, _): &(SessionId, Form)| self.conns.contains_key(to);
        let tell = |(to, form)| Tell {
            to,
            form,
            frame: frame.clone(),
        };
        waiting.into_iter().filter(is_there).map(tell).collect()
    }

    /// A session ended that had posted what is not settled: nobody will hear what became of it.
    pub(super) fn orphan(&mut self, conn: SessionId, user: UserId, now: Timestamp) -> Vec<Tell> {
        let posted = |sent: &&Sent| sent.stage == Stage::Posted(conn);
        let orphans: Vec<Parcel> = self
            .deliveries
            .sent
            .values()
            .filter(posted)
            .map(|sent| sent.parcel.clone())
            .collect();
        let mut tells = Vec::new();
        if self
            .users
            .get(&user)
            .is_none_or(|user| user.conns.is_empty())
        {
            // Nobody else can write to a member of the room in their name.
            let members = &self.members;
            for (_, held) in self
                .deliveries
                .held
                .iter_mut()
                .filter(|(to, _)| members.contains_key(to))
            {
                held.retain(|parcel| parcel.author != user);
            }
        }
        for Parcel {
            author,
            to,
            message_id,
            ..
        } in orphans
        {
            tells.extend(if to == user {
                self.not_written(author, &message_id, now)
            } else {
                self.failed(author, &message_id, &Problem::Failed(message_id.clone()))
            });
        }
        tells
    }
}

pub(super) const CONFLICT: Problem = Problem::Field(
    "message_id",
    "This message_id was sent before with other content",
);

#[cfg(test)]
impl State {
    /// How many messages are remembered.
    pub(super) fn deliveries_len(&self) -> usize {
        self.deliveries.sent.len()
    }
}
