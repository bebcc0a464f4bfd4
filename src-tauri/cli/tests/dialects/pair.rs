//! `pair`, section 6.

pub(crate) mod rules;

use serde_json::{Value, json};

use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};

cases! {
    "pair_01_first_and_second_public", Setup::ANY, first_and_second_public;
    "pair_02_message_reaches_both_whole", Setup::ANY, message_reaches_both_whole;
    "pair_03_text_form_beside_json", Setup::ANY, text_form_beside_json;
    "pair_04_leaving_public", Setup::ANY, leaving_public;
    "pair_05_private_pairs", Setup::ANY, private_pairs;
    "pair_06_free_places_are_filled", Setup::ANY, free_places_are_filled;
    "pair_07_the_choice_is_even", Setup::ANY, the_choice_is_even;
    "pair_08_bad_json_ends_its_sender_only", Setup::ANY, bad_json_ends_its_sender_only;
}

const WELCOME: &str = "Welcome to the chat room!";
const JOINED: &str = "Someone joined the chat!";
const LEFT: &str = "Someone left the chat!";

/// A public client of the JSON form that is the `count`th.
pub(crate) async fn public(room: &Room, count: usize) -> Socket {
    let mut socket = room.socket("/chat/public").await;
    socket
        .expect_json(json!({"counter": count.to_string()}))
        .await;
    socket.expect_json(json!({"greeting": WELCOME})).await;
    socket
}

/// A private client of the JSON form.
pub(crate) async fn private(room: &Room, name: &str) -> Socket {
    let mut socket = room.socket("/chat/private").await.named(name);
    socket.expect_json(json!({"greeting": WELCOME})).await;
    socket
}

/// A pair: two private clients that found each other, nobody else waiting.
async fn two(room: &Room, names: [&str; 2]) -> [Socket; 2] {
    let mut first = private(room, names[0]).await;
    let second = private(room, names[1]).await;
    first.expect_json(json!({"greeting": JOINED})).await;
    [first, second]
}

pub(crate) fn says(name: &str, text: &str) -> Value {
    json!({"username": name, "message": text})
}

/// `from` writes, and exactly itself and `to` get it next.
async fn only_between(from: &mut Socket, to: &mut Socket, text: &str) {
    from.send_json(says("x", text)).await;
    from.expect_json(says("x", text)).await;
    to.expect_json(says("x", text)).await;
}

/// A lone client hears itself next.
async fn hears_itself(socket: &mut Socket, text: &str) {
    socket.send_json(says("x", text)).await;
    socket.expect_json(says("x", text)).await;
}

async fn expect_left(socket: &mut Socket) {
    socket.expect_json(json!({"message": LEFT})).await;
}

async fn first_and_second_public(room: Room) {
    let mut first = public(&room, 1).await;
    let mut second = public(&room, 2).await;
    first.expect_json(json!({"counter": "2"})).await;
    first.expect_json(json!({"greeting": JOINED})).await;
    only_between(&mut first, &mut second, "marker").await;
}

async fn message_reaches_both_whole(room: Room) {
    let mut first = public(&room, 1).await;
    let mut second = public(&room, 2).await;
    first.expect_json(json!({"counter": "2"})).await;
    first.expect_json(json!({"greeting": JOINED})).await;
    let frame = json!({"username": "example_username", "message": "example_message", "extra": 1});
    second.send_json(frame.clone()).await;
    first.expect_json(frame.clone()).await;
    second.expect_json(frame).await;
    only_between(&mut first, &mut second, "marker").await;
}

async fn text_form_beside_json(room: Room) {
    let mut text = room
        .socket("/chat/public?format=text")
        .await
        .named("text form");
    text.expect(JOINED).await;
    let mut with_json = room
        .socket("/chat/public?format=json")
        .await
        .named("JSON form");
    with_json.expect_json(json!({"counter": "2"})).await;
    with_json.expect_json(json!({"greeting": WELCOME})).await;
    text.expect(JOINED).await;
    let frame = says("example_username", "example_message");
    for turn in 0..2 {
        let sender = if turn == 0 { &mut text } else { &mut with_json };
        sender.send_json(frame.clone()).await;
        text.expect("example_username> example_message").await;
        with_json.expect_json(frame.clone()).await;
    }
    with_json.close().await;
    text.expect(LEFT).await;
    text.send_json(frame).await;
    text.expect("example_username> example_message").await;
}

