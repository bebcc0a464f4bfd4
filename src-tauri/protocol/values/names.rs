//! What people and topics are called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::TS;

use super::{ValueError, as_text};
use crate::limits::{NAME_MAX_CHARS, NAME_MIN_CHARS, TOPIC_MAX_CHARS};

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
        if name.chars().all(allowed) && name.chars().any(|c| !"-.".contains(c)) {
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

as_text!(TopicName);
super::schema_of_text!(DisplayName);

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
            ("__", "__"),
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
}
