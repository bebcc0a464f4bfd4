//! The flat form: what its shipped client needs.

use serde_json::{Value, json};

use super::harness::{ANN, BOB, DAN, connect, flat};
use crate::harness::{Person, TestRoom};

async fn open(person: &mut Person, target: &str) -> Value {
    person
        .send(json!({"type":"OPEN_CHAT","target_user_id":target,"target_display_name":"x"}))
        .await;
    person.frame("CHAT_OPENED").await
}

async fn say(person: &mut Person, content: &str) {
    person.send(json!({"type":"MSG","content":content})).await;
}

/// Waits until Bob is told to have come or gone; changes within 100 ms may be merged.
async fn bob_is(ann: &mut Person, action: &str) {
    let is_it = |frame: &Value| frame["type"] == "PRESENCE" && frame["action"] == action;
    while let Some(seen) = ann.seen.pop() {
        if is_it(&seen) {
            ann.seen.clear();
            return;
        }
    }
    while !is_it(&ann.frame("PRESENCE").await) {}
}

#[tokio::test]
async fn somebody_alone_and_then_somebody_else() {
    let room = TestRoom::start().await;
    let mut ann = connect(&room).await;
    ann.send(json!({"type":"HELLO","display_name":"A"})).await;
    let ack = ann.next().await.unwrap();
    assert_eq!(
        (&ack["type"], &ack["message"]),
        (&json!("HELLO_ACK"), &json!("Connected successfully"))
    );
    let id = ack["user_id"].as_str().unwrap().to_owned();
    assert_eq!(
        ann.next().await,
        Ok(json!({"type":"PRESENCE","users":[],"action":"connect"}))
    );
    let mut bob = connect(&room).await;
    let long = "é".repeat(100);
    bob.send(json!({"type":"HELLO","display_name":long,"user_id":BOB}))
        .await;
    bob.next().await.unwrap();
    let listed = |id: &str, name: &str, online: bool| json!([{"user_id":id,"display_name":name,"online":online}]);
    assert_eq!(
        bob.next().await,
        Ok(json!({"type":"PRESENCE","users":listed(&id, "A", true),"action":"connect"}))
    );
    assert_eq!(
        ann.next().await,
        Ok(json!({"type":"PRESENCE","users":listed(BOB, &long, true),"action":"connect"}))
    );
    let second = flat(&room, BOB, &long).await;
    drop(bob);
    drop(second);
    assert_eq!(
        ann.next().await,
        Ok(json!({"type":"PRESENCE","users":listed(BOB, &long, false),"action":"disconnect"}))
    );
}

#[tokio::test]
async fn a_chat_that_is_shown_is_not_taken_away() {
    let room = TestRoom::start().await;
    let mut ann = flat(&room, ANN, "Ann").await;
    let mut bob = flat(&room, BOB, "Bob").await;
    let mut dan = flat(&room, DAN, "Dan").await;
    let mine = open(&mut ann, BOB).await;
    let theirs = bob.frame("CHAT_OPENED").await;
    assert_eq!(mine["chat_id"], theirs["chat_id"]);
    assert_eq!(
        (&mine["target_user_id"], &theirs["target_user_id"]),
        (&json!(BOB), &json!(ANN))
    );
    say(&mut bob, "hi <b>Ann</b>").await;
    let message = ann.frame("MSG").await;
    assert_eq!(
        (&message["content"], &message["sender_id"]),
        (&json!("hi <b>Ann</b>"), &json!(BOB))
    );
    assert!(message["timestamp"].as_str().unwrap().ends_with("+00:00"));
    let ack = bob.frame("MSG_ACK").await;
    assert_eq!(
        (&ack["message_id"], &ack["status"]),
        (&message["message_id"], &json!("delivered"))
    );
    open(&mut dan, ANN).await;
    say(&mut ann, "to Bob").await;
    assert_eq!(bob.frame("MSG").await["content"], "to Bob");
    say(&mut dan, "to Ann").await;
    assert_eq!(ann.frame("MSG").await["content"], "to Ann");
    assert_eq!(dan.frame("MSG_ACK").await["status"], "delivered");
    assert_eq!(dan.quiet().await, Vec::<Value>::new());
    open(&mut ann, DAN).await;
    say(&mut ann, "to Dan").await;
    assert_eq!(dan.frame("MSG").await["content"], "to Dan");
}

