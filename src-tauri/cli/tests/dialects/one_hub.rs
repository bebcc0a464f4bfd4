//! Section 4: one hub. Who sees what from whom, under which name, in which order.

use std::collections::HashMap;

use serde_json::json;

use crate::fastchat::{self, Person, enter_flat, enter_nested, person};
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};
use crate::topic::{Typed, Untyped, join, join_as, message, message_frame, say};
use crate::{activity, pair, plain};

cases! {
    "one_hub_lobby_is_shared_by_four", Setup::ANY, lobby_is_shared_by_four;
    "one_hub_public_is_shared_by_three", Setup::ANY, public_is_shared_by_three;
    "one_hub_private_text_reaches_nobody_else", Setup::ANY, private_text_reaches_nobody_else;
    "one_hub_all_see_the_same_order", Setup::ANY, all_see_the_same_order;
    "one_hub_a_natives_name_gets_the_dialect", Setup::ANY, a_natives_name_gets_the_dialect;
    "one_hub_plains_own_beginnings_get_the_dialect", Setup::ANY, plains_own_beginnings;
    "one_hub_names_are_cleaned", Setup::ANY, names_are_cleaned;
    "one_hub_topic_names_hold_safe_letters_only", Setup::ANY, topic_names_are_safe;
    "one_hub_presence_lists_who_can_be_written_to", Setup::ANY, presence_lists;
    "one_hub_pair_frames_that_are_no_text_stay", Setup::ANY, pair_frames_that_are_no_text;
    "one_hub_members_see_guests_marked", Setup::ANY, members_see_guests_marked;
}

/// The `message` frame of a topic user for what does not expire.
fn lasting(name: &str, text: &str, topic: &str) -> serde_json::Value {
    let mut frame = message(name, text, topic);
    frame["expires_at"] = json!(null);
    frame
}

async fn lobby_is_shared_by_four(room: Room) {
    let mut ana = room.member("Ana", &["lobby"]).await;
    let mut one = plain::client(&room, "1").await;
    let mut act = activity::joined(&room, "act").await;
    let mut top = join(&room, Typed, "top", "lobby").await;

    one.send("from plain").await;
    one.expect("You wrote: from plain").await;
    act.expect_json(activity::says("Client #1", "from plain"))
        .await;
    top.expect_json(lasting("Client #1", "from plain", "lobby"))
        .await;
    ana.expect_message("Client #1", "plain", "from plain").await;

    act.send_json(activity::says("act", "from activity")).await;
    one.expect("act says: from activity").await;
    top.expect_json(lasting("act", "from activity", "lobby"))
        .await;
    ana.expect_message("act", "activity", "from activity").await;

    say(
        &mut top,
        Typed,
        "from topic",
        message("top", "from topic", "lobby"),
        4,
    )
    .await;
    one.expect("top says: from topic").await;
    act.expect_json(activity::says("top", "from topic")).await;
    ana.expect_message("top", "topic", "from topic").await;

    ana.post("lobby", "from a member").await;
    one.expect("Ana says: from a member").await;
    act.expect_json(activity::says("Ana", "from a member"))
        .await;
    top.expect_json(lasting("Ana", "from a member", "lobby"))
        .await;

    // Comings and goings of foreign people are nobody's business.
    top.close().await;
    act.settle().await;
    act.close().await;
    one.settle().await;
}

async fn public_is_shared_by_three(room: Room) {
    let mut ana = room.member("Ana", &["public"]).await;
    let mut json_form = pair::public(&room, 1).await;
    let mut text_form = room.socket("/chat/public?format=text").await;
    text_form.text().await;
    json_form.json().await;
    json_form.json().await;
    let mut top = join(&room, Untyped, "top", "public").await;

    json_form.send_json(pair::says("pat", "from pair")).await;
    json_form.expect_json(pair::says("pat", "from pair")).await;
    text_form.expect("pat> from pair").await;
    top.expect_json(lasting("pat", "from pair", "public")).await;
    ana.expect_message("pat", "pair", "from pair").await;

    say(
        &mut top,
        Untyped,
        "from topic",
        message("top", "from topic", "public"),
        4,
    )
    .await;
    json_form.expect_json(pair::says("top", "from topic")).await;
    text_form.expect("top> from topic").await;
    ana.expect_message("top", "topic", "from topic").await;

    ana.post("public", "from a member").await;
    json_form
        .expect_json(pair::says("Ana", "from a member"))
        .await;
    text_form.expect("Ana> from a member").await;
    top.expect_json(lasting("Ana", "from a member", "public"))
        .await;
}

