//! The hostile side: a WebSocket as bare TCP, which sends what no library would, and reads only when it wants to.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::people::{Dialect, Who};
use crate::support::PATIENCE;
use crate::support::room::Room;

/// A kernel buffer so small that an unread frame soon fills it.
const TINY: u32 = 4 * 1024;

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
/// The bit that says that a frame ends its message.
const LAST: u8 = 0x80;

/// One hostile connection.
pub(crate) struct Raw {
    stream: TcpStream,
}

/// How the server ended it.
#[derive(Debug, PartialEq)]
pub(crate) enum End {
    Closed(u16, String),
    /// No close frame came.
    Cut,
}

impl Raw {
    /// Connects to where this one would connect.
    pub(crate) async fn connect(room: &Room, dialect: &dyn Dialect, who: &Who) -> Raw {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(TINY).expect("a small buffer");
        let addr = room.addr.parse().expect("an address");
        let mut stream = socket.connect(addr).await.expect("it listens");
        stream.set_nodelay(true).expect("a TCP option");
        let mut head = format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
            dialect.path(who),
            room.addr
        );
        head += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.expect("it reads");
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.expect("it answers"));
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", dialect.name());
        Raw { stream }
    }

    /// Connects and comes in, reading what comes until the server has taken it in.
    pub(crate) async fn enter(
        room: &Room,
        dialect: &dyn Dialect,
        who: &Who,
        frames: &[String],
    ) -> Raw {
        let mut raw = Raw::connect(room, dialect, who).await;
        for frame in frames {
            raw.text(frame).await;
        }
        raw.settle().await;
        raw
    }

    /// Sends bytes as they are; whether the server still takes them.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) -> bool {
        let sent = timeout(PATIENCE, self.stream.write_all(bytes)).await;
        sent.expect("the server reads, or hangs up").is_ok()
    }

    /// Sends a whole frame.
    pub(crate) async fn frame(&mut self, kind: u8, is_last: bool, payload: &[u8]) -> bool {
        self.bytes(&encoded(kind, is_last, payload)).await
    }

    pub(crate) async fn text(&mut self, text: &str) -> bool {
        self.frame(TEXT, true, text.as_bytes()).await
    }

    /// Sends the first half of a text frame.
    pub(crate) async fn half_a_frame(&mut self, text: &str) {
        let whole = encoded(TEXT, true, text.as_bytes());
        self.bytes(&whole[..whole.len() - text.len() / 2 - 1]).await;
    }

    /// Sends text frames in one go, and reads all that comes of it until the server ends it.
    pub(crate) async fn flood(mut self, texts: Vec<String>) {
        let bytes: Vec<u8> = texts
            .iter()
            .flat_map(|text| encoded(TEXT, true, text.as_bytes()))
            .collect();
        let (mut reads, mut writes) = self.stream.split();
        let mut dump = vec![0; 64 * 1024];
        let write = async { writes.write_all(&bytes).await.ok() };
        let read = async { while reads.read(&mut dump).await.is_ok_and(|read| read > 0) {} };
        tokio::join!(write, read);
    }

    /// A ping, and what comes until its pong; only where nothing was read halfway.
    pub(crate) async fn settle(&mut self) -> Vec<String> {
        self.frame(PING, true, b"settle").await;
        let mut texts = Vec::new();
        loop {
            match self.next().await {
                Some((PONG, payload)) if payload == b"settle" => return texts,
                Some((TEXT, payload)) => {
                    texts.push(String::from_utf8(payload).expect("text is UTF-8"));
                }
                Some((CLOSE, _)) | None => panic!("closed after {texts:?}"),
                Some(_) => {}
            }
        }
    }

    /// Whether a ping is answered; if not, the connection is over.
    pub(crate) async fn is_served(&mut self) -> bool {
        self.frame(PING, true, b"there?").await;
        loop {
            match self.next().await {
                Some((PONG, payload)) if payload == b"there?" => return true,
                Some((CLOSE, _)) | None => return false,
                Some(_) => {}
            }
        }
    }

    /// The next frame.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let read = async {
            let first = self.stream.read_u8().await.ok()?;
            let length = match self.stream.read_u8().await.ok()? {
                126 => usize::from(self.stream.read_u16().await.ok()?),
                127 => usize::try_from(self.stream.read_u64().await.ok()?).expect("a length"),
                short => usize::from(short),
            };
            let mut payload = vec![0; length];
            self.stream.read_exact(&mut payload).await.ok()?;
            Some((first & 0x0f, payload))
        };
        timeout(3 * PATIENCE, read)
            .await
            .expect("something comes, or the end")
    }

    /// Reads to the end: the texts, and how it ended.
    pub(crate) async fn read_out(mut self) -> (Vec<String>, End) {
        let mut texts = Vec::new();
        loop {
            match self.next().await {
                Some((TEXT, payload)) => {
                    texts.push(String::from_utf8(payload).expect("text is UTF-8"));
                }
                Some((CLOSE, payload)) if payload.len() >= 2 => {
                    let code = u16::from_be_bytes([payload[0], payload[1]]);
                    let reason = String::from_utf8(payload[2..].to_vec()).expect("UTF-8");
                    return (texts, End::Closed(code, reason));
                }
                Some((CLOSE, _)) => return (texts, End::Closed(1005, String::new())),
                Some(_) => {}
                None => return (texts, End::Cut),
            }
        }
    }

    /// Ends with a TCP reset.
    pub(crate) fn reset(self) {
        let below = socket2::SockRef::from(&self.stream);
        below
            .set_linger(Some(Duration::ZERO))
            .expect("a socket can be reset");
    }

    /// Says that nothing more comes, and stays to listen.
    pub(crate) async fn end_of_stream(&mut self) {
        self.stream.shutdown().await.ok();
    }
}

/// A frame with a mask of nothing but zeros.
pub(crate) fn encoded(kind: u8, is_last: bool, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind | if is_last { LAST } else { 0 }];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | u8::try_from(short).expect("it is short")),
        middle @ 126..0x1_0000 => {
            bytes.push(0xfe);
            bytes.extend(u16::try_from(middle).expect("it fits").to_be_bytes());
        }
        long => {
            bytes.push(0xff);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}
