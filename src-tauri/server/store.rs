//! The log on disk: SQLite in WAL mode with `synchronous=FULL`, one writer thread with group commit, a few read
//! connections. docs/architecture.md, "The store".

mod ballast;
mod check;
mod entries;
#[cfg(test)]
mod faults;
mod filling;
#[cfg(test)]
mod flips;
mod keep;
mod log;
mod open;
mod place;
#[cfg(test)]
mod power_loss;
mod reader;
mod rows;
mod salvage;
mod seal;
mod wal;
mod writer;

use std::path::Path;
use std::thread::JoinHandle;

use futures_util::future::BoxFuture;
use landline_hub::command::Page;
use landline_hub::ports::{Append, Memory, PageQuery, Record, Store, StoreFault};
use landline_hub::{
    ChatKey, ChatRef, Command, Found, Scope, Search, SearchFault, Searched, SessionId,
    command::PageRead,
};
use landline_protocol::Timestamp;
use tokio::sync::mpsc;

use ballast::Ballast;
pub(crate) use filling::Filler;
pub(crate) use log::{Log, Row};
pub use open::OpenError;
pub(crate) use open::{Age, age, change_nothing_at_the_end, check_whole};
use place::Place;
pub(crate) use reader::Reader;
use writer::Write;

use crate::bare::Pages;
use crate::search::{Follower, Searcher};

/// Writes waiting for the writer thread. Appends never fill it (the hub counts them); a record that finds it full is
/// dropped and told again by the next change.
const WRITES_CAP: usize = 8_192;

/// The hub's port to the files.
pub(crate) struct SqliteStore {
    writes: std::sync::mpsc::SyncSender<Write>,
    writer: JoinHandle<()>,
    reader: Reader,
    searcher: Searcher,
    /// None on a disk of a test, where no index is beside the log.
    follower: Option<Follower>,
    answers: mpsc::Sender<Command>,
    /// The writer's thread and the room's have one core between them.
    shares_core: bool,
}

/// What opening gave.
pub(crate) struct Opened {
    pub(crate) store: SqliteStore,
    pub(crate) memory: Memory,
    /// Sentences for the host, such as that a damaged file was moved aside.
    pub(crate) warnings: Vec<String>,
}

impl SqliteStore {
    /// Opens `<folder>/room.db`, makes it if need be, opens a new epoch, and starts the writer thread. Blocks.
    pub(crate) fn open(
        folder: &Path,
        now: Timestamp,
        answers: mpsc::Sender<Command>,
    ) -> Result<Opened, OpenError> {
        SqliteStore::open_at(&Place::in_folder(folder), now, answers)
    }

    fn open_at(
        place: &Place,
        now: Timestamp,
        answers: mpsc::Sender<Command>,
    ) -> Result<Opened, OpenError> {
        let mut ballast = place.folder().map(Ballast::of);
        let (opened, warnings) = open::open(place, now, ballast.as_mut())?;
        let memory = opened.memory;
        let reader = Reader::open(place.clone())?;
        let searcher = Searcher::new(place.file());
        let (writes, queue) = std::sync::mpsc::sync_channel(WRITES_CAP);
        let writer = writer::Writer::new(
            opened.connection,
            memory.epoch,
            answers.clone(),
            searcher.signal(),
            ballast,
        );
        let writer = std::thread::Builder::new()
            .name("landline-store".into())
            .spawn(move || writer.run(&queue))?;
        let follower = if place.is_searched() {
            Some(Follower::start(searcher.clone())?)
        } else {
            None
        };
        Ok(Opened {
            store: SqliteStore {
                writes,
                writer,
                reader,
                searcher,
                follower,
                answers,
                shares_core: std::thread::available_parallelism()
                    .is_ok_and(|cores| cores.get() == 1),
            },
            memory,
            warnings,
        })
    }

    /// Read access beside the hub, for HTTP.
    pub(crate) fn pages(&self) -> LogPages {
        LogPages {
            reader: self.reader.clone(),
            searcher: self.searcher.clone(),
        }
    }

    /// Commits what is queued, folds the WAL into the file and marks it clean. Blocks.
    pub(crate) fn close(self) {
        if let Some(follower) = self.follower {
            follower.stop();
        }
        drop(self.writes);
        drop(self.answers);
        if self.writer.join().is_err() {
            tracing::error!("the writer thread panicked; the log is checked at the next start");
        }
    }
}

/// The log for HTTP.
pub(crate) struct LogPages {
    reader: Reader,
    searcher: Searcher,
}

impl Pages for LogPages {
    fn page(&self, chat: ChatKey, query: PageQuery) -> BoxFuture<'_, Result<Page, StoreFault>> {
        Box::pin(self.reader.read(chat, query))
    }

    fn search(&self, scope: Scope, search: Search) -> BoxFuture<'_, Result<Found, SearchFault>> {
        Box::pin(self.searcher.find(scope, search))
    }
}

impl Store for SqliteStore {
    fn append(&mut self, append: Append) {
        // The hub keeps fewer appends unanswered than the queue holds, and waiting is right should records fill it.
        if self.writes.send(Write::Append(append)).is_err() {
            tracing::error!("the writer thread is gone; messages are not stored");
        }
    }

    fn trim(&mut self, now: Timestamp) {
        if self.writes.try_send(Write::Trim(now)).is_err() {
            tracing::warn!("the disk is behind; nothing is removed this time");
        }
    }

    fn save(&mut self, record: Record) {
        if let Record::Keep(_) = record {
            // A rule of the host is told once. Waiting is right, as for a message.
            if self.writes.send(Write::Save(record)).is_err() {
                tracing::error!("the writer thread is gone; a rule is not saved");
            }
            return;
        }
        if self.writes.try_send(Write::Save(record)).is_err() {
            tracing::warn!("the disk is behind; a member record was not saved this time");
        }
    }

    fn read(&mut self, session: SessionId, chat: ChatRef, key: ChatKey, query: PageQuery) {
        let (reader, answers) = (self.reader.clone(), self.answers.clone());
        tokio::spawn(async move {
            let page = reader.read(key, query).await;
            let read = PageRead {
                session,
                chat,
                query,
                page,
            };
            // The hub may have stopped meanwhile; then nobody waits.
            let _ = answers.send(Command::PageRead(read)).await;
        });
    }

    fn search(&mut self, session: SessionId, scope: Scope, search: Search) {
        let (searcher, answers) = (self.searcher.clone(), self.answers.clone());
        tokio::spawn(async move {
            let search_id = search.search_id;
            let found = searcher.find(scope.clone(), search).await;
            let searched = Searched {
                session,
                scope,
                search_id,
                found,
            };
            let _ = answers.send(Command::Searched(searched)).await;
        });
    }

    fn give_way(&mut self) {
        // On one core the system would run the writer only when everybody has been told; so it commits meanwhile.
        if self.shares_core {
            std::thread::yield_now();
        }
    }
}
