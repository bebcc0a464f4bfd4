//! Disks that fail under the real host: full, suddenly read-only, damaged. No false acknowledgement, clear words, recovery without
//! help, nothing deleted (I13). Needs root: each test mounts a small disk of its own.

#[path = "../support/rig/mod.rs"]
mod rig;
#[path = "../support/dialects/mod.rs"]
mod support;

mod damaged;
mod full;
mod mounted;
mod read_only;

use std::path::Path;

use rig::account::Account;
use rig::author::Author;
use rig::host::log_after;

const TOPIC: &str = "lobby";

/// Everything acknowledged is in the log, once, in order, and the log says so.
async fn hold_against(addr: &str, authors: &[Author]) {
    let mut account = Account::default();
    account.take_in(TOPIC, log_after(addr, TOPIC, 0).await, authors);
    assert_eq!(account.broken, Vec::<String>::new());
    assert_eq!((account.lost(authors), account.doubled()), (0, 0));
}

/// SQLite's own word on a file that nobody has open, and whether it was closed cleanly.
fn integrity(data: &Path) -> (String, bool) {
    let file = rusqlite::Connection::open(data.join("room.db")).expect("the log opens");
    let verdict = file.query_row("PRAGMA integrity_check", [], |row| row.get(0));
    let clean = file.query_row("SELECT clean FROM state", [], |row| row.get(0));
    (
        verdict.expect("SQLite has a word on it"),
        clean.expect("the log says how it was closed"),
    )
}
