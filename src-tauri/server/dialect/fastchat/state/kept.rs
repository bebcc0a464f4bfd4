//! What outlives a restart: who was here within a day, their chats and which of them a flat client shows. No text.

use std::sync::Arc;

use landline_protocol::{Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Chat, Pair, State, User};
use crate::dialect::fastchat::form::Form;

/// The file. A part that is missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(default)]
    users: Vec<KeptUser>,
    #[serde(default)]
    chats: Vec<KeptChat>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptUser {
    user_id: UserId,
    name: Arc<str>,
    is_nested: bool,
    hello: Timestamp,
    current: Option<UserId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptChat {
    chat_id: Uuid,
    opener: UserId,
    other: UserId,
    used: Timestamp,
}

impl State {
    /// What to write to the disk, if anything changed since it was last asked.
    pub(crate) fn take_changes(&mut self) -> Option<Kept> {
        if !std::mem::take(&mut self.is_changed) {
            return None;
        }
        let user = |(id, user): (&UserId, &User)| {
            Some(KeptUser {
                user_id: *id,
                name: user.name.clone(),
                is_nested: user.form == Form::Nested,
                hello: user.hello?,
                current: user.current,
            })
        };
        let chat = |(pair, chat): (&Pair, &Chat)| KeptChat {
            chat_id: chat.id,
            opener: chat.opener,
            other: if pair.0 == chat.opener {
                pair.1
            } else {
                pair.0
            },
            used: chat.used,
        };
        Some(Kept {
            users: self.users.iter().filter_map(user).collect(),
            chats: self.chats.iter().map(chat).collect(),
        })
    }

    /// Takes up what an earlier life of the room knew, as far as it is not too old.
    pub(crate) fn take_up(&mut self, kept: Kept, now: Timestamp) {
        for user in kept.users {
            let known = User {
                name: user.name,
                form: if user.is_nested {
                    Form::Nested
                } else {
                    Form::Flat
                },
                hello: Some(user.hello.min(now)),
                seen: user.hello.min(now),
                left: None,
                conns: Vec::new(),
                current: user.current,
                heard: None,
                typing_to: None,
            };
            self.users.insert(user.user_id, known);
        }
        for chat in kept.chats {
            let used = chat.used.min(now);
            let pair = Pair::new(chat.opener, chat.other);
            self.chats.insert(
                pair,
                Chat {
                    id: chat.chat_id,
                    opener: chat.opener,
                    used,
                    saved: used,
                },
            );
        }
        self.forget_the_old(now);
    }
}
