//! An open WebSocket to a room: frames in, frames out. Writing has its own task, so a host that reads slowly never
//! keeps us from reading its acknowledgements.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use landline_protocol::CloseCode;
use landline_protocol::frame::{ClientFrame, ServerFrame};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::dial::Socket;

/// Frames handed to the writing task. Full: the host reads slowly, and further frames wait in [`Link`].
const WRITER_CAP: usize = 64;
/// Frames that wait in a [`Link`] before the consumer's next ones have to wait for them.
const OUTGOING_CAP: usize = 256;
/// How long a closed socket gets to say goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_millis(500);

/// What came from the socket.
#[derive(Debug)]
pub(crate) enum Heard {
    Frame(ServerFrame),
    /// Something without meaning for us, such as a ping or a frame of a later version.
    Sign,
    Closed {
        code: Option<u16>,
        reason: String,
    },
    Lost(String),
}

/// A socket with its writing task, which ends with it.
pub(crate) struct Link {
    reader: SplitStream<Socket>,
    outgoing: VecDeque<Message>,
    writer: mpsc::Sender<Message>,
    _gone: DropGuard,
}

impl Link {
    pub(crate) fn new(socket: Socket) -> Link {
        let (sink, reader) = socket.split();
        let (writer, queue) = mpsc::channel(WRITER_CAP);
        let gone = CancellationToken::new();
        tokio::spawn(write(sink, queue, gone.clone()));
        Link {
            reader,
            outgoing: VecDeque::new(),
            writer,
            _gone: gone.drop_guard(),
        }
    }

    /// Sends a frame when its turn comes.
    pub(crate) fn push(&mut self, frame: &ClientFrame) {
        let text = serde_json::to_string(frame).expect("a client's frame has text keys only");
        self.outgoing.push_back(Message::text(text));
    }

    pub(crate) fn is_full(&self) -> bool {
        self.outgoing.len() >= OUTGOING_CAP
    }

    /// Writes what waits; answers with the next thing that came, if it may read. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self, may_read: bool) -> Heard {
        loop {
            tokio::select! {
                permit = self.writer.reserve(), if !self.outgoing.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(message) = self.outgoing.pop_front() {
                            permit.send(message);
                        }
                    }
                    // The reading side learns why.
                    Err(_) => self.outgoing.clear(),
                },
                message = self.reader.next(), if may_read => return understand(message),
                else => std::future::pending().await,
            }
        }
    }

    /// Says goodbye after everything that waits was written.
    pub(crate) async fn close(mut self) {
        let code = CloseCode::Normal.number().into();
        self.outgoing.push_back(Message::Close(Some(CloseFrame {
            code,
            reason: "".into(),
        })));
        let goodbye = async {
            // A socket that is dropped with unread data is reset, which would take our last frames with it.
            while !matches!(self.next(true).await, Heard::Closed { .. } | Heard::Lost(_)) {}
        };
        let _ = timeout(GOODBYE_WITHIN, goodbye).await;
    }
}

type Received = Option<Result<Message, tokio_tungstenite::tungstenite::Error>>;

fn understand(message: Received) -> Heard {
    match message {
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(frame) => Heard::Frame(frame),
            Err(error) => {
                // The error names what was expected, at which column; never the text.
                tracing::debug!(
                    line = error.line(),
                    column = error.column(),
                    "a frame of no known kind"
                );
                Heard::Sign
            }
        },
        Some(Ok(Message::Close(frame))) => Heard::Closed {
            code: frame.as_ref().map(|frame| frame.code.into()),
            reason: frame
                .map(|frame| frame.reason.to_string())
                .unwrap_or_default(),
        },
        Some(Ok(_)) => Heard::Sign,
        Some(Err(error)) => Heard::Lost(error.to_string()),
        None => Heard::Lost("the connection ended".into()),
    }
}

async fn write(
    mut sink: SplitSink<Socket, Message>,
    mut queue: mpsc::Receiver<Message>,
    gone: CancellationToken,
) {
    let pass_on = async {
        while let Some(message) = queue.recv().await {
            sink.feed(message).await?;
            while let Ok(message) = queue.try_recv() {
                sink.feed(message).await?;
            }
            sink.flush().await?;
        }
        Ok::<(), tokio_tungstenite::tungstenite::Error>(())
    };
    tokio::select! {
        result = pass_on => if result.is_err() { return },
        () = gone.cancelled() => {}
    }
    let _ = timeout(GOODBYE_WITHIN, sink.close()).await;
}
