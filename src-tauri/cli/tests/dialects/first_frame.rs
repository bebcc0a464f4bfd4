//! Section 2: on `/ws` the first text frame decides. One case a row.

use serde_json::{Value, json};

use crate::fastchat::{flat_hello, flat_hello_ack, nested, nested_hello, nested_presence, person};
use crate::support::http;
use crate::support::room::Room;
use crate::table::{Setup, cases};
use crate::topic::{Typed, Untyped, error, join, message_frame};

cases! {
    "first_frame_landline_subprotocol_only", Setup::ANY, landline_subprotocol_only;
    "first_frame_join_is_topic_typed", Setup::ANY, join_is_topic_typed;
    "first_frame_username_and_topic_is_topic_untyped", Setup::ANY, username_and_topic_is_topic_untyped;
    "first_frame_hello_with_data_is_nested", Setup::ANY, hello_with_data_is_nested;
    "first_frame_hello_without_data_is_flat", Setup::ANY, hello_without_data_is_flat;
    "first_frame_other_type_with_data", Setup::ANY, other_type_with_data;
    "first_frame_other_type_without_data", Setup::ANY, other_type_without_data;
    "first_frame_any_other_json", Setup::ANY, any_other_json;
    "first_frame_not_json", Setup::ANY, not_json;
    "first_frame_binary", Setup::ANY, binary;
    "first_frame_none_in_time", Setup::ANY, none_in_time;
}

const OTHER_TYPES: [&str; 6] = ["OPEN_CHAT", "MSG", "MSG_ACK", "TYPING", "PING", "PONG"];

async fn landline_subprotocol_only(room: Room) {
    for (offered, selected) in [
        (None, None),
        (Some("chat"), None),
        (Some("landline.v2, graphql-ws"), None),
        (Some("landline.v1"), Some("landline.v1")),
        (Some("chat, landline.v1"), Some("landline.v1")),
    ] {
        let offer = offered.map(|offered| ("Sec-WebSocket-Protocol", offered));
        let answer = http::upgrade(&room.addr, "/ws", offer.as_slice()).await;
        answer.expect_status(101);
        assert_eq!(
            answer.header("sec-websocket-protocol"),
            selected,
            "{offered:?}"
        );
    }
}

async fn join_is_topic_typed(room: Room) {
    let mut socket = room.settled("/ws").await;
    let frame =
        json!({"type": "join", "username": "alice", "topic": "sports", "data": {}, "extra": [1]});
    socket.send_json(frame).await;
    socket
        .expect_json(crate::topic::joined("alice", "sports"))
        .await;
    socket.send_json(message_frame(Untyped, "hi")).await;
    socket
        .expect_json(error("Unknown message type: None"))
        .await;
}

async fn username_and_topic_is_topic_untyped(room: Room) {
    for kind in [None, Some(Value::Null)] {
        let mut socket = room.settled("/ws").await;
        let mut frame = json!({"username": "alice", "topic": "sports"});
        if let Some(kind) = kind {
            frame["type"] = kind;
        }
        socket.send_json(frame).await;
        let joined = socket.json().await;
        assert_eq!([&joined["type"], &joined["topic"]], ["joined", "sports"]);
        socket.send("/help").await;
        assert_eq!(socket.json().await["type"], "help");
    }
}

async fn hello_with_data_is_nested(room: Room) {
    let ann = person("Ann");
    let mut socket = room.settled("/ws").await;
    socket.send_json(nested_hello(&ann)).await;
    socket
        .expect_json(nested(
            "HELLO_ACK",
            json!({"user_id": ann.id, "status": "connected"}),
        ))
        .await;
    socket.expect_json(nested_presence(&[&ann])).await;
    for data in [json!(5), json!([]), json!("x")] {
        let mut socket = room.socket("/ws").await;
        socket.send_json(nested("HELLO", data)).await;
        let error = socket.json().await;
        assert_eq!(error["data"]["code"], "VALIDATION", "{error}");
    }
}

async fn hello_without_data_is_flat(room: Room) {
    let ann = person("Ann");
    let mut socket = room.settled("/ws").await;
    socket.send_json(flat_hello(&ann)).await;
    socket.expect_json(flat_hello_ack(&ann)).await;
    assert_eq!(socket.json().await["type"], "PRESENCE");
}

/// The frame gets exactly this error, then the close.
async fn refused(room: &Room, frame: &str, wanted: Value, code: u16, reason: &str) {
    let mut socket = room.socket("/ws").await.named(frame);
    socket.send(frame).await;
    socket.expect_json(wanted).await;
    socket.expect_close(code, Some(reason)).await;
}

async fn other_type_with_data(room: Room) {
    for kind in OTHER_TYPES {
        let details =
            json!({"code": "UNAUTHORIZED", "message": "HELLO must be sent first", "details": {}});
        let frame = nested(kind, json!({})).to_string();
        refused(
            &room,
            &frame,
            nested("ERROR", details),
            1002,
            "Protocol error",
        )
        .await;
    }
}

async fn other_type_without_data(room: Room) {
    for kind in OTHER_TYPES {
        let wanted = json!({
            "type": "ERROR", "error_code": "HELLO_REQUIRED", "message": "HELLO message must be sent first", "details": null,
        });
        let frame = json!({"type": kind, "content": "hi"}).to_string();
        refused(&room, &frame, wanted, 1002, "Protocol error").await;
    }
}

async fn any_other_json(room: Room) {
    let frames = [
        "5",
        "null",
        "[]",
        "{}",
        "\"word\"",
        r#"{"username":"alice"}"#,
        r#"{"topic":"sports"}"#,
        r#"{"type":"Join","username":"alice","topic":"sports"}"#,
        r#"{"type":"message","message":"hi"}"#,
        r#"{"type":5,"username":"alice","topic":"sports"}"#,
        r#"{"type":"hello","data":{}}"#,
        r#"{"event_type":"connected","username":"alice"}"#,
        r#"{"type":"JOIN_TOPIC","data":{}}"#,
    ];
    for frame in frames {
        let wanted = error("First message must be join request");
        refused(&room, frame, wanted, 1002, "Protocol error").await;
    }
}

async fn not_json(room: Room) {
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    for frame in ["{bad", "", "hello", "/list", &deep] {
        refused(
            &room,
            frame,
            error("Invalid JSON format"),
            1003,
            "Invalid JSON",
        )
        .await;
    }
}

async fn binary(room: Room) {
    let mut socket = room.socket("/ws").await;
    socket
        .send_binary(br#"{"type":"join","username":"alice","topic":"sports"}"#)
        .await;
    socket.expect_json(error("Text frames only")).await;
    socket.expect_close(1003, Some("Text frames only")).await;
}

/// The five seconds of the hello deadline are waited for. A ping is no frame that decides.
async fn none_in_time(room: Room) {
    let mut socket = room.settled("/ws").await;
    let mut watcher = join(&room, Typed, "watcher", "sports").await;
    socket
        .expect_json(error("First message not received in time"))
        .await;
    socket
        .expect_close(1008, Some("First message timeout"))
        .await;
    crate::topic::nothing_else(&mut watcher).await;
}
