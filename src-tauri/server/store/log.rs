//! The log as the search reads it: entries in the order in which they were committed, whatever their chat.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use landline_hub::{ChatKey, Entry};
use landline_protocol::UserId;
use rusqlite::{Connection, OptionalExtension as _};

use super::place::Place;
use super::{entries, open, reader, rows};

/// A read connection.
pub(crate) struct Log {
    connection: Connection,
    /// The chats that were met; a chat never changes its row.
    chats: HashMap<i64, ChatKey>,
}

/// What an entry is found by. Its `id` rises with every entry of the room.
pub(crate) struct Row<'a> {
    pub(crate) id: i64,
    pub(crate) chat: i64,
    pub(crate) author: i64,
    pub(crate) name: &'a str,
    pub(crate) body: &'a str,
    pub(crate) at: i64,
}

/// Columns of a [`Row`], of the entries whose text is there: retention takes it away, and leaves the row.
const ROW: &str = "SELECT id, chat, author, name, body, at FROM entry WHERE body <> ''";
const ONE: &str = "SELECT id, chat, author, name, body, at FROM entry WHERE body <> '' AND id = ?";

impl Log {
    pub(crate) fn open(file: &Path) -> rusqlite::Result<Log> {
        let connection = reader::connect(&Place::at(file))?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Log {
            connection,
            chats: HashMap::new(),
        })
    }

    /// From here to [`Log::end`] all is read from one state of the log. The file is locked once then, and not for each
    /// entry, which takes longer than reading one.
    pub(crate) fn begin(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("BEGIN")
    }

    /// The end of what was begun.
    pub(crate) fn end(&self) -> rusqlite::Result<()> {
        self.connection.execute_batch("COMMIT")
    }

    /// The newest entry of the room; 0 without one.
    pub(crate) fn newest(&self) -> rusqlite::Result<i64> {
        self.connection
            .prepare_cached("SELECT coalesce(max(id), 0) FROM entry")?
            .query_row([], |row| row.get(0))
    }

    /// The oldest entries after `after`, at most `limit`, in their order.
    pub(crate) fn after<E: From<rusqlite::Error>>(
        &self,
        after: i64,
        limit: usize,
        mut each: impl FnMut(&Row<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = format!("{ROW} AND id > ? ORDER BY id LIMIT ?");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut found = statement.query([after, limit])?;
        while let Some(found) = found.next()? {
            each(&row(found)?)?;
        }
        Ok(())
    }

    /// The entries from `high` down to `low`, the newest first, while `each` wants more.
    pub(crate) fn down(
        &self,
        low: i64,
        high: i64,
        mut each: impl FnMut(&Row<'_>) -> bool,
    ) -> rusqlite::Result<()> {
        let sql = format!("{ROW} AND id BETWEEN ? AND ? ORDER BY id DESC");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut found = statement.query([low, high])?;
        while let Some(found) = found.next()? {
            if !each(&row(found)?) {
                break;
            }
        }
        Ok(())
    }

    /// An entry.
    pub(crate) fn one<T>(
        &self,
        id: i64,
        look: impl FnOnce(&Row<'_>) -> T,
    ) -> rusqlite::Result<Option<T>> {
        self.connection
            .prepare_cached(ONE)?
            .query_row([id], |found| Ok(look(&row(found)?)))
            .optional()
    }

    /// The same as members get it; none if the disk has lost it.
    pub(crate) fn entry(&self, id: i64, chat: &ChatKey) -> rusqlite::Result<Option<Arc<Entry>>> {
        let sql = format!(
            "SELECT {} FROM {} WHERE entry.id = ?",
            entries::COLUMNS,
            entries::TABLES
        );
        self.connection
            .prepare_cached(&sql)?
            .query_row([id], |row| entries::entry(row, chat))
            .optional()
            .map(|entry| entry.flatten().map(Arc::new))
    }

    /// Which chat a row stands for.
    pub(crate) fn chat(&mut self, id: i64) -> rusqlite::Result<ChatKey> {
        if let Some(chat) = self.chats.get(&id) {
            return Ok(chat.clone());
        }
        let chat = self
            .connection
            .prepare_cached("SELECT topic, low, high FROM chat WHERE id = ?")?
            .query_row([id], open::chat_key)?;
        self.chats.insert(id, chat.clone());
        Ok(chat)
    }

    /// The row of a chat, if something was said in it.
    pub(crate) fn chat_id(&self, chat: &ChatKey) -> rusqlite::Result<Option<i64>> {
        reader::chat_id(&self.connection, chat)
    }

    /// Chats whose beginning was removed, and the `seq` of what is left.
    pub(crate) fn cuts(&self) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, oldest FROM chat WHERE oldest > 1")?;
        let cuts = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        cuts.collect()
    }

    /// The first entries of a chat from `from` on and before `before`, each with its `seq`.
    pub(crate) fn of_chat(
        &self,
        chat: i64,
        from: i64,
        before: i64,
        limit: usize,
    ) -> rusqlite::Result<Vec<(i64, i64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, seq FROM entry WHERE chat = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT ?",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([chat, from, before, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        rows.collect()
    }

    /// The row of an author.
    pub(crate) fn author_id(&self, user: UserId) -> rusqlite::Result<Option<i64>> {
        self.connection
            .prepare_cached("SELECT id FROM member WHERE user_id = ?")?
            .query_row([rows::user_bytes(user)], |row| row.get(0))
            .optional()
    }

    /// What no other log has at this place: the tag of the epoch and the author's own id of the entry.
    pub(crate) fn fingerprint(&self, id: i64) -> rusqlite::Result<Option<Vec<u8>>> {
        self.connection
            .prepare_cached(
                "SELECT epoch.tag, entry.message_id FROM entry JOIN epoch ON epoch.counter = entry.epoch
                 WHERE entry.id = ?",
            )?
            .query_row([id], |row| {
                let mut print: Vec<u8> = row.get(0)?;
                print.extend(row.get_ref(1)?.as_str()?.bytes());
                Ok(print)
            })
            .optional()
    }
}

fn row<'a>(found: &'a rusqlite::Row<'_>) -> rusqlite::Result<Row<'a>> {
    Ok(Row {
        id: found.get(0)?,
        chat: found.get(1)?,
        author: found.get(2)?,
        name: found.get_ref(3)?.as_str()?,
        body: found.get_ref(4)?.as_str()?,
        at: found.get(5)?,
    })
}
