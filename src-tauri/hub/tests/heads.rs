//! Where the logs end, told in the pauses.

use landline_protocol::limits::HEADS_TOLD;

use super::world::{World, topic, user};
use crate::command::{ChatRef, Request};
use crate::effect::Event;

/// What a session is told when it asks: each chat, and the `seq` of its end.
fn heads(world: &mut World, session: u64) -> Vec<(ChatRef, u64)> {
    world.ask(session, Request::Heads);
    match world.told(session).last() {
        Some(Event::Heads { heads, .. }) => {
            let end = |(chat, position): &(ChatRef, landline_protocol::Position)| {
                (chat.clone(), position.seq)
            };
            heads.iter().map(end).collect()
        }
        other => panic!("an answer, not {other:?}"),
    }
}

#[test]
fn i06_each_session_is_told_once_of_what_grew_and_what_it_may_read() {
    let mut world = World::new();
    for who in 1..=3 {
        world.enter(who, u8::try_from(who).unwrap());
    }
    let (lobby, den) = (topic("lobby"), topic("den"));
    world.join(1, &lobby, None);
    world.join(2, &lobby, None);
    world.join(2, &den, None);
    assert_eq!(heads(&mut world, 1), []);
    for (n, text) in ["one", "two"].iter().enumerate() {
        world.post(1, ChatRef::Topic(lobby.clone()), &format!("l{n}"), text);
    }
    world.post(2, ChatRef::Topic(den.clone()), "d0", "x");
    world.post(2, ChatRef::Direct(user(1)), "p0", "between us");
    assert_eq!(heads(&mut world, 1), [], "nothing of it is on the disk yet");
    world.commit();
    let in_lobby = (ChatRef::Topic(lobby.clone()), 2);
    assert_eq!(
        heads(&mut world, 1),
        [in_lobby.clone(), (ChatRef::Direct(user(2)), 1)]
    );
    assert_eq!(heads(&mut world, 1), [], "once");
    assert_eq!(
        heads(&mut world, 2),
        [
            in_lobby,
            (ChatRef::Topic(den), 1),
            (ChatRef::Direct(user(1)), 1)
        ],
        "each session for itself"
    );
    assert_eq!(
        heads(&mut world, 3),
        [],
        "who is in no topic is told of none"
    );
    // What is said of a log's end comes after what it was to hear up to there.
    let said = world
        .told(1)
        .iter()
        .rposition(|event| matches!(event, Event::Said(_)));
    let told = world
        .told(1)
        .iter()
        .position(|event| matches!(event, Event::Heads { heads, .. } if !heads.is_empty()));
    assert!(said < told);
}

#[test]
fn no_answer_tells_more_than_so_many_and_the_next_tells_the_rest() {
    let mut world = World::new();
    world.enter(1, 1);
    let more = HEADS_TOLD + 5;
    for n in 0..more {
        let session = 10 + n as u64;
        let who = format!("{n:08x}-3333-4111-8111-111111111111");
        world.enter_as(session, who.parse().unwrap());
        world.post(session, ChatRef::Direct(user(1)), &format!("m{n}"), "x");
    }
    world.commit();
    let (first, second) = (heads(&mut world, 1), heads(&mut world, 1));
    assert_eq!((first.len(), second.len()), (HEADS_TOLD, 5));
    assert!(first.iter().all(|head| !second.contains(head)));
    assert_eq!(heads(&mut world, 1), []);
}
