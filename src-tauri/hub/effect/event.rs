//! What a session is told, as a closed list, and what stands in the lists it is told.

use std::sync::Arc;

use landline_protocol::{
    DisplayName, Epoch, Keep, MessageId, Position, Seq, Timestamp, TopicName, UserId,
};

use super::{Entry, Notice, Refusal};
use crate::command::{ChatRef, Page, Person};
use crate::ports::PageQuery;
use crate::searching::Found;
use crate::state::Room;

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
