//! The nested form: who is away, who is a member of the room, and who only says so.

use serde_json::{Value, json};

use super::harness::{ANN, BOB, DAN, connect, connect_small, greet_nested, nested};
use super::nested::{ack, open, pair, say};
use crate::harness::{TestRoom, user_id};

#[tokio::test]
async fn who_is_back_in_time_gets_what_was_held_and_the_sender_is_told_then() {
    let room = TestRoom::start().await;
    let (mut ann, bob) = pair(&room).await;
    drop(bob);
    ann.sees(1).await;
    say(&mut ann, BOB, "are you there?", "m-1").await;
    assert_eq!(
        ann.quiet().await,
        Vec::<Value>::new(),
        "neither delivered nor failed"
    );
    let mut bob = nested(&room, BOB, "Bob").await;
    let message = bob.frame("MSG").await["data"].clone();
    assert_eq!(
        (&message["from"], &message["content"]),
        (&json!(ANN), &json!("are you there?"))
    );
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"));
    assert_eq!(bob.quiet().await, Vec::<Value>::new(), "once");
}

#[tokio::test]
async fn who_stays_away_gets_nothing_and_it_fails() {
    let room = TestRoom::start().await;
    let (mut ann, bob) = pair(&room).await;
    drop(bob);
    ann.sees(1).await;
    say(&mut ann, BOB, "are you there?", "m-1").await;
    let failed = json!({"type":"ERROR","data":{"code":"MESSAGE_FAILED","message":"Recipient is not online","details":{"message_id":"m-1"}}});
    assert_eq!(ann.frame("ERROR").await, failed);
    say(&mut ann, BOB, "still?", "m-2").await;
    assert_eq!(
        ann.frame("ERROR").await["data"]["details"],
        json!({"message_id":"m-2"})
    );
    let mut bob = nested(&room, BOB, "Bob").await;
    assert_eq!(bob.quiet().await, Vec::<Value>::new());
    say(&mut ann, BOB, "are you there?", "m-1").await;
    assert_eq!(
        bob.frame("MSG").await["data"]["message_id"],
        "m-1",
        "it may be tried again"
    );
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"));
}

#[tokio::test]
async fn with_two_connections_nobody_hears_of_one_closing() {
    let room = TestRoom::start().await;
    let (mut ann, mut bob) = pair(&room).await;
    let mut other = nested(&room, BOB, "Bob").await;
    bob.socket.close(None).await.unwrap();
    say(&mut ann, BOB, "hi", "m-1").await;
    assert_eq!(other.frame("MSG").await["data"]["content"], "hi");
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"));
    assert_eq!(ann.seen, Vec::<Value>::new());
    other.socket.close(None).await.unwrap();
    ann.sees(1).await;
}

#[tokio::test]
async fn nobody_reads_a_fastchat_users_chats_by_entering_as_a_member_with_their_id() {
    let room = TestRoom::start().await;
    let (mut ann, mut bob) = pair(&room).await;
    say(&mut ann, BOB, "for Bob only", "m-1").await;
    bob.frame("MSG").await;
    drop(ann);
    bob.sees(1).await;
    // The list shows every id, and a member is given the log of their direct chats.
    let mut thief = room.connect().await;
    thief
        .send(json!({"type":"HELLO","data":{"user_id":ANN,"display_name":"Not Ann"}}))
        .await;
    let answer = thief.next().await.unwrap();
    assert_eq!(
        (&answer["type"], &answer["data"]["code"]),
        (&json!("ERROR"), &json!("UNAUTHORIZED"))
    );
    let _ann = nested(&room, ANN, "Ann").await;
}

#[tokio::test]
async fn a_members_id_is_refused() {
    let room = TestRoom::start().await;
    let _member = room.enter(7, "Meg").await;
    let mut thief = connect(&room).await;
    thief
        .send(json!({"type":"HELLO","data":{"user_id":user_id(7),"display_name":"Not Meg"}}))
        .await;
    let error = json!({"type":"ERROR","data":{"code":"UNAUTHORIZED","message":"This user id is in use","details":{}}});
    assert_eq!(thief.next().await, Ok(error));
    assert_eq!(thief.next().await, Err(1008));
    let mut thief = connect(&room).await;
    thief
        .send(json!({"type":"HELLO","display_name":"Not Meg","user_id":user_id(7)}))
        .await;
    let error = json!({"type":"ERROR","error_code":"UNAUTHORIZED","message":"This user id is in use","details":null});
    assert_eq!(thief.next().await, Ok(error));
    assert_eq!(thief.next().await, Err(1008));
}

