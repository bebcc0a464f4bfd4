//! `activity`, section 8.

pub(crate) mod rules;

use serde_json::{Value, json};

use crate::plain;
use crate::support::http;
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::support::until;
use crate::table::{Setup, cases};

const LISTENERS: Setup = Setup::with(&[
    "--rate-limit",
    "off",
    "--also-listen",
    "0=activity",
    "--also-listen",
    "0=activity-rest",
]);

cases! {
    "activity_01_health_and_history", LISTENERS, health_and_history;
    "activity_02_connected_is_told", Setup::ANY, connected_is_told;
    "activity_03_bytes_are_kept", Setup::ANY, bytes_are_kept;
    "activity_04_one_disconnected", Setup::ANY, one_disconnected;
    "activity_05_history_in_order_and_bounded", Setup::FRESH, history_in_order_and_bounded;
    "activity_06_name_in_use", Setup::ANY, name_in_use;
    "activity_07_bad_json_ends_its_sender_only", Setup::ANY, bad_json_ends_its_sender_only;
    "activity_08_bad_payloads_binary_ping", Setup::ANY, bad_payloads_binary_ping;
    "activity_09_one_chat_on_every_path", LISTENERS, one_chat_on_every_path;
    "activity_10_plain_beside_activity", Setup::ANY, plain_beside_activity;
}

pub(crate) fn frame(event: &str, name: &str) -> Value {
    json!({"event_type": event, "username": name})
}

pub(crate) fn says(name: &str, text: &str) -> Value {
    json!({"event_type": "message", "username": name, "message": text})
}

/// A client that has joined; nobody has heard of it yet but the room.
pub(crate) async fn joined(room: &Room, name: &str) -> Socket {
    let mut socket = room.socket("/ws/activity").await.named(name);
    socket.send_json(frame("connected", name)).await;
    socket.settle().await;
    socket
}

/// Two that have joined, each told what it is told.
async fn two(room: &Room) -> [Socket; 2] {
    let mut alice = joined(room, "alice").await;
    let bob = joined(room, "bob").await;
    alice.expect_json(frame("connected", "bob")).await;
    [alice, bob]
}

/// `from` writes and `to` gets that next; `from` gets nothing.
async fn hears(from: &mut Socket, name: &str, to: &mut Socket) {
    from.send_json(says(name, "marker")).await;
    to.expect_json(says(name, "marker")).await;
    from.settle().await;
}

async fn history(room: &Room) -> Vec<Value> {
    let answer = room.get("/api/history").await;
    answer.expect_status(200);
    let kind = answer.header("content-type").expect("a content type");
    assert!(kind.starts_with("application/json"), "{kind}");
    serde_json::from_slice(&answer.body).expect("an array")
}

async fn health_and_history(room: Room) {
    let rest = room.also("activity-rest");
    for (addr, path) in [(room.addr.as_str(), "/api/health"), (rest, "/health")] {
        let health = http::request(addr, "GET", path, &[], "").await;
        health.expect_bare(200);
        assert_eq!(health.header("content-length"), Some("0"));
        assert_eq!(health.header("content-type"), None);
    }
    for (addr, path) in [(room.addr.as_str(), "/api/history"), (rest, "/history")] {
        let history = http::request(addr, "GET", path, &[], "").await;
        assert_eq!(history.expect_status(200).json(), json!([]));
    }
    for path in [
        "/nope",
        "/",
        "/api/health",
        "/api/history",
        "/ws",
        "/api/clients",
    ] {
        http::request(rest, "GET", path, &[], "")
            .await
            .expect_bare(404);
    }
    joined(&room, "alice").await;
    let told = async || http::request(rest, "GET", "/history", &[], "").await.json();
    until("the history has the end", async || {
        told().await == json!([frame("connected", "alice"), frame("disconnected", "alice")])
    })
    .await;
}

