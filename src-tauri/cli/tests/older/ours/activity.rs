//! `activity`.

use super::Room;
use crate::people::{HERE, Person};

/// A dialect that confirms nothing needs somebody who tells when others are in.
fn observer(room: &Room) -> Person {
    let mut plain = room.joins("1", "plain");
    plain.is_in("Client #1");
    plain
}

/// Joined, so that the observer has heard them.
fn joins(room: &Room, observer: &mut Person, place: &str, name: &str) -> Person {
    let mut person = room.joins_at(place, name, "activity");
    person.says(HERE);
    observer.reads(&format!("{name}> {HERE}"));
    person
}

#[test]
fn people_on_both_ports_and_a_plain_client_are_in_one_chat() {
    let mut room = Room::start_with(&["--also-listen", "0=activity"]);
    let own_port = format!("ws://{}/", room.also_listens());
    let mut plain = observer(&room);
    let mut alice = joins(&room, &mut plain, &room.place, "alice");
    let mut bob = joins(&room, &mut plain, &own_port, "bob");
    alice.is_told("bob joined");
    alice.reads(&format!("bob> {HERE}"));
    alice.says("hello");
    bob.reads("alice> hello");
    bob.says("hi");
    alice.reads("bob> hi");

    plain.reads("alice> hello");
    plain.reads("bob> hi");
    plain.says("me too");
    alice.reads("Client #1> me too");
    bob.reads("Client #1> me too");
    bob.quits();
    alice.is_told("bob left");
}

#[test]
fn a_name_in_use_is_refused_with_its_reason() {
    let room = Room::start();
    let mut plain = observer(&room);
    let mut alice = joins(&room, &mut plain, &room.place, "alice");
    let mut other = room.joins("alice", "activity");
    other.ends(1);
    let words = other.0.notices();
    assert!(
        words.contains("the server refused: username in use (1008)"),
        "{words}"
    );
    plain.says("still you?");
    alice.reads("Client #1> still you?");
}

#[test]
fn people_come_back_after_the_host_was_away() {
    let mut room = Room::start();
    let mut plain = observer(&room);
    let mut alice = joins(&room, &mut plain, &room.place, "alice");
    room.restarts();
    alice.is_told("No connection");
    plain.is_told("No connection");
    plain.is_in("Client #1");
    alice.says("back");
    plain.reads("alice> back");
    alice.quits();
}
