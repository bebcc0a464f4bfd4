//! The promises of delivery as properties over any order of events (promises.md 1.3: I2, I4, I5, I6, I12).

use std::collections::{HashMap, HashSet};

use landline_protocol::frame::{ClientFrame, ServerFrame};
use landline_protocol::{Code, MessageId};
use proptest::prelude::*;

use crate::chat::{Chat, position_of};
use crate::effect::{Effect, Row};
use crate::host_model::{ME, chat, user, whispers};
use crate::model::World;
use crate::outbox::Outbox;

#[derive(Debug, Clone)]
enum Step {
    Connect,
    Cut,
    RestartHost(usize),
    RestartApp,
    Say(usize),
    /// A guest, whose messages disappear.
    Whisper(usize),
    /// Somebody else comes into the disappearing topic, or leaves it.
    Company(bool),
    Write(usize),
    Refuse(Code),
    Expel,
    Answer(usize),
    Deliver(usize),
    Pass(u64),
    FlushMarks,
}

fn step() -> impl Strategy<Value = Step> {
    let code = prop_oneof![
        4 => Just(Code::RateLimited), 2 => Just(Code::Busy), 2 => Just(Code::ReadOnly),
        1 => Just(Code::Internal), 1 => Just(Code::Validation), 1 => Just(Code::UserNotFound),
    ];
    prop_oneof![
        6 => Just(Step::Connect),
        1 => Just(Step::Cut),
        1 => (0usize..3).prop_map(Step::RestartHost),
        1 => Just(Step::RestartApp),
        6 => (0usize..5).prop_map(Step::Say),
        4 => (0usize..2).prop_map(Step::Whisper),
        1 => any::<bool>().prop_map(Step::Company),
        6 => (0usize..5).prop_map(Step::Write),
        2 => code.prop_map(Step::Refuse),
        1 => Just(Step::Expel),
        12 => (1usize..8).prop_map(Step::Answer),
        12 => (1usize..8).prop_map(Step::Deliver),
        3 => (1u64..100).prop_map(Step::Pass),
        1 => (1_000u64..40_000).prop_map(Step::Pass),
        2 => Just(Step::FlushMarks),
    ]
}

/// The chats of the model, and the topic where everything disappears.
fn place(n: usize) -> Chat {
    if n == 4 { whispers() } else { chat(n) }
}

