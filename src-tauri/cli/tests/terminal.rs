//! The program in a terminal and in a pipe: what it takes, what it refuses and how it ends. On loopback; nothing is
//! announced.

#[path = "terminal/health.rs"]
mod health;
#[path = "terminal/hosting.rs"]
mod hosting;
#[path = "lan/process.rs"]
#[allow(dead_code, reason = "shared with the LAN tests, which use the rest")]
mod process;
#[path = "terminal/talking.rs"]
mod talking;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use process::{Process, json};
use serde_json::Value;

/// How long anything may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(15);

fn cli(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_landline-cli"));
    command
        .args(words)
        .env("RUST_BACKTRACE", "0")
        .env_remove("LANDLINE_LOG");
    command
}

/// Hosts a room on loopback; returns once it listens.
fn host(data: &Path, more: &[&str]) -> (Process, Value) {
    let mut command = cli(&["serve", "--json", "--bind", "127.0.0.1", "--data"]);
    command.arg(data).args(more);
    let mut process = Process::start("host", command);
    let room = process.wait_for("listening", PATIENCE, |line| {
        json(line).filter(|said| said["event"] == "listening")
    });
    (process, room)
}

/// Where a hosted room is.
fn url(room: &Value) -> &str {
    room["url"].as_str().unwrap_or_default()
}

/// Runs to its end: its exit code, and what it said to people.
fn ends(command: Command) -> (Option<i32>, String) {
    let mut process = Process::start("landline-cli", command);
    let code = process.exit(PATIENCE * 2).code();
    (code, process.notices())
}
