//! The host's disk, as a model: what was written and not flushed is lost, or not, when the host dies; commits are slow
//! or fail; an answer comes after the flush. The real SQLite is proven elsewhere (docs/architecture.md, "Invariants").

mod log;
mod writer;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::BoxFuture;
use landline_hub::command::{Page, PageRead};
use landline_hub::ports::{Append, Memory, PageQuery, Record, Store, StoreFault};
use landline_hub::{ChatKey, ChatRef, Command, SessionId};
use landline_protocol::Epoch;
use landline_server::bare::Pages;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::mutant::Mutant;
pub(crate) use log::{Log, Op};

/// Writes waiting for the writer; as many as the real store holds.
const WRITES_CAP: usize = 8_192;
/// How long writing a group takes, and how long flushing it, in milliseconds, on a good day.
const QUICK: Range<u64> = 0..4;

/// The disk. It outlives the host that writes to it; clones are the same disk.
#[derive(Clone)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

pub(crate) struct Inner {
    pub(crate) log: Log,
    /// How much of the log is flushed.
    flushed: usize,
    /// How long each step takes, in milliseconds.
    pub(crate) pace: Range<u64>,
    /// Commits fail.
    pub(crate) is_failing: bool,
    rng: Rng,
    mutant: Option<Mutant>,
}

impl Disk {
    pub(crate) fn new(seed: u64, mutant: Option<Mutant>) -> Disk {
        Disk(Arc::new(Mutex::new(Inner {
            log: Log::default(),
            flushed: 0,
            pace: QUICK,
            is_failing: false,
            rng: Rng::with_seed(seed),
            mutant,
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host is gone: what was not flushed is lost, or happened to get to the disk, as a whole.
    pub(crate) fn lose_what_was_not_flushed(&self) {
        let mut disk = self.lock();
        if disk.flushed < disk.log.len() && disk.rng.bool() {
            let flushed = disk.flushed;
            disk.log.truncate(flushed);
        }
        disk.flushed = disk.log.len();
    }

    pub(crate) fn heal(&self) {
        let mut disk = self.lock();
        disk.pace = QUICK;
        disk.is_failing = false;
    }

    /// A host starts: a new epoch, and what it remembers. The epoch is flushed before anybody hears of it.
    pub(crate) fn open(&self, answers: mpsc::Sender<Command>) -> (Memory, ModelStore) {
        let epoch = {
            let mut disk = self.lock();
            disk.mutate_at_start();
            let epoch = disk.next_epoch();
            disk.log.push(Op::Epoch(epoch));
            disk.flushed = disk.log.len();
            epoch
        };
        let memory = self.lock().log.memory(epoch);
        let (writes, queue) = mpsc::channel(WRITES_CAP);
        let writer = writer::Writer::new(self.clone(), epoch, answers.clone());
        let store = ModelStore {
            disk: self.clone(),
            writes,
            writer: tokio::spawn(writer.run(queue)),
            answers,
        };
        (memory, store)
    }
}

impl Inner {
    fn step(&mut self) -> Duration {
        let mut pace = self.pace.clone();
        if self.mutant == Some(Mutant::AcksFirst) {
            // Long enough for somebody to be told in between.
            pace = 200..400;
        }
        Duration::from_millis(self.rng.u64(pace))
    }

    fn next_epoch(&mut self) -> Epoch {
        let last = self.log.epochs().last();
        if let (Some(Mutant::Renumbers), Some(last)) = (self.mutant, last) {
            return *last;
        }
        Epoch {
            counter: last.map_or(0, |last| last.counter) + 1,
            tag: u128::from(self.rng.u64(..)) << 64 | u128::from(self.rng.u64(..)),
        }
    }

    fn mutate_at_start(&mut self) {
        match self.mutant {
            Some(Mutant::ForgetsIds) => self.log.forget_ids(),
            Some(Mutant::Renumbers) => self.log.drop_last_entry(),
            Some(Mutant::Older) => self.log.forget_last_life(),
            _ => {}
        }
    }
}

/// The hub's port to the disk.
pub(crate) struct ModelStore {
    disk: Disk,
    writes: mpsc::Sender<writer::Write>,
    writer: JoinHandle<()>,
    answers: mpsc::Sender<Command>,
}

impl ModelStore {
    /// Commits what is queued.
    pub(crate) async fn close(self) {
        drop(self.writes);
        drop(self.answers);
        self.writer.await.expect("the writer does not panic");
    }
}

impl Store for ModelStore {
    fn append(&mut self, append: Append) {
        let queued = self.writes.try_send(writer::Write::Append(append));
        queued.expect("the hub keeps fewer appends unanswered than the queue holds");
    }

    fn save(&mut self, record: Record) {
        // One that finds no room is told again by the next change.
        let _ = self.writes.try_send(writer::Write::Save(record));
    }

    fn read(&mut self, session: SessionId, chat: ChatRef, key: ChatKey, query: PageQuery) {
        let (disk, answers) = (self.disk.clone(), self.answers.clone());
        tokio::spawn(async move {
            let read = PageRead {
                session,
                chat,
                query,
                page: disk.page(key, query).await,
            };
            // The hub may have stopped meanwhile; then nobody waits.
            let _ = answers.send(Command::PageRead(read)).await;
        });
    }
}

impl Pages for Disk {
    fn page(&self, chat: ChatKey, query: PageQuery) -> BoxFuture<'_, Result<Page, StoreFault>> {
        Box::pin(async move {
            let wait = self.lock().step();
            tokio::time::sleep(wait).await;
            let mut disk = self.lock();
            let mutant = disk.mutant;
            let mut page = disk.log.page(&chat, query);
            if mutant == Some(Mutant::HidesOne) && page.entries.len() > 1 && disk.rng.u8(..4) == 0 {
                let hidden = page.entries.len() / 2;
                page.entries.remove(hidden);
            }
            Ok(page)
        })
    }
}