#[tokio::test]
async fn a_member_of_the_room_and_a_nested_user_talk_both_ways() {
    let room = TestRoom::start().await;
    let mut member = room.join(7, "Meg").await;
    let meg = user_id(7);
    let mut ann = nested(&room, ANN, "Ann").await;
    open(&mut ann, &meg).await;
    say(&mut ann, &meg, "<i>hello</i> Meg", "m-1").await;
    let heard = member.hear().await;
    assert_eq!(heard["content"], "hello Meg");
    assert_eq!(heard["from"], ANN);
    assert_eq!(ann.frame("MSG_ACK").await, ack("m-1"));
    member
        .send(json!({"type":"MSG","data":{"to":ANN,"content":"<b>hi</b> Ann","message_id":"x-1"}}))
        .await;
    let answer = ann.frame("MSG").await["data"].clone();
    assert_eq!(
        (&answer["from"], &answer["content"]),
        (&json!(meg), &json!("hi Ann"))
    );
    ann.send(json!({"type":"TYPING","data":{"is_typing":true}}))
        .await;
    assert_eq!(member.expect("TYPING").await["is_typing"], true);
    // Somebody else whom the member writes to first.
    let mut dan = nested(&room, DAN, "Dan").await;
    member
        .send(json!({"type":"MSG","data":{"to":DAN,"content":"hi Dan","message_id":"x-2"}}))
        .await;
    let opened = dan.frame("CHAT_OPENED").await["data"].clone();
    assert_eq!(
        (&opened["target_user_id"], &opened["target_display_name"]),
        (&json!(meg), &json!("Meg"))
    );
    assert_eq!(dan.frame("MSG").await["data"]["content"], "hi Dan");
    assert_eq!(
        ann.quiet().await,
        Vec::<Value>::new(),
        "it is between the two"
    );
}

#[tokio::test]
async fn a_partner_who_never_reads_delays_nobody_and_nothing_unwritten_is_acknowledged() {
    const AT_ONCE: usize = 50;
    let room = TestRoom::start().await;
    let mut ann = nested(&room, ANN, "Ann").await;
    let bob = greet_nested(connect_small(&room).await, BOB, "Bob").await;
    let mut dan = nested(&room, DAN, "Dan").await;
    ann.sees(3).await;
    open(&mut ann, BOB).await;
    open(&mut ann, DAN).await;
    let text = "😀".repeat(1_000);
    let (mut sent, mut delivered, mut failed) = (0, 0, 0);
    // How much the kernel holds is its own affair: until what is sent to Bob is no longer acknowledged.
    for round in 0.. {
        for _ in 0..AT_ONCE {
            say(&mut ann, BOB, &text, &format!("b-{sent}")).await;
            sent += 1;
        }
        say(&mut ann, DAN, "hi", &format!("d-{round}")).await;
        let wanted = ack(&format!("d-{round}"));
        loop {
            let frame = ann.next().await.unwrap();
            if frame == wanted {
                break;
            }
            delivered += usize::from(frame["type"] == "MSG_ACK");
            failed += usize::from(frame["data"]["code"] == "MESSAGE_FAILED");
        }
        let heard = dan.frame("MSG").await["data"].clone();
        assert_eq!(
            heard["message_id"],
            format!("d-{round}"),
            "nobody waits for Bob"
        );
        if failed > 0 || sent - delivered > 4 * AT_ONCE {
            break;
        }
        assert!(sent < 20_000, "the kernel took {sent} messages");
    }
    // He is closed when a write has taken too long, and is back by nobody's doing: each message has one answer.
    while delivered + failed < sent {
        let frame = ann.next().await.unwrap();
        delivered += usize::from(frame["type"] == "MSG_ACK");
        failed += usize::from(frame["data"]["code"] == "MESSAGE_FAILED");
    }
    assert_eq!(delivered + failed, sent);
    assert!(failed >= AT_ONCE, "{failed} of {sent} failed");
    drop(bob);
}
