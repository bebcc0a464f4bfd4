//! What the pure part wants done, as a closed list.

use landline_protocol::bridge::OutboxState;
use landline_protocol::frame::{ClientFrame, ServerFrame};
use landline_protocol::{MessageId, Position, Seq, Timestamp, TopicName};
use std::sync::Arc;

use crate::Event;
use crate::chat::Chat;

/// What the shell does, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Put this on the socket. Dropped if there is none: whatever matters is sent again after the next hello.
    Send(ClientFrame),
    /// Hand this to the consumer. The mark is where the chat stands once it was handed over, and not before.
    Emit {
        event: Event,
        mark: Option<(Chat, Position)>,
    },
    /// Remember this, soon.
    Write(Write),
    /// This session leads nowhere: end it and make a new one after the usual wait.
    Restart(&'static str),
}

impl Effect {
    /// An event that moves no position.
    pub(crate) fn emit(event: Event) -> Effect {
        Effect::Emit { event, mark: None }
    }

    /// A server's frame, handed on as it is.
    pub(crate) fn frame(frame: ServerFrame) -> Effect {
        Effect::emit(Event::Frame(frame))
    }
}

/// A change of what the store knows of one room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Write {
    /// A message of mine, before anybody hears of it.
    Put(Row),
    /// Its state or its place in the queue changed.
    Change {
        message_id: MessageId,
        place: u64,
        failed: Option<String>,
    },
    /// It is discarded, or acknowledged and not to be kept.
    Remove(MessageId),
    /// It is acknowledged there: no longer in the outbox, but kept in case the host loses it.
    Keep(MessageId, Position),
    /// No longer kept: newer ones take its room.
    LetGo(MessageId),
    /// The host has lost it: back in the outbox, at this place.
    Offer(MessageId, u64),
    /// On disk, but by now its topic is known as one whose messages are never: leave no trace of it.
    Erase(MessageId),
    /// In this topic, after every hello; how long its messages live, if they disappear.
    Join(TopicName, Option<u32>),
    /// No longer.
    Leave(TopicName),
    /// The room answered at this address and has this name.
    Seen { name: Arc<str>, address: String },
    /// It was here until now.
    Parted,
    /// The room has this name.
    Named(Arc<str>),
    /// The consumer has everything up to here.
    At(Chat, Position),
    /// The person has read so far, and the host has not confirmed it.
    Read(Chat, Seq),
    /// The host knows how far.
    ReadKnown(Chat),
}

/// A message in the outbox, as the store keeps it unless it disappears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) message_id: MessageId,
    pub(crate) chat: Chat,
    pub(crate) content: Arc<str>,
    pub(crate) written_at: Timestamp,
    /// Rises with every message of the room; the order in which they are sent.
    pub(crate) place: u64,
    /// Why it failed; a failed message waits for the person.
    pub(crate) failed: Option<String>,
    /// Written where messages disappear: it is in memory only, and nowhere once the app ends.
    pub(crate) disappears: bool,
    /// The host had acknowledged it there, and lost it. Known while the app runs.
    pub(crate) offered: Option<Position>,
}

impl Row {
    /// Has this change of it written down, unless nothing of it is.
    pub(crate) fn record(&self, write: Write, out: &mut Vec<Effect>) {
        if !self.disappears {
            out.push(Effect::Write(write));
        }
    }

    /// How it stands after the app started.
    pub(crate) fn state(&self) -> OutboxState {
        if self.failed.is_some() {
            OutboxState::Failed
        } else {
            OutboxState::Queued
        }
    }
}
