//! The model host's disappearing topic, and guests whose messages disappear everywhere.

use landline_protocol::frame::{Message, ServerFrame};
use landline_protocol::{EntryKind, Epoch, MessageId, Timestamp, UserId, Via};

use super::{Host, ME, name, user};
use crate::chat::Chat;

/// How long messages of `topic` guests and those of [`whispers`] live, in the model's seconds.
pub(crate) const TTL: u32 = 30;

/// The disappearing topic of the model.
pub(crate) fn whispers() -> Chat {
    Chat::Topic("whispers".parse().unwrap())
}

/// A message of somebody else that disappears.
pub(crate) fn whisper(chat: &Chat, seq: u64, order: u64, ends: Timestamp) -> Message {
    let Chat::Topic(topic) = chat else {
        panic!("messages disappear in topics only")
    };
    Message {
        from: user(9),
        display_name: name("Somebody"),
        via: Via::App,
        topic: Some(topic.clone()),
        to: None,
        kind: EntryKind::Text,
        content: "x".into(),
        message_id: MessageId::fresh(),
        epoch: Epoch { counter: 1, tag: 1 },
        seq,
        timestamp: Timestamp(0),
        expires_at: Some(ends),
        order: Some(order),
    }
}

impl Host {
    /// The disappearing topic is gone, as its last member left.
    pub(super) fn vanish(&mut self) {
        self.disappearing.clear();
        self.living.remove(&whispers());
    }

    /// Time passes, and what is to disappear does.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.clock = self.clock.saturating_add_unsigned(millis);
        let now = Timestamp(self.clock);
        for living in self.living.values_mut() {
            living.retain(|message| message.expires_at > Some(now));
        }
    }

    /// Somebody comes into the disappearing topic, or leaves it.
    pub(crate) fn company(&mut self, comes: bool) {
        let Chat::Topic(topic) = whispers() else {
            return;
        };
        self.has_company = comes;
        if comes {
            self.disappearing.entry(topic).or_insert(TTL);
        } else if !self.joined.contains(&topic) {
            self.vanish();
        }
    }

    /// A `topic` guest speaks, or a member where everything disappears.
    pub(crate) fn whisper(&mut self, chat: &Chat, from: UserId, id: MessageId, text: &str) {
        self.order += 1;
        let ends = self.clock + i64::from(TTL) * 1_000;
        let message = Message {
            from,
            message_id: id,
            epoch: self.epoch,
            content: text.into(),
            timestamp: Timestamp(self.clock),
            ..whisper(chat, self.head(chat).seq, self.order, Timestamp(ends))
        };
        if from == user(ME) {
            self.whispered.push(message.message_id.clone());
        }
        let living = self.living.entry(chat.clone()).or_default();
        living.push(message.clone());
        if matches!(chat, Chat::Topic(topic) if self.joined.contains(topic)) {
            self.outgoing.push_back(ServerFrame::Msg(message));
        }
    }

    pub(super) fn disappears(&self, chat: &Chat) -> bool {
        matches!(chat, Chat::Topic(topic) if self.disappearing.contains_key(topic))
    }
}
