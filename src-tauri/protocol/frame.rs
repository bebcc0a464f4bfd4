//! The frames of `landline.v1`: the one definition. `ui/src/wire.ts` is generated from it and docs/protocol.md is
//! checked against it.
//!
//! A frame is one WebSocket text message `{"type": "…", "data": {…}}`. What a client sends carries raw text, because
//! the server answers a bad field by its name; what a server sends carries checked values.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::code::Code;
use crate::values::{
    Access, DisplayName, EntryKind, Epoch, MessageId, RoomId, Seq, Timestamp, TopicName, UserId,
    Via,
};

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", content = "data", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClientFrame {
    /// Who I am; the first frame of a session. Again: a new name.
    Hello(Hello),
    /// Enter a topic; one that does not exist is made.
    JoinTopic(JoinTopic),
    /// Leave a topic.
    LeaveTopic(TopicOnly),
    /// Which topics are there?
    ListTopics(Empty),
    /// Which direct chats do I have?
    ListDirect(Empty),
    /// Who is in this topic? Pages by `after`.
    ListMembers(ListMembers),
    /// Open a direct chat and learn its `chat_id`. Not needed before a direct `MSG`.
    OpenChat(OpenChat),
    /// Say something.
    Msg(Draft),
    /// Read a page of a chat's log.
    History(HistoryRequest),
    /// What came after this position?
    Resume(ResumeRequest),
    /// I have read up to here.
    MarkRead(MarkRead),
    /// I am typing, or no longer.
    Typing(TypingNotice),
    /// I want to meet somebody who wants it too.
    FindPair(Empty),
    /// No longer; ends a pair too.
    LeavePair(Empty),
    /// Are you there?
    Ping(Empty),
    /// Accepted for `FastChat`'s sake; has no effect.
    MsgAck(Empty),
    /// The same.
    Pong(Empty),
}

/// No fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Empty {}

/// `HELLO`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Hello {
    /// A UUID of the client's making, kept for this room.
    pub user_id: String,
    /// 3 to 50 characters.
    pub display_name: String,
    /// A secret of the client's making, 16 to 128 bytes, one a room. Once given, the `user_id` is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub token: Option<String>,
    /// `"app"` from the desktop app; anything else counts as a script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub client: Option<String>,
}

/// `JOIN_TOPIC`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct JoinTopic {
    /// The topic's name.
    pub topic: String,
    /// Only if it has to be made: its messages disappear after so many seconds, 5 to 86,400, and are never stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ttl: Option<u32>,
}

/// `LEAVE_TOPIC`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TopicOnly {
    /// The topic's name.
    pub topic: String,
}

/// `LIST_MEMBERS`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ListMembers {
    /// The topic's name.
    pub topic: String,
    /// The last `user_id` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub after: Option<String>,
}

/// `OPEN_CHAT`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct OpenChat {
    /// The other's id.
    pub target_user_id: String,
    /// Ignored: the server uses the name it knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub target_display_name: Option<String>,
}

/// `MSG` of a client. Exactly one of `topic` and `to`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Draft {
    /// The topic, which the session has joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// The other's `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<String>,
    /// The text: 1 byte to 16 KiB.
    pub content: String,
    /// The client's id for it, 1 to 128 characters; without one the server makes one, and a resend is a new message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub message_id: Option<String>,
}

/// `HISTORY` of a client. Exactly one of `topic` and `with`; at most one of `before` and `after`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct HistoryRequest {
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// The other's `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<String>,
    /// Messages before this `seq`, the newest of them. Neither: the newest of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub before: Option<Seq>,
    /// Messages after this `seq`, the oldest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub after: Option<Seq>,
    /// 1 to 500; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
}

/// `RESUME`. Exactly one of `topic` (joined) and `with`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ResumeRequest {
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// The other's `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<String>,
    /// The epoch of the last message the client holds.
    pub epoch: String,
    /// Its `seq`.
    #[ts(type = "number")]
    pub seq: Seq,
}

/// `MARK_READ`. Exactly one of `topic` and `with`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct MarkRead {
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// The other's `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<String>,
    /// The newest `seq` that was read. It only rises.
    #[ts(type = "number")]
    pub seq: Seq,
}

