//! My acknowledged messages, in case the host loses them: a backup that was put back, a disk that lied. Pure; the store
//! keeps the same rows. What disappears is never among them. See docs/decisions/016.
//!
//! After another epoch, or when the host says that a position of ours is gone, a chat with messages of mine is *in doubt*:
//! what waits for it is held back until the host was asked, and what its log lacks has gone into the outbox before it.

mod asking;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use landline_protocol::{Epoch, MessageId, Position, Timestamp};

use crate::Millis;
use crate::chat::Chat;
use crate::effect::{Effect, Row, Write};
use asking::Question;

/// Acknowledged messages kept of one chat; the oldest go first.
pub(crate) const KEPT_PER_CHAT: usize = 1_000;
/// The same of one room.
pub(crate) const KEPT_PER_ROOM: usize = 10_000;
/// And their text, in bytes: they are in memory while the room is open.
pub(crate) const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// A message of mine that the host has acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptRow {
    pub(crate) message_id: MessageId,
    pub(crate) chat: Chat,
    pub(crate) content: Arc<str>,
    pub(crate) written_at: Timestamp,
    /// Where the host said it stands.
    pub(crate) position: Position,
}

/// A chat's order: by the life of the log, then by place.
type Key = (u32, u64, u128);

fn key(position: Position) -> Key {
    (position.epoch.counter, position.seq, position.epoch.tag)
}

/// Those of one room.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    shelves: HashMap<Chat, Shelf>,
    /// All, in the order in which they came.
    ages: BTreeMap<u64, (Chat, Key)>,
    comings: u64,
    bytes: usize,
    /// The life of the log in this session.
    epoch: Option<Epoch>,
    /// Chats in doubt that the host was not asked about yet, since when.
    waiting: HashMap<Chat, Millis>,
    questions: HashMap<Chat, Question>,
    /// Direct chats with somebody whom the host does not know any more: they wait until that one is here.
    strangers: HashSet<Chat>,
}

#[derive(Debug, Default)]
struct Shelf {
    rows: BTreeMap<Key, (u64, KeptRow)>,
    /// In this life of the log everything here is known to be in it.
    checked: Option<Epoch>,
}

/// What a `HISTORY` is to us.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing: the person asked for it.
    NotOurs,
    /// It answers a question, and another was asked.
    More,
    /// It settles a chat.
    Settled(Settled),
}

/// What asking has led to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    /// The chat is no longer in doubt.
    pub(crate) chat: Chat,
    /// These are not in the host's log, in their order.
    pub(crate) missing: Vec<KeptRow>,
}

impl Kept {
    /// What the store held, in the order in which it came.
    pub(crate) fn new(rows: Vec<KeptRow>) -> Kept {
        let mut kept = Kept::default();
        for row in rows {
            kept.put(row);
        }
        kept
    }

    /// A message of mine was acknowledged there: from now on it is kept.
    pub(crate) fn add(&mut self, row: &Row, position: Position, out: &mut Vec<Effect>) {
        out.push(Effect::Write(Write::Keep(row.message_id.clone(), position)));
        self.put(KeptRow {
            message_id: row.message_id.clone(),
            chat: row.chat.clone(),
            content: row.content.clone(),
            written_at: row.written_at,
            position,
        });
        let shelf = &self.shelves[&row.chat];
        if shelf.rows.len() > KEPT_PER_CHAT
            && let Some((first, _)) = shelf.rows.first_key_value()
        {
            self.let_go(&row.chat.clone(), *first, out);
        }
        while (self.ages.len() > KEPT_PER_ROOM || self.bytes > KEPT_BYTES)
            && let Some((_, (chat, first))) = self.ages.first_key_value()
        {
            self.let_go(&chat.clone(), *first, out);
        }
    }

    fn put(&mut self, row: KeptRow) {
        self.comings += 1;
        self.bytes += row.content.len();
        let (chat, key) = (row.chat.clone(), key(row.position));
        self.ages.insert(self.comings, (chat.clone(), key));
        let shelf = self.shelves.entry(chat).or_default();
        if let Some((age, old)) = shelf.rows.insert(key, (self.comings, row)) {
            self.ages.remove(&age);
            self.bytes -= old.content.len();
        }
    }

    fn let_go(&mut self, chat: &Chat, key: Key, out: &mut Vec<Effect>) {
        if let Some(row) = self.take(chat, key) {
            out.push(Effect::Write(Write::LetGo(row.message_id)));
        }
    }

    fn take(&mut self, chat: &Chat, key: Key) -> Option<KeptRow> {
        let shelf = self.shelves.get_mut(chat)?;
        let (age, row) = shelf.rows.remove(&key)?;
        if shelf.rows.is_empty() {
            self.shelves.remove(chat);
        }
        self.ages.remove(&age);
        self.bytes -= row.content.len();
        Some(row)
    }
}
