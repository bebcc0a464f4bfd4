//! Hosts, browsers and members: `landline-cli` on a computer of the network, and what its lines mean.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::network::Lan;
use crate::process::{Line, Process, json};

/// The program under test.
pub(crate) const CLI: &str = env!("CARGO_BIN_EXE_landline-cli");
/// How long anything may take before the test fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// A folder for one test's rooms and members.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Folder {
        Folder(tempfile::tempdir().expect("there is a temporary folder"))
    }

    pub(crate) fn of(&self, whom: &str) -> PathBuf {
        self.0.path().join(whom)
    }
}

/// `landline-cli` on a computer.
pub(crate) fn cli(lan: &Lan, computer: usize) -> Command {
    lan.command(computer, CLI)
}

/// Hosts a room; returns once it listens.
pub(crate) fn host(
    lan: &Lan,
    computer: usize,
    name: &str,
    data: &Path,
    options: &[&str],
) -> (Process, Value) {
    let mut process = host_unheard(lan, computer, name, data, options);
    let room = process.wait_for("listening", PATIENCE, |line| {
        json(line).filter(|said| said["event"] == "listening")
    });
    (process, room)
}

/// Hosts a room without waiting for anything.
pub(crate) fn host_unheard(
    lan: &Lan,
    computer: usize,
    name: &str,
    data: &Path,
    options: &[&str],
) -> Process {
    let mut command = cli(lan, computer);
    command
        .args(["serve", "--json", "--name", name, "--data"])
        .arg(data)
        .args(options);
    Process::start("host", command)
}

/// Browses, changes included.
pub(crate) fn browse(lan: &Lan, computer: usize) -> Process {
    let mut command = cli(lan, computer);
    command.args(["browse", "--json", "--changes"]);
    Process::start(&format!("browse {computer}"), command)
}

/// Waits until the browser tells `event` of a room for which `wanted` holds.
pub(crate) fn told(
    browser: &mut Process,
    event: &str,
    wanted: impl Fn(&Value) -> bool,
) -> (Instant, Value) {
    told_within(browser, event, PATIENCE, wanted)
}

/// The same, with another patience.
pub(crate) fn told_within(
    browser: &mut Process,
    event: &str,
    within: Duration,
    wanted: impl Fn(&Value) -> bool,
) -> (Instant, Value) {
    let is_it = |line: &Line| {
        json(line)
            .filter(|room| room["event"] == event && wanted(room))
            .map(|room| (line.at, room))
    };
    browser.wait_for(event, within, is_it)
}

/// Joins a room; returns once it is in the topic.
pub(crate) fn join(lan: &Lan, computer: usize, room: &str, name: &str, data: &Path) -> Process {
    let mut command = cli(lan, computer);
    command
        .args(["join", room, "--json", "--as", name, "--data"])
        .arg(data);
    let mut process = Process::start(name, command);
    process.wait_for("TOPIC_JOINED", PATIENCE, |line| frame(line, "TOPIC_JOINED"));
    process
}

/// The data of a frame of this type.
pub(crate) fn frame(line: &Line, kind: &str) -> Option<Value> {
    let mut said = json(line)?;
    (said["type"] == kind).then(|| said["data"].take())
}

/// The text of a message.
pub(crate) fn message(line: &Line) -> Option<String> {
    Some(frame(line, "MSG")?["content"].as_str()?.to_owned())
}
