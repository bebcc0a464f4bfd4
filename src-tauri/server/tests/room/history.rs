//! What was said stays, and whoever was away gets what they missed.

use serde_json::{Value, json};

use crate::harness::{Person, TestRoom, user_id};

async fn history(person: &mut Person, window: Value) -> (Vec<u64>, bool) {
    let mut data = json!({"topic":"lobby"});
    data.as_object_mut()
        .unwrap()
        .extend(window.as_object().unwrap().clone());
    person.send(json!({"type":"HISTORY","data":data})).await;
    let page = person.expect("HISTORY").await;
    let seqs = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["seq"].as_u64().unwrap())
        .collect();
    (seqs, page["more"].as_bool().unwrap())
}

async fn resume(person: &mut Person, epoch: &Value, seq: u64) -> Value {
    person
        .send(json!({"type":"RESUME","data":{"topic":"lobby","epoch":epoch,"seq":seq}}))
        .await;
    person.expect("RESUMED").await
}

#[tokio::test]
async fn history_is_read_in_pages_both_ways() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    for n in 1..=7 {
        ana.say(&format!("m-{n}"), "text").await;
    }
    assert_eq!(
        history(&mut ana, json!({"limit":3})).await,
        (vec![5, 6, 7], true)
    );
    assert_eq!(
        history(&mut ana, json!({"limit":3,"before":3})).await,
        (vec![1, 2], false)
    );
    assert_eq!(
        history(&mut ana, json!({"limit":2,"after":3})).await,
        (vec![4, 5], true)
    );
    assert_eq!(history(&mut ana, json!({"after":7})).await, (vec![], false));
    let (status, head, body) = room
        .get("/api/topics/lobby/messages?before=3&limit=1")
        .await;
    assert_eq!(status, 200, "{head}");
    let page: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&page["messages"][0]["seq"], &page["more"]),
        (&json!(2), &json!(true))
    );
    assert_eq!(page["messages"][0]["from"], user_id(1));
    let (_, _, body) = room.get("/api/topics").await;
    let topics: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&topics["topics"][0]["topic"], &topics["topics"][0]["seq"]),
        (&json!("lobby"), &json!(7))
    );
}

#[tokio::test]
async fn a_page_around_a_place_or_a_time_holds_what_is_before_and_after_it() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    for n in 1..=9 {
        ana.say(&format!("m-{n}"), "text").await;
    }
    for (window, seqs, more) in [
        (json!({"around":5,"limit":4}), vec![3, 4, 5, 6], true),
        (json!({"around":5,"limit":5}), vec![3, 4, 5, 6, 7], true),
        (json!({"around":5,"limit":1}), vec![5], true),
        // Where little follows there is more of what is before, and the other way round nothing is before the first.
        (json!({"around":9,"limit":4}), vec![6, 7, 8, 9], false),
        (json!({"around":1,"limit":4}), vec![1, 2], true),
        (json!({"around":0}), (1..=9).collect(), false),
        (json!({"around":50,"limit":2}), vec![8, 9], false),
    ] {
        assert_eq!(
            history(&mut ana, window.clone()).await,
            (seqs, more),
            "{window}"
        );
    }
    ana.send(json!({"type":"HISTORY","data":{"topic":"lobby"}}))
        .await;
    let all = ana.expect("HISTORY").await;
    for (index, message) in all["messages"].as_array().unwrap().iter().enumerate() {
        // Times rise in a chat, so each leads to its own message.
        let asked = json!({"at":message["timestamp"],"limit":1});
        assert_eq!(history(&mut ana, asked).await.0, [index as u64 + 1]);
    }
    let early = json!({"at":"2001-01-01T01:00:00+01:00","limit":2});
    assert_eq!(history(&mut ana, early).await, (vec![1], true));
    let late = json!({"at":"2999-01-01T00:00:00Z","limit":2});
    assert_eq!(history(&mut ana, late).await, (vec![8, 9], false));

    ana.send(json!({"type":"HISTORY","data":{"topic":"lobby","around":5,"limit":1}}))
        .await;
    assert_eq!(
        ana.expect("HISTORY").await["around"],
        5,
        "the request is echoed"
    );
    for wrong in [
        json!({"around":1,"at":"2999-01-01T00:00:00Z"}),
        json!({"before":1,"after":1}),
        json!({"at":"noon"}),
    ] {
        let mut data = wrong;
        data["topic"] = json!("lobby");
        ana.send(json!({"type":"HISTORY","data":data})).await;
        ana.expect_error("VALIDATION").await;
    }
    let (status, _, body) = room
        .get("/api/topics/lobby/messages?at=2999-01-01T00:00:00Z&limit=1")
        .await;
    let page: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &page["messages"][0]["seq"]), (200, &json!(9)));
    for wrong in ["at=noon", "at=2999-01-01T00:00:00Z&around=1"] {
        let (status, ..) = room
            .get(&format!("/api/topics/lobby/messages?{wrong}"))
            .await;
        assert_eq!(status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn a_page_around_a_long_message_stays_below_the_frame_limit() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let text = "\u{1}".repeat(10_000);
    for n in 0..10 {
        ana.say(&format!("m-{n}"), &text).await;
    }
    let (seqs, more) = history(&mut ana, json!({"around":5,"limit":500})).await;
    assert!(seqs.contains(&5) && seqs.len() < 10 && more, "{seqs:?}");
    assert!(
        seqs.is_sorted_by(|one, next| *next == one + 1),
        "without a hole: {seqs:?}"
    );
}

#[tokio::test]
async fn a_page_of_long_messages_stays_below_the_frame_limit() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    // Control characters are the worst case: six bytes of JSON each, and a frame of 64 KiB holds ten thousand.
    let text = "\u{1}".repeat(10_000);
    for n in 0..8 {
        ana.say(&format!("m-{n}"), &text).await;
    }
    let (mut seen, mut after) = (Vec::new(), 0);
    loop {
        let (seqs, more) = history(&mut ana, json!({"after":after,"limit":500})).await;
        assert!(seqs.len() < 8, "a page ends early");
        seen.extend(seqs);
        after = *seen.last().unwrap();
        if !more {
            break;
        }
    }
    assert_eq!(seen, (1..=8).collect::<Vec<_>>());
}

