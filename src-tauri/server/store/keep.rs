//! How long messages are kept: the host's rules in their table, and removing what is over, a few messages at a time.
//!
//! What is removed is the text and the author's name. The row stays, with author, `message_id` and hash: a message that is
//! sent again years later is known, and is not stored a second time. Freed space is overwritten with zeros and used for
//! later messages; the file does not shrink. Decision 018.

use std::collections::VecDeque;

use landline_hub::ports::Kept;
use landline_hub::{ChatKey, KeepRule};
use landline_protocol::{EntryKind, Keep, Timestamp, TopicName};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::rows::{self, KindWord, Word};
use super::seal;

/// Most messages removed in one go; the writer looks for new ones to store after each.
pub(super) const TRIM_MESSAGES: usize = 64;
/// Bytes of text after which one go ends early.
const TRIM_BYTES: usize = 256 * 1024;
const DAY_MS: i64 = 86_400_000;

/// One walk through the topics that have a rule.
pub(super) struct Round {
    now: Timestamp,
    topics: VecDeque<Topic>,
    /// Whether anything was removed.
    pub(super) removed: bool,
}

#[derive(Clone)]
struct Topic {
    id: i64,
    name: TopicName,
    keep: Keep,
}

/// Where a topic begins after some of it was removed.
pub(super) type Trimmed = (TopicName, u64);

impl Round {
    /// Looks which topics have a rule at this moment.
    pub(super) fn begin(connection: &Connection, now: Timestamp) -> rusqlite::Result<Round> {
        let mut query = connection.prepare(
            "SELECT chat.id, chat.topic, keep.days, keep.messages FROM chat
             JOIN keep ON keep.topic = coalesce((SELECT topic FROM keep WHERE topic = chat.topic), '')
             WHERE chat.topic IS NOT NULL AND coalesce(keep.days, keep.messages) IS NOT NULL ORDER BY chat.id",
        )?;
        let topics = query.query_map([], |row| {
            Ok(Topic {
                id: row.get(0)?,
                name: name(row.get_ref(1)?.as_str()?)?,
                keep: keep(row.get(2)?, row.get(3)?).unwrap_or(Keep::Messages(u32::MAX)),
            })
        })?;
        Ok(Round {
            now,
            topics: topics.collect::<Result<_, _>>()?,
            removed: false,
        })
    }

    /// Whether every topic was looked at.
    pub(super) fn is_done(&self) -> bool {
        self.topics.is_empty()
    }

    /// Removes a few messages of the next topic, in one transaction.
    pub(super) fn step(&mut self, connection: &Connection) -> rusqlite::Result<Option<Trimmed>> {
        let Some(topic) = self.topics.front().cloned() else {
            return Ok(None);
        };
        // Whole pages only here: whoever stores a message does not wait for zeros to be written.
        connection.pragma_update(None, "secure_delete", true)?;
        let outcome = trim(connection, &topic, self.now);
        overwrite_what_moves(connection)?;
        let trimmed = outcome?;
        match trimmed {
            Some(_) => self.removed = true,
            None => {
                self.topics.pop_front();
            }
        }
        Ok(trimmed.map(|oldest| (topic.name, oldest)))
    }
}

/// While messages are stored, pages are split, and what moves to another page would stay on the one it left, where nobody
/// finds it who removes the message. So it is overwritten with zeros there; only pages that are written anyway change.
pub(super) fn overwrite_what_moves(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "secure_delete", "FAST")
}

/// Empties the oldest messages that are over; the new beginning, if it moved.
fn trim(connection: &Connection, topic: &Topic, now: Timestamp) -> rusqlite::Result<Option<u64>> {
    let transaction = connection.unchecked_transaction()?;
    let oldest: i64 = transaction
        .prepare_cached("SELECT oldest FROM chat WHERE id = ?")?
        .query_row([topic.id], |row| row.get(0))?;
    let head: i64 = transaction
        .prepare_cached("SELECT seq FROM entry WHERE chat = ? ORDER BY seq DESC LIMIT 1")?
        .query_row([topic.id], |row| row.get(0))
        .optional()?
        .unwrap_or(0);
    let (before_seq, before_time) = match topic.keep {
        Keep::Messages(count) => (head + 1 - i64::from(count), i64::MAX),
        Keep::Days(days) => (head + 1, now.0.saturating_sub(i64::from(days) * DAY_MS)),
    };
    let over = over(&transaction, topic.id, oldest, before_seq, before_time)?;
    let Some(last) = over.last().map(|row| row.seq) else {
        return Ok(None);
    };
    let chat = ChatKey::Topic(topic.name.clone());
    for row in over {
        row.empty(&transaction, &chat)?;
    }
    transaction
        .prepare_cached("UPDATE chat SET oldest = ? WHERE id = ?")?
        .execute([last + 1, topic.id])?;
    transaction.commit()?;
    Ok(Some((last + 1).unsigned_abs()))
}

struct Over {
    id: i64,
    seq: i64,
    author: [u8; 16],
    message_id: String,
    kind: EntryKind,
    body: String,
    has_hash: bool,
}

