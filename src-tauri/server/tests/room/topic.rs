//! The `topic` dialect beside the cases of dialects.md: what a client that does not wait for answers sees, whose name is
//! whose, and what is left when everybody has gone.

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use futures_util::SinkExt as _;

use crate::harness::{Person, TestRoom};

/// A connection that has said nothing yet and offers no subprotocol.
async fn knock(room: &TestRoom) -> Person {
    let request = format!("ws://{}/ws", room.addr())
        .into_client_request()
        .unwrap();
    let stream = TcpStream::connect(room.addr()).await.unwrap();
    let (socket, response) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    Person {
        socket,
        response,
        id: String::new(),
        seen: Vec::new(),
    }
}

async fn join(room: &TestRoom, username: &str, topic: &str) -> Person {
    let mut person = knock(room).await;
    person
        .send(json!({"type": "join", "username": username, "topic": topic}))
        .await;
    let joined = person.next().await.unwrap();
    assert_eq!(joined["type"], "joined", "{joined}");
    assert_eq!(joined["topic"], topic);
    username.clone_into(&mut person.id);
    person
}

async fn say(person: &mut Person, text: &str) -> Value {
    person
        .send(json!({"type": "message", "message": text}))
        .await;
    let message = person.next().await.unwrap();
    assert_eq!(message["message"], text, "{message}");
    let ack = person.next().await.unwrap();
    assert_eq!(ack["type"], "ack");
    assert_eq!(ack["message_id"], message["message_id"]);
    ack
}

async fn stats(room: &TestRoom) -> Value {
    let (status, _, body) = room.get("/stats").await;
    assert_eq!(status, 200);
    serde_json::from_str(&body).unwrap()
}

/// `[total_clients, total_topics, total_messages]`, once they are these.
async fn until_counted(room: &TestRoom, wanted: [u64; 3]) {
    loop {
        let stats = stats(room).await;
        let counts = [
            &stats["connections"]["total_clients"],
            &stats["connections"]["total_topics"],
            &stats["messages"]["total_messages"],
        ];
        if counts.map(|count| count.as_u64().unwrap()) == wanted {
            return;
        }
        tokio::task::yield_now().await;
    }
}

