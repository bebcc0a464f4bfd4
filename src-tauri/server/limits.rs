//! The server's own capacities and deadlines; those of the wire are in `landline_protocol::limits`.

use std::time::Duration;

/// Connections from one address that have not said hello. One more is answered 503.
pub(crate) const WAITING_PER_ADDRESS: usize = 16;
/// Connections from everywhere that have not said hello. One more is answered 503.
pub(crate) const WAITING_MAX: usize = 256;
/// People new to the room that one address may bring at once …
pub(crate) const NEWCOMERS_BURST: u32 = 32;
/// … and every how often one more may come.
pub(crate) const NEWCOMER_EVERY: Duration = Duration::from_secs(600 / 32);
/// Pairs of address and person remembered as having been here, so that coming back is not counted.
pub(crate) const REGULARS_MAX: usize = 4_096;
/// Frames of any kind that a session may send at once. Beyond it the server reads slower; nothing is lost.
pub(crate) const FRAMES_BURST: u32 = 1_000;
/// Frames of any kind that a session may send each second, over time.
pub(crate) const FRAMES_PER_SECOND: u32 = 500;
/// Frames waiting for one reader. Full: a slow reader; it is closed with 4008 and resumes by position.
pub(crate) const SESSION_FRAMES_CAP: usize = 1_024;
/// Bytes waiting for one reader. Full: as above.
pub(crate) const SESSION_BYTES_CAP: usize = 1024 * 1024;
/// What a session looks at of its queue before it looks at its socket again.
pub(crate) const FRAMES_AT_ONCE: usize = 256;
/// Sockets that the hub's task writes to before it looks who has said something meanwhile. Few: the sooner what came is on
/// the disk, the more of it goes out in one write to those who have not had their turn.
pub(crate) const FLUSHED_AT_ONCE: usize = 24;
/// The most of them while nobody says anything: what is said then waits for so many writes, a millisecond or two.
pub(crate) const FLUSHED_IN_QUIET: usize = 192;
/// Authors who hear before their turn, of each [`FLUSHED_AT_ONCE`]: fewer than those, or who only listens would never hear.
pub(crate) const AUTHORS_AHEAD: usize = 8;
/// A WebSocket's read buffer, in bytes; tungstenite's own default is 128 KiB for every connection.
pub(crate) const READ_BUFFER_BYTES: usize = 256;
/// From accepting a connection to its complete HTTP header, and between two requests on it.
pub(crate) const HEADER_DEADLINE: Duration = Duration::from_secs(5);
/// Time for a hello after an upgrade, however old the connection is.
pub(crate) const HELLO_AT_LEAST: Duration = Duration::from_secs(2);
/// How long a closing session waits for the other side.
pub(crate) const CLOSE_PATIENCE: Duration = Duration::from_secs(2);
/// How long a write may take before the reader counts as dead.
pub(crate) const WRITE_PATIENCE: Duration = Duration::from_secs(8);
/// Searches at the same time. More only take turns at the disk.
pub(crate) const SEARCHERS: usize = 2;
/// Searches that run or wait for a place. One more is told to come back: `BUSY`.
pub(crate) const SEARCHES_MAX: usize = 64;
/// How long one search looks. Then it tells what it found, and where to go on.
pub(crate) const SEARCH_BUDGET: Duration = Duration::from_millis(100);
/// Matches of which a search shows the best first. The newest are taken; the older come behind them.
pub(crate) const SEARCH_RANKED: usize = 200;
/// Entries not in the index yet that a search looks at one by one, the newest. The rest is told as `pending`.
pub(crate) const SEARCH_LINEAR_MAX: u32 = 2_000;
/// How long entries gather before they are indexed together …
pub(crate) const INDEX_GATHERS: Duration = Duration::from_secs(5);
/// … unless there are so many.
pub(crate) const INDEX_GATHERED_MAX: u64 = 500;
/// After a fault of its file, how long the index is let be.
pub(crate) const INDEX_RETRY: Duration = Duration::from_secs(30);
/// How long stopping waits for the sessions.
pub(crate) const STOP_PATIENCE: Duration = Duration::from_secs(5);
