//! A desktop member, as `docs/protocol.md` describes the protocol `landline.v1`.

use std::collections::VecDeque;

use serde_json::{Value, json};
use uuid::Uuid;

use super::socket::{Event, Socket};

/// A member in some topics.
pub(crate) struct Member {
    pub(crate) user_id: String,
    socket: Socket,
    /// Others' messages that came while it waited for something else.
    unread: VecDeque<Value>,
}

impl Member {
    /// Connects, says hello as the desktop app does, and joins.
    pub(crate) async fn join(addr: &str, name: &str, topics: &[&str]) -> Member {
        Member::join_as(addr, &Uuid::new_v4().to_string(), name, topics).await
    }

    /// The same with an identity of the caller's.
    pub(crate) async fn join_as(addr: &str, user_id: &str, name: &str, topics: &[&str]) -> Member {
        let offer = [("Sec-WebSocket-Protocol", "landline.v1")];
        let socket = Socket::open(addr, "/ws", &offer).await.named(name);
        let mut member = Member {
            user_id: user_id.to_owned(),
            socket,
            unread: VecDeque::new(),
        };
        let hello = json!({"user_id": user_id, "display_name": name, "client": "app", "token": format!("secret-of-{user_id}")});
        member.say("HELLO", hello).await;
        member.wait("HELLO_ACK").await;
        for topic in topics {
            member.say("JOIN_TOPIC", json!({"topic": topic})).await;
            member.wait("TOPIC_JOINED").await;
        }
        member
    }

    /// Sends a frame.
    pub(crate) async fn say(&mut self, kind: &str, data: Value) {
        self.socket
            .send_json(json!({"type": kind, "data": data}))
            .await;
    }

    /// Writes in a topic and waits until it is stored.
    pub(crate) async fn post(&mut self, topic: &str, content: &str) {
        let id = Uuid::new_v4().to_string();
        self.say(
            "MSG",
            json!({"topic": topic, "content": content, "message_id": id}),
        )
        .await;
        let ack = self.wait("MSG_ACK").await;
        assert_eq!(ack["message_id"], id);
    }

    /// Writes to one person and waits until it is stored.
    pub(crate) async fn post_to(&mut self, user_id: &str, content: &str) {
        self.say("MSG", json!({"to": user_id, "content": content}))
            .await;
        self.wait("MSG_ACK").await;
    }

    /// The data of the next frame of this type. Others' messages before it are kept, other frames are skipped, and a
    /// refusal is a failure.
    pub(crate) async fn wait(&mut self, kind: &str) -> Value {
        loop {
            let text = match self.socket.next().await {
                Event::Text(text) => text,
                other => panic!("{other:?} while a member waits for {kind}"),
            };
            let mut frame: Value = serde_json::from_str(&text).expect("JSON");
            let is_wanted = frame["type"] == kind;
            let data = frame["data"].take();
            if is_wanted {
                return data;
            }
            assert_ne!(frame["type"], "ERROR", "{text} while waiting for {kind}");
            if frame["type"] == "MSG" {
                self.unread.push_back(data);
            }
        }
    }

    /// The next message of somebody else.
    pub(crate) async fn message(&mut self) -> Value {
        loop {
            let message = match self.unread.pop_front() {
                Some(message) => message,
                None => self.wait("MSG").await,
            };
            if message["from"] != self.user_id.as_str() {
                return message;
            }
        }
    }

    /// The next message has this text, from somebody shown as `name` who speaks `via`.
    pub(crate) async fn expect_message(&mut self, name: &str, via: &str, content: &str) -> Value {
        let message = self.message().await;
        let got = [
            &message["display_name"],
            &message["via"],
            &message["content"],
        ];
        assert_eq!(got, [name, via, content], "in {message}");
        message
    }

    /// All messages of a topic that the room has kept, oldest first.
    pub(crate) async fn history(&mut self, topic: &str) -> Vec<Value> {
        self.say("HISTORY", json!({"topic": topic, "after": 0, "limit": 500}))
            .await;
        let mut page = self.wait("HISTORY").await;
        let messages = page["messages"].take();
        serde_json::from_value(messages).expect("messages are an array")
    }

    /// Leaves as a closing app does.
    pub(crate) async fn close(self) {
        self.socket.close().await;
    }
}
