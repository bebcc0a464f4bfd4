//! A reader who does not read is closed with a code and delays nobody.

use serde_json::json;

use crate::harness::TestRoom;

#[tokio::test]
async fn a_reader_who_stops_reading_is_closed_and_the_others_hear_everything() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    let mut stuck = room.join(3, "Stuck").await;
    let text = "x".repeat(16_000);
    // Far more than the kernel's buffers and the session's megabyte hold.
    for n in 0..1_200 {
        ana.send(json!({"type":"MSG","data":{"topic":"lobby","content":text,"message_id":format!("m-{n}")}})).await;
        assert_eq!(bo.hear().await["message_id"], format!("m-{n}"));
        while ana.expect("MSG_ACK").await["message_id"] != format!("m-{n}") {}
    }
    let code = loop {
        if let Some(code) = stuck.socket_next().await {
            break code;
        }
    };
    assert!(
        code == 4008 || code == 0,
        "too slow, or cut off when even the close found no room: {code}"
    );
    bo.send(json!({"type":"LIST_MEMBERS","data":{"topic":"lobby"}}))
        .await;
    assert_eq!(
        bo.expect("MEMBERS").await["members"]
            .as_array()
            .unwrap()
            .len(),
        2,
        "no dead entry stays"
    );
}
