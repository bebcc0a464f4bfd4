//! Who learns how far others have read, and that this does not grow with the square of the people.

use landline_protocol::limits::{SEEN_BY_LISTED, SEEN_EVERY_MS, SEEN_MAX};
use landline_protocol::{Seq, TopicName, UserId, Via};

use super::world::{World, lobby, user};
use crate::command::{ChatRef, Join, Request};
use crate::effect::{Effect, Event};
use crate::limits::{GATHER_MS, SEEN_MANY_ENDS};
use crate::ports::Record;

const MANY: u8 = 60;

/// `people` in the lobby, and `said` messages there; everybody has been told who is here.
fn talk(people: u8, said: u64) -> World {
    let mut world = World::new();
    for n in 1..=people {
        world.enter(u64::from(n), n);
        world.ask(
            u64::from(n),
            Request::JoinTopic(Join::new(TopicName::lobby())),
        );
    }
    for n in 0..said {
        world.post(1, lobby(), &format!("m-{n}"), "hi");
        world.commit();
    }
    world.wait(GATHER_MS);
    world
}

fn mark(world: &mut World, session: u64, chat: ChatRef, seq: Seq) {
    world.ask(session, Request::MarkRead { chat, seq });
}

type Heard = (Vec<(UserId, Seq)>, bool, bool);

fn seen(world: &World, session: u64) -> Vec<Heard> {
    let word = |event: &Event| match event {
        Event::Seen {
            markers,
            complete,
            many,
            ..
        } => Some((markers.clone(), *complete, *many)),
        _ => None,
    };
    world.told(session).iter().filter_map(word).collect()
}

