//! The one thread that writes. It takes what has queued up, commits it with one flush, and only then answers.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};

use landline_hub::ports::{Append, Appended, MemberRecord, Outcome, Record, StoreFault};
use landline_hub::{ChatKey, Command, Entry, KeepRule};
use landline_protocol::{Epoch, Position, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::mpsc;

use super::ballast::Ballast;
use super::keep::{self, Round};
use super::open::is_out_of_place;
use super::rows::{self, KindWord, Word};
use super::seal::{self, Hash};
use crate::search::Signal;

#[cfg(test)]
mod tests;

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

/// Where a chat's log ends.
#[derive(Clone, Copy)]
struct Tail {
    id: i64,
    seq: u64,
    at: Timestamp,
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

    fn try_commit(&mut self, group: &[Write]) -> rusqlite::Result<Vec<Appended>> {
        // Dropping the guard rolls back, whatever went wrong inside.
        let guard = Transaction::begin(&self.connection)?;
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
        guard.commit()?;
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

/// `rusqlite::Transaction` wants the connection for itself alone; the cached statements share it.
struct Transaction<'a>(&'a Connection, bool);

impl<'a> Transaction<'a> {
    fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Transaction(connection, false))
    }

    fn commit(mut self) -> rusqlite::Result<()> {
        self.0.prepare_cached("COMMIT")?.execute([])?;
        self.1 = true;
        Ok(())
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.1
            && !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::error!("a failed group could not be rolled back: {error}");
        }
    }
}

/// The statements of one group.
struct Rows<'a> {
    connection: &'a Connection,
    epoch: Epoch,
    chats: &'a mut HashMap<ChatKey, Tail>,
    members: &'a mut HashMap<UserId, i64>,
}

