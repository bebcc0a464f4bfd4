//! What happened, in one order of moments, and what follows from it: who had to hear what.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::support::until;
use crate::tongue::Tongue;

/// A moment of this process; rises.
pub(crate) type Moment = u64;

/// Counts moments, and holds everything that was said and heard.
#[derive(Default)]
pub(crate) struct Ledger {
    clock: AtomicU64,
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    said: HashMap<String, Said>,
    stays: Vec<Stay>,
    /// What the observer heard, in each place in its order, and when.
    order: HashMap<String, Vec<(String, Moment)>>,
}

/// A message.
#[derive(Clone)]
pub(crate) struct Said {
    pub(crate) tongue: Tongue,
    pub(crate) place: String,
    pub(crate) stay: u64,
    pub(crate) from: Moment,
    /// When it was surely told to everybody; none if its author did not stay for that.
    pub(crate) until: Option<Moment>,
    /// Its author did not wait to see what becomes of it.
    pub(crate) is_cut: bool,
}

/// A connection's time in a place.
pub(crate) struct Stay {
    pub(crate) id: u64,
    pub(crate) tongue: Tongue,
    pub(crate) place: String,
    /// It began to come in …
    pub(crate) began: Moment,
    /// … was surely in …
    pub(crate) entered: Moment,
    /// … until here at least.
    pub(crate) left: Moment,
    pub(crate) heard: Vec<String>,
}

impl Ledger {
    pub(crate) fn now(&self) -> Moment {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn said(&self, text: &str, said: Said) {
        self.pages().said.insert(text.to_owned(), said);
    }

    /// The author knows now that it was told.
    pub(crate) fn settled(&self, text: &str) {
        let now = self.now();
        if let Some(said) = self.pages().said.get_mut(text) {
            said.until.get_or_insert(now);
        }
    }

    pub(crate) fn stayed(&self, stay: Stay) {
        self.pages().stays.push(stay);
    }

    pub(crate) fn observed(&self, place: &str, text: &str) {
        let now = self.now();
        let mut pages = self.pages();
        if let Some(said) = pages.said.get_mut(text) {
            said.until = Some(now);
        }
        pages
            .order
            .entry(place.to_owned())
            .or_default()
            .push((text.to_owned(), now));
    }

    pub(crate) fn is_observed(&self, text: &str) -> bool {
        self.pages()
            .said
            .get(text)
            .is_some_and(|said| said.until.is_some())
    }

    pub(crate) fn spoke(&self, tongue: Tongue) -> bool {
        self.pages()
            .said
            .values()
            .any(|said| said.tongue == tongue && said.until.is_some())
    }

    /// What was said in the open and not given up reaches the observer.
    pub(crate) async fn wait_for_the_rest(&self) {
        until("the observer hears the rest", async || {
            let pages = self.pages();
            pages
                .said
                .values()
                .all(|said| !said.tongue.is_open() || said.is_cut || said.until.is_some())
        })
        .await;
    }

    /// Every message reached exactly those it should, and everybody heard one order.
    pub(crate) fn check(&self) -> String {
        let pages = self.pages();
        let mut places: HashMap<&str, HashMap<&str, usize>> = HashMap::new();
        for (place, texts) in &pages.order {
            let order: HashMap<&str, usize> = texts
                .iter()
                .enumerate()
                .map(|(n, (text, _))| (&**text, n))
                .collect();
            assert_eq!(
                order.len(),
                texts.len(),
                "the observer heard something twice in {place}"
            );
            places.insert(place, order);
        }
        let mut deliveries = 0;
        for stay in &pages.stays {
            let unique: HashSet<&String> = stay.heard.iter().collect();
            assert_eq!(
                unique.len(),
                stay.heard.len(),
                "{:?} {} heard something twice: {:?}",
                stay.tongue,
                stay.id,
                stay.heard
            );
            deliveries += stay.heard.len();
            for text in &stay.heard {
                let said = pages
                    .said
                    .get(text)
                    .unwrap_or_else(|| panic!("nobody said {text}"));
                assert_eq!(said.place, stay.place, "{text} left its place");
                let was_there = said.until.is_none_or(|until| stay.began <= until);
                assert!(
                    was_there,
                    "{text} reached {:?} {}, who was not there",
                    stay.tongue, stay.id
                );
                if said.stay == stay.id {
                    assert_eq!(said.tongue.echoes(), 1, "{text} came back to its author");
                }
            }
            if let Some(order) = places.get(&*stay.place) {
                let heard: Vec<usize> = stay
                    .heard
                    .iter()
                    .filter_map(|text| order.get(&**text).copied())
                    .collect();
                assert!(
                    heard.is_sorted(),
                    "{:?} {} heard another order",
                    stay.tongue,
                    stay.id
                );
            }
            let missing = first_missing(&pages, stay, &unique);
            assert_eq!(
                missing, None,
                "{:?} {} did not hear it",
                stay.tongue, stay.id
            );
        }
        private_reached_two_at_most(&pages);
        format!(
            "{} sessions, {} messages, {deliveries} deliveries checked",
            pages.stays.len(),
            pages.said.len()
        )
    }

    /// What a stay had to hear by now and has not.
    pub(crate) fn still_due(&self, stay: &Stay) -> Option<String> {
        let heard: HashSet<&String> = stay.heard.iter().collect();
        first_missing(&self.pages(), stay, &heard).map(ToOwned::to_owned)
    }
}

/// Whoever was in a place all the while has to have heard it. Who was in a private room together, only the server knows.
fn first_missing<'a>(pages: &'a Pages, stay: &Stay, heard: &HashSet<&String>) -> Option<&'a str> {
    if stay.tongue == Tongue::Private {
        return None;
    }
    let mut due = pages.said.iter().filter(|(_, said)| {
        let all_the_while = said
            .until
            .is_some_and(|until| stay.entered <= said.from && until <= stay.left);
        let is_mine = said.stay == stay.id;
        said.place == stay.place && all_the_while && (!is_mine || said.tongue.echoes() == 1)
    });
    due.find(|(text, _)| !heard.contains(text))
        .map(|(text, _)| &**text)
}

/// A private text is its two's: at most one other session ever has it.
fn private_reached_two_at_most(pages: &Pages) {
    let mut others: HashMap<&str, usize> = HashMap::new();
    for stay in pages.stays.iter().filter(|stay| !stay.tongue.is_open()) {
        for text in &stay.heard {
            if pages.said[text].stay != stay.id {
                *others.entry(text).or_default() += 1;
            }
        }
    }
    for (text, count) in &others {
        assert_eq!(*count, 1, "{text} reached {count} others");
    }
}
