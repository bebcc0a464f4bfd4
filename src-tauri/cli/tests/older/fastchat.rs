//! `fastchat` as its original server does it, in the form of its own client.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::{Value, json};

use crate::people::Person;
use crate::process::json as parsed;
use crate::program::PATIENCE;
use crate::server::{Kind, Out, Server};

#[derive(Default)]
struct Original {
    /// Socket to user id and name.
    users: BTreeMap<usize, (String, String)>,
    /// Socket to the socket of its current chat.
    chats: BTreeMap<usize, usize>,
    frames: Vec<Value>,
    heartbeats: Vec<Value>,
    messages: usize,
}

impl Original {
    fn hello(&mut self, id: usize, frame: &Value) -> Vec<Out> {
        let text = |key: &str| frame[key].as_str().unwrap_or_default().to_owned();
        let me = (text("user_id"), text("display_name"));
        let ack =
            json!({"type": "HELLO_ACK", "user_id": me.0, "message": "Connected successfully"});
        let others: Vec<Value> = self.users.values().map(shown).collect();
        let presence = json!({"type": "PRESENCE", "users": others, "action": "connect"});
        let newcomer =
            json!({"type": "PRESENCE", "users": [shown(&me)], "action": "connect"}).to_string();
        let mut out = vec![
            Out::To(id, ack.to_string()),
            Out::To(id, presence.to_string()),
        ];
        out.extend(
            self.users
                .keys()
                .map(|other| Out::To(*other, newcomer.clone())),
        );
        self.users.insert(id, me);
        out
    }

    fn open(&mut self, id: usize, frame: &Value) -> Vec<Out> {
        let target = self
            .users
            .iter()
            .find(|(_, (user, _))| frame["target_user_id"] == **user);
        let Some((&other, them)) = target else {
            let error = json!({"type": "ERROR", "error_code": "USER_NOT_FOUND", "message": "Target user is not online", "details": null});
            return vec![Out::To(id, error.to_string())];
        };
        let opened = |person: &(String, String)| {
            json!({"type": "CHAT_OPENED", "chat_id": "c", "participants": [], "target_user_id": person.0, "target_display_name": person.1}).to_string()
        };
        self.chats.insert(id, other);
        let mut out = vec![Out::To(id, opened(them))];
        if let Entry::Vacant(none) = self.chats.entry(other) {
            none.insert(id);
            out.push(Out::To(other, opened(&self.users[&id])));
        }
        out
    }

    fn message(&mut self, id: usize, frame: &Value) -> Vec<Out> {
        let Some(other) = self.chats.get(&id) else {
            let error = json!({"type": "ERROR", "error_code": "NOT_IN_CHAT", "message": "You are not currently in a chat", "details": null});
            return vec![Out::To(id, error.to_string())];
        };
        self.messages += 1;
        let (message_id, me) = (format!("m-{}", self.messages), &self.users[&id]);
        let time = "2026-01-02T03:04:05.678901+00:00";
        let message = json!({"type": "MSG", "message_id": message_id, "content": frame["content"], "sender_id": me.0, "sender_name": me.1, "timestamp": time});
        let ack = json!({"type": "MSG_ACK", "message_id": message_id, "status": "delivered", "timestamp": time});
        vec![
            Out::To(*other, message.to_string()),
            Out::To(id, ack.to_string()),
        ]
    }
}

fn shown((id, name): &(String, String)) -> Value {
    json!({"user_id": id, "display_name": name, "online": true})
}

