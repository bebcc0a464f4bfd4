//! I7 (promises.md 1.3): snapshot(t0) + events(t0..t1) = snapshot(t1). An observer who was told everything since they came
//! knows what somebody knows who comes now, whatever happened in between, and however many people came and went.

use std::collections::{BTreeMap, BTreeSet};

use landline_protocol::limits::{CROWD_LISTED, NAMED_MAX, SEEN_MAX};
use landline_protocol::{Seq, Timestamp, TopicName, UserId, Via};
use proptest::prelude::*;

use super::world::{World, topic, user};
use crate::command::{ChatRef, Command, Join, Request, SessionId};
use crate::effect::{Event, PersonHere};
use crate::limits::CROWD_ENDS;
use crate::ports::PageQuery;

/// Who looks on.
const ME: u8 = 250;
const OBSERVER: u64 = 1_000;
/// Room for every change to be told.
const QUIET_MS: i64 = 5_000;

/// What a client knows, made from events by the rules of docs/protocol.md alone.
#[derive(Debug, Default, Clone, PartialEq)]
struct View {
    here: BTreeMap<UserId, PersonHere>,
    total: Option<u32>,
    topics: BTreeMap<TopicName, Inside>,
    direct: BTreeMap<UserId, (Seq, Seq, Seq)>,
}

/// What a client knows of a topic it is in.
#[derive(Debug, Default, Clone, PartialEq)]
struct Inside {
    members: BTreeSet<UserId>,
    many: bool,
    count: u32,
    guests: u32,
    head: Seq,
    read: Seq,
    seen: BTreeMap<UserId, Seq>,
    asked: bool,
    said: Vec<(Seq, String)>,
}

impl View {
    fn of<'a>(events: impl IntoIterator<Item = &'a Event>, me: UserId) -> View {
        let mut view = View::default();
        for event in events {
            view.apply(event, me);
        }
        view
    }

    fn apply(&mut self, event: &Event, me: UserId) {
        match event {
            Event::Presence {
                people,
                complete,
                total,
            } => {
                if *complete {
                    let is_kept = |user: &UserId| total.is_some() && *user == me;
                    self.here.retain(|user, _| is_kept(user));
                    self.total = *total;
                }
                self.total = total.or(self.total);
                for one in people {
                    if one.online {
                        self.here.insert(one.person.user_id, one.clone());
                    } else {
                        self.here.remove(&one.person.user_id);
                    }
                }
            }
            Event::TopicJoined {
                summary,
                members,
                many,
            } => {
                let inside = Inside {
                    members: members.iter().map(|(user, _)| *user).collect(),
                    many: *many,
                    count: summary.member_count,
                    guests: summary.guests,
                    head: summary.head.seq,
                    read: summary.read,
                    ..Inside::default()
                };
                self.topics.insert(summary.topic.clone(), inside);
            }
            Event::TopicLeft(name) => {
                self.topics.remove(name);
            }
            Event::TopicMembers {
                topic,
                joined,
                left,
                member_count,
                guests,
                complete,
                many,
            } => {
                let Some(inside) = self.topics.get_mut(topic) else {
                    return;
                };
                (inside.count, inside.guests, inside.many) = (*member_count, *guests, *many);
                if *complete {
                    inside.members.retain(|user| *many && *user == me);
                }
                inside.members.extend(joined.iter().map(|(user, _)| *user));
                inside.members.retain(|user| !left.contains(user));
            }
            Event::Seen {
                chat: ChatRef::Topic(name),
                markers,
                complete,
                many,
            } => {
                let Some(inside) = self.topics.get_mut(name) else {
                    return;
                };
                inside.asked = *many;
                if *complete {
                    inside.seen.clear();
                }
                raise(&mut inside.seen, markers);
            }
            Event::Seen {
                chat: ChatRef::Direct(other),
                markers,
                ..
            } => {
                let known = self.direct.entry(*other).or_default();
                known.2 = markers.iter().map(|(_, seq)| *seq).fold(known.2, Seq::max);
            }
            Event::Read {
                chat: ChatRef::Topic(name),
                seq,
                ..
            } => {
                if let Some(inside) = self.topics.get_mut(name) {
                    inside.read = *seq;
                }
            }
            Event::Read {
                chat: ChatRef::Direct(other),
                seq,
                ..
            } => {
                self.direct.entry(*other).or_default().1 = *seq;
            }
            Event::Direct { chats, complete } => {
                if *complete {
                    self.direct.clear();
                }
                for chat in chats {
                    self.direct
                        .insert(chat.with, (chat.head.seq, chat.read, chat.seen));
                }
            }
            Event::Page {
                chat: ChatRef::Topic(name),
                page,
                ..
            } => {
                if let Some(inside) = self.topics.get_mut(name) {
                    let said = page.entries.iter();
                    inside.said = said
                        .map(|one| (one.position.seq, one.body.to_string()))
                        .collect();
                }
            }
            Event::Said(entry) => match entry.chat.seen_by(me) {
                ChatRef::Topic(name) => {
                    let Some(inside) = self.topics.get_mut(&name) else {
                        return;
                    };
                    inside.head = entry.position.seq;
                    inside
                        .said
                        .push((entry.position.seq, entry.body.to_string()));
                }
                ChatRef::Direct(other) => {
                    self.direct.entry(other).or_default().0 = entry.position.seq;
                }
            },
            _ => {}
        }
    }
}

