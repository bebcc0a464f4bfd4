//! The hub's own capacities. Each says what "full" means.

/// Commands waiting for the hub. Full: the hub is behind, and sessions stop reading their sockets.
pub const HUB_COMMANDS_CAP: usize = 4_096;
/// Appends handed to the store and not answered. Full: the disk is behind, and a message is refused with `BUSY`.
pub const APPENDS_CAP: usize = 4_096;
/// Store answers waiting for the hub. Full: the writer pauses.
pub const ANSWERS_CAP: usize = 256;
/// How long changes of presence and topic membership are gathered before they are told, in milliseconds.
pub const GATHER_MS: i64 = 50;
/// How often the store is asked to remove what is kept no longer, in milliseconds; also whenever the host gives a rule.
pub const TRIM_EVERY_MS: i64 = 60_000;
/// How long it is gathered what was removed before it is told, in milliseconds.
pub const KEPT_TOLD_EVERY_MS: i64 = 1_000;
/// The same at most, where people are many.
pub const GATHER_MAX_MS: i64 = 1_000;
/// The same for the sessions that are told the whole list where people are many. Their contract allows no more.
pub const ROSTER_GATHER_MS: i64 = 100;
/// People down to which names are told again after there were too many.
pub const CROWD_ENDS: usize = 80;
/// People of a topic down to which everybody's read marker is told again after there were too many.
pub const SEEN_MANY_ENDS: usize = 24;
/// How long a person's typing in a topic is not told again, in milliseconds, however often they say it.
pub const TYPING_TOLD_EVERY_MS: i64 = 1_000;
/// How long somebody counts as typing who says nothing more, in milliseconds.
pub const TYPING_LASTS_MS: i64 = 6_000;
/// How long read markers are gathered before they are saved, in milliseconds.
pub const MARKERS_SAVED_EVERY_MS: i64 = 1_000;
/// After a failed commit, how long messages are refused before one is tried again, in milliseconds.
pub const DISK_RETRY_MS: i64 = 1_000;
/// What a client is told to wait while the store has not said what became of messages on a failed disk, in milliseconds.
pub const UNANSWERED_RETRY_MS: i64 = 250;
/// What a client is told to wait when the disk is behind, in milliseconds.
pub const BUSY_RETRY_MS: u64 = 250;
/// Messages that disappear held in one topic. One more, and the oldest goes before its time.
pub const FLEETING_MAX: usize = 10_000;
/// Their text in one topic, in bytes. As above.
pub const FLEETING_BYTES_MAX: usize = 8 * 1024 * 1024;
/// What a page has room for of messages that disappear, in bytes of JSON, however much of it the log fills. Beyond it the
/// oldest of them are left out.
pub const FLEETING_PAGE_BYTES: usize = 24 * 1024;
/// How long after it disappeared a member's message is still known by its id, in milliseconds: one sent again because its
/// acknowledgement was lost is not said twice.
pub const FLEETING_KNOWN_MS: i64 = 600_000;
/// Such ids kept in all. One more, and the oldest goes.
pub const FLEETING_KNOWN_MAX: usize = 65_536;
