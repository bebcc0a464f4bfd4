//! What a connection's own session does with it.

use std::collections::VecDeque;
use std::io;
use std::task::{Context, Poll};

use hyper::body::Bytes;

use super::queue::Piece;
use super::{Frame, Pipe};
use crate::limits::FRAMES_AT_ONCE;
use crate::outlet::{Ending, Outgoing, Receipt};

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
