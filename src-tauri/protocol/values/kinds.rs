//! Words of closed lists.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who may enter a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "lowercase")]
pub enum Access {
    /// Anyone on this network; not encrypted for browsers and scripts.
    Open,
    /// Desktop app only, by invite or password.
    Locked,
}

impl Access {
    /// The word on the wire and in the announcement.
    pub const fn as_str(self) -> &'static str {
        match self {
            Access::Open => "open",
            Access::Locked => "locked",
        }
    }
}

/// How a person came into the room. Everybody but `app` is shown as a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    /// The desktop app.
    App,
    /// A browser, told by its `Origin`.
    Browser,
    /// Whoever speaks the native protocol and is neither.
    Script,
    /// The `plain` dialect.
    Plain,
    /// The `pair` dialect.
    Pair,
    /// The `topic` dialect.
    Topic,
    /// The `activity` dialect.
    Activity,
    /// The `fastchat` dialect.
    Fastchat,
}

impl Via {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Via::App => "app",
            Via::Browser => "browser",
            Via::Script => "script",
            Via::Plain => "plain",
            Via::Pair => "pair",
            Via::Topic => "topic",
            Via::Activity => "activity",
            Via::Fastchat => "fastchat",
        }
    }
}

/// What a log entry is. Later: edit, reaction, file, join, leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A text message.
    Text,
    /// The host's disk has lost what was here; there is no text and no author.
    Lost,
}

impl EntryKind {
    /// The word on the wire and in the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            EntryKind::Text => "text",
            EntryKind::Lost => "lost",
        }
    }
}
