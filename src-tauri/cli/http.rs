//! One HTTP question and its answer. HTTP/1.0, so that the answer is whole and ends with the connection. (Rejected: an
//! HTTP client, for questions whose answers fit a line.)

use std::io;
use std::time::Duration;

use landline_client::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::sleep;

/// How far apart the addresses of one host are tried.
const STEP: Duration = Duration::from_millis(100);
/// What of an answer is read.
const ANSWER_MAX_BYTES: u64 = 64 * 1024;

/// What a server answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// Such as `HTTP/1.1 200 OK`.
    pub(crate) line: String,
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks `question`, a method and a path such as `GET /health`, with a JSON body. `None`: what answers speaks no HTTP.
/// Waits for as long as the server does.
pub(crate) async fn ask(
    address: &Address,
    question: &str,
    body: &str,
) -> io::Result<Option<Answer>> {
    let mut stream = stream(address).await?;
    let request = request(&authority(address), question, body);
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream
        .take(ANSWER_MAX_BYTES)
        .read_to_end(&mut answer)
        .await?;
    Ok(parse(&String::from_utf8_lossy(&answer)))
}

/// A stream to the first of the host's addresses that answers; they are tried a little apart, so that a dead one does
/// not hide the others.
pub(crate) async fn stream(address: &Address) -> io::Result<TcpStream> {
    let found = lookup_host((address.host(), address.port())).await?;
    let mut tries = JoinSet::new();
    let mut wait = Duration::ZERO;
    for addr in found {
        tries.spawn(async move {
            sleep(wait).await;
            TcpStream::connect(addr).await
        });
        wait += STEP;
    }
    let mut worst = io::Error::from(io::ErrorKind::AddrNotAvailable);
    while let Some(tried) = tries.join_next().await {
        match tried? {
            Ok(stream) => {
                // What is sent is small, and people wait for it.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => worst = error,
        }
    }
    Err(worst)
}

/// Host and port as a request names them. A zone means something on this device only (RFC 6874 §4).
pub(crate) fn authority(address: &Address) -> String {
    let (host, port) = (address.host(), address.port());
    match host.split_once('%') {
        Some((ip, _)) => format!("[{ip}]:{port}"),
        None if host.contains(':') => format!("[{host}]:{port}"),
        None => format!("{host}:{port}"),
    }
}

fn request(authority: &str, question: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{question} HTTP/1.0\r\nHost: {authority}\r\nConnection: close\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let line = head.lines().next()?;
    let status = line.strip_prefix("HTTP/1.")?.split(' ').nth(1)?;
    Some(Answer {
        line: line.to_owned(),
        status: status.parse().ok()?,
        body: body.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"client_id\":1}";
        let good = Answer {
            line: "HTTP/1.1 200 OK".into(),
            status: 200,
            body: "{\"client_id\":1}".into(),
        };
        assert_eq!(parse(answer), Some(good));
        let empty = parse("HTTP/1.0 404\r\n\r\n").map(|answer| (answer.status, answer.body));
        assert_eq!(empty, Some((404, String::new())));
        for broken in ["", "SSH-2.0-x", "HTTP/1.1 200 OK\r\n", "HTTP/1.1\r\n\r\n"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_request_names_the_server_without_its_zone() {
        for (typed, named) in [
            ("host.local", "host.local:8000"),
            ("10.0.0.1:81", "10.0.0.1:81"),
            ("fd00::5", "[fd00::5]:8000"),
            ("[fe80::1%3]:81", "[fe80::1]:81"),
        ] {
            assert_eq!(authority(&typed.parse().unwrap()), named);
        }
        let request = request("host:81", "POST /x", "{}");
        assert!(
            request.starts_with("POST /x HTTP/1.0\r\nHost: host:81\r\n"),
            "{request}"
        );
        assert!(
            request.ends_with("Content-Length: 2\r\n\r\n{}"),
            "{request}"
        );
    }
}
