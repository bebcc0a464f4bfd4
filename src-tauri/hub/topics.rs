//! Topics: who is in them, and who is told.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use landline_protocol::{
    Code, DisplayName, Position, Timestamp, TopicName, UserId,
    limits::{MEMBERS_LISTED, TOPICS_JOINED_MAX, TOPICS_MAX},
};

use crate::command::{ChatKey, Join, SessionId};
use crate::effect::{Audience, Event, Refusal, TopicSummary};
use crate::fleeting::Living;
use crate::guests::GuestsHere;
use crate::state::Hub;

/// All topics. One without a message and without a member is gone.
#[derive(Default)]
pub(crate) struct Topics {
    by_name: HashMap<TopicName, Topic>,
    by_age: BTreeMap<u64, TopicName>,
    made: u64,
    pub(crate) changed: BTreeSet<TopicName>,
}

#[derive(Default)]
pub(crate) struct Topic {
    age: u64,
    head: Option<Position>,
    pub(crate) ttl_ms: Option<i64>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_activity: Timestamp,
    /// What it holds in memory.
    pub(crate) living: Living,
    pub(crate) guests: GuestsHere,
    /// How many sessions of each person are in it.
    people: BTreeMap<UserId, usize>,
    sessions: BTreeSet<SessionId>,
    audience: Option<Arc<[SessionId]>>,
    joined: BTreeSet<UserId>,
    left: BTreeSet<UserId>,
}

impl Topics {
    pub(crate) fn exists(&self, name: &TopicName) -> bool {
        self.by_name.contains_key(name)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_name.len()
    }

    pub(crate) fn head(&self, name: &TopicName) -> Option<Position> {
        self.by_name.get(name)?.head
    }

    pub(crate) fn get(&self, name: &TopicName) -> Option<&Topic> {
        self.by_name.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &TopicName) -> Option<&mut Topic> {
        self.by_name.get_mut(name)
    }

    pub(crate) fn set_head(&mut self, name: &TopicName, head: Position, at: Timestamp) {
        let topic = self.make(name, at);
        topic.head = Some(head);
        topic.last_activity = at;
    }

    pub(crate) fn list(&self) -> impl Iterator<Item = &TopicName> {
        self.by_age.values()
    }

    /// The sessions in a topic; shared until somebody comes or goes.
    pub(crate) fn audience(&mut self, name: &TopicName) -> Option<Arc<[SessionId]>> {
        let topic = self.by_name.get_mut(name)?;
        Some(
            topic
                .audience
                .get_or_insert_with(|| topic.sessions.iter().copied().collect())
                .clone(),
        )
    }

    pub(crate) fn make(&mut self, name: &TopicName, now: Timestamp) -> &mut Topic {
        self.by_name.entry(name.clone()).or_insert_with(|| {
            self.made += 1;
            self.by_age.insert(self.made, name.clone());
            Topic {
                age: self.made,
                created_at: now,
                last_activity: now,
                ..Topic::default()
            }
        })
    }

    fn join(&mut self, name: &TopicName, user: UserId, session: SessionId, now: Timestamp) {
        let topic = self.make(name, now);
        topic.sessions.insert(session);
        topic.audience = None;
        let sessions = topic.people.entry(user).or_default();
        *sessions += 1;
        if *sessions == 1 && !topic.left.remove(&user) {
            topic.joined.insert(user);
        }
        self.changed.insert(name.clone());
    }

    pub(crate) fn leave(&mut self, name: &TopicName, user: UserId, session: SessionId) {
        let Some(topic) = self.by_name.get_mut(name) else {
            return;
        };
        topic.sessions.remove(&session);
        topic.audience = None;
        if let Some(sessions) = topic.people.get_mut(&user) {
            *sessions -= 1;
            if *sessions == 0 {
                topic.people.remove(&user);
                if !topic.joined.remove(&user) {
                    topic.left.insert(user);
                }
            }
        }
        self.changed.insert(name.clone());
        self.drop_if_done(name);
    }

    /// A guest comes: nobody is told of it as of a member.
    pub(crate) fn add_session(&mut self, name: &TopicName, session: SessionId) {
        if let Some(topic) = self.by_name.get_mut(name) {
            topic.sessions.insert(session);
            topic.audience = None;
        }
    }

    /// A guest goes.
    pub(crate) fn remove_session(&mut self, name: &TopicName, session: SessionId) {
        if let Some(topic) = self.by_name.get_mut(name) {
            topic.sessions.remove(&session);
            topic.audience = None;
        }
        self.drop_if_done(name);
    }

    /// A topic that holds nothing on the disk is gone with its last member.
    fn drop_if_done(&mut self, name: &TopicName) {
        if let Some(topic) = self.by_name.get(name)
            && topic.sessions.is_empty()
            && topic.head.is_none()
        {
            self.by_age.remove(&topic.age);
            self.by_name.remove(name);
        }
    }

    fn member_count(&self, name: &TopicName) -> u32 {
        self.by_name.get(name).map_or(0, |topic| {
            u32::try_from(topic.people.len()).unwrap_or(u32::MAX)
        })
    }
}

