//! The topics this member stays in, and getting into them again after every hello. A few at a time: a hundred answers
//! with their member lists would overrun the host's queue for one reader.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use landline_protocol::TopicName;
use landline_protocol::frame::{ClientFrame, JoinTopic};

use crate::Millis;
use crate::effect::Effect;

/// `JOIN_TOPIC`s that may wait for their answer; the others wait here.
const JOINS_IN_FLIGHT: usize = 8;
/// After this long without an answer a topic is asked for again.
pub(crate) const ANSWER_WITHIN_MS: Millis = 10_000;

/// Topics.
#[derive(Debug, Default)]
pub(crate) struct Joins {
    /// Stay in these; how long the messages of each live, if it has to be made (again).
    wanted: BTreeMap<TopicName, Option<u32>>,
    /// In these, in this session.
    here: HashSet<TopicName>,
    waiting: VecDeque<TopicName>,
    asked: HashMap<TopicName, Millis>,
    online: bool,
}

impl Joins {
    pub(crate) fn new(wanted: impl IntoIterator<Item = (TopicName, Option<u32>)>) -> Joins {
        Joins {
            wanted: wanted.into_iter().collect(),
            ..Joins::default()
        }
    }

    pub(crate) fn is_wanted(&self, topic: &TopicName) -> bool {
        self.wanted.contains_key(topic)
    }

    /// How long its messages live, if they disappear.
    pub(crate) fn ttl(&self, topic: &TopicName) -> Option<u32> {
        self.wanted.get(topic).copied().flatten()
    }

    pub(crate) fn is_here(&self, topic: &TopicName) -> bool {
        self.here.contains(topic)
    }

    /// Whether an answer is due.
    pub(crate) fn is_asked(&self, topic: &TopicName) -> bool {
        self.asked.contains_key(topic) || self.waiting.contains(topic)
    }

    /// Hello was answered: into all of them.
    pub(crate) fn online(&mut self, now: Millis, out: &mut Vec<Effect>) {
        self.online = true;
        self.waiting = self.wanted.keys().cloned().collect();
        self.pump(now, out);
    }

    /// The session is over.
    pub(crate) fn offline(&mut self) {
        self.online = false;
        self.here.clear();
        self.waiting.clear();
        self.asked.clear();
    }

    /// Stay in this topic from now on; asks again if it is here already (the person may want its members). Without a
    /// `ttl` the one that is known stays.
    pub(crate) fn join(
        &mut self,
        topic: &TopicName,
        ttl: Option<u32>,
        now: Millis,
        out: &mut Vec<Effect>,
    ) {
        let known = self.wanted.entry(topic.clone()).or_default();
        *known = ttl.or(*known);
        if self.online && !self.is_asked(topic) {
            self.waiting.push_back(topic.clone());
            self.pump(now, out);
        }
    }

    /// Out of this topic.
    pub(crate) fn leave(&mut self, topic: &TopicName) {
        self.wanted.remove(topic);
        self.here.remove(topic);
        self.waiting.retain(|waiting| waiting != topic);
        self.asked.remove(topic);
    }

    /// The host says it is not in this topic after all.
    pub(crate) fn lost(&mut self, topic: &TopicName, now: Millis, out: &mut Vec<Effect>) {
        self.here.remove(topic);
        self.join(topic, None, now, out);
    }

