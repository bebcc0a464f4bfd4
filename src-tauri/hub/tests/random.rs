//! Random conversations: whatever happens, every observer sees the log in order and without doubles. Seeds are
//! proptest's; a failure prints and keeps its own.

use std::collections::{HashMap, HashSet};

use landline_protocol::{Timestamp, TopicName};
use proptest::prelude::*;

use super::world::{World, user};
use crate::command::{ChatKey, ChatRef, Command, Join, Request, SessionId};
use crate::effect::Event;

fn index(seq: u64) -> usize {
    usize::try_from(seq).unwrap() - 1
}

/// What a random run is made of.
#[derive(Debug, Clone)]
enum Step {
    Enter(u8),
    Exit(u8),
    Join(u8, u8),
    Leave(u8, u8),
    Post { by: u8, topic: u8, id: u8, body: u8 },
    Direct { by: u8, to: u8, id: u8 },
    Commit,
    Fail,
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0u8..5;
    prop_oneof![
        2 => who.clone().prop_map(Step::Enter),
        1 => who.clone().prop_map(Step::Exit),
        3 => (who.clone(), 0u8..3).prop_map(|(who, topic)| Step::Join(who, topic)),
        1 => (who.clone(), 0u8..3).prop_map(|(who, topic)| Step::Leave(who, topic)),
        8 => (who.clone(), 0u8..3, 0u8..20, 0u8..2).prop_map(|(by, topic, id, body)| Step::Post { by, topic, id, body }),
        3 => (who.clone(), who, 20u8..30).prop_map(|(by, to, id)| Step::Direct { by, to, id }),
        4 => Just(Step::Commit),
        1 => Just(Step::Fail),
        2 => (0u16..2_000).prop_map(Step::Wait),
    ]
}

fn topic(n: u8) -> TopicName {
    format!("topic-{n}").parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// I2, I3, I4, I5 and the rule that a direct chat is for its two (promises.md 1.3), over random conversations.
    #[test]
    fn every_observer_sees_the_log_in_order_without_doubles(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = World::new();
        let mut next_session = 0;
        let mut open: HashMap<u8, u64> = HashMap::new();
        for step in steps {
            match step {
                Step::Enter(who) => {
                    next_session += 1;
                    if let Some(old) = open.insert(who, next_session) {
                        world.handle(Command::Exit(SessionId(old)));
                    }
                    world.enter(next_session, who);
                }
                Step::Exit(who) => {
                    if let Some(old) = open.remove(&who) {
                        world.handle(Command::Exit(SessionId(old)));
                    }
                }
                Step::Join(who, n) => {
                    if let Some(session) = open.get(&who) {
                        world.ask(*session, Request::JoinTopic(Join::new(topic(n))));
                    }
                }
                Step::Leave(who, n) => {
                    if let Some(session) = open.get(&who) {
                        world.ask(*session, Request::LeaveTopic { topic: topic(n), original: None });
                    }
                }
                Step::Post { by, topic: n, id, body } => {
                    if let Some(session) = open.get(&by) {
                        world.post(*session, ChatRef::Topic(topic(n)), &format!("m-{id}"), &format!("body {body}"));
                    }
                }
                Step::Direct { by, to, id } => {
                    if let Some(session) = open.get(&by) {
                        world.post(*session, ChatRef::Direct(user(to)), &format!("m-{id}"), "for your eyes");
                    }
                }
                Step::Commit => world.commit(),
                Step::Fail => {
                    let answer = world.store.fail();
                    world.handle(answer);
                }
                Step::Wait(ms) => {
                    world.now = Timestamp(world.now.0 + i64::from(ms));
                    world.handle(Command::Wake);
                }
            }
        }
        world.commit();
        for log in world.store.logs.values() {
            let ids: HashSet<_> = log.iter().map(|entry| (entry.author.user_id, entry.message_id.clone())).collect();
            prop_assert_eq!(ids.len(), log.len(), "a message id stands once in a log");
        }
        for (session, who) in &world.owners {
            let mut last: HashMap<ChatKey, u64> = HashMap::new();
            for entry in world.heard(*session) {
                let before = last.insert(entry.chat.clone(), entry.position.seq);
                prop_assert!(before.is_none_or(|before| before < entry.position.seq), "in order, none twice");
                prop_assert_eq!(&world.store.logs[&entry.chat][index(entry.position.seq)], &entry);
                if let ChatKey::Direct(low, high) = entry.chat {
                    prop_assert!(low == *who || high == *who, "a direct chat is for its two");
                }
            }
            let acked = world.told.get(session).into_iter().flatten().filter_map(|event| match event {
                Event::Acked { message_id, position, .. } => Some((message_id.clone(), position.seq)),
                _ => None,
            });
            for (message_id, seq) in acked {
                let is_there = world.store.logs.values().any(|log| {
                    log.get(index(seq)).is_some_and(|e| e.message_id == message_id && e.author.user_id == *who)
                });
                prop_assert!(is_there, "acked means in the log, at that place");
            }
        }
    }
}
