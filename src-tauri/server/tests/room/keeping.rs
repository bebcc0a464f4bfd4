//! How long messages are kept: the rule, what is removed, and that nobody is left to guess.

use landline_server::KeepRule;
use serde_json::{Value, json};

use crate::harness::{Person, TestRoom, texts};

/// The lobby keeps so many messages.
async fn keep(room: &TestRoom, messages: u32) {
    let rule = KeepRule::Own(
        "lobby".parse().unwrap(),
        Some(landline_protocol::Keep::Messages(messages)),
    );
    room.server.keep(rule).await;
}

/// Says `m-1` to `m-COUNT`.
async fn say_many(person: &mut Person, count: u64, text: impl Fn(u64) -> String) -> Vec<Value> {
    let mut acks = Vec::new();
    for n in 1..=count {
        acks.push(person.say(&format!("m-{n}"), &text(n)).await);
    }
    acks
}

/// Waits until the lobby begins at `oldest`, and everybody in it was told.
async fn hears_of_beginning(person: &mut Person, oldest: u64) -> Value {
    loop {
        let kept = person.expect("TOPIC_KEPT").await;
        assert_eq!(kept["topic"], "lobby");
        if kept["oldest"] == oldest {
            return kept;
        }
    }
}

fn resume(position: &Value, seq: u64) -> Value {
    json!({"type":"RESUME","data":{"topic":"lobby","epoch":position["epoch"],"seq":seq}})
}

fn contents(page: &Value) -> Vec<&str> {
    let messages = page["messages"].as_array().unwrap().iter();
    messages
        .map(|one| one["content"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn i06_history_cut_under_a_waiting_client() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let bo = room.join(2, "Bo Berg").await;
    let acks = say_many(&mut ana, 10, |n| format!("text {n}")).await;
    drop(bo);
    keep(&room, 4).await;
    let kept = hears_of_beginning(&mut ana, 7).await;
    assert_eq!(kept["keep"], json!({"messages":4}));

    let mut bo = room.join(2, "Bo Berg").await;
    bo.send(resume(&acks[0], 3)).await;
    let told = bo.expect("RESUMED").await;
    assert_eq!(
        (&told["recovered"], &told["oldest"]),
        (&json!(false), &json!(7))
    );
    assert_eq!((&told["seq"], &told["more"]), (&json!(10), &json!(false)));
    assert_eq!(contents(&told), ["text 7", "text 8", "text 9", "text 10"]);
    for seq in [6, 9] {
        bo.send(resume(&acks[0], seq)).await;
        let told = bo.expect("RESUMED").await;
        assert_eq!(
            told["recovered"], true,
            "who has {seq} missed nothing that was removed"
        );
        assert_eq!(told["messages"][0]["seq"], seq + 1);
    }
    bo.send(resume(&acks[0], 0)).await;
    assert_eq!(bo.expect("RESUMED").await["recovered"], false);

    bo.send(json!({"type":"HISTORY","data":{"topic":"lobby","after":0}}))
        .await;
    let page = bo.expect("HISTORY").await;
    assert_eq!((&page["oldest"], &page["more"]), (&json!(7), &json!(false)));
    assert_eq!(contents(&page), ["text 7", "text 8", "text 9", "text 10"]);
    bo.send(json!({"type":"HISTORY","data":{"topic":"lobby","before":7}}))
        .await;
    let page = bo.expect("HISTORY").await;
    assert_eq!(
        (&page["messages"], &page["more"]),
        (&json!([]), &json!(false))
    );
    let (_, _, body) = room.get("/api/topics/lobby/messages?limit=500").await;
    let page: Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&page["oldest"], contents(&page).len()), (&json!(7), 4));
}

