//! `topic`, section 7: acceptance cases 7 to 12.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Typed, Untyped, error, join, join_as, join_frame, joined, listed, message, message_frame,
    nothing_else, refused, say,
};
use crate::support::room::Room;
use crate::support::until;
use crate::table::{Setup, cases};

cases! {
    "topic_07_refused_joins", Setup::ANY, refused_joins;
    "topic_08_sixty_messages", Setup::RATES, sixty_messages;
    "topic_09_case_leave_and_join_again", Setup::ANY, case_leave_and_join_again;
    "topic_10_empty_topic_is_gone", Setup::ANY, empty_topic_is_gone;
    "topic_11_old_connection_goes_on", Setup::ANY, old_connection_goes_on;
    "topic_12_desktop_member_in_the_topic", Setup::ANY, desktop_member_in_the_topic;
}

async fn refused_joins(room: Room) {
    let long = "a".repeat(51);
    let bad = |long: &str| {
        vec![
            json!("admin"),
            json!("ROOT"),
            json!("a b"),
            json!(long),
            json!(""),
            json!(5),
            json!(null),
            json!("é"),
            json!("a\n"),
        ]
    };
    let mut rows = Vec::new();
    for name in bad(&long[..21]) {
        rows.push((
            name,
            json!("sports"),
            "Username must be 1-20 alphanumeric characters",
        ));
    }
    for topic in bad(&long) {
        rows.push((
            json!("alice"),
            topic,
            "Topic must be 1-50 alphanumeric characters",
        ));
    }
    for (name, topic, words) in rows {
        for form in [Typed, Untyped] {
            let mut frame = json!({"username": name, "topic": topic});
            if form == Typed {
                frame["type"] = "join".into();
            }
            refused(&room, frame, words).await;
        }
    }
    let without_name = json!({"type": "join", "topic": "sports"});
    refused(
        &room,
        without_name,
        "Username must be 1-20 alphanumeric characters",
    )
    .await;
    let without_topic = json!({"type": "join", "username": "alice"});
    refused(
        &room,
        without_topic,
        "Topic must be 1-50 alphanumeric characters",
    )
    .await;
    let (name, topic) = ("a".repeat(20), "t".repeat(50));
    join(&room, Typed, &name, &topic).await;
    let mut members = Vec::new();
    for n in 0..100 {
        members.push(join(&room, Typed, &format!("m{n}"), "full").await);
    }
    refused(
        &room,
        join_frame(Typed, "one_more", "full"),
        "Topic is full, please try another",
    )
    .await;
    nothing_else(&mut members[99]).await;
}

async fn sixty_messages(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Typed, "bob", "sports").await;
    for n in 0..61 {
        alice.send_json(message_frame(Typed, &n.to_string())).await;
    }
    for n in 0..60 {
        let sent = alice
            .expect_json(message("alice", &n.to_string(), "sports"))
            .await;
        let ack = json!({"type": "ack", "message_id": sent["message_id"], "recipients": 2, "timestamp": "<now>"});
        alice.expect_json(ack).await;
        bob.expect_json(sent).await;
    }
    alice
        .expect_json(error("Rate limit exceeded, please slow down"))
        .await;
    nothing_else(&mut alice).await;
    nothing_else(&mut bob).await;
    let sent = say(
        &mut bob,
        Typed,
        "still here",
        message("bob", "still here", "sports"),
        2,
    )
    .await;
    alice.expect_json(sent).await;
}

async fn case_leave_and_join_again(room: Room) {
    let mut alice = join(&room, Typed, "alice", "Sports").await;
    let mut bob = join_as(&room, Untyped, "BOB", "sPORTS", "bob").await;
    let sent = say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 2).await;
    bob.expect_json(sent).await;
    alice.send_json(json!({"type": "leave"})).await;
    let left =
        json!({"type": "left", "username": "alice", "topic": "sports", "timestamp": "<float>"});
    alice.expect_json(left).await;
    alice.send_json(message_frame(Typed, "refused")).await;
    alice
        .expect_json(error("First message must be join request"))
        .await;
    say(
        &mut bob,
        Untyped,
        "alone",
        message("bob", "alone", "sports"),
        1,
    )
    .await;
    alice.send_json(join_frame(Typed, "alice", "movies")).await;
    alice.expect_json(joined("alice", "movies")).await;
    say(
        &mut alice,
        Typed,
        "again",
        message("alice", "again", "movies"),
        1,
    )
    .await;
    nothing_else(&mut bob).await;
}

async fn empty_topic_is_gone(room: Room) {
    let mut watcher = join(&room, Typed, "watcher", "movies").await;
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let bob = join(&room, Typed, "bob", "sports").await;
    assert_eq!(
        listed(&mut watcher, "sports").await.expect("it is listed")["user_count"],
        2
    );
    alice.send_json(json!({"type": "leave"})).await;
    alice.text().await;
    assert_eq!(
        listed(&mut watcher, "sports").await.expect("bob is there")["user_count"],
        1
    );
    bob.cut();
    until("sports is gone", async || {
        listed(&mut watcher, "sports").await.is_none()
    })
    .await;
}

/// Ten minutes with `LANDLINE_OLD_SECS=600`; otherwise past every deadline and one round of our pings (25 + 8 s).
async fn old_connection_goes_on(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let age = std::env::var("LANDLINE_OLD_SECS")
        .ok()
        .and_then(|it| it.parse().ok());
    tokio::time::sleep(Duration::from_secs(age.unwrap_or(45))).await;
    say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 1).await;
    listed(&mut alice, "sports")
        .await
        .expect("sports is listed");
    let mut bob = join(&room, Untyped, "bob", "sports").await;
    let sent = say(
        &mut bob,
        Untyped,
        "hello",
        message("bob", "hello", "sports"),
        2,
    )
    .await;
    alice.expect_json(sent).await;
    assert_eq!(
        room.get("/health").await.json()["connections"]["total_clients"],
        2
    );
}

async fn desktop_member_in_the_topic(room: Room) {
    let mut ana = room.member("Ana", &["crossing"]).await;
    let mut alice = join(&room, Typed, "alice", "crossing").await;
    let mut bob = join(&room, Untyped, "bob", "crossing").await;
    ana.post("crossing", "from the desk").await;
    let mut foreign = message("Ana", "from the desk", "crossing");
    foreign["expires_at"] = Value::Null;
    alice.expect_json(foreign.clone()).await;
    bob.expect_json(foreign).await;
    let hi = message("alice", "hi", "crossing");
    let sent = say(&mut alice, Typed, "hi", hi, 3).await;
    bob.expect_json(sent).await;
    ana.expect_message("alice", "topic", "hi").await;
    let ho = message("bob", "ho", "crossing");
    let sent = say(&mut bob, Untyped, "ho", ho, 3).await;
    alice.expect_json(sent).await;
    ana.expect_message("bob", "topic", "ho").await;
}
