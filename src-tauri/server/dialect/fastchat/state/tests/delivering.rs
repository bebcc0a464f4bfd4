//! What becomes of messages.

use super::*;

fn pair(mine: Form, theirs: Form) -> World {
    let mut world = World::new();
    world.join(1, 1, mine);
    world.join(2, 2, theirs);
    world.open(1, 2).expect("opened");
    world
}

#[test]
fn a_message_is_checked_in_its_order() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    world.join(2, 2, Form::Nested);
    assert_eq!(
        world.say(1, Some(9), "x", Some("m")),
        Err(Problem::NotFound(Some(id("m"))))
    );
    assert_eq!(
        world.say(1, Some(2), "x", Some("m")),
        Err(Problem::NoChat(Some(id("m"))))
    );
    world.leave(2);
    assert_eq!(
        world.say(1, Some(2), "x", None),
        Err(Problem::NoChat(None)),
        "known for a day"
    );
    world.later(KEPT_MS);
    assert_eq!(
        world.say(1, Some(2), "x", None),
        Err(Problem::NotFound(None))
    );
}

#[test]
fn an_ack_comes_after_the_write_and_once_for_each_sending() {
    let mut world = pair(Form::Nested, Form::Nested);
    let posted = world.say(1, Some(2), "hi", Some("m-1"));
    assert!(matches!(posted, Ok(Saying::Post(_))));
    assert_eq!(
        world.say(1, Some(2), "hi", Some("m-1")),
        Ok(Saying::Told(vec![])),
        "it is on its way"
    );
    let acks = world.state.written(user(1), &id("m-1"), world.now);
    assert_eq!(to(&acks), [1]);
    assert_eq!(acks.len(), 2);
    assert!(acks.iter().all(|ack| is_delivered(&ack.frame, "m-1")));
    let Ok(Saying::Told(again)) = world.say(1, Some(2), "hi", Some("m-1")) else {
        panic!("not told")
    };
    assert!(again.len() == 1 && is_delivered(&again[0].frame, "m-1"));
    assert_eq!(world.state.written(user(1), &id("m-1"), world.now), []);
}

#[test]
fn an_id_with_other_content_or_for_another_is_refused() {
    let mut world = pair(Form::Nested, Form::Nested);
    world.join(3, 3, Form::Nested);
    world.open(1, 3).expect("opened");
    world.say(1, Some(2), "hi", Some("m-1")).expect("posted");
    for (to, content) in [(2, "ho"), (3, "hi")] {
        let said = world.say(1, Some(to), content, Some("m-1"));
        assert!(
            matches!(said, Err(Problem::Field("message_id", _))),
            "{said:?}"
        );
    }
    world.open(2, 3).expect("opened");
    assert!(
        matches!(
            world.say(2, Some(3), "ho", Some("m-1")),
            Ok(Saying::Post(_))
        ),
        "ids are each user's own"
    );
}

#[test]
fn a_server_made_id_is_a_v4() {
    let mut world = pair(Form::Nested, Form::Nested);
    let parcel = world.post(1, Some(2), "hi");
    let made: Uuid = parcel.message_id.as_str().parse().expect("a UUID");
    assert_eq!(made.get_version_num(), 4);
}

#[test]
fn who_left_a_moment_ago_gets_it_when_back() {
    let mut world = pair(Form::Nested, Form::Nested);
    world.leave(2);
    world.later(HELD_MS - 1);
    let held = world.say(1, Some(2), "hi", Some("m-1")).expect("held");
    assert!(
        matches!(&held, Saying::Told(tells) if tells[0].frame.text(Form::Nested).is_none()),
        "nested has no word"
    );
    assert_eq!(world.state.wake_at(), Some(Timestamp(world.now.0 + 1)));
    assert_eq!(world.state.expire(world.now), []);
    let back = world.join(3, 2, Form::Nested);
    assert_eq!(back.parcels.len(), 1);
    assert_eq!(
        (back.parcels[0].author, &*back.parcels[0].body),
        (user(1), "hi")
    );
    let acks = world.state.written(user(1), &id("m-1"), world.now);
    assert!(acks.len() == 1 && is_delivered(&acks[0].frame, "m-1"));
    world.later(HELD_MS);
    assert_eq!(
        (world.state.wake_at(), world.state.expire(world.now)),
        (None, vec![])
    );
}

