//! What a hub wants done, as a closed list.

use std::sync::Arc;

use landline_protocol::{
    CloseCode, Code, DisplayName, EntryKind, Epoch, Keep, MessageId, Position, Seq, Timestamp,
    TopicName, UserId,
};

use crate::command::{ChatKey, ChatRef, Page, Person, SessionId};
use crate::ports::{Append, PageQuery, Record};
use crate::searching::{Found, Scope, Search};
use crate::state::Room;

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

/// How it stands with meeting somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairing {
    /// Nobody else wants to yet.
    Waiting,
    /// Two met.
    Paired,
    /// The other left.
    Left,
    /// Neither.
    Off,
}

/// Who hears an event.
#[derive(Debug, Clone)]
pub enum Audience {
    /// One session.
    One(SessionId),
    /// Many, perhaps without one of them. Shared, because a busy topic sends the same list for every message.
    Many(Arc<[SessionId]>, Option<SessionId>),
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonHere {
    /// Who.
    pub person: Person,
    /// Whether a session of theirs is open.
    pub online: bool,
    /// Whether they host the room.
    pub host: bool,
}

/// A topic in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSummary {
    /// Its name.
    pub topic: TopicName,
    /// Where its log ends.
    pub head: Position,
    /// How many members are in it.
    pub member_count: u32,
    /// How many guests are in it besides.
    pub guests: u32,
    /// How long its messages live, in milliseconds, if they disappear.
    pub ttl_ms: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something was said in it last, or when it was made.
    pub last_activity: Timestamp,
    /// How long its messages are kept; for ever without it.
    pub keep: Option<Keep>,
    /// `seq` of the oldest message that is kept; 1 if nothing was removed.
    pub oldest: Seq,
    /// How many messages it holds.
    pub held: u64,
    /// How far the one who asks has read.
    pub read: Seq,
}

/// A direct chat in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectSummary {
    /// The other.
    pub with: UserId,
    /// What to call them.
    pub name: DisplayName,
    /// Where its log ends.
    pub head: Position,
    /// How far the one who asks has read.
    pub read: Seq,
    /// How far the other has read.
    pub seen: Seq,
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

