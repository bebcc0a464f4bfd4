//! What waits to be written to one socket, as the socket gets it.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::task::{Context, Poll};

use hyper::body::Bytes;

use crate::outlet::{Receipt, Wire};

/// Frames handed to the system in one write.
const PIECES_AT_ONCE: usize = 64;

/// See the file's head.
///
/// Telling something to a room of hundreds means waiting for the memory of hundreds of these. So what one frame touches
/// stands together, and the one frame that mostly waits alone stands in the queue itself.
#[derive(Default)]
#[repr(C)]
pub(super) struct Queue {
    first: Option<Piece>,
    /// How much of the first one is written.
    begun: usize,
    /// Bytes of others' that wait.
    waiting: usize,
    /// How many of the frames are others'.
    counted: usize,
    /// Bytes that were ever to be written, and that were.
    queued: u64,
    written: u64,
    /// Behind the first one.
    rest: VecDeque<Piece>,
}

/// A frame, ready for the socket.
pub(super) struct Piece {
    bytes: Bytes,
    /// Whether it counts as waiting: what the session says itself does not, it reads nothing meanwhile.
    is_counted: bool,
    receipt: Option<Receipt>,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// How many frames of others' wait.
    pub(super) fn counted(&self) -> usize {
        self.counted
    }

    /// How many bytes of others' wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How much was ever to be written.
    pub(super) fn queued(&self) -> u64 {
        self.queued
    }

    /// How much of that is.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn add(&mut self, bytes: Bytes, is_counted: bool, receipt: Option<Receipt>) {
        self.queued += bytes.len() as u64;
        if is_counted {
            self.counted += 1;
            self.waiting += bytes.len();
        }
        let piece = Piece {
            bytes,
            is_counted,
            receipt,
        };
        if self.first.is_none() {
            self.first = Some(piece);
        } else {
            self.rest.push_back(piece);
        }
    }

    /// A frame of others' that was written up to here, where nothing waits.
    pub(super) fn add_begun(&mut self, bytes: Bytes, written: usize) {
        self.add(bytes, true, None);
        self.begun = written;
        self.written += written as u64;
    }

    /// Takes all out of it; `keeps_begun`: but for the rest of what was begun.
    pub(super) fn take(&mut self, keeps_begun: bool) -> Vec<Piece> {
        let first = if keeps_begun && self.begun > 0 {
            None
        } else {
            self.first.take()
        };
        first
            .into_iter()
            .chain(std::mem::take(&mut self.rest))
            .collect()
    }

    /// Writes all; with `cx` it waits where the socket takes no more.
    pub(super) fn write(
        &mut self,
        wire: &mut Option<Wire>,
        mut cx: Option<&mut Context<'_>>,
        receipts: &mut Vec<Receipt>,
    ) -> Poll<io::Result<()>> {
        while let Some(first) = &self.first {
            let Some(wire) = wire else {
                return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
            };
            let one = [IoSlice::new(&first.bytes[self.begun..])];
            let mut many;
            let slices = if self.rest.is_empty() {
                &one[..]
            } else {
                many = [IoSlice::new(&[]); PIECES_AT_ONCE];
                many[0] = one[0];
                for (slice, piece) in many[1..].iter_mut().zip(&self.rest) {
                    *slice = IoSlice::new(&piece.bytes);
                }
                &many[..(1 + self.rest.len()).min(PIECES_AT_ONCE)]
            };
            let written = match &mut cx {
                Some(cx) => match wire.poll_write(cx, slices) {
                    Poll::Ready(written) => written,
                    Poll::Pending => return Poll::Pending,
                },
                None => wire.try_write(slices),
            };
            match written {
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(written) => self.advance(written, receipts),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Poll::Pending,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
        // Thousands are idle at a time: they keep no room for what may come.
        self.rest = VecDeque::new();
        Poll::Ready(Ok(()))
    }

    fn advance(&mut self, written: usize, receipts: &mut Vec<Receipt>) {
        self.written += written as u64;
        self.begun += written;
        while let Some(first) = &self.first
            && self.begun >= first.bytes.len()
        {
            self.begun -= first.bytes.len();
            if first.is_counted {
                self.waiting -= first.bytes.len();
                self.counted -= 1;
            }
            let next = self.rest.pop_front();
            if let Some(piece) = std::mem::replace(&mut self.first, next) {
                receipts.extend(piece.receipt);
            }
        }
    }
}
