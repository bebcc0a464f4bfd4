//! Who is known and who is here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use landline_protocol::{Timestamp, UserId};

use crate::command::{Person, SessionId, Standing};
use crate::crowd::Crowd;
use crate::ports::MemberRecord;

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
    pub(crate) crowd: Crowd,
    /// Who came, went, or is called something else since it was told last.
    pub(crate) changed: BTreeSet<UserId>,
    /// Those of them who were here already.
    pub(crate) renamed: BTreeSet<UserId>,
    /// What the rosters have not been told.
    pub(crate) roster_news: bool,
    /// In a crowd, who of it everybody was told of.
    pub(crate) named: BTreeSet<UserId>,
    pub(crate) told_total: usize,
    /// Whether somebody was told another total since.
    pub(crate) is_total_mixed: bool,
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
            crowd: Crowd::default(),
            changed: BTreeSet::new(),
            renamed: BTreeSet::new(),
            roster_news: false,
            named: BTreeSet::new(),
            told_total: 0,
            is_total_mixed: false,
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
            self.has_changed(user);
        }
        self.crowd.grew(self.here.len());
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
        self.has_changed(user);
        if let Some(known) = self.known.get_mut(&user) {
            known.last_seen = now;
        }
        true
    }

    /// Somebody is called something else, or came another way than before.
    pub(crate) fn mark_changed(&mut self, user: UserId) {
        self.has_changed(user);
        if self.is_here(user) {
            self.renamed.insert(user);
        }
    }

    fn has_changed(&mut self, user: UserId) {
        self.changed.insert(user);
        self.roster_news = true;
    }

    pub(crate) fn is_here(&self, user: UserId) -> bool {
        self.here.contains_key(&user)
    }

    /// Those who are here, in the order in which they came.
    pub(crate) fn all_here(&self) -> impl Iterator<Item = UserId> {
        self.by_arrival.values().copied()
    }

    pub(crate) fn all_known(&self) -> impl Iterator<Item = &MemberRecord> {
        self.known.values()
    }

    /// The sessions that are told the whole list.
    pub(crate) fn rosters(&self) -> &BTreeSet<SessionId> {
        &self.rosters
    }

    /// All sessions that are told of changes; shared until somebody comes or goes.
    pub(crate) fn audience(&mut self) -> Arc<[SessionId]> {
        self.audience
            .get_or_insert_with(|| self.sessions.iter().copied().collect())
            .clone()
    }

    pub(crate) fn person(&self, user: UserId) -> Option<Person> {
        let known = self.known.get(&user)?;
        Some(Person {
            user_id: user,
            name: known.name.clone(),
            via: known.via,
        })
    }
}