async fn private_text_reaches_nobody_else(room: Room) {
    let mut ana = room.member("Ana", &["public", "lobby"]).await;
    let mut top = join(&room, Typed, "top", "public").await;
    let mut p1 = pair::private(&room, "p1").await;
    let mut p2 = pair::private(&room, "p2").await;
    p1.json().await;
    p1.send_json(pair::says("p1", "between us")).await;
    for socket in [&mut p1, &mut p2] {
        socket.expect_json(pair::says("p1", "between us")).await;
    }
    let mut bea = room.member("Bea", &["public"]).await;
    bea.post("public", "marker").await;
    top.expect_json(lasting("Bea", "marker", "public")).await;
    let seen = ana.message().await;
    assert_eq!(seen["content"], "marker");
    for path in ["/api/history", "/api/topics", "/presence/online", "/stats"] {
        let answer = room.get(path).await;
        assert!(!answer.text().contains("between us"), "{path}");
    }
}

async fn all_see_the_same_order(room: Room) {
    const EACH: usize = 60;
    let mut ana = room.member("Ana", &["lobby"]).await;
    let mut bea = room.member("Bea", &["lobby"]).await;
    let mut one = plain::client(&room, "1").await;
    let mut two = plain::client(&room, "2").await;
    let mut act = activity::joined(&room, "act").await;
    let mut watcher = activity::joined(&room, "watcher").await;
    let mut top = join(&room, Typed, "top", "lobby").await;
    tokio::join!(
        async {
            for n in 0..EACH {
                one.send(&format!("p{n}")).await;
            }
        },
        async {
            for n in 0..EACH {
                act.send_json(activity::says("act", &format!("a{n}"))).await;
            }
        },
        async {
            for n in 0..EACH {
                top.send_json(message_frame(Typed, &format!("t{n}"))).await;
            }
        },
        async {
            for n in 0..EACH {
                ana.say("MSG", json!({"topic": "lobby", "content": format!("m{n}")}))
                    .await;
            }
        },
    );
    let mut orders: HashMap<&str, Vec<String>> = HashMap::new();
    for _ in 0..4 * EACH {
        let content = bea.message().await["content"]
            .as_str()
            .expect("text")
            .to_owned();
        orders.entry("member").or_default().push(content);
        let line = two.text().await;
        let content = line
            .split_once("says: ")
            .expect("somebody says")
            .1
            .to_owned();
        orders.entry("plain").or_default().push(content);
        let frame = watcher.json().await;
        let content = frame["message"].as_str().expect("text").to_owned();
        orders.entry("activity").or_default().push(content);
    }
    while orders.get("topic").is_none_or(|seen| seen.len() < 4 * EACH) {
        let frame = top.json().await;
        if frame["type"] == "message" {
            let content = frame["message"].as_str().expect("text").to_owned();
            orders.entry("topic").or_default().push(content);
        }
    }
    let first = &orders["member"];
    for (who, order) in &orders {
        assert_eq!(order, first, "{who}");
    }
    for kind in ["p", "a", "t", "m"] {
        let mine: Vec<_> = first
            .iter()
            .filter(|text| text.starts_with(kind))
            .cloned()
            .collect();
        let sent: Vec<_> = (0..EACH).map(|n| format!("{kind}{n}")).collect();
        assert_eq!(mine, sent, "the author's own order");
    }
}

async fn a_natives_name_gets_the_dialect(room: Room) {
    let mut act = activity::joined(&room, "alice").await;
    let mut top = join(&room, Typed, "alice", "lobby").await;
    let mut one = plain::client(&room, "1").await;
    act.send_json(activity::says("alice", "hi")).await;
    top.expect_json(lasting("alice (activity)", "hi", "lobby"))
        .await;
    one.expect("alice says: hi").await;
    say(&mut top, Typed, "ho", message("alice", "ho", "lobby"), 3).await;
    act.expect_json(activity::says("alice (topic)", "ho")).await;
    one.expect("alice says: ho").await;
    // Case does not matter, and a suffix belongs to the name.
    let mut second = join_as(&room, Untyped, "alice", "lobby", "alice#2").await;
    let mut capital = activity::joined(&room, "ALICE#2").await;
    act.expect_json(activity::frame("connected", "ALICE#2"))
        .await;
    capital.send_json(activity::says("ALICE#2", "he")).await;
    for socket in [&mut top, &mut second] {
        socket
            .expect_json(lasting("ALICE#2 (activity)", "he", "lobby"))
            .await;
    }
}

