//! `landline.v1`: a desktop member, who is the witness of every dialect.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Dialect, Seen, To, Who, parsed, unknown, word};

pub(crate) struct Landline;

/// A frame.
pub(crate) fn frame(kind: &str, data: Value) -> String {
    let mut frame = json!({"type": kind});
    frame["data"] = data;
    frame.to_string()
}

impl Dialect for Landline {
    fn name(&self) -> &'static str {
        "landline.v1"
    }

    fn path(&self, _: &Who) -> String {
        "/ws".to_owned()
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("Sec-WebSocket-Protocol", "landline.v1")]
    }

    fn opening(&self, who: &Who, place: &str) -> Vec<String> {
        let token = format!("secret-of-{}", who.id);
        let hello =
            json!({"user_id": who.id, "display_name": who.name, "client": "app", "token": token});
        vec![
            frame("HELLO", hello),
            frame("JOIN_TOPIC", json!({"topic": place})),
        ]
    }

    fn says(&self, _: &Who, to: To<'_>, text: &str) -> Vec<String> {
        let id = Uuid::new_v4().to_string();
        let data = match to {
            To::Place(topic) => json!({"topic": topic, "content": text, "message_id": id}),
            To::Person(who) => json!({"to": who.id, "content": text, "message_id": id}),
        };
        vec![frame("MSG", data)]
    }

    /// In a topic by name, in a direct chat by id.
    fn read(&self, _: &Who, text: &str) -> Seen {
        let value = parsed(text);
        let data = &value["data"];
        match word(&value, "type").as_str() {
            "TOPIC_JOINED" => Seen::In,
            "MSG" => {
                let author = if data.get("to").is_some() {
                    "from"
                } else {
                    "display_name"
                };
                Seen::Said(word(data, author), word(data, "content"))
            }
            "MSG_ACK" => Seen::Acked(word(data, "message_id"), word(data, "status")),
            "TOPICS" if data["complete"] == true => Seen::Topics(data["topics"].clone()),
            "PRESENCE" if data["complete"] == false => {
                let users = data["users"].as_array().expect("users");
                match users.as_slice() {
                    [one] if one["online"] == false => Seen::Went(word(one, "user_id")),
                    [one] => Seen::Came(word(one, "user_id")),
                    _ => Seen::Other,
                }
            }
            "ERROR" => Seen::Refused(word(data, "code"), None),
            "HELLO_ACK" | "PRESENCE" | "ROOM" | "TOPICS" | "TOPIC_MEMBERS" | "TOPIC_LEFT"
            | "DIRECT" | "CHAT_OPENED" | "READ" | "TYPING" => Seen::Other,
            _ => unknown("landline.v1", text),
        }
    }
}
