//! `plain`, section 5.

use serde_json::Value;

use crate::support::http;
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};

cases! {
    "plain_01_client_ids_from_rest", Setup::ANY, client_ids_from_rest;
    "plain_02_echo_and_broadcast", Setup::ANY, echo_and_broadcast;
    "plain_03_leaving_is_told", Setup::ANY, leaving_is_told;
    "plain_04_text_arrives_unchanged", Setup::ANY, text_arrives_unchanged;
    "plain_05_one_id_twice", Setup::ANY, one_id_twice;
    "plain_06_ids_in_the_path", Setup::ANY, ids_in_the_path;
    "plain_07_binary_ends_its_sender_only", Setup::ANY, binary_ends_its_sender_only;
    "plain_08_echo_all", Setup::ANY, echo_all;
    "plain_rules_refused_frames", Setup::ANY, refused_frames;
    "plain_rules_leave_comes_after_the_last_text", Setup::ANY, leave_comes_after_the_last_text;
    "plain_rules_big_and_signed_ids", Setup::ANY, big_and_signed_ids;
    "plain_rules_ids_of_the_hub_are_not_handed_out_twice", Setup::ANY, ids_are_not_handed_out_twice;
}

/// A client of this id, taken in by the room.
pub(crate) async fn client(room: &Room, id: &str) -> Socket {
    room.settled(&format!("/ws/{id}"))
        .await
        .named(&format!("client {id}"))
}

/// Somebody writes, and both hear it: whatever came before to either would have come first.
async fn nothing_else(writer: &mut Socket, id: &str, hearer: &mut Socket) {
    writer.send("marker").await;
    writer.expect("You wrote: marker").await;
    hearer.expect(&format!("Client #{id} says: marker")).await;
}

fn id_of(answer: &http::Answer) -> i64 {
    let body = answer.expect_status(200).json();
    let keys: Vec<_> = body.as_object().expect("an object").keys().collect();
    assert_eq!(keys, ["client_id"]);
    let id = body["client_id"].as_i64().expect("an integer");
    assert!((1..1 << 53).contains(&id), "{id}");
    id
}

async fn client_ids_from_rest(room: Room) {
    let posted = id_of(&http::request(&room.addr, "POST", "/api/clients", &[], "").await);
    let got = id_of(&room.get("/api/clients").await);
    assert_ne!(posted, got);
    let mut one = client(&room, &posted.to_string()).await;
    let mut other = client(&room, &got.to_string()).await;
    nothing_else(&mut one, &posted.to_string(), &mut other).await;
}

async fn echo_and_broadcast(room: Room) {
    let (mut one, mut two) = (client(&room, "1").await, client(&room, "2").await);
    one.send("hello").await;
    one.expect("You wrote: hello").await;
    two.expect("Client #1 says: hello").await;
    nothing_else(&mut two, "2", &mut one).await;
}

async fn leaving_is_told(room: Room) {
    let mut one = client(&room, "1").await;
    let two = client(&room, "2").await;
    two.close().await;
    one.expect("Client #2 left the chat").await;
    client(&room, "3").await.cut();
    one.expect("Client #3 left the chat").await;
    client(&room, "4").await.hang_up();
    one.expect("Client #4 left the chat").await;
    let mut five = client(&room, "5").await;
    nothing_else(&mut five, "5", &mut one).await;
}

async fn text_arrives_unchanged(room: Room) {
    let (mut one, mut two) = (client(&room, "1").await, client(&room, "2").await);
    let long = "a".repeat(50_000);
    let texts = [
        "héllo 😀",
        "",
        "{\"bad json",
        "<script>x</script>",
        &long,
        "  blanks \t kept\n\n ",
        "\u{0}\u{7}\u{7f}",
        "/quit",
        "Client #9 left the chat",
        "{\"type\":\"HELLO\"}",
    ];
    for text in texts {
        one.send(text).await;
        one.expect(&format!("You wrote: {text}")).await;
        two.expect(&format!("Client #1 says: {text}")).await;
    }
}

