//! How far everybody has read, and who learns of it: in a direct chat the other at once; in a small topic everybody, a
//! little later; in a large one whoever asks. So a thousand readers of one message are no million frames (decision 024).

use std::collections::{BTreeSet, HashMap, HashSet};

use landline_protocol::{
    Code, Seq, Timestamp, TopicName, UserId,
    limits::{SEEN_BY_LISTED, SEEN_EVERY_MS, SEEN_MAX},
};

use crate::command::{ChatKey, ChatRef, SessionId};
use crate::crowd::Crowd;
use crate::effect::{Audience, Effect, Event, Refusal};
use crate::limits::{MARKERS_SAVED_EVERY_MS, SEEN_MANY_ENDS};
use crate::ports::Record;
use crate::state::Hub;

/// Everybody's read markers.
#[derive(Default)]
pub(crate) struct Markers {
    by_chat: HashMap<ChatKey, HashMap<UserId, Seq>>,
    /// Those that changed since they were saved.
    unsaved: HashSet<(UserId, ChatKey)>,
    save_at: Option<Timestamp>,
    /// Topics of which there is something to tell.
    moved: BTreeSet<TopicName>,
    tell_at: Option<Timestamp>,
}

/// What the people in one topic have not been told yet.
#[derive(Default)]
pub(crate) struct SeenHere {
    moved: BTreeSet<UserId>,
    /// Whether they are too many to be told of each.
    many: Crowd,
}

impl SeenHere {
    pub(crate) fn grew(&mut self, people: usize) {
        self.many.grew_above(people, SEEN_MAX);
    }
}

impl Markers {
    pub(crate) fn new(known: Vec<(UserId, ChatKey, Seq)>) -> Markers {
        let mut markers = Markers::default();
        for (user, chat, seq) in known {
            markers.by_chat.entry(chat).or_default().insert(user, seq);
        }
        markers
    }

    pub(crate) fn of(&self, user: UserId, chat: &ChatKey) -> Seq {
        let here = self.by_chat.get(chat);
        here.and_then(|here| here.get(&user)).copied().unwrap_or(0)
    }

    /// Those who have read the furthest. Markers only rise, so whoever knew these and was told of every rise knows them
    /// still, if they keep as many.
    fn furthest(&self, chat: &ChatKey) -> Vec<(UserId, Seq)> {
        let here = self.by_chat.get(chat).into_iter().flatten();
        let mut markers: Vec<(UserId, Seq)> = here.map(|(user, seq)| (*user, *seq)).collect();
        markers.sort_unstable_by_key(|(user, seq)| (std::cmp::Reverse(*seq), *user));
        markers.truncate(SEEN_MAX);
        markers
    }

    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        [self.save_at, self.tell_at].into_iter().flatten().min()
    }
}

impl Hub {
    pub(crate) fn marker(&self, user: UserId, chat: &ChatKey) -> Seq {
        self.markers.of(user, chat)
    }

    pub(crate) fn mark_read(
        &mut self,
        session: SessionId,
        chat: ChatRef,
        seq: Seq,
        now: Timestamp,
    ) {
        let key = match self.resolve(session, &chat) {
            Ok(key) => key,
            Err(refusal) => return self.refuse(session, refusal),
        };
        let user_id = self.sessions[&session].person.user_id;
        // Nobody has read what is not there; a marker only rises.
        let seq = seq.min(self.head(&key).seq);
        if self.is_guest(session) || seq <= self.marker(user_id, &key) {
            return;
        }
        let here = self.markers.by_chat.entry(key.clone()).or_default();
        here.insert(user_id, seq);
        self.markers.unsaved.insert((user_id, key.clone()));
        self.markers
            .save_at
            .get_or_insert(Timestamp(now.0 + MARKERS_SAVED_EVERY_MS));
        let mine = self.people.sessions_of(user_id).into();
        self.tell(
            Audience::Many(mine, Some(session)),
            Event::Read { chat, user_id, seq },
        );
        match key {
            ChatKey::Topic(name) => self.has_moved(name, user_id, now),
            ChatKey::Direct(low, high) => {
                let other = if low == user_id { high } else { low };
                self.tell_seen_by_one(user_id, other, seq);
            }
        }
    }

    fn tell_seen_by_one(&mut self, me: UserId, other: UserId, seq: Seq) {
        let theirs: std::sync::Arc<[SessionId]> = self.people.sessions_of(other).into();
        if theirs.is_empty() {
            return;
        }
        self.tell(
            Audience::Many(theirs, None),
            Event::Seen {
                chat: ChatRef::Direct(me),
                markers: vec![(me, seq)],
                complete: false,
                many: false,
            },
        );
    }

