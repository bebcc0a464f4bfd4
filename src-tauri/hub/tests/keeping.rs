//! The host's rules about how long messages are kept, and who is told.

use super::world::{World, lobby, topic};
use crate::command::{Command, Join, Request};
use crate::effect::Event;
use crate::keeping::KeepRule;
use crate::limits::{KEPT_TOLD_EVERY_MS, TRIM_EVERY_MS};
use crate::ports::is_cut;
use landline_protocol::{Keep, Seq, TopicName};

fn kept(world: &World, session: u64) -> Vec<(String, Option<Keep>, Seq)> {
    let of = |event: &Event| match event {
        Event::TopicKept {
            topic,
            keep,
            oldest,
        } => Some((topic.to_string(), *keep, *oldest)),
        _ => None,
    };
    world.told(session).iter().filter_map(of).collect()
}

fn world() -> World {
    let mut world = World::new();
    for session in 1..=2 {
        world.enter(session, u8::try_from(session).unwrap());
    }
    world.ask(1, Request::JoinTopic(Join::new(TopicName::lobby())));
    world.ask(1, Request::JoinTopic(Join::new(topic("sports"))));
    world
}

#[test]
fn a_rule_is_told_to_those_it_is_about_and_to_whoever_comes() {
    let mut world = world();
    let month = Some(Keep::Days(30));
    world.handle(Command::Keep(KeepRule::Own(topic("sports"), month)));
    assert_eq!(kept(&world, 1), [("sports".to_owned(), month, 1)]);
    assert!(kept(&world, 2).is_empty(), "who is not in it hears nothing");
    let usual = Some(Keep::Messages(9));
    world.handle(Command::Keep(KeepRule::Usual(usual)));
    assert_eq!(
        kept(&world, 1)[1..],
        [("lobby".to_owned(), usual, 1)],
        "a topic with a rule of its own keeps it"
    );
    world.ask(2, Request::JoinTopic(Join::new(TopicName::lobby())));
    let joined = world.told(2).iter().find_map(|event| match event {
        Event::TopicJoined { summary, .. } => Some(summary.keep),
        _ => None,
    });
    assert_eq!(joined, Some(usual));
    world.handle(Command::Keep(KeepRule::AsUsual(topic("sports"))));
    assert_eq!(kept(&world, 1)[2..], [("sports".to_owned(), usual, 1)]);
    let keeps = world.hub.keeps();
    assert_eq!((keeps.usual, keeps.topics.len()), (usual, 0));
}

#[test]
fn the_store_is_asked_at_once_and_then_every_minute_and_never_without_a_rule() {
    let mut world = world();
    world.wait(10 * TRIM_EVERY_MS);
    assert!(world.trims.is_empty());
    let usual = |keep| Command::Keep(KeepRule::Usual(keep));
    world.handle(usual(Some(Keep::Days(1))));
    assert_eq!(world.trims, [world.now]);
    world.wait(TRIM_EVERY_MS - 1);
    assert_eq!(world.trims.len(), 1);
    world.wait(1);
    assert_eq!(world.trims.len(), 2);
    world.handle(usual(None));
    world.wait(10 * TRIM_EVERY_MS);
    assert_eq!(world.trims.len(), 2);
}

#[test]
fn what_was_removed_is_told_gathered() {
    let mut world = world();
    for session in 1..=2 {
        world.ask(session, Request::JoinTopic(Join::new(TopicName::lobby())));
    }
    for (id, body) in [("m-1", "one"), ("m-2", "two"), ("m-3", "three")] {
        world.post(1, lobby(), id, body);
    }
    world.commit();
    for oldest in 2..=3 {
        world.handle(Command::Trimmed(vec![(TopicName::lobby(), oldest)]));
    }
    assert!(kept(&world, 2).is_empty());
    world.wait(KEPT_TOLD_EVERY_MS);
    assert_eq!(kept(&world, 2), [("lobby".to_owned(), None, 3)]);
    let lobby = world.hub.topic_list().remove(0);
    assert_eq!((lobby.head.seq, lobby.oldest, lobby.held), (3, 3, 1));
}

#[test]
fn i06_only_who_missed_something_that_was_removed_is_cut() {
    assert!(
        !is_cut(0, 0) && !is_cut(0, 1) && !is_cut(7, 1),
        "nothing was removed"
    );
    assert!(!is_cut(9, 10), "the next one is kept");
    assert!(is_cut(8, 10) && is_cut(0, 10));
}