/// The first messages that are over; times rise with `seq`, so they are the oldest.
fn over(
    connection: &Connection,
    chat: i64,
    oldest: i64,
    before_seq: i64,
    before_time: i64,
) -> rusqlite::Result<Vec<Over>> {
    let mut query = connection.prepare_cached(
        "SELECT entry.id, entry.seq, member.user_id, entry.message_id, entry.kind, entry.body,
                entry.hash IS NOT NULL, entry.at
         FROM entry JOIN member ON member.id = entry.author
         WHERE entry.chat = ? AND entry.seq >= ? AND entry.seq < ? ORDER BY entry.seq LIMIT ?",
    )?;
    let limit = i64::try_from(TRIM_MESSAGES).unwrap_or(i64::MAX);
    let mut found = query.query([chat, oldest, before_seq, limit])?;
    let (mut over, mut bytes) = (Vec::new(), 0);
    while let Some(row) = found.next()? {
        if row.get::<_, i64>(7)? >= before_time || bytes >= TRIM_BYTES {
            break;
        }
        let Word(kind): KindWord = row.get(4)?;
        let row = Over {
            id: row.get(0)?,
            seq: row.get(1)?,
            author: row.get(2)?,
            message_id: row.get(3)?,
            kind,
            body: row.get(5)?,
            has_hash: row.get(6)?,
        };
        bytes += row.body.len();
        over.push(row);
    }
    Ok(over)
}

impl Over {
    fn empty(self, connection: &Connection, chat: &ChatKey) -> rusqlite::Result<()> {
        let hash = match self.message_id.parse() {
            // A row of a file from before there were hashes: it must be known by its text for the last time now.
            Ok(message_id) if !self.has_hash => Some(seal::hash(
                rows::user(self.author),
                chat,
                &message_id,
                self.kind,
                &self.body,
            )),
            _ => None,
        };
        connection
            .prepare_cached(
                "UPDATE entry SET body = '', name = '', envelope = NULL, seal = NULL, hash = coalesce(hash, ?) WHERE id = ?",
            )?
            .execute(params![hash, self.id])?;
        Ok(())
    }
}

/// Folds the WAL into the file and empties it, so that it holds nothing that was removed; whether it could. A reader at
/// work is not waited for: the next round tries again.
pub(super) fn empty_wal(connection: &Connection) -> bool {
    let empty = || -> rusqlite::Result<bool> {
        connection.pragma_update(None, "busy_timeout", 0)?;
        let is_busy: bool =
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
        Ok(!is_busy)
    };
    let outcome = empty();
    let restored = connection.pragma_update(None, "busy_timeout", super::open::BUSY_MS);
    if let Err(error) = outcome.as_ref().map(drop).and(restored.as_ref().copied()) {
        tracing::warn!("the log's WAL could not be emptied: {error}");
    }
    outcome.unwrap_or(false)
}

/// Remembers a rule.
pub(super) fn save(connection: &Connection, rule: &KeepRule) -> rusqlite::Result<()> {
    let (topic, keep) = match rule {
        KeepRule::Usual(keep) => ("", keep),
        KeepRule::Own(topic, keep) => (topic.as_str(), keep),
        KeepRule::AsUsual(topic) => {
            connection.execute("DELETE FROM keep WHERE topic = ?", [topic.as_str()])?;
            return Ok(());
        }
    };
    let (days, messages) = match *keep {
        Some(Keep::Days(days)) => (Some(days), None),
        Some(Keep::Messages(messages)) => (None, Some(messages)),
        None => (None, None),
    };
    connection.execute(
        "INSERT INTO keep (topic, days, messages) VALUES (?, ?, ?)
         ON CONFLICT (topic) DO UPDATE SET days = excluded.days, messages = excluded.messages",
        params![topic, days, messages],
    )?;
    Ok(())
}

/// The rules, and where the topics begin of which something was removed.
pub(super) fn remember(connection: &Connection) -> rusqlite::Result<Kept> {
    let mut query = connection.prepare("SELECT topic, days, messages FROM keep")?;
    let rules = query.query_map([], |row| {
        let keep = keep(row.get(1)?, row.get(2)?);
        Ok(match row.get_ref(0)?.as_str()? {
            "" => KeepRule::Usual(keep),
            topic => KeepRule::Own(name(topic)?, keep),
        })
    })?;
    let rules = rules.collect::<Result<_, _>>()?;
    let mut query = connection
        .prepare("SELECT topic, oldest FROM chat WHERE topic IS NOT NULL AND oldest > 1")?;
    let oldest = query.query_map([], |row| {
        let seq: i64 = row.get(1)?;
        Ok((name(row.get_ref(0)?.as_str()?)?, seq.unsigned_abs()))
    })?;
    Ok(Kept {
        rules,
        oldest: oldest.collect::<Result<_, _>>()?,
    })
}

fn keep(days: Option<u32>, messages: Option<u32>) -> Option<Keep> {
    days.map(Keep::Days).or(messages.map(Keep::Messages))
}

fn name(text: &str) -> rusqlite::Result<TopicName> {
    text.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}

#[cfg(test)]
mod tests;
