//! `fastchat`, the nested form: what its rules say beyond the acceptance cases.

use serde_json::{Value, json};

use super::nested::{two, two_in_a_chat};
use super::{
    enter_nested, nested, nested_delivered, nested_error, nested_hello, nested_open, nested_opened,
    nested_presence, nothing_nested, person, write_nested,
};
use crate::support::room::Room;
use crate::table::{Setup, cases};

cases! {
    "fastchat_rules_nested_error_table", Setup::ANY, error_table;
    "fastchat_rules_nested_hello_again", Setup::ANY, hello_again;
    "fastchat_rules_nested_open_again_tells_the_opener_only", Setup::ANY, open_again;
    "fastchat_rules_nested_typing_partner", Setup::ANY, typing_partner;
    "fastchat_rules_nested_ids_are_lower_case", Setup::ANY, ids_are_lower_case;
    "fastchat_rules_nested_all_connections_hear", Setup::ANY, all_connections_hear;
    "fastchat_rules_nested_chat_outlives_a_restart", Setup::FRESH, chat_outlives_a_restart;
    "fastchat_rules_pings_are_limited", Setup::RATES, pings_are_limited;
    "fastchat_rules_twenty_are_held", Setup::ANY, twenty_are_held;
}

async fn error_table(room: Room) {
    let (ann, mut a, bob, mut b) = two_in_a_chat(&room).await;
    let rows = [
        ("{bad".to_owned(), "VALIDATION", None),
        ("5".to_owned(), "VALIDATION", None),
        ("[]".to_owned(), "VALIDATION", None),
        (json!({"data": {}}).to_string(), "VALIDATION", None),
        (nested("NOPE", json!({})).to_string(), "VALIDATION", None),
        (nested("MSG", json!([])).to_string(), "VALIDATION", None),
        (
            nested("MSG", json!({"content": "hi"})).to_string(),
            "VALIDATION",
            Some("to"),
        ),
        (
            nested("MSG", json!({"to": "x", "content": "hi"})).to_string(),
            "VALIDATION",
            Some("to"),
        ),
        (
            nested("MSG", json!({"to": bob.id})).to_string(),
            "VALIDATION",
            Some("content"),
        ),
        (
            nested("MSG", json!({"to": bob.id, "content": 5})).to_string(),
            "VALIDATION",
            Some("content"),
        ),
        (
            nested("TYPING", json!({})).to_string(),
            "VALIDATION",
            Some("is_typing"),
        ),
        (
            nested("TYPING", json!({"is_typing": "yes"})).to_string(),
            "VALIDATION",
            Some("is_typing"),
        ),
        (
            nested("OPEN_CHAT", json!({})).to_string(),
            "VALIDATION",
            Some("target_user_id"),
        ),
        (
            nested("OPEN_CHAT", json!({"target_user_id": "x"})).to_string(),
            "VALIDATION",
            Some("target_user_id"),
        ),
        (
            nested("OPEN_CHAT", json!({"target_user_id": ann.id})).to_string(),
            "VALIDATION",
            Some("target_user_id"),
        ),
    ];
    for (frame, code, field) in rows {
        a.send(&frame).await;
        let error = a.expect_json(nested_error(code, json!("<any>"))).await;
        assert!(error["data"]["details"].is_object(), "{frame}: {error}");
        if let Some(field) = field {
            assert_eq!(error["data"]["details"]["field"], field, "{frame}");
        }
    }
    a.send_binary(b"{}").await;
    a.expect_json(nested_error("VALIDATION", json!("<any>")))
        .await;
    a.send_json(nested("MSG_ACK", json!({"message_id": "unknown"})))
        .await;
    a.send_json(nested("PONG", json!({}))).await;
    a.send_json(json!({"type": "PING"})).await;
    a.expect_json(nested("PONG", json!({"timestamp": "<ms>"})))
        .await;
    nothing_nested(&mut b).await;
}

async fn hello_again(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    let mut renamed = ann.clone();
    "Anna".clone_into(&mut renamed.name);
    a.send_json(nested_hello(&renamed)).await;
    a.expect_json(nested(
        "HELLO_ACK",
        json!({"user_id": ann.id, "status": "connected"}),
    ))
    .await;
    a.expect_json(nested_presence(&[&renamed, &bob])).await;
    b.expect_json(nested_presence(&[&renamed, &bob])).await;
    a.send_json(nested_hello(&person("Other"))).await;
    a.expect_json(nested_error("VALIDATION", json!("<any>")))
        .await;
    nothing_nested(&mut a).await;
    nothing_nested(&mut b).await;
}

async fn open_again(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    let chat_id = super::open_nested(&mut a, &ann, &mut b, &bob).await;
    a.send_json(nested_open(&bob)).await;
    let again = a.json().await;
    assert_eq!(again["data"]["chat_id"], chat_id);
    assert_eq!(again["data"]["target_user_id"], Value::from(bob.id.clone()));
    nothing_nested(&mut b).await;
    b.send_json(nested_open(&ann)).await;
    let again = b.json().await;
    assert_eq!(again["data"]["chat_id"], chat_id);
    assert_eq!(again["data"]["target_user_id"], Value::from(ann.id.clone()));
    nothing_nested(&mut a).await;
}

