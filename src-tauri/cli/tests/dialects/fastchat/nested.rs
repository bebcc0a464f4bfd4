//! `fastchat`, the nested form: acceptance cases 2 to 9. The first is in `transcript.rs`.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    Person, enter_nested, nested, nested_ack, nested_delivered, nested_error, nested_hello,
    nested_msg, nested_open, nested_opened, nested_presence, nothing_nested, open_nested, person,
    write_nested,
};
use crate::support::http;
use crate::support::room::Room;
use crate::support::shape::is_uuid;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};

cases! {
    "fastchat_02_hello_and_content_limits", Setup::ANY, hello_and_content_limits;
    "fastchat_03_rates_of_the_nested_form", Setup::RATES, rates_of_the_nested_form;
    "fastchat_04_message_ids", Setup::ANY, message_ids;
    "fastchat_05_unknown_closed_and_absent", Setup::ANY, unknown_closed_and_absent;
    "fastchat_06_two_connections_of_one_user", Setup::ANY, two_connections_of_one_user;
    "fastchat_07_text_reaches_its_two_only", Setup::ANY, text_reaches_its_two_only;
    "fastchat_08_html_is_stripped", Setup::ANY, html_is_stripped;
    "fastchat_09_origins", Setup::LISTED, origins;
}

/// Two nested users, each told what it is told, without a chat.
pub(super) async fn two(room: &Room) -> (Person, Socket, Person, Socket) {
    let (ann, bob) = (person("Ann"), person("Bob"));
    let mut a = enter_nested(room, &ann, &[&ann]).await;
    let b = enter_nested(room, &bob, &[&ann, &bob]).await;
    a.expect_json(nested_presence(&[&ann, &bob])).await;
    (ann, a, bob, b)
}

/// Two nested users with a chat that Ann opened.
pub(super) async fn two_in_a_chat(room: &Room) -> (Person, Socket, Person, Socket) {
    let (ann, mut a, bob, mut b) = two(room).await;
    open_nested(&mut a, &ann, &mut b, &bob).await;
    (ann, a, bob, b)
}

async fn hello_and_content_limits(room: Room) {
    let good = person("Ann");
    let bad = [
        ("user_id", json!("test-123")),
        ("user_id", json!("6ba7b810-9dad-11d1-80b4-00c04fd430c8")),
        ("user_id", json!("aaaaaaaa-1111-4111-7111-111111111111")),
        ("user_id", json!(5)),
        ("display_name", json!("ab")),
        ("display_name", json!("x".repeat(51))),
        ("display_name", json!("<b></b>ab")),
        ("display_name", json!(null)),
    ];
    for (field, value) in bad {
        let mut socket = room.socket("/ws").await.named(&format!("{field} {value}"));
        let mut hello = nested_hello(&good);
        hello["data"][field] = value;
        socket.send_json(hello).await;
        socket
            .expect_json(nested_error("VALIDATION", json!({"field": field})))
            .await;
        socket.send_json(nested_hello(&good)).await;
        let ack = nested(
            "HELLO_ACK",
            json!({"user_id": good.id, "status": "connected"}),
        );
        socket.expect_json(ack).await;
        socket.expect_json(nested_presence(&[&good])).await;
        socket.close().await;
        crate::support::until("it is gone", async || {
            room.get("/presence/online").await.json()["count"] == 0
        })
        .await;
    }
    let (short, long) = (person("Ann"), person(&"é".repeat(50)));
    let mut a = enter_nested(&room, &short, &[&short]).await;
    let mut b = enter_nested(&room, &long, &[&short, &long]).await;
    a.expect_json(nested_presence(&[&short, &long])).await;
    open_nested(&mut a, &short, &mut b, &long).await;
    for content in ["x", " ", &"é".repeat(1_000)] {
        write_nested(&mut a, &short, &mut b, &long, content).await;
    }
    for content in [String::new(), "é".repeat(1_001)] {
        a.send_json(nested_msg(&long, &content, "m")).await;
        let error = a.json().await;
        assert_eq!(error["data"]["code"], "VALIDATION");
        assert_eq!(error["data"]["details"]["field"], "content");
    }
    nothing_nested(&mut b).await;
}

