//! Guests: told of each other, listed nowhere, and gone without a trace.

use super::world::{World, lobby, topic};
use crate::command::{Command, Enter, Join, Request, SessionId, Standing};
use crate::effect::{Event, NoticeKind};
use landline_protocol::{TopicName, Via};

fn natives(world: &World, session: u64) -> Vec<(u64, NoticeKind, u32)> {
    let notices = world.notices(session);
    let told = notices.iter().map(|n| (n.session.0, n.kind, n.natives));
    told.collect()
}

#[test]
fn natives_are_counted_by_dialect_and_everybody_in_the_topic_is_told() {
    let mut world = World::new();
    let place = TopicName::lobby();
    for (session, via) in [(1, Via::Plain), (2, Via::Activity), (3, Via::Plain)] {
        world.guest(session, via);
        world.join(session, &place, None);
    }
    world.exit(1);
    world.exit(2);
    let (joined, left) = (NoticeKind::Joined, NoticeKind::Left);
    let all = [
        (1, joined, 1),
        (2, joined, 1),
        (3, joined, 2),
        (1, left, 1),
        (2, left, 0),
    ];
    assert_eq!(natives(&world, 3), all[2..]);
    assert_eq!(natives(&world, 1), all[..4], "up to its own end");
}

#[test]
fn leaving_is_told_once_however_it_comes_about() {
    let mut world = World::new();
    let place = TopicName::lobby();
    world.guest(9, Via::Topic);
    world.join(9, &place, None);
    for session in 1..=4 {
        world.guest(session, Via::Topic);
        world.join(session, &place, None);
    }
    let leave = |original: Option<&str>| Request::LeaveTopic {
        topic: TopicName::lobby(),
        original: original.map(Into::into),
    };
    world.told.clear();
    // By its own word, and then the connection ends.
    world.ask(1, leave(Some("bye")));
    world.ask(1, leave(None));
    world.exit(1);
    // Without a word.
    world.exit(2);
    world.exit(2);
    // By leaving without a frame of its own.
    world.ask(3, leave(None));
    // By leaving, coming again, and ending.
    world.ask(4, leave(Some("moment")));
    world.join(4, &place, None);
    world.exit(4);
    let left: Vec<(u64, Option<String>)> = world
        .notices(9)
        .iter()
        .filter(|notice| notice.kind == NoticeKind::Left)
        .map(|notice| {
            (
                notice.session.0,
                notice.original.as_deref().map(str::to_owned),
            )
        })
        .collect();
    let told = |session, text: &str| (session, Some(text.to_owned()));
    assert_eq!(
        left,
        [
            told(1, "bye"),
            told(2, "2 is gone"),
            told(3, "3 is gone"),
            told(4, "moment"),
            told(4, "4 is gone")
        ]
    );
    let own = world.notices(3);
    assert!(
        own.iter()
            .any(|n| n.session.0 == 3 && n.kind == NoticeKind::Left),
        "who leaves hears it"
    );
    world.exit(3);
    world.exit(9);
    assert_eq!(world.hub.online(), 0);
    assert!(world.hub.topic_list().is_empty());
}

#[test]
fn members_see_no_guest_listed_but_how_many_there_are() {
    let mut world = World::new();
    let place = TopicName::lobby();
    world.enter(1, 1);
    world.join(1, &place, None);
    world.wait(1_000);
    world.told.clear();
    for session in 2..=4 {
        world.guest(session, Via::Plain);
        world.join(session, &place, None);
    }
    world.exit(4);
    world.wait(1_000);
    let counts: Vec<(u32, u32)> = world
        .told(1)
        .iter()
        .filter_map(|event| match event {
            Event::TopicMembers {
                joined,
                left,
                member_count,
                guests,
                ..
            } => {
                assert!(joined.is_empty() && left.is_empty());
                Some((*member_count, *guests))
            }
            Event::Presence { people, .. } => panic!("{people:?}"),
            _ => None,
        })
        .collect();
    assert_eq!(counts, [(1, 2)], "gathered");
    assert_eq!(world.hub.online(), 3);
    let summary = &world.hub.topic_list()[0];
    assert_eq!((summary.member_count, summary.guests), (1, 2));
    assert!(
        !world
            .told(2)
            .iter()
            .any(|event| matches!(event, Event::Presence { .. })),
        "guests are told of no list"
    );
}

#[test]
fn a_count_that_came_back_to_what_it_was_is_not_told() {
    let mut world = World::new();
    world.enter(1, 1);
    world.join(1, &TopicName::lobby(), None);
    world.wait(1_000);
    world.told.clear();
    world.guest(2, Via::Plain);
    world.join(2, &TopicName::lobby(), None);
    world.exit(2);
    world.wait(1_000);
    assert!(
        !world
            .told(1)
            .iter()
            .any(|event| matches!(event, Event::TopicMembers { .. }))
    );
}

#[test]
fn a_guest_who_comes_twice_is_there_once() {
    let mut world = World::new();
    world.guest(1, Via::Plain);
    world.join(1, &TopicName::lobby(), None);
    world.join(1, &TopicName::lobby(), None);
    assert_eq!(world.hub.topic_list()[0].guests, 1);
    world.exit(1);
    assert!(world.hub.topic_list().is_empty());
}

#[test]
fn a_relayed_frame_stands_among_the_messages_and_is_answered() {
    let mut world = World::new();
    let place = TopicName::lobby();
    for session in 1..=2 {
        world.guest(session, Via::Activity);
        world.join(session, &place, None);
    }
    world.told.clear();
    world.post(1, lobby(), "m-1", "first");
    let relay = Request::Relay {
        topic: place,
        original: "a frame".into(),
        message_id: "m-2".parse().unwrap(),
    };
    world.ask(1, relay);
    assert!(world.told(2).is_empty());
    world.commit();
    assert_eq!(world.story(2), ["first", "1 Relayed"]);
    assert_eq!(world.notices(2)[0].original.as_deref(), Some("a frame"));
    let answers = world.told(1).iter().filter(|event| event.settles_post());
    assert_eq!(answers.count(), 2);
}

#[test]
fn a_guest_may_speak_where_it_is_not() {
    let mut world = World::new();
    world.enter(1, 1);
    world.join(1, &TopicName::lobby(), None);
    world.guest(2, Via::Pair);
    world.told.clear();
    world.post(2, lobby(), "m-1", "from outside");
    world.commit();
    assert_eq!(world.story(1), ["from outside"]);
    assert!(world.story(2).is_empty());
    assert!(world.codes(2).is_empty());
}

#[test]
fn a_guest_with_another_name_is_the_same_guest() {
    let mut world = World::new();
    world.guest(1, Via::Activity);
    world.ask(1, Request::JoinTopic(Join::new(topic("sports"))));
    let mut person = world.heard_as(1);
    person.name = "Somebody".parse().unwrap();
    world.handle(Command::Enter(Enter {
        session: SessionId(1),
        person: person.clone(),
        token: None,
        address: [127, 0, 0, 1].into(),
        standing: Standing::Guest,
    }));
    assert_eq!(world.hub.online(), 1);
    world.exit(1);
    let names: Vec<_> = world
        .sent
        .iter()
        .filter_map(|event| match event {
            Event::Noticed(notice) => Some(notice.person.name.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(names, ["Guest 1", "Somebody"]);
    assert!(
        !world
            .told(1)
            .iter()
            .any(|event| matches!(event, Event::Presence { .. }))
    );
}