async fn plains_own_beginnings(room: Room) {
    let mut one = plain::client(&room, "1").await;
    for name in ["Client #7", "You wrote", "You wrote: x", "Client #1"] {
        let mut act = activity::joined(&room, name).await;
        act.send_json(activity::says(name, "hi")).await;
        one.expect(&format!("{name} (activity) says: hi")).await;
        act.close().await;
    }
    let mut act = activity::joined(&room, "Client").await;
    act.send_json(activity::says("Client", "hi")).await;
    one.expect("Client says: hi").await;
}

async fn names_are_cleaned(room: Room) {
    let mut one = plain::client(&room, "1").await;
    let long = "é".repeat(60);
    let rows = [
        ("  bob  ".to_owned(), "bob".to_owned()),
        ("b\no\rb\u{7}".to_owned(), "bob".to_owned()),
        ("\u{0}\n".to_owned(), "guest".to_owned()),
        (String::new(), "guest".to_owned()),
        (long.clone(), long.chars().take(50).collect()),
        ("\u{2028}bob\u{85}".to_owned(), "bob".to_owned()),
    ];
    for (name, shown) in rows {
        let mut act = activity::joined(&room, &name).await;
        act.send_json(activity::says(&name, "hi")).await;
        one.expect(&format!("{shown} says: hi")).await;
        act.close().await;
    }
}

async fn topic_names_are_safe(room: Room) {
    let _made_the_lobby = plain::client(&room, "1").await;
    let mut top = join(&room, Typed, "top", "lobby").await;
    let rows = [
        ("<b>x</b>", "_b_x__b_"),
        ("a&b\"c'd", "a_b_c_d"),
        ("J. R. (#1) a-b_c", "J. R. (#1) a-b_c"),
        ("x@y/z:w", "x_y_z_w"),
    ];
    for (name, shown) in rows {
        let mut act = activity::joined(&room, name).await;
        act.send_json(activity::says(name, "hi")).await;
        top.expect_json(lasting(shown, "hi", "lobby")).await;
        act.close().await;
    }
    let mut minus = plain::client(&room, "-7").await;
    minus.send("hi").await;
    top.expect_json(lasting("Client #-7", "hi", "lobby")).await;
}

async fn presence_lists(room: Room) {
    let mut ana = room.member("Ana", &["lobby"]).await;
    let member = Person {
        id: ana.user_id.clone(),
        name: "Ana".to_owned(),
    };
    let _others: Vec<Socket> = vec![
        plain::client(&room, "1").await,
        pair::public(&room, 1).await,
        activity::joined(&room, "act").await,
        join(&room, Typed, "top", "lobby").await,
    ];
    let (ann, bob) = (person("Ann"), person("Bob"));
    let mut a = enter_nested(&room, &ann, &[&member, &ann]).await;
    let mut b = enter_flat(&room, &bob, &[&member, &ann]).await;
    a.expect_json(fastchat::nested_presence(&[&member, &ann, &bob]))
        .await;
    ana.post("lobby", "a topic is no direct chat").await;
    fastchat::nothing_nested(&mut a).await;
    fastchat::nothing_flat(&mut b).await;
    ana.close().await;
    a.expect_json(fastchat::nested_presence(&[&ann, &bob]))
        .await;
    b.expect_json(fastchat::flat_presence(&[&member], "disconnect"))
        .await;
}

async fn pair_frames_that_are_no_text(room: Room) {
    let mut ana = room.member("Ana", &["public"]).await;
    let mut pat = pair::public(&room, 1).await;
    for frame in [
        "5",
        "{}",
        r#"{"username":"pat"}"#,
        r#"{"username":5,"message":"x"}"#,
        r#"{"username":"pat","message":null}"#,
    ] {
        pat.send(frame).await;
        pat.json().await;
    }
    pat.send_json(json!({"username": "pat", "message": "text", "extra": {"a": 1}}))
        .await;
    ana.expect_message("pat", "pair", "text").await;
}

async fn members_see_guests_marked(room: Room) {
    let mut ana = room.member("Ana", &["lobby"]).await;
    // A guest of the member's own name is no member.
    let mut act = activity::joined(&room, "Ana").await;
    act.send_json(activity::says("Ana", "I am Ana")).await;
    let seen = ana.expect_message("Ana", "activity", "I am Ana").await;
    assert_ne!(seen["from"], ana.user_id.as_str());
}
