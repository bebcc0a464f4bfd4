//! What a `pair` client sends: any JSON. Both forms get what it is; only a message with its author's name is one for
//! everybody else too.

use super::super::raw::{self, Raw};

/// What a frame says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// An object with text in `username` and in `message`.
    Message { username: String, message: String },
    /// Any other JSON.
    Other,
}

/// Reads a frame; `None` if it is not JSON, or deeper than the limit.
pub(super) fn read(text: &str) -> Option<Frame> {
    let Raw::Object(fields) = raw::read(text)? else {
        return Some(Frame::Other);
    };
    let string = |key: &str| fields.get(key).and_then(|value| raw::string(value));
    Some(match (string("username"), string("message")) {
        (Some(username), Some(message)) => Frame::Message { username, message },
        _ => Frame::Other,
    })
}

/// A frame in the text form; `None` if it is no object.
pub(super) fn in_text(text: &str) -> Option<String> {
    let Raw::Object(fields) = raw::read(text)? else {
        return None;
    };
    let shown = |key: &str| match fields.get(key) {
        None => "None".to_owned(),
        Some(value) if value.get() == "null" => "None".to_owned(),
        Some(value) => raw::string(value).unwrap_or_else(|| raw::compact(value)),
    };
    Some(format!("{}> {}", shown("username"), shown("message")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_two_texts_are_a_message() {
        let message = Frame::Message {
            username: "a".to_owned(),
            message: String::new(),
        };
        let text = r#"{"message":"","x":[1],"username":"a"}"#;
        assert_eq!(read(text), Some(message));
        for text in [
            "{}",
            "5",
            "null",
            r#""text""#,
            "[1]",
            r#"{"username":"a"}"#,
            r#"{"username":"a","message":null}"#,
            r#"{"username":1,"message":"m"}"#,
            r#"{"username":"a","message":1e999}"#,
        ] {
            assert_eq!(read(text), Some(Frame::Other), "{text}");
        }
        for text in ["", "{bad", "hello", r#"{"username":"a","message":"m"}}"#] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_text_form_prints_what_is_no_text() {
        for (text, shown) in [
            (r#"{"username":"a","message":"m > n"}"#, "a> m > n"),
            (r#"{"username":"a"}"#, "a> None"),
            (r#"{"message":null}"#, "None> None"),
            (
                r#"{"username":1.50,"message":{"b": [1, 2]}}"#,
                r#"1.50> {"b":[1,2]}"#,
            ),
            (
                r#"{"username":true,"message":"two\nlines"}"#,
                "true> two\nlines",
            ),
        ] {
            assert_eq!(in_text(text).as_deref(), Some(shown), "{text}");
        }
        for text in ["5", r#""text""#, "[{}]", "null", "{bad"] {
            assert_eq!(in_text(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_it(text in ".{0,200}") {
            prop_assert!(read(&text).is_some() || in_text(&text).is_none());
        }

        #[test]
        fn what_was_written_is_what_is_read(username in ".{0,40}", message in ".{0,40}") {
            let text = serde_json::json!({"username": username, "message": message}).to_string();
            prop_assert_eq!(in_text(&text), Some(format!("{username}> {message}")));
            prop_assert_eq!(read(&text), Some(Frame::Message { username, message }));
        }
    }
}
