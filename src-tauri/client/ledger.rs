//! What is to be written to the store, gathered so that a busy room costs few flushes of the disk. Positions count
//! once the consumer has the message, not before.

use std::collections::HashMap;

use landline_protocol::{Position, RoomId};

use crate::Millis;
use crate::chat::Chat;
use crate::effect::Write;
use crate::store::{Store, StoreError};

/// Longest wait of a change that nobody waits for. A crash before it costs a resend that the host knows as a double.
const WRITES_WITHIN_MS: Millis = 250;
/// Positions are written at most this often. A crash before it costs messages that are handed over again.
const MARKS_EVERY_MS: Millis = 1_000;

/// Changes on their way to the store.
#[derive(Debug)]
pub(crate) struct Ledger {
    store: Store,
    room: RoomId,
    writes: Vec<Write>,
    marks: HashMap<Chat, Position>,
    due: Option<Millis>,
}

impl Ledger {
    pub(crate) fn new(store: Store, room: RoomId) -> Ledger {
        Ledger {
            store,
            room,
            writes: Vec::new(),
            marks: HashMap::new(),
            due: None,
        }
    }

    pub(crate) fn add(&mut self, write: Write, now: Millis) {
        self.writes.push(write);
        self.due_by(now + WRITES_WITHIN_MS);
    }

    pub(crate) fn mark(&mut self, chat: Chat, position: Position, now: Millis) {
        self.marks.insert(chat, position);
        self.due_by(now + MARKS_EVERY_MS);
    }

    /// When [`Ledger::flush`] is due.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.due
    }

    /// Writes everything, and `more` in the same transaction. On failure `more` is not written and not kept; the rest
    /// is tried again.
    pub(crate) async fn flush(&mut self, more: Vec<Write>, now: Millis) -> Result<(), StoreError> {
        self.due = None;
        let marks = std::mem::take(&mut self.marks);
        let mut writes = std::mem::take(&mut self.writes);
        writes.extend(
            marks
                .into_iter()
                .map(|(chat, position)| Write::At(chat, position)),
        );
        let own = writes.len();
        writes.extend(more);
        if writes.is_empty() {
            return Ok(());
        }
        let room = self.room.clone();
        let written = self.store.run(move |store| {
            let result = store.write(&room, &writes);
            (writes, result)
        });
        let (mut writes, result) = written.await;
        if let Err(error) = &result {
            tracing::warn!(%error, "the app's database did not take a change");
            writes.truncate(own);
            self.writes = writes;
            self.due_by(now + MARKS_EVERY_MS);
        }
        result
    }

    fn due_by(&mut self, at: Millis) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }
}
