//! The ways to speak, as far as coming in, saying something and hearing it differ.

use serde_json::json;

/// A way to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Tongue {
    Plain,
    Pair,
    Private,
    Typed,
    Untyped,
    Activity,
    Nested,
    Flat,
}

/// All of them.
pub(crate) const TONGUES: &[Tongue] = &[
    Tongue::Plain,
    Tongue::Pair,
    Tongue::Private,
    Tongue::Typed,
    Tongue::Untyped,
    Tongue::Activity,
    Tongue::Nested,
    Tongue::Flat,
];

impl Tongue {
    pub(crate) fn path(self, n: usize) -> String {
        match self {
            Tongue::Plain => format!("/ws/{}", n + 1),
            Tongue::Pair => if n.is_multiple_of(2) {
                "/chat/public"
            } else {
                "/chat/public?format=text"
            }
            .into(),
            Tongue::Private => "/chat/private".into(),
            Tongue::Activity => "/ws/activity".into(),
            _ => "/ws".into(),
        }
    }

    /// Where the `n`th client talks; a place of its own for each two that talk directly.
    pub(crate) fn place(self, n: usize) -> String {
        match self {
            Tongue::Plain | Tongue::Activity => "lobby".into(),
            Tongue::Pair => "public".into(),
            Tongue::Typed | Tongue::Untyped => format!("t{}", n % 3),
            Tongue::Private => "private".into(),
            Tongue::Nested | Tongue::Flat => format!("{self:?} {}", n / 2),
        }
    }

    /// Whether everybody in the place hears what is said there.
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, Tongue::Private | Tongue::Nested | Tongue::Flat)
    }

    /// The first frame, if the client speaks first.
    pub(crate) fn enter(self, n: usize, id: u64) -> Option<String> {
        let frame = match self {
            Tongue::Plain | Tongue::Pair | Tongue::Private => return None,
            Tongue::Typed => {
                json!({"type": "join", "username": format!("typed{n}"), "topic": self.place(n)})
            }
            Tongue::Untyped => json!({"username": format!("untyped{n}"), "topic": self.place(n)}),
            Tongue::Activity => json!({"event_type": "connected", "username": active(n, id)}),
            Tongue::Nested => {
                json!({"type": "HELLO", "data": {"user_id": self.user(n), "display_name": format!("Nested {n}")}})
            }
            Tongue::Flat => {
                json!({"type": "HELLO", "user_id": self.user(n), "display_name": format!("Flat {n}"), "session_id": "s"})
            }
        };
        Some(frame.to_string())
    }

    /// What the answer to coming in holds, if there is one.
    pub(crate) fn welcome(self, n: usize) -> Option<&'static str> {
        match self {
            Tongue::Plain | Tongue::Activity => None,
            Tongue::Pair if !n.is_multiple_of(2) => Some("Someone joined the chat!"),
            Tongue::Pair | Tongue::Private => Some("Welcome to the chat room!"),
            Tongue::Typed | Tongue::Untyped => Some("\"joined\""),
            Tongue::Nested | Tongue::Flat => Some("PRESENCE"),
        }
    }

    /// Before the first words to the other of two.
    pub(crate) fn open(self, n: usize) -> Option<String> {
        let other = n ^ 1;
        let frame = match self {
            Tongue::Nested => {
                json!({"type": "OPEN_CHAT", "data": {"target_user_id": self.user(other), "target_display_name": "x"}})
            }
            Tongue::Flat => {
                json!({"type": "OPEN_CHAT", "target_user_id": self.user(other), "target_display_name": "x"})
            }
            _ => return None,
        };
        Some(frame.to_string())
    }

    pub(crate) fn say(self, n: usize, id: u64, text: &str) -> String {
        match self {
            Tongue::Plain => text.to_owned(),
            Tongue::Pair | Tongue::Private => {
                json!({"username": format!("pair{n}"), "message": text}).to_string()
            }
            Tongue::Typed => json!({"type": "message", "message": text}).to_string(),
            Tongue::Untyped => json!({"message": text}).to_string(),
            Tongue::Activity => {
                json!({"event_type": "message", "username": active(n, id), "message": text})
                    .to_string()
            }
            Tongue::Nested => {
                json!({"type": "MSG", "data": {"to": self.user(n ^ 1), "content": text}})
                    .to_string()
            }
            Tongue::Flat => json!({"type": "MSG", "content": text}).to_string(),
        }
    }

    /// How often the author hears its own message.
    pub(crate) fn echoes(self) -> usize {
        match self {
            Tongue::Plain | Tongue::Pair | Tongue::Private | Tongue::Typed | Tongue::Untyped => 1,
            Tongue::Activity | Tongue::Nested | Tongue::Flat => 0,
        }
    }

    fn user(self, n: usize) -> String {
        let kind = if self == Tongue::Nested { 1 } else { 2 };
        format!("{kind:08x}-0000-4000-8000-{n:012x}")
    }
}

/// A connection that was cut holds its name a moment longer, so each visit has its own.
fn active(n: usize, id: u64) -> String {
    format!("active{n}-{id}")
}
