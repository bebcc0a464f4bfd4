//! The words of the command line. Scripts rely on them: add options, keep these.

mod older;

use std::net::IpAddr;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use landline_protocol::limits::{TTL_MAX_SECS, TTL_MIN_SECS};

pub(crate) use older::{DialectWord, FormWord, FormatWord, Older};

/// Chat for the people on your network, in the terminal.
#[derive(Debug, Parser)]
#[command(name = "landline-cli", version, max_term_width = 100, after_help = EXAMPLES)]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  landline-cli serve --name Workshop            host a room; it prints its address
  landline-cli browse --seconds 3               list the rooms around
  landline-cli join Workshop --as Ana           talk in the terminal
  landline-cli join 192.168.1.5:8000 --json     follow a room from a script
  landline-cli send Workshop \"Lunch!\"           send one message and be sure that it arrived
  landline-cli backup workshop.landline         copy a hosted room into one file, also while it runs
  landline-cli export Workshop --html lobby.html    save a chat as a page
  landline-cli join 10.0.0.9:8000 --dialect topic --topic sports    talk on a server of an older kind

Logs go to standard error; LANDLINE_LOG=debug shows more of them.
Exit codes: 0 done, 1 failed, 2 wrong usage.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Host a room without a window
    #[command(
        after_help = "Ctrl-C or SIGTERM stops the room cleanly; a second one stops it at once."
    )]
    Serve(Serve),
    /// List the rooms around, as they come and go
    Browse(Browse),
    /// Join a room in the terminal
    #[command(
        after_help = "Each line of standard input is sent. /list shows topics and people, /find and part of a name who is called so, /help the commands, \
        /search finds messages, /quit or /exit leaves; a line that begins with two slashes is sent with one. /pair meets somebody who also \
        wants to, /pair and words says them to whom you met, /unpair ends it.\nAt the end of piped input it \
        goes on listening until it is stopped.\n\nWith --dialect it talks to a server of an older kind. Words wait until \
        that server takes them; what it did not confirm before the connection broke is told and not sent again."
    )]
    Join(Join),
    /// Send one message; succeeds only once the host has it: stored, unless messages disappear in that topic
    Send(Send),
    /// Ask a room whether it is well; exit code 0 if it is, 1 if not
    Health(Health),
    /// Copy a hosted room into one file, while it runs or not
    Backup(Backup),
    /// Make a folder a room again from a backup
    #[command(
        after_help = "Host it with landline-cli serve --data DIR. It is the same room, and whoever comes back is told what \
        the backup does not hold; their own messages come back with them."
    )]
    Restore(Restore),
    /// Save a chat as a page to read, or as lines for programs
    #[command(
        after_help = "With ROOM or URL it reads as a member does, and --data is that member's folder as for join. Without, it \
        reads a topic from the folder of a hosted room, running or not. Direct chats are exported by one of their two."
    )]
    Export(Export),
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// What people call the room [default: the one it had, or this computer's name]
    #[arg(long, env = "LANDLINE_NAME")]
    pub(crate) name: Option<String>,
    /// Listen on this address alone [default: every network card, IPv4 and IPv6]
    #[arg(long, value_name = "ADDR", env = "LANDLINE_BIND")]
    pub(crate) bind: Option<IpAddr>,
    /// Listen on this port or fail; 0 is any free one [default: 8000, or any free one if it is taken]
    #[arg(long, env = "LANDLINE_PORT")]
    pub(crate) port: Option<u16>,
    /// Keep the room in this folder; the same folder again is the same room [default: your data folder]
    #[arg(long, value_name = "DIR", env = "LANDLINE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Do not announce the room; it is reached by its address alone
    #[arg(long)]
    pub(crate) no_announce: bool,
    /// Who may enter; locked is not available yet
    #[arg(long, value_enum, default_value = "open")]
    pub(crate) access: AccessWord,
    /// Password of a locked room; not available yet
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// How long messages of topic-dialect clients live [default: 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) topic_ttl: Option<u32>,
    /// Limit rates and counts per address; off is for measurements
    #[arg(long, value_enum, default_value = "on")]
    pub(crate) rate_limit: Switch,
    /// One more port, for clients that know no other: plain, pair, topic, fastchat, activity or activity-rest; port 0 is any free one
    #[arg(long, value_name = "PORT=DIALECT")]
    pub(crate) also_listen: Vec<landline_server::AlsoListen>,
    /// Let pages of this exact origin open sessions, such as <http://localhost:3000>
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// How long a topic keeps its messages: days, a number of the newest, forever, or usual for what * says; older ones are
    /// removed for everybody. It is remembered; TOPIC * is every topic without a rule of its own [default: forever]
    #[arg(long, value_name = "TOPIC=30d|1000|forever|usual", value_parser = crate::keep::rule)]
    pub(crate) keep: Vec<landline_server::KeepRule>,
    /// Print one JSON object instead of a sentence
    #[arg(long)]
    pub(crate) json: bool,
}

