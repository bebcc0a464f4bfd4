//! Opening chats, the chat that a flat client shows, typing.

use super::*;

#[test]
fn both_get_one_chat_id_and_see_the_other_as_target() {
    for (mine, theirs) in [
        (Form::Nested, Form::Nested),
        (Form::Flat, Form::Flat),
        (Form::Nested, Form::Flat),
    ] {
        let mut world = World::new();
        world.join(1, 1, mine);
        world.join(2, 2, theirs);
        let tells = world.open(1, 2).expect("opened");
        assert_eq!(to(&tells), [1, 2]);
        let (first, second) = (opened(&tells[0].frame), opened(&tells[1].frame));
        assert_eq!(first.0, second.0);
        assert_eq!(first.0.get_version_num(), 4);
        assert_eq!(
            (first.1, second.1),
            ([user(1), user(2)], [user(1), user(2)])
        );
        assert_eq!((first.2, second.2), (user(2), user(1)));
        assert_eq!((first.3, second.3), ("User 2", "User 1"));

        let again = world.open(1, 2).expect("opened");
        assert_eq!(to(&again), [1], "a repeat is for the opener only");
        assert_eq!(opened(&again[0].frame), first);
        let back = world.open(2, 1).expect("opened");
        assert_eq!(to(&back), [2]);
        assert_eq!(opened(&back[0].frame), second);
    }
}

#[test]
fn every_connection_of_the_two_is_told_and_nobody_else() {
    let mut world = World::new();
    for (conn, n, form) in [
        (1, 1, Form::Nested),
        (2, 1, Form::Flat),
        (3, 2, Form::Nested),
        (4, 2, Form::Flat),
        (5, 3, Form::Flat),
    ] {
        world.join(conn, n, form);
    }
    assert_eq!(
        world.open(1, 2).map(|tells| to(&tells)),
        Ok(vec![1, 2, 3, 4])
    );
}

#[test]
fn who_is_not_here_cannot_be_opened() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    assert_eq!(world.open(1, 9), Err(Problem::NotFound(None)));
    world.join(2, 2, Form::Nested);
    world.open(1, 2).expect("opened");
    world.leave(2);
    assert_eq!(world.open(1, 2), Err(Problem::NotFound(None)));
}

#[test]
fn a_flat_client_is_never_moved_to_another_chat() {
    let mut world = World::new();
    for n in 1..=3 {
        world.join(u64::try_from(n).expect("small"), n, Form::Flat);
    }
    world.open(1, 2).expect("opened");
    assert_eq!(
        world.open(3, 1).map(|tells| to(&tells)),
        Ok(vec![3]),
        "only the opener hears of it"
    );
    assert_eq!(world.post(1, None, "to 2").to, user(2));
    assert_eq!(world.post(3, None, "to 1").to, user(1));
    assert_eq!(world.hear(1, 3), []);
    assert_eq!(world.post(1, None, "still to 2").to, user(2));
    world.open(1, 3).expect("opened");
    assert_eq!(world.post(1, None, "to 3").to, user(3));
    assert_eq!(world.post(2, None, "2 answers").to, user(1));
}

#[test]
fn without_a_current_chat_nobody_is_guessed() {
    let mut world = World::new();
    world.join(1, 1, Form::Flat);
    world.join(2, 2, Form::Flat);
    assert_eq!(world.say(1, None, "hi", None), Err(Problem::NoChat(None)));
    assert_eq!(
        world.state.typing(SessionId(1), true, world.now),
        Err(Problem::NoChat(None))
    );
    world.open(2, 1).expect("opened");
    assert_eq!(
        world.post(1, None, "hi").to,
        user(2),
        "the target has it as current, too"
    );
}

#[test]
fn a_message_makes_its_chat_current_where_there_is_none() {
    let mut world = World::new();
    world.join(1, 1, Form::Flat);
    world.join(2, 2, Form::Nested);
    world.join(3, 3, Form::Flat);
    world.open(1, 3).expect("opened");
    assert_eq!(world.open(2, 1).map(|tells| to(&tells)), Ok(vec![2]));
    // User 3 gets a chat by being opened; after a day of silence it has none.
    world.later(KEPT_MS);
    assert_eq!(world.say(3, None, "x", None), Err(Problem::NoChat(None)));
    world.open(2, 1).expect("opened");
    world.hear(1, 2);
    assert_eq!(world.post(1, None, "x").to, user(2));
}

#[test]
fn a_chat_and_who_was_here_last_for_a_day_and_over_a_restart() {
    let mut world = World::new();
    world.join(1, 1, Form::Flat);
    world.join(2, 2, Form::Flat);
    let chat = opened(&world.open(1, 2).expect("opened")[0].frame).0;
    let kept = world.state.take_changes().expect("something changed");
    assert_eq!(world.state.take_changes(), None);
    let text = serde_json::to_string(&kept).expect("JSON");
    let kept: Kept = serde_json::from_str(&text).expect("the same");

    let mut after = World::new();
    after.state.take_up(kept.clone(), world.now);
    assert_eq!(
        after.join(1, 1, Form::Flat).chat,
        None,
        "the partner is not here"
    );
    assert_eq!(
        after.say(1, None, "x", Some("m")),
        Err(Problem::Failed(id("m")))
    );
    let back = after
        .join(2, 2, Form::Flat)
        .chat
        .expect("the chat it was in");
    assert_eq!((opened(&back).0, opened(&back).2), (chat, user(1)));
    assert_eq!(after.post(1, None, "again").to, user(2));

    let mut later = World::new();
    later.state.take_up(kept, Timestamp(world.now.0 + KEPT_MS));
    assert!(later.state.users.is_empty() && later.state.chats.is_empty());
}

