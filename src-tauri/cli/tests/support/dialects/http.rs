//! One HTTP/1.1 request on one connection, written by hand: nothing is added to what a case says.

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::PATIENCE;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// What was asked, for failures.
    asked: String,
    pub(crate) status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header, if it is there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(has, _)| has == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in the body {:?}", self.text()))
    }

    /// Fails unless this is the status.
    #[track_caller]
    pub(crate) fn expect_status(&self, status: u16) -> &Answer {
        assert_eq!(self.status, status, "{}: {:?}", self.asked, self.text());
        self
    }

    /// Fails unless it is a refusal of section 3: this status, nothing in the body, no word of CORS.
    #[track_caller]
    pub(crate) fn expect_bare(&self, status: u16) {
        self.expect_status(status);
        assert_eq!(self.text(), "", "{}: the body is to be empty", self.asked);
        let cors = |(name, _): &&(String, String)| name.starts_with("access-control-");
        assert_eq!(self.headers.iter().find(cors), None);
    }
}

/// Sends one request and reads the whole answer. `Host` is `addr` unless `headers` has one.
pub(crate) async fn request(
    addr: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let asked = async {
        let mut stream = TcpStream::connect(addr).await.expect("it listens");
        let mut head = format!("{method} {path} HTTP/1.1\r\n");
        if !has(headers, "host") {
            head.extend(["Host: ", addr, "\r\n"]);
        }
        if !has(headers, "connection") {
            head += "Connection: close\r\n";
        }
        if !body.is_empty() {
            head.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head += "\r\n";
        head += body;
        stream.write_all(head.as_bytes()).await.expect("it reads");
        read(&mut stream).await
    };
    let mut answer = timeout(PATIENCE, asked)
        .await
        .unwrap_or_else(|_| panic!("no answer to {method} {path}"));
    answer.asked = format!("{method} {path} {headers:?}");
    answer
}

/// Asks for a WebSocket on `path` with these extra headers, and hangs up after the answer.
pub(crate) async fn upgrade(addr: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut all = vec![
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "AQIDBAUGBwgJCgsMDQ4PEA=="),
    ];
    all.extend_from_slice(headers);
    request(addr, "GET", path, &all, "").await
}

fn has(headers: &[(&str, &str)], name: &str) -> bool {
    headers
        .iter()
        .any(|(has, _)| has.eq_ignore_ascii_case(name))
}

async fn read(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read_buf(&mut bytes).await.expect("it answers");
        assert!(read > 0, "hung up within the header: {bytes:?}");
    };
    let mut body = bytes.split_off(end + 4);
    let head = String::from_utf8(bytes).expect("a header is ASCII");
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let headers: Vec<_> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut answer = Answer {
        asked: String::new(),
        status: status
            .and_then(|word| word.parse().ok())
            .expect("a status line"),
        headers,
        body: Vec::new(),
    };
    let length = answer
        .header("content-length")
        .map(|it| it.parse().expect("a length"));
    match length {
        _ if answer.status == 101 => body.clear(),
        Some(length) => {
            while body.len() < length {
                let read = stream.read_buf(&mut body).await.expect("it answers");
                assert!(read > 0, "hung up within the body");
            }
        }
        None => {
            stream.read_to_end(&mut body).await.expect("it answers");
        }
    }
    if answer.header("transfer-encoding") == Some("chunked") {
        body = unchunk(&body);
    }
    answer.body = body;
    answer
}

/// A chunked body put together.
fn unchunk(mut rest: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let line = rest
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("a chunk's size");
        let size = std::str::from_utf8(&rest[..line]).expect("a chunk's size is ASCII");
        let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's size");
        if size == 0 {
            return whole;
        }
        rest = &rest[line + 2..];
        whole.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}

/// A WebSocket on `path` as bare TCP: nothing answers its pings, nothing reads unless the case does.
pub(crate) async fn raw_upgrade(addr: &str, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.expect("it listens");
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.expect("it answers"));
    }
    assert!(
        answer.starts_with(b"HTTP/1.1 101"),
        "{}",
        String::from_utf8_lossy(&answer)
    );
    stream
}

/// Reads small server frames until the close, answering none: the first byte of each before it, and its code.
pub(crate) async fn frames_until_close(stream: &mut TcpStream) -> (Vec<u8>, u16) {
    let mut seen = Vec::new();
    let read = async {
        loop {
            let first = stream.read_u8().await.expect("a frame");
            let length = usize::from(stream.read_u8().await.expect("its length"));
            assert!(length < 126, "a small frame");
            let mut payload = vec![0; length];
            stream.read_exact(&mut payload).await.expect("its payload");
            if first == 0x88 {
                return u16::from_be_bytes([payload[0], payload[1]]);
            }
            seen.push(first);
        }
    };
    let code = timeout(3 * PATIENCE, read).await.expect("a close comes");
    (seen, code)
}
