//! One dialect's clients in one place: how each comes in, says something, and tells what it heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use uuid::Uuid;

use super::Options;
use crate::server::Server;

/// Begins every text that is counted.
const MARK: &str = "counted-";
/// Longer than any round takes.
const PATIENCE: Duration = Duration::from_mins(1);

/// How the clients of a dialect behave.
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    path: fn(usize) -> String,
    subprotocol: Option<&'static str>,
    /// What the nth client says to come in, and what the last answer to it holds.
    enter: fn(usize, &[Uuid]) -> Vec<String>,
    entered: Option<&'static str>,
    say: fn(&str, &[Uuid]) -> String,
    /// How many of `n` clients hear a message.
    hearers: fn(usize) -> usize,
    /// Which client's hearing lets the next message go.
    listener: usize,
}

/// All of them, the native one first.
pub(crate) const DIALECTS: &[Dialect] = &[
    Dialect {
        name: "landline.v1",
        path: |_| "/ws".into(),
        subprotocol: Some("landline.v1"),
        enter: |n, users| {
            vec![
                json!({"type": "HELLO", "data": {"user_id": users[n], "display_name": format!("Client {n}")}}).to_string(),
                json!({"type": "JOIN_TOPIC", "data": {"topic": "lobby"}}).to_string(),
            ]
        },
        entered: Some("TOPIC_JOINED"),
        say: |text, _| {
            json!({"type": "MSG", "data": {"topic": "lobby", "content": text, "message_id": Uuid::new_v4()}}).to_string()
        },
        hearers: |n| n,
        listener: 1,
    },
    Dialect {
        name: "plain",
        path: |n| format!("/ws/{n}"),
        subprotocol: None,
        enter: |_, _| vec![],
        entered: None,
        say: |text, _| text.to_owned(),
        hearers: |n| n,
        listener: 1,
    },
    Dialect {
        name: "pair",
        path: |_| "/chat/public".into(),
        subprotocol: None,
        enter: |_, _| vec![],
        entered: Some("Welcome"),
        say: |text, _| json!({"username": "bench", "message": text}).to_string(),
        hearers: |n| n,
        listener: 1,
    },
    Dialect {
        name: "topic",
        path: |_| "/ws".into(),
        subprotocol: None,
        enter: |n, _| {
            vec![
                json!({"type": "join", "username": format!("client{n}"), "topic": "bench"})
                    .to_string(),
            ]
        },
        entered: Some("joined"),
        say: |text, _| json!({"type": "message", "message": text}).to_string(),
        hearers: |n| n,
        listener: 1,
    },
    Dialect {
        name: "activity",
        path: |_| "/ws/activity".into(),
        subprotocol: None,
        enter: |n, _| {
            vec![json!({"event_type": "connected", "username": format!("client{n}")}).to_string()]
        },
        entered: None,
        say: |text, _| {
            json!({"event_type": "message", "username": "client0", "message": text}).to_string()
        },
        hearers: |n| n - 1,
        listener: 1,
    },
    Dialect {
        name: "fastchat",
        path: |_| "/ws".into(),
        subprotocol: None,
        enter: |n, users| {
            let hello = json!({"type": "HELLO", "data": {"user_id": users[n], "display_name": format!("Client {n}")}});
            let open = json!({"type": "OPEN_CHAT", "data": {"target_user_id": users[1], "target_display_name": "x"}});
            let mut frames = vec![hello.to_string()];
            frames.extend((n == 0).then(|| open.to_string()));
            frames
        },
        entered: Some("HELLO_ACK"),
        say: |text, users| {
            json!({"type": "MSG", "data": {"to": users[1], "content": text}}).to_string()
        },
        hearers: |_| 1,
        listener: 1,
    },
];

/// What a round gave.
pub(crate) struct Measured {
    pub(crate) deliveries: usize,
    took: Duration,
    cpu: Duration,
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.deliveries as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn cpu_us(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.deliveries as f64
    }
}

