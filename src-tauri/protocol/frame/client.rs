//! What a client's frames carry: raw text, because the server answers a bad field by its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::values::Seq;

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

/// `FIND_PEOPLE`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct FindPeople {
    /// Part of the name, of whatever case; absent: everybody who is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
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

/// `HISTORY` of a client. Exactly one of `topic` and `with`; at most one of `before`, `after`, `around` and `at`.
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
    /// Messages before this `seq`, the newest of them. None of the four: the newest of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub before: Option<Seq>,
    /// Messages after this `seq`, the oldest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub after: Option<Seq>,
    /// Messages around this `seq`: half of the page before it, it, and the rest after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub around: Option<Seq>,
    /// Messages around the first that the host took at this time or later, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub at: Option<String>,
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

/// `SEEN_BY` of a client.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct SeenByRequest {
    /// The topic's name.
    pub topic: String,
    /// Who has read this `seq`, or a later one?
    #[ts(type = "number")]
    pub seq: Seq,
    /// The last `user_id` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub after: Option<String>,
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
