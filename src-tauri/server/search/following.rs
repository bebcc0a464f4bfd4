//! The thread that follows the log with the index.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Searcher;
use super::index::{self, Index};
use crate::limits::{INDEX_GATHERED_MAX, INDEX_GATHERS, INDEX_RETRY};
use crate::store::Log;

/// How long the thread waits at most where nobody says anything.
const A_DAY: Duration = Duration::from_hours(24);

/// From the writer of the log to its follower. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Signal {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Entries written since the follower looked last.
    written: AtomicU64,
    is_damaged: AtomicBool,
    is_over: AtomicBool,
    lock: Mutex<()>,
    told: Condvar,
}

impl Signal {
    /// So many entries were committed. Costs the writer an addition, and waking the follower twice for five hundred entries.
    pub(crate) fn wrote(&self, entries: u64) {
        let before = self.shared.written.fetch_add(entries, Ordering::AcqRel);
        let is_enough = before < INDEX_GATHERED_MAX && before + entries >= INDEX_GATHERED_MAX;
        if entries > 0 && (before == 0 || is_enough) {
            self.tell();
        }
    }

    /// The index cannot be read.
    pub(super) fn damaged(&self) {
        self.shared.is_damaged.store(true, Ordering::Release);
        self.tell();
    }

    fn tell(&self) {
        // Under the lock, so that nobody misses it who was about to wait.
        let lock = self.lock();
        self.shared.told.notify_all();
        drop(lock);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, ()> {
        self.shared
            .lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_over(&self) -> bool {
        self.shared.is_over.load(Ordering::Acquire)
    }

    fn is_damaged(&self) -> bool {
        self.shared.is_damaged.load(Ordering::Acquire)
    }

    fn written(&self) -> u64 {
        self.shared.written.load(Ordering::Acquire)
    }

    /// Waits until `is_so` or it is over, `patience` at most.
    fn wait(&self, patience: Duration, is_so: impl Fn() -> bool) {
        let until = Instant::now() + patience;
        let mut lock = self.lock();
        while !is_so() && !self.is_over() {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            lock = match self.shared.told.wait_timeout(lock, left) {
                Ok((lock, _)) => lock,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

/// The thread.
pub(crate) struct Follower {
    signal: Signal,
    thread: Option<JoinHandle<()>>,
}

/// A room that is dropped without a word leaves no thread behind.
impl Drop for Follower {
    fn drop(&mut self) {
        self.signal.shared.is_over.store(true, Ordering::Release);
        self.signal.tell();
    }
}

impl Follower {
    /// Brings the index up to the log, and then keeps it there.
    pub(crate) fn start(searcher: Searcher) -> std::io::Result<Follower> {
        let signal = searcher.signal();
        let thread = std::thread::Builder::new()
            .name("landline-search".into())
            .spawn(move || follow(&searcher))?;
        let thread = Some(thread);
        Ok(Follower { signal, thread })
    }

    /// Ends the thread; its file is trusted at the next start. Blocks for one batch at most.
    pub(crate) fn stop(mut self) {
        self.signal.shared.is_over.store(true, Ordering::Release);
        self.signal.tell();
        let thread = self.thread.take().map(JoinHandle::join);
        if thread.is_some_and(|ended| ended.is_err()) {
            tracing::error!("the thread of the search index panicked; the index is made anew");
        }
    }
}

fn follow(searcher: &Searcher) {
    let signal = searcher.signal();
    while !signal.is_over() {
        if let Err(error) = follow_one(searcher, &signal) {
            tracing::warn!("the search index could not be written: {error}");
            if index::is_damage(&error) {
                signal.shared.is_damaged.store(true, Ordering::Release);
            }
            signal.wait(INDEX_RETRY, || false);
        }
    }
}

/// Follows the log with one file, until it is over or the file is damaged.
fn follow_one(searcher: &Searcher, signal: &Signal) -> rusqlite::Result<()> {
    let shared = &searcher.shared;
    let is_damaged = signal.shared.is_damaged.swap(false, Ordering::AcqRel);
    let mut index = shared.exchange(|| {
        if is_damaged {
            index::remove(&shared.index);
        }
        Index::open(&shared.index, Log::open(&shared.log)?)
    })?;
    while !signal.is_over() && !signal.is_damaged() {
        signal.shared.written.store(0, Ordering::Release);
        let began = Instant::now();
        if index.take_in()? || index.take_out()? || index.merge()? {
            // There is more: half of the time belongs to the others on this computer.
            signal.wait(began.elapsed(), || false);
            continue;
        }
        signal.wait(A_DAY, || signal.written() > 0 || signal.is_damaged());
        // They are found without the index; many at once cost less.
        signal.wait(INDEX_GATHERS, || {
            signal.written() >= INDEX_GATHERED_MAX || signal.is_damaged()
        });
    }
    if signal.is_damaged() {
        return Ok(());
    }
    index.close()
}
