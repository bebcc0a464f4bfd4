//! Which topics are disappearing ones: those that were joined as such, and those that the room's list says so of.

use landline_protocol::TopicName;
use landline_protocol::frame::{Message, Topics};

use super::Engine;
use crate::Millis;
use crate::chat::Chat;
use crate::chats::is_over;
use crate::effect::{Effect, Write};

impl Engine {
    /// Whether what is written there disappears, so that nothing of it may reach the disk.
    pub(crate) fn disappears(&self, chat: &Chat) -> bool {
        matches!(chat, Chat::Topic(topic) if self.ttl(topic).is_some())
    }

    /// Whether this message has disappeared.
    pub(crate) fn is_over(&self, message: &Message, now: Millis) -> bool {
        is_over(message, self.chats.host_time(now))
    }

    /// How long the messages of a topic live, if they disappear. Before it is joined the room's list counts, too: the
    /// topic may have been made by somebody else.
    pub(super) fn ttl(&self, topic: &TopicName) -> Option<u32> {
        let known = self.joins.ttl(topic);
        if self.joins.is_here(topic) {
            known
        } else {
            known.or(self.disappearing.get(topic).copied())
        }
    }

    /// Stays in the topic from now on, which is made with this `ttl` if it has to be made.
    pub(super) fn stay(
        &mut self,
        topic: &TopicName,
        ttl: Option<u32>,
        now: Millis,
        out: &mut Vec<Effect>,
    ) {
        let ttl = ttl.or(self.ttl(topic));
        out.push(Effect::Write(Write::Join(topic.clone(), ttl)));
        self.joins.join(topic, ttl, now, out);
    }

    pub(super) fn topics_listed(&mut self, topics: &Topics) {
        if topics.complete {
            self.disappearing.clear();
        }
        for info in &topics.topics {
            match info.ttl {
                Some(ttl) => self.disappearing.insert(info.topic.clone(), ttl),
                None => self.disappearing.remove(&info.topic),
            };
        }
    }
}
