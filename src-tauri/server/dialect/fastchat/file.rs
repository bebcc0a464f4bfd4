//! What outlives a restart, as a file in the room's folder. Written by one thread at a time, off the async threads, so that
//! a crash leaves the old file or the new one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::state::Kept;

/// Where it stands.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join("fastchat.json")
}

/// Reads the file. One that is damaged is moved aside: these chats are opened anew, and nobody's text is lost.
pub(crate) fn read(file: &Path) -> Kept {
    let read = fs::read(file).and_then(|text| Ok(serde_json::from_slice(&text)?));
    match read {
        Ok(kept) => kept,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Kept::default(),
        Err(error) => {
            tracing::warn!(
                "the chats of the fastchat dialect could not be read and start anew: {error}"
            );
            if let Err(error) = fs::rename(file, file.with_extension("json.damaged")) {
                tracing::warn!("their file was not moved aside: {error}");
            }
            Kept::default()
        }
    }
}

/// Writes the file.
///
/// # Errors
/// The old one stays.
pub(crate) fn write(file: &Path, kept: &Kept) -> io::Result<()> {
    let draft = file.with_extension("json.new");
    let mut new = File::create(&draft)?;
    new.write_all(&serde_json::to_vec(kept)?)?;
    new.sync_all()?;
    fs::rename(draft, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_damaged_file_is_moved_aside() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = path(folder.path());
        assert_eq!(read(&file), Kept::default());
        let text = r#"{"users":[],"chats":[{"chat_id":"cccccccc-3333-4333-8333-333333333333",
            "opener":"aaaaaaaa-1111-4111-8111-111111111111","other":"bbbbbbbb-2222-4222-8222-222222222222",
            "used":"2026-01-02T03:04:05.678Z"}]}"#;
        let kept: Kept = serde_json::from_str(text).expect("kept");
        assert_ne!(kept, Kept::default());
        write(&file, &kept).expect("written");
        assert_eq!(read(&file), kept);
        fs::write(&file, &text[..40]).expect("damaged");
        assert_eq!(read(&file), Kept::default());
        assert!(!file.exists() && folder.path().join("fastchat.json.damaged").exists());
    }
}
