//! A conversation, and what everybody is to have of it in the end: all of it, each message once, the words of each author
//! in their order, and all of them in one order for everybody.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use crate::people::{PATIENCE, frame, message};
use crate::process::Process;

/// Longest time until everybody has everything once the weather is fair: a dead link is noticed after 12 s, the next try
/// comes within 5 s, and on a bad link the first may fail.
const HEALED_WITHIN: Duration = Duration::from_secs(90);
/// After the last one, so long is listened for one too many.
const QUIET: Duration = Duration::from_millis(700);

/// Who speaks and listens.
pub(crate) struct Talk {
    name: &'static str,
    people: Vec<(&'static str, Process)>,
    said: BTreeMap<&'static str, u32>,
    heard: BTreeMap<&'static str, Vec<String>>,
}

impl Talk {
    /// People who have joined and heard nothing yet.
    pub(crate) fn of(name: &'static str, people: Vec<(&'static str, Process)>) -> Talk {
        Talk {
            name,
            people,
            said: BTreeMap::new(),
            heard: BTreeMap::new(),
        }
    }

    /// The one of this name.
    pub(crate) fn process(&mut self, who: &str) -> &mut Process {
        let mut people = self.people.iter_mut();
        let (_, process) = people
            .find(|(name, _)| *name == who)
            .expect("they are here");
        process
    }

    /// Everybody says one thing.
    pub(crate) fn round(&mut self) {
        for (who, process) in &mut self.people {
            let number = self.said.entry(who).or_default();
            process.say(&format!("{who} {number}"));
            *number += 1;
        }
    }

    /// Talks on until `end`, so many times a second: the pace of a conversation, not a wait for something to be true.
    pub(crate) fn until(&mut self, end: Instant, every: Duration) {
        let mut next = Instant::now();
        while next < end {
            self.round();
            next += every;
            self.listen(next);
        }
    }

    fn listen(&mut self, until: Instant) {
        for (who, process) in &mut self.people {
            let lines = process.lines_until(until);
            let heard = self.heard.entry(who).or_default();
            heard.extend(lines.iter().filter_map(message));
        }
    }

    /// Waits until everybody has everything; how long that took, and checks how.
    pub(crate) fn settle(&mut self) -> Duration {
        let since = Instant::now();
        let all = self.said.values().sum::<u32>();
        let count = usize::try_from(all).expect("a small number");
        for (who, process) in &mut self.people {
            let heard = self.heard.entry(who).or_default();
            while heard.len() < count {
                let what = format!("{}: message {} of {count}", self.name, heard.len() + 1);
                heard.push(process.wait_for(&what, HEALED_WITHIN, message));
            }
        }
        let took = since.elapsed();
        self.listen(Instant::now() + QUIET);
        self.check(count);
        for (_, process) in &mut self.people {
            process.say("/list");
            process.wait_for("MEMBERS", PATIENCE, |line| frame(line, "MEMBERS"));
        }
        took
    }

    fn check(&self, count: usize) {
        let mut orders = self.heard.iter();
        let (first, order) = orders.next().expect("somebody is here");
        for (who, heard) in &self.heard {
            let once: HashSet<&String> = heard.iter().collect();
            assert_eq!(
                (heard.len(), once.len()),
                (count, count),
                "{}: {who} heard each message once",
                self.name
            );
            assert!(
                heard == order,
                "{}: {who} and {first} heard one order",
                self.name
            );
        }
        for (author, said) in &self.said {
            let start = format!("{author} ");
            let theirs = order.iter().filter_map(|text| text.strip_prefix(&start));
            let expected: Vec<String> = (0..*said).map(|number| number.to_string()).collect();
            assert!(
                theirs.eq(expected.iter()),
                "{}: {author}'s words are in their order: {order:?}",
                self.name
            );
        }
    }
}