impl Hub {
    pub(crate) fn join_topic(&mut self, session: SessionId, join: &Join, now: Timestamp) {
        let name = &join.topic;
        let here = &self.sessions[&session];
        let user = here.person.user_id;
        if !here.topics.contains(name) {
            let is_new = !self.topics.exists(name);
            let refused = |message| Refusal {
                topic: Some(name.clone()),
                ..Refusal::new(Code::LimitReached, message)
            };
            if here.topics.len() >= TOPICS_JOINED_MAX {
                return self.refuse(
                    session,
                    refused("You are in as many topics as one session may be in"),
                );
            }
            if is_new && self.topics.len() >= TOPICS_MAX {
                return self.refuse(
                    session,
                    refused("This room has as many topics as it can hold"),
                );
            }
            self.topics.join(name, user, session, now);
            if let Some(session) = self.sessions.get_mut(&session) {
                session.topics.insert(name.clone());
            }
            self.gather(now);
            if is_new {
                self.tell_new_topic(name, join.ttl_ms, session);
            }
        }
        let summary = self.topic_summary(name, Some(user));
        let (mut members, _) = self.members_after(name, None);
        if !members.iter().any(|(id, _)| *id == user) {
            members.pop();
            members.push((user, self.name_of(user)));
        }
        self.tell(
            Audience::One(session),
            Event::TopicJoined { summary, members },
        );
    }

    /// A topic was just made: what it is, and who learns of it.
    pub(crate) fn tell_new_topic(
        &mut self,
        name: &TopicName,
        ttl_ms: Option<i64>,
        maker: SessionId,
    ) {
        if let Some(topic) = self.topics.get_mut(name) {
            topic.ttl_ms = ttl_ms;
        }
        let topics = vec![self.topic_summary(name, None)];
        let others = Audience::Many(self.people.audience(), Some(maker));
        let complete = false;
        self.tell(others, Event::Topics { topics, complete });
    }

    pub(crate) fn leave_topic(&mut self, session: SessionId, name: &TopicName, now: Timestamp) {
        let Some(here) = self.sessions.get_mut(&session) else {
            return;
        };
        let user = here.person.user_id;
        if here.topics.remove(name) {
            self.topics.leave(name, user, session);
            self.gather(now);
        }
        self.tell(Audience::One(session), Event::TopicLeft(name.clone()));
    }

    pub(crate) fn list_topics(&mut self, session: SessionId) {
        let user = self.sessions[&session].person.user_id;
        let topics = self
            .topics
            .list()
            .map(|name| self.topic_summary(name, Some(user)))
            .collect();
        self.tell(
            Audience::One(session),
            Event::Topics {
                topics,
                complete: true,
            },
        );
    }

    pub(crate) fn list_members(
        &mut self,
        session: SessionId,
        topic: TopicName,
        after: Option<UserId>,
    ) {
        if !self.topics.exists(&topic) {
            let refusal = Refusal::new(Code::TopicNotFound, "There is no topic of this name");
            return self.refuse(
                session,
                Refusal {
                    topic: Some(topic),
                    ..refusal
                },
            );
        }
        let (members, more) = self.members_after(&topic, after);
        self.tell(
            Audience::One(session),
            Event::Members {
                topic,
                members,
                more,
            },
        );
    }

    pub(crate) fn topic_summary(&self, name: &TopicName, reader: Option<UserId>) -> TopicSummary {
        let key = ChatKey::Topic(name.clone());
        let topic = self.topics.get(name);
        let head = self.head(&key);
        TopicSummary {
            head,
            member_count: self.topics.member_count(name),
            guests: topic.map_or(0, |topic| topic.guests.count()),
            ttl_ms: topic.and_then(|topic| topic.ttl_ms),
            created_at: topic.map_or(Timestamp(0), |topic| topic.created_at),
            last_activity: topic.map_or(Timestamp(0), |topic| topic.last_activity),
            held: head.seq + topic.map_or(0, |topic| topic.living.len() as u64),
            read: reader.map_or(0, |user| self.marker(user, &key)),
            topic: name.clone(),
        }
    }

    fn members_after(
        &self,
        name: &TopicName,
        after: Option<UserId>,
    ) -> (Vec<(UserId, DisplayName)>, bool) {
        let Some(topic) = self.topics.by_name.get(name) else {
            return (Vec::new(), false);
        };
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let mut rest = topic
            .people
            .range((from, std::ops::Bound::Unbounded))
            .map(|(user, _)| *user);
        let page = rest
            .by_ref()
            .take(MEMBERS_LISTED)
            .map(|user| (user, self.name_of(user)))
            .collect();
        (page, rest.next().is_some())
    }

    pub(crate) fn name_of(&self, user: UserId) -> DisplayName {
        self.people
            .record(user)
            .map_or_else(|| DisplayName::lenient(""), |record| record.name.clone())
    }

    /// Who came and went, to those who are in the topic.
    pub(crate) fn tell_topic_members(&mut self) {
        for name in std::mem::take(&mut self.topics.changed) {
            let Some(audience) = self.topics.audience(&name) else {
                continue;
            };
            let Some(topic) = self.topics.by_name.get_mut(&name) else {
                continue;
            };
            let joined = std::mem::take(&mut topic.joined);
            let left: Vec<UserId> = std::mem::take(&mut topic.left).into_iter().collect();
            let guests = topic.guests.news();
            if joined.is_empty() && left.is_empty() && guests.is_none() {
                continue;
            }
            let joined = joined
                .into_iter()
                .map(|user| (user, self.name_of(user)))
                .collect();
            let member_count = self.topics.member_count(&name);
            let guests = self
                .topics
                .get(&name)
                .map_or(0, |topic| topic.guests.count());
            let event = Event::TopicMembers {
                topic: name,
                joined,
                left,
                member_count,
                guests,
            };
            self.tell(Audience::Many(audience, None), event);
        }
    }
}
