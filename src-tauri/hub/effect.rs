//! What a hub wants done, as a closed list.

mod event;

use std::sync::Arc;

use landline_protocol::{CloseCode, Code, EntryKind, MessageId, Position, Timestamp, TopicName};

use crate::command::{ChatKey, ChatRef, Person, SessionId};
use crate::ports::{Append, PageQuery, Record};
use crate::searching::{Scope, Search};
pub use event::{DirectSummary, Event, Pairing, PersonHere, TopicSummary};

/// One entry of a chat's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands.
    pub chat: ChatKey,
    /// Who wrote it, as they were then.
    pub author: Person,
    /// What it is.
    pub kind: EntryKind,
    /// Its text.
    pub body: Arc<str>,
    /// The author's id for it.
    pub message_id: MessageId,
    /// Its place in the chat.
    pub position: Position,
    /// When the host took it; rises within a chat.
    pub at: Timestamp,
    /// The session that said it; none if it was read from the log.
    pub session: Option<SessionId>,
    /// The author's own frame, for those of the same dialect; not stored.
    pub original: Option<Arc<str>>,
    /// A message that disappears; its position is that of the entry before it.
    pub life: Option<Life>,
}

/// When a message disappears, and its order among those that do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// When it is gone.
    pub expires_at: Timestamp,
    /// Rises with every such message of this start of the host.
    pub order: u64,
}

/// What happened to a guest in a topic, told among its messages and never stored. It is about natives of one dialect,
/// for natives of that dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Where.
    pub topic: TopicName,
    /// Whose session.
    pub session: SessionId,
    /// Who.
    pub person: Person,
    /// What.
    pub kind: NoticeKind,
    /// The guest's own frame about it.
    pub original: Option<Arc<str>>,
    /// How many sessions of the same dialect are in the topic now.
    pub natives: u32,
}

/// See [`Notice`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    /// Came into the topic.
    Joined,
    /// Left it, or the room.
    Left,
    /// Sent a frame that is no message.
    Relayed,
}

/// Who hears an event.
#[derive(Debug, Clone)]
pub enum Audience {
    /// One session.
    One(SessionId),
    /// Many, perhaps without one of them. Shared, because a busy topic sends the same list for every message.
    Many(Arc<[SessionId]>, Option<SessionId>),
}

/// Why something was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: Code,
    /// For people.
    pub message: &'static str,
    /// The message it is about; that message now needs no other answer.
    pub message_id: Option<MessageId>,
    /// The topic it is about.
    pub topic: Option<TopicName>,
    /// The search it is about.
    pub search_id: Option<u64>,
    /// When to try again, in milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Which message to send first then.
    pub retry_from: Option<MessageId>,
}

impl Refusal {
    /// A refusal about nothing in particular.
    pub fn new(code: Code, message: &'static str) -> Refusal {
        Refusal {
            code,
            message,
            message_id: None,
            topic: None,
            search_id: None,
            retry_after_ms: None,
            retry_from: None,
        }
    }
}

/// What a hub wants done.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Put this into the log; the answer comes back as `Committed` or `NotCommitted`.
    Append(Append),
    /// Remember this; nobody waits for it.
    Save(Record),
    /// Read a page; the answer comes back as `PageRead`.
    Read {
        /// For whom.
        session: SessionId,
        /// How they address the chat.
        chat: ChatRef,
        /// The chat.
        key: ChatKey,
        /// Which page.
        query: PageQuery,
    },
    /// Look for something; the answer comes back as `Searched`.
    Search {
        /// For whom.
        session: SessionId,
        /// What it may look at.
        scope: Scope,
        /// What for.
        search: Search,
    },
    /// Remove what is kept no longer at this moment, bit by bit; the answers are `Trimmed`.
    Trim(Timestamp),
    /// Tell them.
    Send(Audience, Event),
    /// End a session.
    Close(SessionId, CloseCode, &'static str),
}