/// The contract's 60 s are waited for: as long as the server says.
async fn rates_of_the_nested_form(room: Room) {
    let (ann, mut a, bob, mut b) = two_in_a_chat(&room).await;
    for _ in 0..60 {
        write_nested(&mut a, &ann, &mut b, &bob, "hi").await;
    }
    for _ in 0..10 {
        a.send_json(nested("TYPING", json!({"is_typing": false})))
            .await;
        b.expect_json(nested(
            "TYPING",
            json!({"user_id": ann.id, "is_typing": false}),
        ))
        .await;
    }
    for connection in 0..2 {
        a.send_json(nested_msg(&bob, "too many", "m-61")).await;
        let error = a
            .expect_json(limited(
                json!({"message_id": "m-61", "retry_after_ms": "<int>"}),
            ))
            .await;
        let wait = error["data"]["details"]["retry_after_ms"]
            .as_u64()
            .expect("an integer");
        assert!(wait <= 60_000, "{wait}");
        a.send_json(nested("TYPING", json!({"is_typing": true})))
            .await;
        let error = a
            .expect_json(limited(json!({"retry_after_ms": "<int>"})))
            .await;
        let typing_wait = error["data"]["details"]["retry_after_ms"]
            .as_u64()
            .expect("an integer");
        nothing_nested(&mut b).await;
        if connection == 0 {
            a.close().await;
            b.expect_json(nested_presence(&[&bob])).await;
            a = enter_nested(&room, &ann, &[&bob, &ann]).await;
            b.expect_json(nested_presence(&[&bob, &ann])).await;
        } else {
            let wait = Duration::from_millis(wait.max(typing_wait) + 1_000);
            tokio::time::sleep(wait).await;
        }
    }
    write_nested(&mut a, &ann, &mut b, &bob, "later").await;
    a.send_json(nested("TYPING", json!({"is_typing": true})))
        .await;
    b.expect_json(nested(
        "TYPING",
        json!({"user_id": ann.id, "is_typing": true}),
    ))
    .await;
}

pub(super) fn limited(details: Value) -> Value {
    nested_error("RATE_LIMITED", details)
}

async fn message_ids(room: Room) {
    let (ann, mut a, bob, mut b) = two_in_a_chat(&room).await;
    a.send_json(nested("MSG", json!({"to": bob.id, "content": "hi"})))
        .await;
    let got = b.json().await;
    assert!(is_uuid(&got["data"]["message_id"], Some('4')), "{got}");
    let id = got["data"]["message_id"].as_str().expect("text").to_owned();
    a.expect_json(nested_ack(&id)).await;
    let long = "i".repeat(128);
    for id in ["m 1", &long, "<b>"] {
        a.send_json(nested_msg(&bob, "hi", id)).await;
        b.expect_json(nested_delivered(&ann, &bob, "hi", id)).await;
        a.expect_json(nested_ack(id)).await;
        a.send_json(nested_msg(&bob, "hi", id)).await;
        a.expect_json(nested_ack(id)).await;
        a.send_json(nested_msg(&bob, "other", id)).await;
        assert_eq!(a.json().await["data"]["code"], "VALIDATION");
    }
    for id in [json!(""), json!("i".repeat(129)), json!(5)] {
        a.send_json(nested(
            "MSG",
            json!({"to": bob.id, "content": "hi", "message_id": id}),
        ))
        .await;
        assert_eq!(a.json().await["data"]["code"], "VALIDATION", "{id}");
    }
    // The ids are the author's own: Bob's "m 1" is another message.
    write_nested(&mut b, &bob, &mut a, &ann, "mine").await;
    b.send_json(nested_msg(&ann, "mine too", "m 1")).await;
    a.expect_json(nested_delivered(&bob, &ann, "mine too", "m 1"))
        .await;
    b.expect_json(nested_ack("m 1")).await;
}

async fn unknown_closed_and_absent(room: Room) {
    let (ann, mut a, bob, mut b) = two(&room).await;
    a.send_json(nested_msg(&bob, "hi", "m-1")).await;
    a.expect_json(nested_error(
        "CHAT_NOT_OPENED",
        json!({"message_id": "m-1"}),
    ))
    .await;
    a.send_json(nested_msg(&person("nobody"), "hi", "m-2"))
        .await;
    assert_eq!(a.json().await["data"]["code"], "USER_NOT_FOUND");
    open_nested(&mut a, &ann, &mut b, &bob).await;

    b.close().await;
    a.expect_json(nested_presence(&[&ann])).await;
    a.send_json(nested_msg(&bob, "soon", "m-3")).await;
    nothing_nested(&mut a).await;
    let mut b = enter_nested(&room, &bob, &[&ann, &bob]).await;
    b.expect_json(nested_delivered(&ann, &bob, "soon", "m-3"))
        .await;
    let (before, _) = a.json_until(nested_ack("m-3")).await;
    let presence = nested_presence(&[&ann, &bob]);
    if before.is_empty() {
        a.expect_json(presence).await;
    } else {
        assert_eq!(before, [presence]);
    }
    nothing_nested(&mut a).await;
    nothing_nested(&mut b).await;

    b.cut();
    a.expect_json(nested_presence(&[&ann])).await;
    a.send_json(nested_msg(&bob, "held", "m-4")).await;
    a.expect_json(nested_error("MESSAGE_FAILED", json!({"message_id": "m-4"})))
        .await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    a.send_json(nested_msg(&bob, "too late", "m-5")).await;
    a.expect_json(nested_error("MESSAGE_FAILED", json!({"message_id": "m-5"})))
        .await;
    let mut b = enter_nested(&room, &bob, &[&ann, &bob]).await;
    a.expect_json(nested_presence(&[&ann, &bob])).await;
    nothing_nested(&mut b).await;
    // After MESSAGE_FAILED the same id may be tried again.
    a.send_json(nested_msg(&bob, "held", "m-4")).await;
    b.expect_json(nested_delivered(&ann, &bob, "held", "m-4"))
        .await;
    a.expect_json(nested_ack("m-4")).await;
}