#[tokio::test]
async fn nobody_is_guessed_and_a_chat_outlives_a_restart() {
    let room = TestRoom::start().await;
    let mut ann = flat(&room, ANN, "Ann").await;
    let mut bob = flat(&room, BOB, "Bob").await;
    say(&mut ann, "hello?").await;
    let error = json!({"type":"ERROR","error_code":"NOT_IN_CHAT","message":"You are not currently in a chat","details":null});
    assert_eq!(ann.frame("ERROR").await, error);
    assert_eq!(bob.quiet().await, Vec::<Value>::new());
    let chat = open(&mut ann, BOB).await["chat_id"].clone();
    let room = room.restart().await;
    let mut bob = flat(&room, BOB, "Bob").await;
    let mut ann = connect(&room).await;
    ann.send(json!({"type":"HELLO","display_name":"Ann","user_id":ANN}))
        .await;
    assert_eq!(ann.next().await.unwrap()["type"], "HELLO_ACK");
    let opened = ann.next().await.unwrap();
    assert_eq!(
        (&opened["type"], &opened["chat_id"]),
        (&json!("CHAT_OPENED"), &chat)
    );
    assert_eq!(ann.next().await.unwrap()["type"], "PRESENCE");
    say(&mut ann, "again").await;
    assert_eq!(bob.frame("MSG").await["content"], "again");
}

#[tokio::test]
async fn a_message_to_somebody_who_just_left_is_pending() {
    let room = TestRoom::start().await;
    let mut ann = flat(&room, ANN, "Ann").await;
    let bob = flat(&room, BOB, "Bob").await;
    open(&mut ann, BOB).await;
    bob_is(&mut ann, "connect").await;
    drop(bob);
    bob_is(&mut ann, "disconnect").await;
    say(&mut ann, "one").await;
    let pending = ann.frame("MSG_ACK").await;
    assert_eq!(pending["status"], "pending");
    let mut bob = flat(&room, BOB, "Bob").await;
    assert_eq!(bob.frame("MSG").await["content"], "one");
    let delivered = ann.frame("MSG_ACK").await;
    assert_eq!(
        (&delivered["status"], &delivered["message_id"]),
        (&json!("delivered"), &pending["message_id"])
    );
    bob_is(&mut ann, "connect").await;
    drop(bob);
    bob_is(&mut ann, "disconnect").await;
    say(&mut ann, "two").await;
    let pending = ann.frame("MSG_ACK").await;
    let failed = ann.frame("ERROR").await;
    assert_eq!(
        (&failed["error_code"], &failed["details"]["message_id"]),
        (&json!("MESSAGE_FAILED"), &pending["message_id"])
    );
    say(&mut ann, "three").await;
    assert_eq!(ann.frame("ERROR").await["error_code"], "MESSAGE_FAILED");
}

#[tokio::test]
async fn twelve_quick_typings() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let mut ann = flat(&room, ANN, "Ann").await;
    let mut bob = flat(&room, BOB, "Bob").await;
    open(&mut ann, BOB).await;
    bob.frame("CHAT_OPENED").await;
    for _ in 0..12 {
        ann.send(json!({"type":"TYPING","is_typing":true})).await;
    }
    for _ in 0..2 {
        assert_eq!(ann.frame("ERROR").await["error_code"], "RATE_LIMITED");
    }
    assert_eq!(ann.quiet().await, Vec::<Value>::new());
    let typings: Vec<Value> = bob
        .quiet()
        .await
        .iter()
        .map(|frame| frame["is_typing"].clone())
        .collect();
    let mut expected = vec![json!(true); 10];
    expected.push(json!(false));
    assert_eq!(typings, expected);
}

#[tokio::test]
async fn each_mistake_has_its_code() {
    let room = TestRoom::start().await;
    let mut ann = flat(&room, ANN, "Ann").await;
    let long = "x".repeat(1_001);
    for (frame, code) in [
        ("{", "INVALID_JSON"),
        ("[]", "INVALID_MESSAGE"),
        (r#"{"content":"x"}"#, "INVALID_MESSAGE"),
        (r#"{"type":"nope"}"#, "UNKNOWN_MESSAGE_TYPE"),
        (r#"{"type":"OPEN_CHAT"}"#, "INVALID_OPEN_CHAT"),
        (
            &json!({"type":"OPEN_CHAT","target_user_id":ANN}).to_string(),
            "INVALID_OPEN_CHAT",
        ),
        (
            &json!({"type":"OPEN_CHAT","target_user_id":BOB}).to_string(),
            "USER_NOT_FOUND",
        ),
        (r#"{"type":"MSG","content":""}"#, "VALIDATION"),
        (
            &json!({"type":"MSG","content":long}).to_string(),
            "VALIDATION",
        ),
        (r#"{"type":"MSG","content":"x"}"#, "NOT_IN_CHAT"),
        (r#"{"type":"TYPING","is_typing":true}"#, "NOT_IN_CHAT"),
        (r#"{"type":"MSG_ACK"}"#, "INVALID_MSG_ACK"),
    ] {
        ann.send_text(frame).await;
        assert_eq!(ann.frame("ERROR").await["error_code"], code, "{frame}");
    }
    ann.send(json!({"type":"HELLO","display_name":"Other","user_id":ANN}))
        .await;
    assert_eq!(ann.quiet().await, Vec::<Value>::new());
}
