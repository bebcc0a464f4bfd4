//! `topic`, section 7: its forms and the frames that all its cases need.

pub(crate) mod cases;
pub(crate) mod limits;
pub(crate) mod rules;

use serde_json::{Value, json};

use crate::support::room::Room;
use crate::support::socket::Socket;

/// The two wire shapes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    Typed,
    Untyped,
}

pub(crate) use Form::{Typed, Untyped};

pub(crate) fn join_frame(form: Form, name: &str, topic: &str) -> Value {
    match form {
        Typed => json!({"type": "join", "username": name, "topic": topic}),
        Untyped => json!({"username": name, "topic": topic}),
    }
}

pub(crate) fn message_frame(form: Form, text: &str) -> Value {
    match form {
        Typed => json!({"type": "message", "message": text}),
        Untyped => json!({"message": text}),
    }
}

pub(crate) fn joined(name: &str, topic: &str) -> Value {
    json!({"type": "joined", "username": name, "topic": topic, "timestamp": "<now>"})
}

pub(crate) fn error(message: &str) -> Value {
    json!({"type": "error", "message": message, "timestamp": "<now>"})
}

pub(crate) fn message(name: &str, text: &str, topic: &str) -> Value {
    json!({
        "type": "message", "username": name, "message": text, "timestamp": "<now>",
        "message_id": "<uuid4>", "topic": topic, "expires_at": "<us>",
    })
}

/// A client that asked to be `name` and became `becomes`.
pub(crate) async fn join_as(
    room: &Room,
    form: Form,
    name: &str,
    topic: &str,
    becomes: &str,
) -> Socket {
    let mut socket = room.socket("/ws").await.named(becomes);
    socket.send_json(join_frame(form, name, topic)).await;
    socket
        .expect_json(joined(becomes, &topic.to_lowercase()))
        .await;
    socket
}

pub(crate) async fn join(room: &Room, form: Form, name: &str, topic: &str) -> Socket {
    join_as(room, form, name, topic, name).await
}

/// Sends a text and takes the sender's two answers; the message.
pub(crate) async fn say(
    socket: &mut Socket,
    form: Form,
    text: &str,
    shape: Value,
    recipients: usize,
) -> Value {
    socket.send_json(message_frame(form, text)).await;
    let sent = socket.expect_json(shape).await;
    let ack = json!({"type": "ack", "message_id": sent["message_id"], "recipients": recipients, "timestamp": "<now>"});
    socket.expect_json(ack).await;
    sent
}

/// A heartbeat and its answer as the next frame: nothing else had come.
pub(crate) async fn nothing_else(socket: &mut Socket) {
    socket.send_json(json!({"type": "heartbeat"})).await;
    let beat = json!({"type": "heartbeat", "timestamp": "<float>", "status": "received"});
    socket.expect_json(beat).await;
}

/// The entry of a topic in the list, if it is there.
pub(crate) async fn listed(socket: &mut Socket, topic: &str) -> Option<Value> {
    socket.send_json(json!({"type": "list"})).await;
    let list = socket
        .expect_json(json!({"type": "list", "topics": "<any>", "timestamp": "<now>"}))
        .await;
    let topics = list["topics"].as_array().expect("an array").clone();
    topics.into_iter().find(|entry| entry["topic"] == topic)
}

/// No file of the server has the text in it: the store, its log beside it, what the server wrote to standard error.
pub(crate) fn no_file_holds(room: &Room, text: &str) {
    let mut folders: Vec<_> = room.folder().map(Into::into).into_iter().collect();
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        let folder: std::path::PathBuf = folder;
        for entry in std::fs::read_dir(folder).expect("the folder can be read") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(bytes) = std::fs::read(&path) {
                read += 1;
                let found = bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes());
                assert!(!found, "{} holds the text", path.display());
            }
        }
    }
    assert!(read > 0 || !room.is_ours(), "the server has no files");
}

/// The frame gets exactly this error, then the close.
pub(crate) async fn refused(room: &Room, frame: Value, words: &str) {
    let mut socket = room.socket("/ws").await.named(&frame.to_string());
    socket.send_json(frame).await;
    socket.expect_json(error(words)).await;
    socket.expect_close(1008, Some("Join failed")).await;
}