    fn has_moved(&mut self, name: TopicName, user: UserId, now: Timestamp) {
        let Some(topic) = self.topics.get_mut(&name) else {
            return;
        };
        // Nobody of many is told; when there are few again, all is told anew.
        if topic.seen.many.is() {
            return;
        }
        topic.seen.moved.insert(user);
        self.markers.moved.insert(name);
        self.markers
            .tell_at
            .get_or_insert(Timestamp(now.0 + SEEN_EVERY_MS));
    }

    /// The markers that gathered, when their moment has come.
    pub(crate) fn tell_markers(&mut self, now: Timestamp) {
        if self.markers.save_at.is_some_and(|at| at <= now) {
            self.markers.save_at = None;
            for (user, chat) in std::mem::take(&mut self.markers.unsaved) {
                let seq = self.marker(user, &chat);
                self.effects
                    .push(Effect::Save(Record::Marker(user, chat, seq)));
            }
        }
        if self.markers.tell_at.is_some_and(|at| at <= now) {
            self.markers.tell_at = None;
            for name in std::mem::take(&mut self.markers.moved) {
                self.tell_what_moved(name);
            }
        }
    }

    fn tell_what_moved(&mut self, name: TopicName) {
        let Some(topic) = self.topics.get_mut(&name) else {
            return;
        };
        let moved = std::mem::take(&mut topic.seen.moved);
        if moved.is_empty() {
            return;
        }
        let key = ChatKey::Topic(name.clone());
        let marker = |user| (user, self.markers.of(user, &key));
        let markers = moved.into_iter().map(marker).collect();
        let Some(audience) = self.topics.audience(&name) else {
            return;
        };
        self.tell(
            Audience::Many(audience, None),
            Event::Seen {
                chat: ChatRef::Topic(name),
                markers,
                complete: false,
                many: false,
            },
        );
    }

    /// The people of a topic have become too many to tell everybody's marker, or few enough again.
    pub(crate) fn tell_whether_many(&mut self, name: &TopicName) {
        let Some(topic) = self.topics.get_mut(name) else {
            return;
        };
        let people = topic.people.len();
        let has_turned = topic.seen.many.settle_below(people, SEEN_MANY_ENDS);
        if !has_turned || topic.ttl_ms.is_some() {
            return;
        }
        let many = topic.seen.many.is();
        topic.seen.moved.clear();
        if let Some(audience) = self.topics.audience(name) {
            let event = self.all_seen(name, many);
            self.tell(Audience::Many(audience, None), event);
        }
    }

    /// To one who just came into a topic. Who comes into one knows of no marker, so where there is none nothing is said.
    pub(crate) fn tell_all_seen(&mut self, name: &TopicName, session: SessionId) {
        let Some(topic) = self.topics.get(name) else {
            return;
        };
        let many = topic.seen.many.is() && topic.ttl_ms.is_none();
        let event = self.all_seen(name, many);
        if many || matches!(&event, Event::Seen { markers, .. } if !markers.is_empty()) {
            self.tell(Audience::One(session), event);
        }
    }

    fn all_seen(&self, name: &TopicName, many: bool) -> Event {
        let key = ChatKey::Topic(name.clone());
        let markers = if many {
            Vec::new()
        } else {
            self.markers.furthest(&key)
        };
        Event::Seen {
            chat: ChatRef::Topic(name.clone()),
            markers,
            complete: true,
            many,
        }
    }

    pub(crate) fn seen_by(
        &mut self,
        session: SessionId,
        topic: TopicName,
        seq: Seq,
        after: Option<UserId>,
    ) {
        if !self.topics.exists(&topic) {
            let refusal = Refusal::new(Code::TopicNotFound, "There is no topic of this name");
            let topic = Some(topic);
            return self.refuse(session, Refusal { topic, ..refusal });
        }
        let me = self.sessions[&session].person.user_id;
        let key = ChatKey::Topic(topic.clone());
        let here = self.markers.by_chat.get(&key).into_iter().flatten();
        let readers: BTreeSet<UserId> = here
            .filter(|(user, read)| **user != me && **read >= seq.max(1))
            .map(|(user, _)| *user)
            .collect();
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let mut rest = readers.range((from, std::ops::Bound::Unbounded));
        let page = rest.by_ref().take(SEEN_BY_LISTED);
        let people = page.map(|user| (*user, self.name_of(*user))).collect();
        let event = Event::SeenBy {
            topic,
            seq,
            count: u32::try_from(readers.len()).unwrap_or(u32::MAX),
            people,
            more: rest.next().is_some(),
        };
        self.tell(Audience::One(session), event);
    }
}
