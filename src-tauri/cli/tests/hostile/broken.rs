//! What broke one of the older servers in a way of its own.

use serde_json::{Value, json};

use crate::acts::{Hostile, NO_RATES};
use crate::forms::{
    ACTIVITY, FLAT, Form, NESTED, PLAIN, PRIVATE_JSON, PRIVATE_TEXT, TYPED, UNTYPED,
};
use crate::people::{self, Seen, Who};
use crate::raw::{End, Raw};
use crate::stage::Stage;

/// `pair`: what was said to one partner reached the next.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_later_partner_hears_what_was_said_to_another() {
    for form in [&PRIVATE_JSON, &PRIVATE_TEXT] {
        let mut stage = Stage::set(form, NO_RATES).await;
        for number in 0..10 {
            let mut hostile = Hostile::enter(&mut stage, number).await;
            let (words, frames) = hostile.next(&stage);
            hostile.raw.text(&frames[0]).await;
            if number % 2 == 0 {
                stage.hear(&words).await;
            }
            // Said in the last moment, with nobody there to hear the answer.
            let (_, frames) = hostile.next(&stage);
            hostile.raw.text(&frames[0]).await;
            hostile.raw.reset();
            stage.is_clean(number + 1).await;
        }
        let next = form.person(9, "Next");
        let (mut socket, told) = people::enter(&stage.room, form.dialect, &next, "").await;
        assert_eq!(told.len(), 1, "a greeting and nothing else: {told:?}");
        stage.talk().await;
        // What the one who waited said now came to this one, and nothing of before.
        let mut old = Vec::new();
        socket
            .drain_into(|text| old.push(form.dialect.read(&next, text)))
            .await;
        let words: Vec<_> = old
            .iter()
            .filter(|seen| matches!(seen, Seen::Said(..)))
            .collect();
        assert_eq!(words.len(), 1, "{old:?}");
        assert_eq!(Some(words[0]), stage.victim().due.last());
        socket.close().await;
        stage.ends_well(11).await;
    }
}

/// `topic`: closed sockets were counted and acknowledged; a topic in capitals led nowhere; an old connection's clean-up
/// blocked everybody who joined.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_living_are_counted_and_capitals_lead_somewhere() {
    for form in [&TYPED, &UNTYPED] {
        let mut stage = Stage::set(form, NO_RATES).await;
        let who = form.person(0, "MALLORY0");
        let mut all = Vec::new();
        for number in 0..5 {
            let mut hostile = Hostile::enter_in(&stage, number, who.clone(), "DEN").await;
            hostile.speak(&mut stage).await;
            all.push(hostile);
        }
        let reached = |count: u64| move |seen: &Seen| *seen == Seen::Reached(count);
        stage
            .ann
            .seen
            .retain(|seen| !matches!(seen, Seen::Reached(_)));
        stage.talk().await;
        stage.ann.until(reached(8)).await;
        for hostile in all {
            hostile.raw.reset();
        }
        stage.is_clean(0).await;
        stage
            .ann
            .seen
            .retain(|seen| !matches!(seen, Seen::Reached(_)));
        stage.talk().await;
        stage.ann.until(reached(3)).await;
        assert_eq!(stage.ends_well(0).await.len(), 5);
    }
}

/// `activity`: the history grew for ever, and a name in use or another's name in a frame was told to all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_is_bounded_and_names_are_ones_own() {
    let mut stage = Stage::set(&ACTIVITY, NO_RATES).await;
    let mut gone = 0;
    for event in ["message", "connected", "disconnected"] {
        let mut hostile = Hostile::enter(&mut stage, gone).await;
        let name = &stage.ann.who.name;
        let frame = json!({"event_type": event, "username": name, "message": "I am Ann"});
        hostile.raw.text(&frame.to_string()).await;
        let (_, end) = hostile.raw.read_out().await;
        assert_eq!(end, End::Closed(1008, "username in use".to_owned()));
        gone += 1;
        stage.is_clean(gone).await;
    }
    let (history, _) = history(&stage).await;
    let told = |name: &str| {
        let leave = json!({"event_type": "disconnected", "username": name});
        history.iter().filter(|entry| **entry == leave).count()
    };
    assert_eq!(
        [
            told("mallory0"),
            told("mallory1"),
            told("mallory2"),
            told("Ann")
        ],
        [1, 1, 1, 0]
    );
    let mut hostile = Hostile::enter(&mut stage, gone).await;
    let mut last = String::new();
    for count in 0..250 {
        let (words, _) = hostile.next(&stage);
        last = format!("{words} {}", "x".repeat(50_000));
        let frame = hostile.frames(&stage, &last);
        hostile.raw.text(&frame[0]).await;
        if count % 10 == 0 {
            stage.talk().await;
        }
    }
    stage.hear(&last).await;
    let (entries, bytes) = self::history(&stage).await;
    assert!(bytes <= 8 * 1024 * 1024 + 64 * 1024, "{bytes} bytes");
    assert!(entries.len() <= 1_000);
    assert_eq!(
        entries.last().map(|entry| &entry["message"]),
        Some(&json!(last))
    );
    hostile.raw.reset();
    assert_eq!(stage.ends_well(gone + 1).await.len(), 250);
}

