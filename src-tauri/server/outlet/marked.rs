//! Whose socket is written to next, and how many before the room looks what has come.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Pipe;
use crate::limits::{AUTHORS_AHEAD, FLUSHED_AT_ONCE, FLUSHED_IN_QUIET};

/// Those who have something to be written, in their turn.
pub(super) struct Marked {
    turns: VecDeque<Arc<Pipe>>,
    /// How many went ahead since the last were written.
    ahead: usize,
    /// How many have their turn together.
    piece: usize,
}

impl Default for Marked {
    fn default() -> Marked {
        Marked {
            turns: VecDeque::new(),
            ahead: 0,
            piece: FLUSHED_AT_ONCE,
        }
    }
}

impl Marked {
    /// Who said it hears first: their next word is on its way while the others are told. So many who speak without a pause
    /// leave the others their turns.
    pub(super) fn add(&mut self, pipe: Arc<Pipe>, is_author: bool) {
        if is_author && self.ahead < AUTHORS_AHEAD {
            self.ahead += 1;
            self.turns.push_front(pipe);
        } else {
            self.turns.push_back(pipe);
        }
    }

    /// How many have their turn now. A look at what has come costs what some sockets do: while nobody speaks there are ever
    /// fewer.
    pub(super) fn piece(&mut self, is_quiet: bool) -> usize {
        self.piece = if is_quiet {
            (2 * self.piece).min(FLUSHED_IN_QUIET)
        } else {
            FLUSHED_AT_ONCE
        };
        self.piece
    }

    /// So many of those whose turn it is.
    pub(super) fn next(&mut self, many: usize) -> impl Iterator<Item = Arc<Pipe>> {
        self.ahead = 0;
        let many = many.min(self.turns.len());
        self.turns.drain(..many)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipe() -> Arc<Pipe> {
        Arc::new(Pipe::unread())
    }

    #[test]
    fn who_only_listens_is_told_in_time_however_many_speak() {
        let mut marked = Marked::default();
        let listener = pipe();
        marked.add(listener.clone(), false);
        for _ in 0..2 * FLUSHED_AT_ONCE {
            marked.add(pipe(), true);
        }
        let mut turns = marked.next(FLUSHED_AT_ONCE);
        let place = turns.position(|one| Arc::ptr_eq(&one, &listener));
        assert_eq!(place, Some(AUTHORS_AHEAD));
        const { assert!(AUTHORS_AHEAD < FLUSHED_AT_ONCE) };
    }

    #[test]
    fn in_quiet_the_pieces_grow_to_their_limit_and_shrink_when_somebody_speaks() {
        let mut marked = Marked::default();
        assert_eq!(marked.piece(false), FLUSHED_AT_ONCE);
        assert_eq!(marked.piece(true), 2 * FLUSHED_AT_ONCE);
        assert_eq!(marked.piece(true), 4 * FLUSHED_AT_ONCE);
        for _ in 0..2 {
            assert_eq!(marked.piece(true), FLUSHED_IN_QUIET);
        }
        assert_eq!(marked.piece(false), FLUSHED_AT_ONCE);
        const { assert!(4 * FLUSHED_AT_ONCE <= FLUSHED_IN_QUIET) };
    }
}
