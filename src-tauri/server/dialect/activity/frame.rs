//! The one payload of `activity`, both ways.

use serde::Serialize;

use super::super::raw::{self, Raw};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Connected,
    Disconnected,
    Message,
}

/// A payload. Written, it is compact and holds no key but these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Frame {
    #[serde(rename = "event_type")]
    pub(super) kind: Kind,
    pub(super) username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
}

impl Frame {
    /// As text.
    pub(super) fn written(&self) -> String {
        serde_json::to_string(self)
            .expect("a payload has string keys only, and no value that can fail")
    }
}

/// Reads a payload; `None` if it is none.
pub(super) fn read(text: &str) -> Option<Frame> {
    let Raw::Object(fields) = raw::read(text)? else {
        return None;
    };
    let kind = match raw::string(fields.get("event_type")?)?.as_str() {
        "connected" => Kind::Connected,
        "disconnected" => Kind::Disconnected,
        "message" => Kind::Message,
        _ => return None,
    };
    let message = match fields.get("message") {
        None => None,
        Some(value) if value.get() == "null" => None,
        Some(value) => Some(raw::string(value)?),
    };
    Some(Frame {
        kind,
        username: raw::string(fields.get("username")?)?,
        message,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_payload_has_an_event_and_a_name() {
        let frame = read(r#"{"x":1e999,"message":"hi","username":"","event_type":"message"}"#);
        let frame = frame.expect("key order and further keys are free");
        assert_eq!(
            frame.written(),
            r#"{"event_type":"message","username":"","message":"hi"}"#
        );
        for text in [
            r#"{"event_type":"connected","username":"a"}"#,
            r#"{"event_type":"connected","username":"a","message":null}"#,
        ] {
            let frame = read(text).expect("it is a payload");
            assert_eq!(
                frame.written(),
                r#"{"event_type":"connected","username":"a"}"#
            );
        }
    }

    #[test]
    fn anything_else_is_none() {
        for text in [
            "",
            "{bad",
            "[]",
            "null",
            r#""message""#,
            "{}",
            r#"{"event_type":"typing","username":"a"}"#,
            r#"{"event_type":"Connected","username":"a"}"#,
            r#"{"event_type":7,"username":"a"}"#,
            r#"{"event_type":"message","message":"hi"}"#,
            r#"{"event_type":"message","username":null,"message":"hi"}"#,
            r#"{"event_type":"message","username":5,"message":"hi"}"#,
            r#"{"event_type":"message","username":"a","message":5}"#,
            r#"{"event_type":"message","username":"a","message":{}}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn what_is_written_is_read_again(username in ".{0,40}", message in prop::option::of(".{0,40}")) {
            for kind in [Kind::Connected, Kind::Disconnected, Kind::Message] {
                let frame = Frame { kind, username: username.clone(), message: message.clone() };
                prop_assert_eq!(read(&frame.written()), Some(frame));
            }
        }
    }
}
