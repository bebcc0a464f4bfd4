//! A connection's socket and what waits for it, shared by its session and by everybody who has something for it.
//!
//! The hub's task writes to the socket itself: a message to 200 members wakes none of their tasks. A session's task is
//! needed when the socket takes no more, when its dialect has to word something, and when its connection ends.

mod queue;

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::body::Bytes;
use landline_protocol::CloseCode;

use super::{Ending, Outgoing, Receipt, Wire};
use crate::limits::{FRAMES_AT_ONCE, SESSION_BYTES_CAP, SESSION_FRAMES_CAP};
use queue::{Piece, Queue};

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

/// What became of something that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pushed {
    /// The session cannot take it: it is being closed, or gone.
    Refused,
    /// It will be written, or looked at.
    Taken,
    /// It is written as soon as [`Pipe::flush`] is called.
    Marked,
}

/// Who pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The hub's task, which flushes afterwards.
    Hub,
    /// Another session, or its own dialect.
    Other,
}

/// What a session has to do next.
pub(crate) enum Due {
    /// End.
    End(Ending),
    /// The socket has failed.
    Fault(io::Error),
    /// Look at what is in the inbox.
    Inbox,
    /// Write.
    Write,
    /// Nothing; whether it may read.
    Nothing { reads: bool },
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

    /// A frame for the client.
    pub(super) fn push(&self, frame: Frame, by: By) -> Pushed {
        let bytes = frame.bytes.len();
        let mut state = self.lock();
        if state.is_over || !state.has_room(bytes) {
            // The frame's receipt tells others of it, so it is dropped after the lock.
            drop(state);
            return Pushed::Refused;
        }
        if state.is_busy || !state.inbox.is_empty() {
            state.in_inbox += bytes;
            state.inbox.push_back(Outgoing::Frame(frame));
            state.wake();
            return Pushed::Taken;
        }
        state.settle(frame.settles_post);
        state.out.add(frame.bytes, true, frame.receipt);
        if state.is_blocked {
            return Pushed::Taken;
        }
        if by == By::Other {
            state.wake();
            return Pushed::Taken;
        }
        if std::mem::replace(&mut state.is_marked, true) {
            Pushed::Taken
        } else {
            Pushed::Marked
        }
    }

    /// Writes a frame at once. `false`: it is to be pushed, because something is before it or the session takes no more.
    pub(super) fn tell(&self, bytes: &Bytes) -> bool {
        let mut state = self.lock();
        if state.is_busy || state.is_blocked || state.is_over || !state.inbox.is_empty() {
            return false;
        }
        let state = &mut *state;
        let Some(wire) = state.wire.as_mut().filter(|_| state.out.is_empty()) else {
            return false;
        };
        let written = match wire.try_write(&[IoSlice::new(bytes)]) {
            Ok(written) if written == bytes.len() => return true,
            Ok(written) => written,
            Err(error) if is_for_now(&error) => 0,
            Err(error) => {
                state.fault = Some(error);
                state.wake();
                return true;
            }
        };
        state.out.add_begun(bytes.clone(), written);
        state.is_blocked = true;
        state.wake();
        true
    }

    /// Something for the session's task.
    pub(super) fn push_to_task(&self, outgoing: Outgoing) -> Pushed {
        let mut state = self.lock();
        let bytes = outgoing.bytes();
        if state.is_over || !state.has_room(bytes) {
            drop(state);
            return Pushed::Refused;
        }
        if matches!(outgoing, Outgoing::Settled) && !state.is_busy && state.inbox.is_empty() {
            state.settle(true);
            return Pushed::Taken;
        }
        state.in_inbox += bytes;
        state.inbox.push_back(outgoing);
        state.wake();
        Pushed::Taken
    }

    /// Whether half of what may wait does.
    pub(super) fn is_half_full(&self) -> bool {
        let state = self.lock();
        state.frames() > SESSION_FRAMES_CAP / 2 || state.waiting() > SESSION_BYTES_CAP / 2
    }

    /// Ends the session, if it does not end already.
    pub(super) fn close(&self, ending: Ending) {
        self.lock().close(ending);
    }

    /// Writes what goes at once, and leaves the rest to the session's task. Receipts of what was written are to be told
    /// after this.
    pub(super) fn flush(&self, receipts: &mut Vec<Receipt>) {
        let mut state = self.lock();
        state.is_marked = false;
        if state.is_blocked {
            return;
        }
        match state.write(None, receipts) {
            Poll::Ready(Ok(())) => {}
            Poll::Ready(Err(error)) => {
                state.fault = Some(error);
                state.wake();
            }
            Poll::Pending => {
                state.is_blocked = true;
                state.wake();
            }
        }
    }

    /// A frame of the session's own.
    pub(crate) fn say(&self, bytes: Bytes, receipt: Option<Receipt>) {
        self.lock().out.add(bytes, false, receipt);
    }

    /// A frame that had come to the inbox.
    pub(crate) fn pass_on(&self, frame: Frame) {
        let mut state = self.lock();
        state.in_inbox -= frame.bytes.len();
        state.settle(frame.settles_post);
        state.out.add(frame.bytes, true, frame.receipt);
    }

