//! A room to test against, and people to put into it.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use landline_protocol::Access;
use landline_server::{Options, Port, Server};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Long enough for the slowest machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn user_id(n: u32) -> String {
    format!("{n:08x}-1111-4111-8111-111111111111")
}

pub(crate) fn options(folder: &TempDir) -> Options {
    Options {
        name: "Workshop".into(),
        bind: Some([127, 0, 0, 1].into()),
        port: Port::Exactly(0),
        data: folder.path().join("room"),
        access: Access::Open,
        rates: false,
        allow_origins: Vec::new(),
        host_user: None,
        also_listen: Vec::new(),
        topic_ttl: landline_server::TOPIC_TTL,
        keep: Vec::new(),
    }
}

pub(crate) struct TestRoom {
    pub(crate) server: Server,
    pub(crate) folder: TempDir,
}

impl TestRoom {
    pub(crate) async fn start() -> TestRoom {
        TestRoom::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> TestRoom {
        let folder = tempfile::tempdir().unwrap();
        let mut options = options(&folder);
        change(&mut options);
        TestRoom {
            server: landline_server::start(options).await.unwrap(),
            folder,
        }
    }

    pub(crate) async fn restart(self) -> TestRoom {
        let TestRoom { server, folder } = self;
        server.stop().await;
        let server = landline_server::start(options(&folder)).await.unwrap();
        TestRoom { server, folder }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    /// A connection that has said nothing yet.
    pub(crate) async fn connect(&self) -> Person {
        self.try_connect(&[]).await.unwrap()
    }

    pub(crate) async fn try_connect(
        &self,
        headers: &[(&'static str, &str)],
    ) -> Result<Person, Box<Error>> {
        let stream = TcpStream::connect(self.addr()).await.unwrap();
        self.try_connect_over(stream, headers).await
    }

    /// Somebody in the lobby whose kernel takes so little that a server soon finds its window closed.
    pub(crate) async fn join_with_small_window(&self, n: u32, name: &str) -> Person {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(self.addr()).await.unwrap();
        let mut person = self.try_connect_over(stream, &[]).await.unwrap();
        person.hello(n, name).await;
        person
            .send(json!({"type":"JOIN_TOPIC","data":{"topic":"lobby"}}))
            .await;
        person.expect("TOPIC_JOINED").await;
        person
    }

    async fn try_connect_over(
        &self,
        stream: TcpStream,
        headers: &[(&'static str, &str)],
    ) -> Result<Person, Box<Error>> {
        let mut request = format!("ws://{}/ws", self.addr())
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("sec-websocket-protocol", "landline.v1".parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, response) = tokio_tungstenite::client_async(request, stream).await?;
        Ok(Person {
            socket,
            response,
            id: String::new(),
            seen: Vec::new(),
        })
    }

    /// Somebody whose hello was accepted.
    pub(crate) async fn enter(&self, n: u32, name: &str) -> Person {
        let mut person = self.connect().await;
        person.hello(n, name).await;
        person
    }

    /// Somebody in the lobby.
    pub(crate) async fn join(&self, n: u32, name: &str) -> Person {
        let mut person = self.enter(n, name).await;
        person
            .send(json!({"type":"JOIN_TOPIC","data":{"topic":"lobby"}}))
            .await;
        person.expect("TOPIC_JOINED").await;
        person
    }

    /// `(status, headers in lower case, body)` of a plain GET.
    pub(crate) async fn get(&self, path: &str) -> (u16, String, String) {
        self.request(&format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.addr()
        ))
        .await
    }

    pub(crate) async fn request(&self, text: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.addr()).await.unwrap();
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        timeout(PATIENCE, stream.read_to_end(&mut answer))
            .await
            .expect("an answer in time")
            .unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or(0);
        (status, head.to_lowercase(), body.to_owned())
    }
}

pub(crate) struct Person {
    pub(crate) socket: WebSocketStream<TcpStream>,
    pub(crate) response: Response,
    pub(crate) id: String,
    /// Frames passed over while waiting for another.
    pub(crate) seen: Vec<Value>,
}

impl Person {
    pub(crate) async fn hello(&mut self, n: u32, name: &str) -> Value {
        self.id = user_id(n);
        self.send(json!({"type":"HELLO","data":{"user_id":self.id,"display_name":name}}))
            .await;
        self.expect("HELLO_ACK").await
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.send_text(frame.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.unwrap();
    }

    /// The next frame, of any kind; `Err` with the code when the session was closed.
    pub(crate) async fn next(&mut self) -> Result<Value, u16> {
        loop {
            match timeout(PATIENCE, self.socket.next())
                .await
                .expect("a frame in time")
            {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Err(close.code.into()),
                Some(Ok(Message::Close(None))) | None => return Err(0),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("the socket broke: {error}"),
            }
        }
    }

    /// One step of the socket, whatever it is; the code once it has ended.
    pub(crate) async fn socket_next(&mut self) -> Option<u16> {
        match timeout(PATIENCE, self.socket.next())
            .await
            .expect("an end in time")
        {
            Some(Ok(Message::Close(close))) => Some(close.map_or(0, |close| close.code.into())),
            Some(Ok(_)) => None,
            Some(Err(_)) | None => Some(0),
        }
    }

    /// The `data` of the next frame of this type; what comes before it is kept in `seen`.
    pub(crate) async fn expect(&mut self, kind: &str) -> Value {
        loop {
            let frame = self
                .next()
                .await
                .unwrap_or_else(|code| panic!("closed with {code} while waiting for {kind}"));
            if frame["type"] == kind {
                return frame["data"].clone();
            }
            self.seen.push(frame);
        }
    }

    pub(crate) async fn expect_error(&mut self, code: &str) -> Value {
        let error = self.expect("ERROR").await;
        assert_eq!(error["code"], code, "{error}");
        error
    }

    /// The code with which the server closes.
    pub(crate) async fn expect_close(&mut self) -> u16 {
        loop {
            match self.next().await {
                Ok(frame) => self.seen.push(frame),
                Err(code) => return code,
            }
        }
    }

    /// Everything until the server has surely handled what was sent: it answers in order.
    pub(crate) async fn settle(&mut self) -> Vec<Value> {
        self.send(json!({"type":"LIST_TOPICS","data":{}})).await;
        let mut frames = std::mem::take(&mut self.seen);
        loop {
            let frame = self.next().await.expect("an open session");
            if frame["type"] == "TOPICS" && frame["data"]["complete"] == true {
                return frames;
            }
            frames.push(frame);
        }
    }

    /// Says something in the lobby and waits for the acknowledgement.
    pub(crate) async fn say(&mut self, message_id: &str, text: &str) -> Value {
        self.send(
            json!({"type":"MSG","data":{"topic":"lobby","content":text,"message_id":message_id}}),
        )
        .await;
        self.expect("MSG_ACK").await
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> Value {
        self.expect("MSG").await
    }
}

/// The messages among frames, as texts.
pub(crate) fn texts(frames: &[Value]) -> Vec<String> {
    let of = |frame: &Value| {
        frame["data"]["content"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    frames
        .iter()
        .filter(|frame| frame["type"] == "MSG")
        .map(of)
        .collect()
}
