//! `topic`, section 7: acceptance cases 1 to 6.

use std::time::Duration;

use serde_json::json;

use super::{
    Typed, Untyped, error, join, join_as, listed, message, no_file_holds, nothing_else, say,
};
use crate::support::room::Room;
use crate::support::until;
use crate::table::{Setup, cases};

cases! {
    "topic_01_message_ack_and_others", Setup::ANY, message_ack_and_others;
    "topic_02_suffixes", Setup::ANY, suffixes;
    "topic_03_untyped_form", Setup::ANY, untyped_form;
    "topic_04_bare_list_in_the_typed_form", Setup::ANY, bare_list_in_the_typed_form;
    "topic_05_expiry_leaves_no_trace", Setup::ANY, expiry_leaves_no_trace;
    "topic_06_late_joiner_gets_no_history", Setup::ANY, late_joiner_gets_no_history;
}

async fn message_ack_and_others(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Typed, "bob", "sports").await;
    let mut carol = join(&room, Typed, "carol", "movies").await;
    let sent = say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 2).await;
    bob.expect_json(sent).await;
    nothing_else(&mut carol).await;
    nothing_else(&mut alice).await;
    nothing_else(&mut bob).await;
}

async fn suffixes(room: Room) {
    let first = join_as(&room, Typed, "alice", "sports", "alice").await;
    let second = join_as(&room, Typed, "alice", "sports", "alice#1").await;
    let third = join_as(&room, Typed, "ALICE", "sports", "alice#2").await;
    second.close().await;
    let mut other = join(&room, Typed, "watcher", "sports").await;
    until("alice#1 is gone", async || {
        listed(&mut other, "sports").await.expect("it is listed")["user_count"] == 3
    })
    .await;
    let again = join_as(&room, Typed, "alice", "sports", "alice#1").await;
    let untyped = [
        join_as(&room, Untyped, "alice", "news", "alice").await,
        join_as(&room, Untyped, "alice", "news", "alice#2").await,
        join_as(&room, Untyped, "Alice", "news", "alice#3").await,
    ];
    join_as(&room, Typed, "alice", "weather", "alice").await;
    drop((first, third, again, untyped));
}

async fn untyped_form(room: Room) {
    let mut alice = join(&room, Untyped, "alice", "sports").await;
    say(
        &mut alice,
        Untyped,
        "hi",
        message("alice", "hi", "sports"),
        1,
    )
    .await;
    alice.send("/list").await;
    let list = json!({"type": "list", "topics": "<any>", "timestamp": "<now>"});
    let list = alice.expect_json(list).await;
    let entry = json!({
        "topic": "sports", "user_count": 1, "created_at": "<us>", "message_count": 1, "last_activity": "<us>",
    });
    let topics = list["topics"].as_array().expect("an array");
    let sports = topics
        .iter()
        .find(|entry| entry["topic"] == "sports")
        .expect("sports is listed");
    crate::support::shape::fits(&entry, sports).expect("the entry's shape");
    alice.send("/help").await;
    let help = json!({"type": "help", "commands": ["/list", "/help", "/quit", "/exit"], "timestamp": "<now>"});
    alice.expect_json(help).await;
    alice.send("/quit").await;
    alice.expect_close(1000, None).await;
    let mut other = join(&room, Untyped, "alice", "sports").await;
    other.send("/exit").await;
    other.expect_close(1000, None).await;
}

async fn bare_list_in_the_typed_form(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    alice.send("/list").await;
    alice.expect_json(error("Invalid JSON format")).await;
    say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 1).await;
}

/// The contract's 30 s are waited for.
async fn expiry_leaves_no_trace(room: Room) {
    let text = "a-text-that-must-not-be-found";
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Untyped, "bob", "sports").await;
    let sent = say(&mut alice, Typed, text, message("alice", text, "sports"), 2).await;
    bob.expect_json(sent.clone()).await;
    let expires = sent["expires_at"].as_str().expect("a time");
    assert_eq!(
        seconds(expires),
        (sent["timestamp"].as_i64().expect("an integer") + 30).rem_euclid(86_400)
    );
    let held = async || room.get("/stats").await.json()["messages"]["total_messages"].clone();
    assert_eq!(held().await, 1);
    for _ in 0..62 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        no_file_holds(&room, text);
    }
    assert_eq!(held().await, 0);
    let health = room.get("/health").await.json();
    assert_eq!(health["messages"]["total_messages"], 0);
    nothing_else(&mut alice).await;
    nothing_else(&mut bob).await;
    assert_eq!(
        listed(&mut bob, "sports").await.expect("it is listed")["message_count"],
        0
    );
    no_file_holds(&room, text);
}

/// The seconds of the day in `2026-01-02T03:04:35.000000`.
fn seconds(time: &str) -> i64 {
    let part = |from: usize| time[from..from + 2].parse::<i64>().expect("two digits");
    part(11) * 3_600 + part(14) * 60 + part(17)
}

async fn late_joiner_gets_no_history(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    say(
        &mut alice,
        Typed,
        "early",
        message("alice", "early", "sports"),
        1,
    )
    .await;
    for form in [Typed, Untyped] {
        let mut late = join(&room, form, "late", "sports").await;
        nothing_else(&mut late).await;
        late.close().await;
        until("it is gone", async || {
            listed(&mut alice, "sports").await.expect("it is listed")["user_count"] == 1
        })
        .await;
    }
}
