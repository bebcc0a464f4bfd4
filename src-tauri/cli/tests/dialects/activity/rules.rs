//! `activity`, section 8: what its rules say beyond the acceptance cases.

use std::time::Duration;

use serde_json::json;

use super::{frame, hears, history, joined, says, two};
use crate::support::room::Room;
use crate::support::until;
use crate::table::{Setup, cases};

cases! {
    "activity_rules_message_before_connected", Setup::ANY, message_before_connected;
    "activity_rules_second_connected_keeps_the_first_name", Setup::ANY, second_connected;
    "activity_rules_name_is_free_after_disconnected", Setup::ANY, name_is_free_again;
    "activity_rules_anothers_name_in_a_frame", Setup::ANY, anothers_name_in_a_frame;
    "activity_rules_username_length", Setup::ANY, username_length;
    "activity_rules_history_holds_what_it_says", Setup::FRESH, history_holds_what_it_says;
}

async fn message_before_connected(room: Room) {
    let mut alice = joined(&room, "alice").await;
    let mut stranger = room.settled("/ws/activity").await.named("stranger");
    stranger.send_json(says("stranger", "hi")).await;
    alice.expect_json(says("stranger", "hi")).await;
    alice.send_json(says("alice", "unheard")).await;
    alice.settle().await;
    stranger.settle().await;
    stranger.close().await;
    let mut bob = joined(&room, "bob").await;
    alice.expect_json(frame("connected", "bob")).await;
    hears(&mut bob, "bob", &mut alice).await;
}

async fn second_connected(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    bob.send_json(frame("connected", "robert")).await;
    alice.expect_json(frame("connected", "robert")).await;
    bob.settle().await;
    bob.close().await;
    alice.expect_json(frame("disconnected", "bob")).await;
    let mut carol = joined(&room, "carol").await;
    alice.expect_json(frame("connected", "carol")).await;
    hears(&mut carol, "carol", &mut alice).await;
}

async fn name_is_free_again(room: Room) {
    let [mut alice, mut bob] = two(&room).await;
    bob.send_json(frame("disconnected", "bob")).await;
    alice.expect_json(frame("disconnected", "bob")).await;
    let mut other = joined(&room, "bob").await;
    alice.expect_json(frame("connected", "bob")).await;
    bob.send_json(frame("connected", "robert")).await;
    alice.expect_json(frame("connected", "robert")).await;
    other.expect_json(frame("connected", "robert")).await;
    hears(&mut other, "bob", &mut alice).await;
    bob.expect_json(says("bob", "marker")).await;
}

async fn anothers_name_in_a_frame(room: Room) {
    for event in ["message", "disconnected", "connected"] {
        let [mut alice, mut bob] = two(&room).await;
        bob.send_json(frame(event, "alice")).await;
        bob.expect_close(1008, Some("username in use")).await;
        alice.expect_json(frame("disconnected", "bob")).await;
        alice.close().await;
        let gone = async || history(&room).await.last() == Some(&frame("disconnected", "alice"));
        until("alice is gone", gone).await;
    }
}

async fn username_length(room: Room) {
    let mut alice = joined(&room, "alice").await;
    for name in [String::new(), "é".repeat(200)] {
        let mut socket = joined(&room, &name).await;
        alice.expect_json(frame("connected", &name)).await;
        hears(&mut socket, &name, &mut alice).await;
        socket.close().await;
        alice.expect_json(frame("disconnected", &name)).await;
    }
    let mut long = room.socket("/ws/activity").await;
    long.send_json(frame("connected", &"é".repeat(201))).await;
    long.expect_close(1008, None).await;
    alice.settle().await;
    alice.silence_for(Duration::from_millis(100)).await;
}

async fn history_holds_what_it_says(room: Room) {
    let mut member = room.member("Ana", &["lobby"]).await;
    let mut alice = joined(&room, "alice").await;
    member.post("lobby", "from a member").await;
    alice.expect_json(says("Ana", "from a member")).await;
    alice
        .send(r#"{"event_type":"message","username":"alice","message":null}"#)
        .await;
    alice
        .send_json(json!({"event_type": "message", "username": "alice", "message": ""}))
        .await;
    alice.send_binary(b"nothing").await;
    alice.settle().await;
    let wanted = [
        frame("connected", "alice"),
        says("Ana", "from a member"),
        frame("message", "alice"),
        says("alice", ""),
    ];
    assert_eq!(history(&room).await, wanted);
}
