//! `fastchat`, the flat form of the shipped client: acceptance cases 10 to 17.

use std::time::Duration;

use serde_json::json;

use super::{
    Person, enter_flat, enter_nested, flat_ack, flat_delivered, flat_error, flat_hello,
    flat_hello_ack, flat_msg, flat_open, flat_opened, flat_presence, nested, nested_ack,
    nested_delivered, nested_msg, nested_opened, nested_presence, nothing_flat, nothing_nested,
    open_flat, person, write_flat,
};
use crate::support::http;
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{PAGE, Setup, cases};

cases! {
    "fastchat_10_flat_hello_and_presence", Setup::ANY, hello_and_presence;
    "fastchat_11_flat_chat_and_answer", Setup::ANY, chat_and_answer;
    "fastchat_12_flat_current_chat_stays", Setup::ANY, current_chat_stays;
    "fastchat_13_flat_no_chat_and_after_a_restart", Setup::FRESH, no_chat_and_after_a_restart;
    "fastchat_14_flat_pending", Setup::ANY, pending;
    "fastchat_15_flat_typing_is_limited", Setup::RATES, typing_is_limited;
    "fastchat_16_flat_rest_from_a_listed_page", Setup::LISTED, rest_from_a_listed_page;
    "fastchat_17_nested_and_flat", Setup::ANY, nested_and_flat;
}

/// Two flat users, each told what it is told, without a chat.
pub(super) async fn two(room: &Room) -> (Person, Socket, Person, Socket) {
    let (ann, bob) = (person("A"), person("Bob"));
    let mut a = enter_flat(room, &ann, &[]).await;
    let b = enter_flat(room, &bob, &[&ann]).await;
    a.expect_json(flat_presence(&[&bob], "connect")).await;
    (ann, a, bob, b)
}

/// Two flat users in a chat that the first opened.
pub(super) async fn two_in_a_chat(room: &Room) -> (Person, Socket, Person, Socket) {
    let (ann, mut a, bob, mut b) = two(room).await;
    open_flat(&mut a, &ann, &mut b, &bob).await;
    (ann, a, bob, b)
}

async fn hello_and_presence(room: Room) {
    let ann = person("A");
    let mut a = room.socket("/ws").await;
    a.send_json(flat_hello(&ann)).await;
    a.expect_json(flat_hello_ack(&ann)).await;
    a.expect_json(json!({"type": "PRESENCE", "users": [], "action": "connect"}))
        .await;
    let bob = person("Bob");
    let b = enter_flat(&room, &bob, &[&ann]).await;
    a.expect_json(flat_presence(&[&bob], "connect")).await;
    b.close().await;
    a.expect_json(flat_presence(&[&bob], "disconnect")).await;
    nothing_flat(&mut a).await;
}

async fn chat_and_answer(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    open_flat(&mut a, &ann, &mut b, &bob).await;
    write_flat(&mut b, &bob, &mut a, "no OPEN_CHAT from me").await;
    write_flat(&mut a, &ann, &mut b, "<b>as sent</b> & more").await;
    a.send_json(json!({"type": "TYPING", "is_typing": true}))
        .await;
    let typing =
        json!({"type": "TYPING", "user_id": ann.id, "display_name": ann.name, "is_typing": true});
    b.expect_json(typing).await;
    nothing_flat(&mut a).await;
}

async fn current_chat_stays(room: Room) {
    let (ann, mut a, bob, mut b) = two_in_a_chat(&room).await;
    let dan = person("Dan");
    let mut d = enter_flat(&room, &dan, &[&ann, &bob]).await;
    for socket in [&mut a, &mut b] {
        socket.expect_json(flat_presence(&[&dan], "connect")).await;
    }
    d.send_json(flat_open(&ann)).await;
    let told = d
        .expect_json(flat_opened(&json!("<uuid4>"), &dan, &ann, &ann))
        .await;
    nothing_flat(&mut a).await;
    write_flat(&mut a, &ann, &mut b, "for Bob").await;
    nothing_flat(&mut d).await;
    write_flat(&mut d, &dan, &mut a, "from Dan").await;
    write_flat(&mut a, &ann, &mut b, "still for Bob").await;
    nothing_flat(&mut d).await;
    a.send_json(flat_open(&dan)).await;
    let again = a.json().await;
    assert_eq!(again["chat_id"], told["chat_id"]);
    assert_eq!(again["target_user_id"], dan.id);
    nothing_flat(&mut d).await;
    write_flat(&mut a, &ann, &mut d, "for Dan").await;
    nothing_flat(&mut b).await;
}

