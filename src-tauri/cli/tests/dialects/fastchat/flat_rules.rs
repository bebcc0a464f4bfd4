//! `fastchat`, the flat form and its REST: what the rules say beyond the acceptance cases.

use serde_json::json;

use super::flat::{two, two_in_a_chat};
use super::{
    Person, enter_flat, flat_delivered, flat_error, flat_hello, flat_hello_ack, flat_msg,
    flat_open, flat_presence, nothing_flat, person, write_flat,
};
use crate::support::http;
use crate::support::room::Room;
use crate::table::{Setup, cases};

cases! {
    "fastchat_rules_flat_error_table", Setup::ANY, error_table;
    "fastchat_rules_flat_hello_fields", Setup::ANY, hello_fields;
    "fastchat_rules_flat_second_connection_is_silent", Setup::ANY, second_connection_is_silent;
    "fastchat_rules_flat_message_makes_the_chat_current", Setup::ANY, message_makes_the_chat_current;
    "fastchat_rules_rest_heartbeat", Setup::FRESH, rest_heartbeat;
    "fastchat_rules_rest_entries_expire", Setup::FRESH, rest_entries_expire;
    "fastchat_rules_rest_lists_the_connected", Setup::FRESH, rest_lists_the_connected;
    "fastchat_rules_direct_chat_with_a_member", Setup::ANY, direct_chat_with_a_member;
    "fastchat_rules_direct_chat_with_a_flat_user", Setup::ANY, direct_chat_with_a_flat_user;
}

