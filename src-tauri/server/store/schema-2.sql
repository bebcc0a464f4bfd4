-- Version 2. What an entry says, as digests: see seal.rs. NULL in rows of version 1.
ALTER TABLE entry ADD COLUMN hash BLOB;    -- of what the author said; stays when the body goes
ALTER TABLE entry ADD COLUMN seal BLOB;    -- of the hash and of all else that readers are shown
