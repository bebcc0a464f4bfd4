//! What a server's frames carry about how far others have read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::MemberInfo;
use crate::values::{Seq, TopicName, UserId};

/// How far somebody has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Marker {
    /// Who.
    pub user_id: UserId,
    /// The newest `seq` they have read.
    #[ts(type = "number")]
    pub seq: Seq,
}

/// `SEEN`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Seen {
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// How far each has read, you among them.
    pub markers: Vec<Marker>,
    /// True: forget the markers you knew of this chat, these are they. False: these rose.
    pub complete: bool,
    /// More than `SEEN_MAX` people are in the topic: nobody's marker is told by itself. Ask with `SEEN_BY`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(optional, as = "Option<bool>")]
    pub many: bool,
}

/// `SEEN_BY` of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct SeenBy {
    /// The topic, as asked.
    pub topic: TopicName,
    /// The message, as asked.
    #[ts(type = "number")]
    pub seq: Seq,
    /// How many others have read it.
    pub count: u32,
    /// A page of them, in the order of their ids.
    pub people: Vec<MemberInfo>,
    /// Whether more follow.
    pub more: bool,
}
