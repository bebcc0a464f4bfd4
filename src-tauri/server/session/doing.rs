//! What a session's speaker wants done.

use std::sync::atomic::Ordering;

use landline_hub::{Command, Enter, Request, SessionId};
use sha2::{Digest as _, Sha256};

use super::hearing::message_id;
use super::{Again, Session};
use crate::dialect::{Entrance, Step};
use crate::outlet::{Ending, GOING_AWAY, Line, Receipt, framed};

impl Session {
    /// Does what the speaker wants. `receipt` goes with the frames it says.
    pub(super) async fn carry_out(&mut self, receipt: Option<&Receipt>) -> Result<(), Ending> {
        while !self.steps.is_empty() {
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Become(speaker) => self.speaker = speaker,
                    // Rare and large: its room is not kept for it meanwhile.
                    Step::Enter(entrance) => Box::pin(self.enter(entrance)).await?,
                    Step::Ask(request) => self.ask(request).await?,
                    Step::Say(text) => self.pipe.say(framed(&text), receipt.cloned()),
                    Step::End(ending) => {
                        // It ends anyway.
                        let _ = self.flush().await;
                        return Err(ending);
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) async fn enter(&mut self, entrance: Entrance) -> Result<(), Ending> {
        let Entrance {
            person,
            token,
            standing,
            words,
        } = entrance;
        let is_first = self.inside.is_none();
        if is_first && let Err(wait) = self.shared.rates.hello(self.address, person.user_id) {
            let now = self.now();
            self.speaker.turned_away(wait, now, &mut self.steps);
            return Ok(());
        }
        let id = match self.inside {
            Some(id) => id,
            None => SessionId(self.shared.next_session.fetch_add(1, Ordering::Relaxed)),
        };
        if is_first {
            let line = Line::new(id, person.user_id, words, self.pipe.clone());
            self.inside = Some(id);
            self.place = None;
            self.shared
                .hub
                .open(id, line.clone())
                .await
                .map_err(|_| GOING_AWAY)?;
            let now = self.now();
            self.speaker.entered(&line, now, &mut self.steps);
        }
        let enter = Enter {
            session: id,
            person,
            token: token.map(|token| Sha256::digest(token.as_bytes()).into()),
            address: self.address,
            standing,
        };
        self.shared
            .hub
            .send(Command::Enter(enter))
            .await
            .map_err(|_| GOING_AWAY)
    }

    pub(super) async fn ask(&mut self, request: Request) -> Result<(), Ending> {
        if message_id(&request).is_some() {
            self.pipe.one_in_flight();
            if self.speaker.in_flight_max() == 1 {
                self.again = Some(Again {
                    request: request.clone(),
                    at: None,
                });
            }
        }
        self.tell_hub(request).await
    }

    pub(super) async fn tell_hub(&mut self, request: Request) -> Result<(), Ending> {
        let Some(id) = self.inside else {
            return Ok(());
        };
        let command = Command::Ask(id, request);
        self.shared.hub.send(command).await.map_err(|_| GOING_AWAY)
    }
}
