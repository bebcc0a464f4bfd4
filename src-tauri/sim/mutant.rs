//! Faults of the simulation's own parts, each of which one check must find: a check that finds nothing proves nothing.

use std::str::FromStr;

/// What is broken on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// The store answers before it has flushed.
    AcksFirst,
    /// The store says that a message is stored, and it is not.
    LosesOne,
    /// The store knows no message id of before its start.
    ForgetsIds,
    /// A start of the host opens no new epoch, and one entry is gone.
    Renumbers,
    /// Two messages of an author change places in a group.
    Swaps,
    /// A page leaves out an entry.
    HidesOne,
    /// A device tells its person of two messages in the wrong order.
    Misorders,
    /// A device that is killed loses its outbox.
    ForgetsOutbox,
    /// A device forgets one change of who is in the lobby.
    MissesMember,
    /// The host's disk waits for a reader who does not read.
    WaitsForReader,
    /// A device does not go when it should.
    Stays,
    /// An older copy of the host's disk is put back, and the host goes on as if it were the newest.
    Older,
}

/// All of them, with the invariant whose check finds it.
pub(crate) const ALL: [(&str, Mutant, &str); 12] = [
    ("acks-first", Mutant::AcksFirst, "I1"),
    ("loses-one", Mutant::LosesOne, "I1"),
    ("forgets-ids", Mutant::ForgetsIds, "I2"),
    ("renumbers", Mutant::Renumbers, "I3"),
    ("misorders", Mutant::Misorders, "I4"),
    ("swaps", Mutant::Swaps, "I5"),
    ("hides-one", Mutant::HidesOne, "I6"),
    ("misses-member", Mutant::MissesMember, "I7"),
    ("waits-for-reader", Mutant::WaitsForReader, "I9"),
    ("stays", Mutant::Stays, "I10"),
    ("older", Mutant::Older, "I11"),
    ("forgets-outbox", Mutant::ForgetsOutbox, "I12"),
];

impl FromStr for Mutant {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Mutant> {
        let found = ALL.iter().find(|(name, ..)| *name == text);
        let (_, mutant, _) = found.ok_or_else(|| anyhow::anyhow!("no mutant is called {text}"))?;
        Ok(*mutant)
    }
}
