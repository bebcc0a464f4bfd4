//! The log on disk: SQLite in WAL mode with `synchronous=FULL`, one writer thread with group commit, a few read
//! connections. docs/architecture.md, "The store".

mod open;
mod reader;
mod rows;
mod seal;
mod writer;

use std::path::Path;
use std::thread::JoinHandle;

use landline_hub::ports::{Append, Memory, PageQuery, Record, Store};
use landline_hub::{ChatKey, ChatRef, Command, SessionId, command::PageRead};
use landline_protocol::Timestamp;
use tokio::sync::mpsc;

pub use open::OpenError;
pub(crate) use reader::Reader;
use writer::Write;

/// Writes waiting for the writer thread. Appends never fill it (the hub counts them); a record that finds it full is
/// dropped and told again by the next change.
const WRITES_CAP: usize = 8_192;

/// The hub's port to the files.
pub(crate) struct SqliteStore {
    writes: std::sync::mpsc::SyncSender<Write>,
    writer: JoinHandle<()>,
    reader: Reader,
    answers: mpsc::Sender<Command>,
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
        let file = folder.join("room.db");
        let (opened, warnings) = open::open(&file, now)?;
        let memory = opened.memory;
        let reader = Reader::open(&file)?;
        let (writes, queue) = std::sync::mpsc::sync_channel(WRITES_CAP);
        let writer = writer::Writer::new(opened.connection, memory.epoch, answers.clone());
        let writer = std::thread::Builder::new()
            .name("landline-store".into())
            .spawn(move || writer.run(&queue))?;
        Ok(Opened {
            store: SqliteStore {
                writes,
                writer,
                reader,
                answers,
            },
            memory,
            warnings,
        })
    }

    /// Read access beside the hub, for HTTP.
    pub(crate) fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// Commits what is queued, folds the WAL into the file and marks it clean. Blocks.
    pub(crate) fn close(self) {
        drop(self.writes);
        drop(self.answers);
        if self.writer.join().is_err() {
            tracing::error!("the writer thread panicked; the log is checked at the next start");
        }
    }
}

impl Store for SqliteStore {
    fn append(&mut self, append: Append) {
        // The hub keeps fewer appends unanswered than the queue holds, and waiting is right should records fill it.
        if self.writes.send(Write::Append(append)).is_err() {
            tracing::error!("the writer thread is gone; messages are not stored");
        }
    }

    fn save(&mut self, record: Record) {
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
}
