//! The hub against a store of plain lists that answers late and sometimes fails.

mod random;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use crate::command::{
    ChatKey, ChatRef, Command, Enter, Join, Person, Post, Request, SessionId, Standing,
};
use crate::effect::{Audience, Effect, Entry, Event};
use crate::limits::{APPENDS_CAP, DISK_RETRY_MS};
use crate::ports::{Append, Appended, Memory, Outcome, StoreFault};
use crate::state::{Hub, Room};
use landline_protocol::{
    Access, Code, Epoch, MessageId, Position, RoomId, Timestamp, TopicName, UserId, Via,
};

const EPOCH: Epoch = Epoch { counter: 1, tag: 7 };

fn user(n: u8) -> UserId {
    UserId(
        format!("{n:08x}-1111-4111-8111-111111111111")
            .parse::<UserId>()
            .map_or_else(|_| unreachable!(), |id| id.0),
    )
}

fn hub() -> Hub {
    let room = Room {
        room_id: RoomId::fresh(),
        name: "Workshop".into(),
        access: Access::Open,
    };
    Hub::new(
        room,
        None,
        Memory {
            epoch: EPOCH,
            members: vec![],
            chats: vec![],
            markers: vec![],
        },
    )
}

/// A store of plain lists, with the rule of the real one: a message of an author is stored once.
#[derive(Default)]
struct Lists {
    logs: HashMap<ChatKey, Vec<Arc<Entry>>>,
    queue: VecDeque<Append>,
}

impl Lists {
    fn commit(&mut self) -> Command {
        let appended = std::mem::take(&mut self.queue)
            .into_iter()
            .map(|append| self.append(append))
            .collect();
        Command::Committed(appended)
    }

    fn fail(&mut self) -> Command {
        Command::NotCommitted(
            std::mem::take(&mut self.queue).into(),
            StoreFault("disk full".into()),
        )
    }

    fn append(&mut self, append: Append) -> Appended {
        let id = append.message_id.clone();
        let known =
            self.logs.values().flatten().find(|entry| {
                entry.author.user_id == append.author.user_id && entry.message_id == id
            });
        let outcome = match known {
            Some(entry) if entry.chat == append.chat && entry.body == append.body => {
                Outcome::Known(id, entry.position)
            }
            Some(_) => Outcome::Conflict(id),
            None => {
                let log = self.logs.entry(append.chat.clone()).or_default();
                let entry = Arc::new(Entry {
                    chat: append.chat,
                    author: append.author,
                    kind: append.kind,
                    body: append.body,
                    message_id: id,
                    position: Position {
                        epoch: EPOCH,
                        seq: log.len() as u64 + 1,
                    },
                    at: append.at,
                    session: Some(append.session),
                    original: append.original,
                    life: None,
                });
                log.push(entry.clone());
                Outcome::Stored(entry)
            }
        };
        Appended {
            session: append.session,
            outcome,
        }
    }
}

/// A hub, its store, and what each session was told.
struct World {
    hub: Hub,
    store: Lists,
    now: Timestamp,
    told: BTreeMap<SessionId, Vec<Event>>,
    owners: HashMap<SessionId, UserId>,
}

impl World {
    fn new() -> World {
        World {
            hub: hub(),
            store: Lists::default(),
            now: Timestamp(1),
            told: BTreeMap::new(),
            owners: HashMap::new(),
        }
    }

    fn handle(&mut self, command: Command) {
        for effect in self.hub.handle(command, self.now) {
            match effect {
                Effect::Append(append) => self.store.queue.push_back(append),
                Effect::Send(Audience::One(session), event) => {
                    self.told.entry(session).or_default().push(event);
                }
                Effect::Send(Audience::Many(sessions, except), event) => {
                    for session in sessions.iter().filter(|one| Some(**one) != except) {
                        self.told.entry(*session).or_default().push(event.clone());
                    }
                }
                Effect::Save(_) | Effect::Read { .. } | Effect::Close(..) => {}
            }
        }
    }

    fn enter(&mut self, session: u64, who: u8) {
        let session = SessionId(session);
        let name = format!("Person {who}").parse().unwrap();
        let person = Person {
            user_id: user(who),
            name,
            via: Via::App,
        };
        self.owners.insert(session, user(who));
        self.handle(Command::Enter(Enter {
            session,
            person,
            token: None,
            address: [127, 0, 0, 1].into(),
            standing: Standing::Member,
        }));
    }

    fn ask(&mut self, session: u64, request: Request) {
        self.handle(Command::Ask(SessionId(session), request));
    }

    fn post(&mut self, session: u64, chat: ChatRef, id: &str, body: &str) {
        let message_id: MessageId = id.parse().unwrap();
        self.ask(
            session,
            Request::Post(Post::new(chat, body.into(), message_id)),
        );
    }

    fn commit(&mut self) {
        let answer = self.store.commit();
        self.handle(answer);
    }

    fn told(&self, session: u64) -> &[Event] {
        self.told
            .get(&SessionId(session))
            .map_or(&[], Vec::as_slice)
    }

    fn heard(&self, session: SessionId) -> Vec<Arc<Entry>> {
        let said = |event: &Event| {
            if let Event::Said(entry) = event {
                Some(entry.clone())
            } else {
                None
            }
        };
        self.told
            .get(&session)
            .into_iter()
            .flatten()
            .filter_map(said)
            .collect()
    }

    fn codes(&self, session: u64) -> Vec<Code> {
        let code = |event: &Event| {
            if let Event::Refused(refusal) = event {
                Some(refusal.code)
            } else {
                None
            }
        };
        self.told(session).iter().filter_map(code).collect()
    }
}

