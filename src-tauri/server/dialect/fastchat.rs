//! `fastchat` (dialects.md section 9): direct chats between people who see each other in a presence list, in two forms,
//! `nested` as its document says and `flat` as its client does. The hub carries the messages and says who is here; what
//! only this dialect knows stands in [`state`], which all its connections share.

mod file;
mod form;
mod html;
mod presence;
mod problem;
mod rates;
mod reading;
mod rest;
mod saver;
mod speaker;
mod state;
mod writing;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use landline_hub::{Event, SessionId};
use landline_protocol::Timestamp;

use super::{Note, Speaker, Told, Words};
use crate::outlet::{Line, Receipt};
pub(crate) use form::Form;
use presence::Everybody;
pub(crate) use rest::routes;
use saver::Saver;
use speaker::Talker;
use state::{Parcel, State, Tell};
use writing::{Frame, Status};

/// What the connections of the dialect share.
pub(crate) struct Fastchat {
    inner: Mutex<Inner>,
    saver: Saver,
}

struct Inner {
    state: State,
    lines: HashMap<SessionId, Line>,
    /// The whole list as the nested form was told it last: all its connections are told the same.
    everybody: Everybody,
}

impl Fastchat {
    /// Goes on from what the room in `folder` knew.
    pub(crate) fn new(folder: &Path, is_limiting: bool, now: Timestamp) -> Fastchat {
        let file = file::path(folder);
        let mut state = State::new(is_limiting);
        state.take_up(file::read(&file), now);
        Fastchat {
            inner: Mutex::new(Inner {
                state,
                lines: HashMap::new(),
                everybody: Everybody::default(),
            }),
            saver: Saver::new(file),
        }
    }

    /// Waits until what outlives a restart is on the disk.
    pub(crate) async fn close(&self) {
        self.saver.close().await;
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does something with the state; what changed for good goes to the disk.
    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        let mut inner = self.lock();
        let done = act(&mut inner);
        // Under the lock, so that a later state never goes to the disk before an earlier one.
        if let Some(kept) = inner.state.take_changes() {
            self.saver.save(kept);
        }
        done
    }
}

impl Inner {
    /// Says what is to be said to others than `me`; gives back what is for `me`. Still under the lock, so that everybody
    /// hears things in the order in which they happened.
    fn send(&self, tells: Vec<Tell>, me: Option<SessionId>) -> Vec<Frame> {
        let mut mine = Vec::new();
        for Tell { to, form, frame } in tells {
            if Some(to) == me {
                mine.push(frame);
            } else if let Some(line) = self.lines.get(&to) {
                if matches!(frame, Frame::Typing { .. }) && line.is_half_full() {
                    continue;
                }
                if let Some(text) = frame.text(form) {
                    line.push(&text);
                }
                if matches!(
                    frame,
                    Frame::Ack {
                        status: Status::Pending,
                        ..
                    }
                ) {
                    // Its session wakes us when the message has waited long enough.
                    line.note(Note::Look);
                }
            }
        }
        mine
    }

    /// Gives a message to its recipient past the log; the session behind `author` is told whether it was written.
    fn push(&mut self, parcel: &Parcel, author: SessionId, now: Timestamp) {
        let Some(author) = self.lines.get(&author) else {
            return;
        };
        let receipt = Receipt::new(author.clone(), parcel.message_id.clone());
        for Tell { to, form, frame } in self.state.push(parcel, now) {
            if let (Some(line), Some(text)) = (self.lines.get(&to), frame.text(form)) {
                line.push_with_receipt(&text, receipt.clone());
            }
        }
    }
}

impl Words for Fastchat {
    fn put(&self, event: &Event, _is_mine: bool) -> Told {
        match event {
            Event::Welcome { .. }
            | Event::Presence { .. }
            | Event::Said(_)
            | Event::DirectOpened { .. }
            | Event::Typing { .. }
            | Event::Acked { .. }
            | Event::Refused(_) => Told::Personal,
            _ => Told::Nothing,
        }
    }

    fn wants_receipts(&self) -> bool {
        true
    }
}

/// Who speaks with a connection of a form.
pub(crate) fn speaker(shared: &Arc<Fastchat>, form: Form) -> Box<dyn Speaker> {
    Box::new(Talker::new(shared.clone(), form))
}

/// The parser as an entry point for fuzzing: whatever comes, it keeps its rules.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    let stripped = html::strip(text);
    assert_eq!(html::strip(&stripped), stripped, "nothing is left to strip");
    let me = landline_protocol::UserId(uuid::Uuid::from_u128(1));
    for form in [Form::Nested, Form::Flat] {
        let Ok(envelope) = reading::envelope(form, text) else {
            continue;
        };
        if let Ok(hello) = envelope.hello(form) {
            assert!((1..=100).contains(&hello.name.chars().count()));
        }
        if let Ok(draft) = envelope.draft(form, me) {
            assert!((1..=1_000).contains(&draft.content.chars().count()));
            assert_ne!(draft.to, Some(me), "nobody writes to themselves");
        }
        assert!(
            envelope.target(me).is_ok_and(|target| target != me) || envelope.target(me).is_err()
        );
        assert_eq!(envelope.is_typing(), envelope.is_typing());
        assert_eq!(envelope.message_id(form), envelope.message_id(form));
    }
}
