//! `join --dialect`: speaks to a server of an older kind, ours or the original.
//!
//! Each dialect is one pure [`Speaker`]: frames and typed lines in, [`Act`]s out; it touches no socket, clock or file.
//! [`talk`] is the one loop around them, [`wire`] its socket, [`place`] the address as it was typed.

mod activity;
mod calling;
mod fastchat;
mod pair;
mod place;
mod plain;
mod pulse;
mod shown;
mod talk;
mod topic;
mod wire;

use std::time::Duration;

use landline_protocol::DisplayName;

use crate::args::{DialectWord, FormWord, FormatWord, Join, Member};
use crate::member::{self, DEFAULT_TOPIC, wrong};

use place::Place;

/// What a frame or a line leads to, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Act {
    /// A frame for the server.
    Send(String),
    /// Somebody said something.
    Said { name: String, text: String },
    /// What I said came back.
    Mine { name: String, text: String },
    /// A line that somebody else laid out, shown as it is.
    Line(String),
    /// Words for the person.
    Tell(String),
}

impl Act {
    fn said(name: &str, text: &str) -> Act {
        let (name, text) = (name.to_owned(), text.to_owned());
        Act::Said { name, text }
    }

    fn mine(name: &str, text: &str) -> Act {
        let (name, text) = (name.to_owned(), text.to_owned());
        Act::Mine { name, text }
    }

    fn tell(words: impl Into<String>) -> Act {
        Act::Tell(words.into())
    }
}

/// Something that the server is asked beside the socket, now and then.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Call {
    every: Duration,
    path: &'static str,
    body: String,
}

/// One dialect, from the client's side.
trait Speaker: Send {
    /// The socket is open.
    fn opened(&mut self) -> Vec<Act>;

    /// A text frame came.
    fn heard(&mut self, frame: &str) -> Vec<Act>;

    /// The person said something; asked only while [`Speaker::is_ready`].
    fn say(&mut self, text: String) -> Vec<Act>;

    /// Who is here, if this dialect can tell.
    fn list(&mut self) -> Vec<Act>;

    /// A command of this dialect alone; `None`: there is no such command.
    fn command(&mut self, _word: &str, _rest: &str) -> Option<Vec<Act>> {
        None
    }

    /// What the person may type.
    fn help(&self) -> &'static str;

    /// Whether the server takes words now. Until then they wait.
    fn is_ready(&self) -> bool {
        true
    }

    /// How many of my words the server has not confirmed yet; none where the dialect confirms nothing.
    fn unconfirmed(&self) -> usize {
        0
    }

    /// A frame to send this often.
    fn beat(&self) -> Option<(Duration, String)> {
        None
    }

    /// What to ask beside the socket.
    fn call(&self) -> Option<Call> {
        None
    }

    /// What may be behind the loss of a connection that was open.
    fn hint(&self) -> Option<String> {
        None
    }

    /// Frames to say goodbye with.
    fn goodbye(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// The connection broke: the words that were not confirmed. They may have arrived, so nobody sends them again.
    fn broken(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// Commands that each dialect has.
const HELP: &str = "\
/help           these words
/quit, /exit    leave
//text          send a line that begins with a slash";

/// Talks in `dialect` until it is told to leave.
pub(crate) async fn run(dialect: DialectWord, args: Join) -> anyhow::Result<()> {
    refuse_what_is_not_its(dialect, &args);
    let place: Place = args.member.room.parse()?;
    let (place, speaker): (Place, Box<dyn Speaker>) = match dialect {
        DialectWord::Plain => {
            let id = plain::id(&place, args.member.name.as_deref()).await?;
            (plain::endpoint(place, id), Box::new(plain::Plain::new(id)))
        }
        DialectWord::Pair => {
            let kind = pair::Kind {
                private: args.older.private,
                text: args.older.format == Some(FormatWord::Text),
            };
            let speaker = pair::Pair::new(name(&args.member), kind);
            (kind.endpoint(place), Box::new(speaker))
        }
        DialectWord::Topic => {
            let topic = args.member.topic.as_deref().unwrap_or(DEFAULT_TOPIC);
            let typed = args.older.form != Some(FormWord::Untyped);
            let speaker = topic::Topic::new(topic::username(&args.member), topic, typed);
            (place.or_path("/ws"), Box::new(speaker))
        }
        DialectWord::Activity => {
            let speaker = activity::Activity::new(name(&args.member));
            (place.or_path("/ws/activity"), Box::new(speaker))
        }
        DialectWord::Fastchat => {
            let speaker = fastchat::speaker(&args)?;
            (place.or_path("/ws"), Box::new(speaker))
        }
    };
    talk::run(place, speaker, args.json).await
}

/// The name that was asked for, as it is, or the system's user name.
fn name(args: &Member) -> String {
    let own = || member::user_name().to_string();
    args.name.clone().unwrap_or_else(own)
}

/// Ends the process where an option of another dialect was given.
fn refuse_what_is_not_its(dialect: DialectWord, args: &Join) {
    let older = &args.older;
    let forms: &[FormWord] = match dialect {
        DialectWord::Topic => &[FormWord::Typed, FormWord::Untyped],
        DialectWord::Fastchat => &[FormWord::Flat, FormWord::Nested],
        _ => &[],
    };
    let is = |one| dialect == one;
    let misplaced = [
        ("--private", older.private && !is(DialectWord::Pair)),
        ("--format", older.format.is_some() && !is(DialectWord::Pair)),
        (
            "--topic",
            args.member.topic.is_some() && !is(DialectWord::Topic),
        ),
        ("--to", older.to.is_some() && !is(DialectWord::Fastchat)),
        (
            "--form",
            older.form.is_some_and(|form| !forms.contains(&form)),
        ),
    ];
    if let Some((option, _)) = misplaced.into_iter().find(|(_, misplaced)| *misplaced) {
        wrong(&format!(
            "{option} as given has no meaning in this dialect; landline-cli join --help tells where it has one"
        ));
    }
}

/// Names of the system that are no names of Landline's are refused early, with the reason.
fn checked_name(args: &Member) -> String {
    let Some(name) = &args.name else {
        return member::user_name().to_string();
    };
    let checked: Result<DisplayName, _> = name.parse();
    checked.map_or_else(
        |error| wrong(&format!("--as: {error}")),
        |name| name.to_string(),
    )
}
