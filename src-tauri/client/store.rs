//! What a member's device remembers, in one `SQLite` file: who I am, settings, rooms, positions, the outbox.
//!
//! One connection behind a lock is the one writer. Calls block for a flush of the disk at most; a task makes them by
//! [`Store::run`].

mod rows;
mod schema;

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use landline_protocol::bridge::KnownRoom;
use landline_protocol::{RoomId, Timestamp, UserId};
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use uuid::Uuid;

use self::rows::{apply, known, number, parsed};
use self::schema::migrations;
use crate::effect::Write;
use crate::engine::Known;

/// How long another process may hold the file before we give up.
const BUSY_WITHIN: Duration = Duration::from_secs(5);

/// Why the device's memory failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or file cannot be made or read. Tell the person.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// `SQLite` could not do it, such as on a full disk. Nothing was changed; it may work later.
    #[error("the app's database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The file was written by a newer version of the app, or is no database of ours.
    #[error("the app's database cannot be brought up to date: {0}")]
    Schema(#[from] rusqlite_migration::Error),
    /// Messages wait in this room's outbox. Ask the person, then discard them.
    #[error("{0} of your messages have not been sent yet")]
    OutboxNotEmpty(u64),
    /// The system gives no random numbers.
    #[error("no random numbers from the system: {0}")]
    Random(getrandom::Error),
}

type Result<T> = std::result::Result<T, StoreError>;

/// A member's memory; clones share it.
#[derive(Debug, Clone)]
pub struct Store {
    connection: Arc<Mutex<Connection>>,
    moved_aside: Option<Arc<Path>>,
    /// In a file, where a call waits for a disk.
    is_file: bool,
}

impl Store {
    /// Opens the file, or makes it, readable by its owner alone. One that is damaged is moved aside, never deleted:
    /// see [`Store::moved_aside`].
    pub fn open(path: &Path) -> Result<Store> {
        let (connection, moved_aside) = match open(path) {
            Ok(connection) => (connection, None),
            Err(error) if is_damage(&error) => {
                let aside = move_aside(path)?;
                (open(path)?, Some(aside.into()))
            }
            Err(error) => return Err(error),
        };
        Ok(Store {
            connection: Arc::new(Mutex::new(connection)),
            moved_aside,
            is_file: true,
        })
    }

    /// A memory that ends with its last clone: for simulations, where a device's crash is the end of its tasks, and what
    /// was committed is still there.
    pub fn in_memory() -> Result<Store> {
        let mut db = Connection::open_in_memory()?;
        migrations().to_latest(&mut db)?;
        Ok(Store {
            connection: Arc::new(Mutex::new(db)),
            moved_aside: None,
            is_file: false,
        })
    }

