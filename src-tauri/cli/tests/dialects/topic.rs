//! `topic`, section 7: its acceptance cases.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::support::until;
use crate::table::{Setup, cases};

cases! {
    "topic_01_message_ack_and_others", Setup::ANY, message_ack_and_others;
    "topic_02_suffixes", Setup::ANY, suffixes;
    "topic_03_untyped_form", Setup::ANY, untyped_form;
    "topic_04_bare_list_in_the_typed_form", Setup::ANY, bare_list_in_the_typed_form;
    "topic_05_expiry_leaves_no_trace", Setup::ANY, expiry_leaves_no_trace;
    "topic_06_late_joiner_gets_no_history", Setup::ANY, late_joiner_gets_no_history;
    "topic_07_refused_joins", Setup::ANY, refused_joins;
    "topic_08_sixty_messages", Setup::RATES, sixty_messages;
    "topic_09_case_leave_and_join_again", Setup::ANY, case_leave_and_join_again;
    "topic_10_empty_topic_is_gone", Setup::ANY, empty_topic_is_gone;
    "topic_11_old_connection_goes_on", Setup::ANY, old_connection_goes_on;
    "topic_12_desktop_member_in_the_topic", Setup::ANY, desktop_member_in_the_topic;
}

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

async fn message_ack_and_others(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Typed, "bob", "sports").await;
    let mut carol = join(&room, Typed, "carol", "movies").await;
    let sent = say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 2).await;
    bob.expect_json(sent).await;
    nothing_else(&mut carol).await;
    nothing_else(&mut alice).await;
    nothing_else(&mut bob).await;
}

async fn suffixes(room: Room) {
    let first = join_as(&room, Typed, "alice", "sports", "alice").await;
    let second = join_as(&room, Typed, "alice", "sports", "alice#1").await;
    let third = join_as(&room, Typed, "ALICE", "sports", "alice#2").await;
    second.close().await;
    let mut other = join(&room, Typed, "watcher", "sports").await;
    until("alice#1 is gone", async || {
        listed(&mut other, "sports").await.expect("it is listed")["user_count"] == 3
    })
    .await;
    let again = join_as(&room, Typed, "alice", "sports", "alice#1").await;
    let untyped = [
        join_as(&room, Untyped, "alice", "news", "alice").await,
        join_as(&room, Untyped, "alice", "news", "alice#2").await,
        join_as(&room, Untyped, "Alice", "news", "alice#3").await,
    ];
    join_as(&room, Typed, "alice", "weather", "alice").await;
    drop((first, third, again, untyped));
}

async fn untyped_form(room: Room) {
    let mut alice = join(&room, Untyped, "alice", "sports").await;
    say(
        &mut alice,
        Untyped,
        "hi",
        message("alice", "hi", "sports"),
        1,
    )
    .await;
    alice.send("/list").await;
    let list = json!({"type": "list", "topics": "<any>", "timestamp": "<now>"});
    let list = alice.expect_json(list).await;
    let entry = json!({
        "topic": "sports", "user_count": 1, "created_at": "<us>", "message_count": 1, "last_activity": "<us>",
    });
    let topics = list["topics"].as_array().expect("an array");
    let sports = topics
        .iter()
        .find(|entry| entry["topic"] == "sports")
        .expect("sports is listed");
    crate::support::shape::fits(&entry, sports).expect("the entry's shape");
    alice.send("/help").await;
    let help = json!({"type": "help", "commands": ["/list", "/help", "/quit", "/exit"], "timestamp": "<now>"});
    alice.expect_json(help).await;
    alice.send("/quit").await;
    alice.expect_close(1000, None).await;
    let mut other = join(&room, Untyped, "alice", "sports").await;
    other.send("/exit").await;
    other.expect_close(1000, None).await;
}

async fn bare_list_in_the_typed_form(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    alice.send("/list").await;
    alice.expect_json(error("Invalid JSON format")).await;
    say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 1).await;
}

