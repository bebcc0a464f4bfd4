//! The client against our own host, over a wire that breaks: what disappears, between what stays.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use landline_client::{Event, Identity, Room, Target, join};
use landline_protocol::Access;
use landline_protocol::bridge::{Connection, OutboxState};
use landline_protocol::frame::{ClientFrame, JoinTopic, Message, ServerFrame};
use landline_server::{Options, Port, Server};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::chat::Chat;
use crate::host_model::{ME, name, user, whispers};
use crate::seat::{Seat, message, options, store};

pub(crate) async fn host(folder: &Path) -> Server {
    let options = Options {
        name: "Workshop".into(),
        bind: Some([127, 0, 0, 1].into()),
        port: Port::Exactly(0),
        data: folder.join("room"),
        access: Access::Open,
        rates: false,
        allow_origins: Vec::new(),
        host_user: None,
        also_listen: Vec::new(),
        topic_ttl: std::time::Duration::from_mins(10),
        keep: Vec::new(),
    };
    landline_server::start(options).await.unwrap()
}

/// A wire to the host that can be cut.
struct Wire {
    addr: SocketAddr,
    cut: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Wire {
    async fn to(host: SocketAddr) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let cut = Arc::new(Notify::new());
        let cutting = cut.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let Ok(mut far) = TcpStream::connect(host).await else {
                    return;
                };
                let cut = cutting.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        () = cut.notified() => {}
                    }
                });
            }
        });
        Wire { addr, cut, task }
    }

    /// What is on its way is lost.
    fn cut(&self) {
        self.cut.notify_waiters();
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn sit(folder: &Path, n: u128, addr: SocketAddr) -> Seat {
    let identity = Identity {
        user_id: user(n),
        display_name: name("Somebody"),
        app: true,
    };
    let target = Target {
        addrs: vec![addr.into()],
        room_id: None,
    };
    let (room, events) = join(
        target,
        identity,
        store(&folder.join(n.to_string())),
        options(),
    );
    Seat { room, events }
}

async fn enter(room: &Room, topic: &str, ttl: Option<u32>) {
    let topic = topic.into();
    let join = ClientFrame::JoinTopic(JoinTopic { topic, ttl });
    room.send(join).await.unwrap();
}

/// A client of an older system.
struct Guest(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Guest {
    async fn at(addr: SocketAddr) -> Guest {
        let (socket, _) = connect_async(format!("ws://{addr}/ws")).await.unwrap();
        Guest(socket)
    }

    async fn say(&mut self, frame: Value) {
        let text = tungstenite::Message::text(frame.to_string());
        self.0.send(text).await.unwrap();
    }

    /// Reads on until a frame of this type.
    async fn hear(&mut self, kind: &str) -> Value {
        loop {
            let text = self.0.next().await.unwrap().unwrap().into_text().unwrap();
            let frame: Value = serde_json::from_str(&text).unwrap();
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

/// What Ana was given of one topic: each once, everything that stays without a hole, and in the order of its places.
#[derive(Default)]
struct Given {
    at: Option<(u64, Option<u64>)>,
    texts: Vec<String>,
    names: HashSet<(String, String)>,
}

impl Given {
    fn take(&mut self, message: &Message) {
        let name = (message.from.to_string(), message.message_id.to_string());
        assert!(self.names.insert(name), "twice: {message:?}");
        let here = (message.seq, message.order);
        assert!(self.at < Some(here), "{here:?} after {:?}", self.at);
        if let (Some((before, _)), None) = (self.at, message.order) {
            assert_eq!(message.seq, before + 1, "no hole");
        }
        self.at = Some(here);
        self.texts.push(message.content.to_string());
    }
}

#[tokio::test]
async fn over_a_wire_that_breaks_everything_comes_once_and_in_its_place() {
    const ROUNDS: usize = 120;
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    let wire = Wire::to(host.local_addr()).await;
    // Bo's wire is whole: the topic where everything disappears outlives Ana's absences.
    let mut bo = sit(folder.path(), 2, host.local_addr());
    enter(&bo.room, "whispers", Some(600)).await;
    let mut ana = sit(folder.path(), ME, wire.addr);
    enter(&ana.room, "whispers", None).await;
    let mut guest = Guest::at(host.local_addr()).await;
    guest
        .say(json!({ "type": "join", "username": "gus", "topic": "lobby" }))
        .await;
    guest.hear("joined").await;
    for seat in [&mut ana, &mut bo] {
        let mut missing = HashSet::from(["lobby", "whispers"]);
        while !missing.is_empty() {
            let joined = seat.until(|event| match event {
                Event::Frame(ServerFrame::TopicJoined(joined)) => Some(joined.topic.clone()),
                _ => None,
            });
            missing.remove(joined.await.as_str());
        }
    }
    let lobby = Chat::Topic("lobby".parse().unwrap());
    let mut said: [Vec<String>; 2] = Default::default();
    for round in 0..ROUNDS {
        let text = format!("{round}");
        // Each is acknowledged before the next, so that there is one order to compare with.
        match round % 3 {
            0 => {
                bo.say(&lobby, &text).await;
                bo.acked(1).await;
            }
            1 => {
                guest
                    .say(json!({ "type": "message", "message": text }))
                    .await;
                guest.hear("ack").await;
            }
            _ => {
                bo.say(&whispers(), &text).await;
                bo.acked(1).await;
            }
        }
        said[usize::from(round % 3 == 2)].push(text);
        if round % 7 == 3 {
            wire.cut();
        }
        if round % 11 == 5 {
            ana.say(&whispers(), &format!("mine {round}")).await;
        }
    }
    let mine: Vec<String> = (0..ROUNDS)
        .filter(|n| n % 11 == 5)
        .map(|n| format!("mine {n}"))
        .collect();
    let mut given: [Given; 2] = Default::default();
    let (all, mut sessions) = (ROUNDS + mine.len(), 0);
    while given.iter().map(|given| given.texts.len()).sum::<usize>() < all {
        match ana.next().await {
            Event::Connection(Connection::Online { .. }) => sessions += 1,
            Event::Frame(frame) => match frame {
                ServerFrame::Msg(message) => {
                    let is_whisper = message.topic.as_ref().unwrap().as_str() == "whispers";
                    assert!(!is_whisper || message.expires_at.is_some());
                    given[usize::from(is_whisper)].take(&message);
                }
                ServerFrame::Resumed(resumed) => panic!("{resumed:?}"),
                _ => {}
            },
            _ => {}
        }
    }
    assert!(sessions > 3, "the wire did break: {sessions}");
    let [lobby, whispers] = given;
    assert_eq!(lobby.texts, said[0]);
    let (own, others): (Vec<_>, Vec<_>) = whispers
        .texts
        .into_iter()
        .partition(|text| text.starts_with("mine"));
    assert_eq!((own, others), (mine, said[1].clone()));
    ana.room.leave().await;
    bo.room.leave().await;
    host.stop().await;
}

#[tokio::test]
async fn a_guest_who_left_gets_nothing_and_the_author_is_told() {
    const GUS: &str = "9b2f0c1e-3a55-4c0e-9a5e-5d3f0c1b2a4d";
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path()).await;
    let mut ana = sit(folder.path(), ME, host.local_addr());
    ana.online().await;
    let mut guest = Guest::at(host.local_addr()).await;
    let hello = json!({ "type": "HELLO", "data": { "user_id": GUS, "display_name": "Gus" } });
    guest.say(hello.clone()).await;
    guest.hear("HELLO_ACK").await;
    let gus = Chat::Direct(GUS.parse().unwrap());
    ana.say(&gus, "hello").await;
    assert_eq!(guest.hear("MSG").await["data"]["content"], "hello");
    ana.acked(1).await;
    drop(guest);
    let gone = ana.until(|event| match event {
        Event::Frame(ServerFrame::Presence(presence)) => presence
            .users
            .iter()
            .any(|who| who.display_name.as_str() == "Gus" && !who.online)
            .then_some(()),
        _ => None,
    });
    gone.await;
    let id = ana
        .room
        .send(message(&gus, "still there?"))
        .await
        .unwrap()
        .unwrap();
    let failed = ana.outbox(OutboxState::Failed).await;
    assert_eq!(failed.message_id, id.to_string());
    let mut guest = Guest::at(host.local_addr()).await;
    guest.say(hello).await;
    guest.hear("HELLO_ACK").await;
    ana.room.retry(&id).await;
    assert_eq!(guest.hear("MSG").await["data"]["content"], "still there?");
    assert_eq!(ana.acked(1).await, [id]);
    host.stop().await;
}
