//! Section 12: limits that no dialect's own cases reach.

use serde_json::json;

use crate::support::http;
use crate::support::room::Room;
use crate::table::{Setup, cases};
use crate::topic::{Typed, join, join_frame, joined, message, say};
use crate::{activity, pair, plain};

cases! {
    "limits_frame_of_64_kib", Setup::ANY, frame_of_64_kib;
    "limits_first_frame_of_4_kib", Setup::ANY, first_frame_of_4_kib;
    "limits_silent_sockets_of_one_address", Setup::RATES, silent_sockets_of_one_address;
    "limits_fast_plain_client_loses_nothing", Setup::RATES, fast_plain_client_loses_nothing;
    "limits_fast_pair_client_loses_nothing", Setup::RATES, fast_pair_client_loses_nothing;
    "limits_fast_activity_client_loses_nothing", Setup::RATES, fast_activity_client_loses_nothing;
    "limits_activity_history_bytes", Setup::FRESH, activity_history_bytes;
    "limits_heartbeat_entries", Setup::FRESH, heartbeat_entries;
    "limits_sizes_stay_without_rates", Setup::ANY, sizes_stay_without_rates;
    "limits_rate_off_lifts_topic_rate", Setup::ANY, rate_off_lifts_topic_rate;
}

const KIB: usize = 1024;

async fn frame_of_64_kib(room: Room) {
    let mut one = plain::client(&room, "1").await;
    let mut two = plain::client(&room, "2").await;
    let text = "x".repeat(64 * KIB);
    one.send(&text).await;
    one.expect(&format!("You wrote: {text}")).await;
    two.expect(&format!("Client #1 says: {text}")).await;
    one.try_send(&format!("{text}x")).await;
    one.expect_close(1009, None).await;
    two.expect("Client #1 left the chat").await;
}

async fn first_frame_of_4_kib(room: Room) {
    let padded = |size: usize| {
        let mut frame = join_frame(Typed, "alice", "sports");
        frame["padding"] = json!("");
        let padding = "x".repeat(size - frame.to_string().len());
        frame["padding"] = json!(padding);
        frame.to_string()
    };
    let mut socket = room.socket("/ws").await;
    socket.send(&padded(4 * KIB)).await;
    socket.expect_json(joined("alice", "sports")).await;
    let mut socket = room.socket("/ws").await;
    socket.try_send(&padded(4 * KIB + 1)).await;
    socket.expect_close(1009, None).await;
    // Later frames may be larger.
    let mut socket = join(&room, Typed, "bob", "sports").await;
    let long = "é".repeat(5_000);
    say(
        &mut socket,
        Typed,
        &long,
        message("bob", &long, "sports"),
        2,
    )
    .await;
}

async fn silent_sockets_of_one_address(room: Room) {
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(room.settled("/ws").await);
    }
    http::upgrade(&room.addr, "/ws", &[])
        .await
        .expect_status(503);
    let mut talks = silent.pop().expect("there are sixteen");
    talks.send_json(join_frame(Typed, "alice", "sports")).await;
    talks.expect_json(joined("alice", "sports")).await;
    join(&room, Typed, "bob", "sports").await;
}

/// More than a burst: the rest is read at 500 a second.
const FAST: usize = 1_400;

async fn fast_plain_client_loses_nothing(room: Room) {
    let mut one = plain::client(&room, "1").await;
    let mut two = plain::client(&room, "2").await;
    for n in 0..FAST {
        one.send(&n.to_string()).await;
    }
    for n in 0..FAST {
        one.expect(&format!("You wrote: {n}")).await;
        two.expect(&format!("Client #1 says: {n}")).await;
    }
}

async fn fast_pair_client_loses_nothing(room: Room) {
    let mut pat = pair::public(&room, 1).await;
    for n in 0..FAST {
        pat.send_json(pair::says("pat", &n.to_string())).await;
    }
    for n in 0..FAST {
        pat.expect_json(pair::says("pat", &n.to_string())).await;
    }
}

async fn fast_activity_client_loses_nothing(room: Room) {
    let mut alice = activity::joined(&room, "alice").await;
    let mut bob = activity::joined(&room, "bob").await;
    alice.expect_json(activity::frame("connected", "bob")).await;
    for n in 0..FAST {
        bob.send_json(activity::says("bob", &n.to_string())).await;
    }
    for n in 0..FAST {
        alice
            .expect_json(activity::says("bob", &n.to_string()))
            .await;
    }
}

async fn activity_history_bytes(room: Room) {
    let mut alice = activity::joined(&room, "alice").await;
    let text = "x".repeat(60 * KIB);
    for n in 0..200 {
        alice
            .send_json(activity::says("alice", &format!("{n} {text}")))
            .await;
    }
    alice.settle().await;
    let answer = room.get("/api/history").await;
    assert!(
        answer.body.len() <= 8 * KIB * KIB + 4 * KIB,
        "{} bytes",
        answer.body.len()
    );
    let entries = answer.json();
    let entries = entries.as_array().expect("an array");
    assert!(entries.len() >= 130, "{} entries", entries.len());
    let last = entries.last().expect("an entry")["message"]
        .as_str()
        .expect("text");
    assert!(last.starts_with("199 "), "the newest is kept");
}

async fn heartbeat_entries(room: Room) {
    let headers = [("Content-Type", "application/json")];
    for n in 0..1_001 {
        let body = json!({"display_name": format!("name {n}")}).to_string();
        let answer =
            http::request(&room.addr, "POST", "/presence/heartbeat", &headers, &body).await;
        answer.expect_status(200);
    }
    let online = room.get("/presence/online").await.json();
    let names: Vec<_> = online["users"]
        .as_array()
        .expect("an array")
        .iter()
        .map(|user| &user["display_name"])
        .collect();
    assert!(names.len() <= 1_000, "{} entries", names.len());
    assert_eq!(names[0], "name 1000");
    assert!(
        !names.iter().any(|name| **name == "name 0"),
        "the oldest goes"
    );
}

async fn sizes_stay_without_rates(room: Room) {
    let mut top = join(&room, Typed, "top", "sports").await;
    top.try_send(&"x".repeat(64 * KIB + 1)).await;
    top.expect_close(1009, None).await;
}

async fn rate_off_lifts_topic_rate(room: Room) {
    let mut top = join(&room, Typed, "top", "sports").await;
    for n in 0..100 {
        let text = n.to_string();
        say(&mut top, Typed, &text, message("top", &text, "sports"), 1).await;
    }
}
