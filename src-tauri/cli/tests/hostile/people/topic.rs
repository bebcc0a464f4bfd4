//! `topic`: named conversations in two forms.

use serde_json::json;

use super::{Dialect, Seen, To, Who, parsed, unknown, word};

pub(crate) enum Topic {
    Typed,
    Untyped,
}

impl Dialect for Topic {
    fn name(&self) -> &'static str {
        match self {
            Topic::Typed => "topic typed",
            Topic::Untyped => "topic untyped",
        }
    }

    fn path(&self, _: &Who) -> String {
        "/ws".to_owned()
    }

    fn opening(&self, who: &Who, place: &str) -> Vec<String> {
        let mut frame = json!({"username": who.name, "topic": place});
        if let Topic::Typed = self {
            frame["type"] = "join".into();
        }
        vec![frame.to_string()]
    }

    fn says(&self, _: &Who, _: To<'_>, text: &str) -> Vec<String> {
        let mut frame = json!({"message": text});
        if let Topic::Typed = self {
            frame["type"] = "message".into();
        }
        vec![frame.to_string()]
    }

    fn read(&self, _: &Who, frame: &str) -> Seen {
        let value = parsed(frame);
        match word(&value, "type").as_str() {
            "joined" => Seen::In,
            "message" => Seen::Said(word(&value, "username"), word(&value, "message")),
            "ack" => Seen::Reached(value["recipients"].as_u64().expect("a number")),
            "error" => Seen::Refused(word(&value, "message"), None),
            "list" => Seen::Topics(value["topics"].clone()),
            "help" | "heartbeat" | "left" => Seen::Other,
            _ => unknown(self.name(), frame),
        }
    }
}
