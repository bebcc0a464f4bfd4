//! A room in one file: made while it runs or when it is stopped, and restored into a new folder.
//!
//! The file is a SQLite database: the log, without the space that removed messages left, and one row of `backup` that says
//! which room it is. Behind it stands a line with its SHA-256, so that a changed bit is found also in the middle of a text.
//! Decision 019.

mod digest;
mod making;
mod restoring;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub use making::backup;
pub use restoring::restore;

/// In the header of the file (`PRAGMA application_id`): `LLbk`.
const APPLICATION_ID: i32 = 0x4c4c_626b;
/// Rises when an older Landline could not restore the file. The log in it has a version of its own.
const VERSION: u32 = 1;

/// Why no backup was made. Nothing is left where it should have been.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The folder holds no room.
    #[error("there is no room in {}", .0.display())]
    NoRoom(PathBuf),
    /// There is a file of this name.
    #[error("{} exists already and was left as it is; choose another name", .0.display())]
    Exists(PathBuf),
    /// The log is of a newer version.
    #[error("the room in {} is of a newer Landline; back it up with that one", .0.display())]
    Newer(PathBuf),
    /// The log cannot be read whole.
    #[error("the room's log cannot be read, and was not backed up: {0}")]
    Log(rusqlite::Error),
    /// The file cannot be written.
    #[error("the backup cannot be written to {}: {}", .0.display(), .1)]
    Write(PathBuf, io::Error),
}

/// Why nothing was restored. The folder is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The backup cannot be read.
    #[error("{} cannot be read: {}", .0.display(), .1)]
    Read(PathBuf, io::Error),
    /// It is something else.
    #[error("{} is no backup of a Landline room", .0.display())]
    Foreign(PathBuf),
    /// It is of a newer version.
    #[error("{} was made by a newer Landline; restore it with that one", .0.display())]
    Newer(PathBuf),
    /// It is not as it was made.
    #[error("{} is damaged and was not restored: {}", .0.display(), .1)]
    Damaged(PathBuf, String),
    /// A room is hosted from the folder.
    #[error("the room in {} is hosted right now; restore into a new folder", .0.display())]
    Running(PathBuf),
    /// The folder holds something.
    #[error("{} is not empty; restore into a new folder", .0.display())]
    NotEmpty(PathBuf),
    /// The folder cannot be written.
    #[error("the room cannot be restored to {}: {}", .0.display(), .1)]
    Write(PathBuf, io::Error),
}

/// What a backup says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What the room is called.
    pub name: String,
    /// Which room it is.
    pub room_id: landline_protocol::RoomId,
    /// When the backup was made.
    pub made_at: landline_protocol::Timestamp,
}

/// A file that is not finished; it goes unless it was renamed.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            let mut name = self.0.as_os_str().to_owned();
            name.push(suffix);
            // Mostly it is not there.
            let _ = std::fs::remove_file(name);
        }
    }
}

/// Makes what happened in a folder lasting, where the system can do that.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// A new file that nobody else can read: it holds what people said.
fn private_file(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
