//! Whether a file is as it was left: its tables, its pages, and the end of its write-ahead log.

use rusqlite::Connection;
use rusqlite_migration::Migrations;

/// Files up to this size are checked at every start, and in full; larger ones only after a crash, without their indexes.
const ALWAYS_CHECKED_BYTES: i64 = 64 * 1024 * 1024;

/// Every table and index by its name, with the words that made it.
type Schema = Vec<(String, Option<String>)>;

/// What SQLite says of a damaged file, in our words.
pub(super) fn damage(words: &str) -> rusqlite::Error {
    let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
    rusqlite::Error::SqliteFailure(failure, Some(words.to_owned()))
}

/// Makes the tables, or what is new of them. A file whose tables are those of this version has this version, whatever its
/// header says; one that has others after it was brought up to date is damaged.
pub(super) fn migrate(
    connection: &mut Connection,
    migrations: &Migrations<'_>,
) -> Result<(), rusqlite_migration::Error> {
    let mut fresh = Connection::open_in_memory()?;
    migrations.to_latest(&mut fresh)?;
    let (wanted, version) = (schema(&fresh)?, version(&fresh)?);
    if schema(connection)? == wanted {
        if self::version(connection)? != version {
            tracing::warn!("the log's version was damaged, and is mended");
            connection.pragma_update(None, "user_version", version)?;
        }
        return Ok(());
    }
    match migrations.to_latest(connection) {
        // It would make what is there, or change what is not: no version ever looked like this.
        Err(rusqlite_migration::Error::RusqliteError { err, .. })
            if err.sqlite_error_code() == Some(rusqlite::ErrorCode::Unknown) =>
        {
            return Err(damage(&err.to_string()).into());
        }
        done => done?,
    }
    if schema(connection)? == wanted {
        Ok(())
    } else {
        Err(damage("its tables are not as they were made").into())
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn schema(connection: &Connection) -> rusqlite::Result<Schema> {
    let mut query =
        connection.prepare("SELECT type || ' ' || name, sql FROM sqlite_schema ORDER BY 1")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// A clean and large file is trusted; whatever a crash may have touched is read through.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<()> {
    let clean: bool = connection.query_row("SELECT clean FROM state", [], |row| row.get(0))?;
    let number = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let is_small = number("page_count")? * number("page_size")? <= ALWAYS_CHECKED_BYTES;
    if clean && !is_small {
        return Ok(());
    }
    let pragma = if is_small {
        "PRAGMA integrity_check(1)"
    } else {
        "PRAGMA quick_check(1)"
    };
    let verdict: String = connection.query_row(pragma, [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(damage(&verdict));
    }
    let dangles = connection.prepare("PRAGMA foreign_key_check")?.exists([])?;
    if is_small && dangles {
        return Err(damage("an entry belongs to nothing"));
    }
    Ok(())
}
