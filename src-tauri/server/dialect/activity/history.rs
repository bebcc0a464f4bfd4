//! What happened in the lobby since the start, in memory, each entry as `activity` clients read it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::Instant;

/// Most entries; beyond it the oldest goes.
pub(super) const HISTORY_ENTRIES: usize = 1_000;
/// Most bytes of entries; beyond it the oldest goes.
pub(super) const HISTORY_BYTES: usize = 8 * 1024 * 1024;

/// The history.
#[derive(Default)]
pub(super) struct History(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Removes what is over, while anything here will be; and when it comes next.
    sweeper: Option<(Instant, AbortHandle)>,
}

struct Entry {
    text: Arc<str>,
    until: Option<Instant>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some((_, sweeper)) = self.sweeper.take() {
            sweeper.abort();
        }
    }
}

impl History {
    /// Adds an entry. `life`: it is gone after that. Inside a Tokio runtime.
    pub(super) fn push(self: &Arc<History>, text: String, life: Option<Duration>) {
        let until = life.map(|life| Instant::now() + life);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.bytes += text.len();
        kept.entries.push_back(Entry {
            text: text.into(),
            until,
        });
        while kept.entries.len() > HISTORY_ENTRIES || kept.bytes > HISTORY_BYTES {
            let Some(oldest) = kept.entries.pop_front() else {
                break;
            };
            kept.bytes -= oldest.text.len();
        }
        if let Some(until) = until
            && kept.sweeper.as_ref().is_none_or(|(next, _)| until < *next)
        {
            let sweeping = tokio::spawn(sweep(Arc::downgrade(self), until)).abort_handle();
            if let Some((_, later)) = kept.sweeper.replace((until, sweeping)) {
                later.abort();
            }
        }
    }

    /// All of it as a JSON array, oldest first.
    pub(super) fn as_json(&self) -> String {
        let texts: Vec<Arc<str>> = {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.remove_what_is_over();
            let texts = kept.entries.iter().map(|entry| entry.text.clone());
            texts.collect()
        };
        format!("[{}]", texts.join(","))
    }
}

impl Kept {
    /// Tells when the next entry is over.
    fn remove_what_is_over(&mut self) -> Option<Instant> {
        let now = Instant::now();
        self.entries
            .retain(|entry| entry.until.is_none_or(|until| now < until));
        self.bytes = self.entries.iter().map(|entry| entry.text.len()).sum();
        self.entries.iter().filter_map(|entry| entry.until).min()
    }
}

/// What is over is gone from memory too, whether anybody asks or not.
async fn sweep(history: Weak<History>, first: Instant) {
    let mut next = first;
    loop {
        tokio::time::sleep_until(next).await;
        let Some(history) = history.upgrade() else {
            return;
        };
        let mut kept = history.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(at) = kept.remove_what_is_over() else {
            kept.sweeper = None;
            return;
        };
        next = at;
        if let Some((next, _)) = &mut kept.sweeper {
            *next = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(history: &History) -> Vec<u64> {
        serde_json::from_str(&history.as_json()).unwrap()
    }

    #[test]
    fn it_keeps_a_thousand_and_the_oldest_goes() {
        let history = Arc::<History>::default();
        assert_eq!(history.as_json(), "[]");
        for number in 0..1_500 {
            history.push(number.to_string(), None);
        }
        let kept: Vec<u64> = (500..1_500).collect();
        assert_eq!(texts(&history), kept);
    }

    #[test]
    fn it_keeps_8_mib() {
        let history = Arc::<History>::default();
        let entry = format!("\"{}\"", "x".repeat(64 * 1024 - 2));
        for _ in 0..130 {
            history.push(entry.clone(), None);
        }
        let kept = history.0.lock().unwrap();
        assert_eq!((kept.entries.len(), kept.bytes), (128, HISTORY_BYTES));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_over_is_gone_from_memory() {
        let history = Arc::<History>::default();
        let life = |secs| Some(Duration::from_secs(secs));
        history.push("1".into(), life(30));
        history.push("2".into(), None);
        history.push("3".into(), life(60));
        history.push("4".into(), life(90));
        let held = || history.0.lock().unwrap().entries.len();
        tokio::time::sleep(Duration::from_secs(29)).await;
        assert_eq!(texts(&history), [1, 2, 3, 4]);
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert_eq!(held(), 3, "nobody asked, and yet it is gone");
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(held(), 1);
        history.push("5".into(), life(5));
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(held(), 1, "it sweeps again");
        assert_eq!(texts(&history), [2]);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_is_over_sooner_is_not_shown_meanwhile() {
        let history = Arc::<History>::default();
        history.push("1".into(), Some(Duration::from_mins(1)));
        history.push("2".into(), Some(Duration::from_secs(5)));
        tokio::time::sleep(Duration::from_secs(6)).await;
        let held = history.0.lock().unwrap().entries.len();
        assert_eq!(held, 1, "the sweeper comes for the soonest");
        assert_eq!(texts(&history), [1]);
    }
}
