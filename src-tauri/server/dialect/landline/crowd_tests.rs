//! What it costs when a thousand people come: frames and bytes to everybody, counted in the hub and the dialect's words
//! without a socket or a clock. The sums are the same on every machine, so their growth is asserted (decision 023);
//! `cargo nextest run -p landline-server crowd --no-capture` prints them.

use std::collections::{BTreeMap, HashMap};

use landline_hub::ports::{Kept, Memory};
use landline_hub::{
    Audience, ChatRef, Command, Effect, Enter, Hub, Join, Person, Request, Room, SessionId,
    Standing,
};
use landline_protocol::limits::{NAMED_MAX, TYPING_NAMED};
use landline_protocol::{Access, Epoch, RoomId, Timestamp, TopicName, UserId, Via};

use super::Landline;
use crate::dialect::{Told, Words};

/// How long it takes until all have come, in milliseconds.
const STORM_MS: i64 = 10_000;
/// How often somebody who types says so, in milliseconds.
const TYPING_MS: i64 = 3_000;

/// What was sent, to everybody together.
#[derive(Debug, Default, Clone, Copy)]
struct Sent {
    frames: u64,
    bytes: u64,
}

struct Counted {
    hub: Hub,
    words: Landline,
    now: Timestamp,
    sent: Sent,
    by_type: BTreeMap<String, Sent>,
    by_session: HashMap<SessionId, Sent>,
}

impl Counted {
    fn new() -> Counted {
        let room = Room {
            room_id: RoomId::fresh(),
            name: "Workshop".into(),
            access: Access::Open,
        };
        let memory = Memory {
            epoch: Epoch { counter: 1, tag: 7 },
            members: Vec::new(),
            chats: Vec::new(),
            markers: Vec::new(),
            kept: Kept::default(),
        };
        Counted {
            hub: Hub::new(room, None, memory),
            words: Landline::new(true),
            now: Timestamp(0),
            sent: Sent::default(),
            by_type: BTreeMap::new(),
            by_session: HashMap::new(),
        }
    }

    fn handle(&mut self, command: Command) {
        for effect in self.hub.handle(command, self.now) {
            let Effect::Send(audience, event) = effect else {
                continue;
            };
            let Told::Shared(text) = self.words.put(&event, false) else {
                continue;
            };
            let readers: Vec<SessionId> = match audience {
                Audience::One(session) => vec![session],
                Audience::Many(sessions, except) => {
                    let others = sessions.iter().filter(|one| Some(**one) != except);
                    others.copied().collect()
                }
            };
            let kind = text.split('"').nth(3).unwrap_or("").to_owned();
            let by_type = self.by_type.entry(kind).or_default();
            for session in readers {
                let by_session = self.by_session.entry(session).or_default();
                for sum in [&mut self.sent, by_session, &mut *by_type] {
                    sum.frames += 1;
                    sum.bytes += u64::try_from(text.len()).unwrap();
                }
            }
        }
    }

    /// Time passes; what gathered is told at its moments.
    fn wait_until(&mut self, at: Timestamp) {
        while let Some(wake) = self.hub.wake_at().filter(|wake| *wake <= at) {
            self.now = wake.max(self.now);
            self.handle(Command::Wake);
        }
        self.now = at;
    }

    /// Somebody comes as our apps do.
    fn come(&mut self, n: u32) {
        let session = SessionId(u64::from(n));
        let person = Person {
            user_id: person(n),
            name: format!("Person {n:04}").parse().unwrap(),
            via: Via::App,
        };
        self.handle(Command::Enter(Enter {
            session,
            person,
            token: None,
            address: [127, 0, 0, 1].into(),
            standing: Standing::Member,
        }));
        self.ask(n, Request::ListTopics);
        self.ask(n, Request::ListDirect);
        self.ask(n, Request::JoinTopic(Join::new(TopicName::lobby())));
    }