/// The greater of each, and of them the furthest, as many as a newcomer is told.
fn raise(known: &mut BTreeMap<UserId, Seq>, markers: &[(UserId, Seq)]) {
    for (user, seq) in markers {
        let before = known.entry(*user).or_default();
        *before = (*before).max(*seq);
    }
    let mut all: Vec<_> = std::mem::take(known).into_iter().collect();
    all.sort_by_key(|(user, seq)| (std::cmp::Reverse(*seq), *user));
    all.truncate(SEEN_MAX);
    known.extend(all);
}

#[derive(Debug, Clone)]
enum Step {
    /// So many come, and are in a topic, or only in the room.
    Come(u8, Option<u8>),
    /// So many go, the oldest or the newest first.
    Go(u8, bool),
    Join(u8, u8),
    Leave(u8, u8),
    Rename(u8, u8),
    Post(u8, u8),
    Direct(u8),
    Mark(u8, u8, u8),
    MarkDirect(u8),
    Guest(u8, u8),
    GuestGoes(u8),
    /// I read, in another window of mine.
    IRead(u8),
    Commit,
    Wait(u16),
    /// Somebody looks: what the observer knows is what a newcomer is told.
    Look,
}

fn step() -> impl Strategy<Value = Step> {
    let (who, place) = (0u8..200, 0u8..3);
    prop_oneof![
        4 => (1u8..60, prop::option::of(place.clone())).prop_map(|(n, place)| Step::Come(n, place)),
        2 => (1u8..80, any::<bool>()).prop_map(|(n, oldest)| Step::Go(n, oldest)),
        4 => (who.clone(), place.clone()).prop_map(|(who, place)| Step::Join(who, place)),
        2 => (who.clone(), place.clone()).prop_map(|(who, place)| Step::Leave(who, place)),
        2 => (who.clone(), 0u8..20).prop_map(|(who, name)| Step::Rename(who, name)),
        4 => (who.clone(), place.clone()).prop_map(|(who, place)| Step::Post(who, place)),
        2 => who.clone().prop_map(Step::Direct),
        4 => (who.clone(), place.clone(), 1u8..9).prop_map(|(who, place, seq)| Step::Mark(who, place, seq)),
        1 => who.prop_map(Step::MarkDirect),
        1 => (0u8..5, place.clone()).prop_map(|(guest, place)| Step::Guest(guest, place)),
        1 => (0u8..5).prop_map(Step::GuestGoes),
        1 => place.prop_map(Step::IRead),
        4 => Just(Step::Commit),
        4 => (0u16..1_500).prop_map(Step::Wait),
        2 => Just(Step::Look),
    ]
}

fn place(n: u8) -> TopicName {
    topic(&format!("place-{n}"))
}

/// A room, who is in it, and the observer.
struct Stage {
    world: World,
    /// Sessions of those who are here, the oldest first.
    open: Vec<(u8, u64)>,
    next: u64,
    ids: u32,
}

