//! Who is on this network: announces one room and browses for the others, by multicast DNS (RFC 6762, 6763).
//!
//! Knows no chat: a room is a name, an id and addresses. What it hears is unsigned, so it is a hint and never a proof;
//! the only question it asks a room itself is whether its port answers.
//!
//! `record` is the text of an announcement, `table` decides what is shown (pure, time is an argument), `announcement`
//! and `browser` are the two tasks around them.

mod announcement;
mod browser;
mod interfaces;
mod probe;
mod record;
mod table;

use std::net::{IpAddr, SocketAddr};

pub use announcement::Announcement;
pub use browser::Browser;
pub use interfaces::{own_addresses, urls};

/// The service type (RFC 6763 §7).
const SERVICE: &str = "_landline._tcp.local.";

/// The type under which a room is announced for the moment before its goodbye, by a name that is new each time. Every
/// receiver holds a goodbye back for a second (RFC 6762 §10.1); a new name it sees at once.
const LEAVING: &str = "_landline-bye._tcp.local.";

/// What a host says of its room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announce {
    /// The room's id, 1 to 64 of `[0-9a-z-]`.
    pub room_id: String,
    /// Its name; more than 63 bytes are cut.
    pub name: String,
    /// A label of the computer that hosts it, such as [`host_label`].
    pub host: String,
    /// Who may enter: `open` or `locked`.
    pub access: String,
    /// The version of the chat protocol.
    pub protocol: u32,
    /// How many people are in it.
    pub members: u32,
    /// The TCP port.
    pub port: u16,
}

/// A room that was heard. All of it is what its host claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The room's id; the one thing that tells two rooms apart.
    pub room_id: String,
    /// Its name as announced, such as `Workshop (2)` where another room has it already.
    pub name: String,
    /// The computer that hosts it.
    pub host: String,
    /// Who may enter.
    pub access: String,
    /// The version of the chat protocol.
    pub protocol: u32,
    /// How many people are in it.
    pub members: u32,
    /// Where it is, the likeliest first. Try all side by side.
    pub addrs: Vec<SocketAddr>,
}

/// What changed on the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A room is there.
    Found(Room),
    /// Name, members or addresses of a known room changed.
    Changed(Room),
    /// A room is gone: it said goodbye, or neither its port nor its host answers any more.
    Lost {
        /// Which.
        room_id: String,
    },
}

/// Which network cards take part. The default is good for people.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Announce and browse on the cards of containers, virtual machines and tunnels too. Without it they are used only
    /// where there is no other card: what they lead to is mostly on this very machine.
    pub virtual_cards: bool,
    /// Names of cards to leave out, as the system calls them.
    pub leave_out: Vec<String>,
    /// Announce this address alone: the listener is bound to it.
    pub only: Option<IpAddr>,
}

/// Why announcing or browsing could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The multicast socket could not be opened. The room can still be reached by its address.
    #[error(
        "cannot use multicast DNS on this computer ({0}); rooms can still be reached by their address"
    )]
    Multicast(#[from] mdns_sd::Error),
    /// The announcement itself is wrong; a fault of the caller.
    #[error("cannot announce this room: {0}")]
    Announce(&'static str),
}

/// What people call this computer, for [`Announce::host`].
pub fn host_label() -> String {
    let name = gethostname::gethostname();
    record::label(&name.to_string_lossy()).unwrap_or_else(|| "computer".to_owned())
}