/// The contract's 30 s are waited for.
async fn expiry_leaves_no_trace(room: Room) {
    let text = "a-text-that-must-not-be-found";
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Untyped, "bob", "sports").await;
    let sent = say(&mut alice, Typed, text, message("alice", text, "sports"), 2).await;
    bob.expect_json(sent.clone()).await;
    let expires = sent["expires_at"].as_str().expect("a time");
    assert_eq!(
        seconds(expires),
        (sent["timestamp"].as_i64().expect("an integer") + 30).rem_euclid(86_400)
    );
    let held = async || room.get("/stats").await.json()["messages"]["total_messages"].clone();
    assert_eq!(held().await, 1);
    for _ in 0..62 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        no_file_holds(&room, text);
    }
    assert_eq!(held().await, 0);
    let health = room.get("/health").await.json();
    assert_eq!(health["messages"]["total_messages"], 0);
    nothing_else(&mut alice).await;
    nothing_else(&mut bob).await;
    assert_eq!(
        listed(&mut bob, "sports").await.expect("it is listed")["message_count"],
        0
    );
    no_file_holds(&room, text);
}

/// The seconds of the day in `2026-01-02T03:04:35.000000`.
fn seconds(time: &str) -> i64 {
    let part = |from: usize| time[from..from + 2].parse::<i64>().expect("two digits");
    part(11) * 3_600 + part(14) * 60 + part(17)
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

async fn late_joiner_gets_no_history(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    say(
        &mut alice,
        Typed,
        "early",
        message("alice", "early", "sports"),
        1,
    )
    .await;
    for form in [Typed, Untyped] {
        let mut late = join(&room, form, "late", "sports").await;
        nothing_else(&mut late).await;
        late.close().await;
        until("it is gone", async || {
            listed(&mut alice, "sports").await.expect("it is listed")["user_count"] == 1
        })
        .await;
    }
}

async fn refused_joins(room: Room) {
    let long = "a".repeat(51);
    let bad = |long: &str| {
        vec![
            json!("admin"),
            json!("ROOT"),
            json!("a b"),
            json!(long),
            json!(""),
            json!(5),
            json!(null),
            json!("é"),
            json!("a\n"),
        ]
    };
    let mut rows = Vec::new();
    for name in bad(&long[..21]) {
        rows.push((
            name,
            json!("sports"),
            "Username must be 1-20 alphanumeric characters",
        ));
    }
    for topic in bad(&long) {
        rows.push((
            json!("alice"),
            topic,
            "Topic must be 1-50 alphanumeric characters",
        ));
    }
    for (name, topic, words) in rows {
        for form in [Typed, Untyped] {
            let mut frame = json!({"username": name, "topic": topic});
            if form == Typed {
                frame["type"] = "join".into();
            }
            refused(&room, frame, words).await;
        }
    }
    let without_name = json!({"type": "join", "topic": "sports"});
    refused(
        &room,
        without_name,
        "Username must be 1-20 alphanumeric characters",
    )
    .await;
    let without_topic = json!({"type": "join", "username": "alice"});
    refused(
        &room,
        without_topic,
        "Topic must be 1-50 alphanumeric characters",
    )
    .await;
    let (name, topic) = ("a".repeat(20), "t".repeat(50));
    join(&room, Typed, &name, &topic).await;
    let mut members = Vec::new();
    for n in 0..100 {
        members.push(join(&room, Typed, &format!("m{n}"), "full").await);
    }
    refused(
        &room,
        join_frame(Typed, "one_more", "full"),
        "Topic is full, please try another",
    )
    .await;
    nothing_else(&mut members[99]).await;
}

/// The frame gets exactly this error, then the close.
pub(crate) async fn refused(room: &Room, frame: Value, words: &str) {
    let mut socket = room.socket("/ws").await.named(&frame.to_string());
    socket.send_json(frame).await;
    socket.expect_json(error(words)).await;
    socket.expect_close(1008, Some("Join failed")).await;
}

async fn sixty_messages(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Typed, "bob", "sports").await;
    for n in 0..61 {
        alice.send_json(message_frame(Typed, &n.to_string())).await;
    }
    for n in 0..60 {
        let sent = alice
            .expect_json(message("alice", &n.to_string(), "sports"))
            .await;
        let ack = json!({"type": "ack", "message_id": sent["message_id"], "recipients": 2, "timestamp": "<now>"});
        alice.expect_json(ack).await;
        bob.expect_json(sent).await;
    }
    alice
        .expect_json(error("Rate limit exceeded, please slow down"))
        .await;
    nothing_else(&mut alice).await;
    nothing_else(&mut bob).await;
    let sent = say(
        &mut bob,
        Typed,
        "still here",
        message("bob", "still here", "sports"),
        2,
    )
    .await;
    alice.expect_json(sent).await;
}

