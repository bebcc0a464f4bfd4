//! From the hub to the sessions: an event is encoded once per dialect and queued for each reader. Nothing here waits;
//! a reader who is behind is closed and resumes from the log.

mod receipt;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::ports::Outlet;
use landline_hub::{Audience, ChatKey, Entry, Event, Hub, SessionId};
use landline_protocol::{CloseCode, UserId};
use tokio::sync::{mpsc, oneshot, watch};

use crate::Status;
use crate::dialect::{Note, Tap, Told, Words};
use crate::limits::{SESSION_BYTES_CAP, SESSION_FRAMES_CAP};
pub(crate) use receipt::Receipt;

/// One thing on its way to a session.
pub(crate) enum Outgoing {
    /// A frame for its client.
    Frame {
        text: Utf8Bytes,
        /// It answers one of the reader's messages, so one less is in flight.
        settles_post: bool,
        receipt: Option<Receipt>,
    },
    /// An event that the session's dialect words by itself.
    Event(Arc<Event>, Option<Receipt>),
    /// A note for the session's dialect.
    Note(Note),
    /// One message less is in flight; the dialect has no word for it.
    Settled,
}

/// Why the server ends a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

/// The way to a session. Cheap to clone; whoever keeps one lets go of it when the session ends.
#[derive(Clone)]
pub(crate) struct Line(Arc<Inner>);

struct Inner {
    session: SessionId,
    user_id: UserId,
    words: Arc<dyn Words>,
    frames: mpsc::Sender<Outgoing>,
    waiting_bytes: Arc<AtomicUsize>,
    ending: Mutex<Option<oneshot::Sender<Ending>>>,
}

/// The session's end of its [`Line`].
pub(crate) struct Receiver {
    pub(crate) frames: mpsc::Receiver<Outgoing>,
    pub(crate) waiting_bytes: Arc<AtomicUsize>,
    pub(crate) ending: oneshot::Receiver<Ending>,
}

/// A line for a session of `user_id` that speaks `words`.
pub(crate) fn line(session: SessionId, user_id: UserId, words: Arc<dyn Words>) -> (Line, Receiver) {
    let (frames, queue) = mpsc::channel(SESSION_FRAMES_CAP);
    let (ending, ended) = oneshot::channel();
    let waiting_bytes = Arc::new(AtomicUsize::new(0));
    let receiver = Receiver {
        frames: queue,
        waiting_bytes: waiting_bytes.clone(),
        ending: ended,
    };
    let inner = Inner {
        session,
        user_id,
        words,
        frames,
        waiting_bytes,
        ending: Mutex::new(Some(ending)),
    };
    (Line(Arc::new(inner)), receiver)
}

impl Line {
    /// Whose it is.
    pub(crate) fn session(&self) -> SessionId {
        self.0.session
    }

    /// Queues a frame; `false` if the session cannot take it: it is then being closed, or gone.
    pub(crate) fn push(&self, text: Utf8Bytes) -> bool {
        self.push_frame(text, false, None)
    }

    /// Queues a frame whose writing somebody waits for.
    pub(crate) fn push_with_receipt(&self, text: Utf8Bytes, receipt: Receipt) -> bool {
        self.push_frame(text, false, Some(receipt))
    }

    /// Queues a note for the session's dialect.
    pub(crate) fn note(&self, note: Note) {
        self.push_outgoing(Outgoing::Note(note));
    }

    fn push_frame(&self, text: Utf8Bytes, settles_post: bool, receipt: Option<Receipt>) -> bool {
        let bytes = text.len();
        // Counted before it is queued: the session may write it at once.
        let waiting = self.0.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        if waiting + bytes > SESSION_BYTES_CAP {
            self.close(CloseCode::TooSlow, "too slow");
            return false;
        }
        self.push_outgoing(Outgoing::Frame {
            text,
            settles_post,
            receipt,
        })
    }

    /// Queues an event that its session words by itself. What it will say is counted by the text it is about.
    fn push_event(&self, event: Arc<Event>, receipt: Option<Receipt>) {
        let bytes = text_bytes(&event);
        let waiting = self.0.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        if waiting + bytes > SESSION_BYTES_CAP {
            return self.close(CloseCode::TooSlow, "too slow");
        }
        self.push_outgoing(Outgoing::Event(event, receipt));
    }

    fn push_outgoing(&self, outgoing: Outgoing) -> bool {
        let is_queued = self.0.frames.try_send(outgoing).is_ok();
        if !is_queued {
            self.close(CloseCode::TooSlow, "too slow");
        }
        is_queued
    }

