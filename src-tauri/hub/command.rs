//! What can happen to a hub, as a closed list.

use std::net::IpAddr;
use std::sync::Arc;

use landline_protocol::{DisplayName, MessageId, Position, Seq, Timestamp, TopicName, UserId, Via};

use crate::effect::Entry;
use crate::keeping::KeepRule;
use crate::ports::{Append, Appended, PageQuery, StoreFault};
use crate::searching::{Search, Searched};

/// One connection of a member, from hello to close. Never given again while the server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub u64);

/// SHA-256 of the secret that a `user_id` is bound to. The secret itself never reaches the hub.
pub type TokenDigest = [u8; 32];

/// A chat as one of its members addresses it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChatRef {
    /// A topic, by name.
    Topic(TopicName),
    /// A direct chat, by the other.
    Direct(UserId),
}

/// A chat as the log addresses it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ChatKey {
    /// A topic, by name.
    Topic(TopicName),
    /// A direct chat: the lower id, then the higher.
    Direct(UserId, UserId),
}

impl ChatKey {
    /// The direct chat of two members.
    pub fn direct(one: UserId, other: UserId) -> ChatKey {
        if one <= other {
            ChatKey::Direct(one, other)
        } else {
            ChatKey::Direct(other, one)
        }
    }

    /// How `member` addresses this chat.
    pub fn seen_by(&self, member: UserId) -> ChatRef {
        match self {
            ChatKey::Topic(name) => ChatRef::Topic(name.clone()),
            ChatKey::Direct(low, high) if *low == member => ChatRef::Direct(*high),
            ChatKey::Direct(low, _) => ChatRef::Direct(*low),
        }
    }
}

/// Who somebody is while they speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub user_id: UserId,
    /// Their name.
    pub name: DisplayName,
    /// How they came.
    pub via: Via,
}

/// How somebody stands in the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Listed, and told what changes in the list.
    Member,
    /// Listed, and told the whole list whenever it changes.
    Roster,
    /// Not listed and told of no list: known by what they say. Each session is a person of its own, and nothing of them
    /// is kept after it. May speak in a topic without being in it.
    Guest,
}

/// Somebody wants in.
#[derive(Debug, Clone)]
pub struct Enter {
    /// The connection.
    pub session: SessionId,
    /// Who they say they are.
    pub person: Person,
    /// The digest of the secret they gave, if any.
    pub token: Option<TokenDigest>,
    /// Where they come from; all loopback addresses are one.
    pub address: IpAddr,
    /// How they stand here.
    pub standing: Standing,
}

/// To enter a topic.
#[derive(Debug, Clone)]
pub struct Join {
    /// Which.
    pub topic: TopicName,
    /// If it has to be made: how long its messages live, in milliseconds; none of them is stored then.
    pub ttl_ms: Option<i64>,
    /// A guest's own frame about it, for those of the same dialect.
    pub original: Option<Arc<str>>,
    /// The same about leaving, for when the guest leaves without a word.
    pub farewell: Option<Arc<str>>,
}

impl Join {
    /// Into a topic that is stored, if it has to be made.
    pub fn new(topic: TopicName) -> Join {
        Join {
            topic,
            ttl_ms: None,
            original: None,
            farewell: None,
        }
    }
}

/// Something to say.
#[derive(Debug, Clone)]
pub struct Post {
    /// Where.
    pub chat: ChatRef,
    /// What; its size was checked.
    pub body: Arc<str>,
    /// The author's id for it.
    pub message_id: MessageId,
    /// As whom, if not as the session's person: a dialect whose frames name their author says so here.
    pub author: Option<Person>,
    /// How long it lives at most, in milliseconds; it is not stored then. Without it the topic decides.
    pub ttl_ms: Option<i64>,
    /// The author's own frame, for those of the same dialect.
    pub original: Option<Arc<str>>,
}

impl Post {
    /// An ordinary message.
    pub fn new(chat: ChatRef, body: Arc<str>, message_id: MessageId) -> Post {
        Post {
            chat,
            body,
            message_id,
            author: None,
            ttl_ms: None,
            original: None,
        }
    }
}