#[tokio::test]
async fn bo_gets_what_ana_said_while_he_was_away_also_over_a_restart() {
    let room = TestRoom::start().await;
    let (mut ana, bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    let position = ana.say("m-1", "one").await;
    drop(bo);
    ana.say("m-2", "two").await;
    let room = room.restart().await;
    let mut ana = room.join(1, "Ana").await;
    let newest = ana.say("m-3", "three").await;
    assert_ne!(
        newest["epoch"], position["epoch"],
        "every start of the host opens a new epoch"
    );
    assert_eq!(newest["seq"], 3, "the sequence runs on");
    let mut bo = room.join(2, "Bert").await;
    let resumed = resume(&mut bo, &position["epoch"], 1).await;
    assert_eq!(
        (&resumed["recovered"], &resumed["more"]),
        (&json!(true), &json!(false))
    );
    let texts: Vec<_> = resumed["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["content"].clone())
        .collect();
    assert_eq!(texts, ["two", "three"]);
    assert_eq!(
        (&resumed["epoch"], &resumed["seq"]),
        (&newest["epoch"], &json!(3))
    );
    assert_eq!(
        resume(&mut bo, &newest["epoch"], 3).await["messages"],
        json!([])
    );
}

#[tokio::test]
async fn a_position_of_another_log_is_told_so_and_never_guessed_at() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let position = ana.say("m-1", "one").await;
    let strange = json!("7.0123456789abcdef0123456789abcdef");
    let resumed = resume(&mut ana, &strange, 1).await;
    assert_eq!(resumed["recovered"], false);
    assert_eq!(
        resumed["messages"][0]["content"], "one",
        "the newest page instead"
    );
    let ahead = resume(&mut ana, &position["epoch"], 5).await;
    assert_eq!(ahead["recovered"], false, "a reader ahead of the log");
    assert_eq!(
        resume(&mut ana, &strange, 0).await["recovered"],
        true,
        "who holds nothing has lost nothing"
    );
}

#[tokio::test]
async fn i06_a_pong_tells_where_the_logs_end_once_and_behind_what_was_said() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    ana.send(json!({"type":"PING"})).await;
    assert_eq!(ana.expect("PONG").await.get("heads"), None, "nothing grew");
    let said = bo.say("m-1", "one").await;
    bo.send(json!({"type":"MSG","data":{"to":ana.id,"content":"two","message_id":"m-2"}}))
        .await;
    bo.expect("MSG_ACK").await;
    ana.send(json!({"type":"PING"})).await;
    let (mut heard, mut pong) = (Vec::new(), Value::Null);
    while pong.is_null() {
        let frame = ana.next().await.unwrap();
        match frame["type"].as_str() {
            Some("MSG") => heard.push(frame["data"]["content"].clone()),
            Some("PONG") => pong = frame["data"].clone(),
            _ => {}
        }
    }
    assert_eq!(heard, ["one", "two"], "before the answer");
    let epoch = &said["epoch"];
    let heads = json!([
        {"topic": "lobby", "epoch": epoch, "seq": 1},
        {"with": bo.id, "epoch": epoch, "seq": 1},
    ]);
    assert_eq!(pong["heads"], heads);
    ana.send(json!({"type":"PING"})).await;
    assert_eq!(ana.expect("PONG").await.get("heads"), None, "once");
}

