//! What is on the disk: operations in their order, and what they add up to.

use std::collections::HashMap;
use std::sync::Arc;

use landline_hub::command::Page;
use landline_hub::ports::{
    Append, ChatRecord, Kept, MemberRecord, Memory, Outcome, PageQuery, Record, can_recover,
};
use landline_hub::{ChatKey, Entry};
use landline_protocol::{Epoch, MessageId, Position, Seq, Timestamp, UserId};

/// One thing that was written.
#[derive(Clone)]
pub(crate) enum Op {
    Entry(Arc<Entry>),
    Record(Record),
    Epoch(Epoch),
}

/// The log, and all else that a room remembers.
#[derive(Default)]
pub(crate) struct Log {
    ops: Vec<Op>,
    chats: Vec<(ChatKey, Vec<Arc<Entry>>)>,
    ids: HashMap<(UserId, MessageId), Arc<Entry>>,
    members: Vec<MemberRecord>,
    markers: Vec<(UserId, ChatKey, Seq)>,
    epochs: Vec<Epoch>,
}

impl Log {
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(crate) fn push(&mut self, op: Op) {
        self.ops.push(op.clone());
        match op {
            Op::Entry(entry) => {
                let id = (entry.author.user_id, entry.message_id.clone());
                self.ids.insert(id, entry.clone());
                self.chat_mut(&entry.chat).push(entry);
            }
            Op::Record(Record::Member(record)) => {
                self.members.retain(|old| old.user_id != record.user_id);
                self.members.push(record);
            }
            Op::Record(Record::Marker(user, chat, seq)) => {
                self.markers
                    .retain(|(of, about, _)| *of != user || *about != chat);
                self.markers.push((user, chat, seq));
            }
            // This disk keeps everything.
            Op::Record(Record::Keep(_)) => {}
            Op::Epoch(epoch) => self.epochs.push(epoch),
        }
    }

    /// Only the first `len` operations ever happened.
    pub(crate) fn truncate(&mut self, len: usize) {
        let mut ops = std::mem::take(self).ops;
        ops.truncate(len);
        for op in ops {
            self.push(op);
        }
    }

    pub(crate) fn forget_ids(&mut self) {
        self.ids.clear();
    }

    pub(crate) fn drop_last_entry(&mut self) {
        if let Some(last) = self.ops.iter().rposition(|op| matches!(op, Op::Entry(_))) {
            let mut ops = std::mem::take(self).ops;
            ops.remove(last);
            for op in ops {
                self.push(op);
            }
        }
    }

    /// As if a copy from before the last start had been put back.
    pub(crate) fn forget_last_life(&mut self) {
        let last = self.ops.iter().rposition(|op| matches!(op, Op::Epoch(_)));
        self.truncate(last.unwrap_or(0));
    }

    pub(crate) fn epochs(&self) -> &[Epoch] {
        &self.epochs
    }

    pub(crate) fn chats(&self) -> impl Iterator<Item = (&ChatKey, &[Arc<Entry>])> {
        self.chats.iter().map(|(key, log)| (key, log.as_slice()))
    }

    pub(crate) fn chat(&self, key: &ChatKey) -> &[Arc<Entry>] {
        let found = self.chats.iter().find(|(known, _)| known == key);
        found.map_or(&[], |(_, log)| log.as_slice())
    }

    fn chat_mut(&mut self, key: &ChatKey) -> &mut Vec<Arc<Entry>> {
        let at = self.chats.iter().position(|(known, _)| known == key);
        let at = at.unwrap_or_else(|| {
            self.chats.push((key.clone(), Vec::new()));
            self.chats.len() - 1
        });
        &mut self.chats[at].1
    }

    /// What becomes of a message: the rule of the real store (docs/decisions/001).
    pub(crate) fn judge(&self, append: &Append, epoch: Epoch) -> Outcome {
        let id = (append.author.user_id, append.message_id.clone());
        if let Some(known) = self.ids.get(&id) {
            return if known.chat == append.chat && known.body == append.body {
                Outcome::Known(id.1, known.position)
            } else {
                Outcome::Conflict(id.1)
            };
        }
        let last = self.chat(&append.chat).last();
        let earliest = last.map_or(Timestamp(0), |last| Timestamp(last.at.0 + 1));
        Outcome::Stored(Arc::new(Entry {
            chat: append.chat.clone(),
            author: append.author.clone(),
            kind: append.kind,
            body: append.body.clone(),
            message_id: append.message_id.clone(),
            position: Position {
                epoch,
                seq: last.map_or(0, |last| last.position.seq) + 1,
            },
            at: append.at.max(earliest),
            session: Some(append.session),
            original: append.original.clone(),
            life: None,
        }))
    }

    pub(crate) fn memory(&self, epoch: Epoch) -> Memory {
        let record = |(chat, log): (&ChatKey, &[Arc<Entry>])| {
            let (first, last) = (log.first()?, log.last()?);
            Some(ChatRecord {
                chat: chat.clone(),
                head: last.position,
                since: first.at,
                last: last.at,
            })
        };
        Memory {
            epoch,
            members: self.members.clone(),
            chats: self.chats().filter_map(record).collect(),
            markers: self.markers.clone(),
            kept: Kept::default(),
        }
    }

    /// As the real store reads it.
    pub(crate) fn page(&self, key: &ChatKey, query: PageQuery) -> Page {
        let log = self.chat(key);
        match query {
            PageQuery::Before(before, limit) => newest(log, before, limit),
            PageQuery::After(after, limit) => oldest(log, after, limit),
            PageQuery::Around(seq, limit) => around(log, seq, limit),
            PageQuery::At(time, limit) => {
                let first = log.partition_point(|entry| entry.at < time);
                let seq = log.get(first).map_or(Seq::MAX, |entry| entry.position.seq);
                around(log, seq, limit)
            }
            PageQuery::Resume(position, limit) => {
                let is_known = self.epochs.contains(&position.epoch);
                let there = log.iter().find(|entry| entry.position.seq == position.seq);
                let written_in = there.map(|entry| entry.position.epoch.counter);
                let recovered = can_recover(position, is_known, written_in);
                let page = if recovered {
                    oldest(log, position.seq, limit)
                } else {
                    Page {
                        more: false,
                        ..newest(log, None, limit)
                    }
                };
                let reached = page.entries.last().map(|entry| entry.position);
                Page {
                    recovered,
                    position: reached.or(recovered.then_some(position)),
                    ..page
                }
            }
        }
    }
}

fn newest(log: &[Arc<Entry>], before: Option<Seq>, limit: u32) -> Page {
    let until = log.partition_point(|entry| before.is_none_or(|seq| entry.position.seq < seq));
    let from = until.saturating_sub(limit as usize);
    Page {
        entries: log[from..until].to_vec(),
        more: from > 0,
        ..Page::default()
    }
}

fn around(log: &[Arc<Entry>], seq: Seq, limit: u32) -> Page {
    let at = log.partition_point(|entry| entry.position.seq < seq);
    let from = at.saturating_sub(limit as usize / 2);
    let until = log.len().min(from + limit as usize);
    Page {
        entries: log[from..until].to_vec(),
        more: until < log.len(),
        ..Page::default()
    }
}

fn oldest(log: &[Arc<Entry>], after: Seq, limit: u32) -> Page {
    let from = log.partition_point(|entry| entry.position.seq <= after);
    let until = log.len().min(from + limit as usize);
    Page {
        entries: log[from..until].to_vec(),
        more: until < log.len(),
        ..Page::default()
    }
}
