//! Values in and out of their columns.

use landline_protocol::{EntryKind, Epoch, UserId, Via};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use serde::{Serialize, de::DeserializeOwned};

/// A `user_id` as its 16 bytes.
pub(super) fn user_bytes(user: UserId) -> [u8; 16] {
    *user.0.as_bytes()
}

pub(super) fn user(bytes: [u8; 16]) -> UserId {
    UserId(uuid::Uuid::from_bytes(bytes))
}

pub(super) fn epoch(counter: u32, tag: [u8; 16]) -> Epoch {
    Epoch {
        counter,
        tag: u128::from_be_bytes(tag),
    }
}

/// A word of a closed list, stored as the text that also stands on the wire.
pub(super) struct Word<T>(pub(super) T);

impl<T: Serialize> rusqlite::ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match serde_json::to_value(&self.0) {
            Ok(serde_json::Value::String(word)) => Ok(word.into()),
            _ => Err(rusqlite::Error::ToSqlConversionFailure("not a word".into())),
        }
    }
}

impl<T: DeserializeOwned> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = serde_json::Value::String(value.as_str()?.to_owned());
        serde_json::from_value(word)
            .map(Word)
            .map_err(|error| FromSqlError::Other(error.into()))
    }
}

pub(super) type ViaWord = Word<Via>;
pub(super) type KindWord = Word<EntryKind>;

/// A sequence number; SQLite's integers are signed, ours stay below 2^53.
pub(super) fn seq(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
