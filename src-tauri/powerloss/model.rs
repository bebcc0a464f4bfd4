//! What is on the disk, what is only in the cache before it, and what a cut leaves of the two. No SQLite here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use Trouble::Dead;

use crate::locks::Locks;
use crate::shm::Shm;

/// A disk writes whole sectors: one is as it was or as it should be, never half of each.
pub(crate) const SECTOR_BYTES: usize = 512;

/// What all open files of a disk share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) model: Mutex<Model>,
}

/// Why something was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The power has gone, or went since the file was opened.
    Dead,
    /// The disk fails in a way that was asked for.
    Failing(Fault),
}

/// A way to fail while the power is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing can be read.
    Read,
    /// Nothing can be written.
    Write,
    /// There is no place for what is written.
    Full,
    /// A flush fails, and forgets what it should have flushed, as Linux does: the next one succeeds without it.
    Flush,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Model {
    files: BTreeMap<String, File>,
    /// Removed, and nothing was flushed that would make it last.
    removed: BTreeMap<String, File>,
    life: u64,
    operations: u64,
    cut_at: Option<u64>,
    is_cut: bool,
    made: u64,
    fault: Option<Fault>,
}

/// One file.
#[derive(Default)]
struct File {
    /// As programs see it.
    cache: Vec<u8>,
    /// As it surely is after a cut.
    durable: Vec<u8>,
    /// What leads from the one to the other.
    pending: Vec<Change>,
    /// Whether its name has been flushed.
    is_named: bool,
    /// Its first flush flushes its folder too.
    names_all: bool,
    shared: Arc<Mutex<Together>>,
}

/// What the connections to one file share beside its bytes.
#[derive(Default)]
pub(crate) struct Together {
    pub(crate) locks: Locks,
    pub(crate) shm: Shm,
}

enum Change {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

/// A file that was opened.
pub(crate) struct Opened {
    pub(crate) life: u64,
    pub(crate) name: String,
    pub(crate) together: Arc<Mutex<Together>>,
}

impl Model {
    pub(crate) fn cut_after(&mut self, operations: u64) {
        self.cut_at = Some(self.operations + operations);
        self.is_cut = self.is_cut || operations == 0;
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.is_cut
    }

    pub(crate) fn operations(&self) -> u64 {
        self.operations
    }

    pub(crate) fn fail(&mut self, fault: Option<Fault>) {
        self.fault = fault;
    }

    fn well_but_for(&self, faults: &[Fault]) -> Result<(), Trouble> {
        match self.fault.filter(|fault| faults.contains(fault)) {
            Some(fault) => Err(Trouble::Failing(fault)),
            None => Ok(()),
        }
    }

