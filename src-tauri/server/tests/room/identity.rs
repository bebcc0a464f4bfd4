//! Nobody speaks as another, and nobody reads another's direct chats.

use serde_json::json;

use crate::harness::{TestRoom, user_id};

fn hello(n: u32, token: Option<&str>) -> serde_json::Value {
    json!({"type":"HELLO","data":{"user_id":user_id(n),"display_name":"Ana","token":token}})
}

#[tokio::test]
async fn an_id_belongs_to_whoever_first_gave_a_secret_with_it() {
    let room = TestRoom::start().await;
    let mut ana = room.connect().await;
    ana.send(hello(1, Some("0123456789abcdef"))).await;
    ana.expect("HELLO_ACK").await;
    drop(ana);
    let room = room.restart().await;
    for token in [None, Some("another-secret-16")] {
        let mut thief = room.connect().await;
        thief.send(hello(1, token)).await;
        thief.expect_error("UNAUTHORIZED").await;
        assert_eq!(thief.expect_close().await, 4001);
    }
    let mut ana = room.connect().await;
    ana.send(hello(1, Some("0123456789abcdef"))).await;
    ana.expect("HELLO_ACK").await;
}

#[tokio::test]
async fn the_secret_is_not_kept_as_it_is() {
    let room = TestRoom::start().await;
    let mut ana = room.connect().await;
    ana.send(hello(1, Some("canary-0123456789abcdef"))).await;
    ana.expect("HELLO_ACK").await;
    let folder = room.folder.path().join("room");
    room.server.stop().await;
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"));
    }
}

#[tokio::test]
async fn a_browser_is_known_as_one_whatever_it_says() {
    let room = TestRoom::start().await;
    let origin = format!("http://{}", room.addr());
    let mut guest = room.try_connect(&[("origin", &origin)]).await.unwrap();
    guest.send(json!({"type":"HELLO","data":{"user_id":user_id(1),"display_name":"Ana","client":"app"}})).await;
    assert_eq!(guest.expect("HELLO_ACK").await["via"], "browser");
    let mut app = room.connect().await;
    app.send(
        json!({"type":"HELLO","data":{"user_id":user_id(2),"display_name":"Bert","client":"app"}}),
    )
    .await;
    assert_eq!(app.expect("HELLO_ACK").await["via"], "app");
}

#[tokio::test]
async fn a_session_stays_one_person() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    ana.send(hello(2, None)).await;
    ana.expect_error("VALIDATION").await;
    ana.say("m-1", "still me").await;
    assert_eq!(
        ana.seen
            .iter()
            .rfind(|frame| frame["type"] == "MSG")
            .unwrap()["data"]["from"],
        user_id(1)
    );
}

#[tokio::test]
async fn a_topic_must_be_joined_before_one_speaks_in_it() {
    let room = TestRoom::start().await;
    let (_ana, mut bo) = (room.join(1, "Ana").await, room.enter(2, "Bert").await);
    bo.send(json!({"type":"MSG","data":{"topic":"lobby","content":"hi","message_id":"m-1"}}))
        .await;
    let refused = bo.expect_error("NOT_IN_TOPIC").await;
    assert_eq!(
        (
            &refused["details"]["message_id"],
            &refused["details"]["topic"]
        ),
        (&json!("m-1"), &json!("lobby"))
    );
    bo.send(json!({"type":"HISTORY","data":{"topic":"nowhere"}}))
        .await;
    bo.expect_error("TOPIC_NOT_FOUND").await;
}
