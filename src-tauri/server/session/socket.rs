//! The reading side of a WebSocket. tungstenite reads and checks; what it answers by itself (pong, close) goes behind the
//! frames that wait in the [`Pipe`], and what the server says never passes through it.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::Bytes;
use hyper_tungstenite::tungstenite::protocol::{
    CloseFrame, Role, WebSocketConfig, WebSocketContext,
};
use hyper_tungstenite::tungstenite::{Error, Message};
use landline_protocol::limits::FRAME_BYTES;

use crate::limits::READ_BUFFER_BYTES;
use crate::outlet::Pipe;

/// A ping without content.
const PING: Bytes = Bytes::from_static(&[0x89, 0x00]);

pub(super) struct Socket {
    context: WebSocketContext,
    pipe: Arc<Pipe>,
    /// It was read to its end, or broke a rule: what comes is no frame any more.
    is_read: bool,
    /// tungstenite answered something by itself, which waits to be written.
    has_answered: bool,
}

impl Socket {
    pub(super) fn new(pipe: Arc<Pipe>) -> Socket {
        // tungstenite's defaults cost 128 KiB a connection and accept 64 MiB.
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_message_size(Some(FRAME_BYTES))
            .max_frame_size(Some(FRAME_BYTES));
        Socket {
            context: WebSocketContext::new(Role::Server, Some(config)),
            pipe,
            is_read: false,
            has_answered: false,
        }
    }

    /// Whether it answered something by itself since this was asked last.
    pub(super) fn has_answered(&mut self) -> bool {
        std::mem::take(&mut self.has_answered)
    }

    /// The next message, or waits.
    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        if self.is_read {
            return Poll::Ready(Err(Error::ConnectionClosed));
        }
        let mut both = Both {
            pipe: &self.pipe,
            has_answered: &mut self.has_answered,
            cx,
        };
        match self.context.read(&mut both) {
            Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            read => {
                self.is_read = read.is_err();
                Poll::Ready(read)
            }
        }
    }

    pub(super) fn ping(&self) {
        self.pipe.say(PING, None);
    }

    /// Puts the close frame, or the answer to the other's, behind what waits.
    pub(super) fn close(&mut self, frame: CloseFrame) {
        let mut both = Both {
            pipe: &self.pipe,
            has_answered: &mut self.has_answered,
            cx: &mut Context::from_waker(std::task::Waker::noop()),
        };
        // It says that the connection is closed when the other closed first.
        let _ = self.context.close(&mut both, Some(frame));
    }
}

/// The two directions, for a moment.
struct Both<'a, 'b> {
    pipe: &'a Pipe,
    has_answered: &'a mut bool,
    cx: &'a mut Context<'b>,
}

impl Read for Both<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.pipe.poll_read(self.cx, buffer) {
            Poll::Ready(read) => read,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl Write for Both<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pipe.say(Bytes::copy_from_slice(bytes), None);
        *self.has_answered = true;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