async fn two_connections_of_one_user(room: Room) {
    let (ann, mut a, bob, b1) = two_in_a_chat(&room).await;
    let mut b2 = enter_nested(&room, &bob, &[&ann, &bob]).await;
    let merged = Duration::from_millis(400);
    while a.next_within(merged).await.is_some() {}
    write_nested(&mut a, &ann, &mut b2, &bob, "to both").await;
    b1.close().await;
    write_nested(&mut a, &ann, &mut b2, &bob, "older one is gone").await;
    a.silence_for(merged).await;
    let b3 = enter_nested(&room, &bob, &[&ann, &bob]).await;
    while a.next_within(merged).await.is_some() {}
    b3.cut();
    write_nested(&mut a, &ann, &mut b2, &bob, "newer one is gone").await;
    a.silence_for(merged).await;
    b2.close().await;
    a.expect_json(nested_presence(&[&ann])).await;
    a.silence_for(merged).await;
    nothing_nested(&mut a).await;
}

async fn text_reaches_its_two_only(room: Room) {
    let (ann, mut a, bob, mut b) = two_in_a_chat(&room).await;
    let dan = person("Dan");
    let mut d = enter_nested(&room, &dan, &[&ann, &bob, &dan]).await;
    a.expect_json(nested_presence(&[&ann, &bob, &dan])).await;
    b.expect_json(nested_presence(&[&ann, &bob, &dan])).await;
    open_nested(&mut d, &dan, &mut a, &ann).await;
    write_nested(&mut d, &dan, &mut a, &ann, "from Dan").await;
    nothing_nested(&mut b).await;
    write_nested(&mut a, &ann, &mut b, &bob, "for Bob").await;
    nothing_nested(&mut d).await;
    nothing_nested(&mut a).await;
    // A chat that Dan opens with Bob tells neither of them about Ann's.
    d.send_json(nested_open(&bob)).await;
    let told = d
        .expect_json(nested_opened(&json!("<uuid4>"), &dan, &bob, &bob))
        .await;
    b.expect_json(nested_opened(&told["data"]["chat_id"], &dan, &bob, &dan))
        .await;
    nothing_nested(&mut a).await;
}

async fn html_is_stripped(room: Room) {
    let (ann, mut a, bob, mut b) = two_in_a_chat(&room).await;
    let rows = [
        ("a < b", "a < b"),
        ("a <b> c", "a  c"),
        ("x<img src=x onerror=y>y", "xy"),
        ("<b>bold</b>", "bold"),
        ("1<script>x()</script>2", "12"),
        ("1<STYLE a>x{}</style>2", "12"),
        ("a<!-- c -->b<?pi?>c</i>", "abc"),
        ("I <3 you & me", "I <3 you & me"),
        ("<<b>b>x", "x"),
    ];
    for (sent, shown) in rows {
        write_nested_as(&mut a, &ann, &mut b, &bob, sent, shown).await;
    }
    a.send_json(nested_msg(&bob, "<scr<b>ipt>x<scr<b>ipt>", "nested"))
        .await;
    let got = b.json().await;
    let content = got["data"]["content"].as_str().expect("text");
    assert!(!content.contains('<'), "{content}");
    a.expect_json(nested_ack("nested")).await;
    for nothing in ["<img src=x onerror=y>", "<script>x</script>", "<b></b>"] {
        a.send_json(nested_msg(&bob, nothing, "none")).await;
        assert_eq!(a.json().await["data"]["code"], "VALIDATION");
    }
    nothing_nested(&mut b).await;
}

/// A nested message that arrives as `shown`.
async fn write_nested_as(
    from: &mut Socket,
    who: &Person,
    to: &mut Socket,
    whom: &Person,
    sent: &str,
    shown: &str,
) {
    from.send_json(nested_msg(whom, sent, sent)).await;
    to.expect_json(nested_delivered(who, whom, shown, sent))
        .await;
    from.expect_json(nested_ack(sent)).await;
}

async fn origins(room: Room) {
    let own = format!("http://{}", room.addr);
    for origin in [
        "http://evil.example",
        "https://localhost:3000",
        "http://localhost:3001",
        "null",
    ] {
        http::upgrade(&room.addr, "/ws", &[("Origin", origin)])
            .await
            .expect_bare(403);
    }
    let ann = person("Ann");
    for origin in ["http://localhost:3000", &own, ""] {
        let headers = [("Origin", origin)];
        let headers = if origin.is_empty() {
            &[][..]
        } else {
            &headers[..]
        };
        let mut socket = Socket::open(&room.addr, "/ws", headers).await.named(origin);
        socket.send_json(nested_hello(&ann)).await;
        assert_eq!(socket.json().await["type"], "HELLO_ACK");
    }
}
