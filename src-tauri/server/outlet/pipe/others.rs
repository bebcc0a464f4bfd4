//! What others do to a connection: the hub, which writes to its socket, and whoever has something for it.

use std::io::{self, IoSlice};
use std::task::Poll;

use hyper::body::Bytes;

use super::{Frame, Pipe};
use crate::limits::{SESSION_BYTES_CAP, SESSION_FRAMES_CAP};
use crate::outlet::{Ending, Outgoing, Receipt};

/// What became of something that was pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::outlet) enum Pushed {
    /// The session cannot take it: it is being closed, or gone.
    Refused,
    /// It will be written, or looked at.
    Taken,
    /// It is written as soon as [`Pipe::flush`] is called.
    Marked,
}

/// Who pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::outlet) enum By {
    /// The hub's task, which flushes afterwards.
    Hub,
    /// Another session, or its own dialect.
    Other,
}

impl Pipe {
    /// A frame for the client.
    pub(in crate::outlet) fn push(&self, frame: Frame, by: By) -> Pushed {
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
    pub(in crate::outlet) fn tell(&self, bytes: &Bytes) -> bool {
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
    pub(in crate::outlet) fn push_to_task(&self, outgoing: Outgoing) -> Pushed {
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
    pub(in crate::outlet) fn is_half_full(&self) -> bool {
        let state = self.lock();
        state.frames() > SESSION_FRAMES_CAP / 2 || state.waiting() > SESSION_BYTES_CAP / 2
    }

    /// Ends the session, if it does not end already.
    pub(in crate::outlet) fn close(&self, ending: Ending) {
        self.lock().close(ending);
    }

    /// Writes what goes at once, and leaves the rest to the session's task. Receipts of what was written are to be told
    /// after this.
    pub(in crate::outlet) fn flush(&self, receipts: &mut Vec<Receipt>) {
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
}

fn is_for_now(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), WouldBlock | Interrupted)
}
