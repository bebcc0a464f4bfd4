//! The memory that connections to a file in WAL mode share, and its eight locks (<https://sqlite.org/walformat.html>, 2.3).
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::collections::BTreeMap;

use crate::locks::Owner;

/// Locks of the memory: `SQLITE_SHM_NLOCK`.
const LOCKS: usize = 8;

/// See the module. The regions live as long as this does, which each open file holds on to.
#[derive(Default)]
pub(crate) struct Shm {
    regions: Vec<Region>,
    held: BTreeMap<Owner, [Held; LOCKS]>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Held {
    #[default]
    Not,
    Shared,
    Exclusive,
}

/// Bytes that only SQLite touches, by its own rules for several threads; so no reference to them is ever made here.
struct Region(*mut u8, Layout);

// SAFETY: the pointer is this struct's own allocation, and it is never read or written on this side.
unsafe impl Send for Region {}

impl Region {
    fn new(bytes: usize) -> Region {
        let layout = Layout::from_size_align(bytes.max(1), align_of::<u64>())
            .expect("SQLite asks for 32 KiB");
        // SAFETY: the layout is of at least one byte.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        Region(memory, layout)
    }
}

impl Drop for Region {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout, and dropped once. SQLite's connections hold the `Shm` alive
        // until they are closed.
        unsafe { dealloc(self.0, self.1) }
    }
}

impl Shm {
    /// The memory of a region, made if need be and wished.
    pub(crate) fn region(&mut self, number: usize, bytes: usize, make: bool) -> Option<*mut u8> {
        if make {
            while self.regions.len() <= number {
                self.regions.push(Region::new(bytes));
            }
        }
        self.regions.get(number).map(|region| region.0)
    }

    /// Takes locks, all or none; false if others are in the way.
    pub(crate) fn lock(
        &mut self,
        owner: Owner,
        slots: std::ops::Range<usize>,
        exclusive: bool,
    ) -> bool {
        let is_free = |slot: usize| {
            let others = self.held.iter().filter(|(other, _)| **other != owner);
            others.map(|(_, held)| held[slot]).all(|held| match held {
                Held::Not => true,
                Held::Shared => !exclusive,
                Held::Exclusive => false,
            })
        };
        if !slots.clone().all(is_free) {
            return false;
        }
        let held = if exclusive {
            Held::Exclusive
        } else {
            Held::Shared
        };
        self.held.entry(owner).or_default()[slots].fill(held);
        true
    }

    /// Gives locks back.
    pub(crate) fn unlock(&mut self, owner: Owner, slots: std::ops::Range<usize>) {
        self.held.entry(owner).or_default()[slots].fill(Held::Not);
    }

    /// An open file is gone.
    pub(crate) fn forget(&mut self, owner: Owner) {
        self.held.remove(&owner);
    }
}
