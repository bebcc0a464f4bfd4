//! How each dialect says hello and says something, and what its frames mean to somebody who listens.

use serde_json::{Value, json};

/// A dialect in one of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    Plain,
    Pair,
    PairInText,
    Private,
    Topic,
    Untyped,
    Activity,
    Nested,
    Flat,
}

/// Somebody, whatever they speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who {
    pub(crate) name: &'static str,
    /// For `plain`, and the end of the others' ids.
    pub(crate) number: u16,
}

pub(crate) const ALICE: Who = who("alice", 1);
pub(crate) const BOB: Who = who("bob", 2);
pub(crate) const CAROL: Who = who("carol", 3);
pub(crate) const MALLORY: Who = who("mallory", 666);

const fn who(name: &'static str, number: u16) -> Who {
    Who { name, number }
}

impl Who {
    pub(crate) fn id(self) -> String {
        format!("00000000-0000-4000-8000-{:012}", self.number)
    }
}

/// What a frame means to whoever hears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// Somebody said something.
    Text { from: String, text: String },
    /// Somebody's connection is over.
    Gone(String),
    /// It is about the listener's own frames, or who is here.
    Other,
}

impl Tongue {
    pub(crate) fn path(self, who: Who) -> String {
        match self {
            Tongue::Plain => format!("/ws/{}", who.number),
            Tongue::Pair => "/chat/public".into(),
            Tongue::PairInText => "/chat/public?format=text".into(),
            Tongue::Private => "/chat/private".into(),
            Tongue::Activity => "/ws/activity".into(),
            Tongue::Topic | Tongue::Untyped | Tongue::Nested | Tongue::Flat => "/ws".into(),
        }
    }

    /// The topic in which desktop members meet its users, if they do.
    pub(crate) fn topic(self) -> Option<&'static str> {
        match self {
            Tongue::Plain | Tongue::Activity => Some("lobby"),
            Tongue::Pair | Tongue::PairInText => Some("public"),
            Tongue::Topic | Tongue::Untyped => Some("den"),
            Tongue::Private | Tongue::Nested | Tongue::Flat => None,
        }
    }

    /// Whether others are told when somebody's connection is over, each time once.
    pub(crate) fn tells_who_goes(self) -> bool {
        matches!(
            self,
            Tongue::Plain | Tongue::Pair | Tongue::PairInText | Tongue::Activity
        )
    }

    /// What a client sends first, if anything, and the words of the answer to it, if there is one.
    pub(crate) fn hello(self, who: Who) -> Option<(Value, Option<&'static str>)> {
        let Who { name, .. } = who;
        Some(match self {
            Tongue::Plain | Tongue::Pair | Tongue::PairInText | Tongue::Private => return None,
            Tongue::Topic => (
                json!({"type": "join", "username": name, "topic": "den"}),
                Some(r#""joined""#),
            ),
            Tongue::Untyped => (
                json!({"username": name, "topic": "den"}),
                Some(r#""joined""#),
            ),
            Tongue::Activity => (json!({"event_type": "connected", "username": name}), None),
            Tongue::Nested => (
                json!({"type": "HELLO", "data": {"user_id": who.id(), "display_name": name}}),
                Some(r#""HELLO_ACK""#),
            ),
            Tongue::Flat => (
                json!({"type": "HELLO", "user_id": who.id(), "display_name": name}),
                Some(r#""HELLO_ACK""#),
            ),
        })
    }

    /// What opens a chat with `other`, where one has to be opened.
    pub(crate) fn opening(self, other: Who) -> Option<Value> {
        let (id, name) = (other.id(), other.name);
        match self {
            Tongue::Nested => Some(
                json!({"type": "OPEN_CHAT", "data": {"target_user_id": id, "target_display_name": name}}),
            ),
            Tongue::Flat => Some(
                json!({"type": "OPEN_CHAT", "target_user_id": id, "target_display_name": name}),
            ),
            _ => None,
        }
    }

    /// A message, to `other` where it has to be addressed.
    pub(crate) fn message(self, me: Who, other: Who, text: &str) -> String {
        let frame = match self {
            Tongue::Plain => return text.to_owned(),
            Tongue::Pair | Tongue::PairInText | Tongue::Private => {
                json!({"username": me.name, "message": text})
            }
            Tongue::Topic => json!({"type": "message", "message": text}),
            Tongue::Untyped => json!({"message": text}),
            Tongue::Activity => {
                json!({"event_type": "message", "username": me.name, "message": text})
            }
            Tongue::Nested => json!({"type": "MSG", "data": {"to": other.id(), "content": text}}),
            Tongue::Flat => json!({"type": "MSG", "content": text}),
        };
        frame.to_string()
    }

    /// What others see who speaks.
    pub(crate) fn shown(self, who: Who) -> String {
        match self {
            Tongue::Plain => format!("Client #{}", who.number),
            Tongue::Nested | Tongue::Flat => who.id(),
            _ => who.name.to_owned(),
        }
    }

    /// The longest text of a message that is still quick to send.
    pub(crate) fn long_text(self) -> String {
        let letters = match self {
            Tongue::Topic | Tongue::Untyped => 5_000,
            Tongue::Nested | Tongue::Flat => 1_000,
            _ => 12_500,
        };
        "🦀".repeat(letters)
    }

    /// What a frame means.
    pub(crate) fn heard(self, frame: &str) -> Heard {
        match self {
            Tongue::Plain => plain(frame),
            Tongue::PairInText => match frame.split_once("> ") {
                Some((from, text)) => said(from, text),
                None if frame == "Someone left the chat!" => Heard::Gone("Someone".into()),
                None => Heard::Other,
            },
            _ => self.heard_json(&serde_json::from_str(frame).expect("every frame is JSON")),
        }
    }

    fn heard_json(self, frame: &Value) -> Heard {
        let text = |key: &str| frame[key].as_str().unwrap_or_default().to_owned();
        let kind = text("type");
        match self {
            Tongue::Pair | Tongue::Private if frame["username"].is_string() => {
                said(&text("username"), &text("message"))
            }
            Tongue::Pair | Tongue::Private if frame["message"] == "Someone left the chat!" => {
                Heard::Gone("Someone".into())
            }
            Tongue::Topic | Tongue::Untyped if kind == "message" => {
                said(&text("username"), &text("message"))
            }
            Tongue::Activity if frame["event_type"] == "message" => {
                said(&text("username"), &text("message"))
            }
            Tongue::Activity if frame["event_type"] == "disconnected" => {
                Heard::Gone(text("username"))
            }
            Tongue::Nested if kind == "MSG" => {
                let data = &frame["data"];
                let text = |key: &str| data[key].as_str().unwrap_or_default();
                said(text("from"), text("content"))
            }
            Tongue::Flat if kind == "MSG" => said(&text("sender_id"), &text("content")),
            Tongue::Flat if kind == "PRESENCE" && frame["action"] == "disconnect" => Heard::Gone(
                frame["users"][0]["user_id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            ),
            _ => Heard::Other,
        }
    }
}

fn said(from: &str, text: &str) -> Heard {
    Heard::Text {
        from: from.to_owned(),
        text: text.to_owned(),
    }
}

fn plain(frame: &str) -> Heard {
    if let Some(from) = frame.strip_suffix(" left the chat") {
        Heard::Gone(from.to_owned())
    } else if frame.starts_with("You wrote: ") {
        Heard::Other
    } else if let Some((from, text)) = frame.split_once(" says: ") {
        said(from, text)
    } else {
        panic!("a frame that plain does not have: {frame:?}")
    }
}
