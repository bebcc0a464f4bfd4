//! Making a backup.

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::Path;

use landline_protocol::Timestamp;
use rusqlite::{Connection, OpenFlags, params};

use super::{APPLICATION_ID, BackupError, Draft, VERSION, digest, private_file, sync_folder};
use crate::room_file::{self, RoomFile};
use crate::store;

/// Puts the room of `folder` into `file`. Works beside a server that hosts the room, in this process or another: SQLite's
/// readers and its writer do not wait for each other. `replace`: a file of that name may go. Blocks.
///
/// # Errors
/// [`BackupError`]; there is no file then, or the one that was there.
pub fn backup(
    folder: &Path,
    file: &Path,
    replace: bool,
    now: Timestamp,
) -> Result<(), BackupError> {
    let room = room_file::read(folder)
        .ok()
        .flatten()
        .ok_or_else(|| BackupError::NoRoom(folder.to_owned()))?;
    if !replace && file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let unwritable = |error| BackupError::Write(file.to_owned(), error);
    let (mut bytes, draft) = draft_of(file).map_err(unwritable)?;
    copy_log(folder, &draft.0, &room, now)?;
    seal(&mut bytes)
        .and_then(|()| take_place(&draft, file, replace))
        .map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
            _ => unwritable(error),
        })
}

/// An empty file beside the one to be made.
fn draft_of(file: &Path) -> io::Result<(File, Draft)> {
    let name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut draft = std::ffi::OsString::from(".");
    draft.push(name);
    draft.push(format!(".{}.part", uuid::Uuid::new_v4().simple()));
    let draft = file.with_file_name(draft);
    Ok((private_file(&draft)?, Draft(draft)))
}

fn copy_log(
    folder: &Path,
    draft: &Path,
    room: &RoomFile,
    now: Timestamp,
) -> Result<(), BackupError> {
    let log = Connection::open_with_flags(
        folder.join("room.db"),
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::CannotOpen) if !folder.join("room.db").exists() => {
            BackupError::NoRoom(folder.to_owned())
        }
        _ => BackupError::Log(error),
    })?;
    let copy = || -> rusqlite::Result<()> {
        log.busy_timeout(std::time::Duration::from_secs(5))?;
        store::change_nothing_at_the_end(&log)?;
        log.execute("VACUUM INTO ?", [draft.to_string_lossy()])?;
        drop(log);
        let copy = Connection::open(draft)?;
        // It is made lasting as a whole, below.
        copy.pragma_update(None, "synchronous", "OFF")?;
        copy.pragma_update(None, "journal_mode", "DELETE")?;
        copy.pragma_update(None, "application_id", APPLICATION_ID)?;
        copy.execute_batch(
            "DROP TABLE IF EXISTS backup;
             CREATE TABLE backup (version INTEGER NOT NULL, room_id TEXT NOT NULL, name TEXT NOT NULL, made_at INTEGER NOT NULL) STRICT;",
        )?;
        copy.execute(
            "INSERT INTO backup (version, room_id, name, made_at) VALUES (?, ?, ?, ?)",
            params![VERSION, room.room_id.as_str(), room.name, now.0],
        )?;
        // One that cannot be restored is none.
        store::check_whole(&copy)
    };
    if store::age(&folder.join("room.db")).map_err(BackupError::Log)? == store::Age::Newer {
        return Err(BackupError::Newer(folder.to_owned()));
    }
    copy().map_err(BackupError::Log)
}

/// Puts the line behind it and makes it lasting.
fn seal(bytes: &mut File) -> io::Result<()> {
    let length = bytes.metadata()?.len();
    bytes.rewind()?;
    let line = digest::copy(bytes, &mut io::sink(), length)?;
    bytes.write_all(line.as_bytes())?;
    bytes.sync_all()
}

fn take_place(draft: &Draft, file: &Path, replace: bool) -> io::Result<()> {
    if !replace {
        // Whoever made a file of this name meanwhile keeps it.
        private_file(file)?;
    }
    std::fs::rename(&draft.0, file)?;
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => sync_folder(folder),
        _ => sync_folder(Path::new(".")),
    }
}
