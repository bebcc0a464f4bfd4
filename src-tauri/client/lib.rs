//! Joins a room: connects, says hello, resumes, keeps what could not be sent yet. Knows no hub; it speaks to any server
//! of `landline.v1`, ours included.
//!
//! Read it from the inside out. The pure part takes time and randomness as arguments and touches nothing: [`chats`]
//! (positions; each message once, in order), [`living`] (doubles of what disappears), [`outbox`] (what waits, what is on
//! its way), [`joins`] (topics), [`pulse`] (is the server alive), [`backoff`]; [`engine`] puts them together. Around it
//! the thin shell: [`store`] (`SQLite`), [`dial`] (addresses side by side), [`connection`] (the one task of a room),
//! [`room`] (the handle).

mod address;
mod backoff;
mod chat;
mod chats;
mod connection;
mod dial;
mod effect;
mod ending;
mod engine;
#[cfg(test)]
mod host_model;
mod joins;
mod kept;
mod ledger;
mod living;
#[cfg(test)]
mod model;
mod outbox;
mod outgoing;
mod pacer;
#[cfg(test)]
mod promises;
mod pulse;
mod room;
mod socket;
mod store;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use landline_protocol::bridge::{Connection, OutboxMessage};
use landline_protocol::frame::ServerFrame;
use landline_protocol::limits::{PING_DEAD_SECS, PING_EVERY_SECS};
use landline_protocol::{DisplayName, RoomId, UserId};
use tokio::io::{AsyncRead, AsyncWrite};

pub use address::{Address, AddressError, DEFAULT_PORT};
pub use backoff::Backoff;
pub use room::{Room, SendError, join};
pub use store::{Store, StoreError};

/// Which room, and where it may be.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// Every address it may have, the likeliest first; they are tried side by side.
    pub addrs: Vec<Address>,
    /// Its id, if it is known: a server that names another one is not it.
    pub room_id: Option<RoomId>,
}

/// Who joins.
#[derive(Debug, Clone)]
pub struct Identity {
    /// My id, from [`Store::user_id`].
    pub user_id: UserId,
    /// My name.
    pub display_name: DisplayName,
    /// Whether this is the desktop app; otherwise the room shows a script.
    pub app: bool,
}

/// What the consumer of a room hears, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The server sent a frame. Each `MSG` comes once and in the order of its chat, also over a break; one with
    /// `expires_at` comes between those of its place, once while it lives (an app that started again may get it again).
    /// `RESUMED` comes only when `recovered` is false; for a disappearing topic also after a restart of the host.
    /// `PAIR` with `off` also comes when the session ends: nobody waits for a partner without knowing.
    Frame(ServerFrame),
    /// How the connection stands.
    Connection(Connection),
    /// A message of mine waits, or its state changed.
    Outbox(OutboxMessage),
    /// A message of mine was discarded.
    Discarded {
        /// Which.
        message_id: String,
    },
}

/// Frames and events that wait for the consumer. Full: the consumer is behind, and the client stops reading its socket
/// until there is room; nothing is dropped.
pub const EVENTS_CAP: usize = 1_024;

/// How patient a client is. The defaults are for people; tests shorten them.
#[derive(Clone)]
pub struct Options {
    /// The longest first wait before connecting again; doubles with every try.
    pub backoff_first: Duration,
    /// Where the doubling ends.
    pub backoff_most: Duration,
    /// Silence after which the server is asked whether it lives.
    pub ping_every: Duration,
    /// Silence after which it counts as dead.
    pub dead_after: Duration,
    /// Longest time one address gets, from its first packet to its WebSocket answer.
    pub connect_within: Duration,
    /// This device's addresses; a change while waiting means: try at once.
    pub own_addresses: Arc<dyn Fn() -> Vec<IpAddr> + Send + Sync>,
    /// How a stream to an address is opened: TCP, unless the network is a simulated one.
    pub open_stream: Arc<dyn Fn(SocketAddr) -> Opening + Send + Sync>,
}

/// What frames travel over.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A stream on its way.
pub type Opening = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>> + Send>>;

impl Default for Options {
    fn default() -> Self {
        Options {
            backoff_first: Duration::from_millis(250),
            backoff_most: Duration::from_secs(5),
            ping_every: Duration::from_secs(PING_EVERY_SECS),
            dead_after: Duration::from_secs(PING_DEAD_SECS),
            connect_within: Duration::from_secs(5),
            own_addresses: Arc::new(dial::own_addresses),
            open_stream: Arc::new(|addr| Box::pin(dial::open_tcp(addr))),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("backoff_first", &self.backoff_first)
            .field("backoff_most", &self.backoff_most)
            .field("ping_every", &self.ping_every)
            .field("dead_after", &self.dead_after)
            .field("connect_within", &self.connect_within)
            .finish_non_exhaustive()
    }
}

/// Milliseconds on the task's own clock; the pure part is told the time, it never asks.
type Millis = u64;
