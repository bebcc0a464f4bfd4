//! The end of a stage: what each of the honest ones has to say.

use std::collections::{HashMap, HashSet};

use crate::forms::Reach;
use crate::people::Seen;
use crate::stage::{HONEST, HOSTILE, Stage};
use crate::watcher::Watcher;

impl Stage {
    /// The end: `gone` hostile ones of whose going others are told have gone. The words of the hostile ones that were
    /// heard, in their order.
    pub(crate) async fn ends_well(mut self, gone: usize) -> Vec<String> {
        self.is_clean(gone).await;
        self.talk().await;
        self.nothing_failed();
        for watcher in self.all() {
            watcher.catch_up().await;
        }
        let is_honest = |text: &str| text.starts_with(HONEST);
        for watcher in self.all() {
            watcher.was_undisturbed(is_honest);
            let refused = watcher.count(|seen| matches!(seen, Seen::Refused(..)));
            assert_eq!(refused, 0, "{:?} was refused something", watcher.socket);
        }
        for watcher in self.told() {
            assert_eq!(
                watcher.told_to_go(),
                gone,
                "{:?} was told of them going",
                watcher.socket
            );
        }
        self.counters_are_right();
        let heard = self.hostile_words();
        self.all_hear_one_order();
        heard
    }

    /// The server has no fault to report.
    fn nothing_failed(&self) {
        let folder = self.room.folder().expect("the server is ours");
        let log = std::fs::read_to_string(folder.join("log.txt")).expect("a log");
        for fault in ["panicked", "a session failed"] {
            assert!(!log.contains(fault), "{fault}:\n{log}");
        }
    }

    /// What the hostile ones said came to their hearers only, to all of them the same, each word once and in its order.
    fn hostile_words(&mut self) -> Vec<String> {
        let is_hostile = |text: &str| text.starts_with(HOSTILE);
        let words = |watcher: &Watcher| -> Vec<String> {
            let words = watcher.words(is_hostile);
            words.into_iter().map(str::to_owned).collect()
        };
        let heard: Vec<_> = self.hearers().iter().map(|one| words(one)).collect();
        let all: usize = self.all().map(|one| words(one).len()).sum();
        assert_eq!(
            all,
            heard.iter().map(Vec::len).sum::<usize>(),
            "others heard"
        );
        for other in &heard[1..] {
            assert_eq!(heard[0], *other, "the hearers heard different things");
        }
        let mut next = HashMap::new();
        for word in &heard[0] {
            let word = word.split(' ').nth(1).expect("a number");
            let (who, number) = word.split_once('-').expect("two numbers");
            let due = next.entry(who.to_owned()).or_insert(0);
            assert_eq!(number.parse(), Ok(*due), "{word} is lost, doubled or late");
            *due += 1;
        }
        heard.into_iter().next().unwrap_or_default()
    }

    /// Those in one topic heard the same order; of their own words, only who is told them.
    fn all_hear_one_order(&mut self) {
        if self.form.reach != Reach::Topic {
            return;
        }
        let orders: Vec<Vec<String>> = (self.hearers().iter())
            .map(|one| one.words(|text| text.starts_with('h')))
            .map(|words| words.into_iter().map(str::to_owned).collect())
            .collect();
        let [anns, bobs, miras] = orders.as_slice() else {
            unreachable!("three hear what is said in a topic");
        };
        for order in [anns, bobs] {
            let known: HashSet<_> = order.iter().collect();
            let common: Vec<_> = miras.iter().filter(|word| known.contains(word)).collect();
            assert_eq!(common, order.iter().collect::<Vec<_>>(), "two orders");
        }
    }

    /// A counter moves by one, and ends with the honest ones.
    fn counters_are_right(&mut self) {
        let counts = |watcher: &Watcher| -> Vec<u64> {
            let counts = watcher.seen.iter().filter_map(|seen| match seen {
                Seen::Count(count) => Some(*count),
                _ => None,
            });
            counts.collect()
        };
        for watcher in self.all() {
            let counts = counts(watcher);
            for two in counts.windows(2) {
                assert_eq!(two[0].abs_diff(two[1]), 1, "{counts:?}");
            }
            assert!(counts.last().is_none_or(|last| *last == 2), "{counts:?}");
        }
    }
}
