//! The values that every room of the house shares. Each checks itself on the way in, so nobody checks twice.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use ts_rs::TS;
use uuid::Uuid;

use crate::limits::{MESSAGE_ID_MAX_CHARS, NAME_MAX_CHARS, NAME_MIN_CHARS, TOPIC_MAX_CHARS};

/// Why a value was refused; the text says what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ValueError(pub &'static str);

/// A member's id, chosen by the member: a UUID, compared without regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, TS)]
#[ts(as = "String")]
pub struct UserId(pub Uuid);

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

/// What others call a member. Trimmed; no control, direction-changing or zero-width characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, TS)]
#[ts(as = "String")]
pub struct DisplayName(Box<str>);

impl DisplayName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that some dialect allows though the native rule would not, made harmless: invisible characters go,
    /// more than 50 characters are cut, nothing left becomes `guest` (dialects.md, One hub, rule 6).
    pub fn lenient(text: &str) -> DisplayName {
        let clean: String = text
            .chars()
            .filter(|&c| !c.is_control() && !is_invisible(c))
            .collect();
        let clean: String = clean.trim().chars().take(NAME_MAX_CHARS).collect();
        if clean.is_empty() {
            DisplayName("guest".into())
        } else {
            DisplayName(clean.into())
        }
    }
}

impl FromStr for DisplayName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let text = text.trim();
        let length = text.chars().count();
        if !(NAME_MIN_CHARS..=NAME_MAX_CHARS).contains(&length) {
            return Err(ValueError("display_name must be 3-50 characters"));
        }
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err(ValueError(
                "display_name must not hold control or invisible characters",
            ));
        }
        Ok(DisplayName(text.into()))
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Characters that change what a name looks like without being seen: direction marks, zero-width space and joiners
/// that join nothing, the byte order mark. U+200C and U+200D stay: some scripts and emoji need them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{2028}' | '\u{2029}' | '\u{00ad}')
}

/// A topic's name: 1 to 50 letters, digits, `-`, `_` or `.`, of any script, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, TS)]
#[ts(as = "String")]
pub struct TopicName(Box<str>);

impl TopicName {
    /// The topic in which everybody starts.
    pub fn lobby() -> TopicName {
        TopicName("lobby".into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TopicName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError = ValueError("topic must be 1-50 letters, digits, '-', '_' or '.'");
        let name = text.to_lowercase();
        let length = name.chars().count();
        if length == 0 || length > TOPIC_MAX_CHARS {
            return Err(WRONG);
        }
        let allowed = |c: char| {
            c.is_ascii_alphanumeric()
                || "-_.".contains(c)
                || (!c.is_ascii() && !c.is_control() && !c.is_whitespace() && !is_invisible(c))
        };
        if name.chars().all(allowed) && name.chars().any(|c| !"-_.".contains(c)) {
            Ok(TopicName(name.into()))
        } else {
            Err(WRONG)
        }
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
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

/// A place in one epoch of a chat's log; dense from 1, runs on across epochs.
pub type Seq = u64;

/// One life of a room's log: a counter and 128 random bits, so two lives never share a name. On the wire
/// `<counter>.<32 hexadecimal digits>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TS)]
#[ts(as = "String")]
pub struct Epoch {
    /// Rises by one at every start of the host.
    pub counter: u32,
    /// Random.
    pub tag: u128,
}

impl FromStr for Epoch {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError =
            ValueError("epoch must be a number, a dot and 32 hexadecimal digits");
        let (counter, tag) = text.split_once('.').ok_or(WRONG)?;
        if tag.len() != 32 {
            return Err(WRONG);
        }
        Ok(Epoch {
            counter: counter.parse().map_err(|_| WRONG)?,
            tag: u128::from_str_radix(tag, 16).map_err(|_| WRONG)?,
        })
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:032x}", self.counter, self.tag)
    }
}

/// A place in a chat's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The life of the log.
    pub epoch: Epoch,
    /// The place in it; 0 is before the first entry.
    pub seq: Seq,
}

/// A moment, in milliseconds since 1970 UTC. For show only: order is `seq`. On the wire RFC 3339 with milliseconds
/// and `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, TS)]
#[ts(as = "String")]
pub struct Timestamp(pub i64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{moment:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let moment: jiff::Timestamp = text
            .parse()
            .map_err(|_| ValueError("timestamp must be RFC 3339"))?;
        Ok(Timestamp(moment.as_millisecond()))
    }
}

/// Who may enter a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
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

/// What a log entry is. Later: edit, reaction, file, join, leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A text message.
    Text,
}

/// Values whose wire form is their text.
macro_rules! as_text {
    ($($name:ty),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

as_text!(UserId, TopicName, MessageId, RoomId, Epoch, Timestamp);

impl Serialize for DisplayName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Names that arrive from a server may be of a dialect's looser rule.
impl<'de> Deserialize<'de> for DisplayName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Ok(DisplayName::lenient(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_3_to_50_visible_characters() {
        for name in ["Ann", "  Ann  ", "日本語", &"x".repeat(50), "Zoë 👩‍🔬"] {
            assert!(name.parse::<DisplayName>().is_ok(), "{name}");
        }
        for name in [
            "",
            "Bo",
            "  Bo  ",
            &"x".repeat(51),
            "Ann\u{202e}evil",
            "An\u{0}n",
            "A\u{200b}nn",
        ] {
            assert!(name.parse::<DisplayName>().is_err(), "{name:?}");
        }
    }

    #[test]
    fn a_foreign_name_is_made_harmless() {
        assert_eq!(DisplayName::lenient("  a\u{202e}\nb ").as_str(), "ab");
        assert_eq!(DisplayName::lenient("\u{200b}\n ").as_str(), "guest");
        assert_eq!(
            DisplayName::lenient(&"é".repeat(80))
                .as_str()
                .chars()
                .count(),
            50
        );
    }

    #[test]
    fn a_topic_is_one_word_in_lower_case() {
        for (text, name) in [
            ("Sports", "sports"),
            ("laser-cutter", "laser-cutter"),
            ("v1.0_x", "v1.0_x"),
            ("Ümläut", "ümläut"),
            ("日本", "日本"),
        ] {
            assert_eq!(
                text.parse::<TopicName>().map(|t| t.to_string()).as_deref(),
                Ok(name)
            );
        }
        for text in [
            "",
            " ",
            "a b",
            "a/b",
            "#a",
            "a\n",
            "<b>",
            "..",
            "a\u{202e}b",
            &"x".repeat(51),
        ] {
            assert!(text.parse::<TopicName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn epoch_and_time_survive_the_wire() {
        let epoch = Epoch {
            counter: 7,
            tag: 0xabc,
        };
        assert_eq!(epoch.to_string().parse(), Ok(epoch));
        assert_eq!(
            Timestamp(1_767_323_045_678).to_string(),
            "2026-01-02T03:04:05.678Z"
        );
        assert_eq!(
            "2026-01-02T03:04:05.678Z".parse(),
            Ok(Timestamp(1_767_323_045_678))
        );
        for text in ["", "7", "7.abc", "x.00000000000000000000000000000abc"] {
            assert!(text.parse::<Epoch>().is_err(), "{text}");
        }
    }
}
