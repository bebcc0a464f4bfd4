//! Codes of refusals: what a program acts on. The prose beside them is for people.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The `code` of an `ERROR` frame. A code exists only where somebody acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Code {
    /// Say `HELLO` first, or this identity was refused.
    Unauthorized,
    /// A frame or a field breaks a rule; `details.field` names it. Do not send it again unchanged.
    Validation,
    /// The frame's `type` is not known here.
    UnknownType,
    /// Nobody of that id has ever been in this room.
    UserNotFound,
    /// The guest it is for has left, and guests get nothing afterwards. Try again when they are here.
    NotHere,
    /// No topic of that name.
    TopicNotFound,
    /// Join the topic before speaking in it.
    NotInTopic,
    /// The same `message_id` was sent before with other content.
    MessageConflict,
    /// Too many of something; `details.retry_after_ms` says when to try again.
    RateLimited,
    /// The host is behind; `details.retry_after_ms` says when to try again.
    Busy,
    /// The host cannot write to its disk. Keep the message and try again.
    ReadOnly,
    /// A limit of the room or the session is reached.
    LimitReached,
    /// A fault of the server; the frame had no effect.
    Internal,
}

impl Code {
    /// Every code, in the order of the documentation.
    pub const ALL: [Code; 13] = [
        Code::Unauthorized,
        Code::Validation,
        Code::UnknownType,
        Code::UserNotFound,
        Code::NotHere,
        Code::TopicNotFound,
        Code::NotInTopic,
        Code::MessageConflict,
        Code::RateLimited,
        Code::Busy,
        Code::ReadOnly,
        Code::LimitReached,
        Code::Internal,
    ];

    /// Whether the same frame may succeed later.
    pub const fn is_passing(self) -> bool {
        matches!(
            self,
            Code::RateLimited | Code::Busy | Code::ReadOnly | Code::Internal
        )
    }
}
