//! Two people talk.

use serde_json::json;

use crate::harness::{TestRoom, texts, user_id};

#[tokio::test]
async fn bo_hears_what_ana_says_and_ana_gets_an_ack_for_the_same_place() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    let ack = ana.say("m-1", "lunch?").await;
    let heard = bo.hear().await;
    assert_eq!(heard["content"], "lunch?");
    assert_eq!(heard["from"], user_id(1));
    assert_eq!(heard["display_name"], "Ana");
    assert_eq!(heard["topic"], "lobby");
    assert_eq!(heard["kind"], "text");
    assert_eq!(heard["message_id"], "m-1");
    assert_eq!(
        (&heard["epoch"], &heard["seq"]),
        (&ack["epoch"], &ack["seq"])
    );
    assert_eq!(ack["seq"], 1);
    assert_eq!(ack["status"], "stored");
    assert_eq!(
        texts(&ana.seen),
        ["lunch?"],
        "the sender hears it too, before the ack"
    );
}

#[tokio::test]
async fn the_hello_says_which_room_it_is_and_who_is_here() {
    let room = TestRoom::start().await;
    let mut ana = room.connect().await;
    let room_id = room.server.room().room_id.to_string();
    assert_eq!(ana.response.headers()["landline-room"], room_id.as_str());
    assert_eq!(
        ana.response.headers()["sec-websocket-protocol"],
        "landline.v1"
    );
    let ack = ana.hello(1, "Ana").await;
    assert_eq!(ack["room"]["room_id"], room_id);
    assert_eq!(ack["room"]["name"], "Workshop");
    assert_eq!(ack["via"], "script");
    let here = ana.expect("PRESENCE").await;
    assert_eq!(here["complete"], true);
    assert_eq!(here["users"][0]["display_name"], "Ana");
    let mut bo = room.enter(2, "Bert").await;
    assert_eq!(
        bo.expect("PRESENCE").await["users"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    loop {
        let change = ana.expect("PRESENCE").await;
        assert_eq!(change["complete"], false);
        if change["users"]
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["display_name"] == "Bert")
        {
            break;
        }
    }
    drop(bo);
    let gone = ana.expect("PRESENCE").await;
    assert_eq!(
        (
            &gone["users"][0]["display_name"],
            &gone["users"][0]["online"]
        ),
        (&json!("Bert"), &json!(false))
    );
}

#[tokio::test]
async fn a_topic_is_made_by_joining_and_others_learn_of_it() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    ana.send(json!({"type":"JOIN_TOPIC","data":{"topic":"Sports"}}))
        .await;
    let joined = ana.expect("TOPIC_JOINED").await;
    assert_eq!(
        (&joined["topic"], &joined["seq"], &joined["member_count"]),
        (&json!("sports"), &json!(0), &json!(1))
    );
    let news = bo.expect("TOPICS").await;
    assert_eq!(
        (&news["complete"], &news["topics"][0]["topic"]),
        (&json!(false), &json!("sports"))
    );
    bo.send(json!({"type":"JOIN_TOPIC","data":{"topic":"sports"}}))
        .await;
    let joined = bo.expect("TOPIC_JOINED").await;
    assert_eq!(joined["members"].as_array().unwrap().len(), 2);
    loop {
        let change = ana.expect("TOPIC_MEMBERS").await;
        if change["topic"] == "sports"
            && change["joined"]
                .as_array()
                .unwrap()
                .iter()
                .any(|m| m["user_id"] == user_id(2))
        {
            break;
        }
    }
    bo.send(json!({"type":"LEAVE_TOPIC","data":{"topic":"sports"}}))
        .await;
    assert_eq!(bo.expect("TOPIC_LEFT").await["topic"], "sports");
    assert_eq!(
        ana.expect("TOPIC_MEMBERS").await["left"],
        json!([user_id(2)])
    );
    ana.send(json!({"type":"LEAVE_TOPIC","data":{"topic":"sports"}}))
        .await;
    ana.expect("TOPIC_LEFT").await;
    ana.send(json!({"type":"LIST_TOPICS"})).await;
    let topics = ana.expect("TOPICS").await;
    assert_eq!(
        topics["topics"].as_array().unwrap().len(),
        1,
        "a topic with no word and nobody in it is gone"
    );
}