    /// Opens a file; makes it if that is wished. A file without a name is a new one. `is_journal`: one whose first flush
    /// names the files beside it.
    pub(crate) fn open(
        &mut self,
        name: Option<&str>,
        make: bool,
        is_journal: bool,
    ) -> Result<Option<Opened>, Trouble> {
        self.alive(self.life)?;
        self.made += 1;
        let name = name.map_or_else(|| format!("unnamed-{}", self.made), str::to_owned);
        if !self.files.contains_key(&name) {
            if !make {
                return Ok(None);
            }
            let file = File {
                names_all: is_journal,
                ..File::default()
            };
            self.files.insert(name.clone(), file);
        }
        Ok(Some(Opened {
            life: self.life,
            together: self.files[&name].shared.clone(),
            name,
        }))
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    pub(crate) fn bytes(&self, file: &Opened) -> Result<&[u8], Trouble> {
        self.alive(file.life)?;
        self.well_but_for(&[Fault::Read])?;
        self.files
            .get(&file.name)
            .map(|file| file.cache.as_slice())
            .ok_or(Dead)
    }

    pub(crate) fn write(
        &mut self,
        file: &Opened,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), Trouble> {
        self.change(file, Change::Write(offset, bytes.to_vec()))
    }

    pub(crate) fn truncate(&mut self, file: &Opened, size: usize) -> Result<(), Trouble> {
        self.change(file, Change::Truncate(size))
    }

    /// The write at which the power goes may still have reached the disk.
    fn change(&mut self, file: &Opened, change: Change) -> Result<(), Trouble> {
        self.alive(file.life)?;
        self.well_but_for(&[Fault::Write, Fault::Full])?;
        let is_the_end = self.is_the_end();
        let file = self.files.get_mut(&file.name).ok_or(Dead)?;
        change.apply(&mut file.cache);
        file.pending.push(change);
        if is_the_end { Err(Dead) } else { Ok(()) }
    }

    /// All of the file so far, and its name, last from now on.
    pub(crate) fn sync(&mut self, file: &Opened) -> Result<(), Trouble> {
        self.alive(file.life)?;
        if self.is_the_end() {
            return Err(Dead);
        }
        let failing = self.well_but_for(&[Fault::Flush]);
        let file = self.files.get_mut(&file.name).ok_or(Dead)?;
        if failing.is_err() {
            file.pending.clear();
            return failing;
        }
        for change in file.pending.drain(..) {
            change.apply(&mut file.durable);
        }
        file.is_named = true;
        if std::mem::take(&mut file.names_all) {
            self.files
                .values_mut()
                .for_each(|file| file.is_named = true);
            self.removed.clear();
        }
        Ok(())
    }

    /// Removes a file; `lasting`: with the flush of its folder.
    pub(crate) fn remove(&mut self, name: &str, lasting: bool) -> Result<bool, Trouble> {
        self.alive(self.life)?;
        let is_the_end = self.is_the_end();
        let Some(file) = self.files.remove(name) else {
            return Ok(false);
        };
        if !lasting || is_the_end {
            self.removed.insert(name.to_owned(), file);
        }
        if is_the_end { Err(Dead) } else { Ok(true) }
    }

    /// Only what the disk holds is left, and a new life begins.
    pub(crate) fn restore(&mut self, rng: &mut fastrand::Rng) {
        for (name, file) in std::mem::take(&mut self.removed) {
            // Where a new file has the name, the removal came to the disk with it.
            if file.is_named && rng.bool() {
                self.files.entry(name).or_insert(file);
            }
        }
        self.files.retain(|_, file| file.is_named || rng.bool());
        for file in self.files.values_mut() {
            for change in file.pending.drain(..) {
                change.survive(&mut file.durable, rng);
            }
            *file = File {
                cache: file.durable.clone(),
                durable: std::mem::take(&mut file.durable),
                is_named: true,
                ..File::default()
            };
        }
        self.life += 1;
        self.is_cut = false;
        self.cut_at = None;
    }

    fn alive(&self, life: u64) -> Result<(), Trouble> {
        if self.is_cut || life != self.life {
            Err(Dead)
        } else {
            Ok(())
        }
    }

    /// Counts one operation; whether the power goes with it.
    fn is_the_end(&mut self) -> bool {
        self.operations += 1;
        self.is_cut = self.cut_at.is_some_and(|at| self.operations >= at);
        self.is_cut
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Write(offset, new) => put(bytes, *offset, new),
            Change::Truncate(size) => bytes.resize(*size, 0),
        }
    }

    /// What a cut leaves of a change that was not flushed.
    fn survive(&self, bytes: &mut Vec<u8>, rng: &mut fastrand::Rng) {
        match (rng.u8(..3), self) {
            (0, _) => {}
            (1, Change::Write(offset, new)) => {
                // Torn: each sector that it touches for itself.
                let mut at = 0;
                while at < new.len() {
                    let to_edge = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
                    let end = new.len().min(at + to_edge);
                    if rng.bool() {
                        put(bytes, offset + at, &new[at..end]);
                    }
                    at = end;
                }
            }
            (_, change) => change.apply(bytes),
        }
    }
}

fn put(bytes: &mut Vec<u8>, offset: usize, new: &[u8]) {
    let end = offset + new.len();
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[offset..end].copy_from_slice(new);
}
