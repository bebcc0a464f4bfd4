//! A reader who does not read is closed with a code and delays nobody.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Person, TestRoom};

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
    closed_for_being_slow(&mut stuck).await;
    assert_eq!(people_in(&mut bo).await, 2, "no dead entry stays");
}

/// Messages of the first half of the race below.
const SAID: u32 = 60;
/// Of the second at most: far more than kernels and the session's queue hold of a reader who is stuck. It ends when that
/// one is gone.
const SAID_MAX: u32 = 1_200;
const READERS: u32 = 4;

/// I9 (promises.md 1.3). How long the others wait is printed as a ratio within one run, and not asserted: machines are
/// noisy. That they hear everything, in order, and that the stuck one is closed, holds on every machine.
#[tokio::test]
async fn i09_a_reader_with_a_closed_window_is_closed_and_the_others_hear_all_as_before() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let mut readers = Vec::new();
    for n in 0..READERS {
        readers.push(room.join(10 + n, &format!("Reader {n}")).await);
    }
    let mut without = Vec::new();
    talk(&mut ana, &mut readers, 0..SAID, &mut without).await;
    let mut stuck = room.join_with_small_window(2, "Stuck").await;
    let mut with = Vec::new();
    let mut said = SAID;
    while people_in(&mut ana).await > 1 + READERS {
        assert!(said < SAID_MAX, "the stuck reader is held for ever");
        talk(&mut ana, &mut readers, said..said + 40, &mut with).await;
        said += 40;
    }
    closed_for_being_slow(&mut stuck).await;
    let [without, with] = [without, with].map(|mut took: Vec<Duration>| {
        took.sort_unstable();
        [took[took.len() / 2], took[took.len() * 99 / 100]].map(|took| took.as_secs_f64())
    });
    println!(
        "with a stuck reader, {} deliveries: p50 {:.2} times, p99 {:.2} times that without",
        (said - SAID) * READERS,
        with[0] / without[0],
        with[1] / without[1],
    );
}

/// Ana talks and everybody hears it, in order; how long it took until each heard each.
async fn talk(
    ana: &mut Person,
    readers: &mut [Person],
    numbers: std::ops::Range<u32>,
    took: &mut Vec<Duration>,
) {
    let text = "x".repeat(16_000);
    for n in numbers {
        let id = format!("m-{n}");
        let said = Instant::now();
        ana.send(json!({"type":"MSG","data":{"topic":"lobby","content":text,"message_id":id}}))
            .await;
        for reader in &mut *readers {
            assert_eq!(reader.hear().await["message_id"], id);
            took.push(said.elapsed());
        }
        while ana.expect("MSG_ACK").await["message_id"] != id {}
    }
}

/// The end of one who does not read, behind whatever was still in their socket.
async fn closed_for_being_slow(stuck: &mut Person) {
    let code = loop {
        if let Some(code) = stuck.socket_next().await {
            break code;
        }
    };
    assert!(
        code == 4008 || code == 0,
        "too slow, or cut off when even the close found no room: {code}"
    );
}

async fn people_in(person: &mut Person) -> u32 {
    person
        .send(json!({"type":"LIST_MEMBERS","data":{"topic":"lobby"}}))
        .await;
    let members = person.expect("MEMBERS").await;
    u32::try_from(members["members"].as_array().unwrap().len()).unwrap()
}
