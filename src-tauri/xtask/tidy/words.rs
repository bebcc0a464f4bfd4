//! Words that must not stand in some folder.

use super::house::House;

/// `tauri` belongs to the desktop alone.
pub(crate) fn tauri_only_in_desktop(house: &House) -> Vec<String> {
    house
        .below("src-tauri/", &[".rs"])
        .filter(|(path, _)| {
            !path.starts_with("src-tauri/desktop/") && !path.starts_with("src-tauri/xtask/")
        })
        .flat_map(|(path, text)| found(path, text, |line| words(line).any(|word| word == "tauri")))
        .collect()
}

/// The hub is a state machine: it sees no frame, and asks nobody for the time, a file or the network. An address is a
/// value, not a socket.
pub(crate) fn hub_is_pure(house: &House) -> Vec<String> {
    const NEVER: [&str; 6] = ["frame", "Instant", "SystemTime", "fs", "net", "rusqlite"];
    let is_impure = |line: &str| {
        let line = line.replace("std::net::IpAddr", "");
        is_path(&line) && words(&line).any(|word| NEVER.contains(&word))
    };
    house
        .below("src-tauri/hub/", &[".rs"])
        .filter(|(path, _)| !path.starts_with("src-tauri/hub/tests/"))
        .flat_map(|(path, text)| found(path, text, is_impure))
        .collect()
}

/// Text is text: nothing that a person wrote becomes HTML.
pub(crate) fn no_raw_html(house: &House) -> Vec<String> {
    const NEVER: [&str; 5] = [
        "{@html",
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
    ];
    house
        .below("ui/src/", &[".svelte", ".ts", ".html"])
        .filter(|(path, _)| !path.contains(".test."))
        .flat_map(|(path, text)| {
            found(path, text, |line| {
                NEVER.iter().any(|never| line.contains(never))
            })
        })
        .collect()
}

/// Each line of code, comments left out, that `is_wrong`.
fn found(path: &str, text: &str, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| is_wrong(code(line)))
        .map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim()))
        .collect()
}

/// A line without its comment. A `//` inside a string cuts too much, which hides no import.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// Whether the line names something of another module: `a::b`, or a line of a `use` list.
fn is_path(line: &str) -> bool {
    let line = line.trim();
    line.contains("::") || line.starts_with("use ")
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn impurity_in_the_hub_is_found() {
        for line in [
            "use landline_protocol::frame::Message;",
            "use landline_protocol::{Code, frame};",
            "let now = std::time::Instant::now();",
            "use std::{collections::HashMap, fs};",
            "    tokio::net::TcpStream::connect(address)",
        ] {
            assert_eq!(
                hub_is_pure(&House::of(&[("src-tauri/hub/state.rs", line)])).len(),
                1,
                "{line}"
            );
        }
        let pure = "// std::fs is not for us\nuse landline_protocol::Seq;\nlet frame = 1;\n";
        assert!(hub_is_pure(&House::of(&[("src-tauri/hub/state.rs", pure)])).is_empty());
    }

    #[test]
    fn tauri_and_raw_html_are_found() {
        let house = House::of(&[
            ("src-tauri/server/lib.rs", "use tauri::Manager;"),
            ("src-tauri/desktop/lib.rs", "use tauri::Manager;"),
            ("ui/src/views/a.svelte", "<p>{@html text}</p>"),
        ]);
        assert_eq!(tauri_only_in_desktop(&house).len(), 1);
        assert_eq!(no_raw_html(&house).len(), 1);
    }
}
