//! The names of those who are in a topic: one set a topic, and a number for whoever finds theirs taken.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use landline_protocol::TopicName;

/// The topic holds as many as it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// All of them.
pub(super) struct Names {
    max: usize,
    by_topic: Mutex<HashMap<TopicName, HashSet<String>>>,
}

impl Names {
    /// `max`: how many one topic holds.
    pub(super) fn new(max: usize) -> Names {
        Names {
            max,
            by_topic: Mutex::default(),
        }
    }

    /// Takes `wanted`, or it with the lowest free number from `first_suffix` on.
    pub(super) fn take(
        self: &Arc<Names>,
        topic: &TopicName,
        wanted: &str,
        first_suffix: u32,
    ) -> Result<Seat, Full> {
        let mut by_topic = self.lock();
        let taken = by_topic.entry(topic.clone()).or_default();
        if taken.len() >= self.max {
            return Err(Full);
        }
        let with_suffix = (first_suffix..).map(|n| format!("{wanted}#{n}"));
        let name = std::iter::once(wanted.to_owned())
            .chain(with_suffix)
            .find(|name| !taken.contains(name))
            .expect("the set is finite and the numbers are not");
        taken.insert(name.clone());
        Ok(Seat {
            names: self.clone(),
            topic: topic.clone(),
            name,
        })
    }

    /// Whether somebody in `topic` is called so.
    pub(super) fn has(&self, topic: &TopicName, name: &str) -> bool {
        let by_topic = self.lock();
        by_topic
            .get(topic)
            .is_some_and(|taken| taken.contains(name))
    }

    /// How many people are in how many topics.
    pub(super) fn count(&self) -> (usize, usize) {
        let by_topic = self.lock();
        let people = by_topic.values().map(HashSet::len).sum();
        (people, by_topic.len())
    }

    fn release(&self, topic: &TopicName, name: &str) {
        let mut by_topic = self.lock();
        if let Some(taken) = by_topic.get_mut(topic) {
            taken.remove(name);
            if taken.is_empty() {
                by_topic.remove(topic);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TopicName, HashSet<String>>> {
        self.by_topic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A name in a topic; free again when this is dropped, however that comes about.
pub(super) struct Seat {
    names: Arc<Names>,
    topic: TopicName,
    name: String,
}

impl Seat {
    pub(super) fn topic(&self) -> &TopicName {
        &self.topic
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.names.release(&self.topic, &self.name);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topic(n: u8) -> TopicName {
        format!("topic_{n}").parse().unwrap()
    }

    #[test]
    fn the_lowest_free_number_is_given_and_given_again() {
        let names = Arc::new(Names::new(100));
        let take = |first| names.take(&topic(0), "alice", first).unwrap();
        let (plain, one, two) = (take(1), take(1), take(2));
        assert_eq!(
            [plain.name(), one.name(), two.name()],
            ["alice", "alice#1", "alice#2"]
        );
        drop(one);
        assert_eq!(take(2).name(), "alice#3");
        let one = take(1);
        assert_eq!(one.name(), "alice#1");
        assert!(names.has(&topic(0), "alice#1") && !names.has(&topic(1), "alice#1"));
        drop((plain, one, two));
        assert_eq!(names.count(), (0, 0));
    }

    #[test]
    fn a_full_topic_takes_nobody_until_somebody_goes() {
        let names = Arc::new(Names::new(2));
        let mut seats: Vec<Seat> = (0..2)
            .map(|_| names.take(&topic(0), "bob", 1).unwrap())
            .collect();
        assert_eq!(names.take(&topic(0), "carol", 1).err(), Some(Full));
        assert!(
            names.take(&topic(1), "carol", 1).is_ok(),
            "other topics do not matter"
        );
        seats.pop();
        assert!(names.take(&topic(0), "carol", 1).is_ok());
    }

    proptest! {
        /// Against a list that is searched from its beginning for each.
        #[test]
        fn names_are_those_of_a_naive_model(
            steps in prop::collection::vec((0u8..3, 0u8..3, prop_oneof![Just(1u32), Just(2)], any::<prop::sample::Index>(), 0u8..3), 1..200),
        ) {
            let names = Arc::new(Names::new(20));
            let mut seats: Vec<Seat> = Vec::new();
            let mut model: Vec<(u8, String)> = Vec::new();
            for (t, who, first, index, what) in steps {
                if what == 0 && !seats.is_empty() {
                    let gone = index.index(seats.len());
                    seats.remove(gone);
                    model.remove(gone);
                    continue;
                }
                let wanted = ["alice", "bob", "carol"][usize::from(who)];
                let seat = names.take(&topic(t), wanted, first);
                if model.iter().filter(|(topic, _)| *topic == t).count() == 20 {
                    prop_assert_eq!(seat.err(), Some(Full));
                    continue;
                }
                let mut expected = wanted.to_owned();
                let mut n = first;
                while model.contains(&(t, expected.clone())) {
                    expected = format!("{wanted}#{n}");
                    n += 1;
                }
                let seat = seat.unwrap();
                prop_assert_eq!(seat.name(), &expected);
                seats.push(seat);
                model.push((t, expected));
            }
            let mut topics: Vec<u8> = model.iter().map(|(topic, _)| *topic).collect();
            topics.sort_unstable();
            topics.dedup();
            prop_assert_eq!(names.count(), (model.len(), topics.len()));
        }
    }
}
