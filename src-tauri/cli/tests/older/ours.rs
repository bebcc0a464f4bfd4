//! `join --dialect` as a client of our own server: the same people, one hub.

use std::path::Path;

use crate::people::Person;
use crate::process::Process;
use crate::program::{PATIENCE, cli, host};

/// A room of ours, and where it is.
struct Room {
    process: Process,
    place: String,
    folder: tempfile::TempDir,
}

impl Room {
    fn start() -> Room {
        let folder = tempfile::tempdir().expect("a folder");
        let (process, said) = host(
            &folder.path().join("room"),
            &["--port", "0", "--rate-limit", "off"],
        );
        let place = said["addr"].as_str().expect("it says where").to_owned();
        Room {
            process,
            place,
            folder,
        }
    }

    /// Somebody, with a data folder of their own.
    fn joins(&self, name: &str, words: &str) -> Person {
        Person::joins(
            &self.place,
            &self.data(name),
            &format!("{words} --as {name}"),
        )
    }

    fn data(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Dies as a computer does that loses its power, and is there again.
    fn restarts(&mut self) {
        self.process.kill();
        let (_, port) = self.place.rsplit_once(':').expect("a port");
        let (process, _) = host(
            &self.folder.path().join("room"),
            &["--port", port, "--rate-limit", "off"],
        );
        self.process = process;
    }
}

fn member(room: &Room, name: &str, topic: &str, data: &Path) -> Person {
    let mut command = cli(&[
        "join",
        &room.place,
        "--topic",
        topic,
        "--as",
        name,
        "--data",
    ]);
    command.arg(data);
    let mut member = Person(Process::start(name, command));
    member.is_told(&format!("In {topic} with"));
    member
}

#[test]
fn plain_clients_get_numbers_and_talk() {
    let room = Room::start();
    let mut one = room.joins("1", "--dialect plain");
    one.is_told("You are Client #1");
    let mut other = Person::joins(&room.place, &room.data("other"), "--dialect plain");
    other.is_told("You are Client #");
    let given = other.0.notices();
    let given = given.rsplit("Client #").next().unwrap().to_owned();
    one.says("hello");
    one.reads("Client #1> hello");
    other.reads("Client #1> hello");
    other.says("hi");
    one.reads(&format!("Client #{given}> hi"));
    other.quits();
    one.is_told(&format!("Client #{given} left the chat"));

    let mut echoed = Person::joins(
        &format!("{}/ws/5?echo=all", room.place),
        &room.data("5"),
        "--dialect plain",
    );
    echoed.is_told("You are Client #5");
    echoed.says("once");
    one.reads("Client #5> once");
    echoed.says("twice");
    echoed.reads("Client #5> once");
    echoed.reads("Client #5> twice");
}

#[test]
fn a_member_and_a_plain_client_read_each_other_in_the_lobby() {
    let room = Room::start();
    let mut ana = member(&room, "Ana", "lobby", &room.data("ana"));
    let mut plain = room.joins("7", "--dialect plain");
    plain.is_told("You are Client #7");
    plain.says("hello");
    ana.0
        .wait_for("what the plain client said", PATIENCE, |line| {
            line.text.ends_with("> hello").then_some(())
        });
    ana.says("hi");
    plain.reads("Client #7> hello");
    plain.reads("Ana> hi");
}

#[test]
fn a_plain_client_is_back_after_the_host_was() {
    let mut room = Room::start();
    let mut one = room.joins("1", "--dialect plain");
    one.is_told("You are Client #1");
    room.restarts();
    one.is_told("No connection");
    one.says("still here");
    one.reads("Client #1> still here");
    one.quits();
}
