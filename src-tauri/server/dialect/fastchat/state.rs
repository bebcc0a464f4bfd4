//! What the dialect knows beside the hub: who said hello lately and in which form, their chats, what waits for whom.
//! Pure: time comes with each call, and what is to be said goes back as [`Tell`]s.

mod chats;
mod coming;
mod delivery;
mod holding;
mod kept;
mod online;
mod saying;

use std::collections::HashMap;
use std::sync::Arc;

use landline_hub::SessionId;
use landline_protocol::{Timestamp, UserId};
use uuid::Uuid;

use super::form::Form;
use super::rates::Rates;
use super::reading::Kind;
use super::writing::{Frame, Shown};
use delivery::Deliveries;
pub(crate) use delivery::{Known, Parcel};
pub(crate) use kept::Kept;
pub(crate) use online::Beat;
use online::Online;
pub(crate) use saying::Saying;

/// How long a chat, and that somebody was here, is remembered.
pub(crate) const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// People remembered; who said hello longest ago goes.
const USERS_MAX: usize = 10_000;
/// Chats remembered; the one used longest ago goes.
const CHATS_MAX: usize = 10_000;
/// How far the moment of a chat's last use on the disk may be behind.
const USE_SAVED_EVERY_MS: i64 = 10 * 60 * 1_000;

/// A frame for one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tell {
    pub(crate) to: SessionId,
    pub(crate) form: Form,
    pub(crate) frame: Frame,
}

/// Who is here by the room's list, as the session that asks was told.
pub(crate) type Roster = HashMap<UserId, Arc<str>>;

/// All of it.
pub(crate) struct State {
    users: HashMap<UserId, User>,
    conns: HashMap<SessionId, Conn>,
    chats: HashMap<Pair, Chat>,
    members: HashMap<UserId, Member>,
    rates: Rates,
    deliveries: Deliveries,
    online: Online,
    /// Whether something that outlives a restart changed since it was last asked.
    is_changed: bool,
}

/// Two users, the lower id first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Pair(UserId, UserId);

impl Pair {
    fn new(one: UserId, other: UserId) -> Pair {
        Pair(one.min(other), one.max(other))
    }
}

struct Chat {
    id: Uuid,
    opener: UserId,
    used: Timestamp,
    /// `used` as it was last written to the disk.
    saved: Timestamp,
}

struct User {
    name: Arc<str>,
    /// Of their last `HELLO`.
    form: Form,
    /// When their last `HELLO` was accepted; none yet for a newcomer.
    hello: Option<Timestamp>,
    /// When they last said anything, to show.
    seen: Timestamp,
    /// When their last connection closed.
    left: Option<Timestamp>,
    conns: Vec<SessionId>,
    /// With whom the chat is that the flat client shows.
    current: Option<UserId>,
    /// Who opened a chat with them last, or wrote last.
    heard: Option<UserId>,
    /// Who was told that they type.
    typing_to: Option<UserId>,
}

struct Conn {
    user: UserId,
    form: Form,
    name: Arc<str>,
    /// Whether the hub let it in; until then what it is told waits here.
    is_in: bool,
    backlog: Vec<Frame>,
    /// To whom it last sent `OPEN_CHAT` or `MSG`.
    spoke_to: Option<UserId>,
}

/// A member who came by Landline's own protocol.
struct Member {
    name: Arc<str>,
    left: Option<Timestamp>,
    seen: Timestamp,
}

impl State {
    pub(crate) fn new(is_limiting: bool) -> State {
        State {
            users: HashMap::new(),
            conns: HashMap::new(),
            chats: HashMap::new(),
            members: HashMap::new(),
            rates: Rates::new(is_limiting),
            deliveries: Deliveries::default(),
            online: Online::default(),
            is_changed: false,
        }
    }

    /// Counts a frame against its rate.
    ///
    /// # Errors
    /// How many milliseconds to wait.
    pub(crate) fn pace(&mut self, conn: SessionId, kind: Kind, now: Timestamp) -> Result<(), u64> {
        let Some(known) = self.conns.get(&conn) else {
            return Ok(());
        };
        if let Some(user) = self.users.get_mut(&known.user) {
            user.seen = now;
        }
        self.rates.one_more(known.user, kind, now)
    }