#[tokio::test]
async fn a_direct_message_reaches_its_two_and_nobody_else() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo, mut cy) = (
        room.join(1, "Ana").await,
        room.join(2, "Bert").await,
        room.join(3, "Cyd").await,
    );
    ana.send(json!({"type":"MSG","data":{"to":user_id(2),"content":"secret","message_id":"d-1"}}))
        .await;
    ana.expect("MSG_ACK").await;
    let heard = bo.hear().await;
    assert_eq!(
        (&heard["content"], &heard["to"], &heard["from"]),
        (&json!("secret"), &json!(user_id(2)), &json!(user_id(1)))
    );
    assert!(heard.get("topic").is_none());
    bo.send(json!({"type":"HISTORY","data":{"with":user_id(1)}}))
        .await;
    assert_eq!(
        bo.expect("HISTORY").await["messages"][0]["content"],
        "secret"
    );
    bo.send(json!({"type":"LIST_DIRECT"})).await;
    let chats = loop {
        let direct = bo.expect("DIRECT").await;
        if direct["complete"] == true {
            break direct;
        }
    };
    assert_eq!(
        (&chats["chats"][0]["with"], &chats["chats"][0]["seq"]),
        (&json!(user_id(1)), &json!(1))
    );
    cy.send(json!({"type":"HISTORY","data":{"with":user_id(1)}}))
        .await;
    assert_eq!(cy.expect("HISTORY").await["messages"], json!([]));
    assert!(texts(&cy.settle().await).is_empty());
    cy.send(json!({"type":"MSG","data":{"to":user_id(77),"content":"hi","message_id":"d-2"}}))
        .await;
    assert_eq!(
        cy.expect_error("USER_NOT_FOUND").await["details"]["message_id"],
        "d-2"
    );
    cy.send(json!({"type":"OPEN_CHAT","data":{"target_user_id":user_id(1)}}))
        .await;
    let (mine, theirs) = (
        cy.expect("CHAT_OPENED").await,
        ana.expect("CHAT_OPENED").await,
    );
    assert_eq!(mine["chat_id"], theirs["chat_id"]);
    assert_eq!(theirs["target_user_id"], user_id(3));
}

#[tokio::test]
async fn everybody_sees_one_order() {
    let room = TestRoom::start().await;
    let mut people = Vec::new();
    for n in 0..5 {
        people.push(room.join(n, &format!("Person {n}")).await);
    }
    for round in 0..20 {
        for (n, person) in people.iter_mut().enumerate() {
            let id = format!("{n}-{round}");
            person
                .send(json!({"type":"MSG","data":{"topic":"lobby","content":id,"message_id":id}}))
                .await;
        }
    }
    let mut orders = Vec::new();
    for person in &mut people {
        let (mut order, mut seqs) = (Vec::new(), Vec::new());
        while order.len() < 100 {
            let message = person.hear().await;
            order.push(message["content"].as_str().unwrap().to_owned());
            seqs.push(message["seq"].as_u64().unwrap());
        }
        assert_eq!(seqs, (1..=100).collect::<Vec<_>>(), "dense and rising");
        orders.push(order);
    }
    assert!(orders.iter().all(|order| *order == orders[0]));
}

#[tokio::test]
async fn typing_is_told_to_others_only() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    ana.send(json!({"type":"TYPING","data":{"topic":"lobby","is_typing":true}}))
        .await;
    let notice = bo.expect("TYPING").await;
    assert_eq!(
        (&notice["user_id"], &notice["topic"], &notice["is_typing"]),
        (&json!(user_id(1)), &json!("lobby"), &json!(true))
    );
    ana.send(json!({"type":"TYPING","data":{"to":user_id(2),"is_typing":false}}))
        .await;
    let notice = bo.expect("TYPING").await;
    assert_eq!(
        (&notice["to"], &notice["is_typing"]),
        (&json!(user_id(2)), &json!(false))
    );
    assert!(
        ana.settle()
            .await
            .iter()
            .all(|frame| frame["type"] != "TYPING")
    );
}

