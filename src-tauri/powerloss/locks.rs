//! A file's locks among the connections of one process: SQLite's five levels (<https://sqlite.org/lockingv3.html>).

/// Whose lock: an open file.
pub(crate) type Owner = usize;

/// SQLite's levels, in their order and with its numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    #[default]
    None = 0,
    Shared = 1,
    Reserved = 2,
    Pending = 3,
    Exclusive = 4,
}

impl Level {
    pub(crate) fn of(number: i32) -> Option<Level> {
        use Level::{Exclusive, None, Pending, Reserved, Shared};
        [None, Shared, Reserved, Pending, Exclusive]
            .into_iter()
            .find(|level| *level as i32 == number)
    }
}

/// Who holds what.
#[derive(Default)]
pub(crate) struct Locks {
    held: std::collections::BTreeMap<Owner, Level>,
}

impl Locks {
    fn of(&self, owner: Owner) -> Level {
        self.held.get(&owner).copied().unwrap_or_default()
    }

    fn highest_of_others(&self, owner: Owner) -> Level {
        let others = self.held.iter().filter(|(other, _)| **other != owner);
        others.map(|(_, level)| *level).max().unwrap_or_default()
    }

    /// Raises a lock; false if another's is in the way.
    pub(crate) fn lock(&mut self, owner: Owner, wanted: Level) -> bool {
        if self.of(owner) >= wanted {
            return true;
        }
        let others = self.highest_of_others(owner);
        let reached = match wanted {
            Level::None => return true,
            Level::Shared if others < Level::Pending => Level::Shared,
            Level::Reserved | Level::Pending if others < Level::Reserved => wanted,
            Level::Exclusive if others == Level::None => Level::Exclusive,
            // Nobody new comes in from now on; those who read finish.
            Level::Exclusive if others == Level::Shared => Level::Pending,
            _ => return false,
        };
        self.held.insert(owner, reached);
        reached == wanted
    }

    /// Lowers a lock.
    pub(crate) fn unlock(&mut self, owner: Owner, to: Level) {
        if to == Level::None {
            self.held.remove(&owner);
        } else if self.of(owner) > to {
            self.held.insert(owner, to);
        }
    }

    /// Whether anybody is about to write.
    pub(crate) fn is_reserved(&self) -> bool {
        self.held.values().any(|level| *level >= Level::Reserved)
    }
}
