//! What a server's frames carry about what is said: messages, pages, markers, refusals.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::is_none;
use crate::code::Code;
use crate::values::{
    DisplayName, EntryKind, Epoch, MessageId, Seq, Timestamp, TopicName, UserId, Via,
};

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
    /// As asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub around: Option<Seq>,
    /// As asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub at: Option<Timestamp>,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub oldest: Option<Seq>,
    /// Whether there are more in the direction that was asked for; with `around` and `at`, after the page.
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
    /// True: `messages` follow your position without a hole. False: your position is of a log that is gone, or what came
    /// after it was removed (`oldest` is beyond it then); drop what you hold, `messages` is the newest page.
    pub recovered: bool,
    /// `seq` of the oldest message that is kept; what was before it was removed. Absent: nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub oldest: Option<Seq>,
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
    /// In a topic of more than `NAMED_MAX`: how many others type, of whom you are not told.
    #[serde(default, skip_serializing_if = "is_none")]
    #[ts(optional, as = "Option<u32>")]
    pub others: u32,
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
    /// The chats of this session that have grown since its last `PING`, and where their logs end. All that this session
    /// was to get up to there was sent before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<ChatHead>>")]
    pub heads: Vec<ChatHead>,
}

/// Part of `PONG`: where a chat's log ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct ChatHead {
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// Epoch of the newest message.
    pub epoch: Epoch,
    /// Its `seq`.
    #[ts(type = "number")]
    pub seq: Seq,
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
    /// The search that was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub search_id: Option<u64>,
}