#[test]
fn the_other_of_a_direct_chat_learns_at_once_what_was_read() {
    let mut world = talk(3, 0);
    world.post(1, ChatRef::Direct(user(2)), "m", "hi");
    world.commit();
    mark(&mut world, 2, ChatRef::Direct(user(1)), 1);
    assert_eq!(seen(&world, 1), [(vec![(user(2), 1)], false, false)]);
    assert!(seen(&world, 2).is_empty() && seen(&world, 3).is_empty());
    world.ask(1, Request::ListDirect);
    match world.told(1).last() {
        Some(Event::Direct { chats, .. }) => assert_eq!((chats[0].read, chats[0].seen), (0, 1)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn markers_of_a_small_topic_are_gathered_and_told_once() {
    let mut world = talk(5, 3);
    for n in 1..=5 {
        for seq in 1..=3 {
            mark(&mut world, n, lobby(), seq);
        }
    }
    mark(&mut world, 2, lobby(), 1);
    assert!(seen(&world, 1).is_empty(), "not yet");
    world.wait(SEEN_EVERY_MS);
    let all: Vec<_> = (1..=5).map(|n| (user(n), 3)).collect();
    for n in 1..=5 {
        assert_eq!(seen(&world, n), [(all.clone(), false, false)]);
    }
    world.wait(10 * SEEN_EVERY_MS);
    assert_eq!(seen(&world, 1).len(), 1);
    world.exit(4);
    world.enter(6, 6);
    world.join(6, &TopicName::lobby(), None);
    assert_eq!(
        seen(&world, 6),
        [(all, true, false)],
        "also of those who left"
    );
}

#[test]
fn in_a_large_topic_nobody_is_told_and_who_asks_gets_pages() {
    let mut world = talk(MANY, 2);
    let before: usize = (1..=u64::from(MANY)).map(|n| seen(&world, n).len()).sum();
    for n in 2..=MANY {
        mark(
            &mut world,
            u64::from(n),
            lobby(),
            if n % 2 == 0 { 2 } else { 1 },
        );
    }
    world.wait(SEEN_EVERY_MS);
    let after: usize = (1..=u64::from(MANY)).map(|n| seen(&world, n).len()).sum();
    assert_eq!(after, before, "a marker of many is told to nobody");
    assert!(
        seen(&world, 1)
            .last()
            .is_some_and(|(markers, complete, many)| markers.is_empty() && *complete && *many)
    );

    let mut people = Vec::new();
    loop {
        let after = people.last().copied();
        world.ask(
            1,
            Request::SeenBy {
                topic: TopicName::lobby(),
                seq: 1,
                after,
            },
        );
        let Some(Event::SeenBy {
            count,
            people: page,
            more,
            ..
        }) = world.told(1).last()
        else {
            panic!("an answer");
        };
        assert_eq!(*count, u32::from(MANY) - 1, "all but me");
        assert!(page.len() <= SEEN_BY_LISTED);
        people.extend(page.iter().map(|(user, _)| *user));
        if !more {
            break;
        }
    }
    assert_eq!(people, (2..=MANY).map(user).collect::<Vec<_>>());
    world.ask(
        1,
        Request::SeenBy {
            topic: TopicName::lobby(),
            seq: 2,
            after: None,
        },
    );
    assert!(matches!(
        world.told(1).last(),
        Some(Event::SeenBy { count: 30, .. })
    ));
    world.ask(
        1,
        Request::SeenBy {
            topic: "nowhere".parse().unwrap(),
            seq: 2,
            after: None,
        },
    );
    assert_eq!(world.codes(1).len(), 1);
}

#[test]
fn a_topic_that_grows_or_shrinks_tells_so_once() {
    let few = u8::try_from(SEEN_MAX).unwrap();
    let mut world = talk(few, 1);
    mark(&mut world, 1, lobby(), 1);
    world.enter(99, 99);
    world.join(99, &TopicName::lobby(), None);
    world.wait(GATHER_MS);
    world.wait(SEEN_EVERY_MS);
    assert_eq!(
        seen(&world, 1),
        [(vec![], true, true)],
        "what gathered before is not told to many"
    );
    mark(&mut world, 2, lobby(), 1);
    world.exit(99);
    let ends = u8::try_from(SEEN_MANY_ENDS).unwrap();
    for n in ends + 2..=few {
        world.exit(u64::from(n));
    }
    world.wait(GATHER_MS);
    world.wait(SEEN_EVERY_MS);
    assert_eq!(
        seen(&world, 3),
        [(vec![], true, true)],
        "it does not end where it began"
    );
    world.exit(u64::from(ends + 1));
    assert_eq!(seen(&world, 3).len(), 1, "not yet");
    world.wait(GATHER_MS);
    world.wait(10 * SEEN_EVERY_MS);
    let all = vec![(user(1), 1), (user(2), 1)];
    assert_eq!(seen(&world, 3)[1..], [(all, true, false)]);
}

#[test]
fn nobody_has_read_what_is_not_there_guests_have_no_marker_and_what_disappears_has_none() {
    let mut world = talk(2, 1);
    world.guest(20, Via::Topic);
    world.join(20, &TopicName::lobby(), None);
    mark(&mut world, 20, lobby(), 1);
    mark(&mut world, 2, lobby(), 1_000);
    let secret: TopicName = "secret".parse().unwrap();
    for n in 1..=2 {
        world.join(n, &secret, Some(60_000));
    }
    world.post(1, ChatRef::Topic(secret.clone()), "s", "sh");
    mark(&mut world, 2, ChatRef::Topic(secret.clone()), 1);
    let effects = world.hub.handle(
        crate::Command::Wake,
        landline_protocol::Timestamp(world.now.0 + SEEN_EVERY_MS),
    );
    let mut saved = effects.iter().filter_map(|effect| match effect {
        Effect::Save(Record::Marker(user, _, seq)) => Some((*user, *seq)),
        _ => None,
    });
    assert_eq!((saved.next(), saved.next()), (Some((user(2), 1)), None));
    let told = effects
        .iter()
        .filter(|effect| matches!(effect, Effect::Send(_, Event::Seen { .. })));
    assert_eq!(told.count(), 1, "of the lobby");
}
