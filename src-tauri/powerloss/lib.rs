//! A disk for tests that forgets what was not flushed. SQLite writes to it through a VFS, as it writes to the system's
//! files; at a chosen operation the power goes. What was flushed until then is there afterwards. Each other write is,
//! by a seed and each for itself, there, gone, or torn between two sectors; so is the making and removing of files.
//!
//! Rejected: killing the process, which leaves the system's page cache as it is and so cannot tell `synchronous=FULL`
//! from `NORMAL`; a file system in user space, which CI's machines cannot mount.

mod locks;
mod model;
mod shm;
mod vfs;

use std::sync::{Arc, PoisonError};

pub use model::Fault;
use model::{Model, Shared};

/// A disk, known to SQLite by the name of its VFS. What is on it lives in memory, until the process ends.
pub struct Disk {
    name: String,
    shared: Arc<Shared>,
}

impl Disk {
    /// A new, empty disk. `name` must be this process's only one of that name.
    ///
    /// # Panics
    /// SQLite does not take it.
    pub fn new(name: &str) -> Disk {
        let shared = Arc::new(Shared::default());
        vfs::register(name, shared.clone());
        Disk {
            name: name.to_owned(),
            shared,
        }
    }

    /// What `Connection::open_with_flags_and_vfs` takes.
    pub fn vfs(&self) -> &str {
        &self.name
    }

    /// The power goes at the `operations`th write, truncation, flush or removal from now: that one fails, and all after it.
    pub fn cut_after(&self, operations: u64) {
        self.model(|model| model.cut_after(operations));
    }

    /// Cuts the power now.
    pub fn cut(&self) {
        self.cut_after(0);
    }

    /// The disk fails in this way from now on, or is well again.
    pub fn fail(&self, fault: Option<Fault>) {
        self.model(|model| model.fail(fault));
    }

    /// Whether the power has gone.
    pub fn is_cut(&self) -> bool {
        self.model(|model| model.is_cut())
    }

    /// How many operations there were that a cut can be at.
    pub fn operations(&self) -> u64 {
        self.model(|model| model.operations())
    }

    /// The power is back; the files are what `seed` left of them. Files that are still open fail for ever.
    pub fn restore(&self, seed: u64) {
        self.model(|model| model.restore(&mut fastrand::Rng::with_seed(seed)));
    }

    fn model<T>(&self, with: impl FnOnce(&mut Model) -> T) -> T {
        with(
            &mut self
                .shared
                .model
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

#[cfg(test)]
mod tests;
