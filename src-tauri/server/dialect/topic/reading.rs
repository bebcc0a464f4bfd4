//! A client's text to what it wants. Pure: the same text in the same state means the same.

use std::borrow::Cow;

use landline_protocol::limits::JSON_DEPTH;
use landline_protocol::parse::depth;
use serde_json::{Map, Value};

use super::text::{clean, is_active};
use super::wish::{Wish, wish};

/// Characters of the client's own text in an error.
const REPEATED_MAX: usize = 100;

pub(super) const NOT_JSON: &str = "Invalid JSON format";

/// The two shapes of what clients send; fixed by the first frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Every frame has a `type`.
    Typed,
    /// It need not, and there are bare commands.
    Untyped,
}

impl Form {
    /// The number after the first name that is taken.
    pub(super) fn first_suffix(self) -> u32 {
        match self {
            Form::Typed => 1,
            Form::Untyped => 2,
        }
    }
}

/// What a frame means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// To be in a topic; or why not.
    Join(Result<Wish, &'static str>),
    /// To say this; nothing if it may not be said.
    Message(Option<String>),
    List,
    Help,
    Quit,
    Heartbeat,
    Leave,
    /// Nothing.
    Nothing,
    /// An error, after which the connection goes on.
    Wrong(Cow<'static, str>),
}

/// Reads one frame. `is_in`: the connection is in a topic.
pub(crate) fn read(text: &str, form: Form, is_in: bool) -> Heard {
    if form == Form::Untyped
        && let Some(command) = command(text)
    {
        return command;
    }
    if depth(text.as_bytes()) > JSON_DEPTH {
        return Heard::Wrong(NOT_JSON.into());
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else {
        return Heard::Wrong(NOT_JSON.into());
    };
    match (fields.get("type"), form) {
        (None | Some(Value::Null), Form::Untyped) => untyped(&fields, is_in),
        (kind, form) => typed(kind, &fields, form),
    }
}

/// A bare command of the untyped form.
fn command(text: &str) -> Option<Heard> {
    match text.trim() {
        "/list" => Some(Heard::List),
        "/help" => Some(Heard::Help),
        "/quit" | "/exit" => Some(Heard::Quit),
        _ => None,
    }
}

fn typed(kind: Option<&Value>, fields: &Map<String, Value>, form: Form) -> Heard {
    let kind: Cow<'_, str> = match kind {
        Some(Value::String(kind)) => kind.into(),
        None | Some(Value::Null) => "None".into(),
        Some(other) => other.to_string().into(),
    };
    match &*kind {
        "join" => Heard::Join(wish(fields)),
        "message" => message(fields, form),
        "list" => Heard::List,
        "heartbeat" => Heard::Heartbeat,
        "leave" => Heard::Leave,
        "demo_log" => Heard::Nothing,
        other => {
            let other: String = other.chars().take(REPEATED_MAX).collect();
            Heard::Wrong(format!("Unknown message type: {other}").into())
        }
    }
}

/// Without a `type`, a frame that could be both is what the connection's state makes of it.
fn untyped(fields: &Map<String, Value>, is_in: bool) -> Heard {
    let is_join = fields.contains_key("username") && fields.contains_key("topic");
    if is_join && !(is_in && fields.contains_key("message")) {
        Heard::Join(wish(fields))
    } else {
        message(fields, Form::Untyped)
    }
}

fn message(fields: &Map<String, Value>, form: Form) -> Heard {
    let text = match fields.get("message") {
        None => return Heard::Wrong(NOT_JSON.into()),
        Some(Value::String(text)) => text,
        Some(_) => return Heard::Message(None),
    };
    match form {
        Form::Untyped => command(text).unwrap_or_else(|| Heard::Message(clean(text))),
        Form::Typed => Heard::Message(clean(text).filter(|text| !is_active(text))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dialect::topic::wish::{is_topic, is_username};

    fn wish_of(username: &str, topic: &str) -> Heard {
        let topic = topic.parse().unwrap();
        Heard::Join(Ok(Wish {
            username: username.into(),
            topic,
        }))
    }

    fn wrong(text: &'static str) -> Heard {
        Heard::Wrong(text.into())
    }

    fn said(text: &str) -> Heard {
        Heard::Message(Some(text.into()))
    }

    #[test]
    fn the_frames_of_the_typed_form() {
        for (text, heard) in [
            (
                r#"{"type":"join","username":"Alice","topic":"Sports"}"#,
                wish_of("alice", "sports"),
            ),
            (
                r#"{"type":"join","username":"a","topic":"_"}"#,
                wish_of("a", "_"),
            ),
            (r#"{"type":"message","message":" hi "}"#, said("hi")),
            (r#"{"type":"message","message":"/list"}"#, said("/list")),
            (r#"{"type":"message","message":"/exit"}"#, said("/exit")),
            (
                r#"{"type":"message","message":"<b onclick=x>"}"#,
                Heard::Message(None),
            ),
            (
                r#"{"type":"message","message":"java\u0000script:"}"#,
                Heard::Message(None),
            ),
            (r#"{"type":"message","message":5}"#, Heard::Message(None)),
            (r#"{"type":"message","message":null}"#, Heard::Message(None)),
            (r#"{"type":"message","message":"  "}"#, Heard::Message(None)),
            (r#"{"type":"message"}"#, wrong(NOT_JSON)),
            (r#"{"type":"list"}"#, Heard::List),
            (r#"{"type":"heartbeat","x":1}"#, Heard::Heartbeat),
            (r#"{"type":"leave"}"#, Heard::Leave),
            (r#"{"type":"demo_log","message":"x"}"#, Heard::Nothing),
            (r#"{"type":"help"}"#, wrong("Unknown message type: help")),
            (r#"{"type":"nope"}"#, wrong("Unknown message type: nope")),
            (r#"{"message":"hi"}"#, wrong("Unknown message type: None")),
            (
                r#"{"type":null,"message":"hi"}"#,
                wrong("Unknown message type: None"),
            ),
            (r#"{"type":7}"#, wrong("Unknown message type: 7")),
            ("/list", wrong(NOT_JSON)),
            ("[]", wrong(NOT_JSON)),
            ("\"hi\"", wrong(NOT_JSON)),
            ("", wrong(NOT_JSON)),
        ] {
            assert_eq!(read(text, Form::Typed, true), heard, "{text}");
        }
        let long = format!(r#"{{"type":"{}"}}"#, "é".repeat(5_000));
        let Heard::Wrong(message) = read(&long, Form::Typed, true) else {
            panic!("an unknown type");
        };
        assert_eq!(
            message.chars().count(),
            "Unknown message type: ".len() + REPEATED_MAX
        );
        let deep = format!(
            r#"{{"type":"list","x":{}{}}}"#,
            "[".repeat(40),
            "]".repeat(40)
        );
        assert_eq!(read(&deep, Form::Typed, true), wrong(NOT_JSON));
    }

    #[test]
    fn the_frames_of_the_untyped_form() {
        for (text, heard) in [
            (r#"{"username":"a","topic":"b"}"#, wish_of("a", "b")),
            (
                r#"{"type":null,"username":"a","topic":"b"}"#,
                wish_of("a", "b"),
            ),
            (r#"{"username":"a","topic":"b","message":"hi"}"#, said("hi")),
            (r#"{"message":"hi"}"#, said("hi")),
            (r#"{"message":"<b onclick=x>"}"#, said("<b onclick=x>")),
            (r#"{"message":"/list"}"#, Heard::List),
            (r#"{"message":"/help"}"#, Heard::Help),
            (r#"{"message":"/quit"}"#, Heard::Quit),
            (r#"{"type":"message","message":"/exit"}"#, Heard::Quit),
            ("/list", Heard::List),
            (" /help\n", Heard::Help),
            ("/exit", Heard::Quit),
            ("/quit", Heard::Quit),
            ("/LIST", wrong(NOT_JSON)),
            (r#"{"type":"list"}"#, Heard::List),
            (r#"{"type":"message","message":"hi"}"#, said("hi")),
            (r#"{"type":"leave"}"#, Heard::Leave),
            (r#"{"username":"a"}"#, wrong(NOT_JSON)),
            ("{}", wrong(NOT_JSON)),
        ] {
            assert_eq!(read(text, Form::Untyped, true), heard, "{text}");
        }
        let both = r#"{"username":"a","topic":"b","message":"hi"}"#;
        assert_eq!(read(both, Form::Untyped, false), wish_of("a", "b"));
    }

    /// Text that is nearly a frame.
    fn nearly() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            Just("null".to_owned()),
            Just("{}".to_owned()),
            "-?[0-9]{1,3}(e[0-9]{1,4})?",
            "\"(/list|/quit|admin|[a-zA-Z_]{0,60}|on[a-z]=|<script>|\\\\u[0-9a-f]{4}|.){0,3}\"",
            prop_oneof!["join", "message", "list", "leave", "heartbeat", "demo_log"]
                .prop_map(|kind| format!("\"{kind}\"")),
        ];
        let key = prop_oneof!["type", "username", "topic", "message", "[a-z]{0,3}"];
        prop::collection::vec((key, value), 0..5).prop_map(|fields| {
            let fields: Vec<String> = fields
                .iter()
                .map(|(key, value)| format!("\"{key}\":{value}"))
                .collect();
            format!("{{{}}}", fields.join(","))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// Whatever comes, it is read without a panic, the same way each time, and what is let through keeps its rules.
        #[test]
        fn any_text_means_one_thing(text in prop_oneof![any::<String>(), nearly()], is_typed: bool, is_in: bool) {
            let form = if is_typed { Form::Typed } else { Form::Untyped };
            let heard = read(&text, form, is_in);
            prop_assert_eq!(&heard, &read(&text, form, is_in));
            match heard {
                Heard::Join(Ok(wish)) => {
                    prop_assert!(is_username(&wish.username));
                    prop_assert!(is_topic(wish.topic.as_str()));
                }
                Heard::Message(Some(body)) => {
                    prop_assert!(!body.trim().is_empty() && body.chars().count() <= 5_000);
                    prop_assert!(form == Form::Untyped || !is_active(&body));
                }
                Heard::Help | Heard::Quit => prop_assert_eq!(form, Form::Untyped),
                Heard::Wrong(message) => prop_assert!(message.chars().count() <= 150),
                _ => {}
            }
        }
    }
}
