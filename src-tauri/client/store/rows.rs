//! Rows of the tables and what they mean.

use std::str::FromStr;

use landline_protocol::{Position, Timestamp};
use rusqlite::{Row as SqlRow, Transaction};

use super::now;
use crate::chat::Chat;
use crate::effect::{Row, Write};
use crate::engine::Known;
use crate::kept::KeptRow;

/// All that is known of a room.
pub(super) fn known(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<Known> {
    let mut topics = tx.prepare_cached("SELECT topic, ttl FROM topic WHERE room_id = ?1")?;
    let mut positions =
        tx.prepare_cached("SELECT kind, chat, epoch, seq FROM position WHERE room_id = ?1")?;
    let mut outbox = tx.prepare_cached(
        "SELECT kind, chat, message_id, content, written_at, place, failed FROM outbox WHERE room_id = ?1 ORDER BY place",
    )?;
    let mut kept = tx.prepare_cached(
        "SELECT kind, chat, message_id, content, written_at, epoch, seq FROM kept WHERE room_id = ?1 ORDER BY rowid",
    )?;
    let mut reads = tx.prepare_cached("SELECT kind, chat, seq FROM marker WHERE room_id = ?1")?;
    Ok(Known {
        token: tx.query_row("SELECT token FROM token WHERE room_id = ?1", [id], |row| {
            row.get(0)
        })?,
        topics: topics
            .query_map([id], |row| Ok((parsed(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?,
        positions: positions
            .query_map([id], |row| {
                Ok((
                    chat(row)?,
                    Position {
                        epoch: parsed(row, 2)?,
                        seq: number(row, 3)?,
                    },
                ))
            })?
            .collect::<rusqlite::Result<_>>()?,
        outbox: outbox
            .query_map([id], |row| {
                Ok(Row {
                    chat: chat(row)?,
                    message_id: parsed(row, 2)?,
                    content: row.get(3)?,
                    written_at: Timestamp(row.get(4)?),
                    place: number(row, 5)?,
                    failed: row.get(6)?,
                    disappears: false,
                    offered: None,
                })
            })?
            .collect::<rusqlite::Result<_>>()?,
        kept: kept
            .query_map([id], |row| {
                Ok(KeptRow {
                    chat: chat(row)?,
                    message_id: parsed(row, 2)?,
                    content: row.get(3)?,
                    written_at: Timestamp(row.get(4)?),
                    position: Position {
                        epoch: parsed(row, 5)?,
                        seq: number(row, 6)?,
                    },
                })
            })?
            .collect::<rusqlite::Result<_>>()?,
        reads: reads
            .query_map([id], |row| Ok((chat(row)?, number(row, 2)?)))?
            .collect::<rusqlite::Result<_>>()?,
    })
}

/// Makes one change.
pub(super) fn apply(tx: &Transaction<'_>, id: &str, write: &Write) -> rusqlite::Result<usize> {
    let run = |sql: &str, params: &[&dyn rusqlite::ToSql]| tx.prepare_cached(sql)?.execute(params);
    match write {
        Write::Put(row) => {
            let (kind, chat) = words(&row.chat);
            run(
                "INSERT INTO outbox VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                &[
                    &id,
                    &row.message_id.as_str(),
                    &sql_number(row.place),
                    &kind,
                    &chat,
                    &row.content,
                    &row.written_at.0,
                    &row.failed,
                ],
            )
        }
        Write::Change {
            message_id,
            place,
            failed,
        } => run(
            "UPDATE outbox SET place = ?3, failed = ?4 WHERE room_id = ?1 AND message_id = ?2",
            &[&id, &message_id.as_str(), &sql_number(*place), failed],
        ),
        Write::Remove(message_id) | Write::Erase(message_id) => run(
            "DELETE FROM outbox WHERE room_id = ?1 AND message_id = ?2",
            &[&id, &message_id.as_str()],
        ),
        Write::Keep(message_id, position) => {
            run(
                "INSERT OR REPLACE INTO kept
                 SELECT room_id, message_id, kind, chat, content, written_at, ?3, ?4
                 FROM outbox WHERE room_id = ?1 AND message_id = ?2",
                &[
                    &id,
                    &message_id.as_str(),
                    &position.epoch.to_string(),
                    &sql_number(position.seq),
                ],
            )?;
            run(
                "DELETE FROM outbox WHERE room_id = ?1 AND message_id = ?2",
                &[&id, &message_id.as_str()],
            )
        }
        Write::LetGo(message_id) => run(
            "DELETE FROM kept WHERE room_id = ?1 AND message_id = ?2",
            &[&id, &message_id.as_str()],
        ),
        Write::Offer(message_id, place) => {
            run(
                "INSERT OR REPLACE INTO outbox
                 SELECT room_id, message_id, ?3, kind, chat, content, written_at, NULL
                 FROM kept WHERE room_id = ?1 AND message_id = ?2",
                &[&id, &message_id.as_str(), &sql_number(*place)],
            )?;
            run(
                "DELETE FROM kept WHERE room_id = ?1 AND message_id = ?2",
                &[&id, &message_id.as_str()],
            )
        }
        Write::Read(place, seq) => {
            let (kind, chat) = words(place);
            run(
                "INSERT OR REPLACE INTO marker VALUES (?1, ?2, ?3, ?4)",
                &[&id, &kind, &chat, &sql_number(*seq)],
            )
        }
        Write::ReadKnown(place) => {
            let (kind, chat) = words(place);
            run(
                "DELETE FROM marker WHERE room_id = ?1 AND kind = ?2 AND chat = ?3",
                &[&id, &kind, &chat],
            )
        }
        Write::Join(topic, ttl) => run(
            "INSERT OR REPLACE INTO topic VALUES (?1, ?2, ?3)",
            &[&id, &topic.as_str(), ttl],
        ),
        Write::Leave(topic) => run(
            "DELETE FROM topic WHERE room_id = ?1 AND topic = ?2",
            &[&id, &topic.as_str()],
        ),
        Write::Seen { name, address } => run(
            "UPDATE room SET name = ?2, address = ?3, last_seen = ?4 WHERE room_id = ?1",
            &[&id, name, address, &now().0],
        ),
        Write::Parted => run(
            "UPDATE room SET last_seen = ?2 WHERE room_id = ?1",
            &[&id, &now().0],
        ),
        Write::Named(name) => run("UPDATE room SET name = ?2 WHERE room_id = ?1", &[&id, name]),
        Write::At(place, position) => {
            let (kind, chat) = words(place);
            run(
                "INSERT OR REPLACE INTO position VALUES (?1, ?2, ?3, ?4, ?5)",
                &[
                    &id,
                    &kind,
                    &chat,
                    &position.epoch.to_string(),
                    &sql_number(position.seq),
                ],
            )
        }
    }
}

fn words(chat: &Chat) -> (&'static str, String) {
    match chat {
        Chat::Topic(topic) => ("t", topic.to_string()),
        Chat::Direct(user) => ("d", user.to_string()),
    }
}

fn chat(row: &SqlRow<'_>) -> rusqlite::Result<Chat> {
    Ok(match row.get_ref(0)?.as_str()? {
        "t" => Chat::Topic(parsed(row, 1)?),
        _ => Chat::Direct(parsed(row, 1)?),
    })
}

/// A value whose stored form is its text.
pub(super) fn parsed<T>(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr<Err: std::error::Error + Send + Sync + 'static>,
{
    let wrong = |error: T::Err| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            Box::new(error),
        )
    };
    row.get_ref(column)?.as_str()?.parse().map_err(wrong)
}

/// `SQLite` has signed numbers only; ours stay below 2^53.
pub(super) fn number(row: &SqlRow<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

fn sql_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
