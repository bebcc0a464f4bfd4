//! A store of plain lists: it answers when it is told to, and fails when it is told to.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::world::EPOCH;
use crate::command::{ChatKey, Command, Page};
use crate::effect::Entry;
use crate::ports::{Append, Appended, Outcome, PageQuery, StoreFault};
use landline_protocol::Position;

/// A store of plain lists, with the rule of the real one: a message of an author is stored once.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) logs: HashMap<ChatKey, Vec<Arc<Entry>>>,
    pub(super) queue: VecDeque<Append>,
}

impl Lists {
    pub(super) fn commit(&mut self) -> Command {
        let appended = std::mem::take(&mut self.queue)
            .into_iter()
            .map(|append| self.append(append))
            .collect();
        Command::Committed(appended)
    }

    pub(super) fn fail(&mut self) -> Command {
        Command::NotCommitted(
            std::mem::take(&mut self.queue).into(),
            StoreFault("disk full".into()),
        )
    }

    /// As the real one reads it.
    pub(super) fn page(&self, key: &ChatKey, query: PageQuery) -> Page {
        let log = self.logs.get(key).map_or(&[][..], Vec::as_slice);
        let (from, to, limit) = match query {
            PageQuery::Before(before, limit) => (0, before.unwrap_or(u64::MAX), limit),
            PageQuery::After(after, limit) => (after, u64::MAX, limit),
            PageQuery::Resume(position, limit) => (position.seq, u64::MAX, limit),
            PageQuery::Around(seq, limit) => return around(log, seq, limit),
            PageQuery::At(at, limit) => {
                let first = log.iter().find(|entry| entry.at >= at);
                return around(
                    log,
                    first.map_or(u64::MAX, |entry| entry.position.seq),
                    limit,
                );
            }
        };
        let limit = usize::try_from(limit).unwrap();
        let mut entries: Vec<Arc<Entry>> = log
            .iter()
            .filter(|entry| from < entry.position.seq && entry.position.seq < to)
            .cloned()
            .collect();
        let more = entries.len() > limit;
        if matches!(query, PageQuery::Before(..)) {
            entries.drain(..entries.len().saturating_sub(limit));
        } else {
            entries.truncate(limit);
        }
        let is_resume = matches!(query, PageQuery::Resume(..));
        let position = entries.last().map(|entry| entry.position);
        Page {
            entries,
            more,
            recovered: is_resume,
            position: position.filter(|_| is_resume),
            oldest: 0,
        }
    }

    fn append(&mut self, append: Append) -> Appended {
        let id = append.message_id.clone();
        let known =
            self.logs.values().flatten().find(|entry| {
                entry.author.user_id == append.author.user_id && entry.message_id == id
            });
        let outcome = match known {
            Some(entry) if entry.chat == append.chat && entry.body == append.body => {
                Outcome::Known(id, entry.position)
            }
            Some(_) => Outcome::Conflict(id),
            None => {
                let log = self.logs.entry(append.chat.clone()).or_default();
                let entry = Arc::new(Entry {
                    chat: append.chat,
                    author: append.author,
                    kind: append.kind,
                    body: append.body,
                    message_id: id,
                    position: Position {
                        epoch: EPOCH,
                        seq: log.len() as u64 + 1,
                    },
                    at: append.at,
                    session: Some(append.session),
                    original: append.original,
                    life: None,
                });
                log.push(entry.clone());
                Outcome::Stored(entry)
            }
        };
        Appended {
            session: append.session,
            outcome,
        }
    }
}

/// The entries around `seq`: half of them before it, more where there are few after it.
fn around(log: &[Arc<Entry>], seq: u64, limit: u32) -> Page {
    let limit = usize::try_from(limit).unwrap();
    let middle = log.partition_point(|entry| entry.position.seq < seq);
    let end = log.len().min(middle + limit - limit / 2);
    let start = middle.saturating_sub(limit - (end - middle));
    Page {
        entries: log[start..end].to_vec(),
        more: end < log.len(),
        ..Page::default()
    }
}
