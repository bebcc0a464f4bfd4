//! JSON as it was written. Two dialects pass on what they do not understand, so nothing that is JSON may be refused for
//! what it holds: numbers of any size, half a surrogate pair, the same key twice.

use std::collections::BTreeMap;

use landline_protocol::limits::JSON_DEPTH;
use landline_protocol::parse::depth;
use serde_json::value::RawValue;

/// A JSON value.
#[derive(Debug)]
pub(super) enum Raw<'a> {
    /// An object, with the text of each value; of a key that comes twice, the last.
    Object(BTreeMap<String, &'a RawValue>),
    /// Any other.
    Other,
}

/// Reads a value; `None` if it is not JSON, or deeper than the limit.
pub(super) fn read(text: &str) -> Option<Raw<'_>> {
    if depth(text.as_bytes()) > JSON_DEPTH {
        return None;
    }
    let value: &RawValue = serde_json::from_str(text).ok()?;
    if !value.get().starts_with('{') {
        return Some(Raw::Other);
    }
    // A key that is no text can be none that anybody looks for.
    Some(Raw::Object(
        serde_json::from_str(value.get()).unwrap_or_default(),
    ))
}

/// The text that a value is, if it is one.
pub(super) fn string(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// A value without the blanks between its parts.
pub(super) fn compact(value: &RawValue) -> String {
    let (mut in_string, mut is_escaped) = (false, false);
    let keep = |c: &char| {
        if in_string {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                '"' => in_string = false,
                _ => {}
            }
            return true;
        }
        in_string = *c == '"';
        !c.is_ascii_whitespace()
    };
    value.get().chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str) -> &RawValue {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn whatever_is_json_is_read() {
        for text in [
            "1e999",
            "-0.1e-400",
            r#""\ud800""#,
            " null\n",
            "[]",
            "123456789012345678901234567890",
        ] {
            assert!(matches!(read(text), Some(Raw::Other)), "{text}");
        }
        let Some(Raw::Object(fields)) = read(r#" {"a":1,"a":1e999,"b":"\ud800"} "#) else {
            panic!("an object is one");
        };
        assert_eq!(fields["a"].get(), "1e999");
        assert_eq!(string(fields["b"]), None);
        assert!(matches!(read(r#"{"\ud800":1}"#), Some(Raw::Object(_))));
        for text in ["", "{", "{}x", "nul", "\u{feff}{}", "'a'", "{a:1}", "01"] {
            assert!(read(text).is_none(), "{text}");
        }
    }

    #[test]
    fn depth_ends_at_the_limit() {
        let nested = |deep: usize| format!("{}{}", "[".repeat(deep), "]".repeat(deep));
        assert!(read(&nested(JSON_DEPTH)).is_some());
        assert!(read(&nested(JSON_DEPTH + 1)).is_none());
        assert!(read(&"[".repeat(60_000)).is_none());
    }

    #[test]
    fn blanks_go_between_the_parts_and_stay_within_text() {
        let text = "{ \"b c\" : [ 1 ,\t2.50 ],\n \"a\": \"x \\\" y\" }";
        assert_eq!(compact(value(text)), r#"{"b c":[1,2.50],"a":"x \" y"}"#);
    }

    proptest! {
        #[test]
        fn reading_never_fails(text in ".{0,200}") {
            let _ = read(&text);
        }

        #[test]
        fn reading_agrees_with_serde(text in r#"[\[\]{}",:0-9a\\ \.e-]{0,40}"#) {
            if serde_json::from_str::<serde_json::Value>(&text).is_ok() {
                prop_assert!(read(&text).is_some());
            }
        }
    }
}
