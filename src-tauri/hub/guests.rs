//! Guests: sessions of the older chat systems. Nobody lists them; natives of one dialect are told of each other, among
//! the messages of the topic they are in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use landline_protocol::{Code, MessageId, Timestamp, TopicName, Via};

use crate::command::{ChatKey, Enter, Join, SessionId, Standing};
use crate::effect::{Audience, Event, Notice, NoticeKind, Refusal};
use crate::held::Held;
use crate::state::{Hub, Session};

/// The guests in one topic.
#[derive(Default)]
pub(crate) struct GuestsHere {
    /// Each with the frame that tells their own kind of their going.
    farewells: HashMap<SessionId, Option<Arc<str>>>,
    by_dialect: HashMap<Via, u32>,
    /// What members were told last.
    told: u32,
    /// Whether one who came since was told another number.
    is_mixed: bool,
}

impl GuestsHere {
    pub(crate) fn count(&self) -> u32 {
        self.by_dialect.values().sum()
    }

    /// A member is told how many they are now.
    pub(crate) fn were_shown(&mut self) {
        self.is_mixed |= self.count() != self.told;
    }

    /// The count, if members have not all been told it.
    pub(crate) fn news(&mut self) -> Option<u32> {
        let count = self.count();
        let is_mixed = std::mem::take(&mut self.is_mixed);
        let is_other = std::mem::replace(&mut self.told, count) != count;
        (is_mixed || is_other).then_some(count)
    }

    fn natives(&self, via: Via) -> u32 {
        self.by_dialect.get(&via).copied().unwrap_or(0)
    }

    fn enter(&mut self, session: SessionId, via: Via, farewell: Option<Arc<str>>) {
        if self.farewells.insert(session, farewell).is_none() {
            *self.by_dialect.entry(via).or_default() += 1;
        }
    }

    /// The farewell of one who was here, if they left one.
    fn leave(&mut self, session: SessionId, via: Via) -> Option<Arc<str>> {
        let farewell = self.farewells.remove(&session)?;
        if let Some(count) = self.by_dialect.get_mut(&via) {
            *count -= 1;
            if *count == 0 {
                self.by_dialect.remove(&via);
            }
        }
        farewell
    }
}

impl Hub {
    pub(crate) fn is_guest(&self, session: SessionId) -> bool {
        let here = self.sessions.get(&session);
        here.is_some_and(|here| here.standing == Standing::Guest)
    }

    pub(crate) fn guest_enters(&mut self, enter: Enter, now: Timestamp) {
        let Enter {
            session,
            person,
            address,
            standing,
            ..
        } = enter;
        let event = Event::Welcome {
            person: person.clone(),
            room: self.room.clone(),
            epoch: self.epoch,
            at: now,
        };
        self.guests += 1;
        self.sessions.insert(
            session,
            Session {
                person,
                address,
                standing,
                topics: HashSet::new(),
                held: Held::default(),
                heads_told: self.growth.newest(),
            },
        );
        self.tell(Audience::One(session), event);
    }

    pub(crate) fn guest_exits(&mut self, session: SessionId, now: Timestamp) {
        let topics = self
            .sessions
            .get_mut(&session)
            .map(|here| std::mem::take(&mut here.topics));
        for topic in topics.into_iter().flatten() {
            self.guest_is_gone(session, &topic, None, now);
        }
        self.guests -= usize::from(self.sessions.remove(&session).is_some());
        self.kicked.has_left(session);
    }

    pub(crate) fn guest_joins(&mut self, session: SessionId, join: Join, now: Timestamp) {
        let Some(here) = self.sessions.get_mut(&session) else {
            return;
        };
        let is_new = !self.topics.exists(&join.topic);
        let ttl_ms = self.topics.ttl_of_new(&join.topic, join.ttl_ms);
        let is_full = match ttl_ms {
            Some(_) => self.topics.is_full_of_guests(),
            None => self.topics.is_full(),
        };
        if is_new && is_full {
            let refusal = Refusal {
                topic: Some(join.topic),
                ..Refusal::new(
                    Code::LimitReached,
                    "This room has as many topics as it can hold",
                )
            };
            return self.refuse(session, refusal);
        }
        here.topics.insert(join.topic.clone());
        let via = here.person.via;
        let topic = self.topics.make(&join.topic, now);
        topic.guests.enter(session, via, join.farewell);
        self.topics.add_session(&join.topic, session);
        if is_new {
            if ttl_ms.is_some() {
                self.topics.is_of_guest(&join.topic, via);
            }
            self.tell_new_topic(&join.topic, ttl_ms, session);
        }
        self.count_guests(&join.topic, now);
        self.notice(session, join.topic, NoticeKind::Joined, join.original);
    }

    pub(crate) fn guest_leaves(
        &mut self,
        session: SessionId,
        topic: &TopicName,
        original: Option<Arc<str>>,
        now: Timestamp,
    ) {
        let here = self.sessions.get_mut(&session);
        if here.is_some_and(|here| here.topics.remove(topic)) {
            self.guest_is_gone(session, topic, original, now);
        }
    }

    fn guest_is_gone(
        &mut self,
        session: SessionId,
        name: &TopicName,
        original: Option<Arc<str>>,
        now: Timestamp,
    ) {
        let via = self.sessions[&session].person.via;
        let Some(topic) = self.topics.get_mut(name) else {
            return;
        };
        let farewell = topic.guests.leave(session, via);
        // The one who goes learns of it too: a dialect may have an answer to leaving.
        self.notice(
            session,
            name.clone(),
            NoticeKind::Left,
            original.or(farewell),
        );
        self.topics.remove_session(name, session);
        self.count_guests(name, now);
    }

    /// Members learn how many guests there are, a little later.
    fn count_guests(&mut self, topic: &TopicName, now: Timestamp) {
        self.topics.changed.insert(topic.clone());
        self.gather(now);
    }

    pub(crate) fn relay(
        &mut self,
        session: SessionId,
        topic: TopicName,
        original: Arc<str>,
        message_id: MessageId,
    ) {
        let position = self.head(&ChatKey::Topic(topic.clone()));
        self.notice(session, topic, NoticeKind::Relayed, Some(original));
        let event = Event::Acked {
            message_id,
            position,
            dup: false,
            stored: false,
            recipients: 0,
        };
        self.tell(Audience::One(session), event);
    }

    fn notice(
        &mut self,
        session: SessionId,
        topic: TopicName,
        kind: NoticeKind,
        original: Option<Arc<str>>,
    ) {
        let person = self.sessions[&session].person.clone();
        let here = self.topics.get(&topic);
        let natives = here.map_or(0, |here| here.guests.natives(person.via));
        let audience = self.topics.audience(&topic).unwrap_or_default();
        let notice = Notice {
            topic,
            session,
            person,
            kind,
            original,
            natives,
        };
        self.tell(
            Audience::Many(audience, None),
            Event::Noticed(Arc::new(notice)),
        );
    }
}
