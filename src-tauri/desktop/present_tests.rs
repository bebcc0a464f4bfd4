//! What a window that attaches is told, shown on the frames a server could have sent.
#![expect(clippy::needless_pass_by_value, reason = "json! is written in place")]

use super::*;
use serde_json::{Value, json};

const ANA: &str = "11111111-1111-4111-8111-111111111111";
const BO: &str = "22222222-2222-4222-8222-222222222222";

fn frame(kind: &str, data: Value) -> ServerFrame {
    serde_json::from_value(json!({ "type": kind, "data": data })).unwrap()
}

fn epoch() -> String {
    let epoch = landline_protocol::Epoch { counter: 1, tag: 7 };
    epoch.to_string()
}

fn hello() -> ServerFrame {
    let room = json!({ "room_id": "abc", "name": "Workshop", "access": "open" });
    let limits =
        json!({ "text_bytes": 1, "messages_burst": 1, "messages_per_second": 1, "in_flight": 1 });
    frame(
        "HELLO_ACK",
        json!({ "user_id": ANA, "status": "connected", "via": "app", "room": room, "epoch": epoch(), "time": "2026-01-02T03:04:05.678Z", "limits": limits }),
    )
}

fn user(id: &str, online: bool) -> Value {
    json!({ "user_id": id, "display_name": "Somebody", "online": online, "via": "app" })
}

fn message(place: &Value, from: &str, seq: u64) -> ServerFrame {
    let mut data = json!({
        "from": from, "display_name": "Somebody", "via": "app", "kind": "text", "content": "x",
        "message_id": format!("m{seq}"), "epoch": epoch(), "seq": seq, "timestamp": "2026-01-02T03:04:05.678Z",
    });
    let fields = place.as_object().unwrap().clone();
    data.as_object_mut().unwrap().extend(fields);
    frame("MSG", data)
}

fn present(frames: &[ServerFrame]) -> Value {
    let mut present = Present::default();
    for frame in frames {
        present.take(frame);
    }
    serde_json::to_value(present.frames()).unwrap()
}

fn joined(members: &[&str]) -> ServerFrame {
    let members: Vec<Value> = members
        .iter()
        .map(|id| json!({ "user_id": id, "display_name": "Somebody" }))
        .collect();
    frame(
        "TOPIC_JOINED",
        json!({ "topic": "lobby", "epoch": epoch(), "seq": 4, "members": members, "member_count": members.len(), "read": 2 }),
    )
}

#[test]
fn before_the_hello_there_is_nothing_to_tell() {
    assert_eq!(present(&[]), json!([]));
}

#[test]
fn changes_of_presence_become_one_complete_list() {
    let told = present(&[
        hello(),
        frame(
            "PRESENCE",
            json!({ "users": [user(ANA, true)], "complete": true }),
        ),
        frame(
            "PRESENCE",
            json!({ "users": [user(BO, true)], "complete": false }),
        ),
        frame(
            "PRESENCE",
            json!({ "users": [user(ANA, false)], "complete": false }),
        ),
    ]);
    let presence = &told[1]["data"];
    assert_eq!(presence["complete"], true);
    assert_eq!(presence["users"][0], user(ANA, false));
    assert_eq!(presence["users"][1], user(BO, true));
}

#[test]
fn a_topic_stands_where_its_last_message_and_my_reading_put_it() {
    let topics =
        json!([{ "topic": "lobby", "epoch": epoch(), "seq": 4, "member_count": 1, "read": 2 }]);
    let told = present(&[
        hello(),
        frame("TOPICS", json!({ "topics": topics, "complete": true })),
        joined(&[ANA]),
        message(&json!({ "topic": "lobby" }), BO, 5),
        frame(
            "READ",
            json!({ "topic": "lobby", "user_id": ANA, "seq": 5 }),
        ),
        frame("READ", json!({ "topic": "lobby", "user_id": BO, "seq": 1 })),
    ]);
    for place in [&told[2]["data"]["topics"][0], &told[4]["data"]] {
        assert_eq!(place["seq"], 5, "{place}");
        assert_eq!(place["read"], 5, "{place}");
    }
}