async fn typing_partner(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    a.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    a.expect_json(nested_error("CHAT_NOT_OPENED", json!("<any>")))
        .await;
    let dan = person("Dan");
    let mut d = enter_nested(&room, &dan, &[&ann, &bob, &dan]).await;
    for socket in [&mut a, &mut b] {
        socket
            .expect_json(nested_presence(&[&ann, &bob, &dan]))
            .await;
    }
    super::open_nested(&mut a, &ann, &mut b, &bob).await;
    super::open_nested(&mut d, &dan, &mut a, &ann).await;
    write_nested(&mut d, &dan, &mut a, &ann, "hi").await;
    // Hers is the chat in which she last opened or wrote: Bob's.
    let typing =
        |who: &super::Person| nested("TYPING", json!({"user_id": who.id, "is_typing": true}));
    a.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    b.expect_json(typing(&ann)).await;
    // Bob never opened or wrote: his is the one opened with him.
    b.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    a.expect_json(typing(&bob)).await;
    write_nested(&mut a, &ann, &mut d, &dan, "to Dan").await;
    a.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    d.expect_json(typing(&ann)).await;
    nothing_nested(&mut b).await;
}

async fn ids_are_lower_case(room: Room) {
    let ann = person("Ann");
    let mut socket = room.socket("/ws").await;
    let hello = json!({"user_id": ann.id.to_uppercase(), "display_name": "Ann"});
    socket.send_json(nested("HELLO", hello)).await;
    socket
        .expect_json(nested(
            "HELLO_ACK",
            json!({"user_id": ann.id, "status": "connected"}),
        ))
        .await;
    socket.expect_json(nested_presence(&[&ann])).await;
    let bob = person("Bob");
    let mut b = enter_nested(&room, &bob, &[&ann, &bob]).await;
    socket.expect_json(nested_presence(&[&ann, &bob])).await;
    b.send_json(nested(
        "OPEN_CHAT",
        json!({"target_user_id": ann.id.to_uppercase()}),
    ))
    .await;
    let told = b
        .expect_json(nested_opened(&json!("<uuid4>"), &bob, &ann, &ann))
        .await;
    socket
        .expect_json(nested_opened(&told["data"]["chat_id"], &bob, &ann, &bob))
        .await;
}

async fn all_connections_hear(room: Room) {
    let (ann, mut a, bob, mut b1) = two_in_a_chat(&room).await;
    let mut b2 = enter_nested(&room, &bob, &[&ann, &bob]).await;
    a.send_json(super::nested_msg(&bob, "to both", "m-1")).await;
    for socket in [&mut b1, &mut b2] {
        let wanted = nested_delivered(&ann, &bob, "to both", "m-1");
        socket.json_until(wanted).await;
    }
    a.json_until(super::nested_ack("m-1")).await;
    a.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    for socket in [&mut b1, &mut b2] {
        socket
            .json_until(nested(
                "TYPING",
                json!({"user_id": ann.id, "is_typing": true}),
            ))
            .await;
    }
    b1.send_json(super::nested_msg(&ann, "back", "m-2")).await;
    let (_, _) = a
        .json_until(nested_delivered(&bob, &ann, "back", "m-2"))
        .await;
    b1.json_until(super::nested_ack("m-2")).await;
    nothing_nested(&mut b2).await;
}

async fn chat_outlives_a_restart(mut room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    let chat_id = super::open_nested(&mut a, &ann, &mut b, &bob).await;
    write_nested(&mut a, &ann, &mut b, &bob, "before").await;
    room.restart();
    a.expect_close(1001, None).await;
    b.expect_close(1001, None).await;
    let mut a = enter_nested(&room, &ann, &[&ann]).await;
    let mut b = enter_nested(&room, &bob, &[&ann, &bob]).await;
    a.expect_json(nested_presence(&[&ann, &bob])).await;
    write_nested(&mut a, &ann, &mut b, &bob, "after").await;
    a.send_json(nested_open(&bob)).await;
    assert_eq!(a.json().await["data"]["chat_id"], chat_id);
    nothing_nested(&mut b).await;
}

async fn pings_are_limited(room: Room) {
    let ann = person("Ann");
    let mut a = enter_nested(&room, &ann, &[&ann]).await;
    for _ in 0..30 {
        nothing_nested(&mut a).await;
    }
    a.send_json(nested("PING", json!({}))).await;
    a.expect_json(super::nested::limited(json!({"retry_after_ms": "<int>"})))
        .await;
}

async fn twenty_are_held(room: Room) {
    let (ann, mut a, bob, b) = two_in_a_chat(&room).await;
    b.close().await;
    a.expect_json(nested_presence(&[&ann])).await;
    for n in 0..21 {
        a.send_json(super::nested_msg(&bob, "held", &format!("m-{n}")))
            .await;
    }
    a.expect_json(nested_error(
        "MESSAGE_FAILED",
        json!({"message_id": "m-20"}),
    ))
    .await;
    let mut b = enter_nested(&room, &bob, &[&ann, &bob]).await;
    for n in 0..20 {
        b.expect_json(nested_delivered(&ann, &bob, "held", &format!("m-{n}")))
            .await;
    }
    for n in 0..20 {
        a.json_until(super::nested_ack(&format!("m-{n}"))).await;
    }
}
