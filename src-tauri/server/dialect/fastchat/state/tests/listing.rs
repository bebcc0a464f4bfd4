//! The REST list of who is here.

use super::*;

fn shown(n: u128, name: &str) -> Shown {
    Shown {
        user: user(n),
        name: name.into(),
    }
}

#[test]
fn the_connected_and_the_heartbeats_of_30_seconds_are_listed() {
    let mut world = World::new();
    world.join(1, 1, Form::Flat);
    world.later(10);
    let here = [shown(1, "Cut"), shown(7, "Member")];
    let cara = world.state.beat(Some(user(3)), "Cara", &here, world.now);
    assert_eq!((cara.id, &*cara.name), (user(3).0, "Cara"));
    world.later(10);
    let named = world.state.beat(None, "Dan", &here, world.now);
    assert_eq!((named.user_id, named.id.get_version_num()), (None, 4));
    let names = |world: &mut World, but| -> Vec<String> {
        let list = world.state.online(but, &here, world.now);
        list.iter().map(|beat| beat.name.to_string()).collect()
    };
    assert_eq!(names(&mut world, None), ["Member", "Dan", "Cara", "User 1"]);
    assert_eq!(names(&mut world, Some(user(1))), ["Member", "Dan", "Cara"]);
    world.later(10);
    world
        .state
        .pace(SessionId(1), Kind::Ping, world.now)
        .expect("a first ping");
    world.later(1);
    assert_eq!(
        world.state.beat(None, "Dan", &here, world.now).id,
        named.id,
        "the same entry"
    );
    assert_eq!(names(&mut world, None), ["Member", "Dan", "User 1", "Cara"]);
    world.later(BEAT_MS - 20);
    assert_eq!(names(&mut world, None), ["Member", "Dan", "User 1"]);
    world.later(BEAT_MS);
    assert_eq!(world.state.online(None, &[], world.now), []);
}

#[test]
fn a_heartbeat_never_renames_who_is_connected() {
    let mut world = World::new();
    world.join(1, 1, Form::Flat);
    let here = [shown(1, "User 1")];
    assert_eq!(
        &*world
            .state
            .beat(Some(user(1)), "Mallory", &here, world.now)
            .name,
        "User 1"
    );
    assert_eq!(world.state.online(None, &here, world.now).len(), 1);
    assert_eq!(
        &*world.state.beat(Some(user(1)), "Ann", &[], world.now).name,
        "Ann"
    );
}

#[test]
fn only_so_many_heartbeats_are_remembered() {
    let mut world = World::new();
    for n in 0..=u128::try_from(BEATS_MAX).expect("small") {
        world.state.beat(Some(user(n + 1)), "x", &[], world.now);
    }
    let list = world.state.online(None, &[], world.now);
    assert_eq!(list.len(), BEATS_MAX);
    assert!(
        list.iter().all(|beat| beat.user_id != Some(user(1))),
        "the oldest went"
    );
}
