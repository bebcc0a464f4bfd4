//! Who is here, for the REST calls of the flat client (dialects.md 9.5): whoever is connected, and whoever said so lately.

use std::sync::Arc;

use landline_protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::State;

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
    /// Somebody says that they are here. A connected user keeps the name they said hello with.
    pub(crate) fn beat(&mut self, user_id: Option<UserId>, name: &str, now: Timestamp) -> Beat {
        let connected = user_id
            .filter(|user| self.is_connected(*user))
            .and_then(|user| self.name_of(user));
        let name = connected.unwrap_or_else(|| name.into());
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

    /// Everybody who is here but one, the newest first.
    pub(crate) fn online(&mut self, but: Option<UserId>, now: Timestamp) -> Vec<Beat> {
        self.online.beats.retain(|beat| beat.at.0 + BEAT_MS > now.0);
        let dialect = self.users.iter().filter(|(id, _)| self.is_connected(**id));
        let mut here: Vec<(UserId, Arc<str>, Timestamp)> = dialect
            .map(|(id, user)| (*id, user.name.clone(), user.hello.unwrap_or(now)))
            .collect();
        let members = self
            .members
            .iter()
            .filter(|(_, member)| member.left.is_none());
        here.extend(members.map(|(id, member)| (*id, member.name.clone(), member.seen)));
        here.sort_by_key(|(id, _, since)| (std::cmp::Reverse(*since), *id));
        here.dedup_by_key(|(id, ..)| *id);
        let connected = here.into_iter().map(|(user, name, _)| Beat {
            id: user.0,
            user_id: Some(user),
            name,
            at: now,
        });
        let mut list: Vec<Beat> = connected.collect();
        for beat in self.online.beats.iter().rev() {
            if beat.user_id.is_none() || list.iter().all(|listed| listed.user_id != beat.user_id) {
                list.push(beat.clone());
            }
        }
        list.retain(|beat| but.is_none() || beat.user_id != but);
        list
    }

    fn is_connected(&self, user: UserId) -> bool {
        let is_in = |user: &super::User| {
            user.conns
                .iter()
                .any(|conn| self.conns.get(conn).is_some_and(|conn| conn.is_in))
        };
        self.users.get(&user).is_some_and(is_in)
            || self
                .members
                .get(&user)
                .is_some_and(|member| member.left.is_none())
    }
}
