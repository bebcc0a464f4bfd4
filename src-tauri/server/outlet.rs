//! From the hub to the sessions: an event is encoded once per dialect and queued for each reader. Nothing here waits;
//! a reader who is behind is closed and resumes from the log.

mod framed;
mod line;
mod marked;
mod pipe;
mod receipt;
mod seat;
mod telling;
mod wire;
mod worded;

use std::sync::Arc;

use landline_hub::ports::Outlet;
use landline_hub::{Audience, ChatKey, Entry, Event, Hub, SessionId};
use landline_protocol::{CloseCode, UserId};
use tokio::sync::watch;

use crate::Status;
use crate::dialect::{Note, Tap};
pub(crate) use framed::framed;
pub(crate) use line::Line;
use marked::Marked;
pub(crate) use pipe::{Due, FlushError, Frame, Pipe, TOO_SLOW};
pub(crate) use receipt::Receipt;
use seat::{Seat, Seats};
use telling::Telling;
pub(crate) use wire::Wire;
use worded::{Way, Worded};

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
    open: Seats,
    /// What is being told, unless all of it waits in pipes.
    telling: Option<Telling>,
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
            open: Seats::default(),
            telling: None,
            marked: Marked::default(),
            receipts: Vec::new(),
            taps,
            status,
        }
    }
}

impl Lines {
    fn has_told_all(&self) -> bool {
        self.marked.is_empty() && self.telling.is_none()
    }

    /// Lets what is being told wait in the pipes of those who have not heard it.
    fn queue_the_rest(&mut self) {
        if let Some(mut telling) = self.telling.take() {
            telling.go_on(usize::MAX, Way::Queue, &self.open, &mut self.marked);
        }
    }

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

impl Drop for Lines {
    /// What was told goes out before the farewell.
    fn drop(&mut self) {
        self.queue_the_rest();
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
        if self
            .telling
            .as_ref()
            .is_some_and(|one| !one.has_reached(audience))
        {
            self.queue_the_rest();
        }
        let mut worded = Worded::new(event, self.receipt(event));
        match audience {
            Audience::Many(sessions, None) if self.has_told_all() && worded.is_said_to_all() => {
                let (sessions, worded) = (sessions.clone(), worded.into_owned());
                self.telling = Some(Telling::begin(
                    sessions,
                    worded,
                    &self.open,
                    &mut self.marked,
                ));
            }
            Audience::Many(sessions, except) => {
                for session in sessions.iter().filter(|one| Some(**one) != *except) {
                    if let Some(seat) = self.open.get(session) {
                        worded.send(*session, seat, Way::Queue, &mut self.marked);
                    }
                }
            }
            Audience::One(session) => {
                if let Some(seat) = self.open.get(session) {
                    worded.send(*session, seat, Way::Queue, &mut self.marked);
                }
            }
        }
    }

    fn close(&mut self, session: SessionId, code: CloseCode, reason: &'static str) {
        self.queue_the_rest();
        if let Some(seat) = self.open.remove(&session) {
            seat.line.close(code, reason);
        }
    }

    fn forget(&mut self, session: SessionId) {
        self.open.remove(&session);
    }

    fn flush(&mut self, is_quiet: bool) -> bool {
        let mut piece = self.marked.piece(is_quiet);
        for pipe in self.marked.next(piece) {
            pipe.flush(&mut self.receipts);
            piece -= 1;
        }
        for receipt in self.receipts.drain(..) {
            receipt.written();
        }
        if let Some(telling) = &mut self.telling
            && !telling.go_on(piece, Way::AtOnce, &self.open, &mut self.marked)
        {
            self.telling = None;
        }
        !self.has_told_all()
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
