//! Meeting somebody: two members who both ask for it are told of each other. What they say is an ordinary direct chat.

use std::collections::HashMap;

use landline_protocol::UserId;

use crate::command::SessionId;
use crate::effect::{Audience, Event, Pairing};
use crate::state::Hub;

/// Who waits, and who met whom. Nobody is in both.
#[derive(Default)]
pub(crate) struct Pairs {
    waiting: Option<UserId>,
    met: HashMap<UserId, UserId>,
}

impl Hub {
    pub(crate) fn find_pair(&mut self, session: SessionId) {
        let me = self.sessions[&session].person.user_id;
        self.part(me);
        let Some(other) = self.pairs.waiting.filter(|other| *other != me) else {
            self.pairs.waiting = Some(me);
            return self.tell_pair(me, Pairing::Waiting, None);
        };
        self.pairs.waiting = None;
        self.pairs.met.insert(me, other);
        self.pairs.met.insert(other, me);
        self.tell_pair(me, Pairing::Paired, Some(other));
        self.tell_pair(other, Pairing::Paired, Some(me));
    }

    pub(crate) fn leave_pair(&mut self, session: SessionId) {
        let me = self.sessions[&session].person.user_id;
        self.stop_pairing(me);
        self.tell_pair(me, Pairing::Off, None);
    }

    /// `user` no longer waits for anybody, and whoever met them learns that they left.
    pub(crate) fn stop_pairing(&mut self, user: UserId) {
        if self.pairs.waiting == Some(user) {
            self.pairs.waiting = None;
        }
        self.part(user);
    }

    fn part(&mut self, user: UserId) {
        if let Some(other) = self.pairs.met.remove(&user) {
            self.pairs.met.remove(&other);
            self.tell_pair(other, Pairing::Left, Some(user));
        }
    }

    fn tell_pair(&mut self, user: UserId, state: Pairing, with: Option<UserId>) {
        let with = with.map(|other| (other, self.name_of(other)));
        let sessions = self.people.sessions_of(user).into();
        self.tell(Audience::Many(sessions, None), Event::Pair { state, with });
    }
}
