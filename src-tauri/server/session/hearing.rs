//! What a session takes in: frames of its client, and what the hub and others have queued for it.

use std::collections::VecDeque;
use std::time::Duration;

use hyper_tungstenite::tungstenite::error::CapacityError;
use hyper_tungstenite::tungstenite::{Error, Message};
use landline_hub::{Event, Request};
use landline_protocol::MessageId;
use landline_protocol::limits::{HELLO_FRAME_BYTES, KEEPALIVE_EVERY_SECS};
use tokio::time::Instant;

use super::{CLOSED, Session, TOO_BIG, closing};
use crate::outlet::{Ending, Outgoing};

impl Session {
    pub(super) async fn hear(&mut self, message: Result<Message, Error>) -> Result<(), Ending> {
        self.is_pinged = false;
        self.silent_at = Instant::now() + Duration::from_secs(KEEPALIVE_EVERY_SECS);
        match message {
            Ok(Message::Text(text)) => {
                if self.inside.is_none() && text.len() > HELLO_FRAME_BYTES {
                    return Err(TOO_BIG);
                }
                self.one_more_frame();
                // What the hub said before goes first.
                self.take_all_that_is_there().await?;
                let now = self.now();
                self.speaker.hear(&text, now, &mut self.steps);
                self.carry_out(None).await
            }
            Ok(Message::Binary(_)) => {
                self.one_more_frame();
                let now = self.now();
                self.speaker.hear_binary(now, &mut self.steps);
                self.carry_out(None).await
            }
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)) => Ok(()),
            Ok(Message::Close(_)) => Err(CLOSED),
            Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => Err(TOO_BIG),
            Err(error) => Err(closing::ending_of(&error)),
        }
    }

    pub(super) fn one_more_frame(&mut self) {
        self.paused_until = self.frames.one_more().map(|wait| Instant::now() + wait);
    }

    /// Looks at what has come to the inbox, some of it at a time.
    pub(super) async fn take_what_is_there(&mut self) -> Result<(), Ending> {
        self.pipe.take(&mut self.batch);
        while let Some(outgoing) = self.batch.pop_front() {
            self.take(outgoing).await?;
        }
        // An idle session keeps no room for the next one.
        self.batch = VecDeque::new();
        Ok(())
    }

    pub(super) async fn take_all_that_is_there(&mut self) -> Result<(), Ending> {
        while self.pipe.has_mail() {
            self.take_what_is_there().await?;
        }
        Ok(())
    }

    async fn take(&mut self, outgoing: Outgoing) -> Result<(), Ending> {
        match outgoing {
            Outgoing::Frame(frame) => {
                self.is_settled(frame.settles_post);
                self.pipe.pass_on(frame);
                Ok(())
            }
            Outgoing::Settled => {
                self.settle(true);
                Ok(())
            }
            Outgoing::Event(event, receipt) => {
                if self.is_put_off(&event) {
                    return Ok(());
                }
                self.settle(event.settles_post());
                let now = self.now();
                self.speaker.told(&event, now, &mut self.steps);
                self.carry_out(receipt.as_ref()).await
            }
            Outgoing::Note(note) => {
                let now = self.now();
                self.speaker.note(note, now, &mut self.steps);
                self.carry_out(None).await
            }
        }
    }

    fn settle(&mut self, is_answer: bool) {
        self.is_settled(is_answer);
        if is_answer {
            self.pipe.settle();
        }
    }

    /// The hub has taken the message that was kept for it.
    fn is_settled(&mut self, is_answer: bool) {
        if is_answer {
            self.again = None;
        }
    }

    /// A message that the hub only put off is asked again later; the client is not read meanwhile, and never learns of it.
    pub(super) fn is_put_off(&mut self, event: &Event) -> bool {
        let Event::Refused(refusal) = event else {
            return false;
        };
        let (Some(again), Some(wait), Some(id)) =
            (&mut self.again, refusal.retry_after_ms, &refusal.message_id)
        else {
            return false;
        };
        if message_id(&again.request) != Some(id) {
            return false;
        }
        again.at = Some(Instant::now() + Duration::from_millis(wait));
        true
    }
}

/// The message that a request says, if it says one.
pub(super) fn message_id(request: &Request) -> Option<&MessageId> {
    match request {
        Request::Post(post) => Some(&post.message_id),
        Request::Relay { message_id, .. } => Some(message_id),
        _ => None,
    }
}
