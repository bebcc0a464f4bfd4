//! 32 MiB beside the log that hold nothing. When the disk is full they are given up, so that the log can still be closed
//! cleanly, or opened to be read; they are made again when there is room (docs/decisions/014).

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const FILE: &str = "room.ballast";
/// More than what closing or opening a log writes, by far.
pub(super) const BALLAST_BYTES: u64 = 32 * 1024 * 1024;
/// It is made only where this much is free besides: the room is for messages first.
const ROOM_BYTES: u64 = 32 * 1024 * 1024;
/// How often a room without it looks whether there is room again.
const AGAIN_EVERY: Duration = Duration::from_secs(10);

/// See the module.
pub(super) struct Ballast {
    file: PathBuf,
    tried: Option<Instant>,
    is_there: bool,
}

impl Ballast {
    /// The one in a folder, if it is there.
    pub(super) fn of(folder: &Path) -> Ballast {
        let file = folder.join(FILE);
        let is_there = fs::metadata(&file).is_ok_and(|found| found.len() == BALLAST_BYTES);
        Ballast {
            file,
            tried: None,
            is_there,
        }
    }

    /// Makes it where there is room and it is missing; looks at the disk only now and then.
    pub(super) fn keep(&mut self) {
        if self.is_there || self.tried.is_some_and(|at| at.elapsed() < AGAIN_EVERY) {
            return;
        }
        self.tried = Some(Instant::now());
        match self.make() {
            Ok(made) => self.is_there = made,
            Err(error) => {
                tracing::debug!("no ballast beside the log: {error}");
                // A part of it would only be in the way.
                let _ = fs::remove_file(&self.file);
            }
        }
    }

    fn make(&self) -> io::Result<bool> {
        let folder = self.file.parent().unwrap_or(Path::new("."));
        if free_bytes(folder)?.is_some_and(|free| free < BALLAST_BYTES + ROOM_BYTES) {
            return Ok(false);
        }
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        allocate(&options.open(&self.file)?)?;
        Ok(true)
    }

    /// Gives its place to the log; whether there was any.
    pub(super) fn release(&mut self) -> bool {
        self.is_there = false;
        self.tried = Some(Instant::now());
        fs::remove_file(&self.file).is_ok()
    }
}

#[cfg(unix)]
fn free_bytes(folder: &Path) -> io::Result<Option<u64>> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(Some(found.f_bavail * found.f_frsize))
}

/// Elsewhere the making of it shows whether there is room.
#[cfg(not(unix))]
fn free_bytes(_: &Path) -> io::Result<Option<u64>> {
    Ok(None)
}

/// Takes the place on the disk, and not only the length.
fn allocate(file: &File) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        use rustix::io::Errno;
        match fallocate(file, FallocateFlags::empty(), 0, BALLAST_BYTES) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            done => return Ok(done?),
        }
    }
    // Not zeros: a file system may keep those without taking place for them.
    let mut file = file;
    let piece: Vec<u8> = (0..=u8::MAX).cycle().take(64 * 1024).collect();
    for _ in 0..BALLAST_BYTES / piece.len() as u64 {
        io::Write::write_all(&mut file, &piece)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_takes_its_place_once_and_gives_it_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut ballast = Ballast::of(folder.path());
        assert!(!ballast.release(), "there is none yet");
        let mut ballast = Ballast::of(folder.path());
        ballast.keep();
        let made = fs::metadata(folder.path().join(FILE)).unwrap();
        assert_eq!(made.len(), BALLAST_BYTES);
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt as _;
            assert!(
                made.blocks() * 512 >= BALLAST_BYTES,
                "it takes the place on the disk"
            );
        }
        assert!(
            Ballast::of(folder.path()).is_there,
            "a later start finds it"
        );
        assert!(ballast.release());
        assert!(!folder.path().join(FILE).exists());
        ballast.keep();
        assert!(
            !folder.path().join(FILE).exists(),
            "not at once: the disk was full a moment ago"
        );
    }
}
