//! One event in the words of each dialect that its hearers speak.

use std::borrow::Cow;
use std::sync::Arc;

use hyper::body::Bytes;
use landline_hub::{Event, SessionId};
use landline_protocol::UserId;

use super::marked::Marked;
use super::pipe::{By, Frame, Pushed};
use super::seat::Seat;
use super::{Outgoing, Receipt, framed};
use crate::dialect::{Told, Words};

/// A dialect's way of wording things, by its place in memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Wording(usize);

impl Wording {
    pub(super) fn of(words: &Arc<dyn Words>) -> Wording {
        Wording(Arc::as_ptr(words).addr())
    }
}

/// How a frame gets to a session.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// It waits in the session's pipe for [`Marked`]'s turn.
    Queue,
    /// To the socket, if nothing waits before it.
    AtOnce,
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

/// See the file's head.
pub(super) struct Worded<'a> {
    event: Cow<'a, Event>,
    /// Whose message or notice it is.
    author: Option<SessionId>,
    words: Vec<(Wording, bool, Ready)>,
    shared: Option<Arc<Event>>,
    receipt: Option<(UserId, Receipt)>,
}

impl<'a> Worded<'a> {
    /// `receipt`: from whom but themselves it is wanted.
    pub(super) fn new(event: &'a Event, receipt: Option<(UserId, Receipt)>) -> Worded<'a> {
        let author = match event {
            Event::Said(entry) => entry.session,
            Event::Noticed(notice) => Some(notice.session),
            _ => None,
        };
        Worded {
            event: Cow::Borrowed(event),
            author,
            words: Vec::new(),
            shared: None,
            receipt,
        }
    }

    /// To be told when the event is gone.
    pub(super) fn into_owned(self) -> Worded<'static> {
        Worded {
            event: Cow::Owned(self.event.into_owned()),
            author: self.author,
            words: self.words,
            shared: self.shared,
            receipt: self.receipt,
        }
    }

    /// Whether it is something said for which nobody waits to be read.
    pub(super) fn is_said_to_all(&self) -> bool {
        self.receipt.is_none() && matches!(*self.event, Event::Said(_))
    }

    pub(super) fn author(&self) -> Option<SessionId> {
        self.author
    }

    fn told(&mut self, seat: &Seat, is_author: bool) -> &Ready {
        let known = self
            .words
            .iter()
            .position(|(words, mine, _)| *words == seat.words && *mine == is_author);
        let place = known.unwrap_or_else(|| {
            let told = seat.line.words().put(&self.event, is_author);
            self.words.push((seat.words, is_author, told.into()));
            self.words.len() - 1
        });
        &self.words[place].2
    }

    pub(super) fn send(&mut self, session: SessionId, seat: &Seat, way: Way, marked: &mut Marked) {
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
            let frame = || Frame {
                bytes: bytes.clone(),
                settles_post,
                receipt,
            };
            let pushed = match way {
                Way::AtOnce if pipe.tell(bytes) => return,
                Way::AtOnce | Way::Queue => pipe.push(frame(), By::Hub),
            };
            if pushed == Pushed::Marked {
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
                    .get_or_insert_with(|| Arc::new(self.event.as_ref().clone()));
                line.push_event(event.clone(), receipt);
            }
        }
    }
}
