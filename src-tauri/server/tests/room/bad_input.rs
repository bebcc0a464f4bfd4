//! Whatever comes over the wire gets a clear answer, the server goes on, and an honest observer notices nothing.

use std::time::Duration;

use futures_util::SinkExt as _;
use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{Frame, FrameHeader};
use tokio_tungstenite::tungstenite::{Bytes, Message};

use crate::harness::{TestRoom, texts, user_id};

#[tokio::test]
async fn bad_frames_are_answered_and_the_session_goes_on() {
    let room = TestRoom::start().await;
    let (mut ana, mut observer) = (room.join(1, "Ana").await, room.join(2, "Observer").await);
    let deep = format!(
        "{{\"type\":\"MSG\",\"data\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for text in [
        "",
        "{bad",
        "[]",
        "null",
        "7",
        r#"{"type":5}"#,
        r#"{"data":{}}"#,
        r#"{"type":"MSG","data":"x"}"#,
        deep.as_str(),
    ] {
        ana.send_text(text).await;
        ana.expect_error("VALIDATION").await;
    }
    ana.send(json!({"type":"FLY","data":{}})).await;
    assert!(
        ana.expect_error("UNKNOWN_TYPE").await["message"]
            .as_str()
            .unwrap()
            .contains("FLY")
    );
    for (data, field) in [
        (json!({"topic":"a b","content":"x"}), "topic"),
        (json!({"topic":"","content":"x"}), "topic"),
        (json!({"topic":"x".repeat(51),"content":"x"}), "topic"),
        (json!({"topic":"<b>","content":"x"}), "topic"),
        (
            json!({"topic":"lobby","to":user_id(2),"content":"x"}),
            "topic",
        ),
        (json!({"content":"x"}), "topic"),
        (json!({"to":"somebody","content":"x"}), "to"),
        (json!({"topic":"lobby","content":""}), "content"),
        (
            json!({"topic":"lobby","content":"x".repeat(16_385)}),
            "content",
        ),
        (
            json!({"topic":"lobby","content":"x","message_id":"m".repeat(129)}),
            "message_id",
        ),
        (
            json!({"topic":"lobby","content":"x","message_id":""}),
            "message_id",
        ),
    ] {
        ana.send(json!({"type":"MSG","data":data})).await;
        assert_eq!(
            ana.expect_error("VALIDATION").await["details"]["field"],
            field,
            "{data}"
        );
    }
    for window in [
        json!({"limit":0}),
        json!({"limit":501}),
        json!({"before":1,"after":1}),
        json!({"before":-1}),
    ] {
        let mut data = window;
        data["topic"] = json!("lobby");
        ana.send(json!({"type":"HISTORY","data":data})).await;
        ana.expect_error("VALIDATION").await;
    }
    ana.say("m-1", "still here").await;
    assert_eq!(texts(&observer.settle().await), ["still here"]);
}

#[tokio::test]
async fn each_broken_connection_ends_alone_and_with_its_code() {
    let room = TestRoom::start().await;
    let mut observer = room.join(9, "Observer").await;
    let mut ana = room.join(1, "Ana").await;
    ana.socket
        .send(Message::Binary(Bytes::from_static(b"x")))
        .await
        .unwrap();
    assert_eq!(ana.expect_close().await, 1003);
    let mut ana = room.join(1, "Ana").await;
    ana.send_text("x".repeat(70_000)).await;
    assert_eq!(ana.expect_close().await, 1009);
    let mut ana = room.join(1, "Ana").await;
    let header = FrameHeader {
        opcode: OpCode::Data(Data::Text),
        ..FrameHeader::default()
    };
    let broken = Frame::from_payload(header, Bytes::from_static(&[0xff, 0xfe]));
    ana.socket.send(Message::Frame(broken)).await.unwrap();
    assert_eq!(ana.expect_close().await, 1007);
    drop(room.join(3, "Cyd").await);
    observer.say("m-1", "nobody noticed").await;
}

#[tokio::test]
async fn before_the_hello_only_a_small_hello_is_taken() {
    let room = TestRoom::start().await;
    let mut stranger = room.connect().await;
    stranger
        .send(json!({"type":"MSG","data":{"topic":"lobby","content":"hi"}}))
        .await;
    stranger.expect_error("UNAUTHORIZED").await;
    assert_eq!(stranger.expect_close().await, 1002);
    let mut stranger = room.connect().await;
    stranger.send_text(" ".repeat(5_000)).await;
    assert_eq!(stranger.expect_close().await, 1009);
    let mut stranger = room.connect().await;
    for (id, name, field) in [
        ("test-123", "Ana", "user_id"),
        (&user_id(1), "Al", "display_name"),
        (&user_id(1), &"x".repeat(51), "display_name"),
        (&user_id(1), "A\u{202e}na", "display_name"),
    ] {
        stranger
            .send(json!({"type":"HELLO","data":{"user_id":id,"display_name":name}}))
            .await;
        assert_eq!(
            stranger.expect_error("VALIDATION").await["details"]["field"],
            field
        );
    }
    stranger.hello(1, "Ana").await;
}

#[tokio::test]
async fn who_says_nothing_is_closed_after_the_deadline() {
    let room = TestRoom::start().await;
    let mut stranger = room.connect().await;
    let began = std::time::Instant::now();
    stranger.expect_error("UNAUTHORIZED").await;
    assert_eq!(stranger.expect_close().await, 1008);
    assert!(began.elapsed() >= Duration::from_secs(4));
}

#[tokio::test]
async fn a_flood_is_slowed_and_nothing_of_it_is_lost() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let (mut ana, mut observer) = (room.join(1, "Ana").await, room.join(2, "Observer").await);
    for n in 0..1_100 {
        ana.send(json!({"type":"PING","data":{"n":n}})).await;
    }
    observer.say("m-1", "undisturbed").await;
    for _ in 0..1_100 {
        ana.expect("PONG").await;
    }
}

#[tokio::test]
async fn the_eleventh_message_at_once_waits_and_the_order_holds() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let mut ana = room.join(1, "Ana").await;
    let post = |n: u32| json!({"type":"MSG","data":{"topic":"lobby","content":n.to_string(),"message_id":format!("m-{n}")}});
    for n in 1..=13 {
        ana.send(post(n)).await;
    }
    let mut refused = Vec::new();
    while refused.len() < 3 {
        let error = ana.expect_error("RATE_LIMITED").await;
        assert_eq!(error["details"]["retry_from"], "m-11");
        refused.push((
            error["details"]["message_id"].as_str().unwrap().to_owned(),
            error["details"]["retry_after_ms"].as_u64().unwrap(),
        ));
    }
    assert_eq!(
        refused
            .iter()
            .map(|(id, _)| id.as_str())
            .collect::<Vec<_>>(),
        ["m-11", "m-12", "m-13"]
    );
    tokio::time::sleep(Duration::from_millis(refused[0].1)).await;
    ana.send(post(11)).await;
    loop {
        if ana.expect("MSG_ACK").await["message_id"] == "m-11" {
            break;
        }
    }
}
