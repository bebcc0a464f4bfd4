//! Where the logs end, for whoever asks in the pauses of a conversation: a hole that the delivery left is found while the
//! session lives. One number for each session and one for each chat that grew; asking costs the chats of the one who asks,
//! and nothing at all while no log of the room has grown.

use std::collections::HashMap;

use landline_protocol::Timestamp;
use landline_protocol::limits::HEADS_TOLD;

use crate::command::{ChatKey, SessionId};
use crate::effect::{Audience, Event};
use crate::state::Hub;

/// The order in which logs have grown, in this life of the room.
#[derive(Debug, Default)]
pub(crate) struct Growth {
    newest: u64,
    by_chat: HashMap<ChatKey, u64>,
}

impl Growth {
    /// A chat has one more entry.
    pub(crate) fn grew(&mut self, chat: &ChatKey) {
        self.newest += 1;
        match self.by_chat.get_mut(chat) {
            Some(growth) => *growth = self.newest,
            None => {
                self.by_chat.insert(chat.clone(), self.newest);
            }
        }
    }

    /// The newest growth of all.
    pub(crate) fn newest(&self) -> u64 {
        self.newest
    }
}

impl Hub {
    /// Answers with the ends of the logs that have grown since this session asked last, the earliest growth first.
    pub(crate) fn tell_heads(&mut self, session: SessionId, now: Timestamp) {
        let Some(one) = self.sessions.get(&session) else {
            return;
        };
        let (me, told) = (one.person.user_id, one.heads_told);
        let mut grown: Vec<(u64, ChatKey)> = Vec::new();
        if told < self.growth.newest {
            let topics = one.topics.iter().map(|name| ChatKey::Topic(name.clone()));
            let partners = self.partners.get(&me).into_iter().flatten();
            let direct = partners.map(|other| ChatKey::direct(me, *other));
            grown.extend(topics.chain(direct).filter_map(|chat| {
                let growth = *self.growth.by_chat.get(&chat)?;
                (growth > told).then_some((growth, chat))
            }));
        }
        grown.sort_unstable_by_key(|(growth, _)| *growth);
        let all = grown.len() <= HEADS_TOLD;
        grown.truncate(HEADS_TOLD);
        let told = match grown.last() {
            Some((growth, _)) if !all => *growth,
            _ => self.growth.newest,
        };
        let heads = grown
            .iter()
            .map(|(_, chat)| (chat.seen_by(me), self.head(chat)))
            .collect();
        if let Some(one) = self.sessions.get_mut(&session) {
            one.heads_told = told;
        }
        self.tell(Audience::One(session), Event::Heads { at: now, heads });
    }
}
