//! `fastchat`, section 9: its people and the frames that both forms' cases need.

pub(crate) mod elsewhere;
pub(crate) mod flat;
pub(crate) mod flat_rules;
pub(crate) mod nested;
pub(crate) mod nested_rules;
pub(crate) mod transcript;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::room::Room;
use crate::support::socket::Socket;

/// Somebody, new to the room.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        id: Uuid::new_v4().to_string(),
        name: name.to_owned(),
    }
}

impl Person {
    /// As `PRESENCE` lists them.
    pub(crate) fn online(&self) -> Value {
        json!({"user_id": self.id, "display_name": self.name, "online": true})
    }
}

/// A frame of the nested form.
pub(crate) fn nested(kind: &str, data: Value) -> Value {
    json!({"type": kind, "data": data})
}

/// A nested error: the code, and a detail that it must have.
pub(crate) fn nested_error(code: &str, details: Value) -> Value {
    nested(
        "ERROR",
        json!({"code": code, "message": "<words>", "details": details}),
    )
}

/// A flat error.
pub(crate) fn flat_error(code: &str, message: &str, details: Value) -> Value {
    json!({"type": "ERROR", "error_code": code, "message": message, "details": details})
}

/// `PRESENCE` of the nested form.
pub(crate) fn nested_presence(online: &[&Person]) -> Value {
    let users: Vec<_> = online.iter().map(|person| person.online()).collect();
    nested("PRESENCE", json!({"users": users}))
}

/// `PRESENCE` of the flat form.
pub(crate) fn flat_presence(users: &[&Person], action: &str) -> Value {
    let user = |person: &&Person| {
        let mut user = person.online();
        user["online"] = (action == "connect").into();
        user
    };
    let users: Vec<_> = users.iter().map(user).collect();
    json!({"type": "PRESENCE", "users": users, "action": action})
}

pub(crate) fn nested_hello(person: &Person) -> Value {
    nested(
        "HELLO",
        json!({"user_id": person.id, "display_name": person.name}),
    )
}

pub(crate) fn flat_hello(person: &Person) -> Value {
    json!({"type": "HELLO", "display_name": person.name, "user_id": person.id, "session_id": "any"})
}

/// A nested connection of `who`; `online` is everybody then, oldest first, with them.
pub(crate) async fn enter_nested(room: &Room, who: &Person, online: &[&Person]) -> Socket {
    let mut socket = room.socket("/ws").await.named(&who.name);
    socket.send_json(nested_hello(who)).await;
    let ack = nested(
        "HELLO_ACK",
        json!({"user_id": who.id, "status": "connected"}),
    );
    socket.expect_json(ack).await;
    socket.expect_json(nested_presence(online)).await;
    socket
}

pub(crate) fn flat_hello_ack(who: &Person) -> Value {
    json!({"type": "HELLO_ACK", "user_id": who.id, "message": "Connected successfully"})
}

/// A flat connection of `who`; `others` are online, in any order.
pub(crate) async fn enter_flat(room: &Room, who: &Person, others: &[&Person]) -> Socket {
    let mut socket = room.socket("/ws").await.named(&who.name);
    socket.send_json(flat_hello(who)).await;
    socket.expect_json(flat_hello_ack(who)).await;
    let presence = json!({"type": "PRESENCE", "users": "<any>", "action": "connect"});
    let presence = socket.expect_json(presence).await;
    let mut users: Vec<_> = presence["users"].as_array().expect("an array").clone();
    let mut wanted: Vec<_> = others.iter().map(|person| person.online()).collect();
    users.sort_by_key(ToString::to_string);
    wanted.sort_by_key(ToString::to_string);
    assert_eq!(users, wanted, "{} sees them", who.name);
    socket
}

/// `CHAT_OPENED` of the nested form, as seen by the one whose other side is `other`.
pub(crate) fn nested_opened(
    chat_id: &Value,
    opener: &Person,
    target: &Person,
    other: &Person,
) -> Value {
    nested("CHAT_OPENED", opened(chat_id, opener, target, other))
}

/// `CHAT_OPENED` of the flat form.
pub(crate) fn flat_opened(
    chat_id: &Value,
    opener: &Person,
    target: &Person,
    other: &Person,
) -> Value {
    let mut frame = opened(chat_id, opener, target, other);
    frame["type"] = "CHAT_OPENED".into();
    frame
}

