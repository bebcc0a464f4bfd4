//! Which rooms are shown: a state machine without IO. Announcements and answers of ports go in with the time, events
//! and questions come out.
//!
//! A goodbye, or a record that ran out, is a hint; a port that does not answer is the proof. So a room goes when both
//! say so, or when it stays unannounced though its port answers: then its host hides it.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::record::{self, Sighting};
use crate::{Event, Room};

/// Rooms kept in all (promises.md 3.6). Full: see [`Table::make_place`].
pub(crate) const ROOMS_MAX: usize = 256;
/// Rooms kept of one source, told by its first address. Full: further ones are ignored.
pub(crate) const ROOMS_PER_SOURCE_MAX: usize = 64;
/// Announcements kept of one room; only the first of them speaks for it.
const INSTANCES_MAX: usize = 4;
/// One event comes for each card and address: changes are told together after this.
const DEBOUNCE: Duration = Duration::from_millis(300);
/// Time between two knocks at a room's port.
const PROBE_EVERY: Duration = Duration::from_secs(4);
/// The same for a room whose port does not answer though its announcement is confirmed, at the longest.
const PROBE_UNREACHABLE_EVERY: Duration = Duration::from_secs(30);
/// Time between two knocks at a room that said goodbye and still answers: it is about to stop.
const PROBE_LEAVING_EVERY: Duration = Duration::from_millis(250);
/// After this, a room that said it was leaving, and did not say goodbye, never meant it.
const LEAVING_UNTIL: Duration = Duration::from_secs(2);
/// After a loss everybody is asked again. A host that starts again within the second for which its goodbye is held back
/// looks to the daemon as if it had never been away, so the daemon says nothing by itself.
const LOOK_BACK_AFTER: Duration = Duration::from_millis(1_300);
/// How long a room is kept that said goodbye and still answers. Its host hides it, or somebody forged the goodbye: then it is heard again by then.
const GONE_FOR: Duration = Duration::from_secs(4);

/// What the table wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Does this room's port answer?
    Probe {
        room_id: String,
        addrs: Vec<SocketAddr>,
    },
    /// Is this announcement still valid? If not, its removal comes.
    Confirm { instance: String },
    /// Who is there?
    Browse,
}

/// The rooms.
#[derive(Default)]
pub(crate) struct Table {
    rooms: HashMap<String, Entry>,
    lost: VecDeque<String>,
    look_back_at: Option<Instant>,
    questions: VecDeque<Question>,
    arrivals: u64,
}

struct Entry {
    /// The announcements of this room, never empty; the first speaks for it.
    heard: Vec<Sighting>,
    /// Since when none of them is valid any more.
    gone_since: Option<Instant>,
    /// Since when the room says that it is about to stop.
    leaving_since: Option<Instant>,
    /// Its name speaks for another room now, so nothing but its port can confirm it.
    overtaken: bool,
    told: Option<Room>,
    outdated_since: Option<Instant>,
    /// Its port has answered once. Such a room is never dropped for a newer one.
    proved: bool,
    failures: u32,
    next_probe: Instant,
    probing: bool,
    arrival: u64,
}

impl Entry {
    fn room(&self) -> &Room {
        &self.heard[0].room
    }

    fn is_heard_as(&self, instance: &str) -> bool {
        let mut heard = self.heard.iter();
        heard.any(|known| known.instance.eq_ignore_ascii_case(instance))
    }

    fn source(&self) -> Option<IpAddr> {
        self.room().addrs.first().map(SocketAddr::ip)
    }

    fn note_change(&mut self, now: Instant) {
        if self.told.as_ref().is_some_and(|told| told == self.room()) {
            self.outdated_since = None;
        } else {
            self.outdated_since.get_or_insert(now);
        }
    }

    /// When the room's news is due. The first is due at once, as soon as there is an address; for one that scripts
    /// and browsers can use it waits a little.
    fn news_at(&self) -> Option<Instant> {
        let since = self.outdated_since?;
        match self.told {
            None if self.room().addrs.is_empty() => None,
            None if self.room().addrs.iter().all(needs_a_zone) => Some(since + DEBOUNCE),
            None => Some(since),
            Some(_) => Some(since + DEBOUNCE),
        }
    }
}

/// A link-local IPv6 address says nothing without the card it was heard on.
fn needs_a_zone(addr: &SocketAddr) -> bool {
    matches!(addr, SocketAddr::V6(v6) if v6.ip().is_unicast_link_local())
}