async fn history(stage: &Stage) -> (Vec<Value>, usize) {
    let answer = stage.room.get("/api/history").await;
    let entries = answer.expect_status(200).json();
    (
        entries.as_array().expect("an array").clone(),
        answer.body.len(),
    )
}

/// `fastchat`: a second connection of a user ended the first, and the end of either took the user offline.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn anothers_second_connection_changes_nothing() {
    for form in [&NESTED, &FLAT] {
        let mut stage = Stage::set(form, NO_RATES).await;
        let ann = stage.ann.who.clone();
        for _ in 0..3 {
            let mut hostile = enter_unseen(&stage, form, &ann).await;
            stage.talk().await;
            assert!(hostile.is_served().await);
            hostile.reset();
            stage.talk().await;
        }
        stage.is_clean(0).await;
        for watcher in [&stage.ann, &stage.bob] {
            let presence =
                |seen: &Seen| matches!(seen, Seen::Came(_) | Seen::Went(_) | Seen::Online(_));
            // Only what was still on its way when the trouble began.
            let told: Vec<_> = watcher.seen.iter().filter(|seen| presence(seen)).collect();
            assert!(told.len() <= 1, "{told:?}");
            assert!(
                told.iter().all(|seen| !matches!(seen, Seen::Went(_))),
                "{told:?}"
            );
        }
        stage.ends_well(0).await;
    }
}

/// `fastchat`: words without an addressee went to whoever was online; a member's id must not let anybody in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_guessed_and_no_member_is_impersonated() {
    for form in [&NESTED, &FLAT] {
        let mut stage = Stage::set(form, NO_RATES).await;
        let mira = stage.mira.who.clone();
        let mut false_mira = Raw::connect(&stage.room, form.dialect, &mira).await;
        for frame in form.opening(&mira) {
            false_mira.text(&frame).await;
        }
        let (texts, end) = false_mira.read_out().await;
        assert!(matches!(end, End::Closed(1008, _)), "{end:?}");
        let told: Vec<_> = texts
            .iter()
            .map(|text| form.dialect.read(&mira, text))
            .collect();
        assert_eq!(told, [Seen::Refused("UNAUTHORIZED".to_owned(), None)]);

        let mut hostile = Hostile::enter(&mut stage, 0).await;
        let frames = hostile.frames(&stage, "to somebody");
        let write = frames.last().expect("a frame");
        hostile.raw.text(write).await;
        for typing in [
            json!({"type": "TYPING", "data": {"is_typing": true}}),
            json!({"type": "TYPING", "is_typing": true}),
        ] {
            hostile.raw.text(&typing.to_string()).await;
        }
        stage.talk().await;
        let texts = hostile.raw.settle().await;
        let told: Vec<_> = texts
            .iter()
            .map(|text| form.dialect.read(&hostile.who, text))
            .collect();
        let code = if form.dialect.name() == "fastchat flat" {
            "NOT_IN_CHAT"
        } else {
            "CHAT_NOT_OPENED"
        };
        let refused = |seen: &&Seen| matches!(seen, Seen::Refused(got, _) if got == code);
        assert!(told.iter().filter(refused).count() >= 2, "{told:?}");
        assert!(
            !texts.concat().contains("honest"),
            "others' words: {texts:?}"
        );
        hostile.raw.reset();
        stage.is_clean(1).await;
        for watcher in [&stage.ann, &stage.bob, &stage.mira] {
            assert!(watcher.words(|text| text == "to somebody").is_empty());
        }
        stage.ends_well(1).await;
    }
}

async fn enter_unseen(stage: &Stage, form: &Form, who: &Who) -> Raw {
    let opening = form.opening(who);
    Raw::enter(&stage.room, form.dialect, who, &opening).await
}

/// `plain`: a failed socket stopped a broadcast for those behind it; two of one id were one entry.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_id_of_two_clients_is_two_entries() {
    let mut stage = Stage::set(&PLAIN, NO_RATES).await;
    let ann = stage.ann.who.clone();
    for round in 1..=4 {
        let twin = enter_unseen(&stage, &PLAIN, &ann).await;
        stage.talk().await;
        twin.reset();
        // A broadcast in the very moment.
        stage.talk().await;
        stage.is_clean(round).await;
        let went = Seen::Went(ann.name.clone());
        assert_eq!(stage.bob.count(|seen| *seen == went), round);
    }
    stage.ends_well(4).await;
}
