//! `plain` as its original server does it: no call for an id, and what somebody says goes to everybody, them too.

use std::collections::BTreeMap;

use crate::people::{HERE, Person};
use crate::server::{Kind, Out, Server};

#[derive(Default)]
struct Original {
    ids: BTreeMap<usize, String>,
    /// A later server's answer to `POST /api/clients`.
    hands_out: Option<u64>,
}

impl Original {
    fn everybody(&self, text: &str) -> Vec<Out> {
        self.ids
            .keys()
            .map(|id| Out::To(*id, text.to_owned()))
            .collect()
    }
}

impl Kind for Original {
    fn serves(&self, target: &str) -> bool {
        target
            .strip_prefix("/ws/")
            .is_some_and(|id| id.parse::<i64>().is_ok())
    }

    fn opened(&mut self, id: usize, target: &str) -> Vec<Out> {
        self.ids.insert(id, target.replace("/ws/", ""));
        Vec::new()
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out> {
        let mut out = vec![Out::To(id, format!("You wrote: {text}"))];
        out.extend(self.everybody(&format!("Client #{} says: {text}", self.ids[&id])));
        out
    }

    fn closed(&mut self, id: usize) -> Vec<Out> {
        let name = self.ids.remove(&id).unwrap_or_default();
        self.everybody(&format!("Client #{name} left the chat"))
    }

    fn http(&mut self, question: &str, _: &str) -> Option<String> {
        let id = self.hands_out.filter(|_| question == "POST /api/clients")?;
        Some(format!("{{\"client_id\":{id}}}"))
    }
}

#[test]
fn two_talk_through_a_server_that_hands_out_no_ids() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let mut one = Person::joins(&place, folder.path(), "--dialect plain --as 1");
    one.is_in("Client #1");
    let mut clock = Person::joins(&place, folder.path(), "--dialect plain");
    let name = clock.number();
    assert!(
        name.parse::<u64>().unwrap() > 1_700_000_000_000,
        "milliseconds since 1970: {name}"
    );
    clock.is_in(&format!("Client #{name}"));
    one.reads(&format!("Client #{name}> {HERE}"));

    one.says("héllo 😀");
    one.reads("Client #1> héllo 😀");
    clock.reads("Client #1> héllo 😀");
    clock.says("//quit");
    one.reads(&format!("Client #{name}> /quit"));
    clock.says("/list");
    clock.is_told("no list");
    clock.quits();
    one.is_told(&format!("Client #{name} left the chat"));
    one.says("alone");
    one.reads("Client #1> alone");
}

#[test]
fn frames_are_printed_as_they_came_and_an_id_is_asked_for() {
    let server = Server::start(Original {
        hands_out: Some(41),
        ..Original::default()
    });
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let mut program = Person::joins(&place, folder.path(), "--dialect plain --json --as Ana");
    program.is_told("no names");
    program.is_told("You are Client #41");
    program.says("{\"bad json");
    program.reads("You wrote: {\"bad json");
    program.reads("Client #41 says: {\"bad json");
}
