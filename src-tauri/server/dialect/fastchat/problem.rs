//! What can be wrong, and how each form says so (dialects.md 9.2 and 9.4).

use landline_protocol::MessageId;
use serde_json::{Map, Value, json};

use super::form::Form;

/// Why a frame had no effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Not JSON, nested too deep, or binary.
    NotJson,
    /// No object, or none with a `type` that is a string.
    NoType,
    /// A `type` that is not ours; cut.
    UnknownType(String),
    /// `data` is no object.
    NoData,
    /// A field outside its rule.
    Field(&'static str, &'static str),
    /// `content` is empty, is no text, or is so once stripped.
    Empty,
    /// `content` is too long.
    TooLong,
    /// The target of an `OPEN_CHAT` is missing, no id, or oneself.
    Target,
    /// A `MSG_ACK` that says of what.
    NoAckId,
    /// Something else before `HELLO`.
    HelloFirst,
    /// The id belongs to somebody else.
    IdInUse,
    /// Nobody of that id, or not now.
    NotFound(Option<MessageId>),
    /// No chat with them.
    NoChat(Option<MessageId>),
    /// Not delivered.
    Failed(MessageId),
    /// Too many; when to try again, in milliseconds.
    TooMany(Option<MessageId>, u64),
    /// Not delivered by a fault of ours.
    NotTaken(MessageId),
}

impl Problem {
    /// The `ERROR` frame.
    pub(crate) fn frame(&self, form: Form) -> Value {
        match form {
            Form::Nested => {
                let (code, message) = self.nested();
                json!({"type": "ERROR", "data": {"code": code, "message": message, "details": self.details()}})
            }
            Form::Flat => {
                let (code, message) = self.flat();
                let details = match self {
                    Problem::Failed(id) => json!({"message_id": id.as_str()}),
                    _ => Value::Null,
                };
                json!({"type": "ERROR", "error_code": code, "message": message, "details": details})
            }
        }
    }

    fn nested(&self) -> (&'static str, String) {
        let (code, message) = match self {
            Problem::NotJson => ("VALIDATION", "Frames must be JSON text"),
            Problem::NoType => ("VALIDATION", "A frame must be an object with a type"),
            Problem::UnknownType(kind) => return ("VALIDATION", format!("Unknown type: {kind}")),
            Problem::NoData => ("VALIDATION", "data must be an object"),
            Problem::Field(_, message) => ("VALIDATION", *message),
            Problem::Empty | Problem::TooLong => {
                ("VALIDATION", "content must be 1-1000 characters")
            }
            Problem::Target => (
                "VALIDATION",
                "target_user_id must be the UUID of somebody else",
            ),
            Problem::NoAckId => ("VALIDATION", "message_id is required"),
            Problem::HelloFirst => ("UNAUTHORIZED", "HELLO must be sent first"),
            Problem::IdInUse => ("UNAUTHORIZED", "This user id is in use"),
            Problem::NotFound(None) => ("USER_NOT_FOUND", "Target user is not online"),
            Problem::NotFound(Some(_)) => ("USER_NOT_FOUND", "Recipient is not known"),
            Problem::NoChat(_) => ("CHAT_NOT_OPENED", "Open a chat with this user first"),
            Problem::Failed(_) => ("MESSAGE_FAILED", "Recipient is not online"),
            Problem::TooMany(..) => ("RATE_LIMITED", "Rate limit exceeded"),
            // The document has no code of its own for a fault of the server.
            Problem::NotTaken(_) => ("MESSAGE_FAILED", "Failed to process message"),
        };
        (code, message.to_owned())
    }

    fn flat(&self) -> (&'static str, String) {
        let (code, message) = match self {
            Problem::NotJson => ("INVALID_JSON", "Invalid JSON format"),
            Problem::NoType | Problem::NoData => ("INVALID_MESSAGE", "Message type is required"),
            Problem::UnknownType(kind) => {
                let message = format!(
                    "Unknown message type: {kind}. Supported types: HELLO, OPEN_CHAT, MSG, MSG_ACK, TYPING, PING, PONG"
                );
                return ("UNKNOWN_MESSAGE_TYPE", message);
            }
            Problem::Field(_, message) => ("VALIDATION", *message),
            Problem::Empty => ("VALIDATION", "Message content cannot be empty"),
            Problem::TooLong => (
                "VALIDATION",
                "Message content cannot exceed 1000 characters",
            ),
            Problem::Target => (
                "INVALID_OPEN_CHAT",
                "target_user_id must be the UUID of somebody else",
            ),
            Problem::NoAckId => ("INVALID_MSG_ACK", "Message ID is required for MSG_ACK"),
            Problem::HelloFirst => ("HELLO_REQUIRED", "HELLO message must be sent first"),
            Problem::IdInUse => ("UNAUTHORIZED", "This user id is in use"),
            Problem::NotFound(_) => ("USER_NOT_FOUND", "Target user is not online"),
            Problem::NoChat(_) => ("NOT_IN_CHAT", "You are not currently in a chat"),
            Problem::Failed(_) => ("MESSAGE_FAILED", "Recipient is not online"),
            Problem::TooMany(..) => ("RATE_LIMITED", "Rate limit exceeded"),
            Problem::NotTaken(_) => ("INTERNAL_ERROR", "Failed to process message"),
        };
        (code, message.to_owned())
    }

