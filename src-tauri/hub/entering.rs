//! Coming in, being renamed, going.

use std::collections::HashSet;
use std::net::IpAddr;

use landline_protocol::{CloseCode, Code, DisplayName, Timestamp, Via};

use crate::command::{Enter, SessionId, Standing};
use crate::effect::{Audience, Effect, Event, Refusal};
use crate::held::Held;
use crate::ports::{MemberRecord, Record};
use crate::state::{Hub, Session};

impl Hub {
    pub(crate) fn enter(&mut self, enter: Enter, now: Timestamp) {
        let session = enter.session;
        if let Some(known) = self.sessions.get(&session) {
            // A second hello of the same person is a new name; of another it is a mistake.
            if known.person.user_id == enter.person.user_id {
                self.rename(session, enter.person.name, now);
                self.welcome(session, now);
            } else {
                self.refuse(
                    session,
                    Refusal::new(Code::Validation, "This session already has another user_id"),
                );
            }
            return;
        }
        if self.turns_away(&enter, now) {
            return;
        }
        if enter.standing == Standing::Guest {
            return self.guest_enters(enter, now);
        }
        if let Err(refusal) = self.check_identity(&enter) {
            self.refuse(session, refusal);
            self.effects.push(Effect::Close(
                session,
                CloseCode::NotAuthorised,
                "This user_id is not yours",
            ));
            return;
        }
        let Enter {
            person,
            token,
            address,
            standing,
            ..
        } = enter;
        let token = token.or_else(|| {
            self.people
                .record(person.user_id)
                .and_then(|record| record.token)
        });
        let record = MemberRecord {
            user_id: person.user_id,
            name: person.name.clone(),
            via: person.via,
            token,
            last_seen: now,
        };
        if self.people.learn(record.clone()) {
            self.effects.push(Effect::Save(Record::Member(record)));
            self.people.mark_changed(person.user_id);
        }
        self.people.arrive(person.user_id, session, standing);
        self.sessions.insert(
            session,
            Session {
                person,
                address,
                standing,
                topics: HashSet::new(),
                held: Held::default(),
                heads_told: self.growth.newest(),
            },
        );
        self.gather(now);
        self.welcome(session, now);
    }

    fn welcome(&mut self, session: SessionId, now: Timestamp) {
        let person = self.sessions[&session].person.clone();
        let (room, epoch) = (self.room.clone(), self.epoch);
        self.tell(
            Audience::One(session),
            Event::Welcome {
                person,
                room,
                epoch,
                at: now,
            },
        );
        if self.is_guest(session) {
            return;
        }
        if self.sessions[&session].standing == Standing::Roster {
            let event = Event::Presence {
                people: self.people_here(),
                complete: true,
                total: None,
            };
            return self.tell(Audience::One(session), event);
        }
        self.tell_who_is_here(session);
    }

    /// A `user_id` belongs to whoever first gave a secret with it. Without one it belongs to whoever is here with it:
    /// presence shows all ids, so otherwise anyone could read another's direct chats.
    fn check_identity(&self, enter: &Enter) -> Result<(), Refusal> {
        let user = enter.person.user_id;
        let Some(record) = self.people.record(user) else {
            return Ok(());
        };
        let refused = |message| Err(Refusal::new(Code::Unauthorized, message));
        // Guests of `fastchat` prove nothing and are replayed nothing. With one id for both, they would be taken for a
        // member, or a member would be given the log of their chats.
        let is_unproven = |via| via == Via::Fastchat;
        if is_unproven(record.via) != is_unproven(enter.person.via) {
            return refused("This user_id is somebody else's");
        }
        match record.token {
            Some(token) if enter.token == Some(token) => Ok(()),
            Some(_) => refused("This user_id is bound to another token"),
            None => {
                let elsewhere = |session: &SessionId| {
                    !is_same_place(self.sessions[session].address, enter.address)
                };
                if self.people.sessions_of(user).iter().any(elsewhere) {
                    return refused("This user_id is in use");
                }
                Ok(())
            }
        }
    }

    pub(crate) fn rename(&mut self, session: SessionId, name: DisplayName, now: Timestamp) {
        if self.is_guest(session) {
            if let Some(here) = self.sessions.get_mut(&session) {
                here.person.name = name;
            }
            return;
        }
        let user = self.sessions[&session].person.user_id;
        for one in self.people.sessions_of(user).to_vec() {
            if let Some(session) = self.sessions.get_mut(&one) {
                session.person.name = name.clone();
            }
        }
        let Some(record) = self.people.record(user).cloned() else {
            return;
        };
        let record = MemberRecord { name, ..record };
        if self.people.learn(record.clone()) {
            self.effects.push(Effect::Save(Record::Member(record)));
            self.people.mark_changed(user);
            self.gather(now);
        }
    }

    pub(crate) fn exit(&mut self, session: SessionId, now: Timestamp) {
        if self.is_guest(session) {
            return self.guest_exits(session, now);
        }
        let Some(Session { person, topics, .. }) = self.sessions.remove(&session) else {
            return;
        };
        for topic in topics {
            self.topics.leave(&topic, person.user_id, session);
        }
        if self.people.depart(person.user_id, session, now) {
            self.stop_pairing(person.user_id);
            if let Some(record) = self.people.record(person.user_id) {
                self.effects
                    .push(Effect::Save(Record::Member(record.clone())));
            }
        }
        self.gather(now);
    }
}

fn is_same_place(one: IpAddr, other: IpAddr) -> bool {
    let (one, other) = (one.to_canonical(), other.to_canonical());
    one == other || (one.is_loopback() && other.is_loopback())
}