/// `TYPING` of a client. Exactly one of `topic` and `to`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TypingNotice {
    /// The topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// The other's `user_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<String>,
    /// Whether the person is typing.
    pub is_typing: bool,
}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", content = "data", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerFrame {
    /// Welcome.
    HelloAck(HelloAck),
    /// Who is here, or what changed about it.
    Presence(Presence),
    /// The room's name or access changed.
    Room(RoomInfo),
    /// You are in the topic.
    TopicJoined(TopicJoined),
    /// You are out of it.
    TopicLeft(TopicLeft),
    /// Others entered or left a topic of yours.
    TopicMembers(TopicMembers),
    /// The topics of the room, or new ones.
    Topics(Topics),
    /// Your direct chats, or a new one.
    Direct(Direct),
    /// A page of a topic's members.
    Members(Members),
    /// A direct chat is open.
    ChatOpened(ChatOpened),
    /// Somebody said something.
    Msg(Message),
    /// Your message is on the host's disk.
    MsgAck(MsgAck),
    /// A page of a log.
    History(History),
    /// What came after your position.
    Resumed(Resumed),
    /// You read up to here, perhaps in another window.
    Read(Read),
    /// Somebody types.
    Typing(Typing),
    /// How it stands with meeting somebody.
    Pair(Pair),
    /// I am here.
    Pong(Pong),
    /// Refused.
    Error(Refusal),
}

/// `ROOM`, and part of `HELLO_ACK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct RoomInfo {
    /// Stays when name, address or host change.
    pub room_id: RoomId,
    /// What people call it.
    pub name: Arc<str>,
    /// Who may enter.
    pub access: Access,
}

/// `HELLO_ACK`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct HelloAck {
    /// Your id as the server writes it.
    pub user_id: UserId,
    /// `"connected"`.
    pub status: String,
    /// How you came.
    pub via: Via,
    /// Where you are.
    pub room: RoomInfo,
    /// The room's epoch: a position of another one needs `RESUME`.
    pub epoch: Epoch,
    /// The host's clock: what remains of a disappearing message is `expires_at` less this, not less your own.
    pub time: Timestamp,
    /// What the server holds you to.
    pub limits: Limits,
}

/// Part of `HELLO_ACK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Limits {
    /// Longest text, in bytes.
    pub text_bytes: u32,
    /// Messages at once; 0: no limit.
    pub messages_burst: u32,
    /// Messages a second over time; 0: no limit.
    pub messages_per_second: u32,
    /// Messages that may wait for their acknowledgement.
    pub in_flight: u32,
}

/// One person in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct UserInfo {
    /// The person's id.
    pub user_id: UserId,
    /// What to call them.
    pub display_name: DisplayName,
    /// Whether a session of theirs is open.
    pub online: bool,
    /// How they came.
    pub via: Via,
    /// Whether they host the room.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub host: bool,
}

/// `PRESENCE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Presence {
    /// The people.
    pub users: Vec<UserInfo>,
    /// True: forget what you knew, this is the list, oldest first. False: what changed since.
    pub complete: bool,
}

/// A person in a topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct MemberInfo {
    /// The person's id.
    pub user_id: UserId,
    /// What to call them.
    pub display_name: DisplayName,
}

/// `TOPIC_JOINED`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TopicJoined {
    /// The topic as the server writes it.
    pub topic: TopicName,
    /// Epoch of its newest message, or of the room if it has none.
    pub epoch: Epoch,
    /// `seq` of its newest message; every later one will come as `MSG`.
    #[ts(type = "number")]
    pub seq: Seq,
    /// Who is in it, you too; at most 200, the rest by `LIST_MEMBERS`.
    pub members: Vec<MemberInfo>,
    /// How many are in it.
    pub member_count: u32,
    /// How many guests of the older chat systems are in it besides; they are not among the members.
    #[serde(default, skip_serializing_if = "is_none")]
    #[ts(optional, as = "Option<u32>")]
    pub guests: u32,
    /// In a disappearing topic: how long its messages live, in seconds. Its log is in memory only, and every message of
    /// it has `expires_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ttl: Option<u32>,
    /// What you have read, as `MARK_READ` said.
    #[ts(type = "number")]
    pub read: Seq,
}

/// `TOPIC_LEFT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TopicLeft {
    /// The topic.
    pub topic: TopicName,
}

/// `TOPIC_MEMBERS`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TopicMembers {
    /// The topic.
    pub topic: TopicName,
    /// Who entered.
    pub joined: Vec<MemberInfo>,
    /// Who left.
    pub left: Vec<UserId>,
    /// How many are in it now.
    pub member_count: u32,
    /// How many guests of the older chat systems are in it besides.
    #[serde(default, skip_serializing_if = "is_none")]
    #[ts(optional, as = "Option<u32>")]
    pub guests: u32,
}

/// One topic in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TopicInfo {
    /// Its name.
    pub topic: TopicName,
    /// Epoch of its newest message, or of the room if it has none.
    pub epoch: Epoch,
    /// `seq` of its newest message.
    #[ts(type = "number")]
    pub seq: Seq,
    /// How many are in it.
    pub member_count: u32,
    /// How many guests of the older chat systems are in it besides.
    #[serde(default, skip_serializing_if = "is_none")]
    #[ts(optional, as = "Option<u32>")]
    pub guests: u32,
    /// As in `TOPIC_JOINED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub ttl: Option<u32>,
    /// What you have read.
    #[ts(type = "number")]
    pub read: Seq,
}