#[test]
fn who_stays_away_gets_nothing_and_the_sender_is_told() {
    let mut world = pair(Form::Flat, Form::Flat);
    world.leave(2);
    let Ok(Saying::Told(pending)) = world.say(1, None, "hi", Some("m-1")) else {
        panic!("not held")
    };
    assert!(matches!(
        &pending[0].frame,
        Frame::Ack {
            status: Status::Pending,
            ..
        }
    ));
    world.later(HELD_MS);
    let failed = world.state.expire(world.now);
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].frame, Frame::Error(Problem::Failed(id("m-1"))));
    assert_eq!(
        world.say(1, None, "ho", Some("m-2")),
        Err(Problem::Failed(id("m-2"))),
        "at once"
    );
    assert_eq!(
        world.join(3, 2, Form::Flat).parcels,
        [],
        "nothing was stored"
    );
    assert!(
        matches!(world.say(1, None, "hi", Some("m-1")), Ok(Saying::Post(_))),
        "it may be tried again"
    );
}

#[test]
fn twenty_wait_for_one_person() {
    let mut world = pair(Form::Nested, Form::Nested);
    world.leave(2);
    for n in 0..HELD_MAX {
        world
            .say(1, Some(2), "x", Some(&format!("m-{n}")))
            .expect("held");
    }
    assert_eq!(
        world.say(1, Some(2), "x", Some("m-20")),
        Err(Problem::Failed(id("m-20")))
    );
    let parcels = world.join(3, 2, Form::Nested).parcels;
    let order: Vec<String> = parcels
        .iter()
        .map(|parcel| parcel.message_id.to_string())
        .collect();
    assert_eq!(
        order,
        (0..HELD_MAX).map(|n| format!("m-{n}")).collect::<Vec<_>>()
    );
}

#[test]
fn with_one_of_two_connections_gone_nobody_is_away() {
    let mut world = pair(Form::Nested, Form::Nested);
    world.join(3, 2, Form::Nested);
    world.leave(2);
    world.post(1, Some(2), "x");
    world.leave(3);
    assert!(matches!(
        world.say(1, Some(2), "x", None),
        Ok(Saying::Told(_))
    ));
}

#[test]
fn a_message_that_reached_nobody_waits_or_fails() {
    let mut world = pair(Form::Flat, Form::Flat);
    let parcel = world.post(1, None, "x");
    world.leave(2);
    let tells = world
        .state
        .not_written(user(1), &parcel.message_id, world.now);
    assert!(matches!(
        &tells[..],
        [Tell {
            frame: Frame::Ack {
                status: Status::Pending,
                ..
            },
            ..
        }]
    ));
    assert_eq!(
        world.join(3, 2, Form::Flat).parcels,
        std::slice::from_ref(&parcel)
    );
    world.leave(3);
    world.later(HELD_MS);
    assert_eq!(
        world.state.expire(world.now),
        [Tell {
            to: SessionId(1),
            form: Form::Flat,
            frame: Frame::Error(Problem::Failed(parcel.message_id))
        }]
    );
}

#[test]
fn a_sender_who_leaves_is_not_told_and_may_ask_again() {
    let mut world = pair(Form::Nested, Form::Nested);
    world.say(1, Some(2), "x", Some("m-1")).expect("posted");
    assert_eq!(world.leave(1), []);
    world.join(3, 1, Form::Nested);
    assert!(matches!(
        world.say(3, Some(2), "x", Some("m-1")),
        Ok(Saying::Post(_))
    ));
}

#[test]
fn text_that_is_all_tags_reaches_no_nested_reader() {
    for (theirs, is_away) in [
        (Form::Nested, false),
        (Form::Nested, true),
        (Form::Flat, false),
    ] {
        let mut world = pair(Form::Flat, theirs);
        if is_away {
            world.leave(2);
        }
        let said = world.say(1, None, "<b></b>", None);
        assert_eq!(
            said == Err(Problem::Empty),
            theirs == Form::Nested,
            "{said:?}"
        );
    }
}

