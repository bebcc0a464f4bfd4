//! The index: one file beside the log, made from it and from nothing else. It may be lost at any moment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior, params,
};

use super::pairs::Frequent;
use super::segment::{Piece, segment, terms};
use crate::store::{Log, Row};

/// Rises when what stands in the index changes; an older one is made anew.
const VERSION: i64 = 2;

/// Entries in one transaction.
pub(super) const BATCH: usize = 2_000;

/// A file up to this size is read through before it is used.
const READ_THROUGH_BYTES: u64 = 8 * 1024 * 1024;
/// Fewer new entries than this are not worth merging all for.
const MERGE_AFTER: i64 = 20_000;
/// Pages written in one step of it.
const MERGE_PAGES: i64 = 500;

/// Entries are known by the `id` that they have in the log. Words are cut by `segment`, and `ascii` leaves them as they
/// are; positions are not kept, because every hit is held against its text anyway.
const SCHEMA: &str = "
    CREATE VIRTUAL TABLE words USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='ascii', prefix='2 3 4');
    CREATE TABLE day (
        day  INTEGER PRIMARY KEY,  -- since 1970, UTC
        low  INTEGER NOT NULL,     -- the first entry of that day, in the order of the log
        high INTEGER NOT NULL      -- the last
    ) STRICT;
    CREATE TABLE frequent (
        word  TEXT PRIMARY KEY,    -- one that very many entries have
        since INTEGER NOT NULL     -- what stands behind it is in from this entry on
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE cut (
        chat  INTEGER PRIMARY KEY,
        below INTEGER NOT NULL     -- what was said before this seq has been taken out
    ) STRICT;
    CREATE TABLE state (
        indexed     INTEGER NOT NULL, -- all entries up to this one are in
        fingerprint BLOB,             -- of that entry
        clean       INTEGER NOT NULL, -- 0 while a server has it open
        boot        TEXT              -- of the computer, when that server began
    ) STRICT;
    INSERT INTO state (indexed, clean) VALUES (0, 1);
";

pub(super) const DAY_MS: i64 = 86_400_000;

/// The writing end.
pub(crate) struct Index {
    connection: Connection,
    log: Log,
    /// Entries taken in since all parts were made one.
    unmerged: i64,
    is_merging: bool,
}

/// What a term of the index says that no text can: the letters of texts are alphanumeric, `¤` is not.
pub(super) mod mark {
    /// Said in this chat.
    pub(crate) fn chat(id: i64) -> String {
        format!("¤c{id}")
    }

    /// Said by this author.
    pub(crate) fn author(id: i64) -> String {
        format!("¤a{id}")
    }

    /// Said by somebody of whose name this is a word.
    pub(crate) fn name(word: &str) -> String {
        format!("¤n{word}")
    }

    /// Holds these two words behind each other, both frequent. Long enough that no two letters of theirs begin it: terms
    /// have an index of their beginnings, which these would only make larger.
    pub(crate) fn pair(one: &str, other: &str) -> String {
        format!("¤p¤¤{one}¤{other}")
    }

    /// Holds a frequent word, and behind it one that is not and begins so.
    pub(crate) fn pair_begun(one: &str, begin: &str) -> String {
        format!("¤p¤¤{one}¤¤{begin}")
    }
}

impl Index {
    /// Opens the index of a log, or makes it anew if it is missing, damaged, older, or of another log.
    pub(crate) fn open(file: &Path, log: Log) -> rusqlite::Result<Index> {
        match usable(file, &log) {
            Ok(Some(connection)) => return Ok(Index::new(connection, log)),
            Ok(None) => {}
            Err(error) => tracing::warn!("the search index could not be used: {error}"),
        }
        tracing::info!("the search index is made anew");
        remove(file);
        let connection = connect(file, OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.pragma_update(None, "user_version", VERSION)?;
        connection.execute_batch(SCHEMA)?;
        connection.execute("UPDATE state SET clean = 0, boot = ?", [boot()])?;
        Ok(Index::new(connection, log))
    }

    fn new(connection: Connection, log: Log) -> Index {
        Index {
            connection,
            log,
            unmerged: 0,
            is_merging: false,
        }
    }

    /// Takes the next entries of the log in. Whether there may be more.
    pub(crate) fn take_in(&mut self) -> rusqlite::Result<bool> {
        // Whoever else has this file open waits, and goes on from where this one comes to.
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let from = indexed(&transaction)?;
        let newest = self.log.newest()?;
        let mut rows = Vec::new();
        self.log.after::<rusqlite::Error>(from, BATCH, |row| {
            rows.push(Taken::of(row));
            Ok(())
        })?;
        let last = rows.last().map_or(from, |row| row.id);
        // Of what stands between, retention has taken the text.
        let last = if rows.len() < BATCH {
            newest.max(last)
        } else {
            last
        };
        if last == from {
            return Ok(false);
        }
        self.unmerged += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO words (rowid, text) VALUES (?, ?)")?;
            // Now, because nothing of these entries is in yet.
            let mut frequent = Frequent::all(&transaction)?;
            let pieces = rows.iter().map(|row| (row.id, &*row.pieces));
            frequent.learn(&transaction, from + 1, pieces)?;
            let mut days: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
            for row in rows {
                insert.execute(params![row.id, row.terms(&frequent)])?;
                let day = days
                    .entry(row.at.div_euclid(DAY_MS))
                    .or_insert((row.id, row.id));
                day.1 = row.id;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO day (day, low, high) VALUES (?, ?, ?)
                 ON CONFLICT (day) DO UPDATE SET low = min(low, excluded.low), high = max(high, excluded.high)",
            )?;
            for (day, (low, high)) in days {
                insert.execute([day, low, high])?;
            }
            let print = self.log.fingerprint(last)?;
            transaction.execute(
                "UPDATE state SET indexed = ?, fingerprint = ?",
                params![last, print],
            )?;
        }
        transaction.commit()?;
        Ok(true)
    }

    /// Takes out what retention has removed from the log: some of it; whether there may be more. An entry not in the index
    /// is taken out without effect.
    pub(crate) fn take_out(&mut self) -> rusqlite::Result<bool> {
        let cuts = self.log.cuts()?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut is_more = false;
        for (chat, oldest) in cuts {
            let below: i64 = transaction
                .prepare_cached("SELECT below FROM cut WHERE chat = ?")?
                .query_row([chat], |row| row.get(0))
                .optional()?
                .unwrap_or(1);
            if below >= oldest {
                continue;
            }
            let gone = self.log.of_chat(chat, below, oldest, BATCH)?;
            let mut delete = transaction.prepare_cached("DELETE FROM words WHERE rowid = ?")?;
            for (id, _) in &gone {
                delete.execute([id])?;
            }
            is_more |= gone.len() == BATCH;
            let reached = match gone.last() {
                Some((_, seq)) if gone.len() == BATCH => seq + 1,
                _ => oldest,
            };
            transaction.execute(
                "INSERT INTO cut (chat, below) VALUES (?, ?) ON CONFLICT (chat) DO UPDATE SET below = excluded.below",
                [chat, reached],
            )?;
        }
        transaction.commit()?;
        Ok(is_more)
    }

    /// A step of making one of the index's parts, where many entries came since it was last done: each part is a look of
    /// its own for each word. Whether there is more to do.
    pub(crate) fn merge(&mut self) -> rusqlite::Result<bool> {
        let all = indexed(&self.connection)?;
        let is_due = self.unmerged >= MERGE_AFTER && self.unmerged >= all / 4;
        if !self.is_merging && !is_due {
            return Ok(false);
        }
        // The first step says that all is to be merged, the others go on with it.
        let pages = if self.is_merging {
            MERGE_PAGES
        } else {
            -MERGE_PAGES
        };
        self.unmerged = 0;
        let changes = |connection: &Connection| {
            let sql = "SELECT total_changes()";
            connection.query_row(sql, [], |row| row.get::<_, i64>(0))
        };
        let before = changes(&self.connection)?;
        self.connection
            .prepare_cached("INSERT INTO words (words, rank) VALUES ('merge', ?)")?
            .execute([pages])?;
        // The command itself is one change.
        self.is_merging = changes(&self.connection)? - before >= 2;
        Ok(self.is_merging)
    }

    /// Leaves a file that is trusted at the next start.
    pub(crate) fn close(self) -> rusqlite::Result<()> {
        self.connection.execute("UPDATE state SET clean = 1", [])?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}

/// An entry, with what it is found by.
struct Taken {
    id: i64,
    at: i64,
    /// Terms that are not of its text.
    marks: String,
    pieces: Vec<Piece>,
}

impl Taken {
    fn of(row: &Row<'_>) -> Taken {
        let mut marks = format!("{} {}", mark::chat(row.chat), mark::author(row.author));
        for word in terms(&segment(row.name)) {
            marks.push(' ');
            marks.push_str(&mark::name(&word));
        }
        Taken {
            id: row.id,
            at: row.at,
            marks,
            pieces: segment(row.body),
        }
    }

    /// All that it is found by.
    fn terms(&self, frequent: &Frequent) -> String {
        let mut text = self.marks.clone();
        for term in terms(&self.pieces).chain(frequent.pairs(&self.pieces)) {
            text.push(' ');
            text.push_str(&term);
        }
        text
    }
}

/// How far the index goes.
pub(super) fn indexed(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("SELECT indexed FROM state")?
        .query_row([], |row| row.get(0))
}

/// A read connection.
pub(super) fn reader(file: &Path) -> rusqlite::Result<Connection> {
    let connection = connect(file, OpenFlags::empty())?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(file: &Path, more: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Nothing is lost with it but time.
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update(None, "busy_timeout", 5_000)?;
    Ok(connection)
}

/// The index as it is, if it can go on. It is not flushed: after a crash of the program all is well, after one of the
/// computer it cannot be trusted.
fn usable(file: &Path, log: &Log) -> rusqlite::Result<Option<Connection>> {
    type State = (i64, Option<Vec<u8>>, bool, Option<String>);
    if !file.exists() {
        return Ok(None);
    }
    let connection = connect(file, OpenFlags::empty())?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != VERSION {
        return Ok(None);
    }
    let state: Option<State> = connection
        .query_row(
            "SELECT indexed, fingerprint, clean, boot FROM state",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((indexed, fingerprint, is_clean, began)) = state else {
        return Ok(None);
    };
    let boot = boot();
    let is_whole = is_clean || (boot.is_some() && began == boot);
    if !is_whole || log.fingerprint(indexed)? != fingerprint {
        return Ok(None);
    }
    let pragma = |name: &str| {
        let sql = format!("PRAGMA {name}");
        connection.query_row(&sql, [], |row| Ok(row.get::<_, i64>(0)?.unsigned_abs()))
    };
    let size = std::fs::metadata(file).map_or(0, |about| about.len());
    if size < pragma("page_count")? * pragma("page_size")? {
        return Ok(None);
    }
    // A large one takes long to read through, and nobody finds anything meanwhile. Damage in it shows when it is met.
    if size <= READ_THROUGH_BYTES {
        let sql = "PRAGMA quick_check(1)";
        let verdict: String = connection.query_row(sql, [], |row| row.get(0))?;
        if verdict != "ok" {
            return Ok(None);
        }
    }
    connection.execute("UPDATE state SET clean = 0, boot = ?", [boot])?;
    Ok(Some(connection))
}

/// What is the same from one start of the computer to the next, where the system tells it.
fn boot() -> Option<String> {
    let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(id.trim().to_owned())
}

pub(super) fn remove(file: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.as_os_str().to_owned();
        path.push(suffix);
        match std::fs::remove_file(PathBuf::from(path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!("an old search index could not be removed: {error}");
            }
            _ => {}
        }
    }
}

/// Whether the file itself is at fault.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}
