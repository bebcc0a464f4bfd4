//! Section 12: limits that no dialect's own cases reach.

use serde_json::json;

use crate::support::http;
use crate::support::room::Room;
use crate::table::{Setup, cases};
use crate::topic::{Typed, join, join_frame, joined, message, say};
use crate::{activity, fastchat, pair, plain};

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
    "limits_json_depth", Setup::ANY, json_depth;
    "limits_client_text_repeated_in_an_error", Setup::ANY, client_text_in_an_error;
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

async fn json_depth(room: Room) {
    let ann = fastchat::person("Ann");
    let bob = fastchat::person("Bob");
    let mut typed = join(&room, Typed, "top", "sports").await;
    let mut nested = fastchat::enter_nested(&room, &ann, &[&ann]).await;
    let mut flat = fastchat::enter_flat(&room, &bob, &[&ann]).await;
    nested.json().await;
    // The object around it is the first level.
    for (levels, is_fine) in [(31, true), (32, false)] {
        let deep = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        typed
            .send(&format!(r#"{{"type":"heartbeat","x":{deep}}}"#))
            .await;
        nested
            .send(&format!(r#"{{"type":"PING","x":{deep}}}"#))
            .await;
        flat.send(&format!(r#"{{"type":"PING","x":{deep}}}"#)).await;
        let answers = [typed.json().await, nested.json().await, flat.json().await];
        let kinds = answers.each_ref().map(|answer| answer["type"].clone());
        if is_fine {
            assert_eq!(kinds, ["heartbeat", "PONG", "PONG"], "{answers:?}");
        } else {
            assert_eq!(answers[0]["message"], "Invalid JSON format");
            assert_eq!(answers[1]["data"]["code"], "VALIDATION");
            assert_eq!(answers[2]["error_code"], "INVALID_JSON");
        }
    }
}

async fn client_text_in_an_error(room: Room) {
    let mut typed = join(&room, Typed, "top", "sports").await;
    typed.send_json(json!({"type": "q".repeat(300)})).await;
    let error = typed.json().await;
    let words = error["message"].as_str().expect("text");
    assert!(words.starts_with("Unknown message type: qqq"), "{words}");
    assert!(words.matches('q').count() <= 100, "{words}");
}
