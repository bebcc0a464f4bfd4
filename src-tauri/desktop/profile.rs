//! One person's folder on this computer: settings, outbox, hosted rooms. One running app a folder.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// An opened profile. The lock lasts as long as this value.
#[derive(Debug)]
pub struct Profile {
    folder: PathBuf,
    _lock: File,
}

impl Profile {
    /// The folder that the system keeps for this app and this person.
    pub fn default_folder() -> Result<PathBuf> {
        let folders = directories::ProjectDirs::from("org", "landline", "Landline")
            .context("this system names no home folder; give one with --data DIR")?;
        Ok(folders.data_dir().to_owned())
    }

    /// Opens `folder`, makes it if need be and keeps others out: it holds what people said.
    pub fn open(folder: &Path) -> Result<Profile> {
        make_private(folder)
            .with_context(|| format!("the data folder {} cannot be made", folder.display()))?;
        let path = folder.join("landline.lock");
        let lock = File::create(&path)
            .with_context(|| format!("the data folder {} cannot be written", folder.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "Landline is already running with the data folder {}",
                folder.display()
            ),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("{} cannot be locked", path.display()));
            }
        }
        Ok(Profile {
            folder: folder.to_owned(),
            _lock: lock,
        })
    }

    /// Where the client keeps settings, known rooms and what is not sent yet.
    pub fn store_path(&self) -> PathBuf {
        self.folder.join("landline.db")
    }

    /// Where the rooms are that this app has hosted, one folder each.
    pub fn rooms_folder(&self) -> PathBuf {
        self.folder.join("rooms")
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_app_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("ana");
        let first = Profile::open(&folder).unwrap();
        let refusal = Profile::open(&folder).unwrap_err().to_string();
        assert!(refusal.contains("already running"), "{refusal}");
        drop(first);
        Profile::open(&folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_look_into_it() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        let _profile = Profile::open(place.path()).unwrap();
        let mode = std::fs::metadata(place.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
