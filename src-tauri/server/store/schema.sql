-- Version 1. A chat's log is `entry`, ordered by `seq`; everything else is about it.

-- One life of the log; a start of the host opens one.
CREATE TABLE epoch (
    counter   INTEGER PRIMARY KEY,
    tag       BLOB NOT NULL,               -- 128 random bits
    opened_at INTEGER NOT NULL             -- milliseconds since 1970, as all times here
) STRICT;

CREATE TABLE member (
    id        INTEGER PRIMARY KEY,
    user_id   BLOB NOT NULL UNIQUE,        -- 16 bytes
    name      TEXT NOT NULL,
    via       TEXT NOT NULL,
    token     BLOB,                        -- SHA-256 of the secret that user_id is bound to
    last_seen INTEGER NOT NULL
) STRICT;

CREATE TABLE chat (
    id    INTEGER PRIMARY KEY,
    topic TEXT UNIQUE,                     -- a topic …
    low   BLOB,                            -- … or a direct chat of two user_ids, the lower first
    high  BLOB,
    UNIQUE (low, high),
    CHECK ((topic IS NULL) = (low IS NOT NULL) AND (low IS NULL) = (high IS NULL))
) STRICT;

CREATE TABLE entry (
    id         INTEGER PRIMARY KEY,
    chat       INTEGER NOT NULL REFERENCES chat,
    seq        INTEGER NOT NULL,           -- dense from 1 in each chat, over all epochs
    epoch      INTEGER NOT NULL REFERENCES epoch,
    author     INTEGER NOT NULL REFERENCES member,
    name       TEXT NOT NULL,              -- what the author was called then
    via        TEXT NOT NULL,              -- how the author came then
    message_id TEXT NOT NULL,
    kind       TEXT NOT NULL,
    body       TEXT NOT NULL,
    at         INTEGER NOT NULL,
    envelope   BLOB,                       -- the exact signed bytes, once messages are signed
    UNIQUE (chat, seq),
    UNIQUE (author, message_id)            -- for ever
) STRICT;

CREATE TABLE marker (
    member INTEGER NOT NULL REFERENCES member,
    chat   INTEGER NOT NULL REFERENCES chat,
    seq    INTEGER NOT NULL,
    PRIMARY KEY (member, chat)
) STRICT, WITHOUT ROWID;

-- One row. `clean` is 1 only while no server has the file open: after a crash the file is checked before use.
CREATE TABLE state (clean INTEGER NOT NULL) STRICT;
INSERT INTO state (clean) VALUES (1);
