//! Every size and count that the native protocol holds its peers to. docs/protocol.md repeats this table; a tidy test
//! compares the two.

/// Longest text of one message, in bytes of UTF-8.
pub const TEXT_BYTES: usize = 16 * 1024;
/// Chats whose ends one `PONG` tells; the next tells the others.
pub const HEADS_TOLD: usize = 200;
/// Longest frame a client may send, in bytes.
pub const FRAME_BYTES: usize = 64 * 1024;
/// Longest frame a client may send before its `HELLO` was accepted, in bytes.
pub const HELLO_FRAME_BYTES: usize = 4 * 1024;
/// Longest frame a server sends, in bytes. Pages are cut to stay below it; one message always fits.
pub const SERVER_FRAME_BYTES: usize = 256 * 1024;
/// Deepest nesting of arrays and objects in a client's frame.
pub const JSON_DEPTH: usize = 32;
/// Shortest display name, in characters (Unicode scalar values).
pub const NAME_MIN_CHARS: usize = 3;
/// Longest display name, in characters.
pub const NAME_MAX_CHARS: usize = 50;
/// Longest topic name, in characters.
pub const TOPIC_MAX_CHARS: usize = 50;
/// Longest `message_id`, in characters.
pub const MESSAGE_ID_MAX_CHARS: usize = 128;
/// Shortest and longest `token` of a `HELLO`, in bytes.
pub const TOKEN_MIN_BYTES: usize = 16;
/// See [`TOKEN_MIN_BYTES`].
pub const TOKEN_MAX_BYTES: usize = 128;
/// Longest room name, in bytes of UTF-8: it is an mDNS instance name (RFC 6763 §4.1.1).
pub const ROOM_NAME_MAX_BYTES: usize = 63;
/// Most messages in one page of `HISTORY` or `RESUMED`.
pub const PAGE_MAX: u32 = 500;
/// Messages in a page when the client names no `limit`.
pub const PAGE_DEFAULT: u32 = 50;
/// Bytes of JSON after which a page ends early, so that it stays below [`SERVER_FRAME_BYTES`].
pub const PAGE_BYTES: usize = 128 * 1024;
/// Longest `query` of a `SEARCH`, in bytes.
pub const QUERY_BYTES: usize = 1_024;
/// Most hits in one `FOUND`.
pub const HITS_MAX: u32 = 50;
/// Hits in a `FOUND` when the client names no `limit`.
pub const HITS_DEFAULT: u32 = 20;
/// Searches a person, or over HTTP an address, may start at once.
pub const SEARCHES_BURST: u32 = 20;
/// Searches a person, or over HTTP an address, may start each second, over time.
pub const SEARCHES_PER_SECOND: u32 = 5;
/// People in a room, or in a topic, up to which everybody is told of everybody by name. Of more, how many there are.
pub const NAMED_MAX: usize = 100;
/// People named in the `PRESENCE` of a room with more than that.
pub const CROWD_LISTED: usize = 20;
/// People in one `PEOPLE`; the rest is asked for.
pub const PEOPLE_LISTED: usize = 50;
/// People told to be typing in a topic of more than [`NAMED_MAX`]; the others are counted.
pub const TYPING_NAMED: usize = 3;
/// Members named in one `MEMBERS`; the rest is asked for.
pub const MEMBERS_LISTED: usize = 200;
/// Users named in one `PRESENCE`; a longer list comes as several frames.
pub const PRESENCE_LISTED: usize = 500;
/// People in a topic up to which everybody is told how far each has read, and markers told of one; in a larger topic one
/// asks.
pub const SEEN_MAX: usize = 32;
/// Milliseconds over which the markers of a topic are gathered before they are told.
pub const SEEN_EVERY_MS: i64 = 1_000;
/// People named in one `SEEN_BY`; the rest is asked for.
pub const SEEN_BY_LISTED: usize = 50;
/// Questions about people (`SEEN_BY`, `FIND_PEOPLE`) that a person may ask at once.
pub const QUESTIONS_BURST: u32 = 10;
/// And each second, over time.
pub const QUESTIONS_PER_SECOND: u32 = 2;
/// Topics of a room, and as many disappearing ones that guests made; one more is refused. Also those in one `TOPICS`.
pub const TOPICS_MAX: usize = 1_000;
/// Topics one session may be in.
pub const TOPICS_JOINED_MAX: usize = 200;
/// Shortest life of the messages of a disappearing topic, in seconds.
pub const TTL_MIN_SECS: u32 = 5;
/// Longest life of the messages of a disappearing topic, in seconds.
pub const TTL_MAX_SECS: u32 = 86_400;
/// Most days that a topic's messages are kept, unless they are kept for ever.
pub const KEEP_DAYS_MAX: u32 = 36_500;
/// Most messages that a topic keeps, unless it keeps all.
pub const KEEP_MESSAGES_MAX: u32 = 100_000_000;
/// Messages of a session that wait for their acknowledgement; the server reads no further until one is answered.
pub const IN_FLIGHT_MAX: usize = 64;
/// Messages a person may send at once.
pub const MESSAGES_BURST: u32 = 10;
/// Messages a person may send each second, over time.
pub const MESSAGES_PER_SECOND: u32 = 2;
/// Seconds between an app's pings; two unanswered ones mean the server is gone.
pub const PING_EVERY_SECS: u64 = 5;
/// Seconds of silence after which an app counts its server as dead.
pub const PING_DEAD_SECS: u64 = 12;
/// Seconds between the server's keep-alive pings to a session.
pub const KEEPALIVE_EVERY_SECS: u64 = 25;
/// Seconds a session has to answer a keep-alive ping.
pub const KEEPALIVE_GRACE_SECS: u64 = 8;
/// Seconds from the connection to the accepted `HELLO`.
pub const HELLO_SECS: u64 = 5;
