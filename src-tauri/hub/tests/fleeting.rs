//! What disappears: when, from where, and how much of it there may be.

use super::world::{World, lobby, texts, topic};
use crate::command::{ChatRef, Post, Request, SessionId};
use crate::effect::Event;
use crate::limits::FLEETING_KNOWN_MS;
use crate::ports::PageQuery;
use landline_protocol::{Code, Position, TopicName, Via};

pub(super) const TTL_MS: i64 = 30_000;
pub(super) const NEWEST: PageQuery = PageQuery::Before(None, 500);

/// Two members in the disappearing topic `brief`.
pub(super) fn two_in_brief() -> (World, TopicName) {
    let (mut world, brief) = (World::new(), topic("brief"));
    for n in 1..=2 {
        world.enter(u64::from(n), n);
        world.join(u64::from(n), &brief, Some(TTL_MS));
    }
    (world, brief)
}

pub(super) fn acks(world: &World, session: u64) -> Vec<(bool, bool, u32)> {
    let ack = |event: &Event| match event {
        Event::Acked {
            dup,
            stored,
            recipients,
            ..
        } => Some((*dup, *stored, *recipients)),
        _ => None,
    };
    world.told(session).iter().filter_map(ack).collect()
}

#[test]
fn it_is_said_at_once_never_stored_and_gone_at_its_time() {
    let (mut world, brief) = two_in_brief();
    world.post(1, ChatRef::Topic(brief.clone()), "m-1", "soon gone");
    assert!(
        world.store.queue.is_empty(),
        "nothing of it goes to the store"
    );
    assert_eq!(acks(&world, 1), [(false, false, 2)]);
    let heard = world.heard(SessionId(2));
    let life = heard[0].life.expect("it disappears");
    assert_eq!(life.expires_at.0, world.now.0 + TTL_MS);

    world.wait(TTL_MS - 1);
    assert_eq!(texts(&world.page(2, &brief, NEWEST)), ["soon gone"]);
    assert_eq!(world.hub.wake_at(), Some(life.expires_at));
    let told = world.sent.len();
    world.wait(1);
    assert_eq!(world.sent.len(), told, "nobody is told");
    assert!(world.page(2, &brief, NEWEST).entries.is_empty());
    assert_eq!(world.hub.topic_list()[0].held, 0);
    assert_eq!(world.hub.wake_at(), None);
}

#[test]
fn the_shorter_of_two_lives_counts() {
    let (mut world, brief) = two_in_brief();
    world.guest(3, Via::Topic);
    world.join(3, &brief, Some(1));
    world.whisper(3, &brief, "shorter", 5_000);
    world.whisper(3, &brief, "as the topic", 60_000);
    let lives = world
        .heard(SessionId(1))
        .into_iter()
        .map(|entry| entry.life.map(|life| life.expires_at.0 - world.now.0));
    assert_eq!(lives.collect::<Vec<_>>(), [Some(5_000), Some(TTL_MS)]);
    world.wait(5_000);
    assert_eq!(texts(&world.page(1, &brief, NEWEST)), ["as the topic"]);
}

#[test]
fn a_guest_changes_nothing_for_others_in_a_topic_of_theirs() {
    let mut world = World::new();
    world.enter(1, 1);
    world.join(1, &TopicName::lobby(), None);
    world.guest(2, Via::Topic);
    world.join(2, &TopicName::lobby(), Some(TTL_MS));
    world.whisper(2, &TopicName::lobby(), "to go", TTL_MS);
    world.post(1, lobby(), "m-1", "to stay");
    world.commit();
    assert_eq!(
        texts(&world.page(1, &TopicName::lobby(), NEWEST)),
        ["to go", "to stay"]
    );
    world.wait(TTL_MS);
    assert_eq!(
        texts(&world.page(1, &TopicName::lobby(), NEWEST)),
        ["to stay"]
    );
    let logs = world.store.logs.values().flatten();
    assert!(logs.into_iter().all(|entry| &*entry.body == "to stay"));
}

#[test]
fn pages_that_follow_each_other_hold_each_message_once_where_it_stands() {
    let mut world = World::new();
    let place = TopicName::lobby();
    world.enter(1, 1);
    world.join(1, &place, None);
    world.guest(2, Via::Topic);
    let mut expected = Vec::new();
    for n in 0..23 {
        let id = format!("m-{n:02}");
        if n % 3 == 0 {
            world.post(1, lobby(), &id, &id);
            world.commit();
        } else {
            world.whisper(2, &place, &id, TTL_MS);
        }
        expected.push(id);
    }
    assert_eq!(texts(&world.page(1, &place, NEWEST)), expected);
    for limit in 2..=4 {
        let (mut back, mut before) = (Vec::new(), None);
        loop {
            let page = world.page(1, &place, PageQuery::Before(before, limit));
            let said = texts(&page).into_iter().map(str::to_owned);
            back.splice(0..0, said);
            if !page.more {
                break;
            }
            before = page.entries.first().map(|entry| entry.position.seq);
        }
        assert_eq!(back, expected, "backwards by {limit}");
        let (mut on, mut after) = (Vec::new(), 0);
        loop {
            let page = world.page(1, &place, PageQuery::After(after, limit));
            on.extend(texts(&page).into_iter().map(str::to_owned));
            if !page.more {
                break;
            }
            let stored = page.entries.iter().rfind(|entry| entry.life.is_none());
            after = stored.expect("a page has one").position.seq;
        }
        assert_eq!(on, expected, "forwards by {limit}");
    }
    let middle = world.page(1, &place, PageQuery::Before(Some(4), 1)).entries[0].position;
    let rest = world.page(1, &place, PageQuery::Resume(middle, 500));
    assert_eq!(
        texts(&rest),
        expected[7..],
        "what stands behind the third stored one"
    );
}

