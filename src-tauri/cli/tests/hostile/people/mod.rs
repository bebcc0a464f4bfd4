//! The people of every dialect in one shape: how they come in, what they send, and what a frame tells them. What a test
//! holds against a server it says once here, for all of them.

pub(crate) mod activity;
pub(crate) mod fastchat;
pub(crate) mod landline;
pub(crate) mod pair;
pub(crate) mod plain;
pub(crate) mod topic;

use std::fmt;

use serde_json::Value;
use uuid::Uuid;

use crate::support::room::Room;
use crate::support::socket::Socket;

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Who {
    /// A UUID; for `plain` the number in the path.
    pub(crate) id: String,
    pub(crate) name: String,
}

impl Who {
    pub(crate) fn new(name: &str) -> Who {
        Who {
            id: Uuid::new_v4().to_string(),
            name: name.to_owned(),
        }
    }

    pub(crate) fn numbered(id: u64) -> Who {
        Who {
            id: id.to_string(),
            name: format!("Client #{id}"),
        }
    }
}

/// Whom words are for.
#[derive(Clone, Copy)]
pub(crate) enum To<'a> {
    /// Everybody in the place.
    Place(&'a str),
    /// One person, where there are direct chats.
    Person(&'a Who),
}

/// What a frame tells its reader.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    /// The reader has come in.
    In,
    /// Somebody's words, the reader's own too: a name, in direct chats an id.
    Said(String, String),
    /// Somebody of the same dialect came: a name or an id where the dialect tells it, a line for each of several.
    Came(String),
    /// Somebody of the same dialect went, likewise.
    Went(String),
    /// A chat with this one is open.
    Opened(String),
    /// All who are online.
    Online(Vec<String>),
    /// How many are here.
    Count(u64),
    /// The reader's message was taken: its id, and what became of it.
    Acked(String, String),
    /// To how many a message went.
    Reached(u64),
    /// The reader is told of a mistake: the code, and the message it is about.
    Refused(String, Option<String>),
    /// The topics of the room.
    Topics(Value),
    /// Anything else that belongs to this dialect.
    Other,
}

/// One of the dialects in one of its forms.
pub(crate) trait Dialect: Sync {
    /// The dialect and its form.
    fn name(&self) -> &'static str;

    /// Where it connects.
    fn path(&self, who: &Who) -> String;

    /// What its request carries.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The frames that bring somebody in.
    fn opening(&self, who: &Who, place: &str) -> Vec<String>;

    /// Whether the server says nothing to somebody who comes in.
    fn is_silent(&self) -> bool {
        false
    }

    /// Whether this, told to somebody who comes in, says that it is done.
    fn lets_in(&self, seen: &Seen) -> bool {
        *seen == Seen::In
    }

    /// The frames that say something.
    fn says(&self, who: &Who, to: To<'_>, text: &str) -> Vec<String>;

    /// Whether a speaker hears the own words.
    fn echoes(&self) -> bool {
        true
    }

    /// What a frame tells.
    fn read(&self, me: &Who, frame: &str) -> Seen;

    /// What others call this one in `Said`.
    fn known_as(&self, who: &Who) -> String {
        who.name.clone()
    }
}

impl fmt::Debug for dyn Dialect {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Connects, and waits until the room has taken this one in. What came meanwhile is the second value.
pub(crate) async fn enter(
    room: &Room,
    dialect: &'static dyn Dialect,
    who: &Who,
    place: &str,
) -> (Socket, Vec<Seen>) {
    let socket = Socket::open(&room.addr, &dialect.path(who), dialect.headers()).await;
    let mut socket = socket.named(&format!("{} ({})", who.name, dialect.name()));
    for frame in dialect.opening(who, place) {
        socket.send(&frame).await;
    }
    let mut seen = Vec::new();
    if dialect.is_silent() {
        socket.settle().await;
    } else {
        loop {
            let one = dialect.read(who, &socket.text().await);
            let is_in = dialect.lets_in(&one);
            seen.push(one);
            if is_in {
                break;
            }
        }
    }
    (socket, seen)
}

/// A frame as JSON.
fn parsed(frame: &str) -> Value {
    serde_json::from_str(frame).unwrap_or_else(|error| panic!("{error} in {frame}"))
}

/// The text of a key.
fn word(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// A frame of no known kind.
fn unknown(dialect: &str, frame: &str) -> ! {
    let start: String = frame.chars().take(300).collect();
    panic!("{dialect} was told: {start}")
}