/// What the clients of a round share.
struct Round {
    heard: AtomicUsize,
    wanted: usize,
    all: Notify,
    /// Messages that may still be said.
    window: Semaphore,
}

/// One round of one dialect, with a server of its own.
pub(crate) async fn measure(
    dialect: &'static Dialect,
    options: &Options,
) -> anyhow::Result<Measured> {
    let server = Server::landline(&options.cli)?;
    let wanted = options.messages * (dialect.hearers)(options.clients);
    let round = Arc::new(Round {
        heard: AtomicUsize::new(0),
        wanted,
        all: Notify::new(),
        window: Semaphore::new(options.outstanding),
    });
    let users: Arc<[Uuid]> = (0..options.clients).map(|_| Uuid::new_v4()).collect();
    let mut sockets = Vec::new();
    // The one who opens a chat comes last, when the other is there.
    for n in (0..options.clients).rev() {
        sockets.push((n, enter(dialect, &server.address, n, &users).await?));
    }
    let (texts, mut to_say) = mpsc::channel::<String>(1);
    let mut clients = tokio::task::JoinSet::new();
    let speaker = sockets.pop().context("no clients")?.1;
    for (n, socket) in sockets {
        clients.spawn(listen(socket, round.clone(), n == dialect.listener));
    }
    let (mut sink, source) = speaker.split();
    let shared = round.clone();
    clients.spawn(async move { hear(source, &shared, false).await });
    clients.spawn(async move {
        while let Some(text) = to_say.recv().await {
            if sink.send(Message::text(text)).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    });

    settle().await;
    let (cpu, started) = (server.cpu()?, Instant::now());
    for n in 0..options.messages {
        let permit = timeout(PATIENCE, round.window.acquire()).await;
        permit
            .with_context(|| format!("{}: message {n} never arrived", dialect.name))??
            .forget();
        let text = format!(
            "{MARK}{n:0width$}",
            width = options.bytes.saturating_sub(MARK.len())
        );
        texts.send((dialect.say)(&text, &users)).await?;
    }
    let all = timeout(PATIENCE, round.all.notified()).await;
    all.with_context(|| {
        format!(
            "{}: only {:?} of {wanted} deliveries",
            dialect.name, round.heard
        )
    })?;
    Ok(Measured {
        deliveries: wanted,
        took: started.elapsed(),
        cpu: server.cpu()?.saturating_sub(cpu),
    })
}

/// Lets what the coming in caused come to rest, so that it is not measured.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

type Socket = WebSocketStream<TcpStream>;

async fn enter(
    dialect: &Dialect,
    address: &str,
    n: usize,
    users: &[Uuid],
) -> anyhow::Result<Socket> {
    let mut request = format!("ws://{address}{}", (dialect.path)(n)).into_client_request()?;
    if let Some(subprotocol) = dialect.subprotocol {
        request
            .headers_mut()
            .insert("sec-websocket-protocol", subprotocol.parse()?);
    }
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream).await?;
    for frame in (dialect.enter)(n, users) {
        socket.send(Message::text(frame)).await?;
    }
    while let Some(mark) = dialect.entered {
        let frame = timeout(PATIENCE, socket.next())
            .await?
            .context("closed while coming in")??;
        if frame.to_text().is_ok_and(|text| text.contains(mark)) {
            break;
        }
    }
    Ok(socket)
}

async fn listen(mut socket: Socket, round: Arc<Round>, lets_go: bool) {
    hear(&mut socket, &round, lets_go).await;
}

async fn hear<S>(mut source: S, round: &Round, lets_go: bool)
where
    S: futures_util::Stream<Item = Result<Message, tokio_tungstenite::tungstenite::Error>> + Unpin,
{
    while let Some(Ok(message)) = source.next().await {
        if !message.to_text().is_ok_and(|text| text.contains(MARK)) {
            continue;
        }
        if lets_go {
            round.window.add_permits(1);
        }
        if round.heard.fetch_add(1, Ordering::Relaxed) + 1 == round.wanted {
            round.all.notify_one();
        }
    }
}
