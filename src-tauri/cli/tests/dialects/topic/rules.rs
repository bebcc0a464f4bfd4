//! `topic`, section 7: what its rules say beyond the acceptance cases.

use serde_json::{Value, json};

use super::{
    Typed, Untyped, error, join, join_as, join_frame, joined, listed, message, message_frame,
    no_file_holds, nothing_else, say,
};
use crate::support::room::Room;
use crate::support::until;
use crate::table::{Setup, cases};

const SHORT: Setup = Setup::with(&["--rate-limit", "off", "--topic-ttl", "2"]);

cases! {
    "topic_rules_later_errors_leave_the_socket_open", Setup::ANY, later_errors;
    "topic_rules_text_is_trimmed_and_limited", Setup::ANY, text_is_trimmed_and_limited;
    "topic_rules_filtered_text_by_form", Setup::ANY, filtered_text_by_form;
    "topic_rules_untyped_accepts_typed_frames_and_commands", Setup::ANY, untyped_accepts_typed;
    "topic_rules_join_while_joined", Setup::ANY, join_while_joined;
    "topic_rules_typed_help_and_exit_are_text", Setup::ANY, typed_commands_are_text;
    "topic_rules_forms_share_one_set_of_names", Setup::ANY, forms_share_names;
    "topic_rules_ttl_option_shortens_every_copy", SHORT, ttl_option;
    "topic_rules_own_topics_of_others_keep_their_messages", SHORT, others_topics_keep_their_messages;
    "topic_rules_binary_later", Setup::ANY, binary_later;
    "topic_rules_leave_then_list", Setup::ANY, leave_then_list;
    "topic_rules_a_thousand_topics", Setup::FRESH, a_thousand_topics;
}

