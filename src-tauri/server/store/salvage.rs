//! What can be saved of a damaged log: whatever can be read and is proved by its hash goes into the new one, in its old
//! place. The damaged files are not touched; a copy is read.

use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::entries::{COLUMNS, TABLES, entry};
use super::wal::{OUR_PAGE_BYTES, Wal, page_bytes};

/// Rows behind an unreadable one that are tried at most before a table is given up.
const SKIPPED_MAX: i64 = 1 << 40;

/// What was saved.
#[derive(Debug, Default)]
pub(super) struct Saved {
    /// Messages.
    pub(super) entries: u64,
    /// Places between them whose message is lost.
    pub(super) missing: u64,
}

/// Saves what is in `aside` into `log`, which is new and empty. Its tables decide what there is to save.
///
/// # Errors
/// The new log could not be written, or no copy be made; nothing was saved then.
pub(super) fn salvage(aside: &Path, log: &mut Connection) -> Result<Saved, super::OpenError> {
    let copy = Copy::of(aside)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let old = Connection::open_with_flags(&copy.0, flags)?;
    // What it cannot make sense of in the list of tables it leaves out.
    old.pragma_update(None, "writable_schema", true)?;
    old.pragma_update(None, "cell_size_check", true)?;
    let transaction = log.transaction()?;
    for table in tables(&transaction)? {
        // A table that cannot be read at all gives nothing.
        if let Err(error) = save_table(&old, &transaction, &table) {
            tracing::warn!(
                "of the damaged log's table {table} nothing more could be saved: {error}"
            );
            if error.sqlite_error_code() == Some(ErrorCode::DiskFull) {
                return Err(error.into());
            }
        }
    }
    remove_unproved(&transaction)?;
    let count = |query: &str| transaction.query_row(query, [], |row| row.get::<_, i64>(0));
    let entries = count("SELECT count(*) FROM entry")?.unsigned_abs();
    let missing = count(
        "SELECT coalesce(sum(span), 0) FROM (SELECT max(seq) - min(seq) + 1 - count(*) AS span FROM entry GROUP BY chat)",
    )?;
    transaction.commit()?;
    Ok(Saved {
        entries,
        missing: missing.unsigned_abs(),
    })
}

/// The tables worth saving, in the order in which they refer to each other.
fn tables(log: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query = log.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'state' ORDER BY rowid",
    )?;
    query.query_map([], |row| row.get(0))?.collect()
}

fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut query = connection.prepare("SELECT name FROM pragma_table_info(?)")?;
    query.query_map([table], |row| row.get(0))?.collect()
}

fn save_table(old: &Connection, log: &Connection, table: &str) -> rusqlite::Result<()> {
    let there = columns(old, table)?;
    let mut columns = columns(log, table)?;
    columns.retain(|column| there.contains(column));
    if columns.is_empty() {
        return Ok(());
    }
    let places = vec!["?"; columns.len()].join(", ");
    let names = columns.join(", ");
    let mut insert = log.prepare(&format!(
        "INSERT OR IGNORE INTO {table} ({names}) VALUES ({places})"
    ))?;
    let mut save = |values: Vec<Value>| match insert.execute(params_from_iter(values)) {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull) => Err(error),
        // What breaks a rule of its table was damaged.
        _ => Ok(()),
    };
    let has_rowid: bool = old.query_row(
        "SELECT NOT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?",
        [table],
        |row| row.get(0),
    )?;
    if has_rowid {
        by_rowid(old, table, &names, &mut save)
    } else {
        let mut query = old.prepare(&format!("SELECT {names} FROM {table}"))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            if let Some(values) = values(row, 0)? {
                save(values)?;
            }
        }
        Ok(())
    }
}