    /// The members of the room as a session was told them. What its user had for one who is back goes to that session.
    pub(crate) fn see_members(
        &mut self,
        conn: SessionId,
        here: &Roster,
        now: Timestamp,
    ) -> Vec<Parcel> {
        for (user, name) in here {
            self.members.insert(
                *user,
                Member {
                    name: name.clone(),
                    left: None,
                    seen: now,
                },
            );
        }
        for (user, member) in &mut self.members {
            if member.left.is_none() && !here.contains_key(user) {
                member.left = Some(now);
            }
        }
        self.release_to_members(conn, here)
    }

    /// Whether somebody can get a message now.
    fn is_here(&self, user: UserId, roster: &Roster) -> bool {
        match self.users.get(&user) {
            Some(known) if known.hello.is_some() => {
                let is_in = |conn: &SessionId| self.conns.get(conn).is_some_and(|conn| conn.is_in);
                known.conns.iter().any(is_in)
                    || self
                        .members
                        .get(&user)
                        .is_some_and(|member| member.left.is_none())
            }
            _ => roster.contains_key(&user),
        }
    }

    /// Whether somebody is here as a member of the room.
    pub(crate) fn is_member(&self, user: UserId) -> bool {
        self.members
            .get(&user)
            .is_some_and(|member| member.left.is_none())
    }

    /// What to call somebody; dialect users by the name they gave, whatever its length.
    pub(crate) fn name_of(&self, user: UserId) -> Option<Arc<str>> {
        let name = |user: &User| user.name.clone();
        let known = self
            .users
            .get(&user)
            .filter(|user| user.hello.is_some() || !user.conns.is_empty());
        known
            .map(name)
            .or_else(|| self.members.get(&user).map(|member| member.name.clone()))
    }

    /// The name of somebody in the room's list: the list cuts what the dialect allows.
    pub(crate) fn shown_name(&self, shown: &Shown) -> Arc<str> {
        let user = self
            .users
            .get(&shown.user)
            .filter(|user| !user.conns.is_empty() && user.hello.is_some());
        user.map_or_else(|| shown.name.clone(), |user| user.name.clone())
    }

    /// Says something to every connection of a user, or to those of one form.
    fn tell(&mut self, user: UserId, form: Option<Form>, frame: &Frame) -> Vec<Tell> {
        let mut tells = Vec::new();
        let Some(user) = self.users.get(&user) else {
            return tells;
        };
        for to in &user.conns {
            let Some(conn) = self.conns.get_mut(to) else {
                continue;
            };
            if form.is_some_and(|form| form != conn.form) {
                continue;
            }
            if conn.is_in {
                tells.push(Tell {
                    to: *to,
                    form: conn.form,
                    frame: frame.clone(),
                });
            } else {
                conn.backlog.push(frame.clone());
            }
        }
        tells
    }

    fn has(&self, user: UserId, form: Form) -> bool {
        let conns = self
            .users
            .get(&user)
            .into_iter()
            .flat_map(|user| &user.conns);
        conns
            .filter_map(|conn| self.conns.get(conn))
            .any(|conn| conn.form == form)
    }

    /// Forgets whom nobody has seen for a day, and the oldest of too many.
    pub(crate) fn forget_the_old(&mut self, now: Timestamp) {
        let is_old = |at: Timestamp| at.0 + KEPT_MS <= now.0;
        let is_idle = |user: &User| user.conns.is_empty();
        self.users
            .retain(|_, user| !is_idle(user) || user.hello.is_some_and(|hello| !is_old(hello)));
        while self.users.len() > USERS_MAX {
            let idle = self.users.iter().filter(|(_, user)| is_idle(user));
            let Some(oldest) = idle.min_by_key(|(_, user)| user.hello).map(|(id, _)| *id) else {
                break;
            };
            self.users.remove(&oldest);
        }
        self.members
            .retain(|_, member| member.left.is_none() || !is_old(member.seen));
        self.chats.retain(|_, chat| !is_old(chat.used));
        while self.chats.len() > CHATS_MAX {
            let Some(oldest) = self
                .chats
                .iter()
                .min_by_key(|(_, chat)| chat.used)
                .map(|(pair, _)| *pair)
            else {
                break;
            };
            self.chats.remove(&oldest);
        }
        self.rates.forget_the_quiet(now);
        let users = &self.users;
        self.deliveries.forget(|user| !users.contains_key(&user));
    }
}

#[cfg(test)]
mod tests;