#[test]
fn a_member_of_the_room_is_written_to_like_anybody() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    world.seen(1, &[7]);
    assert_eq!(world.say(1, Some(7), "x", None), Err(Problem::NoChat(None)));
    assert_eq!(world.open(1, 7).map(|tells| to(&tells)), Ok(vec![1]));
    world.post(1, Some(7), "x");
    world.seen(1, &[]);
    assert!(
        matches!(world.say(1, Some(7), "y", Some("m-1")), Ok(Saying::Told(_))),
        "held"
    );
    let back = world.seen(1, &[7]);
    assert_eq!(back.len(), 1);
    assert_eq!(world.seen(1, &[7]), []);
    world.seen(1, &[]);
    world.later(HELD_MS);
    assert_eq!(
        world.say(1, Some(7), "z", Some("m-2")),
        Err(Problem::Failed(id("m-2")))
    );
}

#[test]
fn what_is_remembered_of_messages_is_bounded() {
    let mut world = pair(Form::Nested, Form::Nested);
    for n in 0..1_000 {
        let name = format!("m-{n}");
        world.say(1, Some(2), "x", Some(&name)).expect("posted");
        world.state.written(user(1), &id(&name), world.now);
    }
    assert_eq!(world.state.deliveries_len(), 256);
    world.leave(1);
    world.leave(2);
    world.later(KEPT_MS);
    world.state.forget_the_old(world.now);
    assert_eq!(world.state.deliveries_len(), 0);
}

#[test]
fn what_the_log_knows_was_delivered_unless_its_sender_was_told_otherwise() {
    let mut world = pair(Form::Nested, Form::Nested);
    let m = id("m-1");
    world.say(1, Some(2), "x", Some("m-1")).expect("posted");
    world.state.posted(user(1), &m);
    let Known::Delivered(acks) = world.state.known(user(1), &m, world.now) else {
        panic!("never told otherwise")
    };
    assert!(is_delivered(&acks[0].frame, "m-1"));

    world.say(1, Some(2), "y", Some("m-2")).expect("posted");
    let m = id("m-2");
    world.state.posted(user(1), &m);
    world.leave(2);
    world.later(HELD_MS);
    let failed = world.state.not_written(user(1), &m, world.now);
    assert_eq!(failed[0].frame, Frame::Error(Problem::Failed(m.clone())));
    world.join(3, 2, Form::Nested);
    assert!(matches!(
        world.say(1, Some(2), "y", Some("m-2")),
        Ok(Saying::Post(_))
    ));
    let Known::Push(parcel) = world.state.known(user(1), &m, world.now) else {
        panic!("it was never given to anybody")
    };
    let pushed = world.state.push(&parcel, world.now);
    assert_eq!(to(&pushed), [3]);
    let acks = world.state.written(user(1), &m, world.now);
    assert!(is_delivered(&acks[0].frame, "m-2"));
}

#[test]
fn a_message_given_to_somebody_is_not_given_again_when_its_sender_comes_back() {
    let mut world = pair(Form::Nested, Form::Nested);
    let m = id("m-1");
    world.say(1, Some(2), "x", Some("m-1")).expect("posted");
    world.state.posted(user(1), &m);
    world.state.said(user(1), &m);
    world.leave(1);
    world.join(3, 1, Form::Nested);
    world.say(3, Some(2), "x", Some("m-1")).expect("posted");
    assert!(matches!(
        world.state.known(user(1), &m, world.now),
        Known::Delivered(_)
    ));
}

#[test]
fn what_waited_too_long_is_not_given_to_who_comes_back() {
    let mut world = pair(Form::Nested, Form::Nested);
    world.leave(2);
    world.say(1, Some(2), "x", Some("m-1")).expect("held");
    world.later(HELD_MS);
    let welcome = world.join(3, 2, Form::Nested);
    assert_eq!(welcome.parcels, []);
    assert_eq!(welcome.late.len(), 1);
}
