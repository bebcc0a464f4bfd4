//! Pages of a log, on a few read connections beside the writer (WAL: neither waits for the other).

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use landline_hub::command::Page;
use landline_hub::ports::{PageQuery, StoreFault, can_recover, is_cut, page_bytes};
use landline_hub::{ChatKey, Entry, Person};
use landline_protocol::limits::{PAGE_BYTES, PAGE_MAX};
use landline_protocol::{DisplayName, EntryKind, MessageId, Position, Timestamp, UserId, Via};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, Params, params};
use tokio::sync::Semaphore;

use super::place::Place;
use super::rows::{self, KindWord, ViaWord, Word};
use super::seal::{self, Hash, Seal};

/// Pages read at the same time. More only take turns at the disk.
const READERS: usize = 2;

pub(super) const COLUMNS: &str =
    "entry.seq, epoch.counter, epoch.tag, member.user_id, entry.name, entry.via, entry.message_id,
    entry.kind, entry.body, entry.at, entry.hash, entry.seal";
pub(super) const TABLES: &str =
    "entry JOIN epoch ON epoch.counter = entry.epoch JOIN member ON member.id = entry.author";

/// Reads pages. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Reader {
    /// For a log that nobody hosts.
    pub(crate) fn of(file: &Path) -> rusqlite::Result<Reader> {
        let reader = Reader::open(Place::at(file))?;
        let idle = reader.shared.idle.lock();
        for connection in idle.unwrap_or_else(PoisonError::into_inner).iter() {
            super::open::change_nothing_at_the_end(connection)?;
        }
        Ok(reader)
    }

    pub(super) fn open(place: Place) -> rusqlite::Result<Reader> {
        let shared = Shared {
            idle: Mutex::new(vec![connect(&place)?]),
            place,
            places: Semaphore::new(READERS),
        };
        Ok(Reader {
            shared: Arc::new(shared),
        })
    }

    /// Reads a page of `chat`; an unknown chat is an empty one.
    ///
    /// # Errors
    /// [`StoreFault`] when the disk or the file fails; nothing is known about the page then.
    pub(crate) async fn read(&self, chat: ChatKey, query: PageQuery) -> Result<Page, StoreFault> {
        let fault = |error: &dyn std::fmt::Display| StoreFault(error.to_string().into());
        let _place = self
            .shared
            .places
            .acquire()
            .await
            .map_err(|error| fault(&error))?;
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || shared.page(&chat, query))
            .await
            .map_err(|error| fault(&error))?
            .map_err(|error| {
                tracing::error!("the log could not be read: {error}");
                fault(&error)
            })
    }
}

impl Shared {
    fn page(&self, chat: &ChatKey, query: PageQuery) -> rusqlite::Result<Page> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.place)?,
        };
        let page = {
            // One look at the log: what is removed meanwhile is still whole in it.
            let look = connection.unchecked_transaction()?;
            page(&look, chat, query)?
        };
        // Only a connection that has just worked is kept.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        Ok(page)
    }
}

pub(super) fn connect(place: &Place) -> rusqlite::Result<Connection> {
    let connection =
        place.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "busy_timeout", 5_000)?;
    Ok(connection)
}

/// The row of a chat.
pub(super) fn chat_id(connection: &Connection, chat: &ChatKey) -> rusqlite::Result<Option<i64>> {
    match chat {
        ChatKey::Topic(name) => connection
            .prepare_cached("SELECT id FROM chat WHERE topic = ?")?
            .query_row([name.as_str()], |row| row.get(0))
            .optional(),
        ChatKey::Direct(low, high) => connection
            .prepare_cached("SELECT id FROM chat WHERE low = ? AND high = ?")?
            .query_row([rows::user_bytes(*low), rows::user_bytes(*high)], |row| {
                row.get(0)
            })
            .optional(),
    }
}

fn page(connection: &Connection, chat: &ChatKey, query: PageQuery) -> rusqlite::Result<Page> {
    let Some(id) = chat_id(connection, chat)? else {
        let recovered = matches!(query, PageQuery::Resume(Position { seq: 0, .. }, _));
        return Ok(Page {
            recovered,
            ..Page::default()
        });
    };
    let page = match query {
        PageQuery::Before(before, limit) => newest(connection, chat, id, before, limit),
        PageQuery::After(after, limit) => oldest(connection, chat, id, after, limit),
        PageQuery::Around(seq, limit) => around(connection, chat, id, seq, limit),
        PageQuery::At(at, limit) => {
            let seq = first_at(connection, id, at)?;
            around(connection, chat, id, seq, limit)
        }
        PageQuery::Resume(position, limit) => resume(connection, chat, id, position, limit),
    }?;
    Ok(Page {
        oldest: oldest_kept(connection, id)?,
        ..page
    })
}

