//! Who is told who is here. In a room of a hundred everybody is told of everybody; in a larger one of the first who came, of
//! those with whom one has a direct chat, and of how many there are (decision 023).

use std::collections::{BTreeMap, BTreeSet};

use landline_protocol::{
    Timestamp, UserId,
    limits::{CROWD_LISTED, PRESENCE_LISTED},
};

use crate::command::SessionId;
use crate::effect::{Audience, Event, PersonHere};
use crate::limits::{GATHER_MS, ROSTER_GATHER_MS};
use crate::state::Hub;

impl Hub {
    pub(crate) fn person_here(&self, user: UserId) -> Option<PersonHere> {
        let person = self.people.person(user)?;
        Some(PersonHere {
            person,
            online: self.people.is_here(user),
            host: self.host == Some(user),
        })
    }

    /// Everybody who is here, oldest first.
    pub fn people_here(&self) -> Vec<PersonHere> {
        let users = self.people.all_here();
        users.filter_map(|user| self.person_here(user)).collect()
    }

    /// Something changed; when it will be told.
    pub(crate) fn gather_presence(&mut self, now: Timestamp) {
        if !self.people.changed.is_empty() {
            let wait = self.people.crowd.gather_ms(self.people.online());
            self.presence_at.get_or_insert(Timestamp(now.0 + wait));
        }
        if self.people.roster_news {
            let wait = if self.people.crowd.is() {
                ROSTER_GATHER_MS
            } else {
                GATHER_MS
            };
            self.rosters_at.get_or_insert(Timestamp(now.0 + wait));
        }
    }

    /// The list to one session, in pieces that fit a frame.
    pub(crate) fn tell_who_is_here(&mut self, session: SessionId) {
        let me = self.sessions[&session].person.user_id;
        let (people, total) = if self.people.crowd.is() {
            let mut users: BTreeSet<UserId> = self.partners_here(me).collect();
            users.extend(
                self.people
                    .named
                    .iter()
                    .filter(|user| self.people.is_here(**user)),
            );
            users.insert(me);
            self.total_is_shown();
            (self.persons(users), Some(self.total()))
        } else {
            (self.people_here(), None)
        };
        self.tell_people(&Audience::One(session), &people, true, total);
    }

    /// What the sessions that are told the whole list have not been told.
    pub(crate) fn tell_rosters(&mut self) {
        if !std::mem::take(&mut self.people.roster_news) || self.people.rosters().is_empty() {
            return;
        }
        let rosters = self.people.rosters().iter().copied().collect();
        let event = Event::Presence {
            people: self.people_here(),
            complete: true,
            total: None,
        };
        self.tell(Audience::Many(rosters, None), event);
    }

    /// What changed, to everybody.
    pub(crate) fn tell_presence(&mut self) {
        let changed = std::mem::take(&mut self.people.changed);
        let renamed = std::mem::take(&mut self.people.renamed);
        let has_turned = self.people.crowd.settle(self.people.online());
        match (self.people.crowd.is(), has_turned) {
            (false, false) => {
                let people = self.persons(changed);
                self.tell_everybody(&people, false, None);
            }
            (false, true) => {
                self.people.named.clear();
                let people = self.people_here();
                self.tell_everybody(&people, true, None);
            }
            (true, true) => self.tell_of_a_crowd(),
            (true, false) => self.tell_a_crowd(&changed, &renamed),
        }
    }

    /// The room has become too large to name everybody.
    fn tell_of_a_crowd(&mut self) {
        self.people.named.clear();
        self.name_more();
        self.people.told_total = self.people.online();
        self.people.is_total_mixed = false;
        let total = Some(self.total());
        let people = self.persons(self.people.named.clone());
        self.tell_everybody(&people, true, total);
        let with_partners: Vec<UserId> = self
            .people
            .all_here()
            .filter(|user| self.partners.contains_key(user))
            .collect();
        for me in with_partners {
            let people = self.persons(self.partners_here(me).collect::<Vec<_>>());
            self.tell_one(me, &people);
        }
    }