impl Kind for Original {
    fn serves(&self, target: &str) -> bool {
        target == "/ws"
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out> {
        let frame: Value = serde_json::from_str(text).unwrap_or_default();
        self.frames.push(frame.clone());
        let is_known = self.users.contains_key(&id);
        match frame["type"].as_str() {
            Some("HELLO") => self.hello(id, &frame),
            Some("OPEN_CHAT") if is_known => self.open(id, &frame),
            Some("MSG") if is_known => self.message(id, &frame),
            Some("PING") => vec![Out::To(id, json!({"type": "PONG"}).to_string())],
            Some("MSG_ACK") if is_known => Vec::new(),
            _ => {
                let error = json!({"type": "ERROR", "error_code": "HELLO_REQUIRED", "message": "HELLO message must be sent first", "details": null});
                vec![Out::To(id, error.to_string())]
            }
        }
    }

    fn closed(&mut self, id: usize) -> Vec<Out> {
        self.chats.remove(&id);
        let Some((user, name)) = self.users.remove(&id) else {
            return Vec::new();
        };
        let gone = json!({"type": "PRESENCE", "users": [{"user_id": user, "display_name": name, "online": false}], "action": "disconnect"});
        self.users
            .keys()
            .map(|other| Out::To(*other, gone.to_string()))
            .collect()
    }

    fn http(&mut self, question: &str, body: &str) -> Option<String> {
        (question == "POST /presence/heartbeat").then(|| {
            self.heartbeats
                .push(serde_json::from_str(body).unwrap_or_default());
            "{}".to_owned()
        })
    }
}

#[test]
fn two_find_each_other_and_talk() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    let joins = |name: &str, words: &str| {
        let words = format!("--dialect fastchat --as {name}{words}");
        Person::joins(&place, &folder.path().join(name), &words)
    };
    let mut ann = joins("Ann", " --to bob");
    ann.is_told("You are Ann");
    ann.says("hello, Bob");
    ann.says("/list");
    ann.is_told("Nobody else is online; waiting for bob");

    let mut bob = joins("Bob", "");
    bob.is_told("Ann is online");
    ann.is_told("Talking with Bob");
    bob.is_told("Talking with Ann");
    bob.reads("Ann> hello, Bob");
    ann.reads("Ann> hello, Bob");
    bob.says("hi");
    ann.reads("Bob> hi");

    let mut dan = joins("Dan", " --json");
    dan.0.wait_for("HELLO_ACK", PATIENCE, |line| {
        parsed(line).filter(|frame| frame["type"] == "HELLO_ACK")
    });
    dan.says("to whom?");
    dan.is_told("open a chat first");
    dan.says("/chat Nobody");
    dan.is_told("Waiting for Nobody");
    dan.says("/chat ann");
    dan.0.wait_for("CHAT_OPENED", PATIENCE, |line| {
        parsed(line).filter(|frame| frame["type"] == "CHAT_OPENED")
    });
    dan.says("me too");
    ann.reads("Dan> me too");
    ann.says("for Bob");
    bob.reads("Bob> hi");
    bob.reads("Ann> for Bob");
    bob.quits();
    ann.is_told("Bob went offline");

    server.until(|kind| {
        let mut received = kind
            .frames
            .iter()
            .filter(|frame| frame["status"] == "received");
        received.nth(3).is_some()
    });
    server.until(|kind| {
        let is_ann = |beat: &Value| beat["display_name"] == "Ann" && beat["user_id"].is_string();
        kind.heartbeats.iter().any(is_ann)
    });
}

#[test]
fn who_i_am_is_kept_in_the_data_folder_and_is_not_the_members_id() {
    let server = Server::start(Original::default());
    let (place, folder) = (server.addr.to_string(), tempfile::tempdir().unwrap());
    for name in ["Ann", "Anna"] {
        let mut ann = Person::joins(
            &place,
            folder.path(),
            &format!("--dialect fastchat --as {name}"),
        );
        ann.is_told(&format!("You are {name}"));
        ann.quits();
    }
    let ids = server.with(|kind| {
        let hellos = kind.frames.iter().filter(|frame| frame["type"] == "HELLO");
        hellos
            .map(|frame| frame["user_id"].clone())
            .collect::<Vec<Value>>()
    });
    assert_eq!(ids.len(), 2);
    assert_eq!(ids[0], ids[1]);
}
