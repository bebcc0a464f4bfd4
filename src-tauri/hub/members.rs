//! Who is told who is in a topic: everybody by name in one of a hundred, a count in a larger one (decision 023).

use std::collections::BTreeMap;

use landline_protocol::{DisplayName, Timestamp, TopicName, UserId};

use crate::effect::{Audience, Event};
use crate::state::Hub;

/// Who came to a topic and went since that was told. Whoever came and went again did neither, unless somebody was shown
/// in between who is in it: they know of it, and are told how it ended.
#[derive(Default)]
pub(crate) struct Moves {
    by_user: BTreeMap<UserId, Move>,
    /// How often somebody was shown who is in it.
    shown: u64,
    /// How many were in it when that was told last.
    told_count: usize,
    /// Whether somebody was shown another number since.
    is_count_mixed: bool,
}

struct Move {
    /// What was told last.
    was_in: bool,
    /// `shown` of then; the showings that were for the one who moved do not count.
    shown: u64,
}

impl Moves {
    pub(crate) fn came(&mut self, user: UserId) {
        self.moved(user, false);
    }

    pub(crate) fn went(&mut self, user: UserId) {
        self.moved(user, true);
    }

    fn moved(&mut self, user: UserId, was_in: bool) {
        let shown = self.shown;
        self.by_user.entry(user).or_insert(Move { was_in, shown });
    }

    /// `reader` is shown who is in it.
    pub(crate) fn were_shown(&mut self, reader: UserId, people: usize) {
        if let Some(own) = self.by_user.get_mut(&reader)
            && own.shown == self.shown
        {
            own.shown += 1;
        }
        self.shown += 1;
        self.is_count_mixed |= people != self.told_count;
    }

    /// Who has to be told to have come, and to have gone.
    fn take(&mut self, people: &BTreeMap<UserId, usize>) -> (Vec<UserId>, Vec<UserId>) {
        let shown = self.shown;
        let is_news = |user: &UserId, one: &Move| {
            people.contains_key(user) != one.was_in || shown != one.shown
        };
        let moves = std::mem::take(&mut self.by_user).into_iter();
        moves
            .filter(|(user, one)| is_news(user, one))
            .map(|(user, _)| user)
            .partition(|user| people.contains_key(user))
    }

    /// Whether somebody does not know that so many are in it. Now they are told.
    fn is_count_news(&mut self, people: usize) -> bool {
        let is_mixed = std::mem::take(&mut self.is_count_mixed);
        std::mem::replace(&mut self.told_count, people) != people || is_mixed
    }
}

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
        let (joined, left) = topic.moves.take(&topic.people);
        let has_guest_news = topic.guests.news().is_some();
        let has_count_news = topic.moves.is_count_news(people);
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
            (false, false) => (joined, left),
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
