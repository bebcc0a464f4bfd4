//! What can be asked about topics: which there are, what each is, and who is in it.

use landline_protocol::{
    Code, DisplayName, Timestamp, TopicName, UserId,
    limits::{MEMBERS_LISTED, TOPICS_MAX},
};

use crate::command::{ChatKey, SessionId};
use crate::effect::{Audience, Event, Refusal, TopicSummary};
use crate::state::Hub;

impl Hub {
    pub(crate) fn list_topics(&mut self, session: SessionId) {
        let user = self.sessions[&session].person.user_id;
        let mut topics: Vec<TopicSummary> = self
            .topics
            .list()
            .map(|name| self.topic_summary(name, Some(user)))
            .collect();
        // A member's frame holds so many; a guest's list is one frame.
        let rest = if self.is_guest(session) {
            Vec::new()
        } else {
            topics.split_off(topics.len().min(TOPICS_MAX))
        };
        let complete = true;
        self.tell(Audience::One(session), Event::Topics { topics, complete });
        for piece in rest.chunks(TOPICS_MAX) {
            let (topics, complete) = (piece.to_vec(), false);
            self.tell(Audience::One(session), Event::Topics { topics, complete });
        }
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
        let reader = self.sessions[&session].person.user_id;
        self.topics.was_shown(&topic, reader);
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
            keep: self.keep_of(name),
            oldest: self.keeping.oldest(name),
            held: (head.seq + 1).saturating_sub(self.keeping.oldest(name))
                + topic.map_or(0, |topic| topic.living.len() as u64),
            read: reader.map_or(0, |user| self.marker(user, &key)),
            topic: name.clone(),
        }
    }

    /// A page of a topic's members, and whether more follow.
    pub(crate) fn members_after(
        &self,
        name: &TopicName,
        after: Option<UserId>,
    ) -> (Vec<(UserId, DisplayName)>, bool) {
        let Some(topic) = self.topics.get(name) else {
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
}
