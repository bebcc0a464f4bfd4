//! Opening the file: versions, checks after a crash, moving a damaged one aside, a new epoch.

use std::fs::File;
use std::path::{Path, PathBuf};

use landline_hub::ChatKey;
use landline_hub::ports::{ChatRecord, MemberRecord, Memory};
use landline_protocol::{DisplayName, Epoch, Position, Timestamp};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, params};
use rusqlite_migration::{M, Migrations};

use super::ballast::Ballast;
use super::check;
use super::keep;
use super::place::Place;
use super::rows::{self, ViaWord, Word};
use super::salvage::{self, Saved};
use super::wal::{self, Wal};

/// Below it a WAL reset can corrupt the file (<https://sqlite.org/changes.html>, 3.51.3).
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long the writer waits for somebody else who writes the file, in milliseconds.
pub(super) const BUSY_MS: u32 = 5_000;

fn migrations() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("schema.sql")),
        M::up(include_str!("schema-2.sql")),
        M::up(include_str!("schema-3.sql")),
    ])
}

/// Why the log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The disk or SQLite says no.
    #[error("cannot open the room's log: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file is of a newer Landline.
    #[error("cannot read the room's log, it may be of a newer Landline: {0}")]
    Version(rusqlite_migration::Error),
    /// A file could not be moved or made.
    #[error("cannot open the room's log: {0}")]
    Io(#[from] std::io::Error),
}

pub(super) struct Opened {
    pub(super) connection: Connection,
    pub(super) memory: Memory,
}

/// Opens the log, or moves it aside and starts an empty one if it is damaged. Never deletes anything. A full disk gets the
/// place of the ballast: what is there can then be read, and all be closed again.
pub(super) fn open(
    place: &Place,
    now: Timestamp,
    ballast: Option<&mut Ballast>,
) -> Result<(Opened, Vec<String>), OpenError> {
    let opened = open_or_begin(place, now);
    if let Err(error) = &opened
        && is_full(error)
        && ballast.is_some_and(Ballast::release)
    {
        return open_or_begin(place, now);
    }
    opened
}

fn open_or_begin(place: &Place, now: Timestamp) -> Result<(Opened, Vec<String>), OpenError> {
    match try_open(place, now) {
        Ok(opened) => Ok((opened, Vec::new())),
        Err(error) if is_damage(&error, place) => {
            let aside = move_aside(place.file(), now)?;
            let mut connection = prepare(place)?;
            let saved = salvage::salvage(&aside, &mut connection);
            let warning = words(&error, &aside, &saved);
            tracing::error!("{warning}");
            Ok((begin(connection, now)?, vec![warning]))
        }
        Err(error) => Err(error),
    }
}

/// What the host is told of a damaged log.
fn words(error: &OpenError, aside: &Path, saved: &Result<Saved, OpenError>) -> String {
    let saved = match saved {
        Ok(Saved { entries: 0, .. }) => "No message in it could be saved.".to_owned(),
        Ok(Saved {
            entries,
            missing: 0,
        }) => format!("{entries} messages of it were saved."),
        Ok(Saved { entries, missing }) => {
            format!("{entries} messages of it were saved; {missing} between them are lost.")
        }
        Err(error) => format!("Nothing of it could be saved: {error}."),
    };
    format!(
        "The room's log was damaged ({error}). It was moved to {} and a new log begun; nothing was deleted. {saved}",
        aside.display()
    )
}

fn try_open(place: &Place, now: Timestamp) -> Result<Opened, OpenError> {
    if place.folder().is_some() {
        check_wal(place.file())?;
    }
    begin(prepare(place)?, now)
}

/// Looked at before SQLite does, which would take away what it cannot believe.
fn check_wal(file: &Path) -> Result<(), OpenError> {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    let wal = Wal::read(Path::new(&name), wal::page_bytes(file)?)?;
    if wal.is_some_and(|wal| wal.is_damaged()) {
        return Err(check::damage("a part of its newest messages is not as it was written").into());
    }
    Ok(())
}

/// A connection to a log that is of this version and whole.
fn prepare(place: &Place) -> Result<Connection, OpenError> {
    assert!(
        rusqlite::version_number() >= OLDEST_SQLITE,
        "the bundled SQLite is too old to be trusted with a log"
    );
    let mut connection = place.writer()?;
    // Damaged files are moved aside as they are: until it is known that they are whole, closing them changes nothing.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "busy_timeout", BUSY_MS)?;
    connection.set_prepared_statement_cache_capacity(32);
    check::migrate(&mut connection, &migrations()).map_err(|error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => OpenError::Sqlite(err),
        other => OpenError::Version(other),
    })?;
    check::check(&connection)?;
    Ok(connection)
}

fn begin(mut connection: Connection, now: Timestamp) -> Result<Opened, OpenError> {
    let memory = remember(&mut connection, now)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    Ok(Opened { connection, memory })
}

/// How the form of a log stands to ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Age {
    /// A newer Landline wrote it.
    Newer,
    /// It is changed when it is hosted.
    Older,
    /// It is ours.
    Ours,
}

/// How the form of the log in `file` stands to ours.
pub(crate) fn age(file: &Path) -> rusqlite::Result<Age> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    change_nothing_at_the_end(&connection)?;
    Ok(match migrations().pending_migrations(&connection) {
        Ok(0) => Age::Ours,
        Ok(1..) => Age::Older,
        Err(rusqlite_migration::Error::RusqliteError { err, .. }) => return Err(err),
        Ok(_) | Err(_) => Age::Newer,
    })
}

