//! `topic`: rooms by topic, whose messages live for 30 seconds. Two forms: what its own server understands (`typed`)
//! and what its document describes.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::{Value, json};

use crate::args::Member;
use crate::member;

use super::{Act, Speaker};

/// Servers of this kind may drop a client that is silent.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(30);
/// Longest name.
const USERNAME_MAX_CHARS: usize = 20;

/// The name that was asked for, as it is: the server says what is wrong with it. The system's user name is fitted.
pub(super) fn username(args: &Member) -> String {
    args.name
        .clone()
        .unwrap_or_else(|| fitted(member::user_name().as_str()))
}

fn fitted(name: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    name.chars().take(USERNAME_MAX_CHARS).map(fit).collect()
}

/// The dialect.
pub(super) struct Topic {
    username: String,
    room: String,
    typed: bool,
    /// The name that the server gave me, once I am in.
    joined: Option<String>,
    /// Neither acknowledged nor refused yet; the server answers in order.
    sent: VecDeque<String>,
}

impl Topic {
    pub(super) fn new(username: String, topic: &str, typed: bool) -> Topic {
        Topic {
            username,
            room: topic.to_owned(),
            typed,
            joined: None,
            sent: VecDeque::new(),
        }
    }

    /// A frame of mine, in the form of this conversation.
    fn frame(&self, kind: &str, mut frame: Value) -> Act {
        if self.typed {
            frame["type"] = kind.into();
        }
        Act::Send(frame.to_string())
    }

    fn joined(&mut self, frame: &Value) -> Vec<Act> {
        let (name, topic) = (text(frame, "username"), text(frame, "topic"));
        let words = format!("In {topic} as {name}");
        self.joined = Some(name.to_owned());
        vec![Act::Tell(words)]
    }

    fn message(&self, frame: &Value) -> Act {
        let (name, said) = (text(frame, "username"), text(frame, "message"));
        if self.joined.as_deref() == Some(name) {
            Act::mine(name, said)
        } else {
            Act::said(name, said)
        }
    }

    /// Before I am in the refusal is of my join; later it is of the oldest message that has no answer.
    fn error(&mut self, frame: &Value) -> Vec<Act> {
        let why = text(frame, "message");
        let refused = self.joined.as_ref().and_then(|_| self.sent.pop_front());
        vec![Act::Tell(match refused {
            Some(said) => format!("not sent: \"{said}\": {why}"),
            None => format!("refused: {why}"),
        })]
    }
}

impl Speaker for Topic {
    fn opened(&mut self) -> Vec<Act> {
        self.joined = None;
        let join = json!({"username": self.username, "topic": self.room});
        vec![self.frame("join", join)]
    }

    fn heard(&mut self, frame: &str) -> Vec<Act> {
        let Ok(value) = serde_json::from_str::<Value>(frame) else {
            return vec![Act::Line(frame.to_owned())];
        };
        match text(&value, "type") {
            "joined" => self.joined(&value),
            "message" => vec![self.message(&value)],
            "ack" => {
                self.sent.pop_front();
                Vec::new()
            }
            "list" => vec![Act::Tell(listed(&value))],
            "error" => self.error(&value),
            _ => Vec::new(),
        }
    }

    fn say(&mut self, text: String) -> Vec<Act> {
        let message = json!({"message": text});
        self.sent.push_back(text);
        vec![self.frame("message", message)]
    }

    fn list(&mut self) -> Vec<Act> {
        if self.typed {
            return vec![self.frame("list", json!({}))];
        }
        vec![Act::Send("/list".into())]
    }

