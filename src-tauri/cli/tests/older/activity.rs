//! `activity` as its original server does it: any path, nothing to the sender, a name in use is dropped.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::people::Person;
use crate::server::{Kind, Out, Server};

#[derive(Default)]
struct Original {
    names: BTreeMap<usize, Option<String>>,
    targets: Vec<String>,
    frames: Vec<String>,
}

impl Original {
    fn has(&self, name: &str) -> bool {
        self.names.values().flatten().any(|one| one == name)
    }

    fn others(&self, but: usize, text: &str) -> Vec<Out> {
        let joined = self
            .names
            .iter()
            .filter(|(id, name)| **id != but && name.is_some());
        joined
            .map(|(id, _)| Out::To(*id, text.to_owned()))
            .collect()
    }
}

impl Kind for Original {
    fn serves(&self, _: &str) -> bool {
        true
    }

    fn opened(&mut self, id: usize, target: &str) -> Vec<Out> {
        self.names.insert(id, None);
        self.targets.push(target.to_owned());
        Vec::new()
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out> {
        self.frames.push(text.to_owned());
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let name = frame["username"].as_str().map(str::to_owned);
        if frame["event_type"] == "connected" {
            if self.names.values().any(|taken| *taken == name) {
                return vec![Out::Drop(id)];
            }
            self.names.insert(id, name);
        }
        self.others(id, text)
    }

    fn closed(&mut self, id: usize) -> Vec<Out> {
        match self.names.remove(&id).flatten() {
            Some(name) => self.others(
                id,
                &json!({"event_type": "disconnected", "username": name}).to_string(),
            ),
            None => Vec::new(),
        }
    }
}

#[test]
fn people_come_talk_and_go() {
    let server = Server::start(Original::default());
    let (place, folder) = (
        format!("ws://{}/", server.addr),
        tempfile::tempdir().unwrap(),
    );
    let joins = |words: &str| {
        Person::joins(
            &place,
            folder.path(),
            &format!("--dialect activity {words}"),
        )
    };
    let mut alice = joins("--as alice");
    server.until(|kind| kind.has("alice"));
    let mut bob = joins("--as bob --json");
    alice.is_told("bob joined");
    bob.says("hi");
    alice.reads("bob> hi");
    alice.says("yo");
    assert_eq!(
        bob.frame(),
        json!({"event_type": "message", "username": "alice", "message": "yo"})
    );
    alice.says("/list");
    alice.is_told("since you are here: bob");
    bob.quits();
    alice.is_told("bob left");
    let last = server.with(|kind| kind.frames.last().cloned().unwrap());
    let last: Value = serde_json::from_str(&last).unwrap();
    assert_eq!(
        last,
        json!({"event_type": "disconnected", "username": "bob"}),
        "it says that it goes"
    );
    assert_eq!(
        server.with(|kind| kind.targets.clone()),
        ["/", "/"],
        "the path as it was typed"
    );
}

#[test]
fn a_name_in_use_is_dropped_and_the_person_can_guess_why() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let _alice = Person::joins(&place, folder.path(), "--dialect activity --as alice");
    server.until(|kind| kind.has("alice"));
    let mut other = Person::joins(&place, folder.path(), "--dialect activity --as alice");
    other.is_told("No connection");
    other.is_told("in use");
    assert_eq!(server.with(|kind| kind.targets[0].clone()), "/ws/activity");
}