/// `seq` of the oldest message that a chat keeps; what is below it is shown to nobody.
fn oldest_kept(connection: &Connection, id: i64) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT oldest FROM chat WHERE id = ?")?
        .query_row([id], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
}

fn newest(
    connection: &Connection,
    chat: &ChatKey,
    id: i64,
    before: Option<u64>,
    room: impl Into<Room>,
) -> rusqlite::Result<Page> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE entry.chat = ?1 AND entry.seq < ?2
            AND entry.seq >= (SELECT oldest FROM chat WHERE id = ?1) ORDER BY entry.seq DESC LIMIT ?3"
    );
    let before = before.map_or(i64::MAX, rows::seq);
    let Some(head) = head_seq(connection, id)? else {
        return Ok(Page::default());
    };
    let way = Way::Down(
        head.min(before.unsigned_abs().saturating_sub(1)),
        oldest_kept(connection, id)?,
    );
    let (mut entries, more) = collect(connection, &sql, chat, way, room, |limit| {
        params_of(id, before, limit)
    })?;
    entries.reverse();
    Ok(Page {
        entries,
        more,
        ..Page::default()
    })
}

fn oldest(
    connection: &Connection,
    chat: &ChatKey,
    id: i64,
    after: u64,
    room: impl Into<Room>,
) -> rusqlite::Result<Page> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE entry.chat = ?1
            AND entry.seq >= max(?2 + 1, (SELECT oldest FROM chat WHERE id = ?1)) ORDER BY entry.seq LIMIT ?3"
    );
    let way = Way::Up(after.saturating_add(1).max(oldest_kept(connection, id)?));
    let (entries, more) = collect(connection, &sql, chat, way, room, |limit| {
        params_of(id, rows::seq(after), limit)
    })?;
    Ok(Page {
        entries,
        more,
        ..Page::default()
    })
}

/// Half of a page before `seq`, and it with what follows; more of what is before where little follows.
fn around(
    connection: &Connection,
    chat: &ChatKey,
    id: i64,
    seq: u64,
    limit: u32,
) -> rusqlite::Result<Page> {
    let limit = limit.clamp(1, PAGE_MAX);
    let half = |messages| Room {
        messages,
        bytes: PAGE_BYTES / 2,
    };
    let from = oldest(
        connection,
        chat,
        id,
        seq.saturating_sub(1),
        half(limit - limit / 2),
    )?;
    let rest = limit - u32::try_from(from.entries.len()).unwrap_or(limit);
    let mut page = if rest == 0 {
        Page::default()
    } else {
        newest(connection, chat, id, Some(seq), half(rest))?
    };
    page.entries.extend(from.entries);
    Ok(Page {
        more: from.more,
        ..page
    })
}

