//! The hub against a model: random commands, a store that answers late, fails, and is set back to a copy; a host that dies
//! between any two of them; members that connect, resume, merge and send again as the protocol says. Each test holds one
//! invariant of the delivery contract over runs of its own. The seeds are proptest's; a failure prints and keeps its own.

mod disk;
mod member;
mod room;
mod verdict;

use proptest::prelude::*;
use proptest::strategy::Union;

use room::Room;

/// What a random run is made of. Members and chats are numbers.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Connect(u8),
    Disconnect(u8),
    /// Writes something; it is sent when the member can.
    Write {
        by: u8,
        chat: u8,
    },
    /// Sends an earlier message once more, though it was answered.
    Again {
        by: u8,
        which: u8,
    },
    /// The store commits so many of what it was given; the hub does not hear of it yet.
    Commit(u8),
    /// It fails to.
    Fail,
    /// So many of the store's answers reach the hub.
    Answer(u8),
    /// The host dies and starts again. What was committed is there, what was not is gone.
    Crash,
    /// A copy is made of the log.
    Copy,
    /// The host dies and starts again from the copy.
    PutBack,
    /// Everybody finds the other host of this room, which once started from the copy and knows nothing of this one.
    Switch,
    Wait(u16),
}

fn step(may_be_put_back: bool, may_switch: bool) -> impl Strategy<Value = Step> {
    let who = 0u8..room::MEMBERS;
    let write = (who.clone(), 0u8..5).prop_map(|(by, chat)| Step::Write { by, chat });
    let again = (who.clone(), any::<u8>()).prop_map(|(by, which)| Step::Again { by, which });
    let mut steps = vec![
        (4, who.clone().prop_map(Step::Connect).boxed()),
        (2, who.prop_map(Step::Disconnect).boxed()),
        (12, write.boxed()),
        (1, again.boxed()),
        (5, (1u8..6).prop_map(Step::Commit).boxed()),
        (1, Just(Step::Fail).boxed()),
        (6, (1u8..4).prop_map(Step::Answer).boxed()),
        (1, Just(Step::Crash).boxed()),
        (2, (0u16..2_000).prop_map(Step::Wait).boxed()),
    ];
    if may_be_put_back || may_switch {
        steps.push((1, Just(Step::Copy).boxed()));
    }
    if may_be_put_back {
        steps.push((1, Just(Step::PutBack).boxed()));
    }
    if may_switch {
        steps.push((1, Just(Step::Switch).boxed()));
    }
    Union::new_weighted(steps)
}

fn run(steps: &[Step]) -> Room {
    let mut room = Room::new();
    for step in steps {
        room.take(step);
    }
    room.heal();
    room
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(false, false), 1..160)
}

fn steps_with_a_copy() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(true, false), 1..160)
}

fn steps_with_two_hosts() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(false, true), 1..160)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn i01_what_was_acknowledged_is_in_the_log_after_any_crash(steps in steps()) {
        run(&steps).acknowledged_is_there()?;
    }

    #[test]
    fn i02_a_message_is_once_in_the_log_and_once_in_every_view(steps in steps()) {
        run(&steps).nothing_twice()?;
    }

    #[test]
    fn i03_a_place_is_never_given_again_to_something_else(steps in steps_with_a_copy()) {
        run(&steps).places_are_for_ever()?;
    }

    #[test]
    fn i04_everybody_who_has_caught_up_holds_the_log_in_its_order(steps in steps_with_a_copy()) {
        run(&steps).one_order()?;
    }

    #[test]
    fn i05_an_authors_messages_stay_in_their_order(steps in steps()) {
        run(&steps).authors_order()?;
    }

    #[test]
    fn i06_a_gap_is_filled_or_announced(steps in steps_with_a_copy()) {
        run(&steps).nothing_missing_in_silence()?;
    }

    #[test]
    fn i10_nothing_is_left_of_those_who_went(steps in steps()) {
        run(&steps).nothing_is_left()?;
    }

    #[test]
    fn i11_no_life_of_a_log_comes_back_and_two_hosts_are_never_mixed(steps in steps_with_two_hosts()) {
        let room = run(&steps);
        room.places_are_for_ever()?;
        room.one_order()?;
        room.nothing_missing_in_silence()?;
    }

    #[test]
    fn i12_what_was_written_is_delivered_or_refused_for_good(steps in steps()) {
        run(&steps).everything_is_delivered()?;
    }
}
