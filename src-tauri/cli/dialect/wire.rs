//! The WebSocket to an older server: text in, text out, and what its end means.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::http;

use super::place::Place;

/// How long a server may take to open a socket.
const OPEN_WITHIN: Duration = Duration::from_secs(5);
/// How long a closed socket gets to say goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_millis(500);

/// An open socket.
pub(super) struct Wire {
    socket: WebSocketStream<TcpStream>,
    /// Whether all that was sent has left this program.
    is_written: bool,
}

/// What came.
#[derive(Debug, PartialEq)]
pub(super) enum Heard {
    Text(Utf8Bytes),
    /// Something without meaning for us, such as a pong.
    Sign,
    /// All that was sent has left this program.
    Written,
    End(End),
}

/// How a connection, or the try to have one, ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// It may work another time.
    Lost(String),
    /// It will not: the server said why.
    Refused(String),
    /// The server says that all is said.
    Over,
}

impl Wire {
    /// Opens a socket.
    pub(super) async fn open(place: &Place) -> Result<Wire, End> {
        let lost = |why: &dyn ToString| End::Lost(why.to_string());
        let shake_hands = async {
            let stream = http::stream(&place.address)
                .await
                .map_err(|why| lost(&why))?;
            let opened = client_async(place.to_string(), stream).await;
            opened.map_err(|error| not_opened(&error))
        };
        let (socket, _) = timeout(OPEN_WITHIN, shake_hands)
            .await
            .map_err(|_| lost(&"no answer in time"))??;
        Ok(Wire {
            socket,
            is_written: true,
        })
    }

    /// Hands a text to the socket; [`Wire::next`] writes it.
    pub(super) fn push(&mut self, text: String) {
        self.hand_over(Message::text(text));
    }

    /// Asks the server for a sign of life.
    pub(super) fn ping(&mut self) {
        self.hand_over(Message::Ping(Vec::new().into()));
    }

    pub(super) fn is_written(&self) -> bool {
        self.is_written
    }

    fn hand_over(&mut self, message: Message) {
        self.is_written = false;
        // What is wrong with the socket the reading side learns.
        let _ = self.socket.start_send_unpin(message);
    }

    /// The next thing that came. Writes on the way, so that a server that reads slowly never keeps us from reading;
    /// tells when all was written. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Heard {
        let Wire { socket, is_written } = self;
        poll_fn(|cx| {
            let flushed = socket.poll_flush_unpin(cx).is_ready();
            let was_written = std::mem::replace(is_written, flushed);
            match socket.poll_next_unpin(cx) {
                Poll::Pending if flushed && !was_written => Poll::Ready(Heard::Written),
                came => came.map(understand),
            }
        })
        .await
    }

    /// Says goodbye, after everything before it was written.
    pub(super) async fn close(mut self) {
        self.hand_over(Message::Close(Some(CloseFrame {
            code: CloseCode::Normal,
            reason: Utf8Bytes::default(),
        })));
        // A socket that is dropped with unread data is reset, which would take our last frames with it.
        let goodbye = async { while !matches!(self.next().await, Heard::End(_)) {} };
        let _ = timeout(GOODBYE_WITHIN, goodbye).await;
    }
}

fn understand(message: Option<Result<Message, Error>>) -> Heard {
    match message {
        Some(Ok(Message::Text(text))) => Heard::Text(text),
        Some(Ok(Message::Close(frame))) => Heard::End(closed(frame.as_ref())),
        Some(Ok(_)) => Heard::Sign,
        Some(Err(error)) => Heard::End(End::Lost(error.to_string())),
        None => Heard::End(End::Lost("the connection ended".into())),
    }
}

/// A server that stops, is busy or met a fault may be there again; one that names a mistake of ours would name it again.
fn closed(frame: Option<&CloseFrame>) -> End {
    let Some(frame) = frame else {
        return End::Lost("the server closed the connection".into());
    };
    let (code, reason) = (u16::from(frame.code), frame.reason.as_str());
    let words = match (code, reason) {
        (1001, "") => "the server stops".to_owned(),
        (1009, "") => "a line was too long for the server".to_owned(),
        (_, "") => format!("the server closed the connection with code {code}"),
        _ => format!("{reason} ({code})"),
    };
    match code {
        1000 => End::Over,
        1008 if reason == "too slow" => End::Lost(words),
        1002 | 1003 | 1007 | 1008 | 1010 => End::Refused(words),
        _ => End::Lost(words),
    }
}

fn not_opened(error: &Error) -> End {
    match error {
        Error::Http(answer) => {
            let (status, reason) = (answer.status(), answer.status().to_string());
            match status {
                StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => End::Refused(format!(
                    "HTTP {reason}: no such place there, or not for us; check the address, its path and --dialect"
                )),
                _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                    End::Lost(format!("HTTP {reason}"))
                }
                _ => End::Refused(format!("HTTP {reason}: no WebSocket is offered there")),
            }
        }
        Error::Io(_)
        | Error::ConnectionClosed
        | Error::Protocol(ProtocolError::HandshakeIncomplete) => End::Lost(error.to_string()),
        _ => End::Refused(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(code: u16, reason: &str) -> End {
        closed(Some(&CloseFrame {
            code: code.into(),
            reason: reason.into(),
        }))
    }

    #[test]
    fn only_what_may_work_again_is_tried_again() {
        assert_eq!(close(1000, ""), End::Over);
        for (code, reason) in [
            (1001, ""),
            (1009, ""),
            (1011, "fault"),
            (1008, "too slow"),
            (1012, ""),
            (4000, "x"),
        ] {
            assert!(
                matches!(close(code, reason), End::Lost(_)),
                "{code} {reason}"
            );
        }
        for (code, reason) in [
            (1002, ""),
            (1003, ""),
            (1007, "Invalid JSON"),
            (1008, "Join failed"),
        ] {
            assert!(
                matches!(close(code, reason), End::Refused(_)),
                "{code} {reason}"
            );
        }
        assert!(matches!(closed(None), End::Lost(_)));
        assert_eq!(
            close(1008, "Join failed"),
            End::Refused("Join failed (1008)".into())
        );
    }
}