async fn error_table(room: Room) {
    let (ann, mut a, _bob, mut b) = two_in_a_chat(&room).await;
    let supported = "Supported types: HELLO, OPEN_CHAT, MSG, MSG_ACK, TYPING, PING, PONG";
    let unknown = format!("Unknown message type: NOPE. {supported}");
    let long = json!({"type": "MSG", "content": "é".repeat(1_001)}).to_string();
    let own = flat_open(&ann).to_string();
    let nobody = flat_open(&person("nobody")).to_string();
    let rows: [(&str, &str, &str); 12] = [
        ("{bad", "INVALID_JSON", "Invalid JSON format"),
        ("5", "INVALID_MESSAGE", "Message type is required"),
        ("{}", "INVALID_MESSAGE", "Message type is required"),
        (r#"{"type":"NOPE"}"#, "UNKNOWN_MESSAGE_TYPE", &unknown),
        (
            r#"{"type":"MSG","content":""}"#,
            "VALIDATION",
            "Message content cannot be empty",
        ),
        (
            &long,
            "VALIDATION",
            "Message content cannot exceed 1000 characters",
        ),
        (&nobody, "USER_NOT_FOUND", "Target user is not online"),
        (r#"{"type":"OPEN_CHAT"}"#, "INVALID_OPEN_CHAT", "<words>"),
        (
            r#"{"type":"OPEN_CHAT","target_user_id":"x"}"#,
            "INVALID_OPEN_CHAT",
            "<words>",
        ),
        (&own, "INVALID_OPEN_CHAT", "<words>"),
        (
            r#"{"type":"MSG_ACK"}"#,
            "INVALID_MSG_ACK",
            "Message ID is required for MSG_ACK",
        ),
        ("", "INVALID_JSON", "Invalid JSON format"),
    ];
    for (frame, code, words) in rows {
        a.send(frame).await;
        a.expect_json(flat_error(code, words, json!(null))).await;
    }
    a.send_binary(b"{}").await;
    a.expect_json(flat_error(
        "INVALID_JSON",
        "Invalid JSON format",
        json!(null),
    ))
    .await;
    let name = format!("X{}", "q".repeat(300));
    a.send_json(json!({"type": name})).await;
    let error = a.json().await;
    let repeated = error["message"]
        .as_str()
        .expect("text")
        .matches('q')
        .count();
    assert!(
        repeated <= 100,
        "{repeated} characters of the client's text"
    );
    let ack =
        json!({"type": "MSG_ACK", "message_id": "x", "status": "received", "timestamp": "now"});
    for frame in [ack, json!({"type": "PONG"}), flat_hello(&ann)] {
        a.send_json(frame).await;
    }
    nothing_flat(&mut a).await;
    nothing_flat(&mut b).await;
    write_flat(&mut a, &ann, &mut b, &"é".repeat(1_000)).await;
    write_flat(&mut a, &ann, &mut b, " ").await;
}

async fn hello_fields(room: Room) {
    let good = person("A");
    for (field, value) in [
        ("display_name", json!("")),
        ("display_name", json!("x".repeat(101))),
        ("display_name", json!(5)),
        ("user_id", json!("test-123")),
    ] {
        let mut socket = room.socket("/ws").await.named(field);
        let mut hello = flat_hello(&good);
        hello[field] = value;
        socket.send_json(hello).await;
        socket
            .expect_json(flat_error("VALIDATION", "<words>", json!(null)))
            .await;
        let made = person("Corrected");
        socket.send_json(flat_hello(&made)).await;
        socket.expect_json(flat_hello_ack(&made)).await;
        assert_eq!(socket.json().await["type"], "PRESENCE");
    }
    let mut socket = room.socket("/ws").await;
    socket
        .send_json(json!({"type": "HELLO", "display_name": "x".repeat(100)}))
        .await;
    let ack =
        json!({"type": "HELLO_ACK", "user_id": "<uuid>", "message": "Connected successfully"});
    socket.expect_json(ack).await;
    let version_one = Person {
        id: "6ba7b810-9dad-11d1-80b4-00c04fd430c8".to_owned(),
        name: "One".to_owned(),
    };
    let mut socket = room.socket("/ws").await;
    socket.send_json(flat_hello(&version_one)).await;
    socket.expect_json(flat_hello_ack(&version_one)).await;
}

async fn second_connection_is_silent(room: Room) {
    let (ann, mut a, bob, b1) = two_in_a_chat(&room).await;
    let mut b2 = room.socket("/ws").await.named("Bob's second");
    b2.send_json(flat_hello(&bob)).await;
    b2.expect_json(flat_hello_ack(&bob)).await;
    b2.json_until(flat_presence(&[&ann], "connect")).await;
    nothing_flat(&mut a).await;
    b1.close().await;
    write_flat(&mut a, &ann, &mut b2, "older one is gone").await;
    nothing_flat(&mut a).await;
    b2.close().await;
    a.expect_json(flat_presence(&[&bob], "disconnect")).await;
    nothing_flat(&mut a).await;
}

async fn message_makes_the_chat_current(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    let dan = person("Dan");
    let mut d = enter_flat(&room, &dan, &[&ann, &bob]).await;
    for socket in [&mut a, &mut b] {
        socket.expect_json(flat_presence(&[&dan], "connect")).await;
    }
    super::open_flat(&mut a, &ann, &mut b, &bob).await;
    // Dan's chat with Ann is Dan's current one; Bob has his with Ann.
    d.send_json(flat_open(&bob)).await;
    assert_eq!(d.json().await["type"], "CHAT_OPENED");
    d.send_json(flat_msg("hello Bob")).await;
    b.expect_json(flat_delivered(&dan, "hello Bob")).await;
    assert_eq!(d.json().await["status"], "delivered");
    write_flat(&mut b, &bob, &mut a, "to Ann").await;
    nothing_flat(&mut d).await;
}

async fn heartbeat(room: &Room, body: &str) -> http::Answer {
    let json = [("Content-Type", "application/json")];
    http::request(&room.addr, "POST", "/presence/heartbeat", &json, body).await
}

async fn rest_heartbeat(room: Room) {
    for body in [
        "{bad",
        "{}",
        "[]",
        r#"{"display_name":""}"#,
        r#"{"display_name":5}"#,
    ] {
        let answer = heartbeat(&room, body).await;
        answer.expect_status(422);
        let detail = &answer.json()["detail"][0];
        assert!(detail["msg"].is_string(), "{detail}");
        assert_eq!(detail["loc"][0], "body", "{detail}");
        assert!(detail["type"].is_string(), "{detail}");
    }
    let long = json!({"display_name": "x".repeat(101)}).to_string();
    let answer = heartbeat(&room, &long).await;
    answer.expect_status(422);
    assert_eq!(
        answer.json()["detail"][0]["loc"],
        json!(["body", "display_name"])
    );
    let ann = person("Ann");
    let _socket = enter_flat(&room, &ann, &[]).await;
    let renamed = json!({"display_name": "Not Ann", "user_id": ann.id}).to_string();
    heartbeat(&room, &renamed).await.expect_status(200);
    let online = room.get("/presence/online").await.json();
    assert_eq!(online["count"], 1);
    assert_eq!(online["users"][0]["display_name"], "Ann");
    for _ in 0..2 {
        heartbeat(&room, r#"{"display_name":"By name"}"#)
            .await
            .expect_status(200);
    }
    let online = room.get("/presence/online").await.json();
    assert_eq!(online["count"], 2);
    let has = |name: &str| (0..2).any(|n| online["users"][n]["display_name"] == name);
    assert!(has("Ann") && has("By name"), "{online}");
}

/// The contract's 30 s are waited for.
async fn rest_entries_expire(room: Room) {
    heartbeat(&room, r#"{"display_name":"Soon gone"}"#)
        .await
        .expect_status(200);
    let count = async || room.get("/presence/online").await.json()["count"].clone();
    assert_eq!(count().await, 1);
    tokio::time::sleep(std::time::Duration::from_secs(31)).await;
    assert_eq!(count().await, 0);
}

async fn rest_lists_the_connected(room: Room) {
    let none = room.get("/presence/online").await;
    assert_eq!(
        none.expect_status(200).json(),
        json!({"users": [], "count": 0})
    );
    let (ann, a, bob, _b) = two(&room).await;
    let online = room.get("/presence/online").await.json();
    assert_eq!(online["count"], 2);
    let ids: Vec<_> = [0, 1]
        .map(|n| online["users"][n]["user_id"].clone())
        .to_vec();
    assert_eq!(ids, [bob.id.clone(), ann.id.clone()], "newest first");
    a.close().await;
    let only_bob = async || {
        let online = room.get("/presence/online").await.json();
        online["count"] == 1 && online["users"][0]["user_id"] == bob.id.as_str()
    };
    crate::support::until("Ann is gone", only_bob).await;
}

async fn direct_chat_with_a_member(room: Room) {
    let mut desk = room.member("Desk", &[]).await;
    let member = Person {
        id: desk.user_id.clone(),
        name: "Desk".to_owned(),
    };
    let ann = person("Ann");
    let mut a = super::enter_nested(&room, &ann, &[&member, &ann]).await;
    a.send_json(super::nested_open(&member)).await;
    a.expect_json(super::nested_opened(
        &json!("<uuid4>"),
        &ann,
        &member,
        &member,
    ))
    .await;
    a.send_json(super::nested_msg(&member, "hello <b>desk</b>", "m-1"))
        .await;
    a.expect_json(super::nested_ack("m-1")).await;
    let got = desk.expect_message("Ann", "fastchat", "hello desk").await;
    assert_eq!(got["from"], ann.id);
    desk.post_to(&ann.id, "hello Ann").await;
    let got = a.json().await;
    assert_eq!(got["type"], "MSG");
    assert_eq!(got["data"]["from"], desk.user_id);
    assert_eq!(got["data"]["content"], "hello Ann");
}

async fn direct_chat_with_a_flat_user(room: Room) {
    let mut desk = room.member("Desk", &[]).await;
    let member = Person {
        id: desk.user_id.clone(),
        name: "Desk".to_owned(),
    };
    let bob = person("Bob");
    let mut b = enter_flat(&room, &bob, &[&member]).await;
    desk.post_to(&bob.id, "hello Bob").await;
    let mut hello = flat_delivered(&member, "hello Bob");
    // The id is the member's, who may use any version.
    hello["message_id"] = json!("<uuid>");
    b.json_until(hello).await;
    // The message made the chat current: the answer needs no OPEN_CHAT.
    b.send_json(flat_msg("hello <b>desk</b>")).await;
    assert_eq!(b.json().await["status"], "delivered");
    let got = desk
        .expect_message("Bob", "fastchat", "hello <b>desk</b>")
        .await;
    assert_eq!(got["from"], bob.id);
}