#[test]
fn a_message_sent_again_is_said_once_also_after_it_is_gone() {
    let (mut world, brief) = two_in_brief();
    let chat = ChatRef::Topic(brief.clone());
    world.post(1, chat.clone(), "m-1", "once");
    world.post(1, chat.clone(), "m-1", "once");
    assert_eq!(acks(&world, 1), [(false, false, 2), (true, false, 0)]);
    world.post(1, chat.clone(), "m-1", "something else");
    assert_eq!(world.codes(1), [Code::MessageConflict]);
    world.wait(TTL_MS + FLEETING_KNOWN_MS - 1);
    world.post(1, chat.clone(), "m-1", "once");
    assert_eq!(world.heard(SessionId(2)).len(), 1, "still known");
    world.wait(1);
    world.post(1, chat, "m-1", "once");
    assert_eq!(world.heard(SessionId(2)).len(), 2, "forgotten");
}

#[test]
fn a_disappearing_topic_is_gone_with_its_last_member_and_all_in_it() {
    let (mut world, brief) = two_in_brief();
    world.guest(3, Via::Topic);
    world.join(3, &brief, None);
    world.post(1, ChatRef::Topic(brief.clone()), "m-1", "x");
    world.exit(1);
    world.ask(
        2,
        Request::LeaveTopic {
            topic: brief.clone(),
            original: None,
        },
    );
    assert!(world.hub.has_topic(&brief), "a guest is still in it");
    world.exit(3);
    assert!(!world.hub.has_topic(&brief) && world.hub.topic_list().is_empty());
    world.join(2, &brief, None);
    assert!(world.page(2, &brief, NEWEST).entries.is_empty());
    world.post(2, ChatRef::Topic(brief.clone()), "m-2", "to stay");
    world.commit();
    world.wait(TTL_MS);
    assert_eq!(
        texts(&world.page(2, &brief, NEWEST)),
        ["to stay"],
        "it is another topic now"
    );
}

#[test]
fn a_topic_in_which_a_guest_spoke_to_nobody_is_gone_with_the_message() {
    let mut world = World::new();
    world.guest(1, Via::Topic);
    world.whisper(1, &topic("empty"), "m-1", TTL_MS);
    assert!(world.hub.has_topic(&topic("empty")));
    world.wait(TTL_MS);
    assert!(!world.hub.has_topic(&topic("empty")));
}

#[test]
fn living_messages_are_counted_by_how_their_authors_came_and_where_they_stand() {
    let (mut world, brief) = two_in_brief();
    world.guest(3, Via::Topic);
    world.join(3, &topic("of_guest"), Some(TTL_MS));
    world.whisper(3, &brief, "m-1", TTL_MS);
    world.whisper(3, &topic("of_guest"), "m-2", 2 * TTL_MS);
    world.post(
        1,
        ChatRef::Topic(brief.clone()),
        "m-3",
        "a member's, in a topic of members",
    );
    world.join(1, &topic("of_guest"), None);
    world.post(
        1,
        ChatRef::Topic(topic("of_guest")),
        "m-4",
        "a member's, in a guest's topic",
    );
    assert_eq!(world.hub.living_of(Via::Topic), 3);
    assert_eq!(world.hub.living_of(Via::App), 2);
    world.exit(1);
    world.exit(3);
    assert_eq!(world.hub.living_of(Via::Topic), 1, "that topic is gone");
    world.wait(TTL_MS);
    assert_eq!(world.hub.living_of(Via::Topic), 0);
}

#[test]
fn a_reader_of_another_life_gets_what_lives_and_is_told_so() {
    let (mut world, brief) = two_in_brief();
    world.post(1, ChatRef::Topic(brief.clone()), "m-1", "x");
    let mut elsewhere = super::world::EPOCH;
    elsewhere.tag += 1;
    let position = Position {
        epoch: elsewhere,
        seq: 3,
    };
    let page = world.page(2, &brief, PageQuery::Resume(position, 50));
    assert!(!page.recovered);
    assert_eq!(texts(&page), ["x"]);
    let own = Position {
        epoch: super::world::EPOCH,
        seq: 0,
    };
    assert!(world.page(2, &brief, PageQuery::Resume(own, 50)).recovered);
}

#[test]
fn a_message_of_another_name_keeps_it() {
    let (mut world, brief) = two_in_brief();
    world.guest(3, Via::Topic);
    let mut person = world.heard_as(3);
    person.name = "alice#1".parse().unwrap();
    let post = Post {
        author: Some(person.clone()),
        ttl_ms: Some(TTL_MS),
        ..Post::new(ChatRef::Topic(brief), "hi".into(), "m-1".parse().unwrap())
    };
    world.ask(3, Request::Post(post));
    assert_eq!(world.heard(SessionId(1))[0].author, person);
}

#[test]
fn a_topic_whose_first_message_is_on_its_way_to_the_disk_does_not_become_one_that_disappears() {
    let (mut world, place) = (World::new(), topic("workshop"));
    world.enter(1, 1);
    world.join(1, &place, None);
    world.post(1, ChatRef::Topic(place.clone()), "m-1", "to stay");
    world.exit(1);
    world.guest(2, Via::Topic);
    world.join(2, &place, Some(TTL_MS));
    world.commit();
    world.exit(2);
    let summary = &world.hub.topic_list()[0];
    assert_eq!((summary.head.seq, summary.ttl_ms), (1, None));

    // One whose first message failed is gone, as one that nobody spoke in.
    let lost = topic("lost");
    world.enter(3, 1);
    world.join(3, &lost, None);
    world.post(3, ChatRef::Topic(lost.clone()), "m-2", "x");
    world.exit(3);
    world.fail();
    assert!(!world.hub.has_topic(&lost));
}
