//! One order for what is stored, what disappears, and the coming and going of guests, under a store that answers late
//! or not at all.

use super::world::{World, lobby, topic};
use crate::command::{ChatRef, Command, Request, SessionId};
use crate::limits::{APPENDS_CAP, DISK_RETRY_MS};
use landline_protocol::{Code, TopicName, Via};

const TTL_MS: i64 = 30_000;

fn leave(world: &mut World, session: u64) {
    let topic = TopicName::lobby();
    world.ask(
        session,
        Request::LeaveTopic {
            topic,
            original: None,
        },
    );
}

/// A member (1) and a guest (2) in the lobby, told of nothing yet.
fn two_in_the_lobby() -> World {
    let mut world = World::new();
    world.enter(1, 1);
    world.join(1, &TopicName::lobby(), None);
    world.guest(2, Via::Plain);
    world.join(2, &TopicName::lobby(), None);
    world.told.clear();
    world
}

/// What all of this test's stories are made of.
fn much_happens(world: &mut World) {
    let place = TopicName::lobby();
    world.post(1, lobby(), "a", "a");
    world.guest(3, Via::Topic);
    world.join(3, &place, Some(TTL_MS));
    world.whisper(3, &place, "b", TTL_MS);
    world.post(2, lobby(), "c", "c");
    leave(world, 3);
    world.post(1, lobby(), "d", "d");
    world.exit(2);
}

#[test]
fn nothing_overtakes_a_message_on_its_way_to_the_disk() {
    let mut world = two_in_the_lobby();
    much_happens(&mut world);
    assert!(world.story(1).is_empty(), "the store has not answered");
    world.commit_one();
    assert_eq!(world.story(1), ["a", "3 Joined", "b"]);
    world.commit_one();
    assert_eq!(world.story(1), ["a", "3 Joined", "b", "c", "3 Left"]);
    world.commit_one();
    let whole = ["a", "3 Joined", "b", "c", "3 Left", "d", "2 Left"];
    assert_eq!(world.story(1), whole);
    assert_eq!(world.story(2), whole);
    assert_eq!(
        world.story(3),
        whole[1..5],
        "from its coming to its going, both included"
    );
    assert_eq!(world.hub.online(), 2);
}

#[test]
fn it_is_the_same_in_one_go() {
    let mut world = two_in_the_lobby();
    much_happens(&mut world);
    world.commit();
    assert_eq!(
        world.story(1),
        ["a", "3 Joined", "b", "c", "3 Left", "d", "2 Left"]
    );
}

#[test]
fn a_failed_disk_holds_nobody_up() {
    let mut world = two_in_the_lobby();
    much_happens(&mut world);
    world.fail();
    assert_eq!(world.story(1), ["3 Joined", "b", "3 Left", "2 Left"]);
    assert_eq!(world.codes(1), [Code::ReadOnly; 2]);
    world.guest(4, Via::Topic);
    world.join(4, &TopicName::lobby(), Some(TTL_MS));
    world.whisper(4, &TopicName::lobby(), "e", TTL_MS);
    assert_eq!(
        world.story(4),
        ["4 Joined", "e"],
        "what needs no disk goes on without one"
    );
    world.wait(DISK_RETRY_MS);
    world.post(1, lobby(), "a", "a");
    world.whisper(4, &TopicName::lobby(), "f", TTL_MS);
    world.commit();
    assert_eq!(world.story(4), ["4 Joined", "e", "a", "f"]);
}

#[test]
fn half_of_the_answers_fail_and_the_order_holds() {
    let mut world = two_in_the_lobby();
    much_happens(&mut world);
    world.commit_one();
    world.fail();
    assert_eq!(world.story(1), ["a", "3 Joined", "b", "3 Left", "2 Left"]);
}

#[test]
fn who_left_while_the_disk_was_behind_says_nothing_afterwards() {
    let mut world = two_in_the_lobby();
    world.post(1, lobby(), "a", "a");
    world.guest(3, Via::Topic);
    world.join(3, &TopicName::lobby(), Some(TTL_MS));
    world.exit(3);
    // A request that was still under way.
    world.whisper(3, &TopicName::lobby(), "late", TTL_MS);
    world.handle(Command::Exit(SessionId(3)));
    world.commit();
    assert_eq!(world.story(1), ["a", "3 Joined", "3 Left"]);
    assert_eq!(world.hub.online(), 2);
}

#[test]
fn a_topic_is_of_one_kind_whoever_was_faster() {
    let mut world = two_in_the_lobby();
    let place = topic("workshop");
    world.post(1, lobby(), "a", "a");
    world.guest(3, Via::Topic);
    world.join(3, &place, Some(TTL_MS));
    world.guest(4, Via::Plain);
    world.join(4, &place, None);
    // Nobody has made the topic yet; this goes to the store.
    world.post(4, ChatRef::Topic(place.clone()), "m", "m");
    world.whisper(3, &place, "w", TTL_MS);
    world.commit();
    assert_eq!(world.story(3), ["3 Joined", "4 Joined", "m", "w"]);
    assert_eq!(world.story(4), ["4 Joined", "m", "w"]);
    let list = world.hub.topic_list();
    let summary = list.iter().find(|summary| summary.topic == place).unwrap();
    assert_eq!((summary.ttl_ms, summary.head.seq), (None, 1));
}

#[test]
fn what_would_disappear_does_though_its_topic_is_gone_before_its_turn() {
    let mut world = two_in_the_lobby();
    let brief = topic("brief");
    world.enter(3, 3);
    world.join(3, &brief, Some(TTL_MS));
    world.guest(4, Via::Plain);
    world.post(1, lobby(), "a", "a");
    world.post(4, ChatRef::Topic(brief.clone()), "m", "m");
    world.exit(3);
    world.commit();
    assert!(world.store.queue.is_empty(), "it is not for the disk");
    world.wait(TTL_MS);
    assert!(!world.hub.has_topic(&brief));
}

#[test]
fn messages_of_one_who_waits_keep_their_order() {
    let mut world = two_in_the_lobby();
    world.post(1, lobby(), "a", "a");
    world.guest(3, Via::Plain);
    world.join(3, &TopicName::lobby(), None);
    for id in ["m-1", "m-2"] {
        world.post(3, lobby(), id, id);
    }
    world.commit_one();
    world.post(3, lobby(), "m-3", "m-3");
    world.exit(3);
    world.commit();
    assert_eq!(
        world.story(1),
        ["a", "3 Joined", "m-1", "m-2", "m-3", "3 Left"]
    );
}

#[test]
fn only_messages_for_the_disk_fill_the_line() {
    let mut world = two_in_the_lobby();
    world.guest(3, Via::Topic);
    for n in 0..APPENDS_CAP {
        world.post(1, lobby(), &format!("m-{n}"), "x");
        world.whisper(3, &TopicName::lobby(), &format!("w-{n}"), TTL_MS);
    }
    assert!(world.codes(1).is_empty());
    world.post(1, lobby(), "one-more", "x");
    assert_eq!(world.codes(1), [Code::Busy]);
    world.whisper(3, &TopicName::lobby(), "w-more", TTL_MS);
    assert!(world.codes(3).is_empty());
    world.commit();
    assert_eq!(world.story(1).len(), 2 * APPENDS_CAP + 1);
}