/// Reads a table in the order of its rows, and goes on behind what cannot be read.
fn by_rowid(
    old: &Connection,
    table: &str,
    names: &str,
    save: &mut impl FnMut(Vec<Value>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let sql =
        format!("SELECT rowid, {names} FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid");
    let mut query = old.prepare(&sql)?;
    let mut last = i64::MIN;
    loop {
        let mut rows = query.query([last])?;
        let failed = loop {
            match rows.next() {
                Ok(Some(row)) => {
                    // A damaged page may say any number: going back would read the same rows for ever.
                    last = last.max(row.get(0)?);
                    if let Some(values) = values(row, 1)? {
                        save(values)?;
                    }
                }
                Ok(None) => return Ok(()),
                Err(error) => break error,
            }
        };
        drop(rows);
        tracing::debug!("row {last} of {table} is the last before damage: {failed}");
        match next_readable(&mut query, last.max(0))? {
            Some(before) => last = before,
            None => return Ok(()),
        }
    }
}

/// The least row number from which the table can be read again, less one.
fn next_readable(query: &mut rusqlite::Statement<'_>, after: i64) -> rusqlite::Result<Option<i64>> {
    let mut is_readable = |from: i64| {
        let mut rows = query.query([from])?;
        Ok::<_, rusqlite::Error>(rows.next().is_ok())
    };
    let mut step = 1;
    while !is_readable(after + step)? {
        step *= 2;
        if step > SKIPPED_MAX {
            return Ok(None);
        }
    }
    let (mut bad, mut good) = (after + step / 2, after + step);
    while bad + 1 < good {
        let middle = bad + (good - bad) / 2;
        if is_readable(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(Some(good))
}

/// None where a text is none.
fn values(row: &rusqlite::Row<'_>, from: usize) -> rusqlite::Result<Option<Vec<Value>>> {
    let columns = row.as_ref().column_count();
    let mut values = Vec::with_capacity(columns);
    for column in from..columns {
        values.push(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(number) => Value::Integer(number),
            ValueRef::Real(number) => Value::Real(number),
            ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
            ValueRef::Text(bytes) => match String::from_utf8(bytes.to_vec()) {
                Ok(text) => Value::Text(text),
                Err(_) => return Ok(None),
            },
        });
    }
    Ok(Some(values))
}

/// Takes out of a log that was put together from a damaged one what its digests do not prove. Rows whose text was removed,
/// and those from before there were digests, are believed.
fn remove_unproved(connection: &Connection) -> rusqlite::Result<()> {
    let mut chats = connection.prepare("SELECT topic, low, high, id FROM chat")?;
    let mut chats = chats.query([])?;
    while let Some(row) = chats.next()? {
        let id: i64 = row.get(3)?;
        // A name that is none has no place in the room.
        let chat = super::open::chat_key(row).ok();
        let sql = format!(
            "SELECT {COLUMNS}, entry.id FROM {TABLES} WHERE entry.chat = ? AND entry.body <> ''"
        );
        let mut entries = connection.prepare(&sql)?;
        let mut entries = entries.query([id])?;
        let mut unproved = Vec::<i64>::new();
        while let Some(row) = entries.next()? {
            let proved = chat
                .as_ref()
                .and_then(|chat| entry(row, chat).ok().flatten());
            if proved.is_none() {
                unproved.push(row.get(12)?);
            }
        }
        for entry in unproved {
            connection.execute("DELETE FROM entry WHERE id = ?", [entry])?;
        }
        if chat.is_none() {
            connection.execute("DELETE FROM marker WHERE chat = ?", [id])?;
            connection.execute("DELETE FROM entry WHERE chat = ?", [id])?;
            connection.execute("DELETE FROM chat WHERE id = ?", [id])?;
        }
    }
    Ok(())
}

/// A copy that is read and then removed.
struct Copy(PathBuf);

impl Copy {
    /// The file with all of its write-ahead log that is whole, and a header that says what it always says in our files.
    fn of(aside: &Path) -> io::Result<Copy> {
        let copy = Copy(beside(aside, ".copy"));
        fs::copy(aside, &copy.0)?;
        let mut file = File::options().write(true).open(&copy.0)?;
        let wal = beside(aside, "-wal");
        if let Some(wal) = Wal::read(&wal, page_bytes(aside)?)? {
            wal.fold_into(&mut file)?;
        }
        mend_header(&mut file)?;
        Ok(copy)
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// See <https://sqlite.org/fileformat2.html>, 1.3. No write-ahead log is to be looked for beside the copy.
fn mend_header(file: &mut File) -> io::Result<()> {
    let page = u16::try_from(OUR_PAGE_BYTES)
        .expect("it fits")
        .to_be_bytes();
    let mut first = b"SQLite format 3\0".to_vec();
    first.extend(page);
    first.extend([1, 1, 0, 64, 32, 32]);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&first)?;
    for (at, value) in [(44, 4_u32), (56, 1)] {
        file.seek(SeekFrom::Start(at))?;
        file.write_all(&value.to_be_bytes())?;
    }
    Ok(())
}

impl Drop for Copy {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.0) {
            tracing::warn!(
                "a copy of the damaged log is left at {}: {error}",
                self.0.display()
            );
        }
    }
}