impl Table {
    /// An announcement was heard, or heard again.
    pub(crate) fn heard(&mut self, sighting: Sighting, now: Instant) {
        let room_id = sighting.room.room_id.clone();
        self.take_from_others(&sighting, now);
        if !self.rooms.contains_key(&room_id) && !self.make_place(&sighting.room, now) {
            return;
        }
        self.arrivals += 1;
        let arrival = self.arrivals;
        let entry = self.rooms.entry(room_id).or_insert_with(|| Entry {
            heard: vec![sighting.clone()],
            gone_since: None,
            leaving_since: None,
            overtaken: false,
            told: None,
            outdated_since: None,
            proved: false,
            failures: 0,
            next_probe: now,
            probing: false,
            arrival,
        });
        entry.leaving_since = None;
        entry.overtaken = false;
        let addrs_before = entry.room().addrs.clone();
        if entry.gone_since.take().is_some() {
            entry.heard = vec![sighting];
            entry.next_probe = now;
        } else if let Some(known) = entry
            .heard
            .iter_mut()
            .find(|known| known.instance.eq_ignore_ascii_case(&sighting.instance))
        {
            *known = sighting;
        } else if entry.heard[0].host_name == sighting.host_name {
            entry.heard.insert(0, sighting);
            entry.heard.truncate(INSTANCES_MAX);
        } else if entry.heard.len() < INSTANCES_MAX {
            // Another host claims this id. It speaks only once the first is found to be gone.
            self.questions.push_back(Question::Confirm {
                instance: entry.heard[0].instance.clone(),
            });
            entry.heard.push(sighting);
        }
        if entry.room().addrs != addrs_before {
            entry.next_probe = now;
        }
        entry.note_change(now);
    }

    /// A room says that it is about to stop: look at its port until that is so.
    pub(crate) fn leaving(&mut self, short_id: &str, now: Instant) {
        let mut rooms = self.rooms.iter_mut();
        if let Some((_, entry)) = rooms.find(|(room_id, _)| record::short_id(room_id) == short_id) {
            entry.leaving_since.get_or_insert(now);
            entry.next_probe = now;
        }
    }

    /// Another room announces itself by this name. At the same address it takes the first one's place; elsewhere one
    /// of the two hosts will rename itself, and until then only its port can say whether the first is still there.
    fn take_from_others(&mut self, sighting: &Sighting, now: Instant) {
        let room = &sighting.room;
        let mut replaced = false;
        for (room_id, entry) in &mut self.rooms {
            if *room_id == room.room_id || !entry.is_heard_as(&sighting.instance) {
                continue;
            }
            entry.overtaken = true;
            entry.next_probe = now;
            replaced |= room
                .addrs
                .iter()
                .any(|addr| entry.room().addrs.contains(addr));
        }
        if replaced {
            self.forget_instance(&sighting.instance, Some(&room.room_id), now);
        }
    }

    /// Whether a new room may come in. When all places are taken, the newest room whose port never answered goes, of
    /// the source that has most of them: a flood of made-up rooms drops itself, never a real one.
    fn make_place(&mut self, room: &Room, now: Instant) -> bool {
        let mut share: HashMap<Option<IpAddr>, usize> = HashMap::new();
        for entry in self.rooms.values() {
            *share.entry(entry.source()).or_default() += 1;
        }
        let source = room.addrs.first().map(SocketAddr::ip);
        if share
            .get(&source)
            .is_some_and(|rooms| *rooms >= ROOMS_PER_SOURCE_MAX)
        {
            return false;
        }
        if self.rooms.len() < ROOMS_MAX {
            return true;
        }
        let unproved = self.rooms.iter().filter(|(_, entry)| !entry.proved);
        let victim = unproved.max_by_key(|(_, entry)| (share[&entry.source()], entry.arrival));
        let Some(victim) = victim.map(|(room_id, _)| room_id.clone()) else {
            return false;
        };
        self.lose(&victim, now);
        true
    }

    /// An announcement said goodbye, or ran out unconfirmed.
    pub(crate) fn removed(&mut self, instance: &str, now: Instant) {
        self.forget_instance(instance, None, now);
    }

