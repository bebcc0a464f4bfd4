//! `join --dialect` as a client of our own server: the same people, one hub.

#[path = "ours/activity.rs"]
mod activity;
#[path = "ours/fastchat.rs"]
mod fastchat;
#[path = "ours/pair.rs"]
mod pair;
#[path = "ours/plain.rs"]
mod plain;
#[path = "ours/topic.rs"]
mod topic;

use std::path::PathBuf;

use crate::people::Person;
use crate::process::{Process, json};
use crate::program::{PATIENCE, cli, host};

/// A room of ours, and where it is.
struct Room {
    process: Process,
    place: String,
    folder: tempfile::TempDir,
}

impl Room {
    fn start() -> Room {
        Room::start_with(&[])
    }

    fn start_with(more: &[&str]) -> Room {
        let folder = tempfile::tempdir().expect("a folder");
        let options = [&["--port", "0", "--rate-limit", "off"], more].concat();
        let (process, said) = host(&folder.path().join("room"), &options);
        let place = said["addr"].as_str().expect("it says where").to_owned();
        Room {
            process,
            place,
            folder,
        }
    }

    /// The next port that was opened beside the main one.
    fn also_listens(&mut self) -> String {
        self.process.wait_for("another port", PATIENCE, |line| {
            let said = json(line).filter(|said| said["event"] == "also_listening")?;
            Some(said["addr"].as_str()?.to_owned())
        })
    }

    /// Somebody who speaks a dialect, with a data folder of their own.
    fn joins(&self, name: &str, words: &str) -> Person {
        self.joins_at(&self.place, name, words)
    }

    fn joins_at(&self, place: &str, name: &str, words: &str) -> Person {
        let words = format!("--as {name} --dialect {words}");
        Person::joins(place, &self.data(name), &words)
    }

    /// A member of the room itself.
    fn member(&self, name: &str, topic: &str) -> Person {
        let mut command = cli(&["join", &self.place, "--as", name, "--topic", topic]);
        command.arg("--data").arg(self.data(name));
        let mut member = Person(Process::start(name, command));
        member.is_told(&format!("In {topic} with"));
        member
    }

    fn data(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Dies as a computer does that loses its power, and is there again.
    fn restarts(&mut self) {
        self.process.kill();
        let (_, port) = self.place.rsplit_once(':').expect("a port");
        let options = ["--port", port, "--rate-limit", "off"];
        let (process, _) = host(&self.folder.path().join("room"), &options);
        self.process = process;
    }
}