impl Serve {
    /// Ends the process with a clear message where an option is asked for whose work comes later.
    pub(crate) fn refuse_what_comes_later(&self) {
        let later = [
            (
                self.access == AccessWord::Locked,
                "--access locked",
                "host an open room",
            ),
            (
                self.password_file.is_some(),
                "--password-file",
                "host an open room",
            ),
        ];
        if let Some((_, option, instead)) = later.into_iter().find(|(asked, ..)| *asked) {
            let words = format!("{option} is not available in this version; {instead}");
            Options::command()
                .error(ErrorKind::InvalidValue, words)
                .exit();
        }
    }
}

/// `--access`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AccessWord {
    /// Anyone on this network
    Open,
    /// By invite or password
    Locked,
}

/// `--rate-limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// As usual
    On,
    /// For measurements
    Off,
}

#[derive(Debug, Args)]
pub(crate) struct Browse {
    /// Stop after so many seconds [default: when you stop it]
    #[arg(long, value_name = "N")]
    pub(crate) seconds: Option<u64>,
    /// Tell changes of names, members and addresses too
    #[arg(long)]
    pub(crate) changes: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `join` and `send` have in common.
#[derive(Debug, Args)]
pub(crate) struct Member {
    /// A room's name or id as `browse` shows it, or an address such as 192.168.1.5:8000 or host.local:8000
    #[arg(value_name = "ROOM|URL")]
    pub(crate) room: String,
    /// What others call you, 3 to 50 characters [default: your user name]
    #[arg(long = "as", value_name = "NAME", env = "LANDLINE_AS")]
    pub(crate) name: Option<String>,
    /// Where to talk [default: lobby]
    #[arg(long)]
    pub(crate) topic: Option<String>,
    /// Keep who you are and what is not sent yet in this folder [default: your data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    #[command(flatten)]
    pub(crate) member: Member,
    /// If the topic has to be made: its messages disappear after so many seconds, and are kept on no disk
    #[arg(long, value_name = "SECONDS", conflicts_with = "dialect",
        value_parser = clap::value_parser!(u32).range(i64::from(TTL_MIN_SECS)..=i64::from(TTL_MAX_SECS)))]
    pub(crate) ttl: Option<u32>,
    /// Print each frame received as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) older: Older,
}

#[derive(Debug, Args)]
pub(crate) struct Send {
    #[command(flatten)]
    pub(crate) member: Member,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub(crate) timeout: u64,
    /// The message; - reads it from standard input
    pub(crate) text: String,
}