fn opened(chat_id: &Value, opener: &Person, target: &Person, other: &Person) -> Value {
    json!({
        "chat_id": chat_id, "participants": [opener.id, target.id],
        "target_user_id": other.id, "target_display_name": other.name,
    })
}

pub(crate) fn nested_open(target: &Person) -> Value {
    nested(
        "OPEN_CHAT",
        json!({"target_user_id": target.id, "target_display_name": target.name}),
    )
}

pub(crate) fn flat_open(target: &Person) -> Value {
    json!({"type": "OPEN_CHAT", "target_user_id": target.id, "target_display_name": target.name})
}

/// A new chat between two nested users, told to both; its id.
pub(crate) async fn open_nested(
    opener: &mut Socket,
    who: &Person,
    target: &mut Socket,
    whom: &Person,
) -> Value {
    opener.send_json(nested_open(whom)).await;
    let told = opener
        .expect_json(nested_opened(&json!("<uuid4>"), who, whom, whom))
        .await;
    let chat_id = told["data"]["chat_id"].clone();
    target
        .expect_json(nested_opened(&chat_id, who, whom, who))
        .await;
    chat_id
}

/// A new chat between two flat users of whom the target has no current chat; its id.
pub(crate) async fn open_flat(
    opener: &mut Socket,
    who: &Person,
    target: &mut Socket,
    whom: &Person,
) -> Value {
    opener.send_json(flat_open(whom)).await;
    let told = opener
        .expect_json(flat_opened(&json!("<uuid4>"), who, whom, whom))
        .await;
    let chat_id = told["chat_id"].clone();
    target
        .expect_json(flat_opened(&chat_id, who, whom, who))
        .await;
    chat_id
}

pub(crate) fn nested_msg(to: &Person, content: &str, message_id: &str) -> Value {
    nested(
        "MSG",
        json!({"to": to.id, "content": content, "message_id": message_id}),
    )
}

/// `MSG` as a nested recipient gets it.
pub(crate) fn nested_delivered(
    from: &Person,
    to: &Person,
    content: &str,
    message_id: &str,
) -> Value {
    nested(
        "MSG",
        json!({"from": from.id, "to": to.id, "content": content, "message_id": message_id, "timestamp": "<ms>"}),
    )
}

pub(crate) fn nested_ack(message_id: &str) -> Value {
    nested(
        "MSG_ACK",
        json!({"message_id": message_id, "status": "delivered"}),
    )
}

pub(crate) fn flat_msg(content: &str) -> Value {
    json!({"type": "MSG", "content": content})
}

/// `MSG` as a flat recipient gets it.
pub(crate) fn flat_delivered(from: &Person, content: &str) -> Value {
    json!({
        "type": "MSG", "message_id": "<uuid4>", "content": content, "sender_id": from.id,
        "sender_name": from.name, "timestamp": "<us+00:00>",
    })
}

pub(crate) fn flat_ack(message_id: &Value, status: &str) -> Value {
    json!({"type": "MSG_ACK", "message_id": message_id, "status": status, "timestamp": "<us+00:00>"})
}

/// A flat message that is delivered at once.
pub(crate) async fn write_flat(from: &mut Socket, who: &Person, to: &mut Socket, content: &str) {
    from.send_json(flat_msg(content)).await;
    let got = to.expect_json(flat_delivered(who, content)).await;
    from.expect_json(flat_ack(&got["message_id"], "delivered"))
        .await;
}

/// A nested message that is delivered at once.
pub(crate) async fn write_nested(
    from: &mut Socket,
    who: &Person,
    to: &mut Socket,
    whom: &Person,
    content: &str,
) {
    let id = Uuid::new_v4().to_string();
    from.send_json(nested_msg(whom, content, &id)).await;
    to.expect_json(nested_delivered(who, whom, content, &id))
        .await;
    from.expect_json(nested_ack(&id)).await;
}

/// `PING` and its `PONG` as the next frame of a nested connection: nothing else had come.
pub(crate) async fn nothing_nested(socket: &mut Socket) {
    socket.send_json(nested("PING", json!({}))).await;
    socket
        .expect_json(nested("PONG", json!({"timestamp": "<ms>"})))
        .await;
}

/// The same for a flat connection.
pub(crate) async fn nothing_flat(socket: &mut Socket) {
    socket.send_json(json!({"type": "PING"})).await;
    socket.expect_json(json!({"type": "PONG"})).await;
}
