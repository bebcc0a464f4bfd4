//! A chat as this member addresses it, and the ways the wire writes that down.

use landline_protocol::frame::Message;
use landline_protocol::{Position, TopicName, UserId, ValueError};

/// A topic, or the direct chat with somebody.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Chat {
    Topic(TopicName),
    Direct(UserId),
}

impl Chat {
    /// Reads `topic` and `to`/`with` of a frame: exactly one of them.
    pub(crate) fn from_text(topic: Option<&str>, with: Option<&str>) -> Result<Chat, ValueError> {
        match (topic, with) {
            (Some(topic), None) => Ok(Chat::Topic(topic.parse()?)),
            (None, Some(user)) => Ok(Chat::Direct(user.parse()?)),
            _ => Err(ValueError("exactly one of topic and a user id is needed")),
        }
    }

    /// The same of a server's frame, whose values are checked already.
    pub(crate) fn from_values(topic: Option<&TopicName>, with: Option<UserId>) -> Option<Chat> {
        match (topic, with) {
            (Some(topic), None) => Some(Chat::Topic(topic.clone())),
            (None, Some(user)) => Some(Chat::Direct(user)),
            _ => None,
        }
    }

    /// The chat of a message that `me` received.
    pub(crate) fn of(message: &Message, me: UserId) -> Option<Chat> {
        let other = message
            .to
            .map(|to| if message.from == me { to } else { message.from });
        Chat::from_values(message.topic.as_ref(), other)
    }

    /// `topic` for a client's frame.
    pub(crate) fn topic(&self) -> Option<String> {
        match self {
            Chat::Topic(topic) => Some(topic.to_string()),
            Chat::Direct(_) => None,
        }
    }

    /// `to` or `with` for a client's frame.
    pub(crate) fn with(&self) -> Option<String> {
        match self {
            Chat::Topic(_) => None,
            Chat::Direct(user) => Some(user.to_string()),
        }
    }
}

/// Where a message stands.
pub(crate) fn position_of(message: &Message) -> Position {
    Position {
        epoch: message.epoch,
        seq: message.seq,
    }
}
