//! Text to what somebody wants, in either form. The type is read before its fields, because a frame counts against its
//! rate whether its fields are right or not.

use std::sync::Arc;

use landline_protocol::limits::JSON_DEPTH;
use landline_protocol::parse::depth;
use landline_protocol::{MessageId, UserId};
use serde_json::{Map, Value};

use super::form::{CONTENT_CHARS, Form, MESSAGE_ID_CHARS, REPEATED_CHARS};
use super::problem::Problem;

/// A frame's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `HELLO`
    Hello,
    /// `OPEN_CHAT`
    OpenChat,
    /// `MSG`
    Msg,
    /// `MSG_ACK`
    MsgAck,
    /// `TYPING`
    Typing,
    /// `PING`
    Ping,
    /// `PONG`
    Pong,
}

/// A frame whose fields were not looked at.
#[derive(Debug, PartialEq)]
pub(crate) struct Envelope {
    pub(crate) kind: Kind,
    fields: Map<String, Value>,
    has_fields: bool,
}

/// Who somebody says they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    /// The flat form may leave it to us.
    pub(crate) user_id: Option<UserId>,
    /// As it is shown, stripped in the nested form.
    pub(crate) name: Arc<str>,
}

/// What somebody says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The flat form names nobody: its current chat is meant.
    pub(crate) to: Option<UserId>,
    /// As it goes on, stripped in the nested form.
    pub(crate) content: Arc<str>,
    /// The flat form never has one.
    pub(crate) message_id: Option<MessageId>,
}

/// The envelope of a frame.
///
/// # Errors
/// It is none of ours.
pub(crate) fn envelope(form: Form, text: &str) -> Result<Envelope, Problem> {
    if depth(text.as_bytes()) > JSON_DEPTH {
        return Err(Problem::NotJson);
    }
    let value: Value = serde_json::from_str(text).map_err(|_| Problem::NotJson)?;
    let Value::Object(mut fields) = value else {
        return Err(Problem::NoType);
    };
    let Some(Value::String(kind)) = fields.get("type") else {
        return Err(Problem::NoType);
    };
    let kind = match kind.as_str() {
        "HELLO" => Kind::Hello,
        "OPEN_CHAT" => Kind::OpenChat,
        "MSG" => Kind::Msg,
        "MSG_ACK" => Kind::MsgAck,
        "TYPING" => Kind::Typing,
        "PING" => Kind::Ping,
        "PONG" => Kind::Pong,
        other => {
            return Err(Problem::UnknownType(
                other.chars().take(REPEATED_CHARS).collect(),
            ));
        }
    };
    let mut has_fields = true;
    if form == Form::Nested {
        fields = match fields.remove("data") {
            None => Map::new(),
            Some(Value::Object(data)) => data,
            Some(_) => {
                // Whatever these two say, they need no answer.
                has_fields = matches!(kind, Kind::MsgAck | Kind::Pong);
                Map::new()
            }
        };
    }
    Ok(Envelope {
        kind,
        fields,
        has_fields,
    })
}

impl Envelope {
    /// Checks that there are fields at all.
    fn object(&self) -> Result<(), Problem> {
        if self.has_fields {
            Ok(())
        } else {
            Err(Problem::NoData)
        }
    }

    fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }

    fn user(&self, field: &str) -> Option<UserId> {
        self.text(field)?.parse().ok()
    }

    /// The fields of a `HELLO`.
    ///
    /// # Errors
    /// One of them breaks its rule.
    pub(crate) fn hello(&self, form: Form) -> Result<Hello, Problem> {
        self.object()?;
        let user_id = match (form, self.fields.get("user_id")) {
            (Form::Flat, None | Some(Value::Null)) => None,
            (Form::Flat, Some(_)) => {
                let wrong = Problem::Field("user_id", "user_id must be a UUID");
                Some(self.user("user_id").ok_or(wrong)?)
            }
            (Form::Nested, _) => {
                let wrong = Problem::Field("user_id", "user_id must be a UUID v4");
                let text = self.text("user_id").unwrap_or_default();
                let id = self.user("user_id").filter(|_| is_v4(text));
                Some(id.ok_or(wrong)?)
            }
        };
        let message = match form {
            Form::Nested => "display_name must be 3-50 characters",
            Form::Flat => "display_name must be 1-100 characters",
        };
        let name = self
            .text("display_name")
            .filter(|name| form.name_chars().contains(&name.chars().count()))
            .map(|name| form.text(name))
            .filter(|name| name.chars().count() >= *form.name_chars().start())
            .ok_or(Problem::Field("display_name", message))?;
        let name = name.as_ref().into();
        Ok(Hello { user_id, name })
    }

    /// Whom an `OPEN_CHAT` of `me` is for.
    ///
    /// # Errors
    /// Nobody, or oneself.
    pub(crate) fn target(&self, me: UserId) -> Result<UserId, Problem> {
        self.object()?;
        self.user("target_user_id")
            .filter(|target| *target != me)
            .ok_or(Problem::Target)
    }

    /// The id that a `MSG` of the nested form carries, for its error if it goes no further.
    pub(crate) fn message_id(&self, form: Form) -> Option<MessageId> {
        match form {
            Form::Nested => self.text("message_id")?.parse().ok(),
            Form::Flat => None,
        }
    }

    /// The fields of a `MSG` of `me`.
    ///
    /// # Errors
    /// One of them breaks its rule.
    pub(crate) fn draft(&self, form: Form, me: UserId) -> Result<Draft, Problem> {
        self.object()?;
        let to = match form {
            Form::Flat => None,
            Form::Nested => {
                let wrong = Problem::Field("to", "to must be the UUID of somebody else");
                Some(self.user("to").filter(|to| *to != me).ok_or(wrong)?)
            }
        };
        let content = self.text("content").ok_or(Problem::Empty)?;
        let length = content.chars().count();
        if length > *CONTENT_CHARS.end() {
            return Err(Problem::TooLong);
        }
        let content = form.text(content);
        if content.chars().count() < *CONTENT_CHARS.start() {
            return Err(Problem::Empty);
        }
        let message_id = match (form, self.fields.get("message_id")) {
            (Form::Flat, _) | (Form::Nested, None | Some(Value::Null)) => None,
            (Form::Nested, Some(id)) => {
                let wrong = Problem::Field("message_id", "message_id must be 1-128 characters");
                let id = id
                    .as_str()
                    .filter(|id| MESSAGE_ID_CHARS.contains(&id.chars().count()));
                Some(id.and_then(|id| id.parse().ok()).ok_or(wrong)?)
            }
        };
        let content = content.as_ref().into();
        Ok(Draft {
            to,
            content,
            message_id,
        })
    }

    /// Whether a `TYPING` says yes or no.
    ///
    /// # Errors
    /// Neither.
    pub(crate) fn is_typing(&self) -> Result<bool, Problem> {
        self.object()?;
        let wrong = Problem::Field("is_typing", "is_typing must be true or false");
        self.fields
            .get("is_typing")
            .and_then(Value::as_bool)
            .ok_or(wrong)
    }

    /// Checks a frame that has no answer but this.
    ///
    /// # Errors
    /// A `PING` whose `data` is no object; a flat `MSG_ACK` of nothing.
    pub(crate) fn check(&self, form: Form) -> Result<(), Problem> {
        self.object()?;
        let is_ack_of_nothing = form == Form::Flat
            && self.kind == Kind::MsgAck
            && self.text("message_id").is_none_or(str::is_empty);
        if is_ack_of_nothing {
            Err(Problem::NoAckId)
        } else {
            Ok(())
        }
    }
}

/// Whether a text that is a UUID is one of version 4 and of the variant that has versions.
fn is_v4(text: &str) -> bool {
    let at = |index: usize| text.as_bytes().get(index).map(u8::to_ascii_lowercase);
    at(14) == Some(b'4') && at(19).is_some_and(|variant| b"89ab".contains(&variant))
}

#[cfg(test)]
mod tests;
