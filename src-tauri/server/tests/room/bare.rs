//! A room without a folder, a listener or the system's clock: its sessions are the real ones.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use futures_util::{SinkExt as _, StreamExt as _};
use landline_hub::command::Page;
use landline_hub::limits::ANSWERS_CAP;
use landline_hub::ports::{
    Append, Appended, Kept, Memory, Outcome, PageQuery, Record, Store, StoreFault,
};
use landline_hub::{ChatKey, ChatRef, Command, Entry, Room, SessionId};
use landline_protocol::{Access, Epoch, Position, RoomId, Timestamp};
use landline_server::bare::{Bare, Pages, Parts};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::harness::{options, user_id};

const EPOCH: Epoch = Epoch { counter: 1, tag: 7 };

/// Forgets everything, and answers at once.
struct Forgetful {
    answers: mpsc::Sender<Command>,
    seq: u64,
}

impl Store for Forgetful {
    fn append(&mut self, append: Append) {
        self.seq += 1;
        let entry = Entry {
            chat: append.chat,
            author: append.author,
            kind: append.kind,
            body: append.body,
            message_id: append.message_id,
            position: Position {
                epoch: EPOCH,
                seq: self.seq,
            },
            at: append.at,
            session: Some(append.session),
            original: append.original,
            life: None,
        };
        let outcome = Outcome::Stored(Arc::new(entry));
        let session = append.session;
        let answer = Command::Committed(vec![Appended { session, outcome }]);
        self.answers.try_send(answer).unwrap();
    }

    fn save(&mut self, _record: Record) {}

    fn read(&mut self, _: SessionId, _: ChatRef, _: ChatKey, _: PageQuery) {}
}

struct NoPages;

impl Pages for NoPages {
    fn page(&self, _: ChatKey, _: PageQuery) -> BoxFuture<'_, Result<Page, StoreFault>> {
        Box::pin(async { Ok(Page::default()) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_takes_any_log_any_clock_and_any_stream() {
    let folder = tempfile::tempdir().unwrap();
    let (sender, answers) = mpsc::channel(ANSWERS_CAP);
    let room = Bare::start(Parts {
        options: options(&folder),
        room: Room {
            room_id: RoomId::fresh(),
            name: "Workshop".into(),
            access: Access::Open,
        },
        memory: Memory {
            epoch: EPOCH,
            members: Vec::new(),
            chats: Vec::new(),
            markers: Vec::new(),
            kept: Kept::default(),
        },
        store: Forgetful {
            answers: sender,
            seq: 0,
        },
        answers,
        pages: Arc::new(NoPages),
        clock: Arc::new(|| Timestamp(1_234)),
        ports: vec![8_000],
    });
    let (ours, theirs) = tokio::io::duplex(1_024);
    let serving = room.serve(theirs, [127, 0, 0, 1].into()).unwrap();
    tokio::spawn(serving);
    let mut request = "ws://127.0.0.1:8000/ws".into_client_request().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", "landline.v1".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::client_async(request, ours)
        .await
        .unwrap();
    for frame in [
        json!({"type":"HELLO","data":{"user_id":user_id(1),"display_name":"ana"}}),
        json!({"type":"JOIN_TOPIC","data":{"topic":"lobby"}}),
        json!({"type":"MSG","data":{"topic":"lobby","content":"hello","message_id":"m-1"}}),
    ] {
        socket.send(Message::text(frame.to_string())).await.unwrap();
    }
    let mut acked = None;
    let mut said = None;
    while acked.is_none() || said.is_none() {
        let frame = socket.next().await.unwrap().unwrap();
        let frame: Value = serde_json::from_str(frame.to_text().unwrap()).unwrap();
        match frame["type"].as_str().unwrap() {
            "MSG_ACK" => acked = Some(frame["data"]["seq"].clone()),
            "MSG" => said = Some(frame["data"]["timestamp"].clone()),
            _ => {}
        }
    }
    assert_eq!(acked, Some(json!(1)));
    assert_eq!(
        said,
        Some(json!("1970-01-01T00:00:01.234Z")),
        "the clock is the caller's"
    );
    let stop = tokio::spawn(room.stop());
    let closed = loop {
        if let Message::Close(frame) = socket.next().await.unwrap().unwrap() {
            break frame.unwrap().code;
        }
    };
    assert_eq!(u16::from(closed), 1001);
    let store = stop.await.unwrap().unwrap();
    assert_eq!(store.seq, 1);
}
