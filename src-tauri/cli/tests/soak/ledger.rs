//! What happened, in one order of moments.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::support::until;
use crate::tongue::{OBSERVED, Tongue};

/// A moment of this process; rises.
pub(crate) type Moment = u64;

/// Counts moments, and holds everything that was said and heard.
#[derive(Default)]
pub(crate) struct Ledger {
    clock: AtomicU64,
    pages: Mutex<Pages>,
}

#[derive(Default)]
pub(crate) struct Pages {
    pub(crate) said: HashMap<String, Said>,
    pub(crate) stays: Vec<Stay>,
    /// What the observer heard, in each place in its order.
    pub(crate) observed: BTreeMap<String, Vec<String>>,
}

/// A message.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) tongue: Tongue,
    pub(crate) n: usize,
    pub(crate) place: String,
    pub(crate) stay: u64,
    /// The how manyeth of its stay.
    pub(crate) number: u32,
    pub(crate) from: Moment,
    /// When it was surely told to everybody; none if its author did not stay for that, or it was refused.
    pub(crate) until: Option<Moment>,
    pub(crate) is_observed: bool,
}

/// A connection's time in a place.
#[derive(Debug)]
pub(crate) struct Stay {
    pub(crate) id: u64,
    pub(crate) tongue: Tongue,
    /// Everybody in the place hears what is said there.
    pub(crate) is_open: bool,
    /// Which client of its dialect it is.
    pub(crate) n: usize,
    pub(crate) place: String,
    /// It began to come in …
    pub(crate) began: Moment,
    /// … was surely in …
    pub(crate) entered: Moment,
    /// … until here at least.
    pub(crate) left: Moment,
    pub(crate) heard: Vec<(String, Moment)>,
}

impl Ledger {
    pub(crate) fn now(&self) -> Moment {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    pub(crate) fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn said(&self, text: &str, said: Said) {
        self.pages().said.insert(text.to_owned(), said);
    }

    /// The author knows now that it was told.
    pub(crate) fn settled(&self, text: &str) {
        let now = self.now();
        if let Some(said) = self.pages().said.get_mut(text) {
            said.until = Some(now);
        }
    }

    pub(crate) fn stayed(&self, stay: Stay) {
        self.pages().stays.push(stay);
    }

    pub(crate) fn observed(&self, place: &str, text: &str) {
        let mut pages = self.pages();
        if let Some(said) = pages.said.get_mut(text) {
            said.is_observed = true;
        }
        let order = pages.observed.entry(place.to_owned()).or_default();
        order.push(text.to_owned());
    }

    pub(crate) fn spoke(&self, tongue: Tongue) -> bool {
        let pages = self.pages();
        let mut said = pages.said.values();
        said.any(|said| said.tongue == tongue && said.until.is_some())
    }

    /// What was told to everybody where the observer is reaches the observer.
    pub(crate) async fn wait_for_the_rest(&self) {
        until("the observer hears the rest", async || {
            let pages = self.pages();
            pages.said.values().all(|said| {
                let is_due = OBSERVED.contains(&said.place.as_str()) && said.until.is_some();
                !is_due || said.is_observed
            })
        })
        .await;
    }
}
