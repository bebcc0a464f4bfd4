//! Removing somebody: from that command on nothing reaches them, neither what is said later nor what they asked for before,
//! and they do not come in again (I8).

use std::collections::{HashMap, HashSet};

use landline_protocol::{CloseCode, Code, Timestamp, UserId};

use crate::command::{Command, Enter, SessionId, TokenDigest};
use crate::effect::{Audience, Effect, Event, Refusal};
use crate::state::Hub;

const REASON: &str = "You were removed from this room";

/// Who may not come in, and who is on the way out.
#[derive(Default)]
pub(crate) struct Kicked {
    bans: HashMap<UserId, Ban>,
    /// Guests whose going waits for its turn among the messages. Nothing is told to them any more.
    leaving: HashSet<SessionId>,
}

struct Ban {
    /// For ever without it.
    until: Option<Timestamp>,
    /// Another id with the same secret is the same person.
    token: Option<TokenDigest>,
}

impl Kicked {
    /// Whether a session was removed and only its going is still to be told.
    pub(crate) fn is_leaving(&self, session: SessionId) -> bool {
        self.leaving.contains(&session)
    }

    pub(crate) fn has_left(&mut self, session: SessionId) {
        self.leaving.remove(&session);
    }

    fn bans(&mut self, enter: &Enter, now: Timestamp) -> bool {
        self.bans
            .retain(|_, ban| ban.until.is_none_or(|until| until > now));
        let is_theirs = |ban: &Ban| ban.token.is_some() && ban.token == enter.token;
        self.bans.contains_key(&enter.person.user_id) || self.bans.values().any(is_theirs)
    }
}

impl Hub {
    /// Ends all sessions of `user`, who does not come in again until then, or ever.
    pub(crate) fn kick(&mut self, user: UserId, until: Option<Timestamp>, now: Timestamp) {
        let token = self.people.record(user).and_then(|record| record.token);
        self.kicked.bans.insert(user, Ban { until, token });
        let mut theirs: Vec<SessionId> = self
            .sessions
            .iter()
            .filter(|(session, here)| {
                here.person.user_id == user && !self.kicked.is_leaving(**session)
            })
            .map(|(session, _)| *session)
            .collect();
        theirs.sort_unstable();
        for session in theirs {
            self.effects
                .push(Effect::Close(session, CloseCode::Kicked, REASON));
            if self.is_guest(session) {
                self.kick_guest(session, now);
            } else {
                self.exit(session, now);
            }
        }
    }

    /// The others hear of a guest's going behind the messages under way, as always; the guest hears nothing any more.
    fn kick_guest(&mut self, session: SessionId, now: Timestamp) {
        self.kicked.leaving.insert(session);
        let topics = self.sessions.get(&session).map(|here| here.topics.clone());
        for topic in topics.into_iter().flatten() {
            self.topics.silence(&topic, session);
        }
        self.take_turn(Command::Exit(session), now);
    }

    /// They may come in again.
    pub(crate) fn pardon(&mut self, user: UserId) {
        self.kicked.bans.remove(&user);
    }

    /// Turns away who was removed; whether it did. Asked at every entering, so at every resume.
    pub(crate) fn turns_away(&mut self, enter: &Enter, now: Timestamp) -> bool {
        if !self.kicked.bans(enter, now) {
            return false;
        }
        let session = enter.session;
        let refusal = Refusal::new(Code::Unauthorized, REASON);
        self.tell(Audience::One(session), Event::Refused(refusal));
        self.effects
            .push(Effect::Close(session, CloseCode::Kicked, REASON));
        true
    }
}
