//! I8 (promises.md 1.3): nothing committed after a kick reaches whom it was about, resume included.

use landline_protocol::{CloseCode, Code, Timestamp, UserId, Via};

use super::world::{World, lobby, user};
use crate::command::{ChatRef, Command, Request, SessionId};
use crate::effect::Event;
use crate::ports::PageQuery;
use landline_protocol::{Position, TopicName};

/// Who is removed: a member with two windows, or a guest.
const MEMBER: u64 = 2;
const WINDOW: u64 = 12;
const GUEST: u64 = 30;
const RACES: u64 = 10_000;

#[derive(Debug, Clone, Copy)]
enum Act {
    Say(u64),
    Whisper(u64),
    Direct,
    OwnWord,
    Resume,
    Page,
    Join,
    Again,
    Commit,
    Read,
    Wait,
    Kick,
}

/// What races: the kick, what is said, what was asked for before it, and the store's late answers to both.
const ACTS: [Act; 26] = {
    use Act::{Again, Commit, Direct, Join, Kick, OwnWord, Page, Read, Resume, Say, Wait, Whisper};
    [
        Kick,
        Say(1),
        Say(3),
        Say(1),
        Whisper(3),
        Direct,
        Direct,
        OwnWord,
        OwnWord,
        Resume,
        Resume,
        Resume,
        Page,
        Page,
        Join,
        Again,
        Again,
        Commit,
        Commit,
        Commit,
        Commit,
        Commit,
        Read,
        Read,
        Read,
        Wait,
    ]
};

/// `SplitMix64`: the seed says everything about a race.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }

    fn shuffled(&mut self) -> [Act; ACTS.len()] {
        let mut acts = ACTS;
        for last in (1..acts.len()).rev() {
            acts.swap(last, self.roll(last + 1));
        }
        acts
    }
}

struct Race {
    world: World,
    victim: UserId,
    sessions: Vec<u64>,
    /// What each of the victim's sessions had been told when the kick was done.
    told_at_kick: Option<Vec<usize>>,
    /// Sessions that tried to come in afterwards.
    again: Vec<u64>,
    next: u64,
}

impl Race {
    fn new(is_guest: bool) -> Race {
        let mut world = World::new();
        for (session, who) in [(1, 1), (MEMBER, 2), (3, 3), (WINDOW, 2)] {
            world.enter(session, who);
            world.join(session, &TopicName::lobby(), None);
        }
        world.guest(GUEST, Via::Plain);
        world.join(GUEST, &TopicName::lobby(), None);
        for n in 0..3 {
            world.post(1, lobby(), &format!("before-{n}"), "before");
        }
        world.commit();
        let victim = if is_guest {
            world.heard_as(GUEST).user_id
        } else {
            user(2)
        };
        let sessions = if is_guest {
            vec![GUEST]
        } else {
            vec![MEMBER, WINDOW]
        };
        Race {
            world,
            victim,
            sessions,
            told_at_kick: None,
            again: Vec::new(),
            next: 0,
        }
    }

    fn act(&mut self, act: Act) {
        self.next += 1;
        let (id, world) = (format!("m-{}", self.next), &mut self.world);
        let mine = self.sessions[0];
        let from_start = Position {
            epoch: super::world::EPOCH,
            seq: 0,
        };
        match act {
            Act::Say(session) => world.post(session, lobby(), &id, "for those who are here"),
            Act::Whisper(session) => world.whisper(session, &TopicName::lobby(), &id, 60_000),
            Act::Direct => world.post(1, ChatRef::Direct(user(2)), &id, "for you alone"),
            Act::OwnWord => world.post(mine, lobby(), &id, "mine"),
            Act::Resume => {
                let query = PageQuery::Resume(from_start, 500);
                world.ask(
                    mine,
                    Request::Read {
                        chat: lobby(),
                        query,
                    },
                );
            }
            Act::Page => {
                let query = PageQuery::Before(None, 50);
                world.ask(
                    mine,
                    Request::Read {
                        chat: lobby(),
                        query,
                    },
                );
            }
            Act::Join => world.join(mine, &TopicName::lobby(), None),
            Act::Again => self.come_again(),
            Act::Commit => world.commit_one(),
            Act::Read => world.answer_a_page(),
            Act::Wait => world.wait(100),
            Act::Kick => {
                world.handle(Command::Kick {
                    user: self.victim,
                    until: None,
                });
                let told = self
                    .sessions
                    .iter()
                    .map(|session| self.world.told(*session).len());
                self.told_at_kick = Some(told.collect());
            }
        }
    }