async fn connected_is_told(room: Room) {
    let mut alice = room.socket("/ws/activity").await.named("alice");
    alice.settle().await;
    alice
        .send(r#"{"event_type":"connected","username":"alice"}"#)
        .await;
    alice.settle().await;
    let mut bob = room.socket("/ws/activity").await.named("bob");
    let bytes = r#"{ "username":"bob","event_type" : "connected","message":null}"#;
    bob.send(bytes).await;
    alice.expect(bytes).await;
    bob.settle().await;
    hears(&mut alice, "alice", &mut bob).await;
}

async fn bytes_are_kept(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    let bytes = "{ \"message\":\"h\\u00e9llo \\\"x\\\" 😀\",\n\"extra\":{\"a\":[1]} , \"username\":\"alice\",\"event_type\":\"message\"}";
    alice.send(bytes).await;
    bob.expect(bytes).await;
    alice.settle().await;
    hears(&mut bob, "bob", &mut alice).await;
}

async fn one_disconnected(room: Room) {
    let mut alice = joined(&room, "alice").await;
    let ways: [fn(Socket); 2] = [Socket::cut, Socket::hang_up];
    for way in 0..3 {
        let bob = joined(&room, "bob").await;
        alice.expect_json(frame("connected", "bob")).await;
        match ways.get(way) {
            Some(drop) => drop(bob),
            None => bob.close().await,
        }
        alice
            .expect(r#"{"event_type":"disconnected","username":"bob"}"#)
            .await;
    }
    let mut carol = joined(&room, "carol").await;
    alice.expect_json(frame("connected", "carol")).await;
    let bytes = r#"{"event_type":"disconnected", "username":"carol"}"#;
    carol.send(bytes).await;
    alice.expect(bytes).await;
    carol.close().await;
    let mut dave = joined(&room, "dave").await;
    alice.expect_json(frame("connected", "dave")).await;
    hears(&mut dave, "dave", &mut alice).await;
}

async fn history_in_order_and_bounded(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    alice
        .send(r#"{"extra":1,"username":"alice","message":"hi","event_type":"message"}"#)
        .await;
    bob.text().await;
    bob.close().await;
    alice.expect_json(frame("disconnected", "bob")).await;
    let so_far = vec![
        frame("connected", "alice"),
        frame("connected", "bob"),
        says("alice", "hi"),
        frame("disconnected", "bob"),
    ];
    assert_eq!(history(&room).await, so_far);
    for n in 0..1_500 {
        alice.send_json(says("alice", &n.to_string())).await;
    }
    alice.settle().await;
    let kept = history(&room).await;
    assert_eq!(kept.len(), 1_000);
    assert_eq!(kept[0], says("alice", "500"));
    assert_eq!(kept[999], says("alice", "1499"));
}

async fn name_in_use(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    let mut second = room.socket("/ws/activity").await.named("second alice");
    second.send_json(frame("connected", "alice")).await;
    second.expect_close(1008, Some("username in use")).await;
    hears(&mut bob, "bob", &mut alice).await;
    hears(&mut alice, "alice", &mut bob).await;
    let mut capital = joined(&room, "Alice").await;
    alice.expect_json(frame("connected", "Alice")).await;
    hears(&mut capital, "Alice", &mut alice).await;
}

async fn bad_json_ends_its_sender_only(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    let mut bad = joined(&room, "bad").await;
    alice.expect_json(frame("connected", "bad")).await;
    bob.expect_json(frame("connected", "bad")).await;
    bad.send("{bad").await;
    bad.expect_close(1007, Some("Invalid payload")).await;
    alice.expect_json(frame("disconnected", "bad")).await;
    bob.expect_json(frame("disconnected", "bad")).await;
    hears(&mut alice, "alice", &mut bob).await;
    hears(&mut bob, "bob", &mut alice).await;
    joined(&room, "bad").await;
    alice.expect_json(frame("connected", "bad")).await;
}

async fn bad_payloads_binary_ping(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    let deep = format!(
        r#"{{"event_type":"message","username":"x","message":"m","k":{}{}}}"#,
        "[".repeat(32),
        "]".repeat(32)
    );
    let rows = [
        r#"{"event_type":"typing","username":"x"}"#,
        r#"{"event_type":"Connected","username":"x"}"#,
        r#"{"event_type":"connected"}"#,
        r#"{"event_type":"connected","username":5}"#,
        r#"{"event_type":"connected","username":null}"#,
        r#"{"event_type":"message","username":"x","message":5}"#,
        r#"{"username":"x","message":"m"}"#,
        r#"{"event_type":null,"username":"x"}"#,
        "[]",
        "null",
        "",
        &deep,
    ];
    for payload in rows {
        let mut socket = room.socket("/ws/activity").await.named(payload);
        socket.send(payload).await;
        socket.expect_close(1007, Some("Invalid payload")).await;
    }
    let mut socket = room.socket("/ws/activity").await;
    socket
        .send_text_bytes(b"{\"event_type\":\"connected\",\"username\":\"caf\xe9\"}")
        .await;
    socket.expect_close(1007, None).await;
    bob.send_binary(br#"{"event_type":"disconnected","username":"bob"}"#)
        .await;
    bob.settle().await;
    hears(&mut bob, "bob", &mut alice).await;
    hears(&mut alice, "alice", &mut bob).await;
}

async fn one_chat_on_every_path(room: Room) {
    let mut alice = joined(&room, "alice").await;
    for (n, path) in ["/", "/any/path", "/ws", "/chat/public", "/?x=1"]
        .iter()
        .enumerate()
    {
        let name = format!("bob {n}");
        let mut bob = Socket::open(room.also("activity"), path, &[])
            .await
            .named(&name);
        bob.send_json(frame("connected", &name)).await;
        alice.expect_json(frame("connected", &name)).await;
        hears(&mut bob, &name, &mut alice).await;
        hears(&mut alice, "alice", &mut bob).await;
        bob.close().await;
        alice.expect_json(frame("disconnected", &name)).await;
    }
}

async fn plain_beside_activity(room: Room) {
    let mut alice = joined(&room, "alice").await;
    let mut one = plain::client(&room, "1").await;
    one.send("hi").await;
    one.expect("You wrote: hi").await;
    alice.expect_json(says("Client #1", "hi")).await;
    alice.send_json(says("alice", "yo")).await;
    one.expect("alice says: yo").await;
    alice.settle().await;
    alice.close().await;
    one.settle().await;
}
