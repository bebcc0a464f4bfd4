//! The nested form, alone and with others.

use serde_json::{Value, json};

use super::harness::{ANN, BOB, connect, flat, nested};
use crate::harness::{Person, TestRoom};

pub(crate) async fn open(person: &mut Person, target: &str) -> Value {
    person
        .send(
            json!({"type":"OPEN_CHAT","data":{"target_user_id":target,"target_display_name":"x"}}),
        )
        .await;
    person.frame("CHAT_OPENED").await["data"].clone()
}

pub(crate) async fn say(person: &mut Person, to: &str, content: &str, id: &str) {
    person
        .send(json!({"type":"MSG","data":{"to":to,"content":content,"message_id":id}}))
        .await;
}

pub(crate) fn ack(id: &str) -> Value {
    json!({"type":"MSG_ACK","data":{"message_id":id,"status":"delivered"}})
}

/// Two who opened a chat.
pub(crate) async fn pair(room: &TestRoom) -> (Person, Person) {
    let mut ann = nested(room, ANN, "Ann").await;
    let mut bob = nested(room, BOB, "Bob").await;
    ann.sees(2).await;
    open(&mut ann, BOB).await;
    bob.frame("CHAT_OPENED").await;
    (ann, bob)
}

#[tokio::test]
async fn ann_and_bob_talk() {
    let room = TestRoom::start().await;
    let mut ann = nested(&room, ANN, "Ann").await;
    let mut bob = nested(&room, BOB, "Bob").await;
    let listed = |id: &str, name: &str| json!({"user_id":id,"display_name":name,"online":true});
    let both = json!({"type":"PRESENCE","data":{"users":[listed(ANN, "Ann"), listed(BOB, "Bob")]}});
    assert_eq!(ann.sees(2).await, both);
    let mine = open(&mut ann, BOB).await;
    let theirs = bob.frame("CHAT_OPENED").await["data"].clone();
    assert_eq!(mine["chat_id"], theirs["chat_id"]);
    assert_eq!(mine["participants"], json!([ANN, BOB]));
    assert_eq!(
        (&mine["target_user_id"], &mine["target_display_name"]),
        (&json!(BOB), &json!("Bob"))
    );
    assert_eq!(
        (&theirs["target_user_id"], &theirs["target_display_name"]),
        (&json!(ANN), &json!("Ann"))
    );
    let html = "<b>Hello</b> Bob<script>x()</script>";
    say(&mut ann, BOB, html, "m-1").await;
    let message = bob.frame("MSG").await["data"].clone();
    assert_eq!(message["content"], "Hello Bob");
    assert_eq!(
        (&message["from"], &message["to"], &message["message_id"]),
        (&json!(ANN), &json!(BOB), &json!("m-1"))
    );
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"));
    say(&mut ann, BOB, html, "m-1").await;
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"), "acknowledged again");
    assert_eq!(
        bob.quiet().await,
        Vec::<Value>::new(),
        "and not delivered again"
    );
    say(&mut ann, BOB, "other", "m-1").await;
    assert_eq!(ann.frame("ERROR").await["data"]["code"], "VALIDATION");
    ann.send(json!({"type":"TYPING","data":{"is_typing":true}}))
        .await;
    assert_eq!(
        bob.frame("TYPING").await["data"],
        json!({"user_id":ANN,"is_typing":true})
    );
    bob.send(json!({"type":"TYPING","data":{"is_typing":false}}))
        .await;
    assert_eq!(
        ann.frame("TYPING").await["data"],
        json!({"user_id":BOB,"is_typing":false})
    );
}

#[tokio::test]
async fn a_bad_hello_may_be_corrected_and_nothing_else_comes_first() {
    let room = TestRoom::start().await;
    let mut person = connect(&room).await;
    for (id, name, field) in [("test-123", "Ann", "user_id"), (ANN, "An", "display_name")] {
        person
            .send(json!({"type":"HELLO","data":{"user_id":id,"display_name":name}}))
            .await;
        let error = person.frame("ERROR").await["data"].clone();
        assert_eq!(
            (&error["code"], &error["details"]),
            (&json!("VALIDATION"), &json!({"field":field}))
        );
    }
    person.send(json!({"type":"PING"})).await;
    assert_eq!(person.frame("ERROR").await["data"]["code"], "UNAUTHORIZED");
    person
        .send(json!({"type":"HELLO","data":{"user_id":ANN,"display_name":"Ann"}}))
        .await;
    person.frame("HELLO_ACK").await;
    person
        .send(json!({"type":"HELLO","data":{"user_id":BOB,"display_name":"Bob"}}))
        .await;
    assert_eq!(
        person.frame("ERROR").await["data"]["details"],
        json!({"field":"user_id"})
    );
    person
        .send(json!({"type":"HELLO","data":{"user_id":ANN,"display_name":"Anna"}}))
        .await;
    person.frame("HELLO_ACK").await;
    let list = person.frame("PRESENCE").await;
    assert_eq!(list["data"]["users"][0]["display_name"], "Anna");
}