    fn forget_instance(&mut self, instance: &str, except: Option<&str>, now: Instant) {
        let mut gone = Vec::new();
        for (room_id, entry) in &mut self.rooms {
            let is_it = |known: &Sighting| known.instance.eq_ignore_ascii_case(instance);
            if except == Some(room_id.as_str())
                || entry.gone_since.is_some()
                || !entry.heard.iter().any(is_it)
            {
                continue;
            }
            if entry.heard.len() > 1 {
                entry.heard.retain(|known| !is_it(known));
                entry.note_change(now);
            } else if entry.failures > 0 {
                gone.push(room_id.clone());
            } else {
                entry.gone_since = Some(now);
                entry.next_probe = now;
                self.questions.push_back(Question::Browse);
            }
        }
        for room_id in gone {
            self.lose(&room_id, now);
        }
    }

    /// The answer to [`Question::Probe`].
    pub(crate) fn probed(&mut self, room_id: &str, answers: bool, now: Instant) {
        let Some(entry) = self.rooms.get_mut(room_id) else {
            return;
        };
        entry.probing = false;
        if answers {
            entry.proved = true;
            entry.failures = 0;
            entry.leaving_since = entry
                .leaving_since
                .filter(|since| now < *since + LEAVING_UNTIL);
            let soon = entry.gone_since.or(entry.leaving_since).is_some();
            entry.next_probe = now
                + if soon {
                    PROBE_LEAVING_EVERY
                } else {
                    PROBE_EVERY
                };
            if entry
                .gone_since
                .is_some_and(|since| now >= since + GONE_FOR)
            {
                self.lose(room_id, now);
            }
            return;
        }
        if entry.overtaken || entry.gone_since.or(entry.leaving_since).is_some() {
            return self.lose(room_id, now);
        }
        entry.failures += 1;
        let wait = PROBE_EVERY * 2_u32.pow(entry.failures.min(4) - 1);
        entry.next_probe = now + wait.min(PROBE_UNREACHABLE_EVERY);
        let confirm = entry.heard.iter().map(|known| Question::Confirm {
            instance: known.instance.clone(),
        });
        self.questions.extend(confirm);
    }

    /// Somebody could not reach this room: ask now.
    pub(crate) fn doubt(&mut self, room_id: &str, now: Instant) {
        if let Some(entry) = self.rooms.get_mut(room_id) {
            entry.next_probe = now;
        }
    }

    /// The network changed: ask every host for what it announces here.
    pub(crate) fn doubt_all(&mut self) {
        for entry in self.rooms.values() {
            let instance = entry.heard[0].instance.clone();
            self.questions.push_back(Question::Confirm { instance });
        }
    }

    /// What is to be asked now. A probe is handed out once and counts as running until [`Table::probed`].
    pub(crate) fn questions(&mut self, now: Instant, probes_max: usize) -> Vec<Question> {
        let mut asked: Vec<Question> = self.questions.drain(..).collect();
        asked.dedup();
        if self.look_back_at.take_if(|at| *at <= now).is_some() {
            asked.push(Question::Browse);
        }
        let due = self
            .rooms
            .iter_mut()
            .filter(|(_, entry)| !entry.probing && entry.next_probe <= now);
        for (room_id, entry) in due.take(probes_max) {
            entry.probing = true;
            asked.push(Question::Probe {
                room_id: room_id.clone(),
                addrs: entry.room().addrs.clone(),
            });
        }
        asked
    }

    /// Whether [`Table::next_event`] has something to say.
    pub(crate) fn has_event(&self, now: Instant) -> bool {
        !self.lost.is_empty()
            || self
                .rooms
                .values()
                .any(|entry| entry.news_at().is_some_and(|at| at <= now))
    }

    /// The next thing to tell. Losses come first.
    pub(crate) fn next_event(&mut self, now: Instant) -> Option<Event> {
        if let Some(room_id) = self.lost.pop_front() {
            return Some(Event::Lost { room_id });
        }
        let entry = self
            .rooms
            .values_mut()
            .find(|entry| entry.news_at().is_some_and(|at| at <= now))?;
        let room = entry.room().clone();
        entry.outdated_since = None;
        let known = entry.told.replace(room.clone()).is_some();
        Some(if known {
            Event::Changed(room)
        } else {
            Event::Found(room)
        })
    }

    /// When to look again, if nothing else happens.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        let probes = self
            .rooms
            .values()
            .filter(|entry| !entry.probing)
            .map(|entry| entry.next_probe);
        let news = self.rooms.values().filter_map(Entry::news_at);
        probes.chain(news).chain(self.look_back_at).min()
    }

    fn lose(&mut self, room_id: &str, now: Instant) {
        if self
            .rooms
            .remove(room_id)
            .is_some_and(|entry| entry.told.is_some())
        {
            self.lost.push_back(room_id.to_owned());
            self.look_back_at = Some(now + LOOK_BACK_AFTER);
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
