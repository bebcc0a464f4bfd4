//! The model host behind a WebSocket on 127.0.0.1:0, with the mischief that a real one never does on demand.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use landline_protocol::{CloseCode, parse};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::host_model::Host;

/// What goes wrong, if anything.
pub(crate) struct Mischief {
    /// Every session dies after this many frames, counted in both directions; one more each time.
    pub(crate) dies_after: Option<usize>,
    /// The hello is answered with this close code.
    pub(crate) closes: Option<(CloseCode, &'static str)>,
    /// Nothing is read or written any more.
    pub(crate) is_mute: bool,
    /// Messages come twice.
    pub(crate) stutters: bool,
}

/// A running host; it stops when dropped.
pub(crate) struct TestHost {
    pub(crate) addr: SocketAddr,
    pub(crate) state: Arc<State>,
    task: JoinHandle<()>,
}

pub(crate) struct State {
    pub(crate) model: Mutex<Host>,
    pub(crate) mischief: Mutex<Mischief>,
    /// Something is to be sent, or mischief is afoot.
    pub(crate) changed: Notify,
    pub(crate) sessions: Mutex<usize>,
    room: Mutex<&'static str>,
    /// Close codes that the client gave.
    pub(crate) goodbyes: Mutex<Vec<u16>>,
}

impl TestHost {
    pub(crate) async fn start() -> TestHost {
        TestHost::start_at("127.0.0.1:0").await
    }

    pub(crate) async fn start_at(addr: &str) -> TestHost {
        TestHost::with(addr, Arc::new(State::new())).await
    }

    /// A host that stopped starts again at its address, with its log.
    pub(crate) async fn restart(self) -> TestHost {
        let (addr, state) = self.stop().await;
        state.model.lock().unwrap().restart(0);
        TestHost::with(&addr, state).await
    }

    /// Gone, as by kill -9; its address is free when this returns.
    pub(crate) async fn stop(mut self) -> (String, Arc<State>) {
        self.task.abort();
        let _ = (&mut self.task).await;
        (self.addr.to_string(), self.state.clone())
    }

    pub(crate) async fn with(addr: &str, state: Arc<State>) -> TestHost {
        let listener = TcpListener::bind(addr).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let task = tokio::spawn(accept(listener, state.clone()));
        TestHost { addr, state, task }
    }

    pub(crate) fn is_called(&self, room: &'static str) {
        *self.state.room.lock().unwrap() = room;
    }

    /// Does something to the model, and sends what follows from it.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Host) -> T) -> T {
        let result = act(&mut self.state.model.lock().unwrap());
        self.state.changed.notify_one();
        result
    }

    pub(crate) fn misbehave(&self, how: impl FnOnce(&mut Mischief)) {
        how(&mut self.state.mischief.lock().unwrap());
        self.state.changed.notify_one();
    }

    pub(crate) fn sessions(&self) -> usize {
        *self.state.sessions.lock().unwrap()
    }
}

impl Drop for TestHost {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl State {
    pub(crate) fn new() -> State {
        State {
            model: Mutex::new(Host::new()),
            mischief: Mutex::new(Mischief {
                dies_after: None,
                closes: None,
                is_mute: false,
                stutters: false,
            }),
            changed: Notify::new(),
            sessions: Mutex::new(0),
            room: Mutex::new("room"),
            goodbyes: Mutex::new(Vec::new()),
        }
    }
}

/// One session at a time: the model knows one.
async fn accept(listener: TcpListener, state: Arc<State>) {
    while let Ok((stream, _)) = listener.accept().await {
        let room = *state.room.lock().unwrap();
        if let Ok(socket) = shake_hands(stream, room).await {
            *state.sessions.lock().unwrap() += 1;
            state.model.lock().unwrap().cut();
            serve(socket, &state).await;
        }
    }
}

fn shake_hands(
    stream: TcpStream,
    room: &'static str,
) -> impl Future<Output = Result<WebSocketStream<TcpStream>, tokio_tungstenite::tungstenite::Error>>
{
    let answer = move |request: &Request, mut response: Response| {
        assert_eq!(request.uri().path(), "/ws");
        let wanted = &request.headers()["Sec-WebSocket-Protocol"];
        assert_eq!(wanted, landline_protocol::SUBPROTOCOL);
        let headers = response.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", wanted.clone());
        headers.insert("Landline-Room", room.parse().unwrap());
        Ok(response)
    };
    tokio_tungstenite::accept_hdr_async(stream, answer)
}

async fn serve(mut socket: WebSocketStream<TcpStream>, state: &State) {
    let mut frames_left = {
        let mut mischief = state.mischief.lock().unwrap();
        mischief.dies_after = mischief.dies_after.map(|after| after + 1);
        mischief.dies_after
    };
    let mut dies = || {
        let Some(left) = &mut frames_left else {
            return false;
        };
        *left = left.saturating_sub(1);
        *left == 0
    };
    loop {
        while state.mischief.lock().unwrap().is_mute {
            state.changed.notified().await;
        }
        let next = state.model.lock().unwrap().outgoing.pop_front();
        if let Some(frame) = next {
            let closes = state.mischief.lock().unwrap().closes.take();
            if let Some((code, reason)) = closes {
                let close = CloseFrame {
                    code: code.number().into(),
                    reason: reason.into(),
                };
                let _ = socket.close(Some(close)).await;
                return;
            }
            let text = serde_json::to_string(&frame).unwrap();
            let times = if state.mischief.lock().unwrap().stutters {
                2
            } else {
                1
            };
            for _ in 0..times {
                if dies() || socket.send(Message::text(text.clone())).await.is_err() {
                    return;
                }
            }
            continue;
        }
        tokio::select! {
            () = state.changed.notified() => {}
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let mut model = state.model.lock().unwrap();
                    model.incoming.push_back(parse::client_frame(&text).unwrap());
                    model.step();
                    if dies() {
                        return;
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let code = frame.map_or(1005, |frame| frame.code.into());
                    state.goodbyes.lock().unwrap().push(code);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    }
}
