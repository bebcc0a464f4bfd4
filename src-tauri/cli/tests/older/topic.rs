//! `topic` as its original server does it: frames need a type, and the first duplicate of a name is `#1`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::people::Person;
use crate::server::{Kind, Out, Server};

#[derive(Default)]
struct Original {
    members: BTreeMap<usize, (String, String)>,
    messages: usize,
}

impl Original {
    fn join(&mut self, id: usize, frame: &Value) -> Vec<Out> {
        let text = |key: &str| frame[key].as_str().unwrap_or_default().to_lowercase();
        let (asked, topic) = (text("username"), text("topic"));
        if asked.is_empty() || !asked.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let error = json!({"type": "error", "message": "Username must be 1-20 alphanumeric characters", "timestamp": 1});
            return vec![
                Out::To(id, error.to_string()),
                Out::Close(id, 1008, "Join failed"),
            ];
        }
        let is_taken = |name: &str| {
            self.members
                .values()
                .any(|(other, at)| other == name && *at == topic)
        };
        let numbered = (1..).map(|number| format!("{asked}#{number}"));
        let name = std::iter::once(asked.clone())
            .chain(numbered)
            .find(|name| !is_taken(name))
            .expect("numbers do not end");
        let joined = json!({"type": "joined", "username": name, "topic": topic, "timestamp": 1});
        self.members.insert(id, (name, topic));
        vec![Out::To(id, joined.to_string())]
    }

    fn message(&mut self, id: usize, text: &str) -> Vec<Out> {
        self.messages += 1;
        let (name, topic) = self.members[&id].clone();
        let message_id = format!("m-{}", self.messages);
        let frame = json!({"type": "message", "username": name, "message": text, "timestamp": 1, "message_id": message_id,
            "topic": topic, "expires_at": "2026-01-02T03:04:35.000000"});
        let inside = self.members.iter().filter(|(_, (_, at))| *at == topic);
        let mut out: Vec<Out> = inside
            .map(|(id, _)| Out::To(*id, frame.to_string()))
            .collect();
        let ack = json!({"type": "ack", "message_id": message_id, "recipients": out.len(), "timestamp": 1});
        out.push(Out::To(id, ack.to_string()));
        out
    }

    fn list(&self, id: usize) -> Vec<Out> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, topic) in self.members.values() {
            *counts.entry(topic).or_default() += 1;
        }
        let topics: Vec<Value> = counts
            .iter()
            .map(|(topic, count)| json!({"topic": topic, "user_count": count}))
            .collect();
        vec![Out::To(
            id,
            json!({"type": "list", "topics": topics, "timestamp": 1}).to_string(),
        )]
    }
}

impl Kind for Original {
    fn serves(&self, target: &str) -> bool {
        target == "/ws"
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out> {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        let is_in = self.members.contains_key(&id);
        match frame["type"].as_str() {
            Some("join") => self.join(id, &frame),
            Some("message") if is_in => {
                self.message(id, frame["message"].as_str().unwrap_or_default())
            }
            Some("list") if is_in => self.list(id),
            _ => {
                let error = json!({"type": "error", "message": "First message must be join request", "timestamp": 1});
                vec![Out::To(id, error.to_string()), Out::Drop(id)]
            }
        }
    }

    fn closed(&mut self, id: usize) -> Vec<Out> {
        self.members.remove(&id);
        Vec::new()
    }
}

#[test]
fn two_of_one_name_talk_in_a_topic_and_another_topic_does_not_hear_them() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let joins =
        |words: &str| Person::joins(&place, folder.path(), &format!("--dialect topic {words}"));
    let mut ana = joins("--topic sports --as Ana");
    ana.is_told("In sports as ana");
    let mut other = joins("--topic sports --as ana --form typed");
    other.is_told("In sports as ana#1");
    let mut carol = joins("--as carol");
    carol.is_told("In lobby as carol");
    ana.says("hi");
    ana.reads("ana> hi");
    other.reads("ana> hi");
    other.says("hi yourself");
    other.reads("ana#1> hi yourself");
    ana.reads("ana#1> hi yourself");
    carol.says("/list");
    carol.is_told("Topics: lobby (1), sports (2)");
    carol.says("nobody?");
    carol.reads("carol> nobody?");
    ana.says("/help");
    ana.is_told("/list           topics and how many are in each");
    ana.quits();
}

#[test]
fn a_name_that_the_server_refuses_is_said_and_ends_it() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let mut ana = Person::joins(&place, folder.path(), "--dialect topic --as a-b");
    ana.ends(1);
    let words = ana.0.notices();
    assert!(
        words.contains("refused: Username must be 1-20 alphanumeric characters"),
        "{words}"
    );
    assert!(
        words.contains("the server refused: Join failed (1008)"),
        "{words}"
    );
}

#[test]
fn what_was_piped_in_before_the_join_was_answered_is_sent_and_waited_for() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let mut ana = Person::joins(&place, folder.path(), "--dialect topic --as ana --json");
    for number in 0..50 {
        ana.says(&number.to_string());
    }
    ana.quits();
    assert_eq!(server.with(|kind| kind.messages), 50);
    for number in 0..50 {
        let text = ana
            .0
            .wait_for("a message", crate::program::PATIENCE, |line| {
                let frame = crate::process::json(line)?;
                (frame["type"] == "message").then(|| frame["message"].clone())
            });
        assert_eq!(text, number.to_string());
    }
}
