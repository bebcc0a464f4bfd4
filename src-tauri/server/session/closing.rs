//! Ending a connection so that the other side learns why.

use futures_util::{SinkExt as _, StreamExt as _};
use hyper_tungstenite::tungstenite::protocol::CloseFrame;
use hyper_tungstenite::tungstenite::protocol::frame::coding::CloseCode as Number;
use hyper_tungstenite::tungstenite::{Error, Message};
use landline_protocol::CloseCode;
use tokio::io::AsyncReadExt as _;
use tokio::time::timeout;

use super::{CLOSED, Socket, TOO_BIG};
use crate::limits::CLOSE_PATIENCE;
use crate::outlet::Ending;

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

/// Sends the close frame and waits a little for the other side. What still comes is read and dropped: closing a socket
/// with unread bytes resets it, and the peer would never see the code.
pub(crate) async fn close(mut socket: Socket, code: CloseCode, reason: &'static str) {
    let frame = CloseFrame {
        code: Number::from(code.number()),
        reason: reason.into(),
    };
    let farewell = async {
        // The socket may be gone already, or the peer closed first and was answered.
        if socket.send(Message::Close(Some(frame))).await.is_err() {
            let _ = socket.flush().await;
        }
        while let Some(Ok(_)) = socket.next().await {}
        let mut rest = [0; 4096];
        while socket
            .get_mut()
            .read(&mut rest)
            .await
            .is_ok_and(|read| read > 0)
        {}
    };
    // Whoever does not answer in time is dropped.
    let _ = timeout(CLOSE_PATIENCE, farewell).await;
}
