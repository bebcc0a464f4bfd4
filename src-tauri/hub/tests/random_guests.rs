//! Random conversations of members and guests, in topics that are stored and topics that disappear: whatever happens,
//! everybody sees one order, nothing that disappears reaches the store, and nothing is left of those who went.

use std::collections::{HashMap, HashSet};

use landline_protocol::{TopicName, Via};
use proptest::prelude::*;

use super::world::World;
use crate::command::{ChatKey, ChatRef, Request, SessionId};
use crate::effect::{Event, NoticeKind};
use crate::ports::PageQuery;

const TTL_MS: i64 = 1_500;

/// What a random run is made of. Sessions are numbers; those below 3 are members, the others guests.
#[derive(Debug, Clone)]
enum Step {
    Come(u8),
    Go(u8),
    /// With the wish that the topic's messages disappear, if it has to be made.
    Join(u8, u8, bool),
    Leave(u8, u8),
    Say(u8, u8),
    /// Something that disappears wherever it is said.
    Whisper(u8, u8),
    Relay(u8, u8),
    Read(u8, u8, u32),
    CommitOne,
    Commit,
    Fail,
    Wait(i64),
}

const MEMBERS: u8 = 3;

fn step() -> impl Strategy<Value = Step> {
    let who = 0u8..7;
    let guest = MEMBERS..7;
    let topic = 0u8..3;
    prop_oneof![
        3 => who.clone().prop_map(Step::Come),
        1 => who.clone().prop_map(Step::Go),
        5 => (who.clone(), topic.clone(), any::<bool>()).prop_map(|(who, n, wish)| Step::Join(who, n, wish)),
        2 => (who.clone(), topic.clone()).prop_map(|(who, n)| Step::Leave(who, n)),
        8 => (who.clone(), topic.clone()).prop_map(|(who, n)| Step::Say(who, n)),
        4 => (guest.clone(), topic.clone()).prop_map(|(who, n)| Step::Whisper(who, n)),
        1 => (guest, topic.clone()).prop_map(|(who, n)| Step::Relay(who, n)),
        1 => (0..MEMBERS, topic, 1u32..6).prop_map(|(who, n, limit)| Step::Read(who, n, limit)),
        4 => Just(Step::CommitOne),
        2 => Just(Step::Commit),
        1 => Just(Step::Fail),
        2 => (0i64..2_500).prop_map(Step::Wait),
    ]
}

fn topic(n: u8) -> TopicName {
    format!("topic-{n}").parse().unwrap()
}

fn via(who: u8) -> Via {
    [Via::Plain, Via::Topic, Via::Activity][usize::from(who) % 3]
}

/// A run, and what the test knows of it by itself.
struct Run {
    world: World,
    sessions: u64,
    /// The session of each who is here, and where they asked to be.
    open: HashMap<u8, (u64, HashSet<u8>)>,
    said: u64,
}

impl Run {
    fn session(&self, who: u8) -> Option<u64> {
        self.open.get(&who).map(|(session, _)| *session)
    }

    /// The session of somebody who is there.
    fn inside(&self, who: u8, n: u8) -> Option<u64> {
        let (session, topics) = self.open.get(&who)?;
        topics.contains(&n).then_some(*session)
    }

    fn next_id(&mut self) -> String {
        self.said += 1;
        format!("{:06}", self.said)
    }

    fn go(&mut self, who: u8) {
        if let Some((session, _)) = self.open.remove(&who) {
            self.world.exit(session);
        }
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Come(who) => {
                self.go(who);
                self.sessions += 1;
                if who < MEMBERS {
                    self.world.enter(self.sessions, who);
                } else {
                    self.world.guest(self.sessions, via(who));
                }
                self.open.insert(who, (self.sessions, HashSet::new()));
            }
            Step::Go(who) => self.go(who),
            Step::Join(who, n, wish) => {
                // A guest joins once, as every dialect does.
                let is_there = who >= MEMBERS && self.inside(who, n).is_some();
                if let Some((session, topics)) = self.open.get_mut(&who)
                    && !is_there
                {
                    topics.insert(n);
                    self.world.join(*session, &topic(n), wish.then_some(TTL_MS));
                }
            }
            Step::Leave(who, n) => {
                if let Some((session, topics)) = self.open.get_mut(&who) {
                    topics.remove(&n);
                    let request = Request::LeaveTopic {
                        topic: topic(n),
                        original: None,
                    };
                    self.world.ask(*session, request);
                }
            }
            Step::Say(who, n) => {
                if let Some(session) = self.inside(who, n) {
                    let id = self.next_id();
                    self.world.post(session, ChatRef::Topic(topic(n)), &id, &id);
                }
            }
            Step::Whisper(who, n) => {
                if let Some(session) = self.inside(who, n) {
                    let id = self.next_id();
                    self.world.whisper(session, &topic(n), &id, TTL_MS);
                }
            }
            Step::Relay(who, n) => {
                if let Some(session) = self.inside(who, n) {
                    let message_id = self.next_id().parse().unwrap();
                    let original = "a frame".into();
                    let topic = topic(n);
                    self.world.ask(
                        session,
                        Request::Relay {
                            topic,
                            original,
                            message_id,
                        },
                    );
                }
            }
            Step::Read(who, n, limit) => {
                if let Some(session) = self.session(who)
                    && self.world.hub.has_topic(&topic(n))
                {
                    let page = self
                        .world
                        .page(session, &topic(n), PageQuery::Before(None, limit));
                    let places = page
                        .entries
                        .iter()
                        .map(|entry| (entry.position.seq, entry.life.map(|life| life.order)));
                    assert!(places.is_sorted(), "a page is in order");
                    let now = self.world.now;
                    assert!(
                        page.entries
                            .iter()
                            .filter_map(|entry| entry.life)
                            .all(|life| life.expires_at > now)
                    );
                }
            }
            Step::CommitOne => self.world.commit_one(),
            Step::Commit => self.world.commit(),
            Step::Fail => self.world.fail(),
            Step::Wait(ms) => self.world.wait(ms),
        }
    }
}

