//! How long a topic keeps its messages.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{TopicName, ValueError};
use crate::limits::{KEEP_DAYS_MAX, KEEP_MESSAGES_MAX};

/// How long a topic keeps its messages; where there is none they are kept for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, TS)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// So many days, by the host's clock.
    Days(u32),
    /// The newest so many.
    Messages(u32),
}

impl Keep {
    /// The same, if it is a rule that a host may give.
    ///
    /// # Errors
    /// It is none, or more than anybody can mean.
    pub fn checked(self) -> Result<Keep, ValueError> {
        match self {
            Keep::Days(1..=KEEP_DAYS_MAX) | Keep::Messages(1..=KEEP_MESSAGES_MAX) => Ok(self),
            Keep::Days(_) => Err(ValueError("messages are kept 1-36500 days")),
            Keep::Messages(_) => Err(ValueError("1-100000000 messages are kept")),
        }
    }
}

/// `30d` or `1000`.
impl FromStr for Keep {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError =
            ValueError("give a number of days such as 30d, a number of messages such as 1000");
        let (number, rule): (&str, fn(u32) -> Keep) = match text.strip_suffix('d') {
            Some(days) => (days, Keep::Days),
            None => (text, Keep::Messages),
        };
        rule(number.parse().map_err(|_| WRONG)?).checked()
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Keep::Days(days) => write!(f, "{days}d"),
            Keep::Messages(messages) => write!(f, "{messages}"),
        }
    }
}

/// The rules of a room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Keeps {
    /// How long the topics without a rule of their own keep their messages. Absent: for ever.
    #[ts(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usual: Option<Keep>,
    /// Those with a rule of their own, by name.
    pub topics: Vec<TopicKeep>,
}

/// A topic's own rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TopicKeep {
    /// Which topic.
    pub topic: TopicName,
    /// Absent: for ever.
    #[ts(optional)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Keep>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_days_or_a_number_of_messages() {
        for (text, keep) in [
            ("1d", Keep::Days(1)),
            ("36500d", Keep::Days(KEEP_DAYS_MAX)),
            ("1", Keep::Messages(1)),
            ("100000000", Keep::Messages(KEEP_MESSAGES_MAX)),
        ] {
            assert_eq!(text.parse(), Ok(keep));
            assert_eq!(keep.to_string(), text);
        }
        for text in [
            "",
            "d",
            "0",
            "0d",
            "-1",
            "36501d",
            "100000001",
            "30 d",
            "30h",
            "1.5d",
        ] {
            assert!(text.parse::<Keep>().is_err(), "{text}");
        }
    }

    #[test]
    fn on_the_wire_it_names_what_it_counts() {
        let wire = serde_json::to_string(&[Keep::Days(30), Keep::Messages(9)]).unwrap();
        assert_eq!(wire, r#"[{"days":30},{"messages":9}]"#);
    }
}