/// What a member in the room asks for.
#[derive(Debug, Clone)]
pub enum Request {
    /// Be called something else.
    Rename(DisplayName),
    /// Enter a topic, made if need be.
    JoinTopic(Join),
    /// Leave it.
    LeaveTopic {
        /// Which.
        topic: TopicName,
        /// A guest's own frame about it, for those of the same dialect; the farewell of [`Join`] without it.
        original: Option<Arc<str>>,
    },
    /// The topics.
    ListTopics,
    /// My direct chats.
    ListDirect,
    /// Who is in a topic.
    ListMembers {
        /// Which.
        topic: TopicName,
        /// Those after this id.
        after: Option<UserId>,
    },
    /// Who is called something like this?
    FindPeople {
        /// Part of the name; absent: all who are here.
        text: Option<Arc<str>>,
        /// Those after this one.
        after: Option<UserId>,
    },
    /// Open a direct chat.
    OpenDirect(UserId),
    /// Say something.
    Post(Post),
    /// Pass a frame on to the guests of the same dialect in a topic, among its messages. Answered like a message.
    Relay {
        /// Where.
        topic: TopicName,
        /// The frame.
        original: Arc<str>,
        /// To answer by.
        message_id: MessageId,
    },
    /// Meet somebody.
    FindPair,
    /// No longer.
    LeavePair,
    /// A page of a log.
    Read {
        /// Of which.
        chat: ChatRef,
        /// Which page.
        query: PageQuery,
    },
    /// Look for what was said.
    Search(Search),
    /// I have read so far.
    MarkRead {
        /// In which chat.
        chat: ChatRef,
        /// How far.
        seq: Seq,
    },
    /// Who has read this message?
    SeenBy {
        /// In which topic.
        topic: TopicName,
        /// Which.
        seq: Seq,
        /// Those after this id.
        after: Option<UserId>,
    },
    /// I am here: where do the logs end that have grown since I asked last?
    Heads,
    /// I am typing.
    Typing {
        /// In which chat.
        chat: ChatRef,
        /// Or no longer.
        is_typing: bool,
    },
}

/// A page that was asked for, on its way back.
#[derive(Debug, Clone)]
pub struct PageRead {
    /// Who asked.
    pub session: SessionId,
    /// Of which chat.
    pub chat: ChatRef,
    /// What was asked.
    pub query: PageQuery,
    /// What was found.
    pub page: Result<Page, StoreFault>,
}

/// A page of a log.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Oldest first.
    pub entries: Vec<Arc<Entry>>,
    /// Whether there are more in the direction of the query.
    pub more: bool,
    /// For a resume: whether the entries follow the position without a hole. The newest page if not.
    pub recovered: bool,
    /// For a resume: the reader's position after this page.
    pub position: Option<Position>,
    /// `seq` of the oldest message that the chat keeps; 0 and 1: nothing was removed.
    pub oldest: Seq,
}

/// Everything that can happen to a hub.
#[derive(Debug, Clone)]
pub enum Command {
    /// Somebody says hello.
    Enter(Enter),
    /// A session ended, however it did.
    Exit(SessionId),
    /// A session asks for something.
    Ask(SessionId, Request),
    /// The store committed these, in the order they were given.
    Committed(Vec<Appended>),
    /// The store could not commit these: nothing of them is on disk.
    NotCommitted(Vec<Append>, StoreFault),
    /// The store read a page.
    PageRead(PageRead),
    /// The store looked for something.
    Searched(Searched),
    /// Somebody is removed: their sessions end, and they do not come in again.
    Kick {
        /// Who.
        user: UserId,
        /// Until when; for ever without it, or until the host stops.
        until: Option<Timestamp>,
    },
    /// They may come in again.
    Pardon(UserId),
    /// The host calls the room something else.
    RenameRoom(Arc<str>),
    /// The host says how long messages are kept.
    Keep(KeepRule),
    /// The store removed messages: where each of these topics begins now.
    Trimmed(Vec<(TopicName, Seq)>),
    /// The moment of [`crate::Hub::wake_at`] has come.
    Wake,
}
