//! One lane a chat. Only open lanes move, and among them the message that was written first: a topic that is not
//! joined yet holds nobody else up. Every step costs the logarithm of what waits.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use landline_protocol::TopicName;

use crate::chat::Chat;

/// Messages that wait to be sent, by chat.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    by_chat: HashMap<Chat, BTreeSet<u64>>,
    open_topics: HashSet<Chat>,
    direct_open: bool,
    /// Chats whose messages wait for something else, whether they are open or not.
    held: HashSet<Chat>,
    /// The first of every open lane.
    heads: BTreeMap<u64, Chat>,
}

impl Lanes {
    /// The message that goes next.
    pub(crate) fn first(&self) -> Option<u64> {
        self.heads.first_key_value().map(|(place, _)| *place)
    }

    /// The topics whose lanes are not empty.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &TopicName> {
        self.by_chat.keys().filter_map(|chat| match chat {
            Chat::Topic(topic) => Some(topic),
            Chat::Direct(_) => None,
        })
    }

    pub(crate) fn put(&mut self, chat: &Chat, place: u64) {
        self.change(chat, |lane| lane.insert(place));
    }

    pub(crate) fn take(&mut self, chat: &Chat, place: u64) {
        self.change(chat, |lane| lane.remove(&place));
    }

    pub(crate) fn open(&mut self, chat: &Chat) {
        self.open_topics.insert(chat.clone());
        self.change(chat, |_| false);
    }

    pub(crate) fn open_direct(&mut self) {
        self.direct_open = true;
        let chats: Vec<Chat> = self.by_chat.keys().cloned().collect();
        for chat in chats {
            self.change(&chat, |_| false);
        }
    }

    /// Nothing of this chat goes until it is let loose.
    pub(crate) fn hold(&mut self, chat: &Chat) {
        self.held.insert(chat.clone());
        self.change(chat, |_| false);
    }

    pub(crate) fn let_loose(&mut self, chat: &Chat) {
        self.held.remove(chat);
        self.change(chat, |_| false);
    }

    /// What waits in a chat's lane.
    pub(crate) fn waiting(&self, chat: &Chat) -> Vec<u64> {
        let lane = self.by_chat.get(chat);
        lane.into_iter().flatten().copied().collect()
    }

    /// Closes a topic's lane; what waits in it stays there.
    pub(crate) fn close(&mut self, chat: &Chat) -> Vec<u64> {
        self.open_topics.remove(chat);
        let waiting = self.waiting(chat);
        if let Some(first) = waiting.first() {
            self.heads.remove(first);
        }
        waiting
    }

    pub(crate) fn close_all(&mut self) {
        self.open_topics.clear();
        self.direct_open = false;
        self.held.clear();
        self.heads.clear();
    }

    fn change(&mut self, chat: &Chat, change: impl FnOnce(&mut BTreeSet<u64>) -> bool) {
        let is_open = match chat {
            _ if self.held.contains(chat) => false,
            Chat::Topic(_) => self.open_topics.contains(chat),
            Chat::Direct(_) => self.direct_open,
        };
        let lane = self.by_chat.entry(chat.clone()).or_default();
        if let Some(first) = lane.first() {
            self.heads.remove(first);
        }
        change(lane);
        match lane.first() {
            Some(&first) if is_open => {
                self.heads.insert(first, chat.clone());
            }
            Some(_) => {}
            None => {
                self.by_chat.remove(chat);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_topic_holds_nobody_up_and_keeps_its_order() {
        let (den, hall) = (
            Chat::Topic("den".parse().unwrap()),
            Chat::Topic("hall".parse().unwrap()),
        );
        let mut lanes = Lanes::default();
        for place in 1..=6 {
            lanes.put(if place % 2 == 1 { &den } else { &hall }, place);
        }
        assert_eq!(lanes.first(), None);
        lanes.open(&hall);
        assert_eq!(lanes.first(), Some(2));
        lanes.take(&hall, 2);
        lanes.open(&den);
        let mut order = Vec::new();
        while let Some(first) = lanes.first() {
            order.push(first);
            lanes.take(if first % 2 == 1 { &den } else { &hall }, first);
        }
        assert_eq!(order, [1, 3, 4, 5, 6]);
        assert_eq!(lanes.topics().count(), 0);
    }
}
