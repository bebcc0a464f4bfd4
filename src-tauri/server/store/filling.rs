//! A log filled past the hub, for measurements and tests that need one of a million entries.

use std::collections::HashMap;
use std::path::Path;

use landline_hub::{ChatKey, Person};
use landline_protocol::{Timestamp, Via};
use rusqlite::{Connection, params};

use super::place::Place;
use super::rows::{self, Word};
use super::{OpenError, open, reader};

/// Writes entries in one transaction, without a flush. Not for a room that is hosted.
pub(crate) struct Filler {
    connection: Connection,
    epoch: u32,
    chats: HashMap<ChatKey, (i64, i64)>,
    authors: HashMap<landline_protocol::UserId, i64>,
    entries: u64,
}

impl Filler {
    /// Begins the log `room.db` in `folder`, or goes on with it.
    pub(crate) fn open(folder: &Path, now: Timestamp) -> Result<Filler, OpenError> {
        let (opened, _) = open::open(&Place::in_folder(folder), now, None)?;
        let connection = opened.connection;
        connection.pragma_update(None, "synchronous", "OFF")?;
        connection.execute_batch("BEGIN")?;
        let entries =
            connection.query_row("SELECT coalesce(max(id), 0) FROM entry", [], |row| {
                Ok(row.get::<_, i64>(0)?.unsigned_abs())
            })?;
        Ok(Filler {
            connection,
            epoch: opened.memory.epoch.counter,
            chats: HashMap::new(),
            authors: HashMap::new(),
            entries,
        })
    }

    /// One more entry.
    pub(crate) fn say(
        &mut self,
        chat: &ChatKey,
        author: &Person,
        body: &str,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let author_id = self.author(author, at)?;
        let (chat_id, seq) = self.chat(chat)?;
        self.entries += 1;
        self.connection
            .prepare_cached(
                "INSERT INTO entry (chat, seq, epoch, author, name, via, message_id, kind, body, at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, 'text', ?, ?)",
            )?
            .execute(params![
                chat_id,
                seq,
                self.epoch,
                author_id,
                author.name.as_str(),
                Word(author.via),
                format!("filled-{}-{}", self.epoch, self.entries),
                body,
                at.0
            ])?;
        Ok(())
    }

    /// Commits, and leaves a clean file.
    pub(crate) fn finish(self) -> rusqlite::Result<()> {
        self.connection.execute("UPDATE state SET clean = 1", [])?;
        self.connection.execute_batch("COMMIT")?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    fn author(&mut self, author: &Person, at: Timestamp) -> rusqlite::Result<i64> {
        if let Some(id) = self.authors.get(&author.user_id) {
            return Ok(*id);
        }
        let user = rows::user_bytes(author.user_id);
        self.connection.execute(
            "INSERT INTO member (user_id, name, via, last_seen) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            params![user, author.name.as_str(), Word::<Via>(author.via), at.0],
        )?;
        let id = self.connection.query_row(
            "SELECT id FROM member WHERE user_id = ?",
            [user],
            |row| row.get(0),
        )?;
        self.authors.insert(author.user_id, id);
        Ok(id)
    }

    /// The row of a chat and its next `seq`.
    fn chat(&mut self, chat: &ChatKey) -> rusqlite::Result<(i64, i64)> {
        if let Some((id, seq)) = self.chats.get_mut(chat) {
            *seq += 1;
            return Ok((*id, *seq));
        }
        let id = if let Some(id) = reader::chat_id(&self.connection, chat)? {
            id
        } else {
            let (topic, low, high) = match chat {
                ChatKey::Topic(name) => (Some(name.as_str()), None, None),
                ChatKey::Direct(low, high) => (
                    None,
                    Some(rows::user_bytes(*low)),
                    Some(rows::user_bytes(*high)),
                ),
            };
            self.connection.execute(
                "INSERT INTO chat (topic, low, high) VALUES (?, ?, ?)",
                params![topic, low, high],
            )?;
            self.connection.last_insert_rowid()
        };
        let seq: i64 = self.connection.query_row(
            "SELECT coalesce(max(seq), 0) + 1 FROM entry WHERE chat = ?",
            [id],
            |row| row.get(0),
        )?;
        self.chats.insert(chat.clone(), (id, seq));
        Ok((id, seq))
    }
}
