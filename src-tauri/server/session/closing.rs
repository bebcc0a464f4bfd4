//! Ending a connection so that the other side learns why.

use std::future::poll_fn;
use std::io;

use hyper_tungstenite::tungstenite::Error;
use hyper_tungstenite::tungstenite::protocol::CloseFrame;
use hyper_tungstenite::tungstenite::protocol::frame::coding::CloseCode as Number;
use landline_protocol::CloseCode;
use tokio::time::timeout;

use super::socket::Socket;
use super::{CLOSED, TOO_BIG};
use crate::limits::CLOSE_PATIENCE;
use crate::outlet::{Ending, Pipe};

/// What is read at a time of what nobody wants any more.
const REST_BYTES: usize = 4096;

/// What a broken read or write means for the peer.
pub(crate) fn ending_of(error: &Error) -> Ending {
    match error {
        Error::Capacity(_) => TOO_BIG,
        Error::Utf8(_) => Ending {
            code: CloseCode::InvalidText,
            reason: "text is not UTF-8",
        },
        Error::Protocol(_) => Ending {
            code: CloseCode::Protocol,
            reason: "not WebSocket as in RFC 6455",
        },
        _ => CLOSED,
    }
}

/// What a failed socket means for the session.
pub(crate) fn ending_of_fault(error: &io::Error) -> Ending {
    tracing::debug!("a connection broke: {error}");
    CLOSED
}

/// Sends the close frame and waits a little for the other side. What still comes is read and dropped: closing a socket
/// with unread bytes resets it, and the peer would never see the code.
pub(super) async fn close(socket: &mut Socket, pipe: &Pipe, code: CloseCode, reason: &'static str) {
    socket.close(CloseFrame {
        code: Number::from(code.number()),
        reason: reason.into(),
    });
    let until = pipe.queued();
    let farewell = async {
        // The socket may be gone already.
        let _ = poll_fn(|cx| pipe.poll_flush(cx, until)).await;
        while poll_fn(|cx| socket.poll_read(cx)).await.is_ok() {}
        let mut rest = vec![0; REST_BYTES];
        while poll_fn(|cx| pipe.poll_read(cx, &mut rest))
            .await
            .is_ok_and(|read| read > 0)
        {}
    };
    // Whoever does not answer in time is dropped.
    let _ = timeout(CLOSE_PATIENCE, farewell).await;
}