impl Rows<'_> {
    fn append(&mut self, append: &Append) -> rusqlite::Result<Outcome> {
        let author = self.member(append)?;
        let mut tail = self.tail(&append.chat)?;
        tail.seq += 1;
        tail.at = Timestamp(append.at.0.max(tail.at.0 + 1));
        let entry = Entry {
            chat: append.chat.clone(),
            author: append.author.clone(),
            kind: append.kind,
            body: append.body.clone(),
            message_id: append.message_id.clone(),
            position: Position {
                epoch: self.epoch,
                seq: tail.seq,
            },
            at: tail.at,
            session: Some(append.session),
            original: append.original.clone(),
            life: None,
        };
        let hash = seal::hash_of(&entry);
        let inserted = self
            .connection
            .prepare_cached(
                "INSERT INTO entry (chat, seq, epoch, author, name, via, message_id, kind, body, at, hash, seal)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (author, message_id) DO NOTHING",
            )?
            .execute(params![
                tail.id,
                rows::seq(tail.seq),
                self.epoch.counter,
                author,
                entry.author.name.as_str(),
                Word(entry.author.via),
                entry.message_id.as_str(),
                Word(entry.kind),
                &*entry.body,
                entry.at.0,
                hash,
                seal::seal(&hash, &entry)
            ])?;
        if inserted == 0 {
            return self.known(author, append, &hash);
        }
        self.chats.insert(append.chat.clone(), tail);
        Ok(Outcome::Stored(Arc::new(entry)))
    }

    /// The author used this `message_id` before: for the same message, or for another?
    /// The hash tells, also when the text has gone; rows of older files have none.
    fn known(&self, author: i64, append: &Append, hash: &Hash) -> rusqlite::Result<Outcome> {
        let mut query = self.connection.prepare_cached(
            "SELECT entry.chat, entry.seq, entry.kind, entry.body, epoch.counter, epoch.tag, entry.hash
             FROM entry JOIN epoch ON epoch.counter = entry.epoch WHERE author = ? AND message_id = ?",
        )?;
        let chat = self.chats.get(&append.chat).map(|tail| tail.id);
        query.query_row(params![author, append.message_id.as_str()], |row| {
            let stored: Option<Hash> = row.get(6)?;
            let is_same = if let Some(stored) = stored {
                stored == *hash
            } else {
                let Word(kind): KindWord = row.get(2)?;
                Some(row.get(0)?) == chat
                    && kind == append.kind
                    && row.get_ref(3)?.as_str()? == &*append.body
            };
            if !is_same {
                return Ok(Outcome::Conflict(append.message_id.clone()));
            }
            let seq = row.get::<_, i64>(1)?.unsigned_abs();
            let position = Position {
                epoch: rows::epoch(row.get(4)?, row.get(5)?),
                seq,
            };
            Ok(Outcome::Known(append.message_id.clone(), position))
        })
    }

    fn member(&mut self, append: &Append) -> rusqlite::Result<i64> {
        if let Some(id) = self.members.get(&append.author.user_id) {
            return Ok(*id);
        }
        let user = rows::user_bytes(append.author.user_id);
        // The record of a member goes before their first message; only one that was dropped under load is missing.
        self.connection
            .prepare_cached("INSERT INTO member (user_id, name, via, last_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")?
            .execute(params![user, append.author.name.as_str(), Word(append.author.via), append.at.0])?;
        let id = self
            .connection
            .prepare_cached("SELECT id FROM member WHERE user_id = ?")?
            .query_row([user], |row| row.get(0))?;
        self.members.insert(append.author.user_id, id);
        Ok(id)
    }

    fn tail(&mut self, chat: &ChatKey) -> rusqlite::Result<Tail> {
        if let Some(tail) = self.chats.get(chat) {
            return Ok(*tail);
        }
        let id = match self.chat_id(chat)? {
            Some(id) => id,
            None => self.make_chat(chat)?,
        };
        let last = self
            .connection
            .prepare_cached("SELECT seq, at FROM entry WHERE chat = ? ORDER BY seq DESC LIMIT 1")?
            .query_row([id], |row| {
                Ok((row.get::<_, i64>(0)?.unsigned_abs(), Timestamp(row.get(1)?)))
            })
            .optional()?;
        let (seq, at) = last.unwrap_or((0, Timestamp(0)));
        let tail = Tail { id, seq, at };
        self.chats.insert(chat.clone(), tail);
        Ok(tail)
    }

    fn chat_id(&self, chat: &ChatKey) -> rusqlite::Result<Option<i64>> {
        super::reader::chat_id(self.connection, chat)
    }

    fn make_chat(&self, chat: &ChatKey) -> rusqlite::Result<i64> {
        match chat {
            ChatKey::Topic(name) => self
                .connection
                .prepare_cached("INSERT INTO chat (topic) VALUES (?)")?
                .execute([name.as_str()])?,
            ChatKey::Direct(low, high) => self
                .connection
                .prepare_cached("INSERT INTO chat (low, high) VALUES (?, ?)")?
                .execute([rows::user_bytes(*low), rows::user_bytes(*high)])?,
        };
        Ok(self.connection.last_insert_rowid())
    }

    fn save_member(&mut self, record: &MemberRecord) -> rusqlite::Result<()> {
        self.connection
            .prepare_cached(
                "INSERT INTO member (user_id, name, via, token, last_seen) VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT (user_id) DO UPDATE SET name = excluded.name, via = excluded.via,
                     token = coalesce(excluded.token, token), last_seen = excluded.last_seen",
            )?
            .execute(params![
                rows::user_bytes(record.user_id),
                record.name.as_str(),
                Word(record.via),
                record.token,
                record.last_seen.0
            ])?;
        Ok(())
    }

    fn save_marker(&mut self, user: UserId, chat: &ChatKey, seq: u64) -> rusqlite::Result<()> {
        let Some(chat) = self.chat_id(chat)? else {
            return Ok(());
        };
        self.connection
            .prepare_cached(
                "INSERT INTO marker (member, chat, seq) SELECT id, ?, ? FROM member WHERE user_id = ?
                 ON CONFLICT (member, chat) DO UPDATE SET seq = max(seq, excluded.seq)",
            )?
            .execute(params![chat, rows::seq(seq), rows::user_bytes(user)])?;
        Ok(())
    }
}