#[tokio::test]
async fn frames_that_come_with_the_hello_are_answered_after_it() {
    let room = TestRoom::start().await;
    let _bob = nested(&room, BOB, "Bob").await;
    let mut ann = connect(&room).await;
    ann.send(json!({"type":"HELLO","data":{"user_id":ANN,"display_name":"Ann"}}))
        .await;
    ann.send(json!({"type":"OPEN_CHAT","data":{"target_user_id":BOB}}))
        .await;
    say(&mut ann, BOB, "hi", "m-1").await;
    let mut kinds = Vec::new();
    while kinds.last() != Some(&json!("MSG_ACK")) {
        kinds.push(ann.next().await.unwrap()["type"].clone());
    }
    kinds.dedup();
    let order = [
        json!("HELLO_ACK"),
        json!("PRESENCE"),
        json!("CHAT_OPENED"),
        json!("MSG_ACK"),
    ];
    let of_interest: Vec<_> = kinds.iter().filter(|kind| order.contains(kind)).collect();
    assert_eq!(of_interest[..3], order[..3].iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn bad_frames_are_answered_and_the_socket_stays() {
    let room = TestRoom::start().await;
    let (mut ann, mut bob) = pair(&room).await;
    for text in [
        "",
        "{",
        "[]",
        "7",
        r#"{"type":7}"#,
        r#"{"type":"NOPE","data":{}}"#,
        r#"{"type":"MSG","data":7}"#,
    ] {
        ann.send_text(text).await;
        assert_eq!(
            ann.frame("ERROR").await["data"]["code"],
            "VALIDATION",
            "{text}"
        );
    }
    let binary = tokio_tungstenite::tungstenite::Message::binary(vec![1, 2, 3]);
    futures_util::SinkExt::send(&mut ann.socket, binary)
        .await
        .unwrap();
    assert_eq!(ann.frame("ERROR").await["data"]["code"], "VALIDATION");
    say(&mut ann, BOB, "still here", "m-1").await;
    assert_eq!(bob.frame("MSG").await["data"]["content"], "still here");
}

#[tokio::test]
async fn rates_outlive_the_connection() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let (mut ann, mut bob) = pair(&room).await;
    for n in 0..60 {
        say(&mut ann, BOB, "x", &format!("m-{n}")).await;
    }
    for _ in 0..60 {
        ann.frame("MSG_ACK").await;
    }
    say(&mut ann, BOB, "x", "m-61").await;
    let error = ann.frame("ERROR").await["data"].clone();
    assert_eq!(
        (&error["code"], &error["details"]["message_id"]),
        (&json!("RATE_LIMITED"), &json!("m-61"))
    );
    let wait = error["details"]["retry_after_ms"].as_u64().unwrap();
    assert!((1..=60_000).contains(&wait), "{wait}");
    drop(ann);
    bob.sees(1).await;
    let mut ann = nested(&room, ANN, "Ann").await;
    say(&mut ann, BOB, "x", "m-62").await;
    assert_eq!(ann.frame("ERROR").await["data"]["code"], "RATE_LIMITED");
}

#[tokio::test]
async fn nested_and_flat_talk_each_in_its_form() {
    let room = TestRoom::start().await;
    let mut ann = nested(&room, ANN, "Ann").await;
    let mut bob = flat(&room, BOB, "B").await;
    ann.sees(2).await;
    open(&mut ann, BOB).await;
    assert_eq!(bob.frame("CHAT_OPENED").await["target_user_id"], ANN);
    say(&mut ann, BOB, "a < b", "m-1").await;
    let message = bob.frame("MSG").await;
    assert_eq!(
        (
            &message["content"],
            &message["sender_id"],
            &message["sender_name"]
        ),
        (&json!("a < b"), &json!(ANN), &json!("Ann"))
    );
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"));
    bob.send(json!({"type":"MSG","content":"<b>fine</b>"}))
        .await;
    assert_eq!(ann.frame("MSG").await["data"]["content"], "fine");
    assert_eq!(bob.frame("MSG_ACK").await["status"], "delivered");
    bob.send(json!({"type":"TYPING","is_typing":true})).await;
    assert_eq!(
        ann.frame("TYPING").await["data"],
        json!({"user_id":BOB,"is_typing":true})
    );
    ann.send(json!({"type":"TYPING","data":{"is_typing":true}}))
        .await;
    assert_eq!(
        bob.frame("TYPING").await,
        json!({"type":"TYPING","user_id":ANN,"display_name":"Ann","is_typing":true})
    );
    bob.send(json!({"type":"MSG","content":"<b></b>"})).await;
    assert_eq!(bob.frame("ERROR").await["error_code"], "VALIDATION");
}
