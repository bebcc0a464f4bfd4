//! Everything that does IO for a hub: the listener, HTTP, sessions and their dialects, the log on disk, the guards.
//!
//! [`start`] hosts one room. docs/architecture.md, "The server".

mod api_docs;
mod archive;
mod backup;
pub mod bare;
mod dialect;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod guards;
mod guest;
mod http;
mod limits;
mod listener;
#[doc(hidden)]
pub mod measuring;
mod outlet;
mod room_file;
mod search;
mod server;
mod session;
mod steady;
mod store;

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;

use landline_protocol::{Access, UserId, ValueError, Via};

pub use archive::{Archive, ArchiveError};
pub use backup::{BackupError, RestoreError, Restored, backup, restore};
pub use landline_hub::KeepRule;
pub use server::{Server, start};
pub use store::OpenError;

/// What to host, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// What people call the room: 1 to 63 bytes.
    pub name: String,
    /// Where to listen; every interface, IPv4 and IPv6, without it.
    pub bind: Option<IpAddr>,
    /// At which port.
    pub port: Port,
    /// The room's folder. The same folder again is the same room.
    pub data: PathBuf,
    /// Who may enter.
    pub access: Access,
    /// Whether rates and counts per address are limited. Sizes and deadlines always are.
    pub rates: bool,
    /// Exact origins of pages, besides our own, that may open sessions.
    pub allow_origins: Vec<String>,
    /// The member who hosts, shown as such.
    pub host_user: Option<UserId>,
    /// Ports beside the main one, for clients of older chat systems that know only theirs.
    pub also_listen: Vec<AlsoListen>,
    /// How long the messages of `topic` users live.
    pub topic_ttl: std::time::Duration,
    /// Rules about how long messages are kept, beside those that the room has.
    pub keep: Vec<KeepRule>,
}

/// How long the messages of `topic` users live, unless the host says otherwise (dialects.md, 7).
pub const TOPIC_TTL: std::time::Duration = std::time::Duration::from_secs(30);

/// One more port, and what is offered there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlsoListen {
    /// 0: any free one.
    pub port: u16,
    /// For whom.
    pub service: Service,
}

/// What is offered at a port of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// All that the main port offers: clients of this dialect know another port, nothing else.
    Same(Via),
    /// The chat of `activity`, at any path.
    Activity,
    /// What `activity` clients read over HTTP.
    ActivityRest,
}

impl Service {
    /// The word on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Service::Same(via) => via.as_str(),
            Service::Activity => "activity",
            Service::ActivityRest => "activity-rest",
        }
    }
}

impl std::str::FromStr for AlsoListen {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError = ValueError(
            "give PORT=DIALECT, such as 9001=activity; dialects are plain, pair, topic, activity, activity-rest, fastchat",
        );
        let (port, dialect) = text.split_once('=').ok_or(WRONG)?;
        let service = match dialect {
            "plain" => Service::Same(Via::Plain),
            "pair" => Service::Same(Via::Pair),
            "topic" => Service::Same(Via::Topic),
            "fastchat" => Service::Same(Via::Fastchat),
            "activity" => Service::Activity,
            "activity-rest" => Service::ActivityRest,
            _ => return Err(WRONG),
        };
        let port = port.parse().map_err(|_| WRONG)?;
        Ok(AlsoListen { port, service })
    }
}

/// A port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// This one or none; 0: any free one.
    Exactly(u16),
    /// This one, or any free one if it is taken.
    Prefer(u16),
}

/// How the room is, for whoever announces or shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Its name.
    pub name: Arc<str>,
    /// How many people are in it.
    pub members_online: u32,
    /// Whether messages can be stored, as far as is known.
    pub writable: bool,
}

/// Why a room could not be hosted. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The name breaks its rule.
    #[error("{0}")]
    Name(ValueError),
    /// Locked rooms are not built yet.
    #[error("locked rooms are not available in this version; host an open room")]
    Locked,
    /// The port is taken.
    #[error("port {0} is in use; choose another port, or none to get any free one")]
    PortTaken(u16),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {error}; choose an address of this computer")]
    Listen {
        /// Where.
        address: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The folder cannot be used.
    #[error("cannot use the data folder {folder}: {error}; choose a folder that you can write to")]
    Folder {
        /// Which.
        folder: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// The system gives no thread to run the room on.
    #[error("cannot start the room's thread: {0}; close other programs and try again")]
    Thread(std::io::Error),
    /// Another process hosts from the folder.
    #[error(
        "another Landline already hosts the room in {0}; stop it first, or choose another data folder"
    )]
    FolderTaken(String),
    /// The log cannot be opened.
    #[error("{0} (data folder {1})")]
    Log(OpenError, String),
}