fn kinds(frames: &[Value]) -> Vec<&str> {
    frames
        .iter()
        .map(|frame| frame["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn answers_come_in_the_order_of_the_questions() {
    let room = TestRoom::start().await;
    let mut ana = knock(&room).await;
    for text in [
        r#"{"username":"ana","topic":"sports"}"#,
        r#"{"type":"heartbeat"}"#,
        r#"{"message":"one"}"#,
        "/list",
        "/help",
        "{bad",
        r#"{"type":"leave"}"#,
        r#"{"message":"two"}"#,
        r#"{"username":"ana","topic":"movies"}"#,
        r#"{"type":"join","username":"eva","topic":"other"}"#,
        "/quit",
    ] {
        ana.send_text(text).await;
    }
    let mut frames = Vec::new();
    let code = loop {
        match ana.next().await {
            Ok(frame) => frames.push(frame),
            Err(code) => break code,
        }
    };
    let expected = [
        "joined",
        "heartbeat",
        "message",
        "ack",
        "list",
        "help",
        "error",
        "left",
        "error",
        "joined",
        "joined",
    ];
    assert_eq!(kinds(&frames), expected);
    assert_eq!(code, 1000);
    assert_eq!(frames[4]["topics"][0]["message_count"], 1);
    assert_eq!(frames[4]["topics"][0]["user_count"], 1);
    assert_eq!(frames[8]["message"], "First message must be join request");
    assert_eq!(frames[9]["topic"], "movies");
    assert_eq!(
        frames[10]["topic"], "movies",
        "a join while joined changes nothing"
    );
    assert_eq!(frames[10]["username"], "ana");
}

#[tokio::test]
async fn nothing_is_left_of_those_who_went_however_they_went() {
    let room = TestRoom::start().await;
    let (mut ana, bo) = (
        join(&room, "ana", "sports").await,
        join(&room, "bo", "sports").await,
    );
    let mut cy = join(&room, "cy", "movies").await;
    assert_eq!(say(&mut ana, "hi").await["recipients"], 2);
    say(&mut cy, "alone").await;
    until_counted(&room, [3, 2, 2]).await;
    drop(bo.socket);
    until_counted(&room, [2, 2, 2]).await;
    cy.send(json!({"type": "leave"})).await;
    assert_eq!(cy.next().await.unwrap()["type"], "left");
    until_counted(&room, [1, 1, 1]).await;
    ana.socket.send(Message::binary(vec![1])).await.unwrap();
    assert_eq!(ana.next().await.unwrap()["message"], "Invalid JSON format");
    assert_eq!(say(&mut ana, "still here").await["recipients"], 1);
    ana.send(json!({"type": "join", "username": 5})).await;
    assert_eq!(ana.next().await.unwrap()["username"], "ana");
    drop(ana.socket);
    until_counted(&room, [0, 0, 0]).await;
    cy.send(json!({"type": "list"})).await;
    assert_eq!(cy.next().await.unwrap()["topics"], json!([]));
}

#[tokio::test]
async fn a_member_and_natives_meet_and_no_foreigner_passes_for_a_native() {
    let room = TestRoom::start().await;
    let mut ana = join(&room, "ana", "sports").await;
    let mut member = room.enter(1, "ANA").await;
    member
        .send(json!({"type":"JOIN_TOPIC","data":{"topic":"sports"}}))
        .await;
    let joined = member.expect("TOPIC_JOINED").await;
    assert_eq!(joined["ttl"], 30);
    assert_eq!(say(&mut ana, "<b>hi</b>").await["recipients"], 2);
    let heard = member.hear().await;
    assert_eq!(heard["content"], "<b>hi</b>");
    assert_eq!(heard["display_name"], "ana", "{heard}");
    assert_eq!(heard["via"], "topic");
    member
        .send(json!({"type":"MSG","data":{"topic":"sports","content":"javascript: is a word here","message_id":"m-1"}}))
        .await;
    member.expect("MSG_ACK").await;
    let heard = ana.next().await.unwrap();
    assert_eq!(heard["username"], "ANA (script)");
    assert_eq!(heard["message"], "javascript: is a word here");
    assert!(
        heard["expires_at"].is_string(),
        "the topic is of the dialect"
    );
    let id: uuid::Uuid = heard["message_id"].as_str().unwrap().parse().unwrap();
    assert_eq!(id.get_version_num(), 4);

    // A topic of the member's own: only what the natives say disappears.
    member
        .send(json!({"type":"JOIN_TOPIC","data":{"topic":"workshop"}}))
        .await;
    member.expect("TOPIC_JOINED").await;
    let mut eva = join(&room, "eva", "workshop").await;
    member
        .send(json!({"type":"MSG","data":{"topic":"workshop","content":"to stay","message_id":"m-2"}}))
        .await;
    member.expect("MSG_ACK").await;
    assert_eq!(eva.next().await.unwrap()["expires_at"], Value::Null);
    say(&mut eva, "to go").await;
    until_counted(&room, [2, 2, 3]).await;
    drop((ana.socket, eva.socket));
    until_counted(&room, [0, 0, 3]).await;
}

#[tokio::test]
async fn what_expired_is_nowhere() {
    let ttl = std::time::Duration::from_millis(700);
    let room = TestRoom::start_with(|options| options.topic_ttl = ttl).await;
    let (mut ana, mut bo) = (
        join(&room, "ana", "sports").await,
        join(&room, "bo", "sports").await,
    );
    say(&mut ana, "soon gone").await;
    let heard = bo.next().await.unwrap();
    assert!(
        heard["expires_at"]
            .as_str()
            .is_some_and(|at| at.len() == 26),
        "{heard}"
    );
    until_counted(&room, [2, 1, 0]).await;
    let (_, _, body) = room.get("/api/topics/sports/messages").await;
    assert_eq!(
        serde_json::from_str::<Value>(&body).unwrap()["messages"],
        json!([])
    );
    bo.send(json!({"type": "list"})).await;
    let list = bo.next().await.unwrap();
    assert_eq!(list["type"], "list", "nothing is sent at expiry");
    assert_eq!(list["topics"][0]["message_count"], 0);
    assert_eq!(list["topics"][0]["user_count"], 2);
}

#[tokio::test]
async fn sixty_messages_and_then_one_too_many() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let mut ana = join(&room, "ana", "sports").await;
    for n in 0..61 {
        ana.send(json!({"type": "message", "message": n.to_string()}))
            .await;
    }
    ana.send(json!({"type": "heartbeat"})).await;
    let mut frames = Vec::new();
    while frames
        .last()
        .is_none_or(|frame: &Value| frame["type"] != "heartbeat")
    {
        frames.push(ana.next().await.unwrap());
    }
    assert_eq!(
        kinds(&frames).iter().filter(|kind| **kind == "ack").count(),
        60
    );
    assert_eq!(
        frames[120]["message"],
        "Rate limit exceeded, please slow down"
    );
}

#[tokio::test]
async fn the_hundred_and_first_finds_the_topic_full() {
    let room = TestRoom::start().await;
    let mut people = Vec::new();
    for _ in 0..100 {
        people.push(join(&room, "ana", "sports").await);
    }
    let mut late = knock(&room).await;
    late.send(json!({"type": "join", "username": "bo", "topic": "Sports"}))
        .await;
    let error = late.next().await.unwrap();
    assert_eq!(error["message"], "Topic is full, please try another");
    assert_eq!(late.expect_close().await, 1008);
    assert_eq!(join(&room, "bo", "movies").await.id, "bo");
    drop(people.pop());
    until_counted(&room, [99, 1, 0]).await;
    join(&room, "bo", "sports").await;
}
