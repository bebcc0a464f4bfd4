//! The same conversation through each dialect leaves the same messages in the hub, read back by a desktop member: live,
//! and where messages are kept, from the history too.

use serde_json::Value;

use crate::fastchat::{self, Person};
use crate::support::member::Member;
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};
use crate::topic::{Typed, Untyped, join, message_frame};
use crate::{activity, pair, plain};

cases! {
    "i14_one_conversation_in_every_dialect", Setup::FRESH, i14_one_conversation_in_every_dialect;
}

/// Who says what: the first or the second of two. Nothing in it is HTML, which `fastchat` strips by contract.
const CONVERSATION: [(usize, &str); 7] = [
    (0, "hello"),
    (1, "héllo 😀"),
    (1, "{\"json\": [1, 2]}"),
    (0, "two  blanks, a tab\there"),
    (1, "a < b && b > c"),
    (0, "line one\nline two"),
    (0, "bye"),
];

/// A way to say it: the name, the topic in which a member hears it, whether it is kept.
const WAYS: [(&str, &str, bool); 9] = [
    ("landline", "lobby", true),
    ("plain", "lobby", true),
    ("activity", "lobby", true),
    ("pair", "public", true),
    ("pair text", "public", true),
    ("topic typed", "crossing", false),
    ("topic untyped", "crossing", false),
    ("fastchat nested", "", true),
    ("fastchat flat", "", true),
];

async fn i14_one_conversation_in_every_dialect(room: Room) {
    for (way, topic, is_kept) in WAYS {
        let topics: &[&str] = if topic.is_empty() { &[] } else { &[topic] };
        let mut reader = Member::join(&room.addr, "Reader", topics).await;
        let before = if topic.is_empty() {
            0
        } else {
            reader.history(topic).await.len()
        };
        let speakers = speak(&room, way, &reader).await;
        let mut live = Vec::new();
        while live.len() < CONVERSATION.len() {
            live.push(reader.message().await);
        }
        let names: Vec<_> = speakers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(said(&live, &names), CONVERSATION, "{way}, live");
        if is_kept && !topic.is_empty() {
            let kept = reader.history(topic).await.split_off(before);
            assert_eq!(said(&kept, &names), CONVERSATION, "{way}, from the history");
            assert_eq!(kept, live, "{way}: kept as it was heard");
        }
        reader.close().await;
    }
}

/// Each message as who said it and what.
fn said<'a>(messages: &'a [Value], names: &[&str]) -> Vec<(usize, &'a str)> {
    let one = |message: &'a Value| {
        let name = &message["display_name"];
        let who = names.iter().position(|it| name == it);
        let who = who.unwrap_or_else(|| panic!("{name} is none of {names:?}"));
        (who, message["content"].as_str().expect("text"))
    };
    messages.iter().map(one).collect()
}

/// The conversation, each line taken by the server before the next; the speakers stay until it was read.
async fn speak(room: &Room, way: &str, reader: &Member) -> Vec<(String, Socket)> {
    let mut speakers = Vec::new();
    let mut members = Vec::new();
    let whom = Person {
        id: reader.user_id.clone(),
        name: "Reader".to_owned(),
    };
    for name in ["Ann", "Bob"] {
        speakers.push(match way {
            "landline" => {
                members.push(room.member(name, &["lobby"]).await);
                (name.to_owned(), room.socket("/ws").await)
            }
            "plain" => {
                let id = speakers.len() + 1;
                (
                    format!("Client #{id}"),
                    plain::client(room, &id.to_string()).await,
                )
            }
            "activity" => (name.to_owned(), activity::joined(room, name).await),
            "pair" => (
                name.to_owned(),
                settled(room.socket("/chat/public").await).await,
            ),
            "pair text" => (
                name.to_owned(),
                settled(room.socket("/chat/public?format=text").await).await,
            ),
            "topic typed" => (name.to_lowercase(), topic(room, Typed, name).await),
            "topic untyped" => (name.to_lowercase(), topic(room, Untyped, name).await),
            _ => (name.to_owned(), direct(room, way, name, &whom).await),
        });
    }
    for (n, (who, text)) in CONVERSATION.into_iter().enumerate() {
        if way == "landline" {
            members[who].post("lobby", text).await;
            continue;
        }
        let (name, socket) = &mut speakers[who];
        let frame = match way {
            "plain" => Value::Null,
            "activity" => activity::says(name, text),
            "pair" | "pair text" => pair::says(name, text),
            "topic typed" => message_frame(Typed, text),
            "topic untyped" => message_frame(Untyped, text),
            "fastchat nested" => fastchat::nested_msg(&whom, text, &format!("m-{n}")),
            _ => fastchat::flat_msg(text),
        };
        match frame {
            Value::Null => socket.send(text).await,
            frame => socket.send_json(frame).await,
        }
        socket.drain().await;
    }
    speakers
}

/// A socket that has heard all that was to be heard.
async fn settled(mut socket: Socket) -> Socket {
    socket.text().await;
    socket.drain().await;
    socket
}

/// A topic user; topic names are lower-case, whatever was asked for.
async fn topic(room: &Room, form: crate::topic::Form, name: &str) -> Socket {
    join(room, form, &name.to_lowercase(), "crossing").await
}

/// A `fastchat` user in a chat with the reader.
async fn direct(room: &Room, way: &str, name: &str, whom: &Person) -> Socket {
    let who = fastchat::person(name);
    let is_nested = way == "fastchat nested";
    let (hello, open) = if is_nested {
        (fastchat::nested_hello(&who), fastchat::nested_open(whom))
    } else {
        (fastchat::flat_hello(&who), fastchat::flat_open(whom))
    };
    let mut socket = room.socket("/ws").await.named(name);
    socket.send_json(hello).await;
    while socket.json().await["type"] != "PRESENCE" {}
    socket.send_json(open).await;
    while socket.json().await["type"] != "CHAT_OPENED" {}
    socket
}
