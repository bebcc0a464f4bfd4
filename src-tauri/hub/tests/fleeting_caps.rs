//! How much there may be of what disappears.

use super::fleeting::{NEWEST, TTL_MS, acks, two_in_brief};
use super::world::{World, lobby, topic};
use crate::command::{ChatRef, Request};
use crate::effect::Event;
use crate::limits::{FLEETING_BYTES_MAX, FLEETING_KNOWN_MAX, FLEETING_MAX, FLEETING_PAGE_BYTES};
use crate::ports::page_bytes;
use landline_protocol::limits::{PAGE_BYTES, TEXT_BYTES, TOPICS_MAX};
use landline_protocol::{Code, TopicName, Via};

#[test]
fn a_page_stays_below_a_frame_however_much_lives() {
    let (mut world, brief) = two_in_brief();
    let long = "\u{1}".repeat(TEXT_BYTES);
    for n in 0..100 {
        let body = if n % 2 == 0 { &long } else { "short" };
        world.post(1, ChatRef::Topic(brief.clone()), &format!("m-{n}"), body);
    }
    let page = world.page(2, &brief, NEWEST);
    let bytes: usize = page
        .entries
        .iter()
        .map(|entry| page_bytes(&entry.body))
        .sum();
    assert!(bytes <= PAGE_BYTES && bytes > PAGE_BYTES / 2, "{bytes}");
    assert_eq!(
        page.entries
            .last()
            .map(|entry| entry.message_id.to_string())
            .as_deref(),
        Some("m-99")
    );

    // A log that fills the page leaves some room.
    let place = TopicName::lobby();
    world.join(1, &place, None);
    let half = "x".repeat(TEXT_BYTES);
    for n in 0..9 {
        world.post(1, lobby(), &format!("log-{n}"), &half);
    }
    world.commit();
    world.guest(3, Via::Topic);
    for n in 0..200 {
        world.whisper(3, &place, &format!("w-{n}"), TTL_MS);
    }
    let page = world.page(1, &place, NEWEST);
    let living = page.entries.iter().filter(|entry| entry.life.is_some());
    let bytes: usize = living.map(|entry| page_bytes(&entry.body)).sum();
    assert!(
        bytes <= FLEETING_PAGE_BYTES && bytes > FLEETING_PAGE_BYTES / 2,
        "{bytes}"
    );
}

#[test]
fn fleeting_known_max_ids_are_known() {
    let (mut world, brief) = two_in_brief();
    let chat = ChatRef::Topic(brief.clone());
    for n in 0..=FLEETING_KNOWN_MAX {
        world.post(1, chat.clone(), &format!("m-{n}"), "x");
        world.told.clear();
    }
    world.post(1, chat.clone(), "m-1", "x");
    assert_eq!(acks(&world, 1), [(true, false, 0)]);
    world.post(1, chat, "m-0", "x");
    assert_eq!(
        acks(&world, 1)[1],
        (false, false, 2),
        "the oldest is forgotten"
    );
}

#[test]
fn fleeting_max_messages_live_in_a_topic() {
    let (mut world, brief) = two_in_brief();
    world.guest(3, Via::Topic);
    for n in 0..=FLEETING_MAX {
        world.whisper(3, &brief, &format!("m-{n}"), TTL_MS);
    }
    assert_eq!(world.hub.living_of(Via::Topic), FLEETING_MAX);
    assert_eq!(world.hub.topic_list()[0].held, FLEETING_MAX as u64);
    world.wait(TTL_MS);
    assert_eq!(world.hub.living_of(Via::Topic), 0);
}

#[test]
fn fleeting_bytes_max_of_text_live_in_a_topic() {
    let (mut world, brief) = two_in_brief();
    let body = "x".repeat(TEXT_BYTES);
    for n in 0..FLEETING_BYTES_MAX / TEXT_BYTES + 3 {
        world.post(1, ChatRef::Topic(brief.clone()), &format!("m-{n}"), &body);
    }
    assert_eq!(
        world.hub.topic_list()[0].held,
        (FLEETING_BYTES_MAX / TEXT_BYTES) as u64
    );
    world.wait(TTL_MS);
    assert_eq!(world.hub.topic_list()[0].held, 0);
}

#[test]
fn guests_make_as_many_topics_as_they_may_and_members_still_make_theirs() {
    let mut world = World::new();
    for n in 0..=TOPICS_MAX as u64 {
        world.guest(n, Via::Topic);
        world.join(n, &topic(&format!("t-{n}")), Some(TTL_MS));
    }
    let last = TOPICS_MAX as u64;
    assert_eq!(world.codes(last), [Code::LimitReached]);
    assert!(world.notices(last).is_empty());
    world.join(last, &topic("t-7"), Some(TTL_MS));
    assert_eq!(
        world.notices(last).len(),
        1,
        "one that is there takes everybody"
    );

    world.enter(5_000, 1);
    world.join(5_000, &TopicName::lobby(), None);
    assert!(world.codes(5_000).is_empty());
    world.told.clear();
    world.ask(5_000, Request::ListTopics);
    let pieces: Vec<_> = world
        .told(5_000)
        .iter()
        .map(|event| match event {
            Event::Topics { topics, complete } => (topics.len(), *complete),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(pieces, [(TOPICS_MAX, true), (1, false)]);

    world.exit(0);
    world.join(last, &topic("one-more"), Some(TTL_MS));
    assert_eq!(world.hub.topic_list().len(), TOPICS_MAX + 1);
}