async fn no_chat_and_after_a_restart(mut room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    let refusal = flat_error(
        "NOT_IN_CHAT",
        "You are not currently in a chat",
        json!(null),
    );
    a.send_json(flat_msg("to whom?")).await;
    a.expect_json(refusal.clone()).await;
    a.send_json(json!({"type": "TYPING", "is_typing": true}))
        .await;
    a.expect_json(refusal).await;
    nothing_flat(&mut b).await;
    let chat_id = open_flat(&mut a, &ann, &mut b, &bob).await;
    write_flat(&mut a, &ann, &mut b, "before").await;
    room.restart();
    a.expect_close(1001, None).await;
    b.expect_close(1001, None).await;
    let mut a = enter_flat(&room, &ann, &[]).await;
    let mut b = room.socket("/ws").await;
    b.send_json(flat_hello(&bob)).await;
    b.expect_json(flat_hello_ack(&bob)).await;
    b.expect_json(flat_opened(&chat_id, &ann, &bob, &ann)).await;
    b.expect_json(flat_presence(&[&ann], "connect")).await;
    a.expect_json(flat_presence(&[&bob], "connect")).await;
    write_flat(&mut a, &ann, &mut b, "after").await;
    write_flat(&mut b, &bob, &mut a, "and back").await;
}

async fn pending(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    let chat_id = open_flat(&mut a, &ann, &mut b, &bob).await;
    b.cut();
    a.expect_json(flat_presence(&[&bob], "disconnect")).await;
    a.send_json(flat_msg("soon")).await;
    let ack = a.expect_json(flat_ack(&json!("<uuid4>"), "pending")).await;
    let mut b = room.socket("/ws").await.named("Bob again");
    b.send_json(flat_hello(&bob)).await;
    b.expect_json(flat_hello_ack(&bob)).await;
    b.expect_json(flat_opened(&chat_id, &ann, &bob, &ann)).await;
    b.expect_json(flat_presence(&[&ann], "connect")).await;
    let mut wanted = flat_delivered(&ann, "soon");
    wanted["message_id"] = ack["message_id"].clone();
    b.expect_json(wanted).await;
    let (mut before, _) = a
        .json_until(flat_ack(&ack["message_id"], "delivered"))
        .await;
    if before.is_empty() {
        before.push(a.json().await);
    }
    assert_eq!(before, [flat_presence(&[&bob], "connect")]);
    nothing_flat(&mut a).await;

    b.close().await;
    a.expect_json(flat_presence(&[&bob], "disconnect")).await;
    a.send_json(flat_msg("never")).await;
    let ack = a.expect_json(flat_ack(&json!("<uuid4>"), "pending")).await;
    let failed = |id: &serde_json::Value| {
        flat_error(
            "MESSAGE_FAILED",
            "Recipient is not online",
            json!({"message_id": id}),
        )
    };
    a.expect_json(failed(&ack["message_id"])).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    for _ in 0..2 {
        a.send_json(flat_msg("at once")).await;
        a.expect_json(failed(&json!("<uuid4>"))).await;
    }
    nothing_flat(&mut a).await;
}

async fn typing_is_limited(room: Room) {
    let (ann, mut a, _bob, mut b) = two_in_a_chat(&room).await;
    let typing = |is: bool| json!({"type": "TYPING", "user_id": ann.id, "display_name": ann.name, "is_typing": is});
    for _ in 0..12 {
        a.send_json(json!({"type": "TYPING", "is_typing": true}))
            .await;
    }
    for _ in 0..10 {
        b.expect_json(typing(true)).await;
    }
    b.expect_json(typing(false)).await;
    for _ in 0..2 {
        a.expect_json(flat_error(
            "RATE_LIMITED",
            "Rate limit exceeded",
            json!("<any>"),
        ))
        .await;
    }
    nothing_flat(&mut a).await;
    nothing_flat(&mut b).await;
    write_flat(&mut a, &ann, &mut b, "text goes on").await;
}

async fn rest_from_a_listed_page(room: Room) {
    let ours = [("Origin", PAGE), ("Content-Type", "application/json")];
    let preflight = [
        ("Origin", PAGE),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "content-type"),
    ];
    for path in ["/presence/heartbeat", "/presence/online", "/health"] {
        let answer = http::request(&room.addr, "OPTIONS", path, &preflight, "").await;
        answer.expect_status(200);
        expect_cors(&answer, true);
    }
    let (ann, bob) = (person("Ann"), person("Bob"));
    for who in [&ann, &bob] {
        let body = json!({"display_name": who.name, "user_id": who.id}).to_string();
        let answer = http::request(&room.addr, "POST", "/presence/heartbeat", &ours, &body).await;
        expect_cors(answer.expect_status(200), false);
        expect_entry(&answer.json(), &json!(who.id), &who.name);
    }
    let path = format!("/presence/online?exclude_user_id={}", ann.id);
    let answer = http::request(&room.addr, "GET", &path, &ours, "").await;
    expect_cors(answer.expect_status(200), false);
    let online = answer.json();
    assert_eq!(online["count"], 1);
    expect_entry(&online["users"][0], &json!(bob.id), "Bob");
    let body = json!({"display_name": "Test", "user_id": "test-user-123"}).to_string();
    let answer = http::request(&room.addr, "POST", "/presence/heartbeat", &ours, &body).await;
    expect_entry(&answer.expect_status(200).json(), &json!(null), "Test");
    for path in [
        "/presence/online",
        "/health",
        "/stats",
        "/api/health",
        "/api/history",
        "/api/clients",
    ] {
        let answer = http::request(&room.addr, "GET", path, &ours, "").await;
        expect_cors(answer.expect_status(200), false);
        let evil = [("Origin", "http://evil.example")];
        http::request(&room.addr, "GET", path, &evil, "")
            .await
            .expect_bare(403);
        http::request(&room.addr, "OPTIONS", path, &evil, "")
            .await
            .expect_bare(403);
    }
}

