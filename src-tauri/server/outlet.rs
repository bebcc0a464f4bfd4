//! From the hub to the sessions: an event is encoded once per dialect and queued for each reader. Nothing here waits;
//! a reader who is behind is closed and resumes from the log.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::ports::Outlet;
use landline_hub::{Audience, Event, Hub, SessionId};
use landline_protocol::CloseCode;
use tokio::sync::{mpsc, oneshot, watch};

use crate::Status;
use crate::dialect::Words;
use crate::limits::{SESSION_BYTES_CAP, SESSION_FRAMES_CAP};

/// One frame on its way to a reader.
pub(crate) struct Outgoing {
    pub(crate) text: Utf8Bytes,
    /// It answers one of the reader's messages, so one less is in flight.
    pub(crate) settles_post: bool,
}

/// Why the server ends a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

/// The hub's end of a session.
pub(crate) struct Line {
    words: &'static dyn Words,
    frames: mpsc::Sender<Outgoing>,
    waiting_bytes: Arc<AtomicUsize>,
    ending: oneshot::Sender<Ending>,
}

/// The session's end of its [`Line`].
pub(crate) struct Receiver {
    pub(crate) frames: mpsc::Receiver<Outgoing>,
    pub(crate) waiting_bytes: Arc<AtomicUsize>,
    pub(crate) ending: oneshot::Receiver<Ending>,
}

/// A line for a session that speaks `words`.
pub(crate) fn line(words: &'static dyn Words) -> (Line, Receiver) {
    let (frames, queue) = mpsc::channel(SESSION_FRAMES_CAP);
    let (ending, ended) = oneshot::channel();
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let receiver = Receiver {
        frames: queue,
        waiting_bytes: waiting_bytes.clone(),
        ending: ended,
    };
    (
        Line {
            words,
            frames,
            waiting_bytes,
            ending,
        },
        receiver,
    )
}

/// All lines.
pub(crate) struct Lines {
    lines: HashMap<SessionId, Line>,
    status: watch::Sender<Status>,
}

impl Lines {
    pub(crate) fn new(status: watch::Sender<Status>) -> Lines {
        Lines {
            lines: HashMap::new(),
            status,
        }
    }
}

/// The frame of one event in each dialect that was needed so far.
#[derive(Default)]
struct Encoded(Vec<(usize, Option<Utf8Bytes>)>);

impl Encoded {
    fn text(&mut self, words: &'static dyn Words, event: &Event) -> Option<Utf8Bytes> {
        if let Some((_, text)) = self.0.iter().find(|(id, _)| *id == words.id()) {
            return text.clone();
        }
        let text = words.encode(event);
        self.0.push((words.id(), text.clone()));
        text
    }
}

impl Lines {
    fn send_to(&mut self, session: SessionId, event: &Event, encoded: &mut Encoded) {
        let Some(line) = self.lines.get(&session) else {
            return;
        };
        let Some(text) = encoded.text(line.words, event) else {
            return;
        };
        let waiting = line.waiting_bytes.load(Ordering::Relaxed);
        let half_full =
            line.frames.capacity() < SESSION_FRAMES_CAP / 2 || waiting > SESSION_BYTES_CAP / 2;
        if half_full && event.is_passing() {
            return;
        }
        let bytes = text.len();
        let outgoing = Outgoing {
            text,
            settles_post: event.settles_post(),
        };
        if waiting + bytes > SESSION_BYTES_CAP || line.frames.try_send(outgoing).is_err() {
            self.close(session, CloseCode::TooSlow, "too slow");
            return;
        }
        line.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

impl Outlet for Lines {
    type Line = Line;

    fn open(&mut self, session: SessionId, line: Line) {
        self.lines.insert(session, line);
    }

    fn send(&mut self, audience: &Audience, event: &Event) {
        let mut encoded = Encoded::default();
        match audience {
            Audience::One(session) => self.send_to(*session, event, &mut encoded),
            Audience::Many(sessions, except) => {
                for session in sessions.iter().filter(|one| Some(**one) != *except) {
                    self.send_to(*session, event, &mut encoded);
                }
            }
        }
    }

    fn close(&mut self, session: SessionId, code: CloseCode, reason: &'static str) {
        if let Some(line) = self.lines.remove(&session) {
            // The session may have ended by itself meanwhile.
            let _ = line.ending.send(Ending { code, reason });
        }
    }

    fn forget(&mut self, session: SessionId) {
        self.lines.remove(&session);
    }

    fn glance(&mut self, hub: &Hub) {
        self.status.send_if_modified(|status| {
            let members_online = u32::try_from(hub.online()).unwrap_or(u32::MAX);
            let writable = hub.is_writable();
            let same_name =
                Arc::ptr_eq(&status.name, &hub.room().name) || status.name == hub.room().name;
            if same_name && status.members_online == members_online && status.writable == writable {
                return false;
            }
            *status = Status {
                name: hub.room().name.clone(),
                members_online,
                writable,
            };
            true
        });
    }
}