    /// In the topic, which is of this kind; whether that is news.
    pub(crate) fn joined(
        &mut self,
        topic: &TopicName,
        ttl: Option<u32>,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> bool {
        self.asked.remove(topic);
        self.here.insert(topic.clone());
        self.pump(now, out);
        let known = self.wanted.get_mut(topic);
        known.is_some_and(|known| std::mem::replace(known, ttl) != ttl)
    }

    /// Refused; whether it was asked for at all.
    pub(crate) fn refused(
        &mut self,
        topic: &TopicName,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> bool {
        let was_asked = self.asked.remove(topic).is_some();
        if was_asked {
            self.wanted.remove(topic);
            self.pump(now, out);
        }
        was_asked
    }

    pub(crate) fn tick(&mut self, now: Millis, out: &mut Vec<Effect>) {
        let late: Vec<TopicName> = self
            .asked
            .iter()
            .filter(|(_, at)| now >= **at + ANSWER_WITHIN_MS)
            .map(|(topic, _)| topic.clone())
            .collect();
        for topic in late {
            self.asked.remove(&topic);
            self.waiting.push_back(topic);
        }
        self.pump(now, out);
    }

    pub(crate) fn wake(&self) -> Option<Millis> {
        self.asked.values().min().map(|at| at + ANSWER_WITHIN_MS)
    }

    fn pump(&mut self, now: Millis, out: &mut Vec<Effect>) {
        while self.asked.len() < JOINS_IN_FLIGHT
            && let Some(topic) = self.waiting.pop_front()
        {
            self.asked.insert(topic.clone(), now);
            out.push(Effect::Send(ClientFrame::JoinTopic(JoinTopic {
                topic: topic.to_string(),
                ttl: self.wanted.get(&topic).copied().flatten(),
            })));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(out: &mut Vec<Effect>) -> Vec<String> {
        out.drain(..)
            .map(|effect| match effect {
                Effect::Send(ClientFrame::JoinTopic(frame)) => frame.topic,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn many_topics_are_joined_a_few_at_a_time_and_all_of_them() {
        let topics: Vec<TopicName> = (0..50)
            .map(|n| format!("t{n:02}").parse().unwrap())
            .collect();
        let wanted = topics.iter().map(|topic| (topic.clone(), None));
        let (mut joins, mut out, mut order) = (Joins::new(wanted), Vec::new(), Vec::new());
        joins.online(0, &mut out);
        loop {
            let round = asked(&mut out);
            assert!(round.len() <= JOINS_IN_FLIGHT);
            order.extend(round);
            let Some(next) = order
                .iter()
                .map(|t| t.parse().unwrap())
                .find(|t| !joins.is_here(t))
            else {
                break;
            };
            joins.joined(&next, None, 1, &mut out);
        }
        assert_eq!(
            order,
            topics.iter().map(ToString::to_string).collect::<Vec<_>>()
        );
        assert_eq!(joins.wake(), None);
    }

    #[test]
    fn an_unanswered_join_is_asked_again_and_a_refused_one_is_forgotten() {
        let topic: TopicName = "den".parse().unwrap();
        let (mut joins, mut out) = (Joins::default(), Vec::new());
        joins.join(&topic, None, 0, &mut out);
        assert!(out.is_empty(), "offline it is only remembered");
        joins.online(0, &mut out);
        assert_eq!(asked(&mut out), ["den"]);
        joins.tick(ANSWER_WITHIN_MS, &mut out);
        assert_eq!(asked(&mut out), ["den"]);
        assert!(joins.refused(&topic, 0, &mut out) && !joins.is_wanted(&topic));
        assert!(
            !joins.refused(&topic, 0, &mut out),
            "somebody else's refusal"
        );
    }

    #[test]
    fn a_disappearing_topic_is_made_again_as_one() {
        let topic: TopicName = "whispers".parse().unwrap();
        let asked_for = |out: &mut Vec<Effect>| match out.pop() {
            Some(Effect::Send(ClientFrame::JoinTopic(frame))) => frame.ttl,
            other => panic!("{other:?}"),
        };
        let (mut joins, mut out) = (Joins::default(), Vec::new());
        joins.online(0, &mut out);
        joins.join(&topic, Some(30), 0, &mut out);
        assert_eq!(asked_for(&mut out), Some(30));
        assert!(
            joins.joined(&topic, Some(60), 0, &mut out),
            "the one that was there has its own"
        );
        joins.join(&topic, None, 0, &mut out);
        assert_eq!(asked_for(&mut out), Some(60));
        assert!(
            joins.joined(&topic, None, 0, &mut out),
            "somebody made a lasting one"
        );
        joins.offline();
        joins.online(0, &mut out);
        assert_eq!(asked_for(&mut out), None);
    }
}
