//! Who somebody wants to be, and where.

use landline_protocol::TopicName;
use serde_json::{Map, Value};

/// Longest name, in characters.
const USERNAME_MAX: usize = 20;
/// Longest topic, in characters.
const TOPIC_MAX: usize = 50;
/// Nobody and nothing is called so.
const RESERVED: [&str; 5] = ["admin", "root", "system", "null", "undefined"];

const BAD_USERNAME: &str = "Username must be 1-20 alphanumeric characters";
const BAD_TOPIC: &str = "Topic must be 1-50 alphanumeric characters";

/// Who and where, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(super) username: String,
    pub(super) topic: TopicName,
}

/// Reads it from the fields of a frame.
pub(super) fn wish(fields: &Map<String, Value>) -> Result<Wish, &'static str> {
    let word = |key| fields.get(key)?.as_str().map(str::to_ascii_lowercase);
    let username = word("username").filter(|name| is_username(name));
    let topic = word("topic").filter(|name| is_topic(name));
    Ok(Wish {
        username: username.ok_or(BAD_USERNAME)?,
        topic: topic
            .and_then(|topic| topic.parse().ok())
            .ok_or(BAD_TOPIC)?,
    })
}

/// Whether a client of the dialect may be called so, in lower case.
pub(super) fn is_username(name: &str) -> bool {
    is_word(name, USERNAME_MAX)
}

/// Whether a client of the dialect may be in a topic of this name, in lower case.
pub(super) fn is_topic(name: &str) -> bool {
    is_word(name, TOPIC_MAX)
}

fn is_word(text: &str, max: usize) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (1..=max).contains(&text.len()) && text.bytes().all(fits) && !RESERVED.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wish, &'static str> {
        wish(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn names_and_topics_keep_their_rules() {
        let long = "x".repeat(21);
        for username in [
            "admin",
            "ROOT",
            "System",
            "null",
            "Undefined",
            "a b",
            &long,
            "",
            "é",
            "a#1",
            "a\\n",
        ] {
            let text = format!(r#"{{"username":"{username}","topic":"ok"}}"#);
            assert_eq!(read(&text), Err(BAD_USERNAME), "{text}");
        }
        let long = "x".repeat(51);
        for topic in ["admin", "Null", "a-b", "a b", &long, "", "日本"] {
            let text = format!(r#"{{"username":"ok","topic":"{topic}"}}"#);
            assert_eq!(read(&text), Err(BAD_TOPIC), "{text}");
        }
        for text in [
            "{}",
            r#"{"username":5,"topic":"b"}"#,
            r#"{"username":null,"topic":"b"}"#,
            r#"{"username":"","topic":""}"#,
        ] {
            assert_eq!(read(text), Err(BAD_USERNAME), "{text}");
        }
        let (username, topic) = ("U".repeat(20), "T".repeat(50));
        let longest = format!(r#"{{"username":"{username}","topic":"{topic}"}}"#);
        let wish = read(&longest).unwrap();
        assert_eq!(wish.username, username.to_lowercase());
        assert_eq!(wish.topic.as_str(), topic.to_lowercase());
        assert!(read(r#"{"username":"_","topic":"__"}"#).is_ok());
        assert!(is_topic("sports_1") && !is_topic("laser-cutter") && !is_topic("system"));
    }
}
