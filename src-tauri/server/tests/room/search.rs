//! Search over real sockets.

use serde_json::{Value, json};

use crate::harness::{Person, TestRoom, user_id};

async fn search(person: &mut Person, data: Value) -> Value {
    person.send(json!({"type":"SEARCH","data":data})).await;
    person.expect("FOUND").await
}

fn snippets(found: &Value) -> Vec<&str> {
    let hits = found["hits"].as_array().unwrap().iter();
    hits.map(|hit| hit["snippet"].as_str().unwrap()).collect()
}

async fn whisper(from: &mut Person, to: u32, text: &str, id: &str) {
    let data = json!({"to":user_id(to),"content":text,"message_id":id});
    from.send(json!({"type":"MSG","data":data})).await;
    from.expect("MSG_ACK").await;
}

#[tokio::test]
async fn what_was_just_acknowledged_is_found_with_its_place() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let said = ana.say("m-1", "Treffen im Café <b>um</b> acht").await;
    let found = search(&mut ana, json!({"search_id":9,"query":"cafe acht"})).await;
    assert_eq!(found["search_id"], 9);
    let hit = &found["hits"][0];
    assert_eq!(
        (&hit["topic"], &hit["seq"], &hit["epoch"], &hit["from"]),
        (
            &json!("lobby"),
            &said["seq"],
            &said["epoch"],
            &json!(user_id(1))
        )
    );
    assert_eq!(hit["snippet"], "Treffen im Café <b>um</b> acht");
    assert_eq!(hit["ranges"], json!([[11, 15], [26, 30]]));
    assert_eq!(found["more"], false);
    assert!(found.get("cursor").is_none() && found.get("pending").is_none());
    let (status, _, body) = room.get("/api/search?q=caf%C3%A9&limit=5").await;
    assert_eq!(status, 200, "{body}");
    let over_http: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(over_http["hits"][0]["seq"], said["seq"]);
}

#[tokio::test]
async fn a_search_never_shows_what_its_reader_may_not_read() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let mut bo = room.join(2, "Bob").await;
    let mut cy = room.join(3, "Cyd").await;
    whisper(&mut ana, 2, "the plan is secret", "d-1").await;
    whisper(&mut bo, 1, "what secret", "d-2").await;
    ana.say("m-1", "no secret here").await;
    for (person, other) in [(&mut ana, 2), (&mut bo, 1)] {
        let found = search(person, json!({"query":"secret"})).await;
        assert_eq!(found["hits"].as_array().unwrap().len(), 3);
        let found = search(person, json!({"query":"plan"})).await;
        assert_eq!(found["hits"][0]["with"], user_id(other));
        let found = search(person, json!({"query":"secret","with":user_id(other)})).await;
        assert_eq!(found["hits"].as_array().unwrap().len(), 2);
    }
    for data in [
        json!({"query":"secret"}),
        json!({"query":"secret plan"}),
        json!({"query":"pla*"}),
        json!({"query":"\"the plan\""}),
        json!({"query":"secret","from":user_id(1)}),
        json!({"query":"from:ana"}),
        json!({"query":format!("from:{}", user_id(2))}),
        json!({"query":"","from":user_id(2)}),
        json!({"query":"secret","with":user_id(1)}),
        json!({"query":"secret","with":user_id(2)}),
        json!({"query":"secret","after":"2020-01-01T00:00:00Z","before":"2099-01-01T00:00:00Z"}),
        json!({"query":"on:2026","cursor":"999999.0"}),
    ] {
        let found = search(&mut cy, data.clone()).await;
        let seen = snippets(&found);
        assert!(
            seen.iter().all(|text| *text == "no secret here"),
            "{data}: {seen:?}"
        );
    }
    let (_, _, body) = room.get("/api/search?q=secret").await;
    let found: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(snippets(&found), ["no secret here"]);
}

#[tokio::test]
async fn it_is_found_after_a_restart_and_in_pages() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    for n in 0..5 {
        ana.say(&format!("m-{n}"), &format!("needle {n}")).await;
    }
    let room = room.restart().await;
    let mut ana = room.join(1, "Ana").await;
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let found = search(
            &mut ana,
            json!({"query":"needle","limit":2,"cursor":cursor}),
        )
        .await;
        seen.extend(snippets(&found).into_iter().map(str::to_owned));
        if found["more"] == false {
            break;
        }
        cursor = found["cursor"].clone();
    }
    seen.sort();
    assert_eq!(
        seen,
        ["needle 0", "needle 1", "needle 2", "needle 3", "needle 4"]
    );
}

#[tokio::test]
async fn what_disappears_is_never_found() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    ana.send(json!({"type":"JOIN_TOPIC","data":{"topic":"whispers","ttl":60}}))
        .await;
    ana.expect("TOPIC_JOINED").await;
    ana.send(json!({"type":"MSG","data":{"topic":"whispers","content":"a fleeting needle","message_id":"f-1"}}))
        .await;
    ana.expect("MSG_ACK").await;
    let found = search(&mut ana, json!({"query":"needle"})).await;
    assert_eq!(found["hits"], json!([]));
    let found = search(&mut ana, json!({"query":"needle","topic":"whispers"})).await;
    assert_eq!(found["hits"], json!([]));
}

#[tokio::test]
async fn a_bad_field_is_named_and_nothing_typed_is_an_error() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    for (field, data) in [
        ("query", json!({"query":"x".repeat(1_025)})),
        ("limit", json!({"query":"x","limit":51})),
        ("from", json!({"query":"x","from":"ana"})),
        ("before", json!({"query":"x","before":"tomorrow"})),
        ("cursor", json!({"query":"x","cursor":"1"})),
        ("utc_offset", json!({"query":"x","utc_offset":100_000})),
        (
            "topic",
            json!({"query":"x","topic":"lobby","with":user_id(2)}),
        ),
    ] {
        let mut data = data;
        data["search_id"] = json!(4);
        ana.send(json!({"type":"SEARCH","data":data})).await;
        let error = ana.expect_error("VALIDATION").await;
        assert_eq!(error["details"]["field"], field);
        assert_eq!(error["details"]["search_id"], 4);
    }
    for query in [
        "",
        "\"",
        "AND OR NOT",
        "a*b\"",
        "NEAR(",
        "\u{0}",
        "{",
        "col:x",
        "-",
    ] {
        search(&mut ana, json!({"query":query})).await;
    }
    for (path, status) in [
        ("/api/search", 422),
        ("/api/search?q=x&limit=0", 422),
        ("/api/search?q=x&topic=nowhere", 404),
        ("/api/search?q=%22", 200),
    ] {
        assert_eq!(room.get(path).await.0, status, "{path}");
    }
}

#[tokio::test]
async fn who_searches_too_often_is_told_when_to_come_back() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let mut ana = room.join(1, "Ana").await;
    for n in 0..60 {
        ana.send(json!({"type":"SEARCH","data":{"query":"x","search_id":n}}))
            .await;
    }
    let error = ana.expect_error("RATE_LIMITED").await;
    assert!(error["details"]["search_id"].as_u64().unwrap() >= 20);
    assert!(error["details"]["retry_after_ms"].as_u64().unwrap() <= 201);
}
