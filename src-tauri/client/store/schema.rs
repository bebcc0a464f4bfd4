//! The tables of the client's file, and how an older file becomes a newer one.

use rusqlite_migration::{M, Migrations};

/// Steps are only ever added.
const STEPS: &[M<'static>] = &[
M::up(
    "CREATE TABLE identity (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), user_id TEXT NOT NULL) STRICT;
     CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

     -- Kept even when the room is forgotten: without it the room would refuse this user_id for ever.
     CREATE TABLE token (room_id TEXT PRIMARY KEY, token TEXT NOT NULL) STRICT, WITHOUT ROWID;

     -- last_seen is in milliseconds since 1970 UTC; 0: it never answered a hello.
     CREATE TABLE room (
         room_id TEXT PRIMARY KEY, name TEXT NOT NULL, address TEXT NOT NULL,
         last_seen INTEGER NOT NULL, joined INTEGER NOT NULL, hosted INTEGER NOT NULL
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE topic (
         room_id TEXT NOT NULL, topic TEXT NOT NULL, PRIMARY KEY (room_id, topic)
     ) STRICT, WITHOUT ROWID;

     -- A chat is a topic ('t') or the direct chat with a user_id ('d').
     CREATE TABLE position (
         room_id TEXT NOT NULL, kind TEXT NOT NULL, chat TEXT NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
         PRIMARY KEY (room_id, kind, chat)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE outbox (
         room_id TEXT NOT NULL, message_id TEXT NOT NULL, place INTEGER NOT NULL,
         kind TEXT NOT NULL, chat TEXT NOT NULL, content TEXT NOT NULL, written_at INTEGER NOT NULL, failed TEXT,
         PRIMARY KEY (room_id, message_id)
     ) STRICT, WITHOUT ROWID;",
),
    // Seconds; NULL: its messages stay.
    M::up("ALTER TABLE topic ADD COLUMN ttl INTEGER;"),
    M::up(
        "-- Acknowledged messages of mine and where the host said they stand, in case it loses them; rowid is their age.
         CREATE TABLE kept (
             room_id TEXT NOT NULL, message_id TEXT NOT NULL, kind TEXT NOT NULL, chat TEXT NOT NULL,
             content TEXT NOT NULL, written_at INTEGER NOT NULL, epoch TEXT NOT NULL, seq INTEGER NOT NULL,
             UNIQUE (room_id, message_id)
         ) STRICT;
         -- How far the person has read, until the host is known to know.
         CREATE TABLE marker (
             room_id TEXT NOT NULL, kind TEXT NOT NULL, chat TEXT NOT NULL, seq INTEGER NOT NULL,
             PRIMARY KEY (room_id, kind, chat)
         ) STRICT, WITHOUT ROWID;
         -- What the host has lost goes before everything that waits: there has to be room for it.
         UPDATE outbox SET place = place + (1 << 40);",
    ),
];

/// All steps.
pub(crate) const fn migrations() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_step_is_sound() {
        assert_eq!(super::migrations().validate(), Ok(()));
    }
}
