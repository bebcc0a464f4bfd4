//! Search: an index of its own beside the log, a thread that follows the log with it, and those who look into both.
//! docs/decisions/017.
//!
//! Nothing here is asked before a message is acknowledged, and nothing is lost with it: the index is made from the log,
//! and made again when it is missing, damaged or older. What is not in it yet is looked at one by one.

mod finding;
mod following;
mod index;
mod matching;
mod pairs;
mod query;
mod segment;
mod snippet;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use landline_hub::{Found, Scope, Search, SearchFault};
use tokio::sync::Semaphore;

use crate::limits::{SEARCHERS, SEARCHES_MAX};
use crate::store::Log;
use finding::Finder;
pub(crate) use following::{Follower, Signal};
pub(crate) use index::Index;

/// Looks for what was said. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Searcher {
    shared: Arc<Shared>,
}

struct Shared {
    log: PathBuf,
    index: PathBuf,
    /// Whether there is an index. Written while its file is changed: nobody looks meanwhile.
    is_there: RwLock<bool>,
    idle: Mutex<Vec<Finder>>,
    places: Semaphore,
    /// Searches that run or wait.
    asked: AtomicUsize,
    signal: Signal,
}

impl Searcher {
    /// Looks into the log at `log`; its index is beside it. [`Follower::start`] fills it.
    pub(crate) fn new(log: &Path) -> Searcher {
        let shared = Shared {
            log: log.to_owned(),
            index: log.with_file_name("search.db"),
            is_there: RwLock::new(false),
            idle: Mutex::default(),
            places: Semaphore::new(SEARCHERS),
            asked: AtomicUsize::new(0),
            signal: Signal::default(),
        };
        Searcher {
            shared: Arc::new(shared),
        }
    }

    /// For the writer of the log: to say that it has written.
    pub(crate) fn signal(&self) -> Signal {
        self.shared.signal.clone()
    }

    /// Looks for something in what `scope` allows, on a thread for such things.
    ///
    /// # Errors
    /// [`SearchFault`]; nothing is known then.
    pub(crate) async fn find(&self, scope: Scope, search: Search) -> Result<Found, SearchFault> {
        let _asked = Asked::one_more(&self.shared.asked).ok_or(SearchFault::Busy)?;
        let Ok(_place) = self.shared.places.acquire().await else {
            return Err(SearchFault::Failed);
        };
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || shared.find(&scope, &search))
            .await
            .unwrap_or(Err(SearchFault::Failed))
    }

    /// The same on this thread.
    pub(crate) fn find_here(&self, scope: &Scope, search: &Search) -> Result<Found, SearchFault> {
        self.shared.find(scope, search)
    }

    /// Changes the index without a follower.
    pub(crate) fn index_here(
        &self,
        change: impl FnOnce(&Path) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        self.shared.exchange(|| change(&self.shared.index))
    }
}

/// Counts who looks or waits.
struct Asked<'a>(&'a AtomicUsize);

impl<'a> Asked<'a> {
    fn one_more(count: &'a AtomicUsize) -> Option<Asked<'a>> {
        let asked = Asked(count);
        (count.fetch_add(1, Ordering::Relaxed) < SEARCHES_MAX).then_some(asked)
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    fn find(&self, scope: &Scope, search: &Search) -> Result<Found, SearchFault> {
        let is_there = self.is_there.read().unwrap_or_else(PoisonError::into_inner);
        let found = self.try_find(*is_there, scope, search);
        drop(is_there);
        found.map_err(|error| {
            tracing::error!("the log could not be searched: {error}");
            if index::is_damage(&error) {
                self.signal.damaged();
            }
            SearchFault::Failed
        })
    }

    fn try_find(&self, is_there: bool, scope: &Scope, search: &Search) -> rusqlite::Result<Found> {
        let idle = self.idle().pop();
        let mut finder = if let Some(finder) = idle {
            finder
        } else {
            let index = is_there.then(|| index::reader(&self.index)).transpose()?;
            Finder::new(index, Log::open(&self.log)?)
        };
        let found = finder.find(scope, search)?;
        // Only connections that have just worked are kept.
        self.idle().push(finder);
        Ok(found)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Finder>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the index's file while nobody looks into it; whether there is one then.
    fn exchange<T>(&self, change: impl FnOnce() -> rusqlite::Result<T>) -> rusqlite::Result<T> {
        let mut is_there = self
            .is_there
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        self.idle().clear();
        *is_there = false;
        let changed = change()?;
        *is_there = true;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests;
