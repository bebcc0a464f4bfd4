//! Arrows between crates, as Cargo sees them, and versions that must not come twice.

use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use super::house::{House, root};

/// Who may depend on whom (docs/architecture.md, "Arrows"). The root package is the desktop.
const MAY_USE: [(&str, &[&str]); 12] = [
    ("landline-protocol", &[]),
    ("landline-hub", &["landline-protocol"]),
    ("landline-server", &["landline-hub", "landline-protocol"]),
    ("landline-client", &["landline-protocol"]),
    ("landline-discovery", &[]),
    ("landline-cli", SHELL),
    ("landline", SHELL),
    ("xtask", &["landline-protocol"]),
    ("landline-load", &["landline-client", "landline-protocol"]),
    (
        "landline-sim",
        &[
            "landline-server",
            "landline-hub",
            "landline-client",
            "landline-protocol",
        ],
    ),
    (
        "landline-search-bench",
        &["landline-hub", "landline-protocol", "landline-server"],
    ),
    ("landline-powerloss", &[]),
];
const SHELL: &[&str] = &[
    "landline-server",
    "landline-client",
    "landline-discovery",
    "landline-protocol",
];

/// What tests may use beyond that: a client is tested against the real server.
const TESTS_MAY_USE: [(&str, &str); 3] = [
    ("landline-server", "landline-powerloss"),
    ("landline-client", "landline-server"),
    ("landline-server", "landline-client"),
];

/// Foreign crates that a room of the house must never know.
const NEVER: [(&str, &[&str]); 3] = [
    (
        "landline-protocol",
        &[
            "tokio",
            "rusqlite",
            "hyper",
            "axum",
            "tokio-tungstenite",
            "mdns-sd",
        ],
    ),
    (
        "landline-hub",
        &[
            "rusqlite",
            "hyper",
            "axum",
            "tokio-tungstenite",
            "mdns-sd",
            "jiff",
            "socket2",
            "reqwest",
        ],
    ),
    (
        "landline-discovery",
        &["rusqlite", "hyper", "axum", "tokio-tungstenite"],
    ),
];

/// Crates of which two versions in one tree are a fault.
const ONE_VERSION: [&str; 4] = [
    "tungstenite",
    "tokio-tungstenite",
    "rustls",
    "libsqlite3-sys",
];

/// Dependencies between our crates point right, and every crate of the workspace has its place.
pub(crate) fn arrows(_: &House) -> Vec<String> {
    match metadata() {
        Ok(metadata) => wrong_arrows(&metadata),
        Err(error) => vec![format!("cargo metadata: {error:#}")],
    }
}

/// No second version of what must be one.
pub(crate) fn single_versions(house: &House) -> Vec<String> {
    let lock = house.text("Cargo.lock").unwrap_or_default();
    ONE_VERSION
        .into_iter()
        .map(|name| {
            (
                name,
                lock.lines()
                    .filter(|line| *line == format!("name = \"{name}\""))
                    .count(),
            )
        })
        .filter(|&(_, versions)| versions > 1)
        .map(|(name, versions)| {
            format!("Cargo.lock holds {versions} versions of {name}: see `cargo tree -d`")
        })
        .collect()
}

fn metadata() -> anyhow::Result<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .context("cannot start cargo")?;
    anyhow::ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn wrong_arrows(metadata: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    for package in list(&metadata["packages"]) {
        let name = word(&package["name"]);
        let Some((_, allowed)) = MAY_USE.into_iter().find(|(known, _)| *known == name) else {
            problems.push(format!(
                "{name} has no place in the house: give it its arrows in xtask/tidy/packages.rs"
            ));
            continue;
        };
        for dependency in list(&package["dependencies"]) {
            let (to, test) = (word(&dependency["name"]), dependency["kind"] == "dev");
            let ours = MAY_USE.iter().any(|(known, _)| *known == to);
            let allowed = allowed.contains(&to) || (test && TESTS_MAY_USE.contains(&(name, to)));
            if ours && !allowed {
                problems.push(format!("{name} must not use {to}"));
            }
            if to.starts_with("tauri") && name != "landline" {
                problems.push(format!("{name} must not know Tauri, but uses {to}"));
            }
            if !test
                && NEVER
                    .iter()
                    .any(|(known, never)| *known == name && never.contains(&to))
            {
                problems.push(format!("{name} must never know {to}"));
            }
        }
    }
    problems
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn package(name: &str, dependencies: &Value) -> Value {
        json!({ "packages": [{ "name": name, "dependencies": dependencies }] })
    }

    #[test]
    fn an_arrow_to_the_left_is_found() {
        let bad = package(
            "landline-hub",
            &json!([{ "name": "landline-server", "kind": null }]),
        );
        assert_eq!(
            wrong_arrows(&bad),
            ["landline-hub must not use landline-server"]
        );
        let good = package(
            "landline-server",
            &json!([{ "name": "landline-hub", "kind": null }]),
        );
        assert!(wrong_arrows(&good).is_empty());
    }

    #[test]
    fn tests_may_use_more_than_the_crate_itself() {
        let test = package(
            "landline-client",
            &json!([{ "name": "landline-server", "kind": "dev" }]),
        );
        assert!(wrong_arrows(&test).is_empty());
        let real = package(
            "landline-client",
            &json!([{ "name": "landline-server", "kind": null }]),
        );
        assert_eq!(wrong_arrows(&real).len(), 1);
    }

    #[test]
    fn tauri_outside_the_desktop_and_strangers_are_found() {
        let tauri = package(
            "landline-cli",
            &json!([{ "name": "tauri-plugin-dialog", "kind": null }]),
        );
        assert_eq!(wrong_arrows(&tauri).len(), 1);
        assert_eq!(wrong_arrows(&package("landline-new", &json!([]))).len(), 1);
    }

    #[test]
    fn a_second_tungstenite_is_found() {
        let twice =
            "name = \"tungstenite\"\nversion = \"1\"\nname = \"tungstenite\"\nversion = \"2\"\n";
        assert_eq!(
            single_versions(&House::of(&[("Cargo.lock", twice)])).len(),
            1
        );
    }
}
