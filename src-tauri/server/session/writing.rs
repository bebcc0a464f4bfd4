//! Frames on their way into the socket.

use futures_util::SinkExt as _;
use hyper_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::Socket;
use crate::outlet::Receipt;

/// What is to be written with the next flush, in its order.
#[derive(Default)]
pub(super) struct Writes {
    frames: Vec<(Utf8Bytes, Option<Receipt>)>,
    /// Bytes of those that came through the queue; it counts what waits.
    queued_bytes: usize,
}

impl Writes {
    /// A frame that came through the queue.
    pub(super) fn queued(&mut self, text: Utf8Bytes, receipt: Option<Receipt>) {
        self.queued_bytes += text.len();
        self.frames.push((text, receipt));
    }

    /// Bytes that waited in the queue for a frame which the session words by itself.
    pub(super) fn waited(&mut self, bytes: usize) {
        self.queued_bytes += bytes;
    }

    /// Gives back what waited and came to nothing that is written.
    pub(super) fn take_waited(&mut self) -> usize {
        std::mem::take(&mut self.queued_bytes)
    }

    /// A frame of the session's own.
    pub(super) fn say(&mut self, text: Utf8Bytes, receipt: Option<Receipt>) {
        self.frames.push((text, receipt));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Writes all of them; tells how many bytes of them had waited in the queue.
    pub(super) async fn write(&mut self, socket: &mut Socket) -> Result<usize, Error> {
        let mut receipts = Vec::new();
        for (text, receipt) in self.frames.drain(..) {
            receipts.extend(receipt);
            socket.feed(Message::Text(text)).await?;
        }
        socket.flush().await?;
        for receipt in receipts {
            receipt.written();
        }
        Ok(self.take_waited())
    }
}
