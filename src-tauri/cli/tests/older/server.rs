//! A server of the older kind: sockets here, the original's behaviour in a [`Kind`].

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::program::PATIENCE;

/// Frames that wait for one client; full would block the server, and no test sends so many.
const QUEUE_CAP: usize = 1_024;

/// What one server of the older kind does.
pub(crate) trait Kind: Send + 'static {
    /// Whether it offers a WebSocket at this path and query.
    fn serves(&self, target: &str) -> bool;

    fn opened(&mut self, _id: usize, _target: &str) -> Vec<Out> {
        Vec::new()
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out>;

    fn closed(&mut self, _id: usize) -> Vec<Out> {
        Vec::new()
    }

    /// The answer to `METHOD /path` with a body, if it has one.
    fn http(&mut self, _question: &str, _body: &str) -> Option<String> {
        None
    }
}

/// What a server does in answer.
#[derive(Debug, Clone)]
pub(crate) enum Out {
    To(usize, String),
    Close(usize, u16, &'static str),
    /// Without a close frame, as most originals do.
    Drop(usize),
}

/// A running server. Dropping it cuts everybody off.
pub(crate) struct Server<K: Kind> {
    pub(crate) addr: SocketAddr,
    shared: Shared<K>,
    runtime: Runtime,
}

struct Inner<K> {
    kind: K,
    queues: HashMap<usize, mpsc::Sender<Out>>,
    next_id: usize,
}

struct State<K> {
    inner: Mutex<Inner<K>>,
    /// Somebody came, said something or left.
    changed: Condvar,
}

type Shared<K> = Arc<State<K>>;

impl<K: Kind> Server<K> {
    pub(crate) fn start(kind: K) -> Server<K> {
        Server::start_at(kind, SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    pub(crate) fn start_at(kind: K, addr: SocketAddr) -> Server<K> {
        let runtime = Runtime::new().expect("a runtime starts");
        let inner = Mutex::new(Inner {
            kind,
            queues: HashMap::new(),
            next_id: 1,
        });
        let changed = Condvar::new();
        let shared = Arc::new(State { inner, changed });
        let listener = runtime
            .block_on(TcpListener::bind(addr))
            .expect("the port is free");
        let addr = listener.local_addr().expect("it listens");
        let accepting = Arc::clone(&shared);
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&accepting)));
            }
        });
        Server {
            addr,
            shared,
            runtime,
        }
    }

    /// Looks at what the server knows, or changes it.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut K) -> T) -> T {
        look(&mut lock(&self.shared).kind)
    }

    /// Waits until what it knows is so.
    pub(crate) fn until(&self, is_so: impl Fn(&K) -> bool) {
        let waiting = |inner: &mut Inner<K>| !is_so(&inner.kind);
        let inner = lock(&self.shared);
        let waited = self
            .shared
            .changed
            .wait_timeout_while(inner, PATIENCE, waiting);
        let (inner, waited) = waited.expect("a server of the older kind does not panic");
        // A panic below must not poison what others still use.
        drop(inner);
        assert!(!waited.timed_out(), "it is not so within {PATIENCE:?}");
    }

    /// Does something of its own accord.
    pub(crate) fn does(&self, out: Out) {
        self.runtime.block_on(deliver(&self.shared, vec![out]));
    }
}

fn lock<K>(shared: &Shared<K>) -> MutexGuard<'_, Inner<K>> {
    shared
        .inner
        .lock()
        .expect("a server of the older kind does not panic")
}

async fn serve<K: Kind>(mut stream: TcpStream, shared: Shared<K>) {
    if !is_upgrade(&stream).await {
        return answer(&mut stream, &shared).await;
    }
    let mut target = String::new();
    let check = |request: &Request, response: Response| {
        target = request.uri().to_string();
        if lock(&shared).kind.serves(&target) {
            return Ok(response);
        }
        let mut refusal = ErrorResponse::new(None);
        *refusal.status_mut() = StatusCode::FORBIDDEN;
        Err(refusal)
    };
    let Ok(mut socket) = accept_hdr_async(stream, check).await else {
        return;
    };
    let (queue, mut outs) = mpsc::channel(QUEUE_CAP);
    let (id, out) = {
        let mut inner = lock(&shared);
        let id = inner.next_id;
        inner.next_id += 1;
        inner.queues.insert(id, queue);
        (id, inner.kind.opened(id, &target))
    };
    deliver(&shared, out).await;
    loop {
        tokio::select! {
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let out = lock(&shared).kind.text(id, &text);
                    deliver(&shared, out).await;
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
            out = outs.recv() => match out {
                Some(Out::To(_, text)) => drop(socket.send(Message::text(text)).await),
                Some(Out::Close(_, code, reason)) => {
                    let frame = CloseFrame { code: code.into(), reason: reason.into() };
                    let _ = socket.close(Some(frame)).await;
                }
                Some(Out::Drop(_)) | None => break,
            },
        }
    }
    // The close handshake is finished before the stream goes.
    let _ = socket.flush().await;
    let out = {
        let mut inner = lock(&shared);
        inner.queues.remove(&id);
        inner.kind.closed(id)
    };
    deliver(&shared, out).await;
}

async fn deliver<K: Kind>(shared: &Shared<K>, outs: Vec<Out>) {
    shared.changed.notify_all();
    for out in outs {
        let (Out::To(id, _) | Out::Close(id, ..) | Out::Drop(id)) = &out;
        let queue = lock(shared).queues.get(id).cloned();
        if let Some(queue) = queue {
            let _ = queue.send(out).await;
        }
    }
}

/// Whether a WebSocket is asked for; looks at the head without taking it.
async fn is_upgrade(stream: &TcpStream) -> bool {
    let mut head = vec![0; 8 * 1024];
    loop {
        let Ok(read @ 1..) = stream.peek(&mut head).await else {
            return false;
        };
        let head = String::from_utf8_lossy(&head[..read]).to_lowercase();
        if head.contains("\r\n\r\n") {
            return head.contains("upgrade: websocket");
        }
        tokio::task::yield_now().await;
    }
}

async fn answer<K: Kind>(stream: &mut TcpStream, shared: &Shared<K>) {
    let mut bytes = Vec::new();
    let (question, body) = loop {
        let mut part = [0; 1024];
        let Ok(read @ 1..) = stream.read(&mut part).await else {
            return;
        };
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            line.to_lowercase()
                .strip_prefix("content-length: ")?
                .parse()
                .ok()
        });
        if body.len() >= length.unwrap_or(0) {
            let question = head.split(" HTTP").next().unwrap_or_default().to_owned();
            break (question, body.to_owned());
        }
    };
    let answer = lock(shared).kind.http(&question, &body);
    shared.changed.notify_all();
    let (status, body) = answer.map_or(
        ("404 Not Found", "{\"detail\":\"Not Found\"}".into()),
        |body| ("200 OK", body),
    );
    let length = body.len();
    let text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}
