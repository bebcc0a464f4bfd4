//! `activity`: the lobby with its joins and leaves.

use serde_json::json;

use super::{Dialect, Seen, To, Who, parsed, unknown, word};

pub(crate) struct Activity;

impl Dialect for Activity {
    fn name(&self) -> &'static str {
        "activity"
    }

    fn path(&self, _: &Who) -> String {
        "/ws/activity".to_owned()
    }

    fn opening(&self, who: &Who, _: &str) -> Vec<String> {
        vec![json!({"event_type": "connected", "username": who.name}).to_string()]
    }

    fn is_silent(&self) -> bool {
        true
    }

    fn says(&self, who: &Who, _: To<'_>, text: &str) -> Vec<String> {
        vec![json!({"event_type": "message", "username": who.name, "message": text}).to_string()]
    }

    fn echoes(&self) -> bool {
        false
    }

    fn read(&self, _: &Who, frame: &str) -> Seen {
        let value = parsed(frame);
        let name = word(&value, "username");
        match word(&value, "event_type").as_str() {
            "connected" => Seen::Came(name),
            "disconnected" => Seen::Went(name),
            "message" => Seen::Said(name, word(&value, "message")),
            _ => unknown("activity", frame),
        }
    }
}
