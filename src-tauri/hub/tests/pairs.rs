//! Meeting somebody.

use super::world::{World, user};
use crate::command::Request;
use crate::effect::{Event, Pairing};

/// What a session was told about meeting, and with whom, and forgets it.
fn told(world: &mut World, session: u64) -> Vec<(Pairing, Option<u8>)> {
    let pair = |event: &Event| match event {
        Event::Pair { state, with } => {
            let with = with.as_ref().map(|(id, name)| {
                let n = (1..=9).find(|n| user(*n) == *id).unwrap();
                assert_eq!(name.as_str(), format!("Person {n}"));
                n
            });
            Some((*state, with))
        }
        _ => None,
    };
    let all = world.told(session).iter().filter_map(pair).collect();
    world.told.remove(&crate::command::SessionId(session));
    all
}

fn people(count: u8) -> World {
    let mut world = World::new();
    for n in 1..=count {
        world.enter(u64::from(n), n);
    }
    world
}

const WAITING: (Pairing, Option<u8>) = (Pairing::Waiting, None);

fn met(n: u8) -> (Pairing, Option<u8>) {
    (Pairing::Paired, Some(n))
}

fn left(n: u8) -> (Pairing, Option<u8>) {
    (Pairing::Left, Some(n))
}

#[test]
fn two_who_both_want_to_meet_are_told_of_each_other_and_a_third_waits() {
    let mut world = people(4);
    for n in 1..=3 {
        world.ask(n, Request::FindPair);
    }
    assert_eq!(told(&mut world, 1), [WAITING, met(2)]);
    assert_eq!(told(&mut world, 2), [met(1)]);
    assert_eq!(told(&mut world, 3), [WAITING]);
    world.ask(4, Request::FindPair);
    assert_eq!(told(&mut world, 4), [met(3)]);
    assert!(told(&mut world, 1).is_empty());
}

#[test]
fn the_other_learns_who_left_however_they_did() {
    let mut world = people(4);
    for n in 1..=4 {
        world.ask(n, Request::FindPair);
    }
    world.told.clear();
    world.ask(1, Request::LeavePair);
    assert_eq!(told(&mut world, 1), [(Pairing::Off, None)]);
    assert_eq!(told(&mut world, 2), [left(1)]);
    world.ask(2, Request::LeavePair);
    assert_eq!(told(&mut world, 2), [(Pairing::Off, None)]);
    assert!(told(&mut world, 1).is_empty(), "they had parted already");
    world.exit(3);
    assert_eq!(told(&mut world, 4), [left(3)]);
    world.ask(4, Request::FindPair);
    assert_eq!(told(&mut world, 4), [WAITING], "nobody waits");
}

#[test]
fn who_looks_for_another_leaves_the_first() {
    let mut world = people(3);
    for n in 1..=3 {
        world.ask(n, Request::FindPair);
    }
    world.told.clear();
    world.ask(1, Request::FindPair);
    assert_eq!(told(&mut world, 1), [met(3)]);
    assert_eq!(told(&mut world, 2), [left(1)]);
    assert_eq!(told(&mut world, 3), [met(1)]);
}

#[test]
fn nobody_meets_themself_or_somebody_who_stopped_waiting() {
    let mut world = people(2);
    world.enter(3, 1);
    world.ask(1, Request::FindPair);
    world.ask(3, Request::FindPair);
    assert_eq!(
        told(&mut world, 3),
        [WAITING, WAITING],
        "each session of a person is told"
    );
    world.ask(3, Request::LeavePair);
    world.told.clear();
    world.ask(2, Request::FindPair);
    assert_eq!(told(&mut world, 2), [WAITING]);
    world.exit(2);
    world.ask(1, Request::FindPair);
    assert_eq!(told(&mut world, 1), [WAITING], "who went does not wait");
}

#[test]
fn a_person_is_met_until_their_last_session_ends() {
    let mut world = people(2);
    world.enter(3, 1);
    world.ask(1, Request::FindPair);
    world.ask(2, Request::FindPair);
    assert_eq!(told(&mut world, 3), [WAITING, met(2)]);
    world.told.clear();
    world.exit(1);
    assert!(told(&mut world, 2).is_empty());
    world.exit(3);
    assert_eq!(told(&mut world, 2), [left(1)]);
}
