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
    /// The desktop protocol.
    Member,
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
    Tongue::Member,
];

/// Topics of the `topic` dialect's own making: they go with their last member.
pub(crate) const PASSING: [&str; 2] = ["passing0", "passing1"];
/// Topics that the observer is in.
pub(crate) const OBSERVED: [&str; 4] = ["lobby", "public", "t0", "t1"];

/// From here on, clients of `nested` and `flat` talk across: these with a member, and the last two with each other.
const WITH_A_MEMBER: usize = 6;
const ACROSS: usize = 8;

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

    /// What the request carries.
    pub(crate) fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Tongue::Member => &[("Sec-WebSocket-Protocol", "landline.v1")],
            _ => &[],
        }
    }

    /// Where the `n`th client talks; a place of its own for each two that talk directly.
    pub(crate) fn place(self, n: usize) -> String {
        match self {
            Tongue::Plain | Tongue::Activity => "lobby".into(),
            Tongue::Pair => "public".into(),
            Tongue::Typed | Tongue::Untyped => {
                ["t0", "t1", PASSING[0], PASSING[1]][n % 4].to_owned()
            }
            Tongue::Private => "private".into(),
            Tongue::Nested | Tongue::Flat if n >= ACROSS => format!("across {n}"),
            Tongue::Nested if n >= WITH_A_MEMBER => format!("with a member {n}"),
            Tongue::Member if self.is_direct(n) => format!("with a member {n}"),
            Tongue::Nested | Tongue::Flat => format!("{self:?} {}", n / 2),
            Tongue::Member => OBSERVED[n % 4].to_owned(),
        }
    }

    /// Whether the `n`th client writes to one other.
    pub(crate) fn is_direct(self, n: usize) -> bool {
        match self {
            Tongue::Nested | Tongue::Flat => true,
            Tongue::Member => (WITH_A_MEMBER..ACROSS).contains(&n),
            _ => false,
        }
    }

    /// To whom the `n`th client writes.
    fn other(self, n: usize) -> String {
        match self {
            Tongue::Nested if n >= ACROSS => Tongue::Flat.user(n),
            Tongue::Flat if n >= ACROSS => Tongue::Nested.user(n),
            Tongue::Nested if n >= WITH_A_MEMBER => Tongue::Member.user(n),
            Tongue::Member => Tongue::Nested.user(n),
            _ => self.user(n ^ 1),
        }
    }

    /// Whether everybody in the place hears what is said there.
    pub(crate) fn is_open(self, n: usize) -> bool {
        self != Tongue::Private && !self.is_direct(n)
    }

    /// The frames that bring it in, if the client speaks first.
    pub(crate) fn enter(self, n: usize, id: u64) -> Vec<String> {
        let place = self.place(n);
        let frame = match self {
            Tongue::Plain | Tongue::Pair | Tongue::Private => return Vec::new(),
            Tongue::Typed => {
                json!({"type": "join", "username": format!("typed{n}"), "topic": place})
            }
            Tongue::Untyped => json!({"username": format!("untyped{n}"), "topic": place}),
            Tongue::Activity => json!({"event_type": "connected", "username": active(n, id)}),
            Tongue::Nested => {
                json!({"type": "HELLO", "data": {"user_id": self.user(n), "display_name": format!("Nested {n}")}})
            }
            Tongue::Flat => {
                json!({"type": "HELLO", "user_id": self.user(n), "display_name": format!("Flat {n}"), "session_id": "s"})
            }
            Tongue::Member => {
                let user = self.user(n);
                let hello = json!({"user_id": user, "display_name": format!("Member {n}"), "token": format!("secret of {user}"), "client": "app"});
                let topic = if self.is_direct(n) { "quiet" } else { &place };
                let join = json!({"type": "JOIN_TOPIC", "data": {"topic": topic}});
                return vec![
                    json!({"type": "HELLO", "data": hello}).to_string(),
                    join.to_string(),
                ];
            }
        };
        vec![frame.to_string()]
    }

    /// What the answer to coming in holds, if there is one.
    pub(crate) fn welcome(self, n: usize) -> Option<&'static str> {
        match self {
            Tongue::Plain | Tongue::Activity => None,
            Tongue::Pair if !n.is_multiple_of(2) => Some("Someone joined the chat!"),
            Tongue::Pair | Tongue::Private => Some("Welcome to the chat room!"),
            Tongue::Typed | Tongue::Untyped => Some("\"joined\""),
            Tongue::Nested | Tongue::Flat => Some("PRESENCE"),
            Tongue::Member => Some("TOPIC_JOINED"),
        }
    }

    /// Before the first words to the other of two.
    pub(crate) fn open(self, n: usize) -> Option<String> {
        let other = self.other(n);
        let frame = match self {
            Tongue::Nested => {
                json!({"type": "OPEN_CHAT", "data": {"target_user_id": other, "target_display_name": "x"}})
            }
            Tongue::Flat => {
                json!({"type": "OPEN_CHAT", "target_user_id": other, "target_display_name": "x"})
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
                json!({"type": "MSG", "data": {"to": self.other(n), "content": text}}).to_string()
            }
            Tongue::Member => {
                let mut data = json!({"content": text});
                if self.is_direct(n) {
                    data["to"] = self.other(n).into();
                } else {
                    data["topic"] = self.place(n).into();
                }
                json!({"type": "MSG", "data": data}).to_string()
            }
            Tongue::Flat => json!({"type": "MSG", "content": text}).to_string(),
        }
    }

    /// Whether the author hears its own message.
    pub(crate) fn echoes(self) -> bool {
        !matches!(self, Tongue::Activity | Tongue::Nested | Tongue::Flat)
    }

    fn user(self, n: usize) -> String {
        let kind = match self {
            Tongue::Nested => 1,
            Tongue::Flat => 2,
            _ => 3,
        };
        format!("{kind:08x}-0000-4000-8000-{n:012x}")
    }
}

/// A connection that was cut holds its name a moment longer, so each visit has its own.
fn active(n: usize, id: u64) -> String {
    format!("active{n}-{id}")
}