impl Stage {
    fn new() -> Stage {
        let mut stage = Stage {
            world: World::new(),
            open: Vec::new(),
            next: 1,
            ids: 0,
        };
        stage.look_on(OBSERVER);
        stage
    }

    /// Comes as I do, and asks for all there is to know.
    fn look_on(&mut self, session: u64) {
        self.world.enter(session, ME);
        for n in 0..3 {
            self.world.join(session, &place(n), None);
            // From the beginning, as somebody who resumes.
            self.world
                .page(session, &place(n), PageQuery::After(0, 500));
        }
        self.world.ask(session, Request::ListDirect);
    }

    fn session(&self, who: u8) -> Option<u64> {
        let at = usize::from(who) % self.open.len().max(1);
        self.open.get(at).map(|(_, session)| *session)
    }

    fn come(&mut self, topic: Option<u8>) {
        let Some(who) = (0..200).find(|who| self.open.iter().all(|(other, _)| other != who)) else {
            return;
        };
        self.next += 1;
        self.open.push((who, self.next));
        self.world.enter(self.next, who);
        if let Some(topic) = topic {
            self.world.join(self.next, &place(topic), None);
        }
    }

    fn post(&mut self, session: u64, chat: ChatRef) {
        self.ids += 1;
        let id = format!("m-{}", self.ids);
        self.world.post(session, chat, &id, &id);
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Come(n, topic) => (0..n).for_each(|_| self.come(topic)),
            Step::Go(n, oldest) => {
                for _ in 0..n.min(u8::try_from(self.open.len()).unwrap()) {
                    let at = if oldest { 0 } else { self.open.len() - 1 };
                    let (_, session) = self.open.remove(at);
                    self.world.exit(session);
                }
            }
            Step::Guest(guest, topic) => {
                let session = 2_000 + u64::from(guest);
                if !self.world.owners.contains_key(&SessionId(session)) {
                    self.world.guest(session, Via::Plain);
                }
                self.world.join(session, &place(topic), None);
            }
            Step::GuestGoes(guest) => {
                let session = 2_000 + u64::from(guest);
                self.world.exit(session);
                self.world.owners.remove(&SessionId(session));
            }
            Step::IRead(topic) => {
                let session = self.next + 100_000;
                self.world.enter(session, ME);
                let chat = ChatRef::Topic(place(topic));
                self.world
                    .ask(session, Request::MarkRead { chat, seq: 100 });
                self.world.exit(session);
            }
            Step::Commit => self.world.commit(),
            Step::Wait(ms) => self.world.wait(i64::from(ms)),
            Step::Look => {}
            Step::Join(who, _)
            | Step::Leave(who, _)
            | Step::Rename(who, _)
            | Step::Post(who, _)
            | Step::Direct(who)
            | Step::Mark(who, ..)
            | Step::MarkDirect(who) => {
                if let Some(session) = self.session(who) {
                    self.act(step, session);
                }
            }
        }
    }

    /// Somebody who is here does something.
    fn act(&mut self, step: &Step, session: u64) {
        let request = match *step {
            Step::Join(_, topic) => Request::JoinTopic(Join::new(place(topic))),
            Step::Leave(_, topic) => Request::LeaveTopic {
                topic: place(topic),
                original: None,
            },
            Step::Rename(_, name) => Request::Rename(format!("Called {name}").parse().unwrap()),
            Step::Mark(_, topic, seq) => Request::MarkRead {
                chat: ChatRef::Topic(place(topic)),
                seq: Seq::from(seq),
            },
            Step::MarkDirect(_) => Request::MarkRead {
                chat: ChatRef::Direct(user(ME)),
                seq: 9,
            },
            Step::Post(_, topic) => return self.post(session, ChatRef::Topic(place(topic))),
            Step::Direct(_) => return self.post(session, ChatRef::Direct(user(ME))),
            _ => return,
        };
        self.world.ask(session, request);
    }

    /// All that is under way is told.
    fn settle(&mut self) {
        self.world.commit();
        let until = Timestamp(self.world.now.0 + QUIET_MS);
        while let Some(at) = self.world.hub.wake_at().filter(|at| *at <= until) {
            self.world.now = at.max(self.world.now);
            self.world.handle(Command::Wake);
        }
    }

    fn look(&mut self) -> (View, View) {
        self.settle();
        self.next += 1;
        let newcomer = self.next;
        self.look_on(newcomer);
        let now = View::of(self.world.told(newcomer), user(ME));
        self.world.exit(newcomer);
        (View::of(self.world.told(OBSERVER), user(ME)), now)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn i07_a_snapshot_and_what_was_told_since_is_the_next_snapshot(steps in prop::collection::vec(step(), 1..60)) {
        let mut stage = Stage::new();
        for step in steps.iter().chain([&Step::Look]) {
            stage.take(step);
            if matches!(step, Step::Look) {
                let (folded, fresh) = stage.look();
                prop_assert_eq!(folded, fresh);
            }
        }
    }
}

