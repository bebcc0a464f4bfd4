//! One HTTP question and its answer. HTTP/1.0, so that the answer is whole and ends with the connection. (Rejected: an
//! HTTP client, for two questions whose answers fit a line.)

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use super::place::Place;
use super::{Call, wire};

/// How long a question may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);
/// What of an answer is read.
const ANSWER_MAX_BYTES: u64 = 64 * 1024;

/// Posts `body` to `path` of the place's server: the status and the body of the answer.
pub(super) async fn post(place: &Place, path: &str, body: &str) -> io::Result<(u16, String)> {
    let ask = async {
        let mut stream = wire::stream(&place.address).await?;
        let request = request(&place.authority(), path, body);
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream
            .take(ANSWER_MAX_BYTES)
            .read_to_end(&mut answer)
            .await?;
        parse(&String::from_utf8_lossy(&answer)).ok_or(io::ErrorKind::InvalidData.into())
    };
    timeout(ANSWERED_WITHIN, ask)
        .await
        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Asks again and again until it is dropped. A server that answers badly has no such question; it is not told to the
/// person, whose conversation works all the same.
pub(super) struct Calling(JoinHandle<()>);

impl Calling {
    pub(super) fn start(place: &Place, call: Call) -> Calling {
        let place = place.clone();
        Calling(tokio::spawn(async move {
            let mut due = interval(call.every);
            loop {
                due.tick().await;
                match post(&place, call.path, &call.body).await {
                    Ok((200, _)) => {}
                    other => tracing::debug!(path = call.path, ?other, "no good answer"),
                }
            }
        }))
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn request(authority: &str, path: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.0\r\nHost: {authority}\r\nAccept: application/json\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn parse(answer: &str) -> Option<(u16, String)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.trim();
    Some((status.parse().ok()?, body.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_status_and_a_body() {
        let answer = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n{\"client_id\":1}";
        assert_eq!(parse(answer), Some((200, "{\"client_id\":1}".into())));
        assert_eq!(parse("HTTP/1.0 404\r\n\r\n"), Some((404, String::new())));
        for broken in ["", "SSH-2.0-x", "HTTP/1.1 200 OK\r\n", "HTTP/1.1\r\n\r\n"] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }
}
