//! Which entries a page of a log holds: the ones that were asked for, dense, as many as there is room for.

use std::sync::Arc;

use landline_hub::command::Page;
use landline_hub::ports::{PageQuery, can_recover, is_cut, page_bytes};
use landline_hub::{ChatKey, Entry};
use landline_protocol::limits::{PAGE_BYTES, PAGE_MAX};
use landline_protocol::{Position, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, Params, params};

use super::chat_id;
use crate::store::entries::{COLUMNS, TABLES, entry_or_lost, lost};
use crate::store::rows;

pub(super) fn page(
    connection: &Connection,
    chat: &ChatKey,
    query: PageQuery,
) -> rusqlite::Result<Page> {
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
