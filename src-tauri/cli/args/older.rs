//! How `join` talks to a server of an older kind.

use clap::{Args, ValueEnum};

/// How `join` talks to a server of an older kind.
#[derive(Debug, Args)]
#[command(next_help_heading = "Servers of an older kind")]
pub(crate) struct Older {
    /// Speak this system's language; the room is then its server's address, taken as written: a host, perhaps with a port and a path
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) dialect: Option<DialectWord>,
    /// pair: meet one other person in private [default: the public room]
    #[arg(long, requires = "dialect")]
    pub(crate) private: bool,
    /// pair: how the server writes [default: json]
    #[arg(long, value_enum, requires = "dialect")]
    pub(crate) format: Option<FormatWord>,
    /// topic: typed or untyped [default: typed]; fastchat: flat or nested [default: flat]
    #[arg(long, value_enum, requires = "dialect")]
    pub(crate) form: Option<FormWord>,
    /// fastchat: open a chat with this person as soon as they are online
    #[arg(long, value_name = "NAME|USER_ID", requires = "dialect")]
    pub(crate) to: Option<String>,
}

/// `--dialect`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectWord {
    /// Bare text; your name is a number, which --as may choose
    Plain,
    /// One public room, and private ones for two
    Pair,
    /// Topics; messages live for 30 seconds
    Topic,
    /// One chat that tells who comes and goes; the path is /ws/activity unless the address names another
    Activity,
    /// Chats of two
    Fastchat,
}

/// `--format`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatWord {
    /// Objects
    Json,
    /// Lines such as name> text
    Text,
}

/// `--form`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormWord {
    /// As the topic system's own server understands it
    Typed,
    /// As the topic system's document describes it
    Untyped,
    /// As the fastchat system's own server understands it
    Flat,
    /// As the fastchat system's document describes it
    Nested,
}