#[test]
fn the_disk_hears_of_a_chats_use_now_and_then() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    world.join(2, 2, Form::Nested);
    world.open(1, 2).expect("opened");
    world.state.take_changes().expect("a chat");
    world.post(1, Some(2), "x");
    assert_eq!(world.state.take_changes(), None);
    world.later(USE_SAVED_EVERY_MS);
    world.post(1, Some(2), "x");
    assert!(world.state.take_changes().is_some());
}

#[test]
fn typing_goes_where_the_connection_spoke_last() {
    let mut world = World::new();
    for n in 1..=3 {
        world.join(u64::try_from(n).expect("small"), n, Form::Nested);
    }
    let typing = |world: &mut World, conn| world.state.typing(SessionId(conn), true, world.now);
    assert_eq!(typing(&mut world, 1), Err(Problem::NoChat(None)));
    world.open(1, 2).expect("opened");
    world.open(3, 1).expect("opened");
    assert_eq!(
        typing(&mut world, 1),
        Ok(user(2)),
        "it opened this one itself"
    );
    assert_eq!(
        typing(&mut world, 2),
        Ok(user(1)),
        "this was opened with it"
    );
    world.post(1, Some(3), "x");
    assert_eq!(typing(&mut world, 1), Ok(user(3)));
    world.join(4, 1, Form::Nested);
    assert_eq!(
        typing(&mut world, 4),
        Ok(user(3)),
        "a new connection: the last one opened with its user"
    );
    world.hear(1, 2);
    assert_eq!(typing(&mut world, 4), Ok(user(2)), "or heard from");
    assert_eq!(typing(&mut world, 1), Ok(user(3)));
    let tells = world.state.tell_typing(user(1), user(3), true);
    assert_eq!(to(&tells), [3]);
}

#[test]
fn who_was_told_of_typing_is_told_once_that_it_ended() {
    let mut world = World::new();
    world.join(1, 1, Form::Flat);
    world.join(2, 2, Form::Flat);
    world.open(1, 2).expect("opened");
    let conn = SessionId(1);
    for n in 0..12 {
        let pace = world.state.pace(conn, Kind::Typing, world.now);
        match n {
            0..10 => {
                pace.expect("ten are free");
                assert_eq!(world.state.typing(conn, true, world.now), Ok(user(2)));
            }
            10 => {
                assert_eq!(pace, Err(60_000));
                assert_eq!(world.state.typing_stops(conn), Some(user(2)));
            }
            _ => {
                assert_eq!(pace, Err(60_000));
                assert_eq!(world.state.typing_stops(conn), None);
            }
        }
    }
}

#[test]
fn what_comes_while_a_connection_is_let_in_waits() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    let hello = Hello {
        user_id: Some(user(2)),
        name: "Bob".into(),
    };
    world.roster = [(user(2), "Bob".into())].into();
    world
        .state
        .connect(SessionId(2), user(2), &hello, Form::Flat);
    assert_eq!(world.open(1, 2).map(|tells| to(&tells)), Ok(vec![1]));
    let welcome = world.state.accept(SessionId(2), &world.roster, world.now);
    assert_eq!(welcome.backlog.len(), 1);
    assert_eq!(opened(&welcome.backlog[0]).2, user(1));
    assert_eq!(welcome.chat, None, "it is told once");
}

#[test]
fn a_refused_hello_leaves_no_trace() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    let hello = Hello {
        user_id: Some(user(1)),
        name: "Not me".into(),
    };
    world
        .state
        .connect(SessionId(2), user(1), &hello, Form::Flat);
    assert_eq!(world.state.name_of(user(1)).as_deref(), Some("User 1"));
    world.leave(2);
    let stranger = Hello {
        user_id: Some(user(9)),
        name: "Nobody".into(),
    };
    world
        .state
        .connect(SessionId(3), user(9), &stranger, Form::Flat);
    world.leave(3);
    assert_eq!(world.state.users.len(), 1);
    assert_eq!(world.state.conns.len(), 1);
}

#[test]
fn a_member_of_the_room_opens_a_chat_by_writing() {
    let mut world = World::new();
    world.join(1, 1, Form::Nested);
    world.join(2, 1, Form::Flat);
    world.seen(1, &[7]);
    let tells = world.hear(1, 7);
    assert_eq!(to(&tells), [1, 2]);
    assert_eq!(opened(&tells[0].frame).1, [user(7), user(1)]);
    assert_eq!(opened(&tells[0].frame).3, "Member 7");
    assert_eq!(world.hear(1, 7), []);
    assert_eq!(world.post(2, None, "hi").to, user(7));
    assert_eq!(world.post(1, Some(7), "hi").to, user(7));
}
