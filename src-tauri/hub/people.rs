//! Who is known and who is here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use landline_protocol::{Timestamp, UserId, limits::PRESENCE_LISTED};

use crate::command::{Person, SessionId, Standing};
use crate::effect::{Audience, Event, PersonHere};
use crate::ports::MemberRecord;
use crate::state::Hub;

/// Everybody ever seen, and who of them is here.
pub(crate) struct People {
    known: HashMap<UserId, MemberRecord>,
    /// Sessions of those who are here.
    here: HashMap<UserId, Here>,
    /// Those who are here in the order in which they came.
    by_arrival: BTreeMap<u64, UserId>,
    arrivals: u64,
    sessions: BTreeSet<SessionId>,
    audience: Option<Arc<[SessionId]>>,
    /// Sessions that are told the whole list.
    rosters: BTreeSet<SessionId>,
    changed: BTreeSet<UserId>,
}

struct Here {
    arrival: u64,
    sessions: Vec<SessionId>,
}

impl People {
    pub(crate) fn new(members: Vec<MemberRecord>) -> People {
        People {
            known: members
                .into_iter()
                .map(|member| (member.user_id, member))
                .collect(),
            here: HashMap::new(),
            by_arrival: BTreeMap::new(),
            arrivals: 0,
            sessions: BTreeSet::new(),
            audience: None,
            rosters: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }

    pub(crate) fn knows(&self, user: UserId) -> bool {
        self.known.contains_key(&user)
    }

    pub(crate) fn record(&self, user: UserId) -> Option<&MemberRecord> {
        self.known.get(&user)
    }

    /// Learns of a member; tells whether anything lasting changed.
    pub(crate) fn learn(&mut self, record: MemberRecord) -> bool {
        let lasting = |member: &MemberRecord| (member.name.clone(), member.via, member.token);
        let is_news = self
            .known
            .get(&record.user_id)
            .is_none_or(|known| lasting(known) != lasting(&record));
        self.known.insert(record.user_id, record);
        is_news
    }

    pub(crate) fn online(&self) -> usize {
        self.here.len()
    }

    pub(crate) fn sessions_of(&self, user: UserId) -> &[SessionId] {
        self.here.get(&user).map_or(&[], |here| &here.sessions)
    }

    pub(crate) fn arrive(&mut self, user: UserId, session: SessionId, standing: Standing) {
        if standing == Standing::Roster {
            self.rosters.insert(session);
        } else {
            self.sessions.insert(session);
            self.audience = None;
        }
        let here = self.here.entry(user).or_insert_with(|| {
            self.arrivals += 1;
            self.by_arrival.insert(self.arrivals, user);
            Here {
                arrival: self.arrivals,
                sessions: Vec::new(),
            }
        });
        here.sessions.push(session);
        if here.sessions.len() == 1 {
            self.changed.insert(user);
        }
    }

    /// Tells whether that was the last session of `user`.
    pub(crate) fn depart(&mut self, user: UserId, session: SessionId, now: Timestamp) -> bool {
        self.rosters.remove(&session);
        self.sessions.remove(&session);
        self.audience = None;
        let Some(here) = self.here.get_mut(&user) else {
            return false;
        };
        here.sessions.retain(|one| *one != session);
        if !here.sessions.is_empty() {
            return false;
        }
        self.by_arrival.remove(&here.arrival);
        self.here.remove(&user);
        self.changed.insert(user);
        if let Some(known) = self.known.get_mut(&user) {
            known.last_seen = now;
        }
        true
    }

    pub(crate) fn mark_changed(&mut self, user: UserId) {
        self.changed.insert(user);
    }

    /// All sessions that are told of changes; shared until somebody comes or goes.
    pub(crate) fn audience(&mut self) -> Arc<[SessionId]> {
        self.audience
            .get_or_insert_with(|| self.sessions.iter().copied().collect())
            .clone()
    }

    fn person(&self, user: UserId) -> Option<Person> {
        let known = self.known.get(&user)?;
        Some(Person {
            user_id: user,
            name: known.name.clone(),
            via: known.via,
        })
    }
}

impl Hub {
    fn person_here(&self, user: UserId) -> Option<PersonHere> {
        let person = self.people.person(user)?;
        Some(PersonHere {
            person,
            online: self.people.here.contains_key(&user),
            host: self.host == Some(user),
        })
    }

    /// Everybody who is here, oldest first.
    pub fn people_here(&self) -> Vec<PersonHere> {
        let users = self.people.by_arrival.values();
        users.filter_map(|user| self.person_here(*user)).collect()
    }

    /// The whole list to one session, in pieces that fit a frame.
    pub(crate) fn tell_who_is_here(&mut self, session: SessionId) {
        let everybody = self.people_here();
        let mut pieces = everybody.chunks(PRESENCE_LISTED);
        let first = pieces.next().unwrap_or_default().to_vec();
        self.tell(
            Audience::One(session),
            Event::Presence {
                people: first,
                complete: true,
            },
        );
        for piece in pieces {
            self.tell(
                Audience::One(session),
                Event::Presence {
                    people: piece.to_vec(),
                    complete: false,
                },
            );
        }
    }

    /// What changed, to everybody.
    pub(crate) fn tell_presence(&mut self) {
        let changed = std::mem::take(&mut self.people.changed);
        if !changed.is_empty() && !self.people.rosters.is_empty() {
            let rosters = self.people.rosters.iter().copied().collect();
            let people = self.people_here();
            let complete = true;
            self.tell(
                Audience::Many(rosters, None),
                Event::Presence { people, complete },
            );
        }
        let people: Vec<PersonHere> = changed
            .iter()
            .filter_map(|user| self.person_here(*user))
            .collect();
        for piece in people.chunks(PRESENCE_LISTED) {
            let everybody = Audience::Many(self.people.audience(), None);
            self.tell(
                everybody,
                Event::Presence {
                    people: piece.to_vec(),
                    complete: false,
                },
            );
        }
    }
}
