//! What a connection is told, in its form.

use std::sync::Arc;

use landline_protocol::{MessageId, Timestamp, UserId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::form::Form;
use super::problem::Problem;

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Held for somebody who was here a moment ago; only the flat form has a word for it.
    Pending,
    /// Written to a connection of the recipient.
    Delivered,
}

/// A frame before it has a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Frame {
    /// `HELLO_ACK`
    HelloAck(UserId),
    /// `CHAT_OPENED`
    ChatOpened {
        chat_id: Uuid,
        /// The opener first.
        participants: [UserId; 2],
        /// The other side, seen from the receiver.
        target: UserId,
        target_name: Arc<str>,
    },
    /// `MSG`
    Msg {
        from: UserId,
        from_name: Arc<str>,
        to: UserId,
        content: Arc<str>,
        message_id: MessageId,
        at: Timestamp,
    },
    /// `MSG_ACK`
    Ack {
        message_id: MessageId,
        status: Status,
        at: Timestamp,
    },
    /// `TYPING`
    Typing {
        user: UserId,
        name: Arc<str>,
        is_typing: bool,
    },
    /// `PONG`
    Pong(Timestamp),
    /// `ERROR`
    Error(Problem),
}

/// Somebody in a presence list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) user: UserId,
    pub(crate) name: Arc<str>,
}

impl Frame {
    /// The text in a form; `None`: the form has no word for it.
    pub(crate) fn text(&self, form: Form) -> Option<String> {
        let frame = match form {
            Form::Nested => self.nested()?,
            Form::Flat => self.flat(),
        };
        Some(frame.to_string())
    }

    fn nested(&self) -> Option<Value> {
        let data = |kind: &str, data: Value| json!({"type": kind, "data": data});
        Some(match self {
            Frame::HelloAck(user) => data(
                "HELLO_ACK",
                json!({"user_id": text(user), "status": "connected"}),
            ),
            Frame::ChatOpened {
                chat_id,
                participants,
                target,
                target_name,
            } => data(
                "CHAT_OPENED",
                json!({
                    "chat_id": text(chat_id),
                    "participants": participants.map(|user| text(&user)),
                    "target_user_id": text(target),
                    "target_display_name": Form::Nested.name(target_name),
                }),
            ),
            Frame::Msg {
                from,
                to,
                content,
                message_id,
                at,
                ..
            } => data(
                "MSG",
                json!({
                    "from": text(from),
                    "to": text(to),
                    "content": Form::Nested.text(content),
                    "message_id": message_id.as_str(),
                    "timestamp": text(at),
                }),
            ),
            Frame::Ack {
                status: Status::Pending,
                ..
            } => return None,
            Frame::Ack {
                message_id,
                status: Status::Delivered,
                ..
            } => data(
                "MSG_ACK",
                json!({"message_id": message_id.as_str(), "status": "delivered"}),
            ),
            Frame::Typing {
                user, is_typing, ..
            } => data(
                "TYPING",
                json!({"user_id": text(user), "is_typing": is_typing}),
            ),
            Frame::Pong(at) => data("PONG", json!({"timestamp": text(at)})),
            Frame::Error(problem) => problem.frame(Form::Nested),
        })
    }

    fn flat(&self) -> Value {
        match self {
            Frame::HelloAck(user) => {
                json!({"type": "HELLO_ACK", "user_id": text(user), "message": "Connected successfully"})
            }
            Frame::ChatOpened {
                chat_id,
                participants,
                target,
                target_name,
            } => json!({
                "type": "CHAT_OPENED",
                "chat_id": text(chat_id),
                "participants": participants.map(|user| text(&user)),
                "target_user_id": text(target),
                "target_display_name": &**target_name,
            }),
            Frame::Msg {
                from,
                from_name,
                content,
                message_id,
                at,
                ..
            } => json!({
                "type": "MSG",
                "message_id": flat_id(*from, message_id),
                "content": &**content,
                "sender_id": text(from),
                "sender_name": &**from_name,
                "timestamp": zoned(*at),
            }),
            Frame::Ack {
                message_id,
                status,
                at,
            } => {
                let status = match status {
                    Status::Pending => "pending",
                    Status::Delivered => "delivered",
                };
                json!({"type": "MSG_ACK", "message_id": message_id.as_str(), "status": status, "timestamp": zoned(*at)})
            }
            Frame::Typing {
                user,
                name,
                is_typing,
            } => {
                json!({"type": "TYPING", "user_id": text(user), "display_name": &**name, "is_typing": is_typing})
            }
            Frame::Pong(_) => json!({"type": "PONG"}),
            Frame::Error(problem) => problem.frame(Form::Flat),
        }
    }
}

/// The flat form knows only ids that a server made: of any other it is told a UUID v4 that is always the same for it.
fn flat_id(author: UserId, message_id: &MessageId) -> String {
    let known = message_id.as_str().parse().ok();
    let made = || {
        let digest = Sha256::new()
            .chain_update(author.0)
            .chain_update(message_id.as_str())
            .finalize();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    };
    known
        .filter(|id: &Uuid| id.get_version_num() == 4)
        .unwrap_or_else(made)
        .to_string()
}

/// Everybody, as the nested form is told at each change.
pub(crate) fn everybody(users: &[Shown]) -> String {
    json!({"type": "PRESENCE", "data": {"users": list(Form::Nested, users, true)}}).to_string()
}

/// Who came, as the flat form is told; to a newcomer, who is here.
pub(crate) fn came(users: &[Shown]) -> String {
    json!({"type": "PRESENCE", "users": list(Form::Flat, users, true), "action": "connect"})
        .to_string()
}

/// Who went, as the flat form is told.
pub(crate) fn went(users: &[Shown]) -> String {
    json!({"type": "PRESENCE", "users": list(Form::Flat, users, false), "action": "disconnect"})
        .to_string()
}

fn list(form: Form, users: &[Shown], online: bool) -> Vec<Value> {
    let one = |user: &Shown| json!({"user_id": text(&user.user), "display_name": form.name(&user.name), "online": online});
    users.iter().map(one).collect()
}

/// A moment with microseconds and the zone `+00:00`.
pub(crate) fn zoned(at: Timestamp) -> String {
    format!("{}+00:00", zoneless(at))
}

/// A moment with microseconds and no zone.
pub(crate) fn zoneless(at: Timestamp) -> String {
    format!("{}000", at.to_string().trim_end_matches('Z'))
}

fn text(value: &impl ToString) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests;
