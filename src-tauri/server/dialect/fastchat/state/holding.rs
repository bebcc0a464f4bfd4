//! Messages that wait for somebody who was here a moment ago.

use landline_hub::SessionId;
use landline_protocol::{Timestamp, UserId};

use super::delivery::{Parcel, Stage};
use super::{Roster, State, Tell};
use crate::dialect::fastchat::problem::Problem;

/// How long a message waits for somebody whose last connection closed, from then on, in milliseconds.
pub(crate) const HELD_MS: i64 = 5_000;
/// Messages that wait for one person.
pub(crate) const HELD_MAX: usize = 20;
impl State {
    /// Keeps a message for somebody who left a moment ago; tells whether it did.
    pub(super) fn hold(&mut self, parcel: &Parcel, now: Timestamp) -> bool {
        if self.left(parcel.to).is_none_or(|left| is_over(left, now)) {
            return false;
        }
        let held = self.deliveries.held.entry(parcel.to).or_default();
        if held.len() >= HELD_MAX {
            return false;
        }
        held.push(parcel.clone());
        true
    }

    fn left(&self, user: UserId) -> Option<Timestamp> {
        let left = self.users.get(&user).and_then(|user| user.left);
        left.or_else(|| self.members.get(&user).and_then(|member| member.left))
    }

    /// What waited for a dialect user who is back, for their session to post.
    pub(super) fn release(&mut self, user: UserId, by: SessionId) -> Vec<Parcel> {
        let parcels = self.deliveries.held.remove(&user).unwrap_or_default();
        self.posted_by(&parcels, by);
        parcels
    }

    /// What a connection's user had for members of the room who are back, for that connection to post.
    pub(super) fn release_to_members(&mut self, by: SessionId, here: &Roster) -> Vec<Parcel> {
        let Some(author) = self.conns.get(&by).map(|conn| conn.user) else {
            return Vec::new();
        };
        let mut parcels = Vec::new();
        for (to, held) in &mut self.deliveries.held {
            if here.contains_key(to) && self.members.contains_key(to) {
                parcels.extend(held.extract_if(.., |parcel| parcel.author == author));
            }
        }
        self.deliveries.held.retain(|_, held| !held.is_empty());
        self.posted_by(&parcels, by);
        parcels
    }

    fn posted_by(&mut self, parcels: &[Parcel], by: SessionId) {
        for parcel in parcels {
            let key = (parcel.author, parcel.message_id.clone());
            if let Some(sent) = self.deliveries.sent.get_mut(&key) {
                sent.stage = Stage::Posted(by);
            }
        }
    }

    /// Gives up on what has waited long enough.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<Tell> {
        let mut over = Vec::new();
        let waiting = std::mem::take(&mut self.deliveries.held);
        for (user, mut held) in waiting {
            let is_late = self.left(user).is_some_and(|left| is_over(left, now));
            if is_late {
                over.append(&mut held);
            } else {
                // For a member who is back it waits for its author's session.
                self.deliveries.held.insert(user, held);
            }
        }
        let mut tells = Vec::new();
        for Parcel {
            author, message_id, ..
        } in over
        {
            tells.extend(self.failed(author, &message_id, &Problem::Failed(message_id.clone())));
        }
        tells
    }

    /// When [`State::expire`] has something to do.
    pub(crate) fn wake_at(&self) -> Option<Timestamp> {
        let until = |user: &UserId| self.left(*user).map(|left| Timestamp(left.0 + HELD_MS));
        self.deliveries.held.keys().filter_map(until).min()
    }
}

/// Whether it is too late for somebody who left then. A clock that was set back must not make anything wait for long.
fn is_over(left: Timestamp, now: Timestamp) -> bool {
    !(left.0..left.0 + HELD_MS).contains(&now.0)
}
