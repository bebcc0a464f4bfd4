//! The program under test: started, asked to host, run to its end.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::process::{Process, json};

/// How long anything may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// `landline-cli` with these words.
pub(crate) fn cli(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landline-cli"));
    command
        .args(words)
        .env("RUST_BACKTRACE", "0")
        .env_remove("LANDLINE_LOG");
    command
}

/// Hosts a room on loopback; returns once it listens.
pub(crate) fn host(data: &Path, more: &[&str]) -> (Process, Value) {
    let mut command = cli(&["serve", "--json", "--bind", "127.0.0.1", "--data"]);
    command.arg(data).args(more);
    let mut process = Process::start("host", command);
    let room = process.wait_for("listening", PATIENCE, |line| {
        json(line).filter(|said| said["event"] == "listening")
    });
    (process, room)
}

/// Where a hosted room is.
pub(crate) fn url(room: &Value) -> &str {
    room["url"].as_str().unwrap_or_default()
}

/// Runs to its end: its exit code, and what it said to people.
pub(crate) fn ends(command: Command) -> (Option<i32>, String) {
    let mut process = Process::start("landline-cli", command);
    let code = process.exit(PATIENCE * 2).code();
    (code, process.notices())
}