/// The `seq` of the first entry taken at `at` or later; past the end if there is none. Times rise with `seq` in a chat, so
/// a few looks find it, and no index on the time is kept.
fn first_at(connection: &Connection, id: i64, at: Timestamp) -> rusqlite::Result<u64> {
    let mut time_of = connection
        .prepare_cached("SELECT at FROM entry WHERE chat = ? AND seq >= ? ORDER BY seq LIMIT 1")?;
    let (mut low, mut high): (i64, i64) = connection
        .prepare_cached(
            "SELECT coalesce(min(seq), 1), coalesce(max(seq), 0) + 1 FROM entry WHERE chat = ?",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    while low < high {
        let middle = low + (high - low) / 2;
        let taken: i64 = time_of.query_row([id, middle], |row| row.get(0))?;
        if taken < at.0 {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low.unsigned_abs())
}

fn resume(
    connection: &Connection,
    chat: &ChatKey,
    id: i64,
    position: Position,
    limit: u32,
) -> rusqlite::Result<Page> {
    let is_known: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM epoch WHERE counter = ? AND tag = ?)")?
        .query_row(
            params![position.epoch.counter, position.epoch.tag.to_be_bytes()],
            |row| row.get(0),
        )?;
    let written_in: Option<u32> = connection
        // One that is lost was told with the epoch of the next.
        .prepare_cached("SELECT epoch FROM entry WHERE chat = ? AND seq >= ? ORDER BY seq LIMIT 1")?
        .query_row([id, rows::seq(position.seq)], |row| row.get(0))
        .optional()?;
    let recovered = can_recover(position, is_known, written_in)
        && !is_cut(position.seq, oldest_kept(connection, id)?);
    let page = if recovered {
        oldest(connection, chat, id, position.seq, limit)?
    } else {
        // What the reader holds is of a log that is gone, or it missed something that was removed: the newest page
        // instead, and nothing more to ask for.
        Page {
            more: false,
            ..newest(connection, chat, id, None, limit)?
        }
    };
    let reached = page.entries.last().map(|entry| entry.position);
    Ok(Page {
        recovered,
        position: match reached.or(recovered.then_some(position)) {
            Some(position) => Some(position),
            None => head(connection, id)?,
        },
        ..page
    })
}

/// Where a chat's log ends, whether anything of it is kept or not.
fn head(connection: &Connection, id: i64) -> rusqlite::Result<Option<Position>> {
    connection
        .prepare_cached(
            "SELECT entry.seq, epoch.counter, epoch.tag FROM entry JOIN epoch ON epoch.counter = entry.epoch
             WHERE entry.chat = ? ORDER BY entry.seq DESC LIMIT 1",
        )?
        .query_row([id], |row| {
            Ok(Position {
                epoch: rows::epoch(row.get(1)?, row.get(2)?),
                seq: row.get::<_, i64>(0)?.unsigned_abs(),
            })
        })
        .optional()
}

fn params_of(id: i64, seq: i64, limit: i64) -> impl Params {
    (id, seq, limit)
}

/// What fits into a page, or into a part of one.
struct Room {
    messages: u32,
    bytes: usize,
}

impl From<u32> for Room {
    fn from(messages: u32) -> Room {
        Room {
            messages,
            bytes: PAGE_BYTES,
        }
    }
}

/// The last `seq` of a chat.
fn head_seq(connection: &Connection, id: i64) -> rusqlite::Result<Option<u64>> {
    connection
        .prepare_cached("SELECT seq FROM entry WHERE chat = ? ORDER BY seq DESC LIMIT 1")?
        .query_row([id], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
        .optional()
}

/// In which order rows are collected, and which `seq` must come first.
#[derive(Clone, Copy)]
enum Way {
    /// Rising.
    Up(u64),
    /// Falling, to the second one.
    Down(u64, u64),
}

/// Collects rows while there is room in the page. Every place that has no row, or one that is not as it
/// was written, is told as lost.
fn collect<P: Params>(
    connection: &Connection,
    sql: &str,
    chat: &ChatKey,
    way: Way,
    room: impl Into<Room>,
    params: impl FnOnce(i64) -> P,
) -> rusqlite::Result<(Vec<Arc<Entry>>, bool)> {
    let room = room.into();
    let limit = room.messages.clamp(1, PAGE_MAX) as usize;
    let mut statement = connection.prepare_cached(sql)?;
    // One more than asked for tells whether there is more.
    let mut found = statement.query(params(i64::try_from(limit + 1).unwrap_or(i64::MAX)))?;
    let mut page = Collected::new(way, limit, room.bytes);
    while let Some(row) = found.next()? {
        let entry = entry_or_lost(row, chat)?;
        if page.is_over_with(entry) {
            return Ok((page.entries, true));
        }
    }
    let is_cut = page.is_over_to_the_end();
    Ok((page.entries, is_cut))
}

/// A page that is being filled.
struct Collected {
    entries: Vec<Arc<Entry>>,
    bytes: usize,
    limit: usize,
    bytes_max: usize,
    way: Way,
}

impl Collected {
    fn new(way: Way, limit: usize, bytes_max: usize) -> Collected {
        Collected {
            entries: Vec::new(),
            bytes: 0,
            limit,
            bytes_max,
            way,
        }
    }

    fn push(&mut self, entry: Entry) -> bool {
        if self.entries.len() == self.limit || self.bytes >= self.bytes_max {
            return false;
        }
        match &mut self.way {
            Way::Up(next) => *next = entry.position.seq + 1,
            Way::Down(next, _) => *next = entry.position.seq.saturating_sub(1),
        }
        self.bytes += page_bytes(&entry.body);
        self.entries.push(Arc::new(entry));
        true
    }

    fn push_lost(&mut self, near: &Entry, seq: u64) -> bool {
        let epoch = near.position.epoch;
        self.push(lost(&near.chat, Position { epoch, seq }, near.at))
    }

    /// Adds an entry and those that are missing before it; whether there was no more room.
    fn is_over_with(&mut self, entry: Entry) -> bool {
        let seq = entry.position.seq;
        loop {
            let missing = match self.way {
                Way::Up(next) if seq > next => next,
                Way::Down(next, _) if seq < next => next,
                // A place that was shown already: the index has it twice.
                Way::Up(next) if seq < next => return false,
                Way::Down(next, _) if seq > next => return false,
                _ => return !self.push(entry),
            };
            if !self.push_lost(&entry, missing) {
                return true;
            }
        }
    }

    /// Going down, what is missing below the last row found is lost too.
    fn is_over_to_the_end(&mut self) -> bool {
        let Some(last) = self.entries.last().cloned() else {
            return false;
        };
        while let Way::Down(next, floor) = self.way
            && next >= floor.max(1)
        {
            if !self.push_lost(&last, next) {
                return true;
            }
        }
        false
    }
}

/// What is told of a place whose message is gone.
fn lost(chat: &ChatKey, position: Position, at: Timestamp) -> Entry {
    let id: MessageId = format!("lost-{}", position.seq)
        .parse()
        .expect("letters and digits are an id");
    Entry {
        chat: chat.clone(),
        author: Person {
            user_id: UserId(uuid::Uuid::nil()),
            name: DisplayName::lenient("Unknown"),
            via: Via::App,
        },
        kind: EntryKind::Lost,
        body: "".into(),
        message_id: id,
        position,
        at,
        session: None,
        original: None,
        life: None,
    }
}

/// The entry of a row, if it is as it was written.
fn entry_or_lost(row: &rusqlite::Row<'_>, chat: &ChatKey) -> rusqlite::Result<Entry> {
    if let Ok(Some(entry)) = entry(row, chat) {
        return Ok(entry);
    }
    let position = Position {
        epoch: rows::epoch(row.get(1)?, row.get(2)?),
        seq: row.get::<_, i64>(0)?.unsigned_abs(),
    };
    tracing::error!(
        "message {} of a chat is not as it was written, and is shown as lost",
        position.seq
    );
    Ok(lost(
        chat,
        position,
        Timestamp(row.get(9).unwrap_or_default()),
    ))
}

/// Takes out of a log that was put together from a damaged one what its digests do not prove. Rows whose text was removed,
/// and those from before there were digests, are believed.
pub(super) fn remove_unproved(connection: &Connection) -> rusqlite::Result<()> {
    let mut chats = connection.prepare("SELECT topic, low, high, id FROM chat")?;
    let mut chats = chats.query([])?;
    while let Some(row) = chats.next()? {
        let id: i64 = row.get(3)?;
        // A name that is none has no place in the room.
        let chat = super::open::chat_key(row).ok();
        let sql = format!(
            "SELECT {COLUMNS}, entry.id FROM {TABLES} WHERE entry.chat = ? AND entry.body <> ''"
        );
        let mut entries = connection.prepare(&sql)?;
        let mut entries = entries.query([id])?;
        let mut unproved = Vec::<i64>::new();
        while let Some(row) = entries.next()? {
            let proved = chat
                .as_ref()
                .and_then(|chat| entry(row, chat).ok().flatten());
            if proved.is_none() {
                unproved.push(row.get(12)?);
            }
        }
        for entry in unproved {
            connection.execute("DELETE FROM entry WHERE id = ?", [entry])?;
        }
        if chat.is_none() {
            connection.execute("DELETE FROM marker WHERE chat = ?", [id])?;
            connection.execute("DELETE FROM entry WHERE chat = ?", [id])?;
            connection.execute("DELETE FROM chat WHERE id = ?", [id])?;
        }
    }
    Ok(())
}

/// None if it is not as it was written.
pub(super) fn entry(row: &rusqlite::Row<'_>, chat: &ChatKey) -> rusqlite::Result<Option<Entry>> {
    let (Word(via), Word(kind)): (ViaWord, KindWord) = (row.get(5)?, row.get(7)?);
    let message_id = row.get_ref(6)?.as_str()?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(6, rusqlite::types::Type::Text, Box::new(error))
    })?;
    let entry = Entry {
        chat: chat.clone(),
        author: Person {
            user_id: rows::user(row.get(3)?),
            name: DisplayName::lenient(row.get_ref(4)?.as_str()?),
            via,
        },
        kind,
        body: row.get_ref(8)?.as_str()?.into(),
        message_id,
        position: Position {
            epoch: rows::epoch(row.get(1)?, row.get(2)?),
            seq: row.get::<_, i64>(0)?.unsigned_abs(),
        },
        at: Timestamp(row.get(9)?),
        session: None,
        original: None,
        life: None,
    };
    let is_proved = is_as_written(&entry, row.get(10)?, row.get(11)?);
    Ok(is_proved.then_some(entry))
}

/// Whether the disk returned what it was given. Rows of files from before there were hashes are believed.
fn is_as_written(entry: &Entry, hash: Option<Hash>, seal: Option<Seal>) -> bool {
    match (hash, seal) {
        (None, None) => true,
        (Some(hash), Some(seal)) => {
            seal::hash_of(entry) == hash && seal::seal(&hash, entry) == seal
        }
        _ => false,
    }
}
