//! The hub's own capacities. Each says what "full" means.

/// Commands waiting for the hub. Full: the hub is behind, and sessions stop reading their sockets.
pub const HUB_COMMANDS_CAP: usize = 4_096;
/// Appends handed to the store and not answered. Full: the disk is behind, and a message is refused with `BUSY`.
pub const APPENDS_CAP: usize = 4_096;
/// Store answers waiting for the hub. Full: the writer pauses.
pub const ANSWERS_CAP: usize = 256;
/// How long changes of presence and topic membership are gathered before they are told, in milliseconds.
pub const GATHER_MS: i64 = 50;
/// How long read markers are gathered before they are saved, in milliseconds.
pub const MARKERS_SAVED_EVERY_MS: i64 = 1_000;
/// After a failed commit, how long messages are refused before one is tried again, in milliseconds.
pub const DISK_RETRY_MS: i64 = 1_000;
/// What a client is told to wait when the disk is behind, in milliseconds.
pub const BUSY_RETRY_MS: u64 = 250;