    fn ask(&mut self, n: u32, request: Request) {
        self.handle(Command::Ask(SessionId(u64::from(n)), request));
    }
}

/// As scattered as ids are.
fn person(n: u32) -> UserId {
    let scattered = (u128::from(n) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    UserId(uuid::Builder::from_random_bytes(scattered.to_be_bytes()).into_uuid())
}

/// So many people come within ten seconds, and stay a moment.
fn storm(people: u32) -> Counted {
    let mut room = Counted::new();
    for n in 0..people {
        room.wait_until(Timestamp(STORM_MS * i64::from(n) / i64::from(people)));
        room.come(n);
    }
    room.wait_until(Timestamp(STORM_MS + 2_000));
    room
}

fn told(what: &str, people: u32, sent: Sent) {
    println!(
        "{what} {people}: {} frames, {} bytes; for each {} frames, {} bytes",
        sent.frames,
        sent.bytes,
        sent.frames / u64::from(people),
        sent.bytes / u64::from(people),
    );
}

#[test]
fn a_storm_of_comings_costs_each_the_same_however_many_they_are() {
    let sizes = [100, 250, 500, 1_000, 2_000];
    let sent = sizes.map(|people| {
        let room = storm(people);
        told("coming within 10 s", people, room.sent);
        for (kind, sum) in &room.by_type {
            println!("    {kind}: {} frames, {} bytes", sum.frames, sum.bytes);
        }
        room.sent
    });
    for pair in sent[1..].windows(2) {
        assert!(
            pair[1].bytes * 10 < pair[0].bytes * 23,
            "twice the people, twice the bytes"
        );
        assert!(
            pair[1].frames * 10 < pair[0].frames * 23,
            "twice the people, twice the frames"
        );
    }
}

#[test]
fn nobody_of_a_thousand_is_sent_much() {
    let room = storm(1_000);
    let most = room
        .by_session
        .values()
        .map(|sent| sent.bytes)
        .max()
        .unwrap();
    // The first hundred are told of each other; later only the count changes.
    let of_names = 200 * u64::try_from(NAMED_MAX * 2).unwrap();
    assert!(most < of_names + 20_000, "{most}");
}

#[test]
fn everybody_goes_again_and_it_costs_no_more_than_the_coming() {
    let cost = [500, 1_000].map(|people| {
        let mut room = storm(people);
        let before = room.sent.bytes;
        for n in 0..people {
            // The oldest first: the worst for whoever is told of the first.
            room.wait_until(Timestamp(
                20_000 + STORM_MS * i64::from(n) / i64::from(people),
            ));
            room.handle(Command::Exit(SessionId(u64::from(n))));
        }
        let sent = room.sent.bytes - before;
        println!("going within 10 s {people}: {sent} bytes");
        sent
    });
    assert!(cost[1] * 10 < cost[0] * 23);
}

#[test]
fn a_hundred_who_type_among_a_thousand_are_named_by_three() {
    let cost = [500, 1_000].map(|people| {
        let mut room = storm(people);
        let before = room.sent;
        for at in (0..STORM_MS).step_by(10) {
            room.wait_until(Timestamp(20_000 + at));
            let n = u32::try_from(at / 10).unwrap() % u32::try_from(TYPING_MS / 10).unwrap();
            if n < 100 {
                let chat = ChatRef::Topic(TopicName::lobby());
                room.ask(
                    n,
                    Request::Typing {
                        chat,
                        is_typing: true,
                    },
                );
            }
        }
        room.wait_until(Timestamp(20_000 + STORM_MS));
        let sent = Sent {
            frames: room.sent.frames - before.frames,
            bytes: room.sent.bytes - before.bytes,
        };
        told("100 typing for 10 s among", people, sent);
        let most = u64::try_from(TYPING_NAMED * 2).unwrap() * 11 * u64::from(people);
        assert!(sent.frames > u64::from(people) && sent.frames <= most);
        sent
    });
    assert!(cost[1].bytes * 10 < cost[0].bytes * 23);
}
