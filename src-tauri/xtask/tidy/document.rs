//! What the documents say, held against the code: docs/protocol.md against the protocol crate, docs/architecture.md
//! against the tests it names.

use std::collections::BTreeSet;

use landline_protocol::frame::{ClientFrame, ServerFrame};
use landline_protocol::{CloseCode, Code, parse};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use ts_rs::{Config, TS as _};

use super::house::House;

const PROTOCOL: &str = "docs/protocol.md";
const FRAMES: &str = "src-tauri/protocol/frame.rs";
/// The rest of the one definition.
const FRAME_FILES: [&str; 5] = [
    "src-tauri/protocol/frame/client.rs",
    "src-tauri/protocol/frame/room.rs",
    "src-tauri/protocol/frame/message.rs",
    "src-tauri/protocol/frame/seen.rs",
    "src-tauri/protocol/frame/search.rs",
];
const LIMITS: &str = "src-tauri/protocol/limits.rs";
const ARCHITECTURE: &str = "docs/architecture.md";

/// The document carries the hash of frame.rs and its parts, names every frame, field, code, close code and limit, and its examples
/// are frames.
pub(crate) fn protocol(house: &House) -> Vec<String> {
    let (Some(document), Some(frames), Some(limits)) =
        (house.text(PROTOCOL), house.text(FRAMES), house.text(LIMITS))
    else {
        return vec![format!("{PROTOCOL}, {FRAMES} or {LIMITS} is missing")];
    };
    let parts = FRAME_FILES.iter().filter_map(|path| house.text(path));
    let frames: &str = &std::iter::once(frames).chain(parts).collect::<String>();
    let mut problems = Vec::new();
    let hash = hash_of(frames);
    if !document.contains(&hash) {
        problems.push(format!(
            "{FRAMES} changed: read {PROTOCOL} against it, then write its new hash {hash}"
        ));
    }
    let names = names();
    problems.extend(missing(document, "frame", names.iter().cloned()));
    problems.extend(missing(document, "field", fields_of(frames)));
    problems.extend(missing(
        document,
        "code",
        Code::ALL
            .iter()
            .filter_map(|code| as_word(&serde_json::to_value(code))),
    ));
    for close in CloseCode::ALL {
        if !document.contains(&format!("| {} |", close.number())) {
            problems.push(format!(
                "{PROTOCOL} has no row for close code {}",
                close.number()
            ));
        }
    }
    for (name, value) in limits_of(limits) {
        if !document.contains(&format!("| `{name}` | {value} |")) {
            problems.push(format!("{PROTOCOL} has no row `| `{name}` | {value} |`"));
        }
    }
    problems.extend(examples(document, &names));
    problems
}

/// Each test in the table of invariants exists: `path::name` for Rust, `path "title"` for JavaScript.
pub(crate) fn architecture(house: &House) -> Vec<String> {
    let Some(document) = house.text(ARCHITECTURE) else {
        return vec![format!("{ARCHITECTURE} is missing")];
    };
    let named = document
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(test_named_by);
    named
        .filter(|(path, needle)| {
            !house
                .text(path)
                .is_some_and(|text| text.contains(needle.as_str()))
        })
        .map(|(path, needle)| {
            format!("{ARCHITECTURE} names a test that is not there: {path} {needle}")
        })
        .collect()
}

/// `src-tauri/hub/state.rs::a_rule` or `ui/e2e/guest/talk.test.mjs "a rule"`: the file and what stands in it.
fn test_named_by(quoted: &str) -> Option<(&str, String)> {
    if let Some((path, name)) = quoted.split_once(".rs::") {
        return Some((&quoted[..path.len() + 3], format!("fn {name}(")));
    }
    let (path, title) = quoted.split_once(" \"")?;
    path.contains(".test.")
        .then(|| (path, title.trim_end_matches('"').to_owned()))
}

/// The first 16 hexadecimal digits of the SHA-256.
fn hash_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let first = digest
        .iter()
        .take(8)
        .fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
    format!("{first:016x}")
}

fn missing(document: &str, what: &str, names: impl IntoIterator<Item = String>) -> Vec<String> {
    names
        .into_iter()
        .filter(|name| !document.contains(&format!("`{name}`")))
        .map(|name| format!("{PROTOCOL} does not name the {what} `{name}`"))
        .collect()
}