/// `TOPICS`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Topics {
    /// The topics, oldest first.
    pub topics: Vec<TopicInfo>,
    /// True: this is the list. False: these are new.
    pub complete: bool,
}

/// One direct chat in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct DirectInfo {
    /// The other's id.
    pub with: UserId,
    /// What to call them.
    pub display_name: DisplayName,
    /// Epoch of the newest message.
    pub epoch: Epoch,
    /// Its `seq`.
    #[ts(type = "number")]
    pub seq: Seq,
    /// What you have read.
    #[ts(type = "number")]
    pub read: Seq,
}

/// `DIRECT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Direct {
    /// The chats that hold a message, the newest talk first.
    pub chats: Vec<DirectInfo>,
    /// True: this is the list. False: this is new.
    pub complete: bool,
}

/// `MEMBERS`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Members {
    /// The topic.
    pub topic: TopicName,
    /// A page of them, in the order of their ids.
    pub members: Vec<MemberInfo>,
    /// Whether more follow.
    pub more: bool,
}

/// `CHAT_OPENED`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ChatOpened {
    /// A UUID v4.
    pub chat_id: String,
    /// The two, the opener first.
    pub participants: [UserId; 2],
    /// The other side, seen from you.
    pub target_user_id: UserId,
    /// What to call them.
    pub target_display_name: DisplayName,
}

/// `MSG` of a server, and an element of every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Message {
    /// Who said it.
    pub from: UserId,
    /// What they were called.
    pub display_name: DisplayName,
    /// How they came.
    pub via: Via,
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the one it was said to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<UserId>,
    /// What kind of entry this is.
    pub kind: EntryKind,
    /// The text, as it was sent.
    pub content: Arc<str>,
    /// The sender's id for it.
    pub message_id: MessageId,
    /// The life of the log it was written in.
    pub epoch: Epoch,
    /// Its place in the chat.
    #[ts(type = "number")]
    pub seq: Seq,
    /// When the host took it.
    pub timestamp: Timestamp,
    /// It disappears then, by the host's clock, and has no place of its own in the log: it stands behind the message
    /// with this `seq` and moves nobody's position. It is known by `from` and `message_id`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub expires_at: Option<Timestamp>,
    /// Present with `expires_at`: the order of those that stand behind the same `seq`. Rises; not dense.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub order: Option<u64>,
}

/// `MSG_ACK` of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct MsgAck {
    /// Which message.
    pub message_id: MessageId,
    /// Where it is.
    pub epoch: Epoch,
    /// See `epoch`.
    #[ts(type = "number")]
    pub seq: Seq,
    /// `"stored"`: on the host's disk. `"sent"`: it disappears, and is in memory only.
    pub status: String,
    /// True if it was there already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub dup: bool,
}

/// `HISTORY` of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct History {
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// As asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub before: Option<Seq>,
    /// As asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub after: Option<Seq>,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
}

/// `RESUMED`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Resumed {
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// True: `messages` follow your position without a hole. False: your position is of a log that is gone; drop what
    /// you hold, `messages` is the newest page.
    pub recovered: bool,
    /// Your position now: that of the last message, or the one you gave.
    pub epoch: Epoch,
    /// See `epoch`.
    #[ts(type = "number")]
    pub seq: Seq,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether to send `RESUME` again with the new position.
    pub more: bool,
}

/// `READ`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Read {
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// Who read.
    pub user_id: UserId,
    /// The newest `seq` read.
    #[ts(type = "number")]
    pub seq: Seq,
}

/// `TYPING` of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Typing {
    /// Who.
    pub user_id: UserId,
    /// What to call them.
    pub display_name: DisplayName,
    /// The topic; absent in a direct chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// You, in a direct chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<UserId>,
    /// Whether they type.
    pub is_typing: bool,
}

/// `PAIR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Pair {
    /// How it stands.
    pub state: PairState,
    /// With whom; absent while waiting, and when there was nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// What to call them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub display_name: Option<DisplayName>,
}

/// Part of `PAIR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "lowercase")]
pub enum PairState {
    /// Nobody else wants to meet somebody yet.
    Waiting,
    /// You two met; write to `with`.
    Paired,
    /// The other left the pair, or the room.
    Left,
    /// You are neither waiting nor paired.
    Off,
}

/// `PONG` of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Pong {
    /// The host's clock.
    pub timestamp: Timestamp,
}

/// `ERROR`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Refusal {
    /// What a program acts on.
    pub code: Code,
    /// What a person reads.
    pub message: String,
    /// What the refusal is about.
    pub details: Details,
}

/// Part of `ERROR`. Every field may be absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Details {
    /// The field that breaks a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
    /// The message that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub message_id: Option<String>,
    /// When to try again, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub retry_after_ms: Option<u64>,
    /// Send this message first: everything after it is refused until then, so that your order stays yours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub retry_from: Option<String>,
    /// The topic it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none(count: &u32) -> bool {
    *count == 0
}
