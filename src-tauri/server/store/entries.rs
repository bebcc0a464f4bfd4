//! A row of the log as the entry that was written, or, where the disk does not return that, as one that is lost.

use landline_hub::{ChatKey, Entry, Person};
use landline_protocol::{DisplayName, EntryKind, MessageId, Position, Timestamp, UserId, Via};

use super::rows::{self, KindWord, ViaWord, Word};
use super::seal::{self, Hash, Seal};

pub(super) const COLUMNS: &str =
    "entry.seq, epoch.counter, epoch.tag, member.user_id, entry.name, entry.via, entry.message_id,
    entry.kind, entry.body, entry.at, entry.hash, entry.seal";
pub(super) const TABLES: &str =
    "entry JOIN epoch ON epoch.counter = entry.epoch JOIN member ON member.id = entry.author";

/// None if it is not as it was written.
pub(super) fn entry(row: &rusqlite::Row<'_>, chat: &ChatKey) -> rusqlite::Result<Option<Entry>> {
    let (Word(via), Word(kind)): (ViaWord, KindWord) = (row.get(5)?, row.get(7)?);
    let message_id = row.get_ref(6)?.as_str()?.parse().map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(6, rusqlite::types::Type::Text, Box::new(error))
    })?;
    let entry = Entry {
        chat: chat.clone(),
        author: Person {
            user_id: rows::user(row.get(3)?),
            name: DisplayName::lenient(row.get_ref(4)?.as_str()?),
            via,
        },
        kind,
        body: row.get_ref(8)?.as_str()?.into(),
        message_id,
        position: Position {
            epoch: rows::epoch(row.get(1)?, row.get(2)?),
            seq: row.get::<_, i64>(0)?.unsigned_abs(),
        },
        at: Timestamp(row.get(9)?),
        session: None,
        original: None,
        life: None,
    };
    let is_proved = is_as_written(&entry, row.get(10)?, row.get(11)?);
    Ok(is_proved.then_some(entry))
}

/// The entry of a row, if it is as it was written.
pub(super) fn entry_or_lost(row: &rusqlite::Row<'_>, chat: &ChatKey) -> rusqlite::Result<Entry> {
    if let Ok(Some(entry)) = entry(row, chat) {
        return Ok(entry);
    }
    let position = Position {
        epoch: rows::epoch(row.get(1)?, row.get(2)?),
        seq: row.get::<_, i64>(0)?.unsigned_abs(),
    };
    tracing::error!(
        "message {} of a chat is not as it was written, and is shown as lost",
        position.seq
    );
    Ok(lost(
        chat,
        position,
        Timestamp(row.get(9).unwrap_or_default()),
    ))
}

/// What is told of a place whose message is gone.
pub(super) fn lost(chat: &ChatKey, position: Position, at: Timestamp) -> Entry {
    let id: MessageId = format!("lost-{}", position.seq)
        .parse()
        .expect("letters and digits are an id");
    Entry {
        chat: chat.clone(),
        author: Person {
            user_id: UserId(uuid::Uuid::nil()),
            name: DisplayName::lenient("Unknown"),
            via: Via::App,
        },
        kind: EntryKind::Lost,
        body: "".into(),
        message_id: id,
        position,
        at,
        session: None,
        original: None,
        life: None,
    }
}

/// Whether the disk returned what it was given. Rows of files from before there were hashes are believed.
fn is_as_written(entry: &Entry, hash: Option<Hash>, seal: Option<Seal>) -> bool {
    match (hash, seal) {
        (None, None) => true,
        (Some(hash), Some(seal)) => {
            seal::hash_of(entry) == hash && seal::seal(&hash, entry) == seal
        }
        _ => false,
    }
}