    fn tell_a_crowd(&mut self, changed: &BTreeSet<UserId>, renamed: &BTreeSet<UserId>) {
        let mut news: BTreeSet<UserId> = self.people.named.intersection(changed).copied().collect();
        self.people.named.retain(|user| !news.contains(user));
        let back = news.iter().filter(|user| self.people.is_here(**user));
        let back: Vec<UserId> = back.copied().collect();
        self.people.named.extend(back);
        news.extend(self.name_more());
        let total = self.people.online();
        let is_mixed = std::mem::take(&mut self.people.is_total_mixed);
        if !news.is_empty() || is_mixed || total != self.people.told_total {
            self.people.told_total = total;
            let (people, total) = (self.persons(news), Some(self.total()));
            self.tell_everybody(&people, false, total);
        }
        let mut by_reader: BTreeMap<UserId, Vec<UserId>> = BTreeMap::new();
        for user in changed {
            for partner in self.partners_here(*user) {
                by_reader.entry(partner).or_default().push(*user);
            }
        }
        for user in renamed {
            by_reader.entry(*user).or_default().push(*user);
        }
        for (reader, users) in by_reader {
            let people = self.persons(users);
            self.tell_one(reader, &people);
        }
    }

    /// Two who just began a direct chat learn of each other, as they would have if they had had it before.
    pub(crate) fn tell_partners(&mut self, low: UserId, high: UserId) {
        if self.people.crowd.is() {
            for (me, other) in [(low, high), (high, low)] {
                let people = self.persons([other]);
                self.tell_one(me, &people);
            }
        }
    }

    /// Whom everybody is told of, filled up: the host, and those who came first. Who is added.
    fn name_more(&mut self) -> Vec<UserId> {
        let host = self.host.filter(|host| self.people.is_here(*host));
        let mut added = Vec::new();
        for user in host.into_iter().chain(self.people.all_here()) {
            if self.people.named.len() + added.len() >= CROWD_LISTED {
                break;
            }
            if !self.people.named.contains(&user) && !added.contains(&user) {
                added.push(user);
            }
        }
        self.people.named.extend(added.iter().copied());
        added
    }

    fn partners_here(&self, me: UserId) -> impl Iterator<Item = UserId> {
        let partners = self.partners.get(&me).into_iter().flatten().copied();
        partners.filter(move |other| self.people.is_here(*other))
    }

    fn persons(&self, users: impl IntoIterator<Item = UserId>) -> Vec<PersonHere> {
        let persons = users.into_iter().filter_map(|user| self.person_here(user));
        persons.collect()
    }

    fn total(&self) -> u32 {
        u32::try_from(self.people.online()).unwrap_or(u32::MAX)
    }

    /// Somebody is told the total as it is now, whatever the others were told.
    fn total_is_shown(&mut self) {
        self.people.is_total_mixed |= self.people.online() != self.people.told_total;
    }

    fn tell_one(&mut self, user: UserId, people: &[PersonHere]) {
        let sessions = self.people.sessions_of(user);
        let natives = sessions
            .iter()
            .filter(|one| !self.people.rosters().contains(one));
        let natives: std::sync::Arc<[SessionId]> = natives.copied().collect();
        if !people.is_empty() && !natives.is_empty() {
            self.total_is_shown();
            let total = Some(self.total());
            self.tell_people(&Audience::Many(natives, None), people, false, total);
        }
    }

    fn tell_everybody(&mut self, people: &[PersonHere], complete: bool, total: Option<u32>) {
        if people.is_empty() && !complete && total.is_none() {
            return;
        }
        let everybody = Audience::Many(self.people.audience(), None);
        self.tell_people(&everybody, people, complete, total);
    }

    fn tell_people(
        &mut self,
        audience: &Audience,
        people: &[PersonHere],
        complete: bool,
        total: Option<u32>,
    ) {
        let (first, rest) = people.split_at(people.len().min(PRESENCE_LISTED));
        let pieces = std::iter::once((first, complete))
            .chain(rest.chunks(PRESENCE_LISTED).map(|piece| (piece, false)));
        for (piece, complete) in pieces {
            let people = piece.to_vec();
            self.tell(
                audience.clone(),
                Event::Presence {
                    people,
                    complete,
                    total,
                },
            );
        }
    }
}