fn run(world: &mut World, step: &Step) {
    match *step {
        Step::Connect => world.connect(),
        Step::Cut => world.cut(),
        Step::RestartHost(lose) => world.restart_host(lose),
        Step::RestartApp => world.restart_app(),
        Step::Say(n) => world.host.say(&place(n), "x"),
        Step::Whisper(n) => {
            let id = MessageId::fresh();
            world.host.whisper(&chat(n), user(9), id, "x");
        }
        Step::Company(comes) => world.host.company(comes),
        Step::Write(n) => world.write(&place(n)),
        Step::Refuse(code) => world.host.refusals.push_back(code),
        Step::Expel => world.host.expel(),
        Step::Answer(times) => (0..times).for_each(|_| world.host.step()),
        Step::Deliver(times) => (0..times).for_each(|_| world.deliver()),
        Step::Pass(millis) => world.pass(millis),
        Step::FlushMarks => world.flush_marks(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(400), max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// I2, I5, I12: what was written is in the log once and in its order, or visibly failed. I4, I6: the consumer
    /// stands at the end of every chat, and got there without gap or double (checked at every message). What disappears
    /// was shown in its place, once while it lived, and never written down.
    #[test]
    fn i05_i06_i12_whatever_happens_on_the_way(steps in prop::collection::vec(step(), 1..150)) {
        let mut world = World::new();
        for step in &steps {
            run(&mut world, step);
        }
        world.settle();
        let mut mine: HashMap<Chat, Vec<String>> = HashMap::new();
        for (chat, log) in &world.host.logs {
            let ids = log.iter().filter(|message| message.from == user(ME)).map(|message| message.message_id.to_string());
            mine.insert(chat.clone(), ids.collect());
        }
        for n in 0..4 {
            let chat = chat(n);
            let written = world.written.iter().filter(|(to, id)| *to == chat && !world.failed.contains(id));
            let written: Vec<String> = written.map(|(_, id)| id.to_string()).collect();
            prop_assert_eq!(mine.remove(&chat).unwrap_or_default(), written, "{:?}", chat);
            if let (Some(seen), Some(head)) = (world.seen.get(&chat), world.host.logs.get(&chat).and_then(|log| log.last())) {
                prop_assert_eq!(*seen, position_of(head), "{:?}", chat);
            }
        }
        for (chat, view) in &world.views {
            let log = world.host.logs.get(chat).into_iter().flatten();
            let log: Vec<_> = log.map(|message| &message.message_id).collect();
            let end = log.len().saturating_sub(view.len());
            prop_assert_eq!(&log[end..], &view.iter().collect::<Vec<_>>()[..], "{:?}: what is shown is the log", chat);
        }
        let mut once = HashSet::new();
        // One may have been taken, forgotten by a host that remembers nothing of them, and refused when it came again.
        let given_up = |id: &MessageId| world.lost.contains(id) || world.failed.contains(id);
        let taken = world.host.whispered.iter().filter(|id| !given_up(id) && once.insert(*id));
        let written = world.written.iter().filter(|(to, id)| *to == whispers() && !world.failed.contains(id));
        prop_assert_eq!(taken.collect::<Vec<_>>(), written.map(|(_, id)| id).collect::<Vec<_>>());
        prop_assert!(world.missing().is_empty(), "what lives is shown");
        let failed: Vec<_> = world.disk.rows.iter().filter(|row| row.failed.is_none()).collect();
        prop_assert!(failed.is_empty(), "only what failed is still in the outbox");
    }

    /// With the host's rates on, an honest client is never refused.
    #[test]
    fn a_paced_client_drains_its_outbox_in_order(count in 1usize..60) {
        let mut world = World::new();
        (world.host.limits.messages_burst, world.host.limits.messages_per_second) = (10, 2);
        for n in 0..count {
            world.write(&chat(n));
        }
        world.settle();
        let stored: usize = world.host.logs.values().map(Vec::len).sum();
        prop_assert_eq!(stored, count);
        prop_assert!(world.failed.is_empty());
        // 8 at once, then 1.8 a second.
        let least = (count.saturating_sub(8) as u64) * 555;
        prop_assert!(world.now >= least, "{} messages in {} ms", count, world.now);
    }
}

/// What the property above has found, as short as it could make it; each broke a promise while it settled.
#[test]
fn orders_of_events_that_broke_a_promise_once() {
    use Step::{Answer, Connect, Deliver, Expel, Pass, Refuse, RestartHost, Say, Whisper, Write};
    let orders: [&[Step]; 3] = [
        // A direct chat that a head told of before any list did.
        &[
            Say(2),
            Expel,
            RestartHost(1),
            Connect,
            Refuse(Code::RateLimited),
            Say(0),
            Say(3),
            Answer(1),
            Say(3),
            Deliver(1),
            Pass(5_000),
            Answer(5),
            Say(2),
            Deliver(6),
        ],
        // What lives before the first message of a log that was rolled back.
        &[
            Say(0),
            Connect,
            Answer(1),
            Deliver(1),
            Say(0),
            Answer(3),
            Deliver(3),
            Say(1),
            Say(1),
            RestartHost(2),
            Connect,
            Answer(1),
            Deliver(1),
            Answer(3),
            Answer(1),
            Whisper(0),
            Say(0),
            Say(0),
            Refuse(Code::RateLimited),
            Deliver(4),
            Answer(1),
            Deliver(4),
        ],
        // What was said while the host did not count us as being in the topic.
        &[
            Connect,
            Answer(1),
            Deliver(1),
            Answer(3),
            Expel,
            Deliver(3),
            Answer(2),
            Refuse(Code::RateLimited),
            Whisper(0),
            Write(0),
            Answer(1),
            Deliver(3),
            Answer(2),
            Whisper(0),
            Deliver(3),
        ],
    ];
    for steps in orders {
        let mut world = World::new();
        for step in steps {
            run(&mut world, step);
        }
        world.settle();
    }
}

fn sent(out: &[Effect]) -> Vec<String> {
    let text = |effect: &Effect| match effect {
        Effect::Send(ClientFrame::Msg(draft)) => Some(draft.content.clone()),
        _ => None,
    };
    out.iter().filter_map(text).collect()
}

#[test]
fn fifty_thousand_messages_load_and_drain_without_quadratic_cost() {
    const COUNT: u64 = 50_000;
    let rows = (1..=COUNT).map(|place| Row {
        message_id: format!("m{place}").parse().unwrap(),
        chat: chat(usize::try_from(place).unwrap()),
        content: place.to_string().into(),
        written_at: landline_protocol::Timestamp(0),
        place,
        failed: None,
        disappears: false,
        offered: None,
    });
    let mut out = Vec::new();
    let mut outbox = Outbox::new(rows.collect(), &mut out);
    assert_eq!(out.len() as u64, COUNT);
    out.clear();
    let limits = landline_protocol::frame::Limits {
        text_bytes: 16_384,
        messages_burst: 0,
        messages_per_second: 0,
        in_flight: 64,
    };
    outbox.online(limits, 0, &mut out);
    outbox.open(&landline_protocol::TopicName::lobby(), 0, &mut out);
    outbox.open(&"den".parse().unwrap(), 0, &mut out);
    let mut queue: std::collections::VecDeque<String> = sent(&out).into();
    let mut done = 0;
    while let Some(text) = queue.pop_front() {
        assert!(queue.len() < 64);
        done += 1;
        out.clear();
        outbox.acknowledged(&format!("m{text}").parse().unwrap());
        outbox.pump(0, &mut out);
        queue.extend(sent(&out));
    }
    assert_eq!(done, COUNT);
}

#[test]
fn a_new_topic_starts_at_its_end_and_a_rolled_back_log_is_announced() {
    let mut world = World::new();
    (0..5).for_each(|_| world.host.say(&chat(0), "x"));
    world.settle();
    assert_eq!(world.seen[&chat(0)].seq, 5);
    world.host.say(&chat(0), "x");
    world.settle();
    world.restart_host(3);
    world.host.say(&chat(0), "x");
    world.settle();
    assert_eq!(
        world.seen[&chat(0)],
        position_of(&world.host.logs[&chat(0)][3])
    );
}

#[test]
fn a_discarded_message_that_the_host_insists_on_ends_the_session() {
    let mut world = World::new();
    world.settle();
    world.host.refusals.push_back(Code::RateLimited);
    world.write(&chat(2));
    world.write(&chat(2));
    world.host.step();
    world.deliver();
    let first = world.written.remove(0).1;
    world.act(|engine, now, out| engine.discard(&first, now, out));
    assert!(
        !world.host.welcomed,
        "a new session, in which the host insists on nothing"
    );
    world.settle();
    let texts: Vec<String> = world.host.logs[&chat(2)]
        .iter()
        .map(|message| message.message_id.to_string())
        .collect();
    assert_eq!(texts, [world.written[0].1.to_string()]);
}

#[test]
fn a_failed_message_is_sent_again_when_the_person_says_so() {
    let mut world = World::new();
    world.settle();
    world.host.refusals.push_back(Code::Validation);
    world.write(&chat(0));
    world.write(&chat(0));
    world.exchange();
    let (failed, other) = (world.written[0].1.clone(), world.written[1].1.clone());
    assert!(world.failed.contains(&failed) && world.disk.rows.len() == 1);
    world.host.wrong.clear();
    world.restart_app();
    world.act(|engine, now, out| engine.retry(&failed, now, out));
    world.settle();
    let ids: Vec<_> = world.host.logs[&chat(0)]
        .iter()
        .map(|message| message.message_id.clone())
        .collect();
    assert_eq!(ids, [other, failed], "others overtook it");
    assert!(world.disk.rows.is_empty());
}

#[test]
fn what_waits_for_a_topic_fails_visibly_when_the_topic_is_left() {
    let mut world = World::new();
    world.write(&chat(1));
    let leave = landline_protocol::frame::TopicOnly {
        topic: "den".into(),
    };
    world.act(|engine, now, out| engine.ask(ClientFrame::LeaveTopic(leave), now, out));
    assert_eq!(world.failed.len(), 1);
    world.settle();
    assert!(!world.host.logs.contains_key(&chat(1)));
}

#[test]
fn the_message_that_the_host_insists_on_goes_first_though_an_older_one_was_sent_later() {
    let mut world = World::new();
    world.connect();
    world.write(&chat(2));
    world
        .host
        .refusals
        .extend([Code::Validation, Code::RateLimited]);
    // Its topic is not joined yet, so the next one overtakes it.
    world.write(&chat(0));
    world.host.step();
    world.deliver();
    world.write(&chat(2));
    world.exchange();
    world.settle();
    assert_eq!(world.host.logs.values().map(Vec::len).sum::<usize>(), 2);
}

#[test]
fn a_live_message_twice_is_handed_over_once() {
    let mut world = World::new();
    world.settle();
    world.host.say(&chat(0), "x");
    let frame = world.host.outgoing.front().cloned().unwrap();
    assert!(matches!(frame, ServerFrame::Msg(_)));
    world.host.outgoing.push_back(frame);
    world.settle();
    assert_eq!(world.seen[&chat(0)].seq, 1);
}
