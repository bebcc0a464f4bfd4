//! Restoring a backup.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use landline_protocol::{RoomId, Timestamp};
use rusqlite::Connection;

use super::{
    APPLICATION_ID, Draft, RestoreError, Restored, VERSION, digest, private_file, sync_folder,
};
use crate::room_file::{self, RoomFile};
use crate::store;

/// How a SQLite file begins, and where its `application_id` stands (<https://sqlite.org/fileformat.html>, 1.3).
const SQLITE: &[u8] = b"SQLite format 3\0";
const HEADER_BYTES: usize = 100;

/// Makes `folder` a room again from a backup. The folder must be empty or new. At its next start the room opens a new
/// epoch, so that no position is given a second time that somebody holds. Blocks.
///
/// # Errors
/// [`RestoreError`]; the folder is then as it was.
pub fn restore(file: &Path, folder: &Path) -> Result<Restored, RestoreError> {
    let (mut bytes, length) = recognise(file)?;
    let made = Folder::take(folder)?;
    let unwritable = |error| RestoreError::Write(folder.to_owned(), error);
    let draft = Draft(folder.join("room.db.new"));
    let mut copy = private_file(&draft.0).map_err(unwritable)?;
    let line = digest::copy(&mut bytes, &mut copy, length)
        .map_err(|error| RestoreError::Read(file.to_owned(), error))?;
    let mut stands = String::new();
    let is_whole = bytes.read_to_string(&mut stands).is_ok() && stands == line;
    if !is_whole {
        return Err(RestoreError::Damaged(
            file.to_owned(),
            "it is not complete, or not as it was made".into(),
        ));
    }
    let restored = read(file, &draft.0)?;
    let finish = || -> io::Result<()> {
        copy.sync_all()?;
        std::fs::rename(&draft.0, folder.join("room.db"))?;
        let room = RoomFile {
            room_id: restored.room_id.clone(),
            name: restored.name.clone(),
        };
        room_file::write(folder, &room)?;
        sync_folder(folder)
    };
    finish().map_err(unwritable)?;
    made.keep();
    Ok(restored)
}

/// Opens a backup; its length without the line behind it.
fn recognise(file: &Path) -> Result<(File, u64), RestoreError> {
    let unreadable = |error| RestoreError::Read(file.to_owned(), error);
    let foreign = || RestoreError::Foreign(file.to_owned());
    let mut bytes = File::open(file).map_err(unreadable)?;
    let length = bytes.metadata().map_err(unreadable)?.len();
    let mut header = [0; HEADER_BYTES];
    match bytes.read_exact(&mut header) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(foreign()),
        read => read.map_err(unreadable)?,
    }
    if !header.starts_with(SQLITE) || header[68..72] != APPLICATION_ID.to_be_bytes() {
        return Err(foreign());
    }
    let length = length.saturating_sub(digest::LINE_BYTES as u64);
    io::Seek::rewind(&mut bytes).map_err(unreadable)?;
    Ok((bytes, length))
}

/// Which room the copy holds; it is a log like any other afterwards.
fn read(file: &Path, copy: &Path) -> Result<Restored, RestoreError> {
    let damaged =
        |error: rusqlite::Error| RestoreError::Damaged(file.to_owned(), error.to_string());
    let log = Connection::open(copy).map_err(damaged)?;
    log.pragma_update(None, "synchronous", "OFF")
        .map_err(damaged)?;
    let (version, room_id, name, made_at): (u32, String, String, i64) = log
        .query_row(
            "SELECT version, room_id, name, made_at FROM backup",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .map_err(damaged)?;
    if version > VERSION || store::age(copy).map_err(damaged)? == store::Age::Newer {
        return Err(RestoreError::Newer(file.to_owned()));
    }
    store::check_whole(&log).map_err(damaged)?;
    log.execute_batch("DROP TABLE backup; UPDATE state SET clean = 0; PRAGMA application_id = 0;")
        .map_err(damaged)?;
    let room_id: RoomId = room_id
        .parse()
        .map_err(|_| RestoreError::Damaged(file.to_owned(), "it names no room".into()))?;
    Ok(Restored {
        name,
        room_id,
        made_at: Timestamp(made_at),
    })
}

/// The folder to restore to, taken so that nobody hosts from it meanwhile; what was made is unmade unless it is kept.
struct Folder {
    path: PathBuf,
    is_new: bool,
    kept: bool,
    _lock: room_file::Lock,
}

impl Folder {
    fn take(folder: &Path) -> Result<Folder, RestoreError> {
        let unwritable = |error| RestoreError::Write(folder.to_owned(), error);
        let is_new = match std::fs::read_dir(folder) {
            Ok(mut entries) => {
                if entries.next().is_some() {
                    return Err(if room_file::is_taken(folder) {
                        RestoreError::Running(folder.to_owned())
                    } else {
                        RestoreError::NotEmpty(folder.to_owned())
                    });
                }
                false
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            Err(error) => return Err(unwritable(error)),
        };
        let lock = room_file::take(folder).map_err(unwritable)?;
        Ok(Folder {
            path: folder.to_owned(),
            is_new,
            kept: false,
            _lock: lock,
        })
    }

    fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // Nothing but ours: the folder was empty when it was taken.
        for name in ["room.lock", "room.db", "room.json", "room.json.new"] {
            let _ = std::fs::remove_file(self.path.join(name));
        }
        if self.is_new {
            let _ = std::fs::remove_dir(&self.path);
        }
    }
}
