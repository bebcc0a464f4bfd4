//! The log as plain lists, what waits to be committed, and what the hub has not heard yet.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::command::{ChatKey, Command, Page};
use crate::effect::Entry;
use crate::ports::{
    Append, Appended, ChatRecord, Kept, MemberRecord, Memory, Outcome, PageQuery, Record,
    StoreFault, can_recover,
};
use landline_protocol::{Epoch, Position, Timestamp};

/// What a copy of the disk holds.
#[derive(Clone, Default)]
pub(super) struct Lists {
    pub(super) logs: Vec<(ChatKey, Vec<Arc<Entry>>)>,
    pub(super) epochs: Vec<Epoch>,
    members: Vec<MemberRecord>,
}

#[derive(Default)]
pub(super) struct Disk {
    pub(super) lists: Lists,
    pub(super) waiting: VecDeque<Append>,
    pub(super) unheard: VecDeque<Command>,
    failed_attempt: Option<u32>,
    starts: u128,
}

impl Lists {
    pub(super) fn log(&self, chat: &ChatKey) -> &[Arc<Entry>] {
        let found = self.logs.iter().find(|(key, _)| key == chat);
        found.map_or(&[], |(_, log)| log)
    }

    fn log_mut(&mut self, chat: &ChatKey) -> &mut Vec<Arc<Entry>> {
        let at = self.logs.iter().position(|(key, _)| key == chat);
        let at = at.unwrap_or_else(|| {
            self.logs.push((chat.clone(), Vec::new()));
            self.logs.len() - 1
        });
        &mut self.logs[at].1
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.logs.iter().flat_map(|(_, log)| log)
    }

    fn append(&mut self, append: &Append) -> Outcome {
        let id = append.message_id.clone();
        let known = self
            .entries()
            .find(|e| e.author.user_id == append.author.user_id && e.message_id == id);
        if let Some(known) = known {
            return if known.chat == append.chat && known.body == append.body {
                Outcome::Known(id, known.position)
            } else {
                Outcome::Conflict(id)
            };
        }
        let epoch = *self.epochs.last().expect("a host has started");
        let log = self.log_mut(&append.chat);
        let seq = log.len() as u64 + 1;
        let earliest = log
            .last()
            .map_or(Timestamp(0), |last| Timestamp(last.at.0 + 1));
        let entry = Arc::new(Entry {
            chat: append.chat.clone(),
            author: append.author.clone(),
            kind: append.kind,
            body: append.body.clone(),
            message_id: id,
            position: Position { epoch, seq },
            at: append.at.max(earliest),
            session: Some(append.session),
            original: append.original.clone(),
            life: None,
        });
        log.push(entry.clone());
        Outcome::Stored(entry)
    }

    pub(super) fn page(&self, chat: &ChatKey, query: PageQuery) -> Page {
        let PageQuery::Resume(position, limit) = query else {
            unreachable!("members of the model only resume")
        };
        let log = self.log(chat);
        let limit = limit as usize;
        let there = log.iter().find(|entry| entry.position.seq == position.seq);
        let recovered = can_recover(
            position,
            self.epochs.contains(&position.epoch),
            there.map(|entry| entry.position.epoch.counter),
        );
        let from = log.partition_point(|entry| entry.position.seq <= position.seq);
        let (from, until) = if recovered {
            (from, log.len().min(from + limit))
        } else {
            (log.len().saturating_sub(limit), log.len())
        };
        let entries = log[from..until].to_vec();
        let reached = entries.last().map(|entry| entry.position);
        let page = Page {
            more: recovered && until < log.len(),
            entries,
            ..Page::default()
        };
        Page {
            recovered,
            position: reached.or(recovered.then_some(position)),
            ..page
        }
    }
}

impl Disk {
    /// The disk of another host, with a copy of this one's log. Its epochs have names of their own.
    pub(super) fn of_another(lists: Lists) -> Disk {
        Disk {
            lists,
            starts: 1 << 64,
            ..Disk::default()
        }
    }

    /// A host starts: a new epoch, by the counter of what is there.
    pub(super) fn open(&mut self) -> Memory {
        self.waiting.clear();
        self.unheard.clear();
        self.failed_attempt = None;
        self.starts += 1;
        let last = self.lists.epochs.last().map_or(0, |last| last.counter);
        let epoch = Epoch {
            counter: last + 1,
            tag: self.starts,
        };
        self.lists.epochs.push(epoch);
        let record = |(chat, log): &(ChatKey, Vec<Arc<Entry>>)| {
            Some(ChatRecord {
                chat: chat.clone(),
                head: log.last()?.position,
                since: log.first()?.at,
                last: log.last()?.at,
            })
        };
        Memory {
            epoch,
            members: self.lists.members.clone(),
            chats: self.lists.logs.iter().filter_map(record).collect(),
            markers: Vec::new(),
            kept: Kept::default(),
        }
    }

    pub(super) fn save(&mut self, record: Record) {
        if let Record::Member(record) = record {
            self.lists
                .members
                .retain(|old| old.user_id != record.user_id);
            self.lists.members.push(record);
        }
    }

    /// Commits so many of what waits. What came behind a failed message is given back.
    pub(super) fn commit(&mut self, count: usize) {
        let count = count.min(self.waiting.len());
        let failed = self.failed_attempt;
        let group = self.waiting.drain(..count);
        let (late, group): (Vec<_>, Vec<_>) = group.partition(|a| Some(a.attempt) <= failed);
        self.give_back(late);
        let committed: Vec<_> = group
            .iter()
            .map(|append| Appended {
                session: append.session,
                outcome: self.lists.append(append),
            })
            .collect();
        if !committed.is_empty() {
            self.unheard.push_back(Command::Committed(committed));
        }
    }

    /// Whether a commit failed since the start.
    pub(super) fn has_failed(&self) -> bool {
        self.failed_attempt.is_some()
    }

    /// Gives back what came behind a failed message; it takes no disk to do that.
    pub(super) fn give_back_late(&mut self) {
        let failed = self.failed_attempt;
        let waiting = self.waiting.drain(..);
        let (late, rest): (Vec<_>, Vec<_>) = waiting.partition(|a| Some(a.attempt) <= failed);
        self.waiting = rest.into();
        self.give_back(late);
    }

    pub(super) fn fail(&mut self) {
        let group: Vec<_> = self.waiting.drain(..).collect();
        let attempts = group.iter().map(|append| append.attempt);
        self.failed_attempt = attempts.max().or(self.failed_attempt);
        self.give_back(group);
    }

    fn give_back(&mut self, group: Vec<Append>) {
        if !group.is_empty() {
            let fault = StoreFault("disk full".into());
            self.unheard.push_back(Command::NotCommitted(group, fault));
        }
    }
}
