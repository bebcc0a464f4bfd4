//! `pair`, section 6: what its rules say beyond the acceptance cases.

use serde_json::{Value, json};

use super::{JOINED, LEFT, expect_left, hears_itself, only_between, private, public, says, two};
use crate::support::http;
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};

cases! {
    "pair_rules_text_form_prints_any_value", Setup::ANY, text_form_prints_any_value;
    "pair_rules_any_json_is_relayed", Setup::ANY, any_json_is_relayed;
    "pair_rules_private_text_form", Setup::ANY, private_text_form;
    "pair_rules_no_frame_for_a_later_partner", Setup::ANY, no_frame_for_a_later_partner;
    "pair_rules_refused_frames", Setup::ANY, refused_frames;
    "pair_rules_forms_in_the_path", Setup::ANY, forms_in_the_path;
    "pair_rules_private_leave_is_told_once", Setup::ANY, private_leave_is_told_once;
}

async fn text_form_prints_any_value(room: Room) {
    let mut text = room
        .socket("/chat/public?format=text")
        .await
        .named("text form");
    text.expect(JOINED).await;
    let rows = [
        (r#"{"username":"a"}"#, "a> None"),
        (r#"{"username":null,"message":"m"}"#, "None> m"),
        ("{}", "None> None"),
        (r#"{"username":1,"message":[1,"x"]}"#, r#"1> [1,"x"]"#),
        (r#"{"username":"a","message":true,"extra":2}"#, "a> true"),
        (
            r#"{"username":"a","message":{"k":null}}"#,
            r#"a> {"k":null}"#,
        ),
        (r#"{"username":"a","message":"l1\nl2 😀"}"#, "a> l1\nl2 😀"),
    ];
    for (frame, printed) in rows {
        text.send("[1,2]").await;
        text.send("\"word\"").await;
        text.send("null").await;
        text.send(frame).await;
        let got: String = text.text().await.split_whitespace().collect();
        let wanted: String = printed.split_whitespace().collect();
        assert_eq!(got, wanted);
    }
}

async fn any_json_is_relayed(room: Room) {
    let mut first = public(&room, 1).await;
    let mut second = public(&room, 2).await;
    first.expect_json(json!({"counter": "2"})).await;
    first.expect_json(json!({"greeting": JOINED})).await;
    let deep = format!("{}{}", "[".repeat(32), "]".repeat(32));
    let values = [
        "5",
        "null",
        "[1,{\"a\":[]}]",
        "\"word\"",
        "{}",
        " {\"username\" : 3}",
        &deep,
    ];
    for value in values {
        first.send(value).await;
        let wanted: Value = serde_json::from_str(value).expect("JSON");
        first.expect_json(wanted.clone()).await;
        second.expect_json(wanted).await;
    }
}

async fn private_text_form(room: Room) {
    let mut text = room
        .socket("/chat/private?format=text")
        .await
        .named("text form");
    text.expect(JOINED).await;
    let mut partner = private(&room, "JSON form").await;
    text.expect(JOINED).await;
    partner.send_json(says("b", "hi")).await;
    text.expect("b> hi").await;
    partner.expect_json(says("b", "hi")).await;
    partner.close().await;
    text.expect(LEFT).await;
}

async fn no_frame_for_a_later_partner(room: Room) {
    let [mut p1, p2] = two(&room, ["p1", "p2"]).await;
    hears_itself_and_forgets(&mut p1, p2).await;
    for n in 0..20 {
        p1.send_json(says("p1", &format!("alone {n}"))).await;
    }
    for n in 0..20 {
        p1.expect_json(says("p1", &format!("alone {n}"))).await;
    }
    let mut later = private(&room, "later").await;
    p1.expect_json(json!({"greeting": JOINED})).await;
    only_between(&mut p1, &mut later, "marker").await;
}

/// The partner goes, and what is written then comes back to its writer only.
async fn hears_itself_and_forgets(stays: &mut Socket, goes: Socket) {
    goes.cut();
    expect_left(stays).await;
    hears_itself(stays, "are you there?").await;
}

async fn refused_frames(room: Room) {
    let mut watcher = public(&room, 1).await;
    for code in [1003, 1007, 1009] {
        let mut sender = public(&room, 2).await;
        watcher.expect_json(json!({"counter": "2"})).await;
        watcher.expect_json(json!({"greeting": JOINED})).await;
        match code {
            1003 => sender.send_binary(b"{}").await,
            1007 => sender.send_text_bytes(b"\"caf\xe9\"").await,
            _ => drop(sender.try_send(&"x".repeat(64 * 1024 + 1)).await),
        }
        sender.expect_close(code, None).await;
        watcher.expect_json(json!({"counter": "1"})).await;
        expect_left(&mut watcher).await;
    }
    hears_itself(&mut watcher, "marker").await;
}

async fn forms_in_the_path(room: Room) {
    for path in ["/chat/public", "/chat/private"] {
        for format in ["xml", "TEXT", "", "json,text"] {
            let path = format!("{path}?format={format}");
            http::upgrade(&room.addr, &path, &[])
                .await
                .expect_status(403);
        }
    }
    for path in ["/chat", "/chat/", "/chat/other", "/chat/public/"] {
        http::upgrade(&room.addr, path, &[]).await.expect_bare(403);
    }
    public(&room, 1).await;
}

async fn private_leave_is_told_once(room: Room) {
    let [mut p1, p2] = two(&room, ["p1", "p2"]).await;
    p2.hang_up();
    expect_left(&mut p1).await;
    hears_itself(&mut p1, "marker").await;
    let mut p3 = private(&room, "p3").await;
    p1.expect_json(json!({"greeting": JOINED})).await;
    p3.send("{bad").await;
    p3.expect_close(1007, Some("Invalid JSON")).await;
    expect_left(&mut p1).await;
    hears_itself(&mut p1, "marker").await;
}
