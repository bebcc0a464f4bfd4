//! A client that holds to nothing: it writes whatever bytes it likes.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::PATIENCE;
use crate::tongue::{Tongue, Who};

pub(crate) const CONTINUATION: u8 = 0;
pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const CLOSE: u8 = 8;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// The bit that says that a frame is the last of its message.
pub(crate) const FIN: u8 = 0x80;

/// A receive buffer so small that whoever does not read is noticed soon.
const SMALL_WINDOW_BYTES: u32 = 4_096;

/// One connection.
pub(crate) struct Raw {
    stream: TcpStream,
    unread: Vec<u8>,
}

/// How a connection is ended without a word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum End {
    Reset,
    HangUp,
}

impl Raw {
    /// Connects and says nothing.
    pub(crate) async fn connect(addr: &str) -> Raw {
        let addr: SocketAddr = addr.parse().expect("an address");
        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .set_recv_buffer_size(SMALL_WINDOW_BYTES)
            .expect("a small window");
        let stream = socket.connect(addr).await.expect("it listens");
        stream.set_nodelay(true).expect("frames go at once");
        Raw {
            stream,
            unread: Vec::new(),
        }
    }

    /// Asks for a WebSocket and gets it.
    pub(crate) async fn open(addr: &str, path: &str) -> Raw {
        let mut raw = Raw::connect(addr).await;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n"
        );
        raw.bytes(request.as_bytes()).await;
        let end = loop {
            let end = raw.unread.windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = end {
                break end;
            }
            assert!(raw.read_more().await, "hung up within the header");
        };
        let head: Vec<u8> = raw.unread.drain(..end + 4).collect();
        assert!(
            head.starts_with(b"HTTP/1.1 101 "),
            "{:?}",
            String::from_utf8_lossy(&head)
        );
        raw
    }

    /// Comes in as somebody who speaks `tongue`, properly so far.
    pub(crate) async fn join(addr: &str, tongue: Tongue, who: Who) -> Raw {
        let mut raw = Raw::open(addr, &tongue.path(who)).await;
        if let Some((hello, answer)) = tongue.hello(who) {
            raw.text(&hello.to_string()).await;
            while let Some(answer) = answer {
                let (_, payload) = raw.next().await.expect("an answer to the hello");
                if String::from_utf8_lossy(&payload).contains(answer) {
                    break;
                }
            }
        }
        assert!(raw.is_served().await, "a proper hello was refused");
        raw
    }

    /// Writes these bytes; a server that has hung up does not mind.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        let written = timeout(PATIENCE, self.stream.write_all(bytes)).await;
        // A reset is an answer, too; silence is none.
        let _ = written.expect("the server neither reads nor closes");
    }

    /// Writes a whole masked frame.
    pub(crate) async fn frame(&mut self, opcode: u8, payload: &[u8]) {
        let bytes = frame(FIN | opcode, payload);
        self.bytes(&bytes).await;
    }

    /// Writes a frame that is not the last of its message.
    pub(crate) async fn fragment(&mut self, opcode: u8, payload: &[u8]) {
        let bytes = frame(opcode, payload);
        self.bytes(&bytes).await;
    }

    pub(crate) async fn text(&mut self, text: &str) {
        self.frame(TEXT, text.as_bytes()).await;
    }

    /// The next frame; `None` once the connection is over.
    pub(crate) async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        loop {
            if let Some(frame) = self.take() {
                return Some(frame);
            }
            if !self.read_more().await {
                return None;
            }
        }
    }

    /// Whether a ping is answered; if not, the connection is over.
    pub(crate) async fn is_served(&mut self) -> bool {
        self.frame(PING, b"there?").await;
        while let Some((opcode, payload)) = self.next().await {
            match opcode {
                PONG if payload == b"there?" => return true,
                CLOSE => return false,
                _ => {}
            }
        }
        false
    }

    /// The code of the close frame that comes; `None` if the connection is over without.
    pub(crate) async fn close_code(&mut self) -> Option<u16> {
        while let Some((opcode, payload)) = self.next().await {
            if let (CLOSE, [high, low, ..]) = (opcode, &payload[..]) {
                return Some(u16::from_be_bytes([*high, *low]));
            }
        }
        None
    }

    /// Ends it without a close frame.
    pub(crate) async fn end(mut self, how: End) {
        match how {
            End::Reset => socket2::SockRef::from(&self.stream)
                .set_linger(Some(Duration::ZERO))
                .expect("a socket can be reset"),
            // It may be over already.
            End::HangUp => drop(self.stream.shutdown().await),
        }
    }

    /// Reads what has come and throws it away.
    pub(crate) fn read_what_is_there(&mut self) {
        while matches!(self.stream.try_read_buf(&mut self.unread), Ok(read) if read > 0) {}
        while self.take().is_some() {}
    }

    async fn read_more(&mut self) -> bool {
        let read = timeout(PATIENCE, self.stream.read_buf(&mut self.unread)).await;
        matches!(read.expect("the server leaves a connection open and dead"), Ok(read) if read > 0)
    }

    /// A frame out of what was read, if it is whole. Servers do not mask.
    fn take(&mut self) -> Option<(u8, Vec<u8>)> {
        let (&[first, second], rest) = self.unread.split_first_chunk::<2>()?;
        let (length, header) = match second {
            126 => (usize::from(u16::from_be_bytes(*rest.first_chunk()?)), 4),
            127 => (
                usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?,
                10,
            ),
            length => (usize::from(length), 2),
        };
        if self.unread.len() < header + length {
            return None;
        }
        let frame: Vec<u8> = self.unread.drain(..header + length).collect();
        Some((first & 0x0f, frame[header..].to_vec()))
    }
}

/// A frame as a client sends it, with a mask that changes nothing.
pub(crate) fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    const MASKED: u8 = 0x80;
    let length = payload.len();
    let mut bytes = vec![first];
    if let Ok(length @ 0..126) = u8::try_from(length) {
        bytes.push(MASKED | length);
    } else if let Ok(length) = u16::try_from(length) {
        bytes.push(MASKED | 0x7e);
        bytes.extend(length.to_be_bytes());
    } else {
        bytes.push(MASKED | 0x7f);
        bytes.extend((length as u64).to_be_bytes());
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}
