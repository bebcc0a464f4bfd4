//! Where the log lies, and how a connection to it is made.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::keep;

/// The room's log in its folder.
const FILE: &str = "room.db";

/// See the module. Only tests have a disk of their own under SQLite, and a setting of `synchronous` that is not `FULL`.
#[derive(Debug, Clone)]
pub(super) struct Place {
    file: PathBuf,
    vfs: Option<String>,
    synchronous: &'static str,
    is_searched: bool,
}

impl Place {
    pub(super) fn in_folder(folder: &Path) -> Place {
        Place::at(&folder.join(FILE))
    }

    /// A log that is there.
    pub(super) fn at(file: &Path) -> Place {
        Place {
            file: file.to_owned(),
            vfs: None,
            synchronous: "FULL",
            is_searched: true,
        }
    }

    /// On a disk that SQLite knows by the name of its VFS.
    #[cfg(test)]
    pub(super) fn on(vfs: &str, synchronous: &'static str) -> Place {
        Place {
            file: Path::new("/").join(FILE),
            vfs: Some(vfs.to_owned()),
            synchronous,
            is_searched: false,
        }
    }

    /// In a folder, without an index beside the log.
    #[cfg(test)]
    pub(super) fn unsearched(folder: &Path) -> Place {
        Place {
            is_searched: false,
            ..Place::in_folder(folder)
        }
    }

    /// Whether an index is kept beside the log.
    pub(super) fn is_searched(&self) -> bool {
        self.is_searched
    }

    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The folder, if it is one of the system's.
    pub(super) fn folder(&self) -> Option<&Path> {
        if self.vfs.is_some() {
            return None;
        }
        self.file.parent()
    }

    /// A connection without any setting.
    pub(super) fn connect(&self, flags: OpenFlags) -> rusqlite::Result<Connection> {
        match &self.vfs {
            Some(vfs) => Connection::open_with_flags_and_vfs(&self.file, flags, vfs.as_str()),
            None => Connection::open_with_flags(&self.file, flags),
        }
    }

    /// The one connection that writes. What it has committed is on the disk, flushed.
    pub(super) fn writer(&self) -> rusqlite::Result<Connection> {
        let connection = self.connect(OpenFlags::default())?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", self.synchronous)?;
        connection.pragma_update(None, "fullfsync", true)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        keep::overwrite_what_moves(&connection)?;
        Ok(connection)
    }
}
