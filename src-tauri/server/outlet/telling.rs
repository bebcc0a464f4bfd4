//! A message on its way through the list of those who are to hear it.
//!
//! While nothing else is to be told, a message goes to one socket after the other with one look at each pipe, and waits in
//! none: what telling it to hundreds costs is mostly waiting for their memory. Whatever comes meanwhile lets the rest of
//! it go into the pipes, and comes behind it there, so that both go out in one write.

use std::sync::Arc;

use landline_hub::{Audience, SessionId};

use super::marked::Marked;
use super::seat::Seats;
use super::worded::{Way, Worded};

/// See the file's head.
pub(super) struct Telling {
    sessions: Arc<[SessionId]>,
    /// How many of them have had their turn.
    turn: usize,
    /// Who said it and is among them: they hear it before the others.
    author: Option<SessionId>,
    worded: Worded<'static>,
}

impl Telling {
    /// Tells it to its author.
    pub(super) fn begin(
        sessions: Arc<[SessionId]>,
        worded: Worded<'static>,
        seats: &Seats,
        marked: &mut Marked,
    ) -> Telling {
        let author = worded.author().filter(|one| sessions.contains(one));
        let mut telling = Telling {
            sessions,
            turn: 0,
            author,
            worded,
        };
        if let Some(author) = author {
            telling.send(author, Way::Queue, seats, marked);
        }
        telling
    }

    /// Whether `audience` has heard it, and so may hear the next thing.
    pub(super) fn has_reached(&self, audience: &Audience) -> bool {
        matches!(audience, Audience::One(session) if self.author == Some(*session))
    }

    /// Tells it to so many more. Whether there are others after them.
    pub(super) fn go_on(
        &mut self,
        many: usize,
        way: Way,
        seats: &Seats,
        marked: &mut Marked,
    ) -> bool {
        let sessions = self.sessions.clone();
        let rest = &sessions[self.turn..];
        let many = many.min(rest.len());
        for session in &rest[..many] {
            if self.author != Some(*session) {
                self.send(*session, way, seats, marked);
            }
        }
        self.turn += many;
        self.turn < sessions.len()
    }

    fn send(&mut self, session: SessionId, way: Way, seats: &Seats, marked: &mut Marked) {
        if let Some(seat) = seats.get(&session) {
            self.worded.send(session, seat, way, marked);
        }
    }
}
