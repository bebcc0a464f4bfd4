//! `pair` as its original server does it: JSON to all in the room, a counter in the public one.

use std::collections::BTreeMap;

use serde_json::json;

use crate::people::Person;
use crate::server::{Kind, Out, Server};

#[derive(Default)]
struct Original {
    /// Socket to room; the public one is 0.
    rooms: BTreeMap<usize, usize>,
}

impl Original {
    fn tell(&self, room: usize, but: usize, text: &str) -> Vec<Out> {
        let inside = self
            .rooms
            .iter()
            .filter(|(id, at)| **at == room && **id != but);
        inside
            .map(|(id, _)| Out::To(*id, text.to_owned()))
            .collect()
    }

    fn counter(&self) -> String {
        json!({"counter": self.rooms.values().filter(|room| **room == 0).count().to_string()})
            .to_string()
    }

    /// A room with one in it, or a new one.
    fn free_room(&self, id: usize) -> usize {
        let alone =
            |room: &&usize| **room > 0 && self.rooms.values().filter(|at| at == room).count() == 1;
        self.rooms.values().find(alone).copied().unwrap_or(id)
    }
}

impl Kind for Original {
    fn serves(&self, target: &str) -> bool {
        matches!(target, "/chat/public" | "/chat/private")
    }

    fn opened(&mut self, id: usize, target: &str) -> Vec<Out> {
        let room = if target == "/chat/public" {
            0
        } else {
            self.free_room(id)
        };
        self.rooms.insert(id, room);
        let mut out = Vec::new();
        if room == 0 {
            out.extend(self.tell(0, 0, &self.counter()));
        }
        out.push(Out::To(
            id,
            json!({"greeting": "Welcome to the chat room!"}).to_string(),
        ));
        out.extend(self.tell(
            room,
            id,
            &json!({"greeting": "Someone joined the chat!"}).to_string(),
        ));
        out
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out> {
        self.tell(self.rooms[&id], 0, text)
    }

    fn closed(&mut self, id: usize) -> Vec<Out> {
        let room = self.rooms.remove(&id).unwrap_or_default();
        let mut out = Vec::new();
        if room == 0 {
            out.extend(self.tell(0, 0, &self.counter()));
        }
        out.extend(self.tell(
            room,
            0,
            &json!({"message": "Someone left the chat!"}).to_string(),
        ));
        out
    }
}

#[test]
fn many_talk_in_the_public_room() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let mut ana = Person::joins(&place, folder.path(), "--dialect pair --as Ana");
    ana.is_told("Welcome to the chat room!");
    let mut bob = Person::joins(&place, folder.path(), "--dialect pair --as Bob --json");
    assert_eq!(bob.frame(), json!({"counter": "2"}));
    assert_eq!(bob.frame()["greeting"], "Welcome to the chat room!");
    ana.is_told("2 here");
    ana.is_told("Someone joined the chat!");
    ana.says("hello");
    ana.reads("Ana> hello");
    assert_eq!(bob.frame(), json!({"username": "Ana", "message": "hello"}));
    ana.says("/list");
    ana.is_told("2 here; this dialect does not say who");
    bob.quits();
    ana.is_told("Someone left the chat!");
    ana.is_told("1 here");
    ana.quits();
}

#[test]
fn two_meet_in_private_and_a_third_does_not_hear_them() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let joins = |name: &str| {
        let mut person = Person::joins(
            &place,
            folder.path(),
            &format!("--dialect pair --private --as {name}"),
        );
        person.is_told("Welcome to the chat room!");
        person
    };
    let (mut ana, mut bob, mut eve) = (joins("Ana"), joins("Bob"), joins("Eve"));
    ana.is_told("Someone joined the chat!");
    eve.says("anybody?");
    eve.reads("Eve> anybody?");
    ana.says("hi");
    bob.reads("Ana> hi");
    bob.says("hi, Ana");
    ana.reads("Ana> hi");
    ana.reads("Bob> hi, Ana");
    bob.quits();
    ana.is_told("Someone left the chat!");
    eve.says("still nobody?");
    eve.reads("Eve> still nobody?");
}
