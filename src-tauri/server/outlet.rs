//! From the hub to the sessions: an event is encoded once per dialect and queued for each reader. Nothing here waits;
//! a reader who is behind is closed and resumes from the log.

mod framed;
mod line;
mod pipe;
mod receipt;
mod wire;

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use hyper::body::Bytes;
use landline_hub::ports::Outlet;
use landline_hub::{Audience, ChatKey, Entry, Event, Hub, SessionId};
use landline_protocol::{CloseCode, UserId};
use tokio::sync::watch;

use crate::Status;
use crate::dialect::{Note, Tap, Told};
use crate::limits::{AUTHORS_AHEAD, FLUSHED_AT_ONCE};
pub(crate) use framed::framed;
pub(crate) use line::Line;
use pipe::{By, Pushed};
pub(crate) use pipe::{Due, FlushError, Frame, Pipe, TOO_SLOW};
pub(crate) use receipt::Receipt;
pub(crate) use wire::Wire;

/// One thing on its way to a session.
pub(crate) enum Outgoing {
    /// A frame for its client.
    Frame(Frame),
    /// An event that the session's dialect words by itself.
    Event(Arc<Event>, Option<Receipt>),
    /// A note for the session's dialect.
    Note(Note),
    /// One message less is in flight; the dialect has no word for it.
    Settled,
}

impl Outgoing {
    /// What it takes of the session's queue.
    fn bytes(&self) -> usize {
        match self {
            Outgoing::Frame(frame) => frame.bytes.len(),
            Outgoing::Event(event, _) => text_bytes(event),
            Outgoing::Note(_) | Outgoing::Settled => 0,
        }
    }
}

/// Why the server ends a session.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub(crate) code: CloseCode,
    pub(crate) reason: &'static str,
}

pub(crate) const GOING_AWAY: Ending = Ending {
    code: CloseCode::GoingAway,
    reason: "the host stops",
};

/// How much of a reader's queue an event takes: a message can be long, all else is short.
fn text_bytes(event: &Event) -> usize {
    match event {
        Event::Said(entry) => entry.body.len(),
        _ => 0,
    }
}

/// All lines.
pub(crate) struct Lines {
    open: HashMap<SessionId, Seat, BuildHasherDefault<AsItIs>>,
    /// Those who have something to be written.
    marked: Marked,
    /// Of what was just written.
    receipts: Vec<Receipt>,
    taps: Vec<Arc<dyn Tap>>,
    status: watch::Sender<Status>,
}

impl Lines {
    /// `taps` hear what is said in topics, whoever else does.
    pub(crate) fn new(status: watch::Sender<Status>, taps: Vec<Arc<dyn Tap>>) -> Lines {
        Lines {
            open: HashMap::default(),
            marked: Marked::default(),
            receipts: Vec::new(),
            taps,
            status,
        }
    }
}

/// What telling a session something needs to know of it, in one place.
struct Seat {
    pipe: Arc<Pipe>,
    /// Which dialect words what it hears.
    words: Wording,
    line: Line,
}

/// A dialect's way of wording things, by its place in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Wording(usize);

impl Seat {
    fn new(line: Line) -> Seat {
        Seat {
            pipe: line.pipe().clone(),
            words: Wording(Arc::as_ptr(line.words()).addr()),
            line,
        }
    }
}

/// Those who have something to be written, in their turn.
#[derive(Default)]
struct Marked {
    turns: VecDeque<Arc<Pipe>>,
    /// How many went ahead since the last were written.
    ahead: usize,
}

impl Marked {
    /// Who said it hears first: their next word is on its way while the others are told. So many who speak without a pause
    /// leave the others their turns.
    fn add(&mut self, pipe: Arc<Pipe>, is_author: bool) {
        if is_author && self.ahead < AUTHORS_AHEAD {
            self.ahead += 1;
            self.turns.push_front(pipe);
        } else {
            self.turns.push_back(pipe);
        }
    }
}

/// A session's number is its hash: nobody outside chooses it.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        // Upper bits too: the table looks at both ends of a hash.
        self.0 = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// What an event is in the words of a dialect, ready for the socket.
