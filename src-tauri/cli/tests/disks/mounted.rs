//! A small disk, mounted for one test.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The file that fills a disk.
const FILLER: &str = "filler";

/// Dropping it unmounts it, whatever is still open there.
pub(crate) struct Disk {
    folder: TempDir,
    at: PathBuf,
}

impl Disk {
    /// A disk in memory. `None` where nothing can be mounted; the reason is printed.
    ///
    /// # Panics
    /// In CI (`CI=true`), where no test may be skipped.
    pub(crate) fn in_memory(megabytes: u32) -> Option<Disk> {
        let size = format!("size={megabytes}m");
        Disk::mount(|disk| mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], &disk.at))
    }

    /// An ext4 in a file, which can turn read-only with files open, as after an error of the device.
    pub(crate) fn in_a_file(megabytes: u32) -> Option<Disk> {
        Disk::mount(|disk| {
            let image = disk.folder.path().join("image");
            let size = format!("{megabytes}M");
            run(Command::new("truncate").args(["-s", &size]).arg(&image))?;
            run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&image))?;
            let image = image.to_str().expect("a name of letters");
            mount(&["-o", "loop", image], &disk.at)
        })
    }

    fn mount(how: impl FnOnce(&Disk) -> Result<(), String>) -> Option<Disk> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).expect("a folder can be made");
        let disk = Disk { folder, at };
        if let Err(why) = how(&disk) {
            let is_ci = std::env::var("CI").as_deref() == Ok("true");
            assert!(!is_ci, "no disk can be mounted here: {why}");
            println!("skipped: {why}");
            return None;
        }
        Some(disk)
    }

    /// The room's folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.at.join("room")
    }

    /// A file beside the disk.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.path().join("log.txt")
    }

    /// Fills it to the last byte.
    pub(crate) fn fill(&self) {
        let mut filler = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.at.join(FILLER))
            .expect("a file can be made");
        for size in [1 << 20, 1 << 12, 1] {
            let piece = vec![7; size];
            while filler.write_all(&piece).is_ok() {}
        }
    }

    /// Takes away what [`Disk::fill`] wrote.
    pub(crate) fn clear(&self) {
        std::fs::remove_file(self.at.join(FILLER)).expect("it was filled");
    }

    /// Every write fails from now on, also to files that are open: what the kernel does after an error of the device.
    pub(crate) fn turn_read_only(&self) {
        mount(&["-o", "remount,abort"], &self.at).expect("ext4 can be stopped");
    }

    /// Unmounts it, checks it as a system does that starts again, and mounts it again.
    pub(crate) fn repair(&self) {
        run(Command::new("umount").arg(&self.at)).expect("nothing is open there");
        let image = self.folder.path().join("image");
        // What it says is about what it repaired.
        let _ = Command::new("fsck.ext4")
            .args(["-y", "-f"])
            .arg(&image)
            .output();
        mount(
            &["-o", "loop", image.to_str().expect("a name of letters")],
            &self.at,
        )
        .expect("it mounts again");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A test that failed may have a host running there still.
        let _ = Command::new("umount").arg("-l").arg(&self.at).output();
    }
}

fn mount(arguments: &[&str], at: &Path) -> Result<(), String> {
    run(Command::new("mount").args(arguments).arg(at))
}

fn run(command: &mut Command) -> Result<(), String> {
    let done = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!(
        "{command:?}: {}",
        String::from_utf8_lossy(&done.stderr).trim()
    ))
}
