//! What a server's frames carry about the room: people, topics, direct chats.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::is_none;
use crate::values::{
    Access, DisplayName, Epoch, Keep, RoomId, Seq, Timestamp, TopicName, UserId, Via,
};

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
    /// More than `NAMED_MAX` people are here, so many. You are told then of the first of them and of those you have a
    /// direct chat with; the others by `FIND_PEOPLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub total: Option<u32>,
}

/// `PEOPLE`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct People {
    /// As asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<Arc<str>>,
    /// A page of them: those who are here first, then those who are not, each by name.
    pub users: Vec<UserInfo>,
    /// Whether more follow.
    pub more: bool,
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
    /// Who is in it, you too.
    pub members: Vec<MemberInfo>,
    /// More than `NAMED_MAX` are in it: only you are named, and nobody later. The others by `LIST_MEMBERS`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub many: bool,
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
    /// How long its messages are kept. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub keep: Option<Keep>,
    /// `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub oldest: Option<Seq>,
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
    /// Forget who was in it: `joined` are all, or with `many` only you.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub complete: bool,
    /// As in `TOPIC_JOINED`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub many: bool,
    /// How many are in it now.
    pub member_count: u32,
    /// How many guests of the older chat systems are in it besides.
    #[serde(default, skip_serializing_if = "is_none")]
    #[ts(optional, as = "Option<u32>")]
    pub guests: u32,
}

/// `TOPIC_KEPT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct TopicKept {
    /// The topic.
    pub topic: TopicName,
    /// How long its messages are kept. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub keep: Option<Keep>,
    /// `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub oldest: Option<Seq>,
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
    /// How long its messages are kept. Absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub keep: Option<Keep>,
    /// `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub oldest: Option<Seq>,
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
    /// What the other has read; absent: nothing.
    #[serde(default, skip_serializing_if = "is_nothing")]
    #[ts(optional, type = "number")]
    pub seen: Seq,
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_nothing(seq: &Seq) -> bool {
    *seq == 0
}
