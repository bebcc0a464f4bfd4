//! Pages of a log, on a few read connections beside the writer (WAL: neither waits for the other).

mod page;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use landline_hub::ChatKey;
use landline_hub::command::Page;
use landline_hub::ports::{PageQuery, StoreFault};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};
use tokio::sync::Semaphore;

use super::place::Place;
use super::rows;
use page::page;

/// Pages read at the same time. More only take turns at the disk.
const READERS: usize = 2;

/// Reads pages. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    place: Place,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Reader {
    /// For a log that nobody hosts.
    pub(crate) fn of(file: &Path) -> rusqlite::Result<Reader> {
        let reader = Reader::open(Place::at(file))?;
        let idle = reader.shared.idle.lock();
        for connection in idle.unwrap_or_else(PoisonError::into_inner).iter() {
            super::open::change_nothing_at_the_end(connection)?;
        }
        Ok(reader)
    }

    pub(super) fn open(place: Place) -> rusqlite::Result<Reader> {
        let shared = Shared {
            idle: Mutex::new(vec![connect(&place)?]),
            place,
            places: Semaphore::new(READERS),
        };
        Ok(Reader {
            shared: Arc::new(shared),
        })
    }

    /// Reads a page of `chat`; an unknown chat is an empty one.
    ///
    /// # Errors
    /// [`StoreFault`] when the disk or the file fails; nothing is known about the page then.
    pub(crate) async fn read(&self, chat: ChatKey, query: PageQuery) -> Result<Page, StoreFault> {
        let fault = |error: &dyn std::fmt::Display| StoreFault(error.to_string().into());
        let _place = self
            .shared
            .places
            .acquire()
            .await
            .map_err(|error| fault(&error))?;
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || shared.page(&chat, query))
            .await
            .map_err(|error| fault(&error))?
            .map_err(|error| {
                tracing::error!("the log could not be read: {error}");
                fault(&error)
            })
    }
}

impl Shared {
    fn page(&self, chat: &ChatKey, query: PageQuery) -> rusqlite::Result<Page> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let connection = match idle {
            Some(connection) => connection,
            None => connect(&self.place)?,
        };
        let page = {
            // One look at the log: what is removed meanwhile is still whole in it.
            let look = connection.unchecked_transaction()?;
            page(&look, chat, query)?
        };
        // Only a connection that has just worked is kept.
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(connection);
        Ok(page)
    }
}

pub(super) fn connect(place: &Place) -> rusqlite::Result<Connection> {
    let connection =
        place.connect(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.pragma_update(None, "query_only", true)?;
    connection.pragma_update(None, "busy_timeout", 5_000)?;
    Ok(connection)
}

/// The row of a chat.
pub(super) fn chat_id(connection: &Connection, chat: &ChatKey) -> rusqlite::Result<Option<i64>> {
    match chat {
        ChatKey::Topic(name) => connection
            .prepare_cached("SELECT id FROM chat WHERE topic = ?")?
            .query_row([name.as_str()], |row| row.get(0))
            .optional(),
        ChatKey::Direct(low, high) => connection
            .prepare_cached("SELECT id FROM chat WHERE low = ? AND high = ?")?
            .query_row([rows::user_bytes(*low), rows::user_bytes(*high)], |row| {
                row.get(0)
            })
            .optional(),
    }
}
