//! What the frames of the search carry.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::values::{
    DisplayName, EntryKind, Epoch, MessageId, Seq, Timestamp, TopicName, UserId, Via,
};

/// `SEARCH`. At most one of `topic` and `with`: everywhere without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct SearchRequest {
    /// The client's number for it; the answer carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub search_id: Option<u64>,
    /// What a person typed: words, phrases, operators. At most 1,024 bytes.
    pub query: String,
    /// In this topic only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<String>,
    /// In the direct chat with this `user_id` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<String>,
    /// What this `user_id` said only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub from: Option<String>,
    /// What was said before this moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub before: Option<String>,
    /// What was said at this moment or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub after: Option<String>,
    /// How far east of UTC the days in `query` are, in minutes; 0 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub utc_offset: Option<i32>,
    /// 1 to 50; 20 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub limit: Option<u32>,
    /// The `cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<String>,
}

/// `FOUND`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Found {
    /// As asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub search_id: Option<u64>,
    /// The best first; each is one that you may read in `HISTORY`.
    pub hits: Vec<Hit>,
    /// Whether to ask again with `cursor`. A page may be shorter than asked for, even empty, and have more.
    pub more: bool,
    /// Where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub cursor: Option<String>,
    /// Messages that were not looked at because they are not indexed yet; absent if there are none.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[ts(optional, as = "Option<f64>")]
    pub pending: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the form that serde asks for"
)]
fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Part of `FOUND`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Hit {
    /// The topic …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub topic: Option<TopicName>,
    /// … or the other in the direct chat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub with: Option<UserId>,
    /// Who said it.
    pub from: UserId,
    /// What they were called.
    pub display_name: DisplayName,
    /// How they came.
    pub via: Via,
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// The sender's id for it.
    pub message_id: MessageId,
    /// The life of the log it was written in.
    pub epoch: Epoch,
    /// Its place in the chat.
    #[ts(type = "number")]
    pub seq: Seq,
    /// When the host took it.
    pub timestamp: Timestamp,
    /// The part of its text that matches; `…` where it was cut. It is text, never HTML.
    pub snippet: Arc<str>,
    /// What to mark in `snippet`: from and to, counted in Unicode characters (code points). Rising, apart from each other.
    pub ranges: Vec<[u32; 2]>,
}