#[tokio::test]
async fn i06_who_had_everything_when_all_was_removed_is_told_no_gap_and_the_others_are() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let acks = say_many(&mut ana, 3, |n| format!("text {n}")).await;
    keep(&room, 1).await;
    hears_of_beginning(&mut ana, 3).await;
    ana.send(resume(&acks[0], 2)).await;
    assert_eq!(contents(&ana.expect("RESUMED").await), ["text 3"]);
    ana.send(resume(&acks[0], 1)).await;
    let told = ana.expect("RESUMED").await;
    assert_eq!(
        (&told["recovered"], &told["seq"]),
        (&json!(false), &json!(3))
    );
}

#[tokio::test]
async fn i02_a_message_is_known_for_ever_also_after_its_text_has_gone() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let acks = say_many(&mut ana, 5, |n| format!("text {n}")).await;
    keep(&room, 1).await;
    hears_of_beginning(&mut ana, 5).await;
    drop(ana);
    let room = room.restart().await;
    let mut ana = room.join(1, "Ana").await;
    let again = ana.say("m-2", "text 2").await;
    assert_eq!((&again["dup"], &again["seq"]), (&json!(true), &json!(2)));
    assert_eq!(again["epoch"], acks[1]["epoch"]);
    ana.send(json!({"type":"MSG","data":{"topic":"lobby","content":"other","message_id":"m-2"}}))
        .await;
    ana.expect_error("MESSAGE_CONFLICT").await;
    let next = ana.say("m-6", "text 6").await;
    assert_eq!(next["seq"], 6, "nothing was stored a second time");
    let frames = ana.settle().await;
    assert_eq!(texts(&frames), ["text 6"]);
}

#[tokio::test]
async fn what_was_removed_is_nowhere_in_the_room_s_files() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana of the canaries").await;
    // Short ones, and some that need pages of their own.
    let text = |n: u64| {
        let length = if n.is_multiple_of(3) { 700 } else { 1 };
        format!("canary-{n:03} ").repeat(length)
    };
    say_many(&mut ana, 30, text).await;
    keep(&room, 2).await;
    hears_of_beginning(&mut ana, 29).await;
    drop(ana);
    let TestRoom { server, folder } = room;
    server.stop().await;
    let mut seen = std::collections::BTreeSet::new();
    for entry in std::fs::read_dir(folder.path().join("room")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let mark = b"canary-";
        let texts = bytes.windows(mark.len() + 3);
        let found = texts.filter(|part| part[0] == mark[0] && part.starts_with(mark));
        seen.extend(found.filter_map(|part| {
            std::str::from_utf8(part)
                .ok()?
                .get(7..)?
                .parse::<u64>()
                .ok()
        }));
    }
    let seen: Vec<u64> = seen.into_iter().collect();
    assert_eq!(seen, [29, 30], "only what is kept");
}

#[tokio::test]
async fn a_rule_holds_after_a_restart_and_is_told_to_whoever_comes() {
    let room = TestRoom::start_with(|options| {
        options.keep = vec![
            KeepRule::Usual(Some(landline_protocol::Keep::Days(90))),
            KeepRule::Own("news".parse().unwrap(), None),
        ];
    })
    .await;
    let room = room.restart().await;
    let mut ana = room.enter(1, "Ana").await;
    for (topic, keep) in [("lobby", json!({"days":90})), ("news", Value::Null)] {
        ana.send(json!({"type":"JOIN_TOPIC","data":{"topic":topic}}))
            .await;
        let joined = ana.expect("TOPIC_JOINED").await;
        assert_eq!(joined["keep"], keep, "{topic}");
        assert_eq!(joined["oldest"], Value::Null);
    }
    ana.send(json!({"type":"JOIN_TOPIC","data":{"topic":"whispers","ttl":30}}))
        .await;
    let whispers = ana.expect("TOPIC_JOINED").await;
    assert_eq!(
        whispers["keep"],
        Value::Null,
        "what disappears has its own end"
    );
    let keeps = room.server.keeps().await;
    assert_eq!(keeps.usual, Some(landline_protocol::Keep::Days(90)));
    assert_eq!(keeps.topics.len(), 1);
}
