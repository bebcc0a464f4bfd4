//! A connection's socket and what waits for it, shared by its session and by everybody who has something for it.
//!
//! The hub's task writes to the socket itself: a message to 200 members wakes none of their tasks. A session's task is
//! needed when the socket takes no more, when its dialect has to word something, and when its connection ends.

mod others;
mod own;
mod queue;

use std::collections::VecDeque;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::body::Bytes;
use landline_protocol::CloseCode;

use super::{Ending, Outgoing, Receipt, Wire};
use crate::limits::{SESSION_BYTES_CAP, SESSION_FRAMES_CAP};
pub(super) use others::{By, Pushed};
pub(crate) use own::{Due, FlushError};
use queue::Queue;

pub(crate) const TOO_SLOW: Ending = Ending {
    code: CloseCode::TooSlow,
    reason: "too slow",
};

/// See the file's head.
pub(crate) struct Pipe(Mutex<State>);

/// What a frame touches comes first and in one piece ([`Queue`] says why).
#[repr(C)]
struct State {
    /// The task is in the middle of something: what comes now stays behind what it says.
    is_busy: bool,
    /// The socket took no more; the task waits until it does.
    is_blocked: bool,
    /// In the hub's list of those that it will write to.
    is_marked: bool,
    is_ending: bool,
    /// Nothing more is taken.
    is_over: bool,
    /// What the session's task has to look at, and what came behind it.
    inbox: VecDeque<Outgoing>,
    wire: Option<Wire>,
    out: Queue,
    /// Bytes that wait in the inbox, or were taken out of it to be passed on.
    in_inbox: usize,
    /// Messages of the session that the hub has not answered.
    in_flight: usize,
    /// So many, and the task does not read; it is woken when there are fewer.
    in_flight_max: usize,
    /// Why the session is to end, until it knows.
    ending: Option<Ending>,
    /// What a write of somebody else's said.
    fault: Option<io::Error>,
    waker: Option<Waker>,
}

/// A frame that somebody has for a session.
pub(crate) struct Frame {
    /// Head and text, as the socket gets them.
    pub(crate) bytes: Bytes,
    /// It answers one of the reader's messages, so one less is in flight.
    pub(crate) settles_post: bool,
    /// Somebody waits for it to be written.
    pub(crate) receipt: Option<Receipt>,
}

impl Pipe {
    pub(crate) fn new(wire: Wire) -> Pipe {
        Pipe(Mutex::new(State {
            is_busy: true,
            is_blocked: false,
            is_marked: false,
            is_ending: false,
            is_over: false,
            inbox: VecDeque::new(),
            out: Queue::default(),
            wire: Some(wire),
            in_inbox: 0,
            in_flight: 0,
            in_flight_max: usize::MAX,
            ending: None,
            fault: None,
            waker: None,
        }))
    }

    /// Of a session that is not there: all that is pushed waits to be taken.
    #[cfg(test)]
    pub(crate) fn unread() -> Pipe {
        Pipe::new(Wire::Other(Box::new(tokio::io::empty())))
    }

    /// As if all that was passed on had been written.
    #[cfg(test)]
    pub(crate) fn forget(&self) {
        self.lock().out = Queue::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How much of others' waits.
    fn frames(&self) -> usize {
        self.out.counted() + self.inbox.len()
    }

    /// How many bytes of them.
    fn waiting(&self) -> usize {
        self.out.waiting() + self.in_inbox
    }

    /// Whether one more of `bytes` may wait. If not, the reader is too slow and is closed.
    fn has_room(&mut self, bytes: usize) -> bool {
        let fits =
            self.frames() < SESSION_FRAMES_CAP && self.waiting() + bytes <= SESSION_BYTES_CAP;
        if !fits {
            self.close(TOO_SLOW);
        }
        fits
    }

    fn close(&mut self, ending: Ending) {
        if !std::mem::replace(&mut self.is_ending, true) {
            self.ending = Some(ending);
            self.wake();
        }
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn remember(&mut self, cx: &Context<'_>) {
        if !self
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            self.waker = Some(cx.waker().clone());
        }
    }

    fn settle(&mut self, is_answer: bool) {
        if is_answer {
            if self.in_flight >= self.in_flight_max {
                self.wake();
            }
            self.in_flight = self.in_flight.saturating_sub(1);
        }
    }

    fn write(
        &mut self,
        cx: Option<&mut Context<'_>>,
        receipts: &mut Vec<Receipt>,
    ) -> Poll<io::Result<()>> {
        self.out.write(&mut self.wire, cx, receipts)
    }
}

#[cfg(test)]
mod tests;