async fn leaving_public(room: Room) {
    let mut first = public(&room, 1).await;
    let ways: [fn(Socket); 2] = [Socket::cut, Socket::hang_up];
    for way in 0..3 {
        let second = public(&room, 2).await;
        first.expect_json(json!({"counter": "2"})).await;
        first.expect_json(json!({"greeting": JOINED})).await;
        match ways.get(way) {
            Some(drop) => drop(second),
            None => second.close().await,
        }
        first.expect_json(json!({"counter": "1"})).await;
        expect_left(&mut first).await;
    }
    hears_itself(&mut first, "marker").await;
}

async fn private_pairs(room: Room) {
    let [mut p1, mut p2] = two(&room, ["p1", "p2"]).await;
    let [mut p3, mut p4] = two(&room, ["p3", "p4"]).await;
    let mut p5 = private(&room, "p5").await;
    only_between(&mut p1, &mut p2, "from p1").await;
    hears_itself(&mut p5, "from p5").await;
    only_between(&mut p4, &mut p3, "from p4").await;
    only_between(&mut p2, &mut p1, "from p2").await;
    hears_itself(&mut p5, "marker").await;
}

async fn free_places_are_filled(room: Room) {
    let [mut p1, p2] = two(&room, ["p1", "p2"]).await;
    let [p3, p4] = two(&room, ["p3", "p4"]).await;
    let mut p5 = private(&room, "p5").await;
    p2.close().await;
    expect_left(&mut p1).await;
    let mut p6 = private(&room, "p6").await;
    let mut p7 = private(&room, "p7").await;
    p1.expect_json(json!({"greeting": JOINED})).await;
    p5.expect_json(json!({"greeting": JOINED})).await;
    p6.send_json(says("p6", "here")).await;
    p6.expect_json(says("p6", "here")).await;
    let (mut with_p6, mut with_p7) = match first_of(&mut p1, &mut p5).await {
        (0, got) => (got == says("p6", "here")).then_some((p1, p5)),
        (_, got) => (got == says("p6", "here")).then_some((p5, p1)),
    }
    .expect("it is p6's frame");
    only_between(&mut p7, &mut with_p7, "from p7").await;
    p3.close().await;
    p4.cut();
    only_between(&mut p6, &mut with_p6, "marker").await;
    only_between(&mut with_p7, &mut p7, "marker").await;
}

/// Which of two hears something first, and what.
async fn first_of(one: &mut Socket, other: &mut Socket) -> (usize, Value) {
    tokio::select! {
        got = one.json() => (0, got),
        got = other.json() => (1, got),
    }
}

async fn the_choice_is_even(room: Room) {
    let [mut p1, p2] = two(&room, ["p1", "p2"]).await;
    let [mut p3, p4] = two(&room, ["p3", "p4"]).await;
    p2.close().await;
    expect_left(&mut p1).await;
    p4.close().await;
    expect_left(&mut p3).await;
    let mut chosen = [0_u32; 2];
    for _ in 0..200 {
        let joiner = private(&room, "joiner").await;
        let (which, told) = first_of(&mut p1, &mut p3).await;
        assert_eq!(told, json!({"greeting": JOINED}));
        chosen[which] += 1;
        joiner.close().await;
        expect_left(if which == 0 { &mut p1 } else { &mut p3 }).await;
    }
    assert!(
        chosen.iter().all(|times| (70..=130).contains(times)),
        "{chosen:?}"
    );
}

async fn bad_json_ends_its_sender_only(room: Room) {
    let mut first = public(&room, 1).await;
    let mut second = public(&room, 2).await;
    first.expect_json(json!({"counter": "2"})).await;
    first.expect_json(json!({"greeting": JOINED})).await;
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    for bad in ["{bad", "", "nul", "{\"a\":1}{", &deep] {
        let mut sender = public(&room, 3).await;
        for other in [&mut first, &mut second] {
            other.expect_json(json!({"counter": "3"})).await;
            other.expect_json(json!({"greeting": JOINED})).await;
        }
        sender.send(bad).await;
        sender.expect_close(1007, Some("Invalid JSON")).await;
        for other in [&mut first, &mut second] {
            other.expect_json(json!({"counter": "2"})).await;
            expect_left(other).await;
        }
        only_between(&mut first, &mut second, "marker").await;
        only_between(&mut second, &mut first, "marker").await;
    }
    public(&room, 3).await;
}
