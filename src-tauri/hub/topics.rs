//! Topics: who is in them, and who is told.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use landline_protocol::{
    Code, DisplayName, Position, Timestamp, TopicName, UserId, Via,
    limits::{TOPICS_JOINED_MAX, TOPICS_MAX},
};

use crate::command::{Join, SessionId};
use crate::crowd::Crowd;
use crate::effect::{Audience, Event, Refusal};
use crate::fleeting::Living;
use crate::guests::GuestsHere;
use crate::members::Moves;
use crate::seen::SeenHere;
use crate::state::Hub;
use crate::typing::TypingHere;

/// All topics. One without a message and without a member is gone.
#[derive(Default)]
pub(crate) struct Topics {
    by_name: HashMap<TopicName, Topic>,
    by_age: BTreeMap<u64, TopicName>,
    made: u64,
    /// How many messages of each the store has not answered.
    under_way: HashMap<TopicName, usize>,
    /// How many of them guests made, to be gone with their messages.
    of_guests: usize,
    /// Those in which something changed, and which are not in `due` yet.
    pub(crate) changed: BTreeSet<TopicName>,
    /// When what changed in each is told.
    pub(crate) due: BTreeSet<(Timestamp, TopicName)>,
    /// The same of who types, in large topics.
    pub(crate) typing_due: BTreeSet<(Timestamp, TopicName)>,
}

#[derive(Default)]
pub(crate) struct Topic {
    age: u64,
    head: Option<Position>,
    pub(crate) ttl_ms: Option<i64>,
    /// How the guest came who made it, if one did and its messages disappear.
    pub(crate) maker: Option<Via>,
    pub(crate) created_at: Timestamp,
    pub(crate) last_activity: Timestamp,
    /// What it holds in memory.
    pub(crate) living: Living,
    pub(crate) guests: GuestsHere,
    pub(crate) seen: SeenHere,
    pub(crate) typing: TypingHere,
    /// Whether its people are too many to name.
    pub(crate) crowd: Crowd,
    /// Whether it is in `due`.
    pub(crate) is_due: bool,
    /// How many sessions of each person are in it.
    pub(crate) people: BTreeMap<UserId, usize>,
    sessions: BTreeSet<SessionId>,
    audience: Option<Arc<[SessionId]>>,
    pub(crate) moves: Moves,
}

impl Topics {
    pub(crate) fn exists(&self, name: &TopicName) -> bool {
        self.by_name.contains_key(name)
    }

    /// Whether one more may be made. Those that guests made come and go, and take nobody else's place.
    pub(crate) fn is_full(&self) -> bool {
        self.by_name.len() - self.of_guests >= TOPICS_MAX
    }

    /// Whether a guest may make one more whose messages disappear.
    pub(crate) fn is_full_of_guests(&self) -> bool {
        self.of_guests >= TOPICS_MAX
    }

    /// A guest made it, and its messages disappear.
    pub(crate) fn is_of_guest(&mut self, name: &TopicName, via: Via) {
        if let Some(topic) = self.by_name.get_mut(name)
            && topic.maker.replace(via).is_none()
        {
            self.of_guests += 1;
        }
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Topic> {
        self.by_name.values()
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
        if *sessions == 1 {
            topic.moves.came(user);
        }
        topic.crowd.grew(topic.people.len());
        topic.seen.grew(topic.people.len());
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
                topic.typing.is_over(user);
                topic.moves.went(user);
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

    /// A guest hears nothing of it any more, and has not gone yet.
    pub(crate) fn silence(&mut self, name: &TopicName, session: SessionId) {
        if let Some(topic) = self.by_name.get_mut(name) {
            topic.sessions.remove(&session);
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

    /// A message of it goes to the store: until the answer it is not known whether the topic holds something on the disk.
    pub(crate) fn goes_to_store(&mut self, name: &TopicName) {
        *self.under_way.entry(name.clone()).or_default() += 1;
    }

    pub(crate) fn store_answered(&mut self, name: &TopicName) {
        if let Some(count) = self.under_way.get_mut(name) {
            *count -= 1;
            if *count == 0 {
                self.under_way.remove(name);
                self.drop_if_done(name);
            }
        }
    }

    /// The life of messages in a topic that has to be made: none if something of it is on its way to the disk.
    pub(crate) fn ttl_of_new(&self, name: &TopicName, ttl_ms: Option<i64>) -> Option<i64> {
        ttl_ms.filter(|_| !self.under_way.contains_key(name))
    }

    /// A topic that holds nothing on the disk is gone with its last member.
    pub(crate) fn drop_if_done(&mut self, name: &TopicName) {
        if let Some(topic) = self.by_name.get(name)
            && topic.sessions.is_empty()
            && topic.head.is_none()
            && !self.under_way.contains_key(name)
        {
            self.by_age.remove(&topic.age);
            self.of_guests -= usize::from(topic.maker.is_some());
            self.by_name.remove(name);
        }
    }

    /// `reader` is told who is in it now, whatever the others were told.
    pub(crate) fn was_shown(&mut self, name: &TopicName, reader: UserId) {
        if let Some(topic) = self.by_name.get_mut(name) {
            topic.moves.were_shown(reader, topic.people.len());
            topic.guests.were_shown();
        }
    }

    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<TopicName> {
        take_due(&mut self.due, now)
    }

    pub(crate) fn take_typing_due(&mut self, now: Timestamp) -> Option<TopicName> {
        take_due(&mut self.typing_due, now)
    }

    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        let first = |due: &BTreeSet<(Timestamp, TopicName)>| due.first().map(|(at, _)| *at);
        [first(&self.due), first(&self.typing_due)]
            .into_iter()
            .flatten()
            .min()
    }

    pub(crate) fn member_count(&self, name: &TopicName) -> u32 {
        self.by_name.get(name).map_or(0, |topic| {
            u32::try_from(topic.people.len()).unwrap_or(u32::MAX)
        })
    }
}

fn take_due(due: &mut BTreeSet<(Timestamp, TopicName)>, now: Timestamp) -> Option<TopicName> {
    if due.first()?.0 > now {
        return None;
    }
    due.pop_first().map(|(_, name)| name)
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
            if is_new && self.topics.is_full() {
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
                let ttl_ms = self.topics.ttl_of_new(name, join.ttl_ms);
                self.tell_new_topic(name, ttl_ms, session);
            }
        }
        self.topics.was_shown(name, user);
        let summary = self.topic_summary(name, Some(user));
        let (members, many) = self.members_for(name, user);
        self.tell(
            Audience::One(session),
            Event::TopicJoined {
                summary,
                members,
                many,
            },
        );
        self.tell_all_seen(name, session);
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

    pub(crate) fn name_of(&self, user: UserId) -> DisplayName {
        self.people
            .record(user)
            .map_or_else(|| DisplayName::lenient(""), |record| record.name.clone())
    }
}
