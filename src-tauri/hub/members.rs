//! Who is told who is in a topic: everybody by name in one of a hundred, a count in a larger one (decision 023).

use landline_protocol::{DisplayName, Timestamp, TopicName, UserId};

use crate::effect::{Audience, Event};
use crate::state::Hub;

impl Hub {
    /// Topics in which something changed; when each will be told.
    pub(crate) fn gather_members(&mut self, now: Timestamp) {
        for name in std::mem::take(&mut self.topics.changed) {
            let Some(topic) = self.topics.get_mut(&name) else {
                continue;
            };
            if !std::mem::replace(&mut topic.is_due, true) {
                let wait = topic.crowd.gather_ms(topic.people.len());
                self.topics.due.insert((Timestamp(now.0 + wait), name));
            }
        }
    }

    /// Who came and went, to those who are in the topics whose moment has come.
    pub(crate) fn tell_members_due(&mut self, now: Timestamp) {
        while let Some(name) = self.topics.take_due(now) {
            self.tell_whether_many(&name);
            self.tell_topic_members(name);
        }
    }

    /// Whom a newcomer is told of, and whether there are more.
    pub(crate) fn members_for(
        &self,
        name: &TopicName,
        me: UserId,
    ) -> (Vec<(UserId, DisplayName)>, bool) {
        let Some(topic) = self.topics.get(name) else {
            return (Vec::new(), false);
        };
        let many = topic.crowd.is();
        let users: Vec<UserId> = if many {
            vec![me]
        } else {
            topic.people.keys().copied().collect()
        };
        (self.named(users), many)
    }

    fn named(&self, users: impl IntoIterator<Item = UserId>) -> Vec<(UserId, DisplayName)> {
        let users = users.into_iter();
        users.map(|user| (user, self.name_of(user))).collect()
    }

    fn tell_topic_members(&mut self, name: TopicName) {
        let Some(topic) = self.topics.get_mut(&name) else {
            return;
        };
        topic.is_due = false;
        let people = topic.people.len();
        let complete = topic.crowd.settle(people);
        let many = topic.crowd.is();
        let joined = std::mem::take(&mut topic.joined);
        let left = std::mem::take(&mut topic.left);
        let has_guest_news = topic.guests.news().is_some();
        let has_count_news = std::mem::replace(&mut topic.told_count, people) != people;
        let has_news = if many {
            has_count_news
        } else {
            !joined.is_empty() || !left.is_empty()
        };
        if !complete && !has_news && !has_guest_news {
            return;
        }
        let guests = topic.guests.count();
        let (joined, left): (Vec<UserId>, Vec<UserId>) = match (many, complete) {
            (true, _) => (Vec::new(), Vec::new()),
            (false, true) => (topic.people.keys().copied().collect(), Vec::new()),
            (false, false) => (joined.into_iter().collect(), left.into_iter().collect()),
        };
        let Some(audience) = self.topics.audience(&name) else {
            return;
        };
        let event = Event::TopicMembers {
            joined: self.named(joined),
            left,
            member_count: self.topics.member_count(&name),
            guests,
            complete,
            many,
            topic: name,
        };
        self.tell(Audience::Many(audience, None), event);
    }
}