/// Who a message or a notice is of, and its topic.
fn about(event: &Event) -> Option<(TopicName, SessionId)> {
    match event {
        Event::Said(entry) => match &entry.chat {
            ChatKey::Topic(topic) => Some((topic.clone(), entry.session?)),
            ChatKey::Direct(..) => None,
        },
        Event::Noticed(notice) => Some((notice.topic.clone(), notice.session)),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn guests_and_what_disappears_keep_one_order_and_leave_nothing(steps in prop::collection::vec(step(), 1..200)) {
        let mut run = Run { world: World::new(), sessions: 0, open: HashMap::new(), said: 0 };
        for step in &steps {
            run.take(step);
        }
        for who in 0..7 {
            run.go(who);
        }
        run.world.commit();
        // A message that waited behind another's joining goes to the store only now.
        while !run.world.store.queue.is_empty() {
            run.world.commit();
        }
        let Run { world, .. } = &run;

        // Nothing that disappears is in the store, and each place in a log is taken once.
        for (key, log) in &world.store.logs {
            prop_assert!(log.iter().all(|entry| entry.life.is_none()));
            prop_assert!(log.iter().enumerate().all(|(n, entry)| entry.position.seq == n as u64 + 1), "{key:?}");
        }

        // Counts in notices are those that the notices themselves give.
        let mut natives: HashMap<(TopicName, Via), HashSet<SessionId>> = HashMap::new();
        for event in &world.sent {
            let Event::Noticed(notice) = event else { continue };
            let here = natives.entry((notice.topic.clone(), notice.person.via)).or_default();
            match notice.kind {
                NoticeKind::Joined => prop_assert!(here.insert(notice.session), "joined once"),
                NoticeKind::Left => prop_assert!(here.remove(&notice.session), "left once, after having joined"),
                NoticeKind::Relayed => prop_assert!(here.contains(&notice.session), "only while there"),
            }
            prop_assert_eq!(notice.natives as usize, here.len());
        }
        prop_assert!(natives.values().all(HashSet::is_empty), "everybody's going was told");

        for (session, events) in &world.told {
            let mut place: HashMap<TopicName, (u64, u64)> = HashMap::new();
            let mut last_of: HashMap<(TopicName, SessionId), String> = HashMap::new();
            let mut gone: HashSet<(TopicName, SessionId)> = HashSet::new();
            let mut seen: HashSet<String> = HashSet::new();
            let mut inside: HashSet<TopicName> = HashSet::new();
            for event in events {
                match event {
                    Event::TopicJoined { summary, .. } => {
                        inside.insert(summary.topic.clone());
                    }
                    Event::TopicLeft(topic) => {
                        inside.remove(topic);
                    }
                    Event::Noticed(notice) if notice.session == *session => {
                        if notice.kind == NoticeKind::Left {
                            inside.remove(&notice.topic);
                        } else {
                            inside.insert(notice.topic.clone());
                        }
                    }
                    _ => {}
                }
                // Who is out of a topic does not see who comes back to it.
                gone.retain(|(topic, _)| inside.contains(topic));
                let Some((topic, of)) = about(event) else { continue };
                prop_assert!(of == *session || inside.contains(&topic), "heard by those who are there");
                match event {
                    Event::Said(entry) => {
                        // Among what is stored: in the order of the log. What disappears: behind the entry before it.
                        let here = (entry.position.seq, entry.life.map_or(0, |life| life.order));
                        let before = place.insert(topic.clone(), here);
                        prop_assert!(before.is_none_or(|before| before < here), "{before:?} {here:?}");
                        let before = last_of.insert((topic.clone(), of), entry.body.to_string());
                        prop_assert!(before.is_none_or(|before| *before < *entry.body), "an author's order");
                        prop_assert!(seen.insert(entry.body.to_string()), "none twice");
                        prop_assert!(!gone.contains(&(topic, of)), "nothing of one who left");
                    }
                    Event::Noticed(notice) if notice.kind == NoticeKind::Joined => {
                        gone.remove(&(topic, of));
                    }
                    Event::Noticed(notice) if notice.kind == NoticeKind::Left && of != *session => {
                        gone.insert((topic, of));
                    }
                    _ => {}
                }
            }
            // Each message that was tried has one answer.
            let answers = events.iter().filter_map(|event| match event {
                Event::Acked { message_id, .. } => Some(message_id.clone()),
                Event::Refused(refusal) => refusal.message_id.clone(),
                _ => None,
            });
            let answers: Vec<_> = answers.collect();
            let once: HashSet<_> = answers.iter().collect();
            prop_assert_eq!(once.len(), answers.len(), "{:?}", session);
        }

        // Nothing is left of those who went.
        prop_assert_eq!(world.hub.online(), 0);
        run.world.wait(TTL_MS);
        let world = &run.world;
        for via in [Via::App, Via::Plain, Via::Topic, Via::Activity] {
            prop_assert_eq!(world.hub.living_of(via), 0);
        }
        for summary in world.hub.topic_list() {
            prop_assert!(summary.head.seq > 0 && summary.ttl_ms.is_none(), "{summary:?}");
            prop_assert_eq!(summary.held, summary.head.seq);
            prop_assert_eq!((summary.member_count, summary.guests), (0, 0));
        }
    }
}