    /// Whether its session is behind: what means nothing later is not worth queueing.
    pub(crate) fn is_half_full(&self) -> bool {
        self.0.frames.capacity() < SESSION_FRAMES_CAP / 2
            || self.0.waiting_bytes.load(Ordering::Relaxed) > SESSION_BYTES_CAP / 2
    }

    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        let mut ending = self.0.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ending) = ending.take() {
            // The session may have ended by itself meanwhile.
            let _ = ending.send(Ending { code, reason });
        }
    }
}

/// How much of a reader's queue an event takes: a message can be long, all else is short.
pub(crate) fn text_bytes(event: &Event) -> usize {
    match event {
        Event::Said(entry) => entry.body.len(),
        _ => 0,
    }
}

/// All lines.
pub(crate) struct Lines {
    open: HashMap<SessionId, Line>,
    taps: Vec<Arc<dyn Tap>>,
    status: watch::Sender<Status>,
}

impl Lines {
    /// `taps` hear what is said in topics, whoever else does.
    pub(crate) fn new(status: watch::Sender<Status>, taps: Vec<Arc<dyn Tap>>) -> Lines {
        Lines {
            open: HashMap::new(),
            taps,
            status,
        }
    }
}

/// One event in the words of each dialect that was needed so far.
struct Worded<'a> {
    event: &'a Event,
    /// Whose message or notice it is.
    author: Option<SessionId>,
    words: Vec<(*const (), bool, Told)>,
    shared: Option<Arc<Event>>,
    receipt: Option<(UserId, Receipt)>,
}

impl<'a> Worded<'a> {
    fn new(event: &'a Event, receipt: Option<(UserId, Receipt)>) -> Worded<'a> {
        let author = match event {
            Event::Said(entry) => entry.session,
            Event::Noticed(notice) => Some(notice.session),
            _ => None,
        };
        Worded {
            event,
            author,
            words: Vec::new(),
            shared: None,
            receipt,
        }
    }

    fn told(&mut self, line: &Line) -> &Told {
        let (id, is_mine) = (
            Arc::as_ptr(&line.0.words).cast::<()>(),
            self.author == Some(line.0.session),
        );
        let known = self
            .words
            .iter()
            .position(|(words, mine, _)| *words == id && *mine == is_mine);
        let place = known.unwrap_or_else(|| {
            let told = line.0.words.put(self.event, is_mine);
            self.words.push((id, is_mine, told));
            self.words.len() - 1
        });
        &self.words[place].2
    }

    fn send(&mut self, line: &Line) {
        if self.event.is_passing() && line.is_half_full() {
            return;
        }
        let settles_post = self.event.settles_post();
        let receipt = self.receipt.as_ref();
        let receipt = receipt
            .filter(|(author, _)| *author != line.0.user_id)
            .map(|(_, one)| one.clone());
        match self.told(line) {
            Told::Nothing if settles_post => {
                line.push_outgoing(Outgoing::Settled);
            }
            Told::Nothing => {}
            Told::Shared(text) => {
                let text = text.clone();
                line.push_frame(text, settles_post, receipt);
            }
            Told::Two(first, second) => {
                let (first, second) = (first.clone(), second.clone());
                line.push_frame(first, false, None);
                line.push_frame(second, settles_post, receipt);
            }
            Told::Personal => {
                let event = self
                    .shared
                    .get_or_insert_with(|| Arc::new(self.event.clone()));
                line.push_event(event.clone(), receipt);
            }
        }
    }
}

impl Lines {
    /// Somebody may wait for a direct message to be written to a connection of the other.
    fn receipt(&self, event: &Event) -> Option<(UserId, Receipt)> {
        let Event::Said(entry) = event else {
            return None;
        };
        let Entry {
            chat: ChatKey::Direct(..),
            session: Some(session),
            ..
        } = &**entry
        else {
            return None;
        };
        let line = self.open.get(session)?;
        let receipt = || Receipt::new(line.clone(), entry.message_id.clone());
        line.0
            .words
            .wants_receipts()
            .then(|| (entry.author.user_id, receipt()))
    }
}

impl Outlet for Lines {
    type Line = Line;

    fn open(&mut self, session: SessionId, line: Line) {
        self.open.insert(session, line);
    }

    fn send(&mut self, audience: &Audience, event: &Event) {
        for tap in &self.taps {
            tap.hear(event);
        }
        let mut worded = Worded::new(event, self.receipt(event));
        match audience {
            Audience::One(session) => {
                if let Some(line) = self.open.get(session) {
                    worded.send(line);
                }
            }
            Audience::Many(sessions, except) => {
                for session in sessions.iter().filter(|one| Some(**one) != *except) {
                    if let Some(line) = self.open.get(session) {
                        worded.send(line);
                    }
                }
            }
        }
    }

    fn close(&mut self, session: SessionId, code: CloseCode, reason: &'static str) {
        if let Some(line) = self.open.remove(&session) {
            line.close(code, reason);
        }
    }

    fn forget(&mut self, session: SessionId) {
        self.open.remove(&session);
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