#[test]
fn i07_a_room_that_grows_and_shrinks_through_every_size() {
    let mut stage = Stage::new();
    let through = (1..=NAMED_MAX + 40).map(|_| Step::Come(1, Some(0)));
    let back = (0..NAMED_MAX + 40).map(|n| Step::Go(1, n % 2 == 0));
    let (mut crowds, mut small) = (0, 0);
    for step in through.chain(back) {
        stage.take(&step);
        let (folded, fresh) = stage.look();
        assert_eq!(folded, fresh);
        let here = stage.open.len() + 1;
        if let Some(total) = fresh.total {
            assert_eq!(usize::try_from(total).unwrap(), here);
            assert!(fresh.here.len() <= CROWD_LISTED + 1 && here > CROWD_ENDS);
            crowds += 1;
        } else {
            assert!(fresh.here.len() == here && here <= NAMED_MAX);
            small += 1;
        }
    }
    assert!(crowds > 40 && small > NAMED_MAX);
}

/// Everything that is told of one topic, between two tellings of it.
fn i07_in_one_telling(before: &[Step], then: &[Step]) {
    let mut stage = Stage::new();
    for step in before {
        stage.take(step);
    }
    stage.settle();
    let (first, rest) = then.split_at(1);
    stage.take(&first[0]);
    let newcomer = OBSERVER + 1;
    stage.look_on(newcomer);
    for step in rest {
        stage.take(step);
    }
    stage.settle();
    let told = View::of(stage.world.told(newcomer), user(ME));
    let (folded, fresh) = stage.look();
    assert_eq!(told, fresh, "who came in between");
    assert_eq!(folded, fresh, "who was there all the time");
}

#[test]
fn i07_who_goes_and_is_back_is_told_to_one_who_came_in_between() {
    let here = [Step::Come(2, Some(0))];
    i07_in_one_telling(&here, &[Step::Leave(0, 0), Step::Join(0, 0)]);
    i07_in_one_telling(&here, &[Step::Go(1, true), Step::Come(1, Some(0))]);
}

#[test]
fn i07_who_comes_and_goes_is_told_to_one_who_came_in_between() {
    let here = [Step::Come(2, Some(0))];
    i07_in_one_telling(&here, &[Step::Join(0, 1), Step::Leave(0, 1)]);
    i07_in_one_telling(&here, &[Step::Guest(0, 0), Step::GuestGoes(0)]);
}

#[test]
fn i07_numbers_that_came_back_are_told_to_one_who_came_in_between() {
    let n = u8::try_from(NAMED_MAX).unwrap() + 20;
    let crowd = [Step::Come(n, Some(0))];
    i07_in_one_telling(&crowd, &[Step::Go(1, true), Step::Come(1, Some(0))]);
    i07_in_one_telling(&crowd, &[Step::Come(1, Some(0)), Step::Go(1, false)]);
}

#[test]
fn who_is_back_before_it_was_told_never_went() {
    let mut stage = Stage::new();
    stage.take(&Step::Come(2, Some(0)));
    stage.settle();
    stage.world.told.clear();
    stage.take(&Step::Leave(0, 0));
    stage.take(&Step::Join(0, 0));
    stage.settle();
    let told = stage.world.told(OBSERVER);
    let is_of_members = |event: &Event| matches!(event, Event::TopicMembers { .. });
    assert!(!told.iter().any(is_of_members), "nobody looked meanwhile");
}