#[derive(Clone)]
enum Ready {
    Nothing,
    Shared(Bytes),
    Two(Bytes, Bytes),
    Personal,
}

impl From<Told> for Ready {
    fn from(told: Told) -> Ready {
        match told {
            Told::Nothing => Ready::Nothing,
            Told::Shared(text) => Ready::Shared(framed(&text)),
            Told::Two(first, second) => Ready::Two(framed(&first), framed(&second)),
            Told::Personal => Ready::Personal,
        }
    }
}

/// One event in the words of each dialect that was needed so far.
struct Worded<'a> {
    event: &'a Event,
    /// Whose message or notice it is.
    author: Option<SessionId>,
    words: Vec<(Wording, bool, Ready)>,
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

    fn told(&mut self, seat: &Seat, is_author: bool) -> &Ready {
        let known = self
            .words
            .iter()
            .position(|(words, mine, _)| *words == seat.words && *mine == is_author);
        let place = known.unwrap_or_else(|| {
            let told = seat.line.words().put(self.event, is_author);
            self.words.push((seat.words, is_author, told.into()));
            self.words.len() - 1
        });
        &self.words[place].2
    }

    fn send(&mut self, session: SessionId, seat: &Seat, marked: &mut Marked) {
        let Seat { pipe, line, .. } = seat;
        if self.event.is_passing() && pipe.is_half_full() {
            return;
        }
        let settles_post = self.event.settles_post();
        let receipt = self.receipt.as_ref();
        let receipt = receipt
            .filter(|(author, _)| *author != line.user_id())
            .map(|(_, one)| one.clone());
        let is_author = self.author == Some(session);
        let mut push = |bytes: &Bytes, settles_post, receipt| {
            let frame = Frame {
                bytes: bytes.clone(),
                settles_post,
                receipt,
            };
            if pipe.push(frame, By::Hub) == Pushed::Marked {
                marked.add(pipe.clone(), is_author);
            }
        };
        match self.told(seat, is_author) {
            Ready::Nothing if settles_post => {
                pipe.push_to_task(Outgoing::Settled);
            }
            Ready::Nothing => {}
            Ready::Shared(frame) => push(frame, settles_post, receipt),
            Ready::Two(first, second) => {
                push(first, false, None);
                push(second, settles_post, receipt);
            }
            Ready::Personal => {
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
        let line = &self.open.get(session)?.line;
        let receipt = || Receipt::new(line.clone(), entry.message_id.clone());
        line.words()
            .wants_receipts()
            .then(|| (entry.author.user_id, receipt()))
    }
}

impl Outlet for Lines {
    type Line = Line;

    fn open(&mut self, session: SessionId, line: Line) {
        self.open.insert(session, Seat::new(line));
    }

    fn send(&mut self, audience: &Audience, event: &Event) {
        for tap in &self.taps {
            tap.hear(event);
        }
        let mut worded = Worded::new(event, self.receipt(event));
        match audience {
            Audience::One(session) => {
                if let Some(seat) = self.open.get(session) {
                    worded.send(*session, seat, &mut self.marked);
                }
            }
            Audience::Many(sessions, except) => {
                for session in sessions.iter().filter(|one| Some(**one) != *except) {
                    if let Some(seat) = self.open.get(session) {
                        worded.send(*session, seat, &mut self.marked);
                    }
                }
            }
        }
    }

    fn close(&mut self, session: SessionId, code: CloseCode, reason: &'static str) {
        if let Some(seat) = self.open.remove(&session) {
            seat.line.close(code, reason);
        }
    }

    fn forget(&mut self, session: SessionId) {
        self.open.remove(&session);
    }

    fn flush(&mut self) -> bool {
        for _ in 0..FLUSHED_AT_ONCE {
            let Some(pipe) = self.marked.turns.pop_front() else {
                break;
            };
            pipe.flush(&mut self.receipts);
        }
        for receipt in self.receipts.drain(..) {
            receipt.written();
        }
        self.marked.ahead = 0;
        !self.marked.turns.is_empty()
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

#[cfg(test)]
mod tests;