async fn one_id_twice(room: Room) {
    let mut first = client(&room, "1").await;
    let mut second = client(&room, "1").await;
    nothing_else(&mut first, "1", &mut second).await;
    nothing_else(&mut second, "1", &mut first).await;
    let mut watcher = client(&room, "2").await;
    first.close().await;
    second.expect("Client #1 left the chat").await;
    watcher.expect("Client #1 left the chat").await;
    nothing_else(&mut second, "1", &mut watcher).await;
    second.close().await;
    watcher.expect("Client #1 left the chat").await;
}

async fn ids_in_the_path(room: Room) {
    for path in ["/ws/abc", "/ws/1.5", "/ws/5/", "/ws/"] {
        http::upgrade(&room.addr, path, &[])
            .await
            .expect_status(403);
    }
    let mut watcher = client(&room, "1").await;
    for (written, shown) in [("-7", "-7"), ("007", "7")] {
        let mut socket = client(&room, written).await;
        nothing_else(&mut socket, shown, &mut watcher).await;
        socket.close().await;
        watcher
            .expect(&format!("Client #{shown} left the chat"))
            .await;
    }
}

async fn binary_ends_its_sender_only(room: Room) {
    let mut one = client(&room, "1").await;
    let mut two = client(&room, "2").await;
    let mut three = client(&room, "3").await;
    two.send_binary(b"hello").await;
    two.expect_close(1003, None).await;
    one.expect("Client #2 left the chat").await;
    three.expect("Client #2 left the chat").await;
    nothing_else(&mut one, "1", &mut three).await;
    nothing_else(&mut three, "3", &mut one).await;
}

async fn echo_all(room: Room) {
    let mut one = client(&room, "1?echo=all").await;
    let mut two = client(&room, "2").await;
    one.send("x").await;
    one.expect("You wrote: x").await;
    one.expect("Client #1 says: x").await;
    two.expect("Client #1 says: x").await;
    two.send("y").await;
    one.expect("Client #2 says: y").await;
    two.expect("You wrote: y").await;
    nothing_else(&mut two, "2", &mut one).await;
}

async fn refused_frames(room: Room) {
    let mut one = client(&room, "1").await;
    let mut two = client(&room, "2").await;
    two.send_text_bytes(b"caf\xe9").await;
    two.expect_close(1007, None).await;
    one.expect("Client #2 left the chat").await;
    let mut three = client(&room, "3").await;
    three.try_send(&"x".repeat(64 * 1024 + 1)).await;
    three.expect_close(1009, None).await;
    one.expect("Client #3 left the chat").await;
    let mut four = client(&room, "4").await;
    nothing_else(&mut four, "4", &mut one).await;
}

async fn leave_comes_after_the_last_text(room: Room) {
    let mut one = client(&room, "1").await;
    let mut two = client(&room, "2").await;
    for n in 0..200 {
        two.send(&n.to_string()).await;
    }
    two.close().await;
    for n in 0..200 {
        one.expect(&format!("Client #2 says: {n}")).await;
    }
    one.expect("Client #2 left the chat").await;
}

async fn big_and_signed_ids(room: Room) {
    let mut watcher = client(&room, "1").await;
    let rows = [
        ("999999999999999999", "999999999999999999"),
        ("-999999999999999999", "-999999999999999999"),
        ("-0", "0"),
        ("000000000000000012", "12"),
    ];
    for (written, shown) in rows {
        let mut socket = client(&room, written).await;
        nothing_else(&mut socket, shown, &mut watcher).await;
        socket.close().await;
        watcher
            .expect(&format!("Client #{shown} left the chat"))
            .await;
    }
    for path in [
        "/ws/1000000000000000000",
        "/ws/--1",
        "/ws/-",
        "/ws/+1",
        "/ws/1%20",
        "/ws/%D9%A1",
        "/ws/1/2",
    ] {
        http::upgrade(&room.addr, path, &[])
            .await
            .expect_status(403);
    }
}

async fn ids_are_not_handed_out_twice(room: Room) {
    let mut seen = std::collections::HashSet::<i64>::new();
    let first = id_of(&room.get("/api/clients").await);
    seen.insert(first);
    let mut ours = Vec::new();
    for next in first + 1..first + 20 {
        ours.push(client(&room, &next.to_string()).await);
        seen.insert(next);
    }
    for _ in 0..20 {
        let id = id_of(&room.get("/api/clients").await);
        assert!(seen.insert(id), "{id} is in use or was handed out before");
    }
    let text: Value = ours.len().into();
    assert_eq!(text, 19);
}
