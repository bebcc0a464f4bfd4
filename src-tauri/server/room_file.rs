//! The room's folder: `room.json` says which room it is, `room.lock` that somebody hosts it, `room.db` is its log. The id
//! stands apart from the log, so that a damaged log does not make it another room.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use landline_protocol::RoomId;
use serde::{Deserialize, Serialize};

/// Which room a folder holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RoomFile {
    pub(crate) room_id: RoomId,
    pub(crate) name: String,
}

/// Keeps the folder for this process while it lives.
pub(crate) struct Lock(#[expect(dead_code, reason = "the lock is held by the open file")] File);

/// Makes the folder, private to its owner, and takes it.
///
/// # Errors
/// `WouldBlock` if another process hosts from it.
pub(crate) fn take(folder: &Path) -> io::Result<Lock> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    let file = File::create(folder.join("room.lock"))?;
    file.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => io::Error::from(io::ErrorKind::WouldBlock),
        TryLockError::Error(error) => error,
    })?;
    Ok(Lock(file))
}

/// Whether another process hosts from the folder. Makes nothing.
pub(crate) fn is_taken(folder: &Path) -> bool {
    let lock = File::options().read(true).open(folder.join("room.lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Reads which room the folder holds, if it holds one.
pub(crate) fn read(folder: &Path) -> io::Result<Option<RoomFile>> {
    match fs::read(folder.join("room.json")) {
        Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Reads which room the folder holds; a new folder becomes a new room. The name becomes `name`.
pub(crate) fn read_or_make(folder: &Path, name: &str) -> io::Result<RoomFile> {
    let known = read(folder)?;
    let room_id = known
        .as_ref()
        .map_or_else(RoomId::fresh, |known| known.room_id.clone());
    let room = RoomFile {
        room_id,
        name: name.to_owned(),
    };
    // A full disk has no place for the draft of what is there already.
    if known.as_ref() != Some(&room) {
        write(folder, &room)?;
    }
    Ok(room)
}

/// Writes the file so that a crash leaves the old one or the new one.
pub(crate) fn write(folder: &Path, room: &RoomFile) -> io::Result<()> {
    let (file, draft) = (folder.join("room.json"), folder.join("room.json.new"));
    let mut text = serde_json::to_vec_pretty(room)?;
    text.push(b'\n');
    fs::write(&draft, text)?;
    File::open(&draft)?.sync_all()?;
    fs::rename(draft, file)
}
