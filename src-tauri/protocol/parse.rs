//! Text to frame. The depth is checked before anything is built, the type before its data, so that each kind of bad
//! input gets its own refusal.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::frame::ClientFrame;
use crate::limits::JSON_DEPTH;

/// Why a text is no frame of a client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, or not an object with `type`.
    #[error("{0}")]
    Envelope(String),
    /// Arrays and objects nest deeper than [`JSON_DEPTH`].
    #[error("JSON is nested deeper than {JSON_DEPTH} levels")]
    TooDeep,
    /// The `type` is not one of ours; cut to 100 characters.
    #[error("unknown type: {0}")]
    UnknownType(String),
    /// `data` does not fit the type.
    #[error("data of {kind}: {problem}")]
    Data {
        /// The frame's type.
        kind: &'static str,
        /// What serde says of it.
        problem: String,
    },
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// Reads one frame of a client.
///
/// # Errors
/// [`ParseError`], which says what was wrong and never holds more than 100 characters of the input.
pub fn client_frame(text: &str) -> Result<ClientFrame, ParseError> {
    if depth(text.as_bytes()) > JSON_DEPTH {
        return Err(ParseError::TooDeep);
    }
    let envelope: Envelope<'_> = serde_json::from_str(text)
        .map_err(|error| ParseError::Envelope(format!("not a frame: {error}")))?;
    let raw = envelope.data.map_or("{}", RawValue::get);
    let raw = if raw == "null" { "{}" } else { raw };
    Ok(match envelope.kind.as_ref() {
        "HELLO" => ClientFrame::Hello(data("HELLO", raw)?),
        "JOIN_TOPIC" => ClientFrame::JoinTopic(data("JOIN_TOPIC", raw)?),
        "LEAVE_TOPIC" => ClientFrame::LeaveTopic(data("LEAVE_TOPIC", raw)?),
        "LIST_TOPICS" => ClientFrame::ListTopics(data("LIST_TOPICS", raw)?),
        "LIST_DIRECT" => ClientFrame::ListDirect(data("LIST_DIRECT", raw)?),
        "LIST_MEMBERS" => ClientFrame::ListMembers(data("LIST_MEMBERS", raw)?),
        "FIND_PEOPLE" => ClientFrame::FindPeople(data("FIND_PEOPLE", raw)?),
        "OPEN_CHAT" => ClientFrame::OpenChat(data("OPEN_CHAT", raw)?),
        "MSG" => ClientFrame::Msg(data("MSG", raw)?),
        "HISTORY" => ClientFrame::History(data("HISTORY", raw)?),
        "SEARCH" => ClientFrame::Search(data("SEARCH", raw)?),
        "RESUME" => ClientFrame::Resume(data("RESUME", raw)?),
        "MARK_READ" => ClientFrame::MarkRead(data("MARK_READ", raw)?),
        "SEEN_BY" => ClientFrame::SeenBy(data("SEEN_BY", raw)?),
        "TYPING" => ClientFrame::Typing(data("TYPING", raw)?),
        "FIND_PAIR" => ClientFrame::FindPair(data("FIND_PAIR", raw)?),
        "LEAVE_PAIR" => ClientFrame::LeavePair(data("LEAVE_PAIR", raw)?),
        "PING" => ClientFrame::Ping(data("PING", raw)?),
        "MSG_ACK" => ClientFrame::MsgAck(data("MSG_ACK", raw)?),
        "PONG" => ClientFrame::Pong(data("PONG", raw)?),
        other => return Err(ParseError::UnknownType(other.chars().take(100).collect())),
    })
}

fn data<T: DeserializeOwned>(kind: &'static str, raw: &str) -> Result<T, ParseError> {
    serde_json::from_str(raw).map_err(|error| ParseError::Data {
        kind,
        problem: error.to_string().chars().take(100).collect(),
    })
}

/// How deep arrays and objects nest, without building anything (`serde_json` skips unknown fields of any depth).
pub fn depth(json: &[u8]) -> usize {
    let (mut now, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for &byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                now += 1;
                deepest = deepest.max(now);
            }
            b'}' | b']' => now = now.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Draft, Empty};

    #[test]
    fn a_frame_is_read_with_unknown_fields_ignored() {
        let frame = client_frame(
            r#"{"data":{"topic":"lobby","content":"hi","x":[1]},"type":"MSG","y":null}"#,
        );
        let draft = Draft {
            topic: Some("lobby".into()),
            content: "hi".into(),
            ..Draft::default()
        };
        assert_eq!(frame, Ok(ClientFrame::Msg(draft)));
        assert_eq!(
            client_frame(r#"{"type":"PING"}"#),
            Ok(ClientFrame::Ping(Empty {}))
        );
    }

    #[test]
    fn each_kind_of_bad_input_has_its_own_refusal() {
        for text in [
            "",
            "{",
            "[]",
            "7",
            "null",
            r#"{"type":7}"#,
            r#"{"data":{}}"#,
            r#"{"type":"PING","type":"PING"}"#,
        ] {
            assert!(
                matches!(client_frame(text), Err(ParseError::Envelope(_))),
                "{text}"
            );
        }
        let deep = format!(
            r#"{{"type":"PING","x":{}{}}}"#,
            "[".repeat(10_000),
            "]".repeat(10_000)
        );
        assert_eq!(client_frame(&deep), Err(ParseError::TooDeep));
        assert_eq!(
            client_frame(r#"{"type":"ping"}"#),
            Err(ParseError::UnknownType("ping".into()))
        );
        for text in [
            r#"{"type":"MSG","data":{"content":5}}"#,
            r#"{"type":"MSG","data":[]}"#,
            r#"{"type":"HELLO"}"#,
        ] {
            assert!(
                matches!(client_frame(text), Err(ParseError::Data { .. })),
                "{text}"
            );
        }
    }

    #[test]
    fn depth_counts_brackets_outside_strings_only() {
        assert_eq!(depth(br#"{"a":"[[[\"[[","b":[[]]}"#), 3);
    }
}