#[tokio::test]
async fn i03_a_false_claim_to_be_ahead_forces_nothing() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    let before = ana.say("m-1", "one").await;
    bo.hear().await;
    for seq in [2, 1_000, 9_007_199_254_740_991_u64] {
        let claimed = resume(&mut bo, &before["epoch"], seq).await;
        assert_eq!(claimed["recovered"], false, "{claimed}");
        assert_eq!(claimed["seq"], 1, "where the log really ends");
    }
    let after = ana.say("m-2", "two").await;
    assert_eq!(after["epoch"], before["epoch"], "no new epoch");
    assert_eq!(after["seq"], 2, "the next place, given once");
    assert_eq!(bo.hear().await["content"], "two", "and everybody goes on");
    assert_eq!(
        resume(&mut ana, &before["epoch"], 1).await["recovered"],
        true
    );
}

#[tokio::test]
async fn a_message_is_stored_once_however_often_it_is_sent() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let first = ana.say("m-1", "once").await;
    let room = room.restart().await;
    let mut ana = room.join(1, "Ana").await;
    let again = ana.say("m-1", "once").await;
    assert_eq!(again["dup"], true);
    assert_eq!(
        (&again["epoch"], &again["seq"]),
        (&first["epoch"], &first["seq"])
    );
    ana.send(json!({"type":"MSG","data":{"topic":"lobby","content":"twice","message_id":"m-1"}}))
        .await;
    assert_eq!(
        ana.expect_error("MESSAGE_CONFLICT").await["details"]["message_id"],
        "m-1"
    );
    let mut bo = room.join(2, "Bert").await;
    assert_eq!(
        bo.say("m-1", "mine").await["seq"],
        2,
        "another author's id is another message"
    );
    assert_eq!(history(&mut bo, json!({})).await.0, [1, 2]);
}

#[tokio::test]
async fn a_message_is_on_disk_before_it_is_acknowledged() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    for n in 1..=20 {
        ana.say(&format!("m-{n}"), "durable").await;
        let file = room.folder.path().join("room/room.db");
        let reader = rusqlite::Connection::open(file).unwrap();
        let count: i64 = reader
            .query_row("SELECT count(*) FROM entry", [], |row| row.get(0))
            .unwrap();
        assert_eq!(count, n);
    }
}

#[tokio::test]
async fn awkward_text_comes_back_as_it_was_sent() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    let texts = [
        "👩‍🔬🏳️‍🌈 😀".to_owned(),
        "שלום עולם مرحبا \u{202e}txt.exe".to_owned(),
        "a\u{200b}b\u{feff}c\u{0}d".to_owned(),
        "<script>alert(1)</script><img src=x onerror=alert(2)>".to_owned(),
        "\n".repeat(5_000),
        "é".repeat(8_192),
        "x".repeat(16_384),
        " ".to_owned(),
        "\"}\\ {{ ${x} %s ' -- ; DROP TABLE entry".to_owned(),
    ];
    for (n, text) in texts.iter().enumerate() {
        ana.say(&format!("m-{n}"), text).await;
        assert_eq!(bo.hear().await["content"], text.as_str());
    }
    let room = room.restart().await;
    let (_, _, body) = room.get("/api/topics/lobby/messages").await;
    let page: Value = serde_json::from_str(&body).unwrap();
    let stored: Vec<_> = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["content"].as_str().unwrap())
        .collect();
    assert_eq!(stored, texts);
}
