//! Servers that mean harm, or know no better.

use std::net::TcpListener;
use std::thread;

use serde_json::json;
use tokio_tungstenite::tungstenite::{Message, accept};

use crate::people::Person;
use crate::process::Line;
use crate::program::PATIENCE;
use crate::server::{Kind, Out, Server};

#[test]
fn a_server_that_never_stops_talking_keeps_nobody_from_leaving() {
    let folder = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let server = thread::spawn(move || {
        for stream in listener.incoming().take(2) {
            let mut socket = accept(stream.unwrap()).unwrap();
            let frame =
                json!({"event_type": "message", "username": "bob", "message": "bla"}).to_string();
            while socket.send(Message::text(frame.clone())).is_ok() {}
        }
    });
    let mut ana = Person::joins(&place, folder.path(), "--dialect activity --as Ana");
    ana.reads("bob> bla");
    ana.quits();
    let mut dan = Person::joins(&place, folder.path(), "--dialect activity --as Dan");
    dan.reads("bob> bla");
    dan.0.terminate();
    dan.ends(0);
    server.join().unwrap();
}

#[test]
fn nonsense_from_a_server_is_shown_as_it_is_and_rules_no_terminal() {
    for dialect in [
        "pair",
        "topic",
        "activity",
        "fastchat",
        "fastchat --form nested",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(Nonsense);
        let place = format!("{}/ws", server.addr);
        let mut ana = Person::joins(
            &place,
            folder.path(),
            &format!("--as Ana --dialect {dialect}"),
        );
        let last = |line: &Line| (line.text == "[31mno frame").then_some(());
        ana.0.wait_for("the last of it", PATIENCE, last);
        ana.quits();
    }
}

/// Says what no server says, and at last something that is no frame at all.
struct Nonsense;

impl Kind for Nonsense {
    fn serves(&self, _: &str) -> bool {
        true
    }

    fn opened(&mut self, id: usize, _: &str) -> Vec<Out> {
        let deep = "[".repeat(100_000);
        let frames = [
            "null",
            "7",
            "[]",
            "{}",
            r#"{"type":7,"data":[],"event_type":{},"counter":1}"#,
            r#"{"type":"joined"}"#,
            r#"{"type":"message","message":{}}"#,
            r#"{"type":"list","topics":[1,{}]}"#,
            r#"{"type":"PRESENCE","users":"x","data":{"users":[{},7]}}"#,
            r#"{"type":"MSG","data":7}"#,
            r#"{"type":"MSG_ACK"}"#,
            r#"{"type":"ERROR","details":[]}"#,
            r#"{"type":"CHAT_OPENED","target_user_id":5}"#,
            &deep,
            "\u{1b}[31mno frame",
        ];
        frames
            .iter()
            .map(|frame| Out::To(id, (*frame).to_owned()))
            .collect()
    }

    fn text(&mut self, _: usize, _: &str) -> Vec<Out> {
        Vec::new()
    }
}