async fn case_leave_and_join_again(room: Room) {
    let mut alice = join(&room, Typed, "alice", "Sports").await;
    let mut bob = join_as(&room, Untyped, "BOB", "sPORTS", "bob").await;
    let sent = say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 2).await;
    bob.expect_json(sent).await;
    alice.send_json(json!({"type": "leave"})).await;
    let left =
        json!({"type": "left", "username": "alice", "topic": "sports", "timestamp": "<float>"});
    alice.expect_json(left).await;
    alice.send_json(message_frame(Typed, "refused")).await;
    alice
        .expect_json(error("First message must be join request"))
        .await;
    say(
        &mut bob,
        Untyped,
        "alone",
        message("bob", "alone", "sports"),
        1,
    )
    .await;
    alice.send_json(join_frame(Typed, "alice", "movies")).await;
    alice.expect_json(joined("alice", "movies")).await;
    say(
        &mut alice,
        Typed,
        "again",
        message("alice", "again", "movies"),
        1,
    )
    .await;
    nothing_else(&mut bob).await;
}

async fn empty_topic_is_gone(room: Room) {
    let mut watcher = join(&room, Typed, "watcher", "movies").await;
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let bob = join(&room, Typed, "bob", "sports").await;
    assert_eq!(
        listed(&mut watcher, "sports").await.expect("it is listed")["user_count"],
        2
    );
    alice.send_json(json!({"type": "leave"})).await;
    alice.text().await;
    assert_eq!(
        listed(&mut watcher, "sports").await.expect("bob is there")["user_count"],
        1
    );
    bob.cut();
    until("sports is gone", async || {
        listed(&mut watcher, "sports").await.is_none()
    })
    .await;
}

/// Ten minutes with `LANDLINE_OLD_SECS=600`; otherwise past every deadline and one round of our pings (25 + 8 s).
async fn old_connection_goes_on(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let age = std::env::var("LANDLINE_OLD_SECS")
        .ok()
        .and_then(|it| it.parse().ok());
    tokio::time::sleep(Duration::from_secs(age.unwrap_or(45))).await;
    say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 1).await;
    listed(&mut alice, "sports")
        .await
        .expect("sports is listed");
    let mut bob = join(&room, Untyped, "bob", "sports").await;
    let sent = say(
        &mut bob,
        Untyped,
        "hello",
        message("bob", "hello", "sports"),
        2,
    )
    .await;
    alice.expect_json(sent).await;
    assert_eq!(
        room.get("/health").await.json()["connections"]["total_clients"],
        2
    );
}

async fn desktop_member_in_the_topic(room: Room) {
    let mut ana = room.member("Ana", &["crossing"]).await;
    let mut alice = join(&room, Typed, "alice", "crossing").await;
    let mut bob = join(&room, Untyped, "bob", "crossing").await;
    ana.post("crossing", "from the desk").await;
    let mut foreign = message("Ana", "from the desk", "crossing");
    foreign["expires_at"] = Value::Null;
    alice.expect_json(foreign.clone()).await;
    bob.expect_json(foreign).await;
    say(
        &mut alice,
        Typed,
        "hi",
        message("alice", "hi", "crossing"),
        3,
    )
    .await;
    ana.message().await;
    ana.expect_message("alice", "topic", "hi").await;
    say(&mut bob, Untyped, "ho", message("bob", "ho", "crossing"), 3).await;
    ana.expect_message("bob", "topic", "ho").await;
}