/// Whoever only looks leaves the files as they are: a damaged write-ahead log is looked at by the next host.
pub(crate) fn change_nothing_at_the_end(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    Ok(())
}

/// Reads a whole file through.
pub(crate) fn check_whole(connection: &Connection) -> rusqlite::Result<()> {
    let verdict: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    Err(rusqlite::Error::SqliteFailure(failure, Some(verdict)))
}

/// Whether the disk has no place left.
pub(super) fn is_out_of_place(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

fn is_full(error: &OpenError) -> bool {
    match error {
        OpenError::Sqlite(error) => is_out_of_place(error),
        OpenError::Io(error) => error.kind() == std::io::ErrorKind::StorageFull,
        OpenError::Version(_) => false,
    }
}

fn is_damage(error: &OpenError, place: &Place) -> bool {
    let OpenError::Sqlite(error) = error else {
        return false;
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => true,
        // The header says that only a newer SQLite may write, and the disk says nothing of the kind.
        Some(ErrorCode::ReadOnly) => File::options().append(true).open(place.file()).is_ok(),
        _ => matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::QueryReturnedNoRows
        ),
    }
}

fn move_aside(file: &Path, now: Timestamp) -> std::io::Result<PathBuf> {
    let aside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".damaged-{}{suffix}", now.0));
        PathBuf::from(name)
    };
    for suffix in ["-wal", "-shm", ""] {
        let mut from = file.as_os_str().to_owned();
        from.push(suffix);
        match std::fs::rename(&from, aside(suffix)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(aside(""))
}

/// Reads what the hub needs to know and opens a new epoch, in one transaction.
fn remember(connection: &mut Connection, now: Timestamp) -> Result<Memory, OpenError> {
    let transaction = connection.transaction()?;
    let last: Option<u32> = transaction
        .query_row("SELECT max(counter) FROM epoch", [], |row| row.get(0))
        .optional()?
        .flatten();
    let mut tag = [0; 16];
    getrandom::fill(&mut tag).map_err(std::io::Error::other)?;
    let epoch: Epoch = rows::epoch(last.unwrap_or(0) + 1, tag);
    transaction.execute(
        "INSERT INTO epoch (counter, tag, opened_at) VALUES (?, ?, ?)",
        params![epoch.counter, tag, now.0],
    )?;
    transaction.execute("UPDATE state SET clean = 0", [])?;
    let memory = Memory {
        epoch,
        members: members(&transaction)?,
        chats: chats(&transaction)?,
        markers: markers(&transaction)?,
        kept: keep::remember(&transaction)?,
    };
    transaction.commit()?;
    Ok(memory)
}

fn members(connection: &Connection) -> rusqlite::Result<Vec<MemberRecord>> {
    let mut query =
        connection.prepare("SELECT user_id, name, via, token, last_seen FROM member
             -- Guests of these dialects are another person with each connection: nobody can write to them again.
             WHERE via NOT IN ('plain', 'pair', 'topic', 'activity')")?;
    let rows = query.query_map([], |row| {
        let Word(via): ViaWord = row.get(2)?;
        Ok(MemberRecord {
            user_id: rows::user(row.get(0)?),
            name: DisplayName::lenient(row.get_ref(1)?.as_str()?),
            via,
            token: row.get(3)?,
            last_seen: Timestamp(row.get(4)?),
        })
    })?;
    rows.collect()
}

fn chats(connection: &Connection) -> rusqlite::Result<Vec<ChatRecord>> {
    // The newest and the oldest entry of each chat: two looks into the index (chat, seq) per chat.
    let mut query = connection.prepare(
        "SELECT chat.topic, chat.low, chat.high, entry.seq, epoch.counter, epoch.tag, entry.at,
                (SELECT at FROM entry WHERE chat = chat.id ORDER BY seq LIMIT 1)
         FROM chat
         JOIN entry ON entry.id = (SELECT id FROM entry WHERE chat = chat.id ORDER BY seq DESC LIMIT 1)
         JOIN epoch ON epoch.counter = entry.epoch
         ORDER BY chat.id",
    )?;
    let rows = query.query_map([], |row| {
        let position = Position {
            epoch: rows::epoch(row.get(4)?, row.get(5)?),
            seq: row.get::<_, i64>(3)?.unsigned_abs(),
        };
        Ok(ChatRecord {
            chat: chat_key(row)?,
            head: position,
            last: Timestamp(row.get(6)?),
            since: Timestamp(row.get(7)?),
        })
    })?;
    rows.collect()
}

/// A chat from its first three columns: topic, low, high.
pub(super) fn chat_key(row: &rusqlite::Row<'_>) -> rusqlite::Result<ChatKey> {
    if let Some(name) = row.get_ref(0)?.as_str_or_null()? {
        let name = name.parse().map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(
                0,
                rusqlite::types::Type::Text,
                Box::new(error),
            )
        })?;
        return Ok(ChatKey::Topic(name));
    }
    Ok(ChatKey::direct(
        rows::user(row.get(1)?),
        rows::user(row.get(2)?),
    ))
}

fn markers(
    connection: &Connection,
) -> rusqlite::Result<Vec<(landline_protocol::UserId, ChatKey, u64)>> {
    let mut query = connection.prepare(
        "SELECT chat.topic, chat.low, chat.high, member.user_id, marker.seq
         FROM marker JOIN chat ON chat.id = marker.chat JOIN member ON member.id = marker.member",
    )?;
    let rows = query.query_map([], |row| {
        Ok((
            rows::user(row.get(3)?),
            chat_key(row)?,
            row.get::<_, i64>(4)?.unsigned_abs(),
        ))
    })?;
    rows.collect()
}
