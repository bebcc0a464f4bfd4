//! `MSG`: what is checked, in which order, and where it goes.

use landline_hub::SessionId;
use landline_protocol::{MessageId, Timestamp, UserId};
use uuid::Uuid;

use super::delivery::{CONFLICT, Parcel, Sent, Stage};
use super::{KEPT_MS, Roster, State, Tell, User};
use crate::dialect::fastchat::form::Form;
use crate::dialect::fastchat::problem::Problem;
use crate::dialect::fastchat::reading::Draft;
use crate::dialect::fastchat::writing::{Frame, Status};

/// What to do with a `MSG`.
#[derive(Debug, PartialEq)]
pub(crate) enum Saying {
    /// Nothing more than this.
    Told(Vec<Tell>),
    /// Post it.
    Post(Parcel),
}

impl State {
    /// `MSG`, with its rate and fields already right.
    ///
    /// # Errors
    /// In the order of dialects.md 9.2: repeated id, recipient known, chat open, delivery.
    pub(crate) fn say(
        &mut self,
        conn: SessionId,
        draft: Draft,
        roster: &Roster,
        now: Timestamp,
    ) -> Result<Saying, Problem> {
        let Some(known) = self.conns.get(&conn) else {
            return Ok(Saying::Told(Vec::new()));
        };
        let (author, form) = (known.user, known.form);
        let to = draft
            .to
            .or_else(|| self.current(author, now))
            .ok_or(Problem::NoChat(None))?;
        let given = draft.message_id.clone();
        let message_id = draft.message_id.unwrap_or_else(fresh_id);
        let parcel = Parcel {
            author,
            to,
            body: draft.content,
            message_id,
        };
        if let Some(again) = self.repeated(conn, form, &parcel, now) {
            return again.map(Saying::Told);
        }
        if !self.is_known(to, roster, now) {
            return Err(Problem::NotFound(given));
        }
        if !self.is_open(author, to, now) {
            return Err(Problem::NoChat(given));
        }
        if form == Form::Flat && self.reads_nested(to) && Form::Nested.text(&parcel.body).is_empty()
        {
            return Err(Problem::Empty);
        }
        self.use_chat(author, to, now);
        if let Some(known) = self.conns.get_mut(&conn) {
            known.spoke_to = Some(to);
        }
        let key = (author, parcel.message_id.clone());
        let before = self.deliveries.sent.get(&key);
        let (is_again, is_said) =
            before.map_or((false, false), |sent| (sent.is_posted, sent.is_said));
        let sent = |stage| Sent {
            parcel: parcel.clone(),
            stage,
            waiting: vec![(conn, form)],
            is_posted: is_again,
            is_said,
            is_again,
        };
        if self.is_here(to, roster) {
            self.deliveries.sent.insert(key, sent(Stage::Posted(conn)));
            return Ok(Saying::Post(parcel));
        }
        if self.hold(&parcel, now) {
            self.deliveries.sent.insert(key, sent(Stage::Held));
            let pending = Frame::Ack {
                message_id: parcel.message_id,
                status: Status::Pending,
                at: now,
            };
            return Ok(Saying::Told(vec![Tell {
                to: conn,
                form,
                frame: pending,
            }]));
        }
        Err(Problem::Failed(parcel.message_id))
    }

    /// What to say of a message that was sent before, if it needs nothing else.
    fn repeated(
        &mut self,
        conn: SessionId,
        form: Form,
        parcel: &Parcel,
        now: Timestamp,
    ) -> Option<Result<Vec<Tell>, Problem>> {
        let sent = self
            .deliveries
            .sent
            .get_mut(&(parcel.author, parcel.message_id.clone()))?;
        if sent.parcel != *parcel {
            return Some(Err(CONFLICT));
        }
        match sent.stage {
            Stage::Posted(_) | Stage::Held => {
                sent.waiting.push((conn, form));
                Some(Ok(Vec::new()))
            }
            Stage::Delivered => {
                let frame = Frame::Ack {
                    message_id: parcel.message_id.clone(),
                    status: Status::Delivered,
                    at: now,
                };
                Some(Ok(vec![Tell {
                    to: conn,
                    form,
                    frame,
                }]))
            }
            Stage::Failed => None,
        }
    }

    /// Somebody who said hello within a day, or whom the room knows.
    fn is_known(&self, user: UserId, roster: &Roster, now: Timestamp) -> bool {
        let said_hello = |user: &User| {
            !user.conns.is_empty() || user.hello.is_some_and(|hello| hello.0 + KEPT_MS > now.0)
        };
        self.users.get(&user).is_some_and(said_hello)
            || self.members.contains_key(&user)
            || roster.contains_key(&user)
    }

    /// Whether a connection of theirs is, or was at last, told stripped text.
    fn reads_nested(&self, user: UserId) -> bool {
        let was = self
            .users
            .get(&user)
            .is_some_and(|user| user.conns.is_empty() && user.form == Form::Nested);
        was || self.has(user, Form::Nested)
    }
}

fn fresh_id() -> MessageId {
    Uuid::new_v4()
        .to_string()
        .parse()
        .expect("a UUID is a message id")
}
