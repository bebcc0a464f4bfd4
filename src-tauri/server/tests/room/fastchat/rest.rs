//! The REST calls of the shipped client.

use serde_json::{Value, json};

use super::harness::{ANN, BOB, flat};
use crate::harness::TestRoom;

const PAGE: &str = "http://localhost:3000";

async fn call(
    room: &TestRoom,
    method: &str,
    path: &str,
    origin: &str,
    body: &str,
) -> (u16, String, Value) {
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        room.addr(),
        body.len()
    );
    let (status, head, body) = room.request(&text).await;
    (
        status,
        head,
        serde_json::from_str(&body).unwrap_or_default(),
    )
}

#[tokio::test]
async fn a_page_of_a_listed_origin_beats_and_asks() {
    let room = TestRoom::start_with(|options| options.allow_origins = vec![PAGE.into()]).await;
    let _ann = flat(&room, ANN, "Ann").await;
    let heartbeat = json!({"display_name":"Bob","user_id":BOB}).to_string();
    let without_me = format!("/presence/online?exclude_user_id={BOB}");
    for (method, path, body) in [
        ("OPTIONS", "/presence/heartbeat", ""),
        ("OPTIONS", "/presence/online", ""),
        ("OPTIONS", "/health", ""),
        ("POST", "/presence/heartbeat", &heartbeat),
        ("GET", "/presence/online", ""),
        ("GET", &without_me, ""),
        ("GET", "/health/db", ""),
    ] {
        let (status, head, _) = call(&room, method, path, PAGE, body).await;
        assert_eq!(status, 200, "{method} {path}");
        for line in [
            "access-control-allow-origin: http://localhost:3000",
            "access-control-allow-credentials: true",
            "access-control-allow-methods: get, post, options",
            "access-control-allow-headers: content-type",
            "vary: origin",
        ] {
            assert!(head.contains(line), "{method} {path}: {head}");
        }
        let (status, head, _) = call(&room, method, path, "http://localhost:3001", body).await;
        assert_eq!(status, 403);
        assert!(!head.contains("access-control"));
    }
    let (_, _, all) = call(&room, "GET", "/presence/online", PAGE, "").await;
    let names = |list: &Value| -> Vec<Value> {
        list["users"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["display_name"].clone())
            .collect()
    };
    assert_eq!(
        (names(&all), &all["count"]),
        (vec![json!("Bob"), json!("Ann")], &json!(2))
    );
    let (_, _, others) = call(&room, "GET", &without_me, PAGE, "").await;
    assert_eq!(
        (names(&others), &others["count"]),
        (vec![json!("Ann")], &json!(1))
    );
    let (_, _, health) = call(&room, "GET", "/health/db", PAGE, "").await;
    assert_eq!(health, json!({"status":"healthy","database":"connected"}));
}

#[tokio::test]
async fn a_heartbeat_is_checked_and_renames_nobody() {
    let room = TestRoom::start_with(|options| options.allow_origins = vec![PAGE.into()]).await;
    let mut ann = flat(&room, ANN, "Ann").await;
    let beat = async |body: &Value| {
        call(
            &room,
            "POST",
            "/presence/heartbeat",
            PAGE,
            &body.to_string(),
        )
        .await
    };
    let (status, _, entry) = beat(&json!({"display_name":"Test","user_id":"test-user-123"})).await;
    assert_eq!(
        (status, &entry["user_id"], &entry["status"]),
        (200, &Value::Null, &json!("online"))
    );
    assert_eq!(entry["id"].as_str().unwrap().len(), 36);
    assert_eq!(
        entry["last_seen"].as_str().unwrap().len(),
        "2026-01-02T03:04:05.678901".len()
    );
    let (_, _, entry) = beat(&json!({"display_name":"Mallory","user_id":ANN})).await;
    assert_eq!(entry["display_name"], "Ann");
    for (body, place) in [
        (json!({"display_name":""}), json!(["body", "display_name"])),
        (
            json!({"display_name":"x".repeat(101)}),
            json!(["body", "display_name"]),
        ),
        (json!({}), json!(["body", "display_name"])),
        (json!([]), json!(["body"])),
    ] {
        let (status, _, answer) = beat(&body).await;
        assert_eq!(
            (status, &answer["detail"][0]["loc"]),
            (422, &place),
            "{body}"
        );
        assert_eq!(answer["detail"][0]["type"], "value_error");
    }
    let (status, _, _) = call(&room, "POST", "/presence/heartbeat", PAGE, "{").await;
    assert_eq!(status, 422);
    assert_eq!(
        ann.quiet().await,
        Vec::<Value>::new(),
        "nobody connected hears of heartbeats"
    );
}