#[tokio::test]
async fn what_was_read_is_remembered_and_told_to_ones_other_window() {
    let room = TestRoom::start().await;
    let (mut ana, mut again) = (room.join(1, "Ana").await, room.join(1, "Ana").await);
    ana.say("m-1", "one").await;
    ana.send(json!({"type":"MARK_READ","data":{"topic":"lobby","seq":99}}))
        .await;
    let read = again.expect("READ").await;
    assert_eq!(read["seq"], 1, "nobody has read what is not there");
    drop((ana, again));
    let room = room.restart().await;
    let mut ana = room.enter(1, "Ana").await;
    ana.send(json!({"type":"JOIN_TOPIC","data":{"topic":"lobby"}}))
        .await;
    let joined = ana.expect("TOPIC_JOINED").await;
    assert_eq!(
        (&joined["seq"], &joined["read"]),
        (&json!(1), &json!(0)),
        "a marker is saved a second later, not at once"
    );
}

#[tokio::test]
async fn a_new_name_is_told_and_the_room_can_be_renamed() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    ana.hello(1, "Anna").await;
    loop {
        let change = bo.expect("PRESENCE").await;
        if change["users"]
            .as_array()
            .unwrap()
            .iter()
            .any(|user| user["display_name"] == "Anna")
        {
            break;
        }
    }
    room.server.rename("Garage").await.unwrap();
    assert_eq!(bo.expect("ROOM").await["name"], "Garage");
    assert!(room.server.rename(&"x".repeat(64)).await.is_err());
    assert_eq!(room.server.room().name.as_ref(), "Garage");
}

#[tokio::test]
async fn others_learn_how_far_somebody_has_read() {
    let room = TestRoom::start().await;
    let (mut ana, mut bo) = (room.join(1, "Ana").await, room.join(2, "Bert").await);
    ana.say("m-1", "lunch?").await;
    bo.send(json!({"type":"MARK_READ","data":{"topic":"lobby","seq":1}}))
        .await;
    let seen = ana.expect("SEEN").await;
    let bo_read = json!([{"user_id":user_id(2),"seq":1}]);
    assert_eq!(
        seen,
        json!({"topic":"lobby","markers":bo_read,"complete":false})
    );
    ana.send(json!({"type":"MSG","data":{"to":user_id(2),"content":"x","message_id":"d"}}))
        .await;
    while bo.hear().await["to"] != user_id(2) {}
    bo.send(json!({"type":"MARK_READ","data":{"with":user_id(1),"seq":1}}))
        .await;
    let seen = ana.expect("SEEN").await;
    assert_eq!(
        seen,
        json!({"with":user_id(2),"markers":bo_read,"complete":false})
    );
    ana.send(json!({"type":"LIST_DIRECT"})).await;
    let list = loop {
        let list = ana.expect("DIRECT").await;
        if list["complete"] == true {
            break list;
        }
    };
    assert_eq!(list["chats"][0]["seen"], 1);
    let mut cy = room.join(3, "Cy Young").await;
    assert_eq!(
        cy.expect("SEEN").await,
        json!({"topic":"lobby","markers":bo_read,"complete":true})
    );
    cy.send(json!({"type":"SEEN_BY","data":{"topic":"lobby","seq":1}}))
        .await;
    let people = json!([{"user_id":user_id(2),"display_name":"Bert"}]);
    assert_eq!(
        cy.expect("SEEN_BY").await,
        json!({"topic":"lobby","seq":1,"count":1,"people":people,"more":false})
    );
}

#[tokio::test]
async fn questions_about_people_have_a_rate() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let mut ana = room.join(1, "Ana").await;
    for _ in 0..=landline_protocol::limits::QUESTIONS_BURST {
        ana.send(json!({"type":"SEEN_BY","data":{"topic":"lobby","seq":1}}))
            .await;
    }
    let refused = ana.expect_error("RATE_LIMITED").await;
    assert!(refused["details"]["retry_after_ms"].is_u64());
}
