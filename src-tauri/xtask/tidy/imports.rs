//! Arrows between the folders of `ui/src`: views → state → wire, main → platform → wire.

use super::house::House;

/// What everybody may know: the wire, how a chat is named, and the page's storage.
const WORDS: [&str; 3] = ["wire.ts", "chat.ts", "storage.ts"];

/// What a folder may import of ours, beside itself and the words. `platform/platform.ts` is the interface that
/// everybody may know; the platforms themselves are chosen by main alone.
const MAY_IMPORT: [(&str, &[&str]); 6] = [
    (
        "views",
        &[
            "views",
            "state",
            "messages",
            "styles",
            "platform/platform.ts",
        ],
    ),
    ("state", &["state", "messages", "platform/platform.ts"]),
    ("platform", &["platform", "messages"]),
    ("wire.ts", &[]),
    ("chat.ts", &[]),
    ("storage.ts", &[]),
];

/// Imports between our folders point right.
pub(crate) fn arrows(house: &House) -> Vec<String> {
    let mut problems = Vec::new();
    for (path, text) in sources(house) {
        let inside = path.trim_start_matches("ui/src/");
        let room = inside.split('/').next().unwrap_or_default();
        let Some((_, allowed)) = MAY_IMPORT.into_iter().find(|(known, _)| *known == room) else {
            continue;
        };
        for target in imports(text)
            .iter()
            .filter_map(|import| resolve(inside, import))
        {
            let target = target.as_str();
            let right = allowed.iter().chain(&WORDS).any(|allowed| {
                target == *allowed
                    || target == allowed.trim_end_matches(".ts")
                    || target
                        .strip_prefix(allowed)
                        .is_some_and(|rest| rest.starts_with('/'))
            });
            if !right {
                problems.push(format!("{path} must not import {target}"));
            }
        }
    }
    problems
}

/// The Tauri API has one door.
pub(crate) fn tauri_only_in_one_file(house: &House) -> Vec<String> {
    sources(house)
        .filter(|(path, _)| *path != "ui/src/platform/tauri.ts")
        .filter(|(_, text)| {
            imports(text)
                .iter()
                .any(|import| import.starts_with("@tauri-apps"))
        })
        .map(|(path, _)| format!("{path} imports @tauri-apps"))
        .collect()
}

/// Tests and the made-up world of the fake platform may use whatever they need; they are not part of the bundle.
fn sources(house: &House) -> impl Iterator<Item = (&str, &str)> {
    house
        .below("ui/src/", &[".ts", ".svelte"])
        .filter(|(path, _)| !path.contains(".test.") && !path.starts_with("ui/src/platform/fake"))
}

/// What a source imports: `from "…"`, `import "…"`, `import("…")`.
fn imports(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for lead in ["from", "import"] {
        for (at, _) in text.match_indices(lead) {
            let rest = text[at + lead.len()..].trim_start();
            let rest = rest.strip_prefix('(').unwrap_or(rest).trim_start();
            let Some(quote) = rest
                .chars()
                .next()
                .filter(|c| matches!(c, '"' | '\'' | '`'))
            else {
                continue;
            };
            if let Some(specifier) = rest[1..]
                .split(quote)
                .next()
                .filter(|specifier| !specifier.contains('\n'))
            {
                found.push(specifier);
            }
        }
    }
    found
}

/// A relative import as a path below `ui/src`; nothing for packages.
fn resolve(from: &str, import: &str) -> Option<String> {
    if !import.starts_with('.') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in import.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_to_the_left_is_found() {
        for (path, import) in [
            (
                "ui/src/state/timeline.ts",
                "import Message from '../views/chat/Message.svelte';",
            ),
            (
                "ui/src/views/chat/Chat.svelte",
                "const x = await import(\"../../platform/browser\");",
            ),
            (
                "ui/src/platform/tauri.ts",
                "import { apply } from \"../state/apply\";",
            ),
            ("ui/src/wire.ts", "export * from './state/rooms';"),
        ] {
            assert_eq!(
                arrows(&House::of(&[(path, import)])).len(),
                1,
                "{path}: {import}"
            );
        }
    }

    #[test]
    fn arrows_to_the_right_are_fine() {
        for (path, import) in [
            (
                "ui/src/views/chat/Chat.svelte",
                "import type { Message } from '../../wire';\nimport '../../styles/x.css';",
            ),
            (
                "ui/src/views/chat/Chat.svelte",
                "import { m } from \"../../messages/messages.js\";",
            ),
            (
                "ui/src/state/rooms.ts",
                "import type { Platform } from \"../platform/platform\";",
            ),
            (
                "ui/src/main.ts",
                "import(\"./platform/tauri\"); import App from './views/App.svelte';",
            ),
        ] {
            assert!(
                arrows(&House::of(&[(path, import)])).is_empty(),
                "{path}: {import}"
            );
        }
    }

    #[test]
    fn a_second_door_to_tauri_is_found() {
        let import = "import { invoke } from '@tauri-apps/api/core';";
        let house = House::of(&[
            ("ui/src/platform/tauri.ts", import),
            ("ui/src/views/App.svelte", import),
        ]);
        assert_eq!(tauri_only_in_one_file(&house).len(), 1);
    }
}
