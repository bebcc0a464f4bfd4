//! `fastchat`: direct chats in two forms.

use serde_json::{Value, json};

use super::{Dialect, Seen, To, Who, parsed, unknown, word};

pub(crate) enum Fastchat {
    Nested,
    Flat,
}

impl Fastchat {
    fn is_nested(&self) -> bool {
        matches!(self, Fastchat::Nested)
    }

    fn frame(&self, kind: &str, mut data: Value) -> String {
        if self.is_nested() {
            return json!({"type": kind, "data": data}).to_string();
        }
        data["type"] = kind.into();
        data.to_string()
    }

    /// The frame that opens a chat, and makes it the current one of a flat client.
    pub(crate) fn opens(&self, target: &Who) -> String {
        let data = json!({"target_user_id": target.id, "target_display_name": target.name});
        self.frame("OPEN_CHAT", data)
    }

    /// A message to a chat that is open; a nested one carries its text as its id.
    pub(crate) fn writes(&self, target: &Who, text: &str) -> String {
        let mut data = json!({"content": text});
        if self.is_nested() {
            let id: String = text.chars().take(60).collect();
            data = json!({"to": target.id, "content": text, "message_id": id});
        }
        self.frame("MSG", data)
    }
}

impl Dialect for Fastchat {
    fn name(&self) -> &'static str {
        match self {
            Fastchat::Nested => "fastchat nested",
            Fastchat::Flat => "fastchat flat",
        }
    }

    fn path(&self, _: &Who) -> String {
        "/ws".to_owned()
    }

    fn opening(&self, who: &Who, _: &str) -> Vec<String> {
        vec![self.frame(
            "HELLO",
            json!({"user_id": who.id, "display_name": who.name}),
        )]
    }

    fn says(&self, _: &Who, to: To<'_>, text: &str) -> Vec<String> {
        let To::Person(target) = to else {
            panic!("fastchat speaks to one person");
        };
        vec![self.opens(target), self.writes(target, text)]
    }

    fn echoes(&self) -> bool {
        false
    }

    fn known_as(&self, who: &Who) -> String {
        who.id.clone()
    }

    fn read(&self, _: &Who, frame: &str) -> Seen {
        let value = parsed(frame);
        let data = if self.is_nested() {
            &value["data"]
        } else {
            &value
        };
        let ids = || -> Vec<String> {
            let users = data["users"].as_array().expect("users");
            users.iter().map(|user| word(user, "user_id")).collect()
        };
        match (word(&value, "type").as_str(), data["action"].as_str()) {
            ("HELLO_ACK", _) => Seen::In,
            ("PRESENCE", None) => Seen::Online(ids()),
            ("PRESENCE", Some("disconnect")) => Seen::Went(ids().join("\n")),
            ("PRESENCE", Some(_)) => Seen::Came(ids().join("\n")),
            ("CHAT_OPENED", _) => Seen::Opened(word(data, "target_user_id")),
            ("MSG", _) => {
                let from = if self.is_nested() {
                    "from"
                } else {
                    "sender_id"
                };
                Seen::Said(word(data, from), word(data, "content"))
            }
            ("MSG_ACK", _) => {
                // The nested form knows one word.
                Seen::Acked(word(data, "message_id"), word(data, "status"))
            }
            ("ERROR", _) => {
                let key = if self.is_nested() {
                    "code"
                } else {
                    "error_code"
                };
                let id = data["details"]["message_id"].as_str();
                Seen::Refused(word(data, key), id.map(str::to_owned))
            }
            ("TYPING" | "PONG", _) => Seen::Other,
            _ => unknown(self.name(), frame),
        }
    }
}
