//! `/ws` without a subprotocol: the first text frame decides which dialect the connection speaks (dialects.md, 2).

use std::sync::Arc;
use std::time::Duration;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_protocol::limits::JSON_DEPTH;
use landline_protocol::parse::depth;
use landline_protocol::{CloseCode, Timestamp};
use serde_json::{Value, json};

use super::{Speaker, Step};
use crate::session::Shared;

/// What a first frame says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// `topic`, typed.
    TopicTyped,
    /// `topic`, untyped.
    TopicUntyped,
    /// `fastchat`, nested.
    Nested,
    /// `fastchat`, flat.
    Flat,
    /// `fastchat`, nested, but the hello did not come first.
    NestedWithoutHello,
    /// `fastchat`, flat, likewise.
    FlatWithoutHello,
    /// JSON, but nobody's.
    NotAJoin,
    /// Not JSON, or too deep.
    NotJson,
}

/// The types of `fastchat` that may not come first.
const AFTER_HELLO: [&str; 6] = ["OPEN_CHAT", "MSG", "MSG_ACK", "TYPING", "PING", "PONG"];

/// Reads a first frame.
pub(crate) fn decide(text: &str) -> Decision {
    if depth(text.as_bytes()) > JSON_DEPTH {
        return Decision::NotJson;
    }
    let Ok(frame) = serde_json::from_str::<Value>(text) else {
        return Decision::NotJson;
    };
    let Some(fields) = frame.as_object() else {
        return Decision::NotAJoin;
    };
    let has = |key: &str| fields.contains_key(key);
    match fields.get("type") {
        Some(Value::String(kind)) if kind == "join" => Decision::TopicTyped,
        None | Some(Value::Null) if has("username") && has("topic") => Decision::TopicUntyped,
        Some(Value::String(kind)) if kind == "HELLO" => {
            if has("data") {
                Decision::Nested
            } else {
                Decision::Flat
            }
        }
        Some(Value::String(kind)) if AFTER_HELLO.contains(&kind.as_str()) => {
            if has("data") {
                Decision::NestedWithoutHello
            } else {
                Decision::FlatWithoutHello
            }
        }
        _ => Decision::NotAJoin,
    }
}

/// A connection that has not said anything.
pub(crate) struct First {
    shared: Arc<Shared>,
}

impl First {
    pub(crate) fn new(shared: Arc<Shared>) -> First {
        First { shared }
    }
}

impl Speaker for First {
    fn hear(&mut self, text: &Utf8Bytes, now: Timestamp, out: &mut Vec<Step>) {
        let decision = decide(text);
        let speaker: Option<Box<dyn Speaker>> =
            self.shared.dialects.speaker(decision, &self.shared);
        if let Some(mut speaker) = speaker {
            let mut steps = Vec::new();
            speaker.opened(now, &mut steps);
            speaker.hear(text, now, &mut steps);
            out.push(Step::Become(speaker));
            out.append(&mut steps);
            return;
        }
        match decision {
            Decision::NestedWithoutHello => {
                let error = json!({"type": "ERROR", "data": {"code": "UNAUTHORIZED", "message": "HELLO must be sent first", "details": {}}});
                refuse(&error, CloseCode::Protocol, "Protocol error", out);
            }
            Decision::FlatWithoutHello => {
                let error = json!({"type": "ERROR", "error_code": "HELLO_REQUIRED", "message": "HELLO message must be sent first", "details": null});
                refuse(&error, CloseCode::Protocol, "Protocol error", out);
            }
            Decision::NotJson => {
                let error = error("Invalid JSON format", now);
                refuse(&error, CloseCode::Unsupported, "Invalid JSON", out);
            }
            _ => {
                let error = error("First message must be join request", now);
                refuse(&error, CloseCode::Protocol, "Protocol error", out);
            }
        }
    }

    fn hear_binary(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        let error = error("Text frames only", now);
        refuse(&error, CloseCode::Unsupported, "Text frames only", out);
    }

    fn too_late(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        let error = error("First message not received in time", now);
        refuse(&error, CloseCode::Policy, "First message timeout", out);
    }

    fn turned_away(&mut self, _wait: Duration, now: Timestamp, out: &mut Vec<Step>) {
        let error = error(
            "Too many connections from this address, please try later",
            now,
        );
        refuse(&error, CloseCode::Policy, "too many new people", out);
    }
}

/// An error as `topic` clients know it.
fn error(message: &str, now: Timestamp) -> Value {
    json!({"type": "error", "message": message, "timestamp": now.0.div_euclid(1_000)})
}

/// Exactly one frame, then the close.
fn refuse(error: &Value, code: CloseCode, reason: &'static str, out: &mut Vec<Step>) {
    out.push(Step::Say(error.to_string().into()));
    out.push(Step::end(code, reason));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_first_frames() {
        for (text, decision) in [
            (r#"{"type":"join"}"#, Decision::TopicTyped),
            (r#"{"username":"a","topic":"b"}"#, Decision::TopicUntyped),
            (
                r#"{"type":null,"username":"a","topic":7}"#,
                Decision::TopicUntyped,
            ),
            (r#"{"type":"HELLO","data":null}"#, Decision::Nested),
            (r#"{"type":"HELLO","display_name":"x"}"#, Decision::Flat),
            (r#"{"type":"MSG","data":{}}"#, Decision::NestedWithoutHello),
            (r#"{"type":"PONG"}"#, Decision::FlatWithoutHello),
            (r#"{"username":"a"}"#, Decision::NotAJoin),
            (r#"{"type":"Join"}"#, Decision::NotAJoin),
            (
                r#"{"type":7,"username":"a","topic":"b"}"#,
                Decision::NotAJoin,
            ),
            ("[]", Decision::NotAJoin),
            ("/list", Decision::NotJson),
            ("", Decision::NotJson),
        ] {
            assert_eq!(decide(text), decision, "{text}");
        }
        assert_eq!(decide(&"[".repeat(10_000)), Decision::NotJson);
    }
}