async fn later_errors(room: Room) {
    let mut typed = join(&room, Typed, "alice", "sports").await;
    let rows = [
        ("{bad", "Invalid JSON format"),
        ("5", "Invalid JSON format"),
        ("[]", "Invalid JSON format"),
        ("/help", "Invalid JSON format"),
        (r#"{"type":"message"}"#, "Invalid JSON format"),
        (r#"{"type":"nope"}"#, "Unknown message type: nope"),
        (r#"{"message":"hi"}"#, "Unknown message type: None"),
        (
            r#"{"type":null,"message":"hi"}"#,
            "Unknown message type: None",
        ),
        (
            r#"{"type":"message","message":5}"#,
            "Message must be 1-5000 characters",
        ),
        (
            r#"{"type":"message","message":null}"#,
            "Message must be 1-5000 characters",
        ),
        (
            r#"{"type":"message","message":""}"#,
            "Message must be 1-5000 characters",
        ),
    ];
    for (frame, words) in rows {
        typed.send(frame).await;
        typed.expect_json(error(words)).await;
    }
    nothing_else(&mut typed).await;
    let mut untyped = join(&room, Untyped, "bob", "sports").await;
    let rows = [
        ("{bad", "Invalid JSON format"),
        ("/nope", "Invalid JSON format"),
        ("[]", "Invalid JSON format"),
        ("{}", "Invalid JSON format"),
        (r#"{"message":5}"#, "Message must be 1-5000 characters"),
        (r#"{"message":"  "}"#, "Message must be 1-5000 characters"),
    ];
    for (frame, words) in rows {
        untyped.send(frame).await;
        untyped.expect_json(error(words)).await;
    }
    nothing_else(&mut untyped).await;
    nothing_else(&mut typed).await;
}

async fn text_is_trimmed_and_limited(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let long = "é".repeat(5_000);
    let rows = [
        ("  hi \n", "hi"),
        ("a\u{0}\u{8}\u{b}\u{c}\u{e}\u{1f}\u{7f}b", "ab"),
        ("tab\there\nline\r\nend", "tab\there\nline\r\nend"),
        ("<b>bold</b> & <i>", "<b>bold</b> & <i>"),
        (&long, &long),
    ];
    for (sent, shown) in rows {
        say(
            &mut alice,
            Typed,
            sent,
            message("alice", shown, "sports"),
            1,
        )
        .await;
    }
    let too_long = "x".repeat(5_001);
    let only_blanks = " ".repeat(5_001);
    for bad in [too_long.as_str(), &only_blanks, " \n\t ", "\u{1}\u{2}"] {
        alice.send_json(message_frame(Typed, bad)).await;
        alice
            .expect_json(error("Message must be 1-5000 characters"))
            .await;
    }
}

async fn filtered_text_by_form(room: Room) {
    let mut typed = join(&room, Typed, "alice", "sports").await;
    let mut untyped = join(&room, Untyped, "bob", "sports").await;
    let texts = [
        "<script>x</script>",
        "a <SCRIPT src=x>\n</script> b",
        "JavaScript:alert(1)",
        "<img onerror=x>",
        "x onClick=y",
        "width: Expression(1)",
        "@IMPORT url",
    ];
    for text in texts {
        typed.send_json(message_frame(Typed, text)).await;
        typed
            .expect_json(error("Message must be 1-5000 characters"))
            .await;
        let sent = say(
            &mut untyped,
            Untyped,
            text,
            message("bob", text, "sports"),
            2,
        )
        .await;
        typed.expect_json(sent).await;
    }
    let harmless = "on = off, java script, import @ noon";
    let sent = say(
        &mut typed,
        Typed,
        harmless,
        message("alice", harmless, "sports"),
        2,
    )
    .await;
    untyped.expect_json(sent).await;
}

async fn untyped_accepts_typed(room: Room) {
    let mut bob = join(&room, Untyped, "bob", "sports").await;
    say(
        &mut bob,
        Typed,
        "typed",
        message("bob", "typed", "sports"),
        1,
    )
    .await;
    listed(&mut bob, "sports").await.expect("sports is listed");
    bob.send_json(json!({"message": "/list"})).await;
    bob.expect_json(json!({"type": "list", "topics": "<any>", "timestamp": "<now>"}))
        .await;
    bob.send_json(json!({"message": "/help"})).await;
    let help = json!({"type": "help", "commands": ["/list", "/help", "/quit", "/exit"], "timestamp": "<now>"});
    bob.expect_json(help).await;
    bob.send_json(json!({"type": "demo_log", "message": "x"}))
        .await;
    nothing_else(&mut bob).await;
    bob.send_json(json!({"message": "/exit"})).await;
    bob.expect_close(1000, None).await;
}

async fn join_while_joined(room: Room) {
    let mut alice = join_as(&room, Typed, "Alice", "sports", "alice").await;
    for frame in [
        join_frame(Typed, "alice", "sports"),
        join_frame(Typed, "other", "movies"),
    ] {
        alice.send_json(frame).await;
        alice.expect_json(joined("alice", "sports")).await;
    }
    assert_eq!(listed(&mut alice, "movies").await, None);
    assert_eq!(
        listed(&mut alice, "sports").await.expect("it is listed")["user_count"],
        1
    );
    say(&mut alice, Typed, "hi", message("alice", "hi", "sports"), 1).await;
}

async fn typed_commands_are_text(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut bob = join(&room, Untyped, "bob", "sports").await;
    for text in ["/help", "/exit", "/quit", "/list"] {
        let sent = say(&mut alice, Typed, text, message("alice", text, "sports"), 2).await;
        bob.expect_json(sent).await;
    }
}

async fn forms_share_names(room: Room) {
    let typed = join_as(&room, Typed, "alice", "sports", "alice").await;
    let untyped = join_as(&room, Untyped, "alice", "sports", "alice#2").await;
    let lowest = join_as(&room, Typed, "alice", "sports", "alice#1").await;
    let next = join_as(&room, Untyped, "alice", "sports", "alice#3").await;
    let last = join_as(&room, Typed, "alice", "sports", "alice#4").await;
    drop((typed, untyped, lowest, next, last));
}

async fn ttl_option(room: Room) {
    let text = "short-lived-text-for-a-search";
    let mut alice = join(&room, Typed, "alice", "sports").await;
    let mut ana = room.member("Ana", &["sports"]).await;
    say(&mut alice, Typed, text, message("alice", text, "sports"), 2).await;
    ana.expect_message("alice", "topic", text).await;
    ana.post("sports", text).await;
    alice.expect_json(message("Ana", text, "sports")).await;
    assert_eq!(texts(&ana.history("sports").await), [text, text]);
    until("the messages are gone", async || {
        room.get("/stats").await.json()["messages"]["total_messages"] == 0
            && ana.history("sports").await.is_empty()
    })
    .await;
    assert_eq!(
        room.get("/stats").await.json()["messages"]["expiration_seconds"],
        2
    );
    nothing_else(&mut alice).await;
    no_file_holds(&room, text);
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message["content"].as_str().expect("text"))
        .collect()
}

async fn others_topics_keep_their_messages(room: Room) {
    let mut ana = room.member("Ana", &["crossing"]).await;
    let mut alice = join(&room, Typed, "alice", "crossing").await;
    ana.post("crossing", "to stay").await;
    let mut stays = message("Ana", "to stay", "crossing");
    stays["expires_at"] = Value::Null;
    alice.expect_json(stays).await;
    say(
        &mut alice,
        Typed,
        "to go",
        message("alice", "to go", "crossing"),
        2,
    )
    .await;
    assert_eq!(texts(&ana.history("crossing").await), ["to stay", "to go"]);
    until("hers is gone", async || {
        texts(&ana.history("crossing").await) == ["to stay"]
    })
    .await;
    no_file_holds(&room, "to go");
}

async fn binary_later(room: Room) {
    let mut alice = join(&room, Typed, "alice", "sports").await;
    alice
        .send_binary(br#"{"type":"message","message":"hi"}"#)
        .await;
    alice.expect_json(error("Invalid JSON format")).await;
    nothing_else(&mut alice).await;
}

async fn leave_then_list(room: Room) {
    for form in [Typed, Untyped] {
        let mut alice = join(&room, form, "alice", "sports").await;
        alice.send_json(json!({"type": "leave"})).await;
        let left =
            json!({"type": "left", "username": "alice", "topic": "sports", "timestamp": "<float>"});
        alice.expect_json(left).await;
        assert_eq!(listed(&mut alice, "sports").await, None);
        nothing_else(&mut alice).await;
        alice.send_json(join_frame(form, "alice", "sports")).await;
        alice.expect_json(joined("alice", "sports")).await;
        alice.send_json(json!({"type": "leave"})).await;
        assert_eq!(alice.json().await["type"], "left");
    }
}

async fn a_thousand_topics(room: Room) {
    let mut sockets = Vec::new();
    for n in 0..1_000 {
        sockets.push(join(&room, Typed, "alice", &format!("t{n}")).await);
    }
    let frame = join_frame(Typed, "alice", "one_more");
    super::refused(&room, frame, "Server at maximum topic capacity").await;
    join(&room, Typed, "bob", "t999").await;
    let health = room.get("/health").await.json();
    assert_eq!(health["connections"]["total_topics"], 1_000);
    let first = sockets.swap_remove(0);
    first.close().await;
    until("a topic is free", async || {
        room.get("/health").await.json()["connections"]["total_topics"] == 999
    })
    .await;
    join(&room, Typed, "alice", "one_more").await;
}
