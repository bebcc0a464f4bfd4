//! The one thread that writes. It takes what has queued up, commits it with one flush, and only then answers.

mod group;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, TryRecvError};

use landline_hub::ports::{Append, Appended, Record, StoreFault};
use landline_hub::{ChatKey, Command, KeepRule};
use landline_protocol::{Epoch, Timestamp, UserId};
use rusqlite::Connection;
use tokio::sync::mpsc;

use super::ballast::Ballast;
use super::keep::{self, Round};
use super::open::is_out_of_place;
use crate::search::Signal;
use group::{Rows, Tail, Transaction};

/// Most writes in one commit. More would only delay the answers of the first.
const GROUP_MAX: usize = 256;
/// Authors whose row is remembered. Each session of a guest is a new one, so there is no end to them.
const AUTHORS_REMEMBERED: usize = 4_096;

/// Groups after which a few messages are removed even if there always is something to store.
pub(super) const GROUPS_BETWEEN_TRIMS: u32 = 64;

/// One thing to write.
pub(super) enum Write {
    Append(Append),
    Save(Record),
    /// Remove what is kept no longer at this moment.
    Trim(Timestamp),
}

pub(super) struct Writer {
    connection: Connection,
    epoch: Epoch,
    chats: HashMap<ChatKey, Tail>,
    members: HashMap<UserId, i64>,
    answers: mpsc::Sender<Command>,
    /// Who follows the log.
    signal: Signal,
    /// No append of this attempt or an earlier one is committed any more.
    failed_attempt: Option<u32>,
    /// What is being removed.
    round: Option<Round>,
    groups_since_trim: u32,
    /// The WAL may still hold what was removed.
    wal_is_stale: bool,
    /// Rules that could not be saved.
    rules_again: Vec<KeepRule>,
    ballast: Option<Ballast>,
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        epoch: Epoch,
        answers: mpsc::Sender<Command>,
        signal: Signal,
        ballast: Option<Ballast>,
    ) -> Writer {
        Writer {
            connection,
            epoch,
            chats: HashMap::new(),
            members: HashMap::new(),
            answers,
            signal,
            failed_attempt: None,
            round: None,
            groups_since_trim: 0,
            wal_is_stale: false,
            rules_again: Vec::new(),
            ballast,
        }
    }

    /// Runs until the last sender of `queue` is gone, then leaves a clean file.
    pub(super) fn run(mut self, queue: &Receiver<Write>) {
        self.keep_ballast();
        while let Some(first) = self.next(queue) {
            let again = std::mem::take(&mut self.rules_again).into_iter();
            let mut group: Vec<Write> = again.map(|rule| Write::Save(Record::Keep(rule))).collect();
            group.push(first);
            group.extend(std::iter::from_fn(|| queue.try_recv().ok()).take(GROUP_MAX - 1));
            self.group_done();
            for answer in self.answer(group) {
                // Nobody hears it when the hub has stopped; authors send again and learn that it is known.
                let _ = self.answers.blocking_send(answer);
            }
            self.keep_ballast();
        }
        if let Err(error) = self.finish() {
            tracing::warn!(
                "the log was not closed cleanly and will be checked at the next start: {error}"
            );
        }
    }

    /// The next thing to write; while there is none, messages are removed that are kept no longer.
    pub(super) fn next(&mut self, queue: &Receiver<Write>) -> Option<Write> {
        loop {
            if self.round.is_none() {
                return queue.recv().ok();
            }
            if self.groups_since_trim < GROUPS_BETWEEN_TRIMS {
                match queue.try_recv() {
                    Ok(write) => return Some(write),
                    Err(TryRecvError::Disconnected) => return None,
                    Err(TryRecvError::Empty) => {}
                }
            }
            self.groups_since_trim = 0;
            self.trim();
        }
    }

    /// A group is about to be stored.
    pub(super) fn group_done(&mut self) {
        self.groups_since_trim += 1;
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Removes a few messages.
    fn trim(&mut self) {
        let Some(mut round) = self.round.take() else {
            return;
        };
        match round.step(&self.connection) {
            Ok(Some(trimmed)) => {
                self.signal.wrote(1);
                let _ = self.answers.blocking_send(Command::Trimmed(vec![trimmed]));
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(
                    "old messages could not be removed and will be tried again: {error}"
                );
                return;
            }
        }
        if !round.is_done() {
            self.round = Some(round);
            return;
        }
        self.wal_is_stale |= round.removed;
        if self.wal_is_stale {
            self.wal_is_stale = !keep::empty_wal(&self.connection);
        }
    }

    fn keep_ballast(&mut self) {
        if let Some(ballast) = &mut self.ballast {
            ballast.keep();
        }
    }

    /// On a full disk the ballast makes room for it.
    fn finish(&mut self) -> rusqlite::Result<()> {
        match self.try_finish() {
            Err(error)
                if is_out_of_place(&error)
                    && self.ballast.as_mut().is_some_and(Ballast::release) =>
            {
                self.try_finish()
            }
            done => done,
        }
    }

    fn try_finish(&self) -> rusqlite::Result<()> {
        self.connection.execute("UPDATE state SET clean = 1", [])?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    /// Commits what may be committed of a group, in its order; what came behind a failed message is given back.
    fn answer(&mut self, group: Vec<Write>) -> Vec<Command> {
        let failed = self.failed_attempt;
        let is_late = |write: &Write| matches!(write, Write::Append(append) if Some(append.attempt) <= failed);
        let (late, group): (Vec<_>, Vec<_>) = group.into_iter().partition(is_late);
        let late =
            (!late.is_empty()).then(|| not_committed(late, "a message before it was not stored"));
        late.into_iter().chain(self.commit(group)).collect()
    }

    /// Commits a group; says what became of its messages, if there were any.
    pub(super) fn commit(&mut self, group: Vec<Write>) -> Option<Command> {
        if self.members.len() > AUTHORS_REMEMBERED {
            // Whoever of them writes again is looked up again.
            self.members.clear();
        }
        match self.try_commit(&group) {
            Ok(appended) if appended.is_empty() => None,
            Ok(appended) => {
                self.signal.wrote(appended.len() as u64);
                Some(Command::Committed(appended))
            }
            Err(error) => {
                tracing::error!(
                    "the log cannot be written, and messages are refused until it can: {error}"
                );
                // What was remembered of a group that did not come to be is wrong; it is read again.
                self.chats.clear();
                self.members.clear();
                self.rules_again
                    .extend(group.iter().filter_map(|write| match write {
                        Write::Save(Record::Keep(rule)) => Some(rule.clone()),
                        _ => None,
                    }));
                let attempts = group.iter().filter_map(|write| match write {
                    Write::Append(append) => Some(append.attempt),
                    Write::Save(_) | Write::Trim(_) => None,
                });
                let failed = attempts.max()?;
                self.failed_attempt = Some(failed);
                Some(not_committed(group, &error.to_string()))
            }
        }
    }

    /// Whether a group is one message of an author and a chat that have their rows: in a room where people talk, most are.
    fn is_one_row(&self, group: &[Write]) -> bool {
        let [Write::Append(append)] = group else {
            return false;
        };
        self.chats.contains_key(&append.chat) && self.members.contains_key(&append.author.user_id)
    }

    fn try_commit(&mut self, group: &[Write]) -> rusqlite::Result<Vec<Appended>> {
        // Dropping the guard rolls back, whatever went wrong inside. A row alone is a transaction by itself.
        let guard = if self.is_one_row(group) {
            None
        } else {
            Some(Transaction::begin(&self.connection)?)
        };
        let mut rows = Rows {
            connection: &self.connection,
            epoch: self.epoch,
            chats: &mut self.chats,
            members: &mut self.members,
        };
        let mut appended = Vec::with_capacity(group.len());
        let mut trim_at = None;
        for write in group {
            match write {
                Write::Append(append) => {
                    appended.push(Appended {
                        session: append.session,
                        outcome: rows.append(append)?,
                    });
                }
                Write::Trim(now) => trim_at = Some(*now),
                Write::Save(Record::Keep(rule)) => keep::save(&self.connection, rule)?,
                Write::Save(Record::Member(record)) => rows.save_member(record)?,
                Write::Save(Record::Marker(user, chat, seq)) => {
                    rows.save_marker(*user, chat, *seq)?;
                }
            }
        }
        guard.map_or(Ok(()), Transaction::commit)?;
        if let Some(now) = trim_at {
            // The group is on the disk, whatever becomes of this.
            match Round::begin(&self.connection, now) {
                Ok(round) => self.round = Some(round),
                Err(error) => tracing::warn!("old messages are not removed this time: {error}"),
            }
        }
        Ok(appended)
    }
}

fn not_committed(group: Vec<Write>, why: &str) -> Command {
    let appends = group.into_iter().filter_map(|write| match write {
        Write::Append(append) => Some(append),
        Write::Save(_) | Write::Trim(_) => None,
    });
    Command::NotCommitted(appends.collect(), StoreFault(why.into()))
}
