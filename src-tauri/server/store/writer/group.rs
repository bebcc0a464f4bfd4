//! What one commit writes: the rows of its messages, of their authors and of chats, in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use landline_hub::ports::{Append, MemberRecord, Outcome};
use landline_hub::{ChatKey, Entry};
use landline_protocol::{Epoch, Position, Timestamp, UserId};
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::store::reader;
use crate::store::rows::{self, KindWord, Word};
use crate::store::seal::{self, Hash};

/// `rusqlite::Transaction` wants the connection for itself alone; the cached statements share it.
pub(super) struct Transaction<'a>(&'a Connection, bool);

impl<'a> Transaction<'a> {
    pub(super) fn begin(connection: &'a Connection) -> rusqlite::Result<Self> {
        connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        Ok(Transaction(connection, false))
    }

    pub(super) fn commit(mut self) -> rusqlite::Result<()> {
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

/// Where a chat's log ends.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    id: i64,
    seq: u64,
    at: Timestamp,
}

/// The statements of one group.
pub(super) struct Rows<'a> {
    pub(super) connection: &'a Connection,
    pub(super) epoch: Epoch,
    pub(super) chats: &'a mut HashMap<ChatKey, Tail>,
    pub(super) members: &'a mut HashMap<UserId, i64>,
}

impl Rows<'_> {
    pub(super) fn append(&mut self, append: &Append) -> rusqlite::Result<Outcome> {
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
        reader::chat_id(self.connection, chat)
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

    pub(super) fn save_member(&mut self, record: &MemberRecord) -> rusqlite::Result<()> {
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

    pub(super) fn save_marker(
        &mut self,
        user: UserId,
        chat: &ChatKey,
        seq: u64,
    ) -> rusqlite::Result<()> {
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