    /// Takes some of what is in the inbox, in its order.
    pub(crate) fn take(&self, batch: &mut VecDeque<Outgoing>) {
        let mut state = self.lock();
        state.is_busy = true;
        if state.inbox.len() <= FRAMES_AT_ONCE {
            std::mem::swap(&mut state.inbox, batch);
        } else {
            batch.extend(state.inbox.drain(..FRAMES_AT_ONCE));
        }
        // A frame waits until it is passed on.
        let others = |one: &&Outgoing| !matches!(one, Outgoing::Frame(_));
        let bytes: usize = batch.iter().filter(others).map(Outgoing::bytes).sum();
        state.in_inbox -= bytes;
    }

    /// One more message is under way to the hub.
    pub(crate) fn one_in_flight(&self) {
        self.lock().in_flight += 1;
    }

    /// One of them was answered.
    pub(crate) fn settle(&self) {
        self.lock().settle(true);
    }

    /// What is to be done; the task is woken when that changes. `in_flight_max`: with so many messages under way it does
    /// not read.
    pub(crate) fn due(&self, cx: &mut Context<'_>, in_flight_max: usize) -> (Due, usize) {
        let mut state = self.lock();
        state.is_busy = true;
        let due = if let Some(ending) = state.ending.take() {
            Due::End(ending)
        } else if let Some(fault) = state.fault.take() {
            Due::Fault(fault)
        } else if !state.inbox.is_empty() {
            Due::Inbox
        } else if !state.out.is_empty() {
            Due::Write
        } else {
            state.is_busy = false;
            state.in_flight_max = in_flight_max;
            state.remember(cx);
            Due::Nothing {
                reads: state.in_flight < in_flight_max,
            }
        };
        (due, state.in_flight)
    }

    /// The task goes to work.
    pub(crate) fn is_busy(&self) {
        self.lock().is_busy = true;
    }

    /// Whether something is in the inbox.
    pub(crate) fn has_mail(&self) -> bool {
        !self.lock().inbox.is_empty()
    }

    /// What [`Pipe::poll_flush`] is to reach, if something waits to be written.
    pub(crate) fn unwritten(&self) -> Option<u64> {
        let state = self.lock();
        (!state.out.is_empty()).then(|| state.out.queued())
    }

    /// How much was ever to be written: what [`Pipe::poll_flush`] is to reach.
    pub(crate) fn queued(&self) -> u64 {
        self.lock().out.queued()
    }

    /// Writes until `until` is reached. The session's end comes before it.
    pub(crate) fn poll_flush(
        &self,
        cx: &mut Context<'_>,
        until: u64,
    ) -> Poll<Result<(), FlushError>> {
        let mut receipts = Vec::new();
        let done = {
            let mut state = self.lock();
            if let Some(ending) = state.ending.take() {
                return Poll::Ready(Err(FlushError::Ended(ending)));
            }
            if let Some(fault) = state.fault.take() {
                return Poll::Ready(Err(FlushError::Io(fault)));
            }
            let done = state.write(Some(cx), &mut receipts);
            state.is_blocked = done.is_pending();
            match done {
                Poll::Ready(done) => Poll::Ready(done.map_err(FlushError::Io)),
                Poll::Pending if state.out.written() >= until => Poll::Ready(Ok(())),
                Poll::Pending => {
                    state.remember(cx);
                    Poll::Pending
                }
            }
        };
        for receipt in receipts {
            receipt.written();
        }
        done
    }

    /// Reads what is there, or waits.
    pub(crate) fn poll_read(
        &self,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.lock().wire {
            Some(wire) => wire.poll_read(cx, buffer),
            None => Poll::Ready(Ok(0)),
        }
    }

    /// The session is over: nothing more is taken. `gives_up`: what waits is not written either, but for the rest of what
    /// was begun. Gives back what nobody will write.
    pub(crate) fn end(&self, gives_up: bool) -> Unwritten {
        let mut state = self.lock();
        state.is_ending = true;
        state.is_over = true;
        state.ending = None;
        let inbox = std::mem::take(&mut state.inbox);
        let out = if gives_up {
            state.out.take(true)
        } else {
            Vec::new()
        };
        Unwritten {
            _inbox: inbox,
            _out: out,
        }
    }

    /// Lets go of the socket.
    pub(crate) fn hang_up(&self) -> Unwritten {
        let mut state = self.lock();
        state.is_ending = true;
        state.is_over = true;
        let wire = state.wire.take();
        let (inbox, out) = (std::mem::take(&mut state.inbox), state.out.take(false));
        drop(state);
        drop(wire);
        Unwritten {
            _inbox: inbox,
            _out: out,
        }
    }
}

/// What was never written; those who wait for it learn so when it is dropped.
pub(crate) struct Unwritten {
    _inbox: VecDeque<Outgoing>,
    _out: Vec<Piece>,
}

/// Why a flush stopped.
pub(crate) enum FlushError {
    /// The session is to end.
    Ended(Ending),
    /// The socket failed.
    Io(io::Error),
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

fn is_for_now(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted)
}

#[cfg(test)]
mod tests;