fn lobby() -> ChatRef {
    ChatRef::Topic(TopicName::lobby())
}

#[test]
fn nobody_hears_or_is_acked_before_the_commit() {
    let mut world = World::new();
    for n in 1..=2 {
        world.enter(u64::from(n), n);
        world.ask(
            u64::from(n),
            Request::JoinTopic(Join::new(TopicName::lobby())),
        );
    }
    world.post(1, lobby(), "m-1", "hi");
    assert!(world.heard(SessionId(1)).is_empty() && world.heard(SessionId(2)).is_empty());
    assert!(
        !world
            .told(1)
            .iter()
            .any(|event| matches!(event, Event::Acked { .. }))
    );
    world.commit();
    assert_eq!(world.heard(SessionId(2)).len(), 1);
    assert!(
        world
            .told(1)
            .iter()
            .any(|event| matches!(event, Event::Acked { dup: false, .. }))
    );
}

#[test]
fn a_broken_disk_refuses_and_recovers_by_itself() {
    let mut world = World::new();
    world.enter(1, 1);
    world.ask(1, Request::JoinTopic(Join::new(TopicName::lobby())));
    world.post(1, lobby(), "m-1", "lost?");
    let answer = world.store.fail();
    world.handle(answer);
    assert_eq!(world.codes(1), [Code::ReadOnly]);
    assert!(!world.hub.is_writable());
    world.post(1, lobby(), "m-1", "lost?");
    assert_eq!(
        world.codes(1),
        [Code::ReadOnly; 2],
        "nothing is tried at once"
    );
    world.now = Timestamp(world.now.0 + DISK_RETRY_MS);
    world.post(1, lobby(), "m-1", "lost?");
    world.post(1, lobby(), "m-2", "later");
    assert_eq!(
        world.codes(1),
        [Code::ReadOnly; 3],
        "one message tries the disk, the next waits for it"
    );
    world.commit();
    assert!(world.hub.is_writable());
    assert_eq!(world.heard(SessionId(1)).len(), 1);
}

#[test]
fn what_came_behind_a_failed_message_does_not_overtake_it() {
    let mut world = World::new();
    world.enter(1, 1);
    world.ask(1, Request::JoinTopic(Join::new(TopicName::lobby())));
    world.post(1, lobby(), "m-1", "first");
    let failed = world.store.fail();
    world.post(1, lobby(), "m-2", "under way already");
    assert_eq!(
        world.store.queue[0].attempt, 0,
        "the store knows it by its attempt and gives it back"
    );
    let late = world.store.fail();
    world.handle(failed);
    world.handle(late);
    world.now = Timestamp(world.now.0 + DISK_RETRY_MS);
    world.post(1, lobby(), "m-2", "under way already");
    let froms = world.told(1).iter().filter_map(|event| match event {
        Event::Refused(refusal) => refusal.retry_from.as_ref().map(ToString::to_string),
        _ => None,
    });
    assert_eq!(froms.collect::<Vec<_>>(), ["m-1", "m-1", "m-1"]);
    assert!(world.store.queue.is_empty());
    world.post(1, lobby(), "m-1", "first");
    world.post(1, lobby(), "m-2", "under way already");
    assert!(world.store.queue.iter().all(|append| append.attempt == 1));
    world.commit();
    let texts: Vec<_> = world
        .heard(SessionId(1))
        .iter()
        .map(|entry| entry.body.to_string())
        .collect();
    assert_eq!(texts, ["first"], "the disk is tried with one message");
    world.post(1, lobby(), "m-2", "under way already");
    world.commit();
    assert_eq!(world.heard(SessionId(1)).len(), 2);
}

#[test]
fn a_disk_that_is_behind_is_said() {
    let mut world = World::new();
    world.enter(1, 1);
    world.ask(1, Request::JoinTopic(Join::new(TopicName::lobby())));
    for n in 0..=APPENDS_CAP {
        world.post(1, lobby(), &format!("m-{n}"), "x");
    }
    assert_eq!(world.codes(1), [Code::Busy]);
    world.commit();
    world.post(1, lobby(), "m-again", "x");
    assert_eq!(
        world.codes(1),
        [Code::Busy; 2],
        "the one that was put off comes first"
    );
    world.post(1, lobby(), &format!("m-{APPENDS_CAP}"), "x");
    world.post(1, lobby(), "m-again", "x");
    assert_eq!(world.codes(1), [Code::Busy; 2]);
}

#[test]
fn presence_is_gathered_and_told_once() {
    let mut world = World::new();
    world.enter(1, 1);
    for n in 2..=50 {
        world.enter(u64::from(n), n);
    }
    world.now = world.hub.wake_at().expect("something gathered");
    world.told.clear();
    world.handle(Command::Wake);
    let presence = world.told(1);
    assert_eq!(presence.len(), 1, "fifty arrivals are one event for each");
    assert!(
        matches!(&presence[0], Event::Presence { people, complete: false } if people.len() == 50)
    );
    assert!(world.hub.wake_at().is_none());
}

#[test]
fn a_person_is_here_until_their_last_session_ends() {
    let mut world = World::new();
    world.enter(1, 1);
    world.enter(2, 1);
    world.handle(Command::Exit(SessionId(1)));
    assert_eq!(world.hub.online(), 1);
    world.handle(Command::Exit(SessionId(2)));
    world.handle(Command::Exit(SessionId(2)));
    assert_eq!(world.hub.online(), 0);
}