/// An entry of the REST presence.
fn expect_entry(entry: &serde_json::Value, user_id: &serde_json::Value, name: &str) {
    let shape = json!({
        "id": "<uuid>", "user_id": user_id, "display_name": name, "last_seen": "<us>", "status": "online",
    });
    crate::support::shape::fits(&shape, entry).unwrap_or_else(|why| panic!("{why} in {entry}"));
}

/// The CORS headers of section 9.5; a preflight has those about methods and headers too.
pub(super) fn expect_cors(answer: &http::Answer, is_preflight: bool) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(
        answer.header("access-control-allow-credentials"),
        Some("true")
    );
    let vary = answer
        .header("vary")
        .expect("a Vary header")
        .to_ascii_lowercase();
    assert!(
        vary.split(',').any(|name| name.trim() == "origin"),
        "{vary}"
    );
    if is_preflight {
        let methods = answer
            .header("access-control-allow-methods")
            .expect("methods");
        for method in ["GET", "POST", "OPTIONS"] {
            assert!(
                methods.split(',').any(|it| it.trim() == method),
                "{methods}"
            );
        }
        let headers = answer
            .header("access-control-allow-headers")
            .expect("headers");
        assert!(
            headers.to_ascii_lowercase().contains("content-type"),
            "{headers}"
        );
    }
}

async fn nested_and_flat(room: Room) {
    let (ann, bob) = (person("Ann"), person("Bob"));
    let mut a = enter_nested(&room, &ann, &[&ann]).await;
    let mut b = enter_flat(&room, &bob, &[&ann]).await;
    a.expect_json(nested_presence(&[&ann, &bob])).await;
    a.send_json(super::nested_open(&bob)).await;
    let told = a
        .expect_json(nested_opened(&json!("<uuid4>"), &ann, &bob, &bob))
        .await;
    b.expect_json(flat_opened(&told["data"]["chat_id"], &ann, &bob, &ann))
        .await;
    let id = uuid::Uuid::new_v4().to_string();
    a.send_json(nested_msg(&bob, "<b>hi</b> Bob", &id)).await;
    b.expect_json(flat_delivered(&ann, "hi Bob")).await;
    a.expect_json(nested_ack(&id)).await;
    b.send_json(flat_msg("<i>hi</i> Ann")).await;
    let got = a
        .expect_json(nested_delivered(&bob, &ann, "hi Ann", "<uuid4>"))
        .await;
    b.expect_json(flat_ack(&got["data"]["message_id"], "delivered"))
        .await;
    a.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    b.expect_json(
        json!({"type": "TYPING", "user_id": ann.id, "display_name": "Ann", "is_typing": true}),
    )
    .await;
    b.send_json(json!({"type": "TYPING", "is_typing": true}))
        .await;
    a.expect_json(nested(
        "TYPING",
        json!({"user_id": bob.id, "is_typing": true}),
    ))
    .await;
    // The other way round: a nested target always hears of the chat.
    let dan = person("Dan");
    let mut d = enter_flat(&room, &dan, &[&ann, &bob]).await;
    a.expect_json(nested_presence(&[&ann, &bob, &dan])).await;
    b.expect_json(flat_presence(&[&dan], "connect")).await;
    d.send_json(flat_open(&ann)).await;
    let told = d
        .expect_json(flat_opened(&json!("<uuid4>"), &dan, &ann, &ann))
        .await;
    a.expect_json(nested_opened(&told["chat_id"], &dan, &ann, &dan))
        .await;
    d.send_json(flat_msg("<br>")).await;
    assert_eq!(d.json().await["error_code"], "VALIDATION");
    nothing_nested(&mut a).await;
    nothing_flat(&mut b).await;
    d.close().await;
    a.expect_json(nested_presence(&[&ann, &bob])).await;
    b.expect_json(flat_presence(&[&dan], "disconnect")).await;
}
