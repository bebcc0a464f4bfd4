//! The way to a session.

use std::sync::Arc;

use landline_hub::{Event, SessionId};
use landline_protocol::{CloseCode, UserId};

use super::pipe::{By, Frame, Pushed};
use super::{Ending, Outgoing, Pipe, Receipt, framed};
use crate::dialect::{Note, Words};

/// The way to a session. Cheap to clone; whoever keeps one lets go of it when the session ends. The session ends when
/// nobody has one any more.
#[derive(Clone)]
pub(crate) struct Line(Arc<Inner>);

struct Inner {
    session: SessionId,
    user_id: UserId,
    words: Arc<dyn Words>,
    pipe: Arc<Pipe>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.pipe.close(super::GOING_AWAY);
    }
}

impl Line {
    /// To a session of `user_id` that speaks `words`.
    pub(crate) fn new(
        session: SessionId,
        user_id: UserId,
        words: Arc<dyn Words>,
        pipe: Arc<Pipe>,
    ) -> Line {
        Line(Arc::new(Inner {
            session,
            user_id,
            words,
            pipe,
        }))
    }

    /// Whose it is.
    pub(crate) fn session(&self) -> SessionId {
        self.0.session
    }

    pub(super) fn user_id(&self) -> UserId {
        self.0.user_id
    }

    pub(super) fn words(&self) -> &Arc<dyn Words> {
        &self.0.words
    }

    pub(super) fn pipe(&self) -> &Arc<Pipe> {
        &self.0.pipe
    }

    /// Queues a frame; `false` if the session cannot take it: it is then being closed, or gone.
    pub(crate) fn push(&self, text: &str) -> bool {
        self.push_frame(text, None)
    }

    /// Queues a frame whose writing somebody waits for.
    pub(crate) fn push_with_receipt(&self, text: &str, receipt: Receipt) -> bool {
        self.push_frame(text, Some(receipt))
    }

    fn push_frame(&self, text: &str, receipt: Option<Receipt>) -> bool {
        let frame = Frame {
            bytes: framed(text),
            settles_post: false,
            receipt,
        };
        self.0.pipe.push(frame, By::Other) != Pushed::Refused
    }

    /// Queues a note for the session's dialect.
    pub(crate) fn note(&self, note: Note) {
        self.0.pipe.push_to_task(Outgoing::Note(note));
    }

    /// Queues an event that its session words by itself. What it will say is counted by the text it is about.
    pub(super) fn push_event(&self, event: Arc<Event>, receipt: Option<Receipt>) {
        self.0.pipe.push_to_task(Outgoing::Event(event, receipt));
    }

    /// Whether its session is behind: what means nothing later is not worth queueing.
    pub(crate) fn is_half_full(&self) -> bool {
        self.0.pipe.is_half_full()
    }

    pub(crate) fn close(&self, code: CloseCode, reason: &'static str) {
        self.0.pipe.close(Ending { code, reason });
    }
}
