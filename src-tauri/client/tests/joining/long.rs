//! A long absence against our own host: everything that was missed, in pages, while the others go on.

use futures_util::{SinkExt, StreamExt};
use landline_client::Event;
use landline_protocol::frame::ServerFrame;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::chat::Chat;
use crate::host_model::ME;
use crate::real::{host, sit};

/// Missed messages; `landline-load resume` measures with a hundred thousand.
const MISSED: u64 = 12_000;
/// Sent before the answers are read; the host allows as many.
const AT_ONCE: u64 = 60;

/// Says so many things in the lobby, as fast as the host takes them.
async fn fill(addr: std::net::SocketAddr) {
    let mut request = format!("ws://{addr}/ws").into_client_request().unwrap();
    let protocol = "landline.v1".parse().unwrap();
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", protocol);
    let (mut socket, _) = connect_async(request).await.unwrap();
    let id = "0b9f6f0e-6d3e-4f6c-8f1d-2a3b4c5d6e7f";
    let mut frames = vec![
        json!({"type": "HELLO", "data": {"user_id": id, "display_name": "Chatterbox"}}),
        json!({"type": "JOIN_TOPIC", "data": {"topic": "lobby"}}),
    ];
    for batch in 0..MISSED / AT_ONCE {
        for n in 0..AT_ONCE {
            let text = (batch * AT_ONCE + n).to_string();
            frames.push(json!({"type": "MSG", "data": {"topic": "lobby", "content": text, "message_id": text}}));
        }
        for frame in frames.drain(..) {
            socket.feed(Message::text(frame.to_string())).await.unwrap();
        }
        socket.flush().await.unwrap();
        let mut acknowledged = 0;
        while acknowledged < AT_ONCE {
            let text = socket.next().await.unwrap().unwrap();
            let frame: Value = serde_json::from_str(text.to_text().unwrap()).unwrap_or_default();
            acknowledged += u64::from(frame["type"] == "MSG_ACK");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i06_a_long_gap_is_filled_in_pages_while_others_are_served() {
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    let mut ana = sit(folder.path(), ME, host.local_addr());
    assert_eq!(ana.in_topic().await, 0);
    ana.room.leave().await;
    fill(host.local_addr()).await;
    let mut bo = sit(folder.path(), 2, host.local_addr());
    bo.in_topic().await;
    let mut ana = sit(folder.path(), ME, host.local_addr());
    let (mut at, mut served) = (0, 0);
    let den = Chat::Topic("den".parse().unwrap());
    bo.say(&den, "0").await;
    while at < MISSED {
        tokio::select! {
            event = ana.next() => match event {
                Event::Frame(ServerFrame::Msg(message)) => {
                    assert_eq!((message.seq, &*message.content), (at + 1, &*at.to_string()));
                    at += 1;
                }
                Event::Frame(ServerFrame::Resumed(resumed)) => panic!("{resumed:?}"),
                _ => {}
            },
            _ = bo.acked(1) => {
                // Those before and behind the gap prove nothing.
                served += u64::from(at > 0);
                bo.say(&den, "more").await;
            }
        }
    }
    assert!(
        served >= 3,
        "{served} of another's messages were acknowledged meanwhile"
    );
    ana.room.leave().await;
    host.stop().await;
}