/// What a session is told. Each dialect puts it into its own words, or into none.
#[derive(Debug, Clone)]
pub enum Event {
    /// You are in.
    Welcome {
        /// As whom.
        person: Person,
        /// Where.
        room: Arc<Room>,
        /// The life of its log.
        epoch: Epoch,
        /// The host's clock.
        at: Timestamp,
    },
    /// Who is here (`complete`), or what changed.
    Presence {
        /// The people.
        people: Vec<PersonHere>,
        /// Whether this replaces what was told before.
        complete: bool,
        /// Where they are too many to name: how many are here. The people are the first of them then, and those whom
        /// the receiver has a direct chat with.
        total: Option<u32>,
    },
    /// People who were asked for by name.
    People {
        /// As asked.
        text: Option<Arc<str>>,
        /// Those who are here first, then by name.
        people: Vec<PersonHere>,
        /// Whether more follow.
        more: bool,
    },
    /// The room is called something else.
    RoomChanged(Arc<Room>),
    /// You are in a topic.
    TopicJoined {
        /// Which.
        summary: TopicSummary,
        /// Its members; of many only the receiver.
        members: Vec<(UserId, DisplayName)>,
        /// Whether they are too many to name.
        many: bool,
    },
    /// You are out of a topic.
    TopicLeft(TopicName),
    /// Others came or went.
    TopicMembers {
        /// Where.
        topic: TopicName,
        /// Who came.
        joined: Vec<(UserId, DisplayName)>,
        /// Who went.
        left: Vec<UserId>,
        /// How many are in it.
        member_count: u32,
        /// How many guests are in it besides.
        guests: u32,
        /// Whether this replaces what was told before.
        complete: bool,
        /// Whether they are too many to name.
        many: bool,
    },
    /// How long a topic keeps its messages changed, or older ones were removed.
    TopicKept {
        /// Which.
        topic: TopicName,
        /// How long; for ever without it.
        keep: Option<Keep>,
        /// `seq` of the oldest message that is kept; 1 if nothing was removed.
        oldest: Seq,
    },
    /// The topics, or new ones.
    Topics {
        /// Oldest first.
        topics: Vec<TopicSummary>,
        /// Whether this is all of them.
        complete: bool,
    },
    /// Your direct chats, or a new one.
    Direct {
        /// The chats.
        chats: Vec<DirectSummary>,
        /// Whether this is all of them.
        complete: bool,
    },
    /// A page of a topic's members.
    Members {
        /// Which topic.
        topic: TopicName,
        /// In the order of their ids.
        members: Vec<(UserId, DisplayName)>,
        /// Whether more follow.
        more: bool,
    },
    /// A direct chat was opened.
    DirectOpened {
        /// By whom.
        opener: UserId,
        /// The other side, seen from the receiver.
        other: Person,
        /// The receiver.
        me: UserId,
    },
    /// Somebody said something, and it is on the disk.
    Said(Arc<Entry>),
    /// A guest came, went, or sent something for its own kind.
    Noticed(Arc<Notice>),
    /// How it stands with meeting somebody.
    Pair {
        /// How.
        state: Pairing,
        /// With whom.
        with: Option<(UserId, DisplayName)>,
    },
    /// Your message is on the disk, or was said if it disappears.
    Acked {
        /// Which.
        message_id: MessageId,
        /// Where.
        position: Position,
        /// Whether it was there already.
        dup: bool,
        /// Whether it is on the disk; one that disappears is not.
        stored: bool,
        /// How many sessions it went to.
        recipients: u32,
    },
    /// A page of a log.
    Page {
        /// Of which chat.
        chat: ChatRef,
        /// What was asked.
        query: PageQuery,
        /// What was found.
        page: Page,
    },
    /// What you looked for.
    Found {
        /// Which search.
        search_id: Option<u64>,
        /// You.
        reader: UserId,
        /// What was found.
        found: Found,
    },
    /// You have read so far.
    Read {
        /// Where.
        chat: ChatRef,
        /// You.
        user_id: UserId,
        /// How far.
        seq: Seq,
    },
    /// Others have read so far.
    Seen {
        /// Where, as the receiver addresses it.
        chat: ChatRef,
        /// Who, and how far.
        markers: Vec<(UserId, Seq)>,
        /// Whether these are all there is to know, and not only what changed.
        complete: bool,
        /// Too many people to tell anybody by itself.
        many: bool,
    },
    /// Who has read a message.
    SeenBy {
        /// Of which topic.
        topic: TopicName,
        /// Which.
        seq: Seq,
        /// How many others.
        count: u32,
        /// A page of them, in the order of their ids.
        people: Vec<(UserId, DisplayName)>,
        /// Whether more follow.
        more: bool,
    },
    /// The answer to [`crate::Request::Heads`]. Whatever this session was to be told up to there was told before.
    Heads {
        /// The host's clock.
        at: Timestamp,
        /// The chats that have grown, and where their logs end.
        heads: Vec<(ChatRef, Position)>,
    },
    /// Somebody types.
    Typing {
        /// Who.
        person: Person,
        /// In which topic; absent in a direct chat.
        topic: Option<TopicName>,
        /// To whom, in a direct chat.
        to: Option<UserId>,
        /// Or no longer.
        is_typing: bool,
        /// How many others type besides those who are told.
        others: u32,
    },
    /// No.
    Refused(Refusal),
}

impl Event {
    /// Whether a reader who is behind may miss it: the next one of its kind says it again or it has no lasting meaning.
    pub fn is_passing(&self) -> bool {
        matches!(self, Event::Typing { .. })
    }

    /// Whether it answers a message of the receiver, so that one less is in flight.
    pub fn settles_post(&self) -> bool {
        matches!(
            self,
            Event::Acked { .. }
                | Event::Refused(Refusal {
                    message_id: Some(_),
                    ..
                })
        )
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
