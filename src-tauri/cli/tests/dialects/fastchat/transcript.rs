//! `fastchat` 1: section 9.3 as printed, line by line, read from the text below.
//!
//! `X> frame` is sent by X, `>X frame` is what the server sends. Times, ids made by the server and the wording of
//! errors are free. `X+` connects with `HELLO` (its frames are printed where the contract prints them), `X! 1002` is the
//! server's close, `X-` leaves, `wait` lets the five seconds of a short absence pass, `fill` writes until 60 are reached.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};

cases! {
    "fastchat_01_each_exchange_as_printed", Setup::RATES, as_printed;
}

const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const B: &str = "bbbbbbbb-2222-4222-8222-222222222222";
const D: &str = "dddddddd-4444-4444-8444-444444444444";
const E: &str = "eeeeeeee-5555-4555-8555-555555555555";

const SCRIPT: &str = include_str!("transcript.txt");

async fn as_printed(room: Room) {
    let mut sockets: HashMap<String, Socket> = HashMap::new();
    let mut chat_id = json!("<uuid4>");
    let mut written = 0;
    for line in SCRIPT
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Some(who) = word.strip_prefix('>') {
            let socket = sockets.get_mut(who).expect("somebody connected");
            let mut shape: Value = frame(rest);
            free(&mut shape, &chat_id);
            let got = socket.expect_json(shape).await;
            if got["type"] == "CHAT_OPENED" {
                chat_id = got["data"]["chat_id"].clone();
            }
        } else if let Some(who) = word.strip_suffix('>') {
            let said = frame(rest);
            written += usize::from(said["type"] == "MSG" && who == "A");
            if !sockets.contains_key(who) {
                sockets.insert(who.to_owned(), room.socket("/ws").await.named(who));
            }
            sockets
                .get_mut(who)
                .expect("it is there")
                .send_json(said)
                .await;
        } else if let Some(who) = word.strip_suffix('!') {
            let mut socket = sockets.remove(who).expect("somebody connected");
            socket
                .expect_close(rest.parse().expect("a code"), None)
                .await;
        } else if let Some(who) = word.strip_suffix('-') {
            sockets
                .remove(who)
                .expect("somebody connected")
                .close()
                .await;
        } else if word == "wait" {
            tokio::time::sleep(Duration::from_millis(5_500)).await;
        } else if word == "member" {
            crate::support::member::Member::join_as(&room.addr, rest, "Desk", &[])
                .await
                .close()
                .await;
        } else {
            assert_eq!(word, "fill");
            let ann = sockets.get_mut("A").expect("Ann is there");
            for n in written..60 {
                let id = format!("fill-{n}");
                let frame =
                    json!({"type": "MSG", "data": {"to": B, "content": "fill", "message_id": id}});
                ann.send_json(frame).await;
                let failed = json!({"type": "ERROR", "data": {"code": "MESSAGE_FAILED", "message": "<words>", "details": {"message_id": id}}});
                ann.expect_json(failed).await;
            }
        }
    }
}

/// A printed frame, with the ids in full.
fn frame(text: &str) -> Value {
    let text = ["$A", "$B", "$D", "$E"]
        .into_iter()
        .zip([A, B, D, E])
        .fold(text.to_owned(), |text, (short, id)| text.replace(short, id));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Frees what the server chooses.
fn free(shape: &mut Value, chat_id: &Value) {
    let is_error = shape["type"] == "ERROR";
    let data = shape["data"].as_object_mut().expect("data is an object");
    for (key, value) in data.iter_mut() {
        match key.as_str() {
            "timestamp" => *value = json!("<ms>"),
            "chat_id" => *value = chat_id.clone(),
            "message" if is_error => *value = json!("<words>"),
            "details" if value.get("retry_after_ms").is_some() => {
                value["retry_after_ms"] = json!("<int>");
            }
            _ => {}
        }
    }
}
