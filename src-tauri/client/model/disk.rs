//! The device's disk in pure code: what is left of a member when the app is killed.

use std::collections::BTreeMap;

use landline_protocol::{Position, TopicName};

use crate::chat::Chat;
use crate::effect::{Row, Write};
use crate::host_model::whispers;
use crate::kept::KeptRow;

/// What the device's disk holds.
#[derive(Default)]
pub(crate) struct Disk {
    pub(super) topics: BTreeMap<TopicName, Option<u32>>,
    pub(super) positions: BTreeMap<Chat, Position>,
    pub(crate) rows: Vec<Row>,
    pub(crate) kept: Vec<KeptRow>,
    pub(crate) reads: BTreeMap<Chat, u64>,
}

impl Disk {
    pub(super) fn write(&mut self, write: Write) {
        match write {
            Write::Put(row) => {
                assert!(
                    !row.disappears && row.chat != whispers(),
                    "what disappears never touches the disk"
                );
                self.rows.push(row);
            }
            Write::Change {
                message_id,
                place,
                failed,
            } => {
                for row in self
                    .rows
                    .iter_mut()
                    .filter(|row| row.message_id == message_id)
                {
                    (row.place, row.failed) = (place, failed.clone());
                }
                self.rows.sort_by_key(|row| row.place);
            }
            Write::Remove(id) | Write::Erase(id) => self.rows.retain(|row| row.message_id != id),
            Write::Keep(id, position) => {
                let mut acknowledged = self.rows.extract_if(.., |row| row.message_id == id);
                if let Some(row) = acknowledged.next() {
                    self.kept.push(KeptRow {
                        message_id: row.message_id,
                        chat: row.chat,
                        content: row.content,
                        written_at: row.written_at,
                        position,
                    });
                }
            }
            Write::LetGo(id) => self.kept.retain(|row| row.message_id != id),
            Write::Offer(id, place) => {
                let mut lost = self.kept.extract_if(.., |row| row.message_id == id);
                let row = lost.next().expect("what is offered was kept");
                self.rows.push(Row {
                    message_id: row.message_id,
                    chat: row.chat,
                    content: row.content,
                    written_at: row.written_at,
                    place,
                    failed: None,
                    disappears: false,
                    offered: None,
                });
                self.rows.sort_by_key(|row| row.place);
            }
            Write::Read(chat, seq) => drop(self.reads.insert(chat, seq)),
            Write::ReadKnown(chat) => drop(self.reads.remove(&chat)),
            Write::Join(topic, ttl) => drop(self.topics.insert(topic, ttl)),
            Write::Leave(topic) => drop(self.topics.remove(&topic)),
            Write::At(chat, position) => drop(self.positions.insert(chat, position)),
            Write::Seen { .. } | Write::Parted | Write::Named(_) => {}
        }
    }
}
