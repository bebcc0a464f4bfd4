//! A connection to a private room. The hub knows that it is there, and nothing of what is said.

use std::sync::Arc;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::SessionId;
use landline_protocol::Timestamp;

use super::{Form, Pair, enter, frame, not_json};
use crate::dialect::{Speaker, Step};
use crate::outlet::Line;

/// In the public room the hub's answer paces a client that sends without end. Here frames go straight to the partner,
/// who would be closed as too slow for somebody else's flood. So short that nobody who types feels it.
const PAUSE_MS: i64 = 5;

/// A connection to a private room.
pub(super) struct Private {
    pair: Arc<Pair>,
    form: Form,
    session: Option<SessionId>,
    /// The partner is far behind: no more is read until then.
    waits_until: Option<Timestamp>,
}

impl Private {
    pub(super) fn new(pair: Arc<Pair>, form: Form) -> Private {
        Private {
            pair,
            form,
            session: None,
            waits_until: None,
        }
    }
}

impl Speaker for Private {
    fn opened(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        out.push(enter(self.pair.words(self.form)).1);
    }

    fn entered(&mut self, line: &Line, _now: Timestamp, _out: &mut Vec<Step>) {
        self.session = Some(line.session());
        self.pair.rooms.enter(line, self.form);
    }

    fn hear(&mut self, text: &Utf8Bytes, now: Timestamp, out: &mut Vec<Step>) {
        match (frame::read(text), self.session) {
            (None, _) => not_json(out),
            (Some(_), Some(session)) => {
                let is_behind = self.pair.rooms.say(session, text);
                self.waits_until = is_behind.then(|| Timestamp(now.0 + PAUSE_MS));
            }
            (Some(_), None) => {}
        }
    }

    fn in_flight_max(&self) -> usize {
        usize::from(self.waits_until.is_none())
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.waits_until
    }

    fn wake(&mut self, _now: Timestamp, _out: &mut Vec<Step>) {
        self.waits_until = None;
    }

    fn ended(&mut self, _now: Timestamp) {
        if let Some(session) = self.session.take() {
            self.pair.rooms.leave(session);
        }
    }
}