    /// The `details` of the nested form: always an object.
    fn details(&self) -> Map<String, Value> {
        let mut details = Map::new();
        let field = match self {
            Problem::Field(field, _) => Some(*field),
            Problem::Empty | Problem::TooLong => Some("content"),
            Problem::Target => Some("target_user_id"),
            Problem::NoAckId => Some("message_id"),
            Problem::NoType | Problem::UnknownType(_) => Some("type"),
            Problem::NoData => Some("data"),
            _ => None,
        };
        if let Some(field) = field {
            details.insert("field".to_owned(), field.into());
        }
        let id = match self {
            Problem::NotFound(id) | Problem::NoChat(id) | Problem::TooMany(id, _) => id.as_ref(),
            Problem::Failed(id) | Problem::NotTaken(id) => Some(id),
            _ => None,
        };
        if let Some(id) = id {
            details.insert("message_id".to_owned(), id.as_str().into());
        }
        if let Problem::TooMany(_, wait) = self {
            details.insert("retry_after_ms".to_owned(), (*wait).into());
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(problem: &Problem) -> [Value; 2] {
        [problem.frame(Form::Nested), problem.frame(Form::Flat)]
    }

    #[test]
    fn each_form_has_its_own_texts() {
        let id: MessageId = "m-3".parse().expect("a message id");
        let nested = |code: &str, message: &str, details: Value| json!({"type":"ERROR","data":{"code":code,"message":message,"details":details}});
        let flat = |code: &str, message: &str, details: Value| json!({"type":"ERROR","error_code":code,"message":message,"details":details});
        let null = Value::Null;
        for (problem, expected) in [
            (
                Problem::HelloFirst,
                [
                    nested("UNAUTHORIZED", "HELLO must be sent first", json!({})),
                    flat(
                        "HELLO_REQUIRED",
                        "HELLO message must be sent first",
                        null.clone(),
                    ),
                ],
            ),
            (
                Problem::IdInUse,
                [
                    nested("UNAUTHORIZED", "This user id is in use", json!({})),
                    flat("UNAUTHORIZED", "This user id is in use", null.clone()),
                ],
            ),
            (
                Problem::Empty,
                [
                    nested(
                        "VALIDATION",
                        "content must be 1-1000 characters",
                        json!({"field":"content"}),
                    ),
                    flat(
                        "VALIDATION",
                        "Message content cannot be empty",
                        null.clone(),
                    ),
                ],
            ),
            (
                Problem::NotFound(None),
                [
                    nested("USER_NOT_FOUND", "Target user is not online", json!({})),
                    flat("USER_NOT_FOUND", "Target user is not online", null.clone()),
                ],
            ),
            (
                Problem::NoChat(Some(id.clone())),
                [
                    nested(
                        "CHAT_NOT_OPENED",
                        "Open a chat with this user first",
                        json!({"message_id":"m-3"}),
                    ),
                    flat(
                        "NOT_IN_CHAT",
                        "You are not currently in a chat",
                        null.clone(),
                    ),
                ],
            ),
            (
                Problem::TooMany(Some(id.clone()), 41_500),
                [
                    nested(
                        "RATE_LIMITED",
                        "Rate limit exceeded",
                        json!({"message_id":"m-3","retry_after_ms":41_500}),
                    ),
                    flat("RATE_LIMITED", "Rate limit exceeded", null.clone()),
                ],
            ),
            (
                Problem::Failed(id),
                [
                    nested(
                        "MESSAGE_FAILED",
                        "Recipient is not online",
                        json!({"message_id":"m-3"}),
                    ),
                    flat(
                        "MESSAGE_FAILED",
                        "Recipient is not online",
                        json!({"message_id":"m-3"}),
                    ),
                ],
            ),
        ] {
            assert_eq!(both(&problem), expected);
        }
    }

    #[test]
    fn the_flat_client_hides_no_error_by_mistake() {
        // It swallows messages with these words, so only what it may hide may have them.
        for problem in [
            Problem::NotJson,
            Problem::NoType,
            Problem::Empty,
            Problem::TooLong,
            Problem::Target,
            Problem::NoAckId,
            Problem::HelloFirst,
            Problem::NotFound(None),
            Problem::NoChat(None),
            Problem::NotTaken("m".parse().expect("a message id")),
        ] {
            let text = problem.frame(Form::Flat)["message"].to_string();
            assert!(
                !text.contains("Rate limit") && !text.contains("Connection"),
                "{text}"
            );
        }
    }
}
