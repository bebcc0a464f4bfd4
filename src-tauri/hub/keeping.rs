//! How long topics keep their messages: the host's rules, and where each log begins since the store removed something.
//!
//! Removing is the store's work, a little at a time. The hub says when, and tells those who are in the topic. Direct chats
//! are kept for ever: they belong to their two, not to the host. Decision 018.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use landline_protocol::{Keep, Keeps, Seq, Timestamp, TopicKeep, TopicName};

use crate::effect::{Audience, Effect, Event};
use crate::limits::{KEPT_TOLD_EVERY_MS, TRIM_EVERY_MS};
use crate::ports::{Kept, Record};
use crate::state::Hub;

/// What the host says about how long messages are kept. Without a rule: for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeepRule {
    /// In topics without a rule of their own.
    Usual(Option<Keep>),
    /// In this topic, whether it exists already or not.
    Own(TopicName, Option<Keep>),
    /// This topic has no rule of its own any more.
    AsUsual(TopicName),
}

/// The rules, and what they led to.
#[derive(Debug, Default)]
pub(crate) struct Keeping {
    usual: Option<Keep>,
    own: BTreeMap<TopicName, Option<Keep>>,
    /// Where the logs begin of which something was removed.
    oldest: HashMap<TopicName, Seq>,
    /// Topics about which something is to be told …
    changed: BTreeSet<TopicName>,
    /// … at this moment.
    tell_at: Option<Timestamp>,
    trim_at: Option<Timestamp>,
}

impl Keeping {
    pub(crate) fn new(kept: Kept) -> Keeping {
        let mut keeping = Keeping {
            oldest: kept.oldest.into_iter().collect(),
            ..Keeping::default()
        };
        for rule in kept.rules {
            keeping.set(rule);
        }
        keeping.trim_at = keeping.has_rules().then_some(Timestamp(0));
        keeping
    }

    /// How long the messages of this topic are kept.
    pub(crate) fn of(&self, topic: &TopicName) -> Option<Keep> {
        self.own.get(topic).copied().unwrap_or(self.usual)
    }

    /// `seq` of the oldest message that is kept; 1 if nothing was removed.
    pub(crate) fn oldest(&self, topic: &TopicName) -> Seq {
        self.oldest.get(topic).copied().unwrap_or(1)
    }

    /// When to look again.
    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        self.tell_at.into_iter().chain(self.trim_at).min()
    }

    fn has_rules(&self) -> bool {
        self.usual.is_some() || self.own.values().any(Option::is_some)
    }

    fn set(&mut self, rule: KeepRule) {
        match rule {
            KeepRule::Usual(keep) => self.usual = keep,
            KeepRule::Own(topic, keep) => {
                self.own.insert(topic, keep);
            }
            KeepRule::AsUsual(topic) => {
                self.own.remove(&topic);
            }
        }
    }

    fn tell(&mut self, topic: TopicName, at: Timestamp) {
        self.changed.insert(topic);
        let at = self.tell_at.map_or(at, |before| before.min(at));
        self.tell_at = Some(at);
    }
}

impl Hub {
    /// How long a topic keeps its messages. What disappears is never stored, so no rule is about it.
    pub(crate) fn keep_of(&self, topic: &TopicName) -> Option<Keep> {
        let disappears = self
            .topics
            .get(topic)
            .is_some_and(|topic| topic.ttl_ms.is_some());
        if disappears {
            None
        } else {
            self.keeping.of(topic)
        }
    }

    /// The rules, for the host.
    pub fn keeps(&self) -> Keeps {
        let own = self.keeping.own.iter();
        Keeps {
            usual: self.keeping.usual,
            topics: own
                .map(|(topic, keep)| TopicKeep {
                    topic: topic.clone(),
                    keep: *keep,
                })
                .collect(),
        }
    }

    /// The host gives a rule; it holds from now on.
    pub(crate) fn keep(&mut self, rule: KeepRule, now: Timestamp) {
        let names: Vec<TopicName> = self.topics.list().cloned().collect();
        let rules_before: Vec<Option<Keep>> =
            names.iter().map(|name| self.keeping.of(name)).collect();
        self.keeping.set(rule.clone());
        for (name, before) in names.into_iter().zip(rules_before) {
            if self.keeping.of(&name) != before {
                self.keeping.tell(name, now);
            }
        }
        self.keeping.trim_at = self.keeping.has_rules().then_some(now);
        self.effects.push(Effect::Save(Record::Keep(rule)));
    }

    /// The store removed what was before these.
    pub(crate) fn trimmed(&mut self, topics: Vec<(TopicName, Seq)>, now: Timestamp) {
        for (topic, oldest) in topics {
            self.keeping.oldest.insert(topic.clone(), oldest);
            self.keeping
                .tell(topic, Timestamp(now.0 + KEPT_TOLD_EVERY_MS));
        }
    }

    /// Tells what changed, and has the store remove what is over, when the moment has come.
    pub(crate) fn keep_time(&mut self, now: Timestamp) {
        if self.keeping.tell_at.is_some_and(|at| at <= now) {
            self.keeping.tell_at = None;
            for topic in std::mem::take(&mut self.keeping.changed) {
                let Some(audience) = self.topics.audience(&topic) else {
                    continue;
                };
                let event = Event::TopicKept {
                    keep: self.keep_of(&topic),
                    oldest: self.keeping.oldest(&topic),
                    topic,
                };
                self.tell(Audience::Many(audience, None), event);
            }
        }
        if self.keeping.trim_at.is_some_and(|at| at <= now) {
            self.keeping.trim_at = Some(Timestamp(now.0 + TRIM_EVERY_MS));
            self.effects.push(Effect::Trim(now));
        }
    }
}