#[test]
fn who_enters_and_leaves_a_topic_is_in_its_members_or_not() {
    let told = present(&[
        hello(),
        joined(&[ANA, BO]),
        frame(
            "TOPIC_MEMBERS",
            json!({ "topic": "lobby", "joined": [], "left": [BO], "member_count": 1 }),
        ),
    ]);
    let lobby = &told[4]["data"];
    assert_eq!(lobby["member_count"], 1);
    assert_eq!(lobby["members"].as_array().unwrap().len(), 1);
    let left = present(&[
        hello(),
        joined(&[ANA]),
        frame("TOPIC_LEFT", json!({ "topic": "lobby" })),
    ]);
    assert_eq!(
        left.as_array().unwrap().len(),
        4,
        "no TOPIC_JOINED any more"
    );
}

#[test]
fn a_direct_chat_moves_on_whoever_of_the_two_speaks() {
    let chat = json!([{ "with": BO, "display_name": "Bo", "epoch": epoch(), "seq": 1, "read": 0 }]);
    let told = present(&[
        hello(),
        frame("DIRECT", json!({ "chats": chat, "complete": true })),
        message(&json!({ "to": BO }), ANA, 2),
        message(&json!({ "to": ANA }), BO, 3),
    ]);
    assert_eq!(told[3]["data"]["chats"][0]["seq"], 3);
}

#[test]
fn a_new_session_is_in_no_topic_yet() {
    let told = present(&[hello(), joined(&[ANA]), hello()]);
    assert_eq!(told.as_array().unwrap().len(), 4);
}

#[test]
fn what_disappears_moves_nothing_and_guests_are_counted() {
    let topic = json!({ "topic": "lobby" });
    let life = json!({ "topic": "lobby", "expires_at": "2026-01-02T03:04:35.678Z", "order": 7 });
    let counted =
        json!({ "topic": "lobby", "joined": [], "left": [], "member_count": 1, "guests": 3 });
    let told = present(&[
        hello(),
        joined(&[ANA]),
        message(&topic, BO, 9),
        message(&life, BO, 8),
        frame("TOPIC_MEMBERS", counted),
    ]);
    let lobby = &told[4]["data"];
    assert_eq!((&lobby["seq"], &lobby["guests"]), (&json!(9), &json!(3)));
}

#[test]
fn a_window_that_attaches_is_told_whom_one_met() {
    let met = || {
        frame(
            "PAIR",
            json!({ "state": "paired", "with": BO, "display_name": "Somebody" }),
        )
    };
    let told = present(&[hello(), met()]);
    assert_eq!(told[4]["data"]["with"], json!(BO));
    let told = present(&[hello(), met(), frame("PAIR", json!({ "state": "off" }))]);
    assert_eq!(told.as_array().unwrap().len(), 4);
}

#[test]
fn a_window_of_a_large_room_is_told_the_count_and_whom_the_host_names() {
    let all = present(&[
        hello(),
        frame(
            "PRESENCE",
            json!({ "users": [user(ANA, true), user(BO, true)], "complete": true }),
        ),
        frame(
            "PRESENCE",
            json!({ "users": [user(BO, true)], "complete": true, "total": 101 }),
        ),
        frame(
            "PRESENCE",
            json!({ "users": [], "complete": false, "total": 140 }),
        ),
    ]);
    assert_eq!(all[1]["data"]["total"], 140);
    let users = all[1]["data"]["users"].as_array().unwrap();
    assert_eq!(users.len(), 2, "I am here whether I am named or not");
}

#[test]
fn a_window_is_told_how_far_others_have_read() {
    let seen = |markers: Value, complete: bool| {
        frame(
            "SEEN",
            json!({ "topic": "lobby", "markers": markers, "complete": complete }),
        )
    };
    let direct = json!({ "chats": [{ "with": BO, "display_name": "Somebody", "epoch": epoch(), "seq": 4, "read": 1 }], "complete": true });
    let all = present(&[
        hello(),
        frame("DIRECT", direct),
        joined(&[ANA, BO]),
        seen(json!([{ "user_id": ANA, "seq": 1 }]), true),
        seen(json!([{ "user_id": BO, "seq": 4 }]), false),
        frame(
            "SEEN",
            json!({ "with": BO, "markers": [{ "user_id": BO, "seq": 3 }], "complete": false }),
        ),
    ]);
    let frames = all.as_array().unwrap();
    let told = frames.iter().find(|frame| frame["type"] == "SEEN").unwrap();
    assert_eq!(told["data"]["complete"], true);
    assert_eq!(told["data"]["markers"].as_array().unwrap().len(), 2);
    assert_eq!(
        told["data"]["markers"][0],
        json!({ "user_id": BO, "seq": 4 })
    );
    assert_eq!(all[3]["data"]["chats"][0]["seen"], 3);
}
