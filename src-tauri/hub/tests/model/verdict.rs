//! The invariants, held against a run that has healed.

use std::collections::{HashMap, HashSet};

use proptest::test_runner::TestCaseError;
use proptest::{prop_assert, prop_assert_eq};

use super::room::Room;
use crate::command::{ChatKey, ChatRef};

type Verdict = Result<(), TestCaseError>;

impl Room {
    fn key(&self, who: usize, chat: &ChatRef) -> ChatKey {
        match chat {
            ChatRef::Topic(topic) => ChatKey::Topic(topic.clone()),
            ChatRef::Direct(other) => ChatKey::direct(self.members[who].user_id, *other),
        }
    }

    /// I1.
    pub(super) fn acknowledged_is_there(&self) -> Verdict {
        prop_assert!(self.too_early.is_empty(), "{:?}", self.too_early);
        for member in &self.members {
            for (id, position) in &member.acked {
                let is_there = self.disk.lists.entries().any(|entry| {
                    entry.author.user_id == member.user_id
                        && entry.message_id == *id
                        && entry.position == *position
                });
                prop_assert!(is_there, "{id} was acknowledged at {position:?}");
            }
        }
        Ok(())
    }

    /// I2.
    pub(super) fn nothing_twice(&self) -> Verdict {
        let mut seen = HashSet::new();
        for entry in self.disk.lists.entries() {
            let id = (entry.author.user_id, &entry.message_id);
            prop_assert!(seen.insert(id), "{} is in the log twice", entry.message_id);
        }
        for (_, view) in self.members.iter().flat_map(|member| member.views.values()) {
            let mut seen = HashSet::new();
            for entry in &view.entries {
                let id = (entry.author.user_id, &entry.message_id);
                prop_assert!(seen.insert(id), "{} is shown twice", entry.message_id);
            }
        }
        Ok(())
    }

    /// I3, over all logs there ever were.
    pub(super) fn places_are_for_ever(&self) -> Verdict {
        let mut places = HashMap::new();
        for entry in &self.ever {
            let id = (entry.author.user_id, &entry.message_id);
            let before = *places.entry((&entry.chat, entry.position)).or_insert(id);
            prop_assert_eq!(before, id, "{:?} {:?}", &entry.chat, entry.position);
        }
        for (chat, log) in &self.disk.lists.logs {
            for (n, entry) in (1..).zip(log) {
                prop_assert_eq!(entry.position.seq, n, "{:?}", chat);
            }
            let lives = log.iter().map(|entry| entry.position.epoch.counter);
            prop_assert!(lives.is_sorted(), "{chat:?}: no life of the log comes back");
        }
        Ok(())
    }

    /// I4.
    pub(super) fn one_order(&self) -> Verdict {
        for (who, member) in self.members.iter().enumerate() {
            for (chat, view) in member.views.values() {
                let log = self.disk.lists.log(&self.key(who, chat));
                let from = log.len() - view.entries.len().min(log.len());
                prop_assert_eq!(&view.entries[..], &log[from..], "{:?}", chat);
            }
        }
        Ok(())
    }

    /// I5.
    pub(super) fn authors_order(&self) -> Verdict {
        for member in &self.members {
            for (_, log) in &self.disk.lists.logs {
                let mine = log
                    .iter()
                    .filter(|entry| entry.author.user_id == member.user_id)
                    .map(|entry| entry.message_id.as_str().to_owned());
                // Ids count up, with leading zeroes.
                prop_assert!(mine.is_sorted(), "{log:?}");
            }
        }
        Ok(())
    }

    /// I6.
    pub(super) fn nothing_missing_in_silence(&self) -> Verdict {
        for (who, member) in self.members.iter().enumerate() {
            prop_assert!(member.wrongs.is_empty(), "{:?}", member.wrongs);
            for (chat, view) in member.views.values() {
                let head = self.disk.lists.log(&self.key(who, chat)).len() as u64;
                prop_assert!(member.has_all(chat, head), "{chat:?}: {view:?} of {head}");
                prop_assert!(
                    view.cuts == 0 || self.was_put_back,
                    "{chat:?}: a cut was announced, and nothing is cut"
                );
                let starts_at_one = view.entries.first().is_none_or(|e| e.position.seq == 1);
                prop_assert!(starts_at_one || view.cuts > 0, "{chat:?}: {view:?}");
            }
        }
        Ok(())
    }

    /// I10, as far as a state machine can show it.
    pub(super) fn nothing_is_left(mut self) -> Verdict {
        self.empty();
        prop_assert_eq!(self.hub.online(), 0);
        prop_assert!(self.hub.sessions.is_empty());
        prop_assert!(self.hub.wake_at().is_none(), "{:?}", self.hub.wake_at());
        for summary in self.hub.topic_list() {
            prop_assert_eq!((summary.member_count, summary.guests), (0, 0));
        }
        Ok(())
    }

    /// I12.
    pub(super) fn everything_is_delivered(&self) -> Verdict {
        for (who, member) in self.members.iter().enumerate() {
            prop_assert!(member.outbox.is_empty(), "{:?}", member.outbox);
            prop_assert!(member.refused.is_empty(), "{:?}", member.refused);
            for (chat, id) in &member.written {
                let log = self.disk.lists.log(&self.key(who, chat));
                let is_there = log
                    .iter()
                    .any(|entry| entry.author.user_id == member.user_id && entry.message_id == *id);
                prop_assert!(is_there, "{id} is nowhere");
            }
        }
        Ok(())
    }
}