    fn help(&self) -> &'static str {
        "/list           topics and how many are in each\n"
    }

    fn is_ready(&self) -> bool {
        self.joined.is_some()
    }

    fn unconfirmed(&self) -> usize {
        self.sent.len()
    }

    fn beat(&self) -> Option<(Duration, String)> {
        let frame = json!({"type": "heartbeat"});
        Some((HEARTBEAT_EVERY, frame.to_string()))
    }

    fn broken(&mut self) -> Vec<String> {
        self.joined = None;
        self.sent.drain(..).collect()
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// `Topics: movies (1), sports (2)`.
fn listed(frame: &Value) -> String {
    let topics = frame["topics"].as_array().map_or(&[][..], Vec::as_slice);
    let topics: Vec<String> = topics
        .iter()
        .map(|topic| format!("{} ({})", text(topic, "topic"), topic["user_count"]))
        .collect();
    if topics.is_empty() {
        "No topics".to_owned()
    } else {
        format!("Topics: {}", topics.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(acts: &[Act]) -> Value {
        match acts {
            [Act::Send(frame)] => {
                serde_json::from_str(frame).unwrap_or_else(|_| frame.as_str().into())
            }
            _ => panic!("{acts:?}"),
        }
    }

    const JOINED: &str = r#"{"type":"joined","username":"alice#1","topic":"sports","timestamp":1}"#;
    const ACK: &str = r#"{"type":"ack","message_id":"x","recipients":2,"timestamp":1}"#;

    #[test]
    fn both_forms_say_the_same() {
        let mut typed = Topic::new("alice".into(), "sports", true);
        assert_eq!(
            sent(&typed.opened()),
            json!({"type":"join","username":"alice","topic":"sports"})
        );
        assert!(!typed.is_ready(), "words wait until the topic is joined");
        assert_eq!(typed.heard(JOINED), [Act::tell("In sports as alice#1")]);
        assert!(typed.is_ready());
        assert_eq!(
            sent(&typed.say("hi".into())),
            json!({"type":"message","message":"hi"})
        );
        assert_eq!(sent(&typed.list()), json!({"type":"list"}));

        let mut untyped = Topic::new("alice".into(), "sports", false);
        assert_eq!(
            sent(&untyped.opened()),
            json!({"username":"alice","topic":"sports"})
        );
        assert_eq!(sent(&untyped.say("hi".into())), json!({"message":"hi"}));
        assert_eq!(sent(&untyped.list()), json!("/list"));
        for topic in [typed, untyped] {
            assert_eq!(topic.beat().unwrap().1, r#"{"type":"heartbeat"}"#);
        }
    }

    #[test]
    fn frames_of_the_contract_are_shown() {
        let mut topic = Topic::new("alice".into(), "sports", true);
        topic.opened();
        topic.heard(JOINED);
        let message = |name: &str| {
            format!(
                r#"{{"type":"message","username":"{name}","message":"hi","timestamp":1,"message_id":"x","topic":"sports","expires_at":"2026-01-02T03:04:35.000000"}}"#
            )
        };
        assert_eq!(topic.heard(&message("bob")), [Act::said("bob", "hi")]);
        assert_eq!(
            topic.heard(&message("alice#1")),
            [Act::mine("alice#1", "hi")]
        );
        assert_eq!(
            topic.heard(
                r#"{"type":"list","topics":[{"topic":"sports","user_count":2,"created_at":"x","message_count":1,"last_activity":"x"},{"topic":"movies","user_count":1}],"timestamp":1}"#
            ),
            [Act::tell("Topics: sports (2), movies (1)")]
        );
        assert_eq!(
            topic.heard(r#"{"type":"list","topics":[],"timestamp":1}"#),
            [Act::tell("No topics")]
        );
        assert_eq!(
            topic.heard(r#"{"type":"heartbeat","timestamp":1.5,"status":"received"}"#),
            []
        );
    }

    #[test]
    fn each_message_is_acknowledged_or_refused_in_order() {
        let mut topic = Topic::new("alice".into(), "sports", true);
        topic.opened();
        let full =
            r#"{"type":"error","message":"Topic is full, please try another","timestamp":1}"#;
        assert_eq!(
            topic.heard(full),
            [Act::tell("refused: Topic is full, please try another")]
        );
        topic.heard(JOINED);
        for text in ["one", "two", "three"] {
            topic.say(text.into());
        }
        topic.heard(ACK);
        let rate =
            r#"{"type":"error","message":"Rate limit exceeded, please slow down","timestamp":1}"#;
        assert_eq!(
            topic.heard(rate),
            [Act::tell(
                "not sent: \"two\": Rate limit exceeded, please slow down"
            )]
        );
        assert_eq!(topic.broken(), ["three"]);
        assert!(!topic.is_ready());
    }

    #[test]
    fn a_user_name_of_the_system_fits() {
        assert_eq!(
            fitted("Ana-Lena von Überlingen am See"),
            "Ana_Lena_von__berlin"
        );
    }
}
