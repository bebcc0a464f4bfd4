//! The hub against a store of plain lists that answers late and sometimes fails.

mod fleeting;
mod fleeting_caps;
mod guests;
mod heads;
mod i07;
mod i08;
mod keeping;
mod model;
mod pairs;
mod random;
mod random_guests;
mod searching;
mod seen;
mod store;
mod turns;
mod world;

use world::{World, lobby};

use crate::command::{Command, Join, Request, SessionId};
use crate::effect::Event;
use crate::limits::{APPENDS_CAP, DISK_RETRY_MS};
use landline_protocol::{Code, Timestamp, TopicName};

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
fn i05_what_the_disk_gave_back_goes_before_what_was_put_off_behind_it() {
    let mut world = World::new();
    world.enter(1, 1);
    world.ask(1, Request::JoinTopic(Join::new(TopicName::lobby())));
    // Somebody else's message finds the disk broken.
    world.enter(2, 2);
    world.ask(2, Request::JoinTopic(Join::new(TopicName::lobby())));
    world.post(2, lobby(), "m-0", "finds it broken");
    world.fail();
    world.wait(DISK_RETRY_MS);
    world.post(1, lobby(), "m-1", "tries the disk");
    world.post(1, lobby(), "m-2", "waits for what becomes of it");
    assert_eq!(world.codes(1), [Code::ReadOnly], "the second is put off");
    world.fail();
    world.wait(DISK_RETRY_MS);
    let froms = world.told(1).iter().filter_map(|event| match event {
        Event::Refused(refusal) => refusal.retry_from.as_ref().map(ToString::to_string),
        _ => None,
    });
    assert_eq!(froms.collect::<Vec<_>>(), ["m-2", "m-1"]);
    world.post(1, lobby(), "m-2", "waits for what becomes of it");
    assert!(
        world.store.queue.is_empty(),
        "the first one is still to come"
    );
    world.post(1, lobby(), "m-1", "tries the disk");
    world.commit();
    world.post(1, lobby(), "m-2", "waits for what becomes of it");
    world.commit();
    let texts: Vec<_> = world.heard(SessionId(1));
    let texts: Vec<_> = texts.iter().map(|entry| &*entry.body).collect();
    assert_eq!(texts, ["tries the disk", "waits for what becomes of it"]);
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
        matches!(&presence[0], Event::Presence { people, complete: false, total: None } if people.len() == 50)
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

#[test]
fn i05_nothing_is_tried_again_before_all_that_was_on_its_way_came_back() {
    let mut world = World::new();
    world.enter(1, 1);
    world.join(1, &TopicName::lobby(), None);
    world.post(1, lobby(), "m-1", "first");
    world.post(1, lobby(), "m-2", "second");
    let late = world.store.queue.split_off(1);
    world.fail();
    world.store.queue = late;
    // Another session of theirs knows nothing of what was put off.
    world.exit(1);
    world.enter(2, 1);
    world.join(2, &TopicName::lobby(), None);
    world.now = Timestamp(world.now.0 + DISK_RETRY_MS + 1);
    world.post(2, lobby(), "m-1", "first");
    assert_eq!(
        world.codes(2),
        [Code::ReadOnly],
        "the second may still come back"
    );
    assert_eq!(world.store.queue.len(), 1);
    world.fail();
    world.now = Timestamp(world.now.0 + DISK_RETRY_MS + 1);
    for (id, text) in [("m-1", "first"), ("m-2", "second")] {
        world.post(2, lobby(), id, text);
        world.commit();
    }
    let texts: Vec<_> = world
        .heard(SessionId(2))
        .iter()
        .map(|one| one.body.to_string())
        .collect();
    assert_eq!(texts, ["first", "second"]);
}
