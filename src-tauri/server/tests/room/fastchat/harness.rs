//! People who speak the dialect.

use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::harness::{Person, TestRoom};

pub(crate) const ANN: &str = "aaaaaaaa-1111-4111-8111-111111111111";
pub(crate) const BOB: &str = "bbbbbbbb-2222-4222-8222-222222222222";
pub(crate) const DAN: &str = "dddddddd-4444-4444-8444-444444444444";

/// A connection without a subprotocol.
pub(crate) async fn connect(room: &TestRoom) -> Person {
    connect_over(room, TcpStream::connect(room.addr()).await.unwrap()).await
}

/// A connection that holds little of what it does not read.
pub(crate) async fn connect_small(room: &TestRoom) -> Person {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    connect_over(room, socket.connect(room.addr()).await.unwrap()).await
}

async fn connect_over(room: &TestRoom, stream: TcpStream) -> Person {
    let request = format!("ws://{}/ws", room.addr())
        .into_client_request()
        .unwrap();
    let (socket, response) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    Person {
        socket,
        response,
        id: String::new(),
        seen: Vec::new(),
    }
}

/// Somebody of the nested form, after the first list.
pub(crate) async fn nested(room: &TestRoom, id: &str, name: &str) -> Person {
    greet_nested(connect(room).await, id, name).await
}

/// Says hello in the nested form.
pub(crate) async fn greet_nested(mut person: Person, id: &str, name: &str) -> Person {
    person
        .send(json!({"type":"HELLO","data":{"user_id":id,"display_name":name}}))
        .await;
    let ack = person.next().await.unwrap();
    assert_eq!(
        ack,
        json!({"type":"HELLO_ACK","data":{"user_id":id,"status":"connected"}})
    );
    assert_eq!(person.next().await.unwrap()["type"], "PRESENCE");
    person
}

/// Somebody of the flat form, after the first list.
pub(crate) async fn flat(room: &TestRoom, id: &str, name: &str) -> Person {
    let mut person = connect(room).await;
    person
        .send(json!({"type":"HELLO","display_name":name,"user_id":id,"session_id":"s"}))
        .await;
    let ack = person.next().await.unwrap();
    assert_eq!(
        ack,
        json!({"type":"HELLO_ACK","user_id":id,"message":"Connected successfully"})
    );
    while person.next().await.unwrap()["type"] != "PRESENCE" {}
    person
}

impl Person {
    /// The whole next frame of this type; others are kept in `seen`.
    pub(crate) async fn frame(&mut self, kind: &str) -> Value {
        loop {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|code| panic!("closed with {code} while waiting for {kind}"));
            if frame["type"] == kind {
                return frame;
            }
            self.seen.push(frame);
        }
    }

    /// What came before the answer to a ping, presence aside: it answers in order.
    pub(crate) async fn quiet(&mut self) -> Vec<Value> {
        self.send(json!({"type":"PING","data":{}})).await;
        self.frame("PONG").await;
        let mut seen = std::mem::take(&mut self.seen);
        seen.retain(|frame| frame["type"] != "PRESENCE");
        seen
    }

    /// Waits until the list has so many, in the nested form.
    pub(crate) async fn sees(&mut self, count: usize) -> Value {
        loop {
            let frame = self.frame("PRESENCE").await;
            if frame["data"]["users"].as_array().unwrap().len() == count {
                return frame;
            }
        }
    }
}