#[derive(Debug, Args)]
pub(crate) struct Health {
    /// A room's address such as 192.168.1.5:8000 [default: the room on this computer that --bind and --port name]
    #[arg(value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The address that the room on this computer listens on, if not on all
    #[arg(long, value_name = "ADDR", env = "LANDLINE_BIND")]
    pub(crate) bind: Option<IpAddr>,
    /// Its port
    #[arg(long, env = "LANDLINE_PORT", default_value_t = landline_client::DEFAULT_PORT)]
    pub(crate) port: u16,
    /// Give up after so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 3)]
    pub(crate) timeout: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// The room's folder [default: that of landline-cli serve]
    #[arg(long, value_name = "DIR", env = "LANDLINE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    pub(crate) force: bool,
    /// Where to put it
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The room's new folder; it must be empty or not there yet [default: that of landline-cli serve]
    #[arg(long, value_name = "DIR", env = "LANDLINE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// The backup
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("form").args(["html", "jsonl"]).required(true).multiple(true))]
#[command(group = clap::ArgGroup::new("chat").args(["topic", "with"]))]
pub(crate) struct Export {
    /// A running room's name or id as `browse` shows it, or its address [default: the folder of a hosted room]
    #[arg(value_name = "ROOM|URL")]
    pub(crate) room: Option<String>,
    /// The room's folder; with ROOM|URL the member's folder, as for join
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// With ROOM|URL: what others call you, 3 to 50 characters [default: your user name]
    #[arg(
        long = "as",
        value_name = "NAME",
        env = "LANDLINE_AS",
        requires = "room"
    )]
    pub(crate) name: Option<String>,
    /// Which topic [default: lobby]
    #[arg(long)]
    pub(crate) topic: Option<String>,
    /// With ROOM|URL: your direct chat with this person
    #[arg(long, value_name = "NAME|USER_ID", requires = "room")]
    pub(crate) with: Option<String>,
    /// One HTML page, without scripts and without anything from elsewhere
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// One JSON object a message, with the fields of MSG in docs/protocol.md
    #[arg(long, value_name = "FILE")]
    pub(crate) jsonl: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long)]
    pub(crate) force: bool,
    /// Give up when the room does not answer for so many seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub(crate) timeout: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn every_word_of_the_design_is_understood() {
        for line in [
            "serve --name N --bind 127.0.0.1 --port 0 --data D --no-announce --access open --rate-limit off --json",
            "serve --access locked --password-file F --topic-ttl 9 --also-listen 9000=pair --also-listen 9001=plain",
            "serve --allow-origin http://a --allow-origin http://b --rate-limit on",
            "browse --seconds 3 --json",
            "join R --as Ana --topic sports --data D --json",
            "join R --topic whispers --ttl 5",
            "join U --dialect plain --as 7 --json",
            "join U --dialect pair --private --format text",
            "join U --dialect topic --form untyped --topic sports",
            "join U --dialect activity",
            "join U --dialect fastchat --form nested --to Bob",
            "send R --as Ana --topic sports --data D hello",
            "serve --keep sports=30d --keep *=1000 --keep lobby=forever",
            "backup --data D --force F",
            "restore F --data D",
            "export --data D --topic sports --html F",
            "export R --as Ana --with Bo --jsonl F --html G --force",
            "health",
            "health --bind ::1 --port 9 --timeout 1",
            "health http://localhost:8000",
        ] {
            let words = std::iter::once("landline-cli").chain(line.split(' '));
            assert!(Options::try_parse_from(words).is_ok(), "{line}");
        }
        for line in [
            "",
            "serve --port 65536",
            "serve --bind here",
            "serve --access half",
            "join",
            "join R --to Bob",
            "join R --dialect irc",
            "join R --ttl 4",
            "join R --ttl 86401",
            "join R --ttl 30 --dialect topic",
            "serve --keep sports",
            "backup",
            "export R",
            "export --with Bo --html F",
            "export R --with Bo --topic t --html F",
            "send R",
            "send",
        ] {
            let words = std::iter::once("landline-cli").chain(line.split_whitespace());
            assert_eq!(
                Options::try_parse_from(words).unwrap_err().exit_code(),
                2,
                "{line}"
            );
        }
    }
}