/// The `type` of every frame, both ways.
fn names() -> BTreeSet<String> {
    let config = Config::default();
    let declared = ClientFrame::decl(&config) + &ServerFrame::decl(&config);
    declared
        .split("\"type\": \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn fields_of(frames: &str) -> BTreeSet<String> {
    frames
        .lines()
        .filter_map(|line| line.strip_prefix("    pub ")?.split_once(':'))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn limits_of(limits: &str) -> Vec<(String, u64)> {
    limits
        .lines()
        .filter_map(|line| {
            line.strip_prefix("pub const ")?
                .trim_end_matches(';')
                .split_once(" = ")
        })
        .filter_map(|(left, right)| Some((left.split(':').next()?.to_owned(), product(right)?)))
        .collect()
}

/// `16 * 1024` or `1_000`.
fn product(expression: &str) -> Option<u64> {
    expression
        .split('*')
        .map(|factor| factor.trim().replace('_', "").parse::<u64>().ok())
        .product()
}

/// Lines that begin with `> ` are frames of a client, with `< ` of a server: each is read by the real types, holds no
/// field that they do not know, and every frame has one.
fn examples(document: &str, names: &BTreeSet<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut shown = BTreeSet::new();
    for line in document.lines() {
        let read = match line.split_at_checked(2) {
            Some(("> ", text)) if text.starts_with('{') => parse::client_frame(text)
                .map_err(|error| error.to_string())
                .and_then(|frame| serde_json::to_value(frame).map_err(|error| error.to_string()))
                .and_then(|read| same(text, &read)),
            Some(("< ", text)) if text.starts_with('{') => {
                serde_json::from_str::<ServerFrame>(text)
                    .and_then(serde_json::to_value)
                    .map_err(|error| error.to_string())
                    .and_then(|read| same(text, &read))
            }
            _ => continue,
        };
        match read {
            Ok(name) => drop(shown.insert(name)),
            Err(problem) => problems.push(format!("{PROTOCOL}: {problem}: {line}")),
        }
    }
    let unseen = names.difference(&shown);
    problems.extend(unseen.map(|name| format!("{PROTOCOL} shows no example of {name}")));
    problems
}

/// Whether the example is what its own reading is written as; its type if so.
fn same(text: &str, read: &Value) -> Result<String, String> {
    let written: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if written["data"] != read["data"]
        && !(written["data"].is_null() && read["data"] == serde_json::json!({}))
    {
        return Err("it holds fields or values that its type does not".to_owned());
    }
    Ok(written["type"].as_str().unwrap_or_default().to_owned())
}

fn as_word(value: &Result<Value, serde_json::Error>) -> Option<String> {
    Some(value.as_ref().ok()?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_document_misses_everything() {
        let house = House::of(&[
            (PROTOCOL, ""),
            (FRAMES, "pub struct A {\n    pub odd_field: u8,\n}\n"),
            (LIMITS, "pub const ODD: usize = 2 * 1_024;\n"),
        ]);
        let problems = protocol(&house).join("\n");
        for expected in [
            "new hash",
            "`HELLO`",
            "`odd_field`",
            "`RATE_LIMITED`",
            "close code 4008",
            "| `ODD` | 2048 |",
        ] {
            assert!(
                problems.contains(expected),
                "{expected} not in:\n{problems}"
            );
        }
    }

    #[test]
    fn an_example_that_is_no_frame_is_found() {
        let names = BTreeSet::new();
        for line in [
            "> {\"type\":\"MSG\",\"data\":{}}",
            "> {\"type\":\"NO\",\"data\":{}}",
            "> {\"type\":\"PING\",\"data\":{\"odd\":1}}",
            "< {\"type\":\"PONG\",\"data\":{}}",
        ] {
            assert_eq!(examples(line, &names).len(), 1, "{line}");
        }
        assert!(examples("> {\"type\":\"PING\"}\n> a quotation", &names).is_empty());
    }

    #[test]
    fn a_test_that_is_named_but_gone_is_found() {
        let document =
            "| x | `src-tauri/a.rs::here` `src-tauri/a.rs::gone` `ui/b.test.mjs \"two talk\"` |";
        let house = House::of(&[
            (ARCHITECTURE, document),
            ("src-tauri/a.rs", "fn here() {}"),
            ("ui/b.test.mjs", "test(\"two talk\", …"),
        ]);
        assert_eq!(architecture(&house).len(), 1);
    }
}