    /// Does something with the store from a task, which is not to wait for a disk: a file's calls are made elsewhere.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> T + Send + 'static,
    ) -> T {
        if !self.is_file {
            return work(self);
        }
        let store = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&store)).await;
        done.expect("the store does not panic")
    }

    /// Where a damaged file was moved when this one was opened; to be told to the person.
    pub fn moved_aside(&self) -> Option<&Path> {
        self.moved_aside.as_deref()
    }

    /// My id, made once.
    pub fn user_id(&self) -> Result<UserId> {
        let db = self.lock();
        db.execute(
            "INSERT OR IGNORE INTO identity VALUES (1, ?1)",
            [Uuid::new_v4().to_string()],
        )?;
        Ok(db.query_row("SELECT user_id FROM identity", [], |row| parsed(row, 0))?)
    }

    /// A setting, by its name.
    pub fn setting(&self, name: &str) -> Result<Option<String>> {
        let db = self.lock();
        let found = db.query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| {
            row.get(0)
        });
        Ok(found.optional()?)
    }

    /// Sets it.
    pub fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        self.lock().execute(
            "INSERT OR REPLACE INTO setting VALUES (?1, ?2)",
            [name, value],
        )?;
        Ok(())
    }

    /// The rooms that this device has been in, the newest visit first.
    pub fn rooms(&self) -> Result<Vec<KnownRoom>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT room_id, name, address, last_seen, joined, hosted FROM room WHERE last_seen > 0 ORDER BY last_seen DESC",
        )?;
        let rooms = query.query_map([], |row| {
            Ok(KnownRoom {
                room_id: row.get(0)?,
                name: row.get(1)?,
                address: row.get(2)?,
                last_seen: Timestamp(row.get(3)?),
                joined: row.get(4)?,
                hosted: row.get(5)?,
            })
        })?;
        Ok(rooms.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether this app stays in the room. Only the app decides this: joining does not set it, nor does leaving.
    pub fn set_joined(&self, room: &RoomId, joined: bool) -> Result<()> {
        self.lock().execute(
            "UPDATE room SET joined = ?2 WHERE room_id = ?1",
            params![room.as_str(), joined],
        )?;
        Ok(())
    }

    /// Whether this app hosts the room.
    pub fn set_hosted(&self, room: &RoomId, hosted: bool) -> Result<()> {
        self.lock().execute(
            "UPDATE room SET hosted = ?2 WHERE room_id = ?1",
            params![room.as_str(), hosted],
        )?;
        Ok(())
    }

    /// Forgets the room and its outbox. Leave it first.
    ///
    /// # Errors
    /// [`StoreError::OutboxNotEmpty`] unless `discard`.
    pub fn forget(&self, room: &RoomId, discard: bool) -> Result<()> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        let count = "SELECT count(*) FROM outbox WHERE room_id = ?1";
        let waiting = tx.query_row(count, [room.as_str()], |row| number(row, 0))?;
        if waiting > 0 && !discard {
            return Err(StoreError::OutboxNotEmpty(waiting));
        }
        for table in ["outbox", "kept", "marker", "position", "topic", "room"] {
            tx.execute(
                &format!("DELETE FROM {table} WHERE room_id = ?1"),
                [room.as_str()],
            )?;
        }
        Ok(tx.commit()?)
    }

    /// The address at which the room answered last.
    pub(crate) fn last_address(&self, room: &RoomId) -> Result<Option<String>> {
        let db = self.lock();
        let found = db.query_row(
            "SELECT address FROM room WHERE room_id = ?1",
            [room.as_str()],
            |row| row.get(0),
        );
        Ok(found
            .optional()?
            .filter(|address: &String| !address.is_empty()))
    }

    /// All that is known of the room; one that is new here gets a token and the lobby.
    pub(crate) fn enter(&self, room: &RoomId) -> Result<Known> {
        let fresh = fresh_token()?;
        let mut db = self.lock();
        let tx = db.transaction()?;
        let id = room.as_str();
        tx.execute("INSERT OR IGNORE INTO token VALUES (?1, ?2)", [id, &fresh])?;
        if tx.execute(
            "INSERT OR IGNORE INTO room VALUES (?1, '', '', 0, 0, 0)",
            [id],
        )? == 1
        {
            tx.execute(
                "INSERT OR IGNORE INTO topic VALUES (?1, 'lobby', NULL)",
                [id],
            )?;
        }
        let known = known(&tx, id)?;
        tx.commit()?;
        Ok(known)
    }

    /// Makes the changes, all or none.
    pub(crate) fn write(&self, room: &RoomId, writes: &[Write]) -> Result<()> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        for write in writes {
            apply(&tx, room.as_str(), write)?;
        }
        tx.commit()?;
        if writes.iter().any(|write| matches!(write, Write::Erase(_))) {
            // The file has zeroes in its place already; the log still has the text.
            db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }

    /// A panic elsewhere left no half change: each is a transaction.
    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(path: &Path) -> Result<Connection> {
    let failed = |source| StoreError::File {
        path: path.into(),
        source,
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut file = OpenOptions::new();
    file.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    file.open(path).map_err(failed)?;
    let mut db = Connection::open(path)?;
    db.busy_timeout(BUSY_WITHIN)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // Typed and sent outlives a power cut, too.
    db.pragma_update(None, "synchronous", "FULL")?;
    // What is deleted is overwritten.
    db.pragma_update(None, "secure_delete", true)?;
    #[cfg(target_os = "macos")]
    db.pragma_update(None, "fullfsync", true)?;
    let health: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if health != "ok" {
        let damage = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(damage, Some(health)).into());
    }
    migrations().to_latest(&mut db)?;
    Ok(db)
}

fn is_damage(error: &StoreError) -> bool {
    let (StoreError::Sqlite(sqlite)
    | StoreError::Schema(rusqlite_migration::Error::RusqliteError { err: sqlite, .. })) = error
    else {
        return false;
    };
    matches!(
        sqlite.sqlite_error_code(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
    )
}

fn move_aside(path: &Path) -> Result<PathBuf> {
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let stamp = now().0;
    for end in ["", "-wal", "-shm"] {
        let (from, to) = (beside(end), beside(&format!(".damaged-{stamp}{end}")));
        if from.exists() {
            std::fs::rename(&from, &to)
                .map_err(|source| StoreError::File { path: from, source })?;
        }
    }
    Ok(beside(&format!(".damaged-{stamp}")))
}

/// 32 hexadecimal digits.
fn fresh_token() -> Result<String> {
    let (high, low) = (getrandom::u64(), getrandom::u64());
    Ok(format!(
        "{:016x}{:016x}",
        high.map_err(StoreError::Random)?,
        low.map_err(StoreError::Random)?
    ))
}

/// Now, by this device's clock.
pub(crate) fn now() -> Timestamp {
    let passed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
}
