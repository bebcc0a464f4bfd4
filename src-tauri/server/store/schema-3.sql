-- Version 3. How long messages are kept. An entry below `oldest` has lost its text and its author's name and is shown to
-- nobody; its message_id and hash stay, so that it is known when it is sent again.
ALTER TABLE chat ADD COLUMN oldest INTEGER NOT NULL DEFAULT 1;

-- The host's rules; without one, messages are kept for ever.
CREATE TABLE keep (
    topic    TEXT PRIMARY KEY,             -- '': topics without a rule of their own
    days     INTEGER,                      -- at most one of the two; neither: for ever
    messages INTEGER,
    CHECK (days IS NULL OR messages IS NULL)
) STRICT, WITHOUT ROWID;
