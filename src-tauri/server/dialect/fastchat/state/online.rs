//! Who is here, for the REST calls of the flat client (dialects.md 9.5): whoever is connected, and whoever said so lately.

use std::sync::Arc;

use landline_protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::State;
use crate::dialect::fastchat::writing::Shown;

/// How long a heartbeat lasts, in milliseconds.
pub(crate) const BEAT_MS: i64 = 30_000;
/// Heartbeats remembered; the oldest goes.
pub(crate) const BEATS_MAX: usize = 1_000;

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beat {
    /// Its own name.
    pub(crate) id: Uuid,
    /// Absent where only a name was given.
    pub(crate) user_id: Option<UserId>,
    pub(crate) name: Arc<str>,
    pub(crate) at: Timestamp,
}

/// The heartbeats, the newest last.
#[derive(Default)]
pub(crate) struct Online {
    beats: Vec<Beat>,
}

impl State {
    /// Somebody says that they are here. A connected user keeps the name they said hello with. `here`: the room's list.
    pub(crate) fn beat(
        &mut self,
        user_id: Option<UserId>,
        name: &str,
        here: &[Shown],
        now: Timestamp,
    ) -> Beat {
        let connected = here.iter().find(|shown| Some(shown.user) == user_id);
        let name = connected.map_or_else(|| name.into(), |shown| self.shown_name(shown));
        let beats = &mut self.online.beats;
        let is_same = |beat: &Beat| match user_id {
            Some(_) => beat.user_id == user_id,
            None => beat.user_id.is_none() && beat.name == name,
        };
        let known = beats
            .iter()
            .position(is_same)
            .map(|index| beats.remove(index).id);
        let id = user_id
            .map(|user| user.0)
            .or(known)
            .unwrap_or_else(Uuid::new_v4);
        let beat = Beat {
            id,
            user_id,
            name,
            at: now,
        };
        if beats.len() >= BEATS_MAX {
            beats.remove(0);
        }
        beats.push(beat.clone());
        beat
    }

    /// Everybody who is here but one, the newest first. `here`: the room's list, oldest first.
    pub(crate) fn online(
        &mut self,
        but: Option<UserId>,
        here: &[Shown],
        now: Timestamp,
    ) -> Vec<Beat> {
        self.online
            .beats
            .retain(|beat| (beat.at.0..beat.at.0 + BEAT_MS).contains(&now.0));
        let connected = here.iter().rev().map(|shown| {
            let said = self.users.get(&shown.user).map_or(now, |user| user.seen);
            let beat = self
                .online
                .beats
                .iter()
                .rfind(|beat| beat.user_id == Some(shown.user));
            Beat {
                id: shown.user.0,
                user_id: Some(shown.user),
                name: self.shown_name(shown),
                at: beat.map_or(said, |beat| beat.at.max(said)),
            }
        });
        let mut list: Vec<Beat> = connected.collect();
        let is_listed = |beat: &&Beat| here.iter().any(|shown| Some(shown.user) == beat.user_id);
        list.extend(
            self.online
                .beats
                .iter()
                .rev()
                .filter(|beat| !is_listed(beat))
                .cloned(),
        );
        list.sort_by_key(|beat| std::cmp::Reverse(beat.at));
        list.retain(|beat| but.is_none() || beat.user_id != but);
        list
    }
}
