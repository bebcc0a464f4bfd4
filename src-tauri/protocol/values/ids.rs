//! Who and what: people, messages, rooms.

use std::fmt;
use std::str::FromStr;

use ts_rs::TS;
use uuid::Uuid;

use super::{ValueError, as_text};
use crate::limits::MESSAGE_ID_MAX_CHARS;

/// A member's id, chosen by the member: a UUID, compared without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, TS)]
#[ts(as = "String")]
pub struct UserId(pub Uuid);

impl UserId {
    /// A fresh random id (UUID v4), for a person who brings none.
    pub fn fresh() -> UserId {
        UserId(Uuid::new_v4())
    }
}

impl FromStr for UserId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError =
            ValueError("user_id must be a UUID of the form 8-4-4-4-12 hexadecimal digits");
        if text.len() != 36 {
            return Err(WRONG);
        }
        let id = Uuid::try_parse(text).map_err(|_| WRONG)?;
        if id.is_nil() || id.is_max() {
            Err(WRONG)
        } else {
            Ok(UserId(id))
        }
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The client's own name for a message; the same one is never stored twice for one author.
#[derive(Debug, Clone, PartialEq, Eq, Hash, TS)]
#[ts(as = "String")]
pub struct MessageId(Box<str>);

impl MessageId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A fresh, time-ordered id (UUID v7, RFC 9562).
    pub fn fresh() -> MessageId {
        MessageId(Uuid::now_v7().to_string().into())
    }
}

impl FromStr for MessageId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let length = text.chars().count();
        if length == 0 || length > MESSAGE_ID_MAX_CHARS || text.chars().any(char::is_control) {
            return Err(ValueError(
                "message_id must be 1-128 characters, none of them a control character",
            ));
        }
        Ok(MessageId(text.into()))
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A room's name for itself, apart from its address and from its host: 1 to 64 of `[0-9a-z-]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, TS)]
#[ts(as = "String")]
pub struct RoomId(Box<str>);

impl RoomId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A fresh random id of 128 bits.
    pub fn fresh() -> RoomId {
        RoomId(Uuid::new_v4().simple().to_string().into())
    }
}

impl FromStr for RoomId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if text.is_empty() || text.len() > 64 || !text.chars().all(fits) {
            return Err(ValueError("room_id must be 1-64 of a-z, 0-9 and '-'"));
        }
        Ok(RoomId(text.into()))
    }
}

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(UserId, MessageId, RoomId);
