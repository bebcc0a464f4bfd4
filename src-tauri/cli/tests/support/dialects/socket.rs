//! A WebSocket as a case sees it: what is sent, what comes, in order, and how it ends.
//!
//! A task reads all the time, so that pings are answered and nothing of the server waits for a case.

use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::PATIENCE;
use super::description::Described;
use super::shape::fits;

/// What a case may leave unread. Beyond it the socket is not read, as with any client that is busy.
const UNREAD: usize = 65_536;

/// What came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Event {
    Text(String),
    Binary(Vec<u8>),
    Pong(Vec<u8>),
    /// A close frame, with its code and reason.
    Closed(u16, String),
    /// The connection is over.
    Gone,
}

/// One connection. Dropping it drops the connection without a close frame.
pub(crate) struct Socket {
    /// What a failure calls it.
    name: String,
    sink: SplitSink<WebSocketStream<TcpStream>, Message>,
    events: Receiver<Event>,
    reader: JoinHandle<()>,
    described: Described,
    /// The same socket once more, to cut it under the library's feet.
    below: std::net::TcpStream,
}

impl Socket {
    /// Connects to `path`; the server must agree.
    pub(crate) async fn open(addr: &str, path: &str, headers: &[(&str, &str)]) -> Socket {
        Socket::try_open(addr, path, headers)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Connects to `path`.
    pub(crate) async fn try_open(
        addr: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Socket, Error> {
        let stream = TcpStream::connect(addr).await?.into_std()?;
        let below = stream.try_clone()?;
        let stream = TcpStream::from_std(stream)?;
        stream.set_nodelay(true)?;
        let mut request = format!("ws://{addr}{path}").into_client_request()?;
        let offer = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"));
        let described = Described::at(path, offer.map(|(_, value)| *value));
        for (name, value) in headers {
            request.headers_mut().insert(
                HeaderName::from_bytes(name.as_bytes()).expect("a header's name"),
                HeaderValue::from_str(value).expect("a header's value"),
            );
        }
        let opened = timeout(PATIENCE, tokio_tungstenite::client_async(request, stream));
        let (stream, _) = opened.await.expect("the handshake is answered")?;
        let (sink, mut source) = stream.split();
        let (told, events) = channel(UNREAD);
        let reader = tokio::spawn(async move {
            while let Some(Ok(message)) = source.next().await {
                let event = match message {
                    Message::Text(text) => Event::Text(text.to_string()),
                    Message::Binary(bytes) => Event::Binary(bytes.to_vec()),
                    Message::Pong(bytes) => Event::Pong(bytes.to_vec()),
                    Message::Close(Some(frame)) => {
                        Event::Closed(frame.code.into(), frame.reason.to_string())
                    }
                    Message::Close(None) => Event::Closed(1005, String::new()),
                    Message::Ping(_) | Message::Frame(_) => continue,
                };
                if told.send(event).await.is_err() {
                    return;
                }
            }
            let _ = told.send(Event::Gone).await;
        });
        Ok(Socket {
            name: path.to_owned(),
            sink,
            events,
            reader,
            described,
            below,
        })
    }

    /// The name that failures show.
    pub(crate) fn named(mut self, name: &str) -> Socket {
        name.clone_into(&mut self.name);
        self
    }

    /// Sends a text frame.
    pub(crate) async fn send(&mut self, text: &str) {
        self.put(Message::text(text)).await;
    }

    /// Sends JSON in a text frame.
    pub(crate) async fn send_json(&mut self, value: Value) {
        self.send(&value.to_string()).await;
    }

    /// Sends a binary frame.
    pub(crate) async fn send_binary(&mut self, bytes: &[u8]) {
        self.put(Message::binary(bytes.to_vec())).await;
    }

    /// Sends a frame marked as text with these bytes, whatever they are.
    pub(crate) async fn send_text_bytes(&mut self, bytes: &[u8]) {
        let frame = Frame::message(bytes.to_vec(), OpCode::Data(Data::Text), true);
        self.put(Message::Frame(frame)).await;
    }

    /// Sends a text frame in these pieces.
    pub(crate) async fn send_fragments(&mut self, pieces: &[&str]) {
        for (n, piece) in pieces.iter().enumerate() {
            let kind = if n == 0 { Data::Text } else { Data::Continue };
            let is_last = n + 1 == pieces.len();
            let frame = Frame::message(piece.as_bytes().to_vec(), OpCode::Data(kind), is_last);
            self.put(Message::Frame(frame)).await;
        }
    }

    async fn put(&mut self, message: Message) {
        if let Message::Text(text) = &message {
            self.described.sent(text);
        }
        timeout(PATIENCE, self.sink.send(message))
            .await
            .unwrap_or_else(|_| panic!("{}: the server does not read", self.name))
            .unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Sends a text frame to a server that may have hung up; whether it went out.
    pub(crate) async fn try_send(&mut self, text: &str) -> bool {
        self.described.sent(text);
        let sent = timeout(PATIENCE, self.sink.send(Message::text(text)));
        matches!(sent.await, Ok(Ok(())))
    }

    /// The next thing that comes.
    pub(crate) async fn next(&mut self) -> Event {
        match timeout(PATIENCE, self.events.recv()).await {
            Ok(Some(event)) => self.known(event),
            Ok(None) => Event::Gone,
            Err(elapsed) => panic!("{}: nothing comes: {elapsed}", self.name),
        }
    }

    /// The next thing that comes within `time`, if anything does.
    pub(crate) async fn next_within(&mut self, time: Duration) -> Option<Event> {
        let event = timeout(time, self.events.recv()).await.ok().flatten();
        event.map(|event| self.known(event))
    }

    /// Every frame is one of those that are described.
    fn known(&self, event: Event) -> Event {
        if let Event::Text(text) = &event {
            self.described.came(text);
        }
        event
    }

    /// The next frame, which is text.
    pub(crate) async fn text(&mut self) -> String {
        match self.next().await {
            Event::Text(text) => text,
            other => panic!("{}: {other:?} in place of text", self.name),
        }
    }

    /// The next frame, which is JSON.
    pub(crate) async fn json(&mut self) -> Value {
        let text = self.text().await;
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}: {text}", self.name))
    }

    /// The next frame is exactly this text. What comes next proves that nothing came before it.
    pub(crate) async fn expect(&mut self, wanted: &str) {
        let got = self.text().await;
        let short = |text: &str| text.chars().take(300).collect::<String>();
        assert!(
            got == wanted,
            "{}: {:?} in place of {:?}",
            self.name,
            short(&got),
            short(wanted)
        );
    }

    /// The next frame is JSON of this shape; returned for what the server chose.
    pub(crate) async fn expect_json(&mut self, shape: Value) -> Value {
        let got = self.json().await;
        if let Err(why) = fits(&shape, &got) {
            panic!("{}: {why}\n  wanted {shape}\n  got    {got}", self.name);
        }
        got
    }

    /// Frames until one has this shape, for what may come in any order among others; the frames before it, and it.
    pub(crate) async fn json_until(&mut self, shape: Value) -> (Vec<Value>, Value) {
        let mut before = Vec::new();
        loop {
            let text = match self.next_within(PATIENCE).await {
                Some(Event::Text(text)) => text,
                other => panic!(
                    "{}: {other:?}; {shape} never came after {before:?}",
                    self.name
                ),
            };
            let got: Value = serde_json::from_str(&text).expect("JSON");
            if fits(&shape, &got).is_ok() {
                return (before, got);
            }
            before.push(got);
        }
    }

    /// A ping, and its pong as the next thing that comes: the server has taken all that was sent before, and had
    /// nothing to say to it.
    pub(crate) async fn settle(&mut self) {
        self.put(Message::Ping(b"settle".to_vec().into())).await;
        match self.next().await {
            Event::Pong(bytes) if bytes == b"settle" => {}
            other => panic!("{}: {other:?} in place of silence", self.name),
        }
    }

    /// A ping; until its pong comes, the text before it goes to `take`.
    pub(crate) async fn drain_into(&mut self, mut take: impl FnMut(&str)) {
        self.put(Message::Ping(b"drain".to_vec().into())).await;
        loop {
            match self.next().await {
                Event::Text(text) => take(&text),
                Event::Pong(bytes) if bytes == b"drain" => return,
                other => panic!("{}: {other:?} in place of a pong", self.name),
            }
        }
    }

    /// A ping; its pong must come, other frames before it are thrown away.
    pub(crate) async fn drain(&mut self) {
        self.put(Message::Ping(b"drain".to_vec().into())).await;
        while self.next().await != Event::Pong(b"drain".to_vec()) {}
    }

    /// Nothing comes for so long: only where no later frame can prove it.
    pub(crate) async fn silence_for(&mut self, time: Duration) {
        if let Some(event) = self.next_within(time).await {
            panic!("{}: {event:?} in place of silence", self.name);
        }
    }

    /// The next thing is the server's close with this code; `reason` where the contract names one.
    pub(crate) async fn expect_close(&mut self, code: u16, reason: Option<&str>) {
        match self.next().await {
            Event::Closed(got, why) if got == code && reason.is_none_or(|it| it == why) => {}
            other => panic!(
                "{}: {other:?} in place of close {code} {reason:?}",
                self.name
            ),
        }
    }

    /// Says goodbye and waits until the server has answered: with `1000`, or with its echo of nothing.
    pub(crate) async fn close(mut self) {
        self.put(Message::Close(None)).await;
        loop {
            match self.next().await {
                Event::Closed(..) | Event::Gone => return,
                _ => {}
            }
        }
    }

    /// Cuts the connection with a TCP reset, no close frame.
    pub(crate) fn cut(self) {
        let below = socket2::SockRef::from(&self.below);
        below
            .set_linger(Some(Duration::ZERO))
            .expect("a socket can be reset");
    }

    /// Ends the connection with a TCP end of stream, no close frame.
    pub(crate) fn hang_up(self) {
        self.below.shutdown(std::net::Shutdown::Both).ok();
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.name)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