    /// A new connection of theirs: comes in, joins, resumes.
    fn come_again(&mut self) {
        let session = 100 + self.next;
        if self.victim == user(2) {
            self.world.enter(session, 2);
        } else {
            self.world.enter_as(session, self.victim);
        }
        if self.told_at_kick.is_none() {
            self.sessions.push(session);
        } else {
            self.again.push(session);
        }
        self.world.join(session, &TopicName::lobby(), None);
        let query = PageQuery::Resume(
            Position {
                epoch: super::world::EPOCH,
                seq: 1,
            },
            500,
        );
        self.world.ask(
            session,
            Request::Read {
                chat: lobby(),
                query,
            },
        );
    }

    /// The store answers all it was asked.
    fn finish(&mut self) {
        for _ in 0..2 {
            self.world.commit();
            for _ in 0..16 {
                self.world.answer_a_page();
            }
            self.world.wait(2_000);
        }
    }

    fn check(&self, seed: u64) {
        let told = self.told_at_kick.as_ref().expect("a kick is in every race");
        for (session, told) in self.sessions.iter().zip(told) {
            let after = &self.world.told(*session)[*told..];
            assert!(
                after.is_empty(),
                "seed {seed}: session {session} was told {after:?}"
            );
            let closed = self
                .world
                .closed
                .iter()
                .filter(|(one, _)| one.0 == *session);
            assert_eq!(
                closed.map(|(_, code)| *code).collect::<Vec<_>>(),
                [CloseCode::Kicked],
                "seed {seed}"
            );
        }
        for session in &self.again {
            let told = self.world.told(*session);
            let refused = |event: &Event| matches!(event, Event::Refused(no) if no.code == Code::Unauthorized);
            assert!(
                told.len() == 1 && refused(&told[0]),
                "seed {seed}: session {session} was told {told:?}"
            );
        }
        let log = &self.world.store.logs[&crate::ChatKey::Topic(TopicName::lobby())];
        for other in [1, 3] {
            let stored: Vec<_> = self
                .world
                .heard(SessionId(other))
                .into_iter()
                .filter(|one| one.life.is_none())
                .collect();
            let topic: Vec<_> = stored
                .iter()
                .filter(|one| matches!(one.chat, crate::ChatKey::Topic(_)))
                .collect();
            assert!(
                topic
                    .iter()
                    .map(|one| one.position.seq)
                    .eq(log.iter().map(|one| one.position.seq)),
                "seed {seed}"
            );
        }
    }
}

#[test]
fn i08_kick_against_resume() {
    for seed in 0..RACES {
        let mut dice = Dice(seed);
        let mut race = Race::new(seed % 2 == 0);
        for act in dice.shuffled() {
            race.act(act);
        }
        race.finish();
        race.check(seed);
    }
}

#[test]
fn i08_a_ban_ends_at_its_time_or_by_pardon_and_another_id_does_not_help() {
    let mut world = World::new();
    world.enter_with(1, 1, Some([7; 32]));
    world.handle(Command::Kick {
        user: user(1),
        until: Some(Timestamp(world.now.0 + 1_000)),
    });
    world.enter_with(2, 2, Some([7; 32]));
    assert_eq!(
        world.codes(2),
        [Code::Unauthorized],
        "the secret is the same"
    );
    world.enter_with(3, 3, Some([8; 32]));
    assert!(world.codes(3).is_empty(), "somebody else");
    world.wait(1_000);
    world.enter_with(4, 1, Some([7; 32]));
    assert!(world.codes(4).is_empty(), "its time is over");
    world.handle(Command::Kick {
        user: user(1),
        until: None,
    });
    world.handle(Command::Pardon(user(1)));
    world.enter_with(5, 1, Some([7; 32]));
    assert!(world.codes(5).is_empty(), "pardoned");
}

#[test]
fn i08_others_hear_that_a_removed_guest_is_gone_once_and_behind_their_last_word() {
    let mut race = Race::new(true);
    race.world.guest(31, Via::Plain);
    race.world.join(31, &TopicName::lobby(), None);
    race.act(Act::OwnWord);
    race.act(Act::Kick);
    race.finish();
    race.world.exit(GUEST);
    let story = race.world.story(31);
    let gone: Vec<_> = story.iter().filter(|line| line.contains("Left")).collect();
    assert_eq!(gone, ["30 Left"]);
    assert_eq!(story.last().map(String::as_str), Some("30 Left"));
    race.check(0);
}
