//! What telling a session something needs to know of it, in one place.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use landline_hub::SessionId;

use super::worded::Wording;
use super::{Line, Pipe};

/// All sessions.
pub(super) type Seats = HashMap<SessionId, Seat, BuildHasherDefault<AsItIs>>;

/// One of them.
pub(super) struct Seat {
    pub(super) pipe: Arc<Pipe>,
    /// Which dialect words what it hears.
    pub(super) words: Wording,
    pub(super) line: Line,
}

impl Seat {
    pub(super) fn new(line: Line) -> Seat {
        Seat {
            pipe: line.pipe().clone(),
            words: Wording::of(line.words()),
            line,
        }
    }
}

/// A session's number is its hash: nobody outside chooses it.
#[derive(Default)]
pub(super) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        // Upper bits too: the table looks at both ends of a hash.
        self.0 = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
