//! The one loop around a speaker: connects, carries frames and lines, keeps lines until the server takes them, connects
//! again.

use std::collections::VecDeque;
use std::io::{IsTerminal, stdin};
use std::time::Duration;

use anyhow::bail;
use landline_client::Backoff;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, interval_at, sleep, sleep_until};

use crate::lines::{self, Wish};
use crate::output::{notice, plain};
use crate::stop::Stop;

use super::calling::Calling;
use super::place::Place;
use super::pulse::{Pulse, Silence};
use super::shown::Shown;
use super::wire::{End, Heard, Wire};
use super::{Act, HELP, Speaker};

/// Lines that wait for the server. Full: standard input is not read.
const HELD_CAP: usize = 64;
/// How long leaving waits for lines that wait or are not confirmed.
const SENT_WITHIN: Duration = Duration::from_secs(5);
/// The first and the longest wait between tries to connect.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(5));
/// A connection that held this long was a good one: the next wait is short again.
const STABLE_AFTER: Duration = Duration::from_secs(5);

/// Talks until the person leaves or the server refuses.
pub(super) async fn run(place: Place, speaker: Box<dyn Speaker>, json: bool) -> anyhow::Result<()> {
    let mut talk = Talk {
        speaker,
        wishes: lines::read(),
        stop: Stop::listen()?,
        held: VecDeque::new(),
        leave_by: None,
        was_in: false,
        shown: Shown {
            json,
            typed_here: stdin().is_terminal(),
        },
    };
    let outcome = talk.over_connections(&place).await;
    talk.tell_unsaid();
    talk.stop.or_else_at_once();
    outcome
}

struct Talk {
    speaker: Box<dyn Speaker>,
    wishes: mpsc::Receiver<Wish>,
    stop: Stop,
    /// Said before the server took it.
    held: VecDeque<String>,
    /// Set once the person wants to leave: what is on its way may still arrive until then.
    leave_by: Option<Instant>,
    /// A server of the right kind was there once: the address is right.
    was_in: bool,
    shown: Shown,
}

/// Why a conversation over one connection ended.
enum Done {
    Left,
    Ended(End),
}

impl Talk {
    async fn over_connections(&mut self, place: &Place) -> anyhow::Result<()> {
        let mut backoff = Backoff::new(BACKOFF.0, BACKOFF.1);
        loop {
            let why = match self.over_one(place, &mut backoff).await? {
                Done::Left => return Ok(()),
                Done::Ended(End::Over) => {
                    notice("The server ended the conversation");
                    return Ok(());
                }
                Done::Ended(End::Refused(why)) => bail!("the server refused: {}", plain(&why)),
                Done::Ended(End::Lost(why)) => why,
            };
            for text in self.speaker.broken() {
                notice(&format!(
                    "not confirmed, it may not have arrived: \"{}\"",
                    plain(&text)
                ));
            }
            let wait = backoff.next(getrandom::u32().unwrap_or(u32::MAX));
            notice(&format!(
                "No connection ({}); next try in {:.1} s",
                plain(&why),
                wait.as_secs_f64()
            ));
            if self.meanwhile(sleep(wait)).await.is_none() {
                return Ok(());
            }
        }
    }

    /// From the try to connect to the end of that connection.
    async fn over_one(&mut self, place: &Place, backoff: &mut Backoff) -> anyhow::Result<Done> {
        let mut wire = match self.meanwhile(Wire::open(place)).await {
            None => return Ok(Done::Left),
            // Something else may stand there for a while when a server comes back.
            Some(Err(End::Refused(why))) if self.was_in => return Ok(Done::Ended(End::Lost(why))),
            Some(Err(end)) => return Ok(Done::Ended(end)),
            Some(Ok(wire)) => wire,
        };
        self.was_in = true;
        notice(&format!("Connected to {place}"));
        let since = Instant::now();
        let calling = self.speaker.call().map(|call| Calling::start(place, call));
        let done = self.converse(&mut wire).await?;
        drop(calling);
        if since.elapsed() >= STABLE_AFTER {
            backoff.reset();
        }
        if let (Done::Ended(End::Lost(_)), Some(hint)) = (&done, self.speaker.hint()) {
            notice(&plain(&hint));
        }
        if matches!(done, Done::Left) {
            for frame in self.speaker.goodbye() {
                wire.push(frame);
            }
        }
        wire.close().await;
        Ok(done)
    }

    /// Does `work` without a connection; `None`: the person left.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = std::pin::pin!(work);
        loop {
            if self.may_leave() {
                return None;
            }
            let end = self.leave_by.unwrap_or_else(Instant::now);
            tokio::select! {
                done = &mut work => return Some(done),
                () = self.stop.asked() => return None,
                () = sleep_until(end), if self.leave_by.is_some() => return None,
                Some(wish) = self.wishes.recv(), if self.takes_wishes() => match wish {
                    Wish::List | Wish::Other(..) => notice("There is no connection now"),
                    wish => drop(self.wish(wish)),
                },
            }
        }
    }

    async fn converse(&mut self, wire: &mut Wire) -> anyhow::Result<Done> {
        let mut beat = self.speaker.beat().map(|(every, frame)| {
            let first = Instant::now() + every;
            (interval_at(first, every), frame)
        });
        let mut pulse = Pulse::heard(Instant::now());
        let opened = self.speaker.opened();
        self.act(opened, wire)?;
        loop {
            while self.speaker.is_ready()
                && wire.is_written()
                && let Some(text) = self.held.pop_front()
            {
                let acts = self.speaker.say(text);
                self.act(acts, wire)?;
            }
            if self.may_leave() {
                return Ok(Done::Left);
            }
            let end = self.leave_by.unwrap_or_else(Instant::now);
            tokio::select! {
                heard = wire.next() => {
                    if heard != Heard::Written {
                        pulse = Pulse::heard(Instant::now());
                    }
                    match heard {
                        Heard::Text(text) => {
                            self.shown.frame(&text)?;
                            let acts = self.speaker.heard(&text);
                            self.act_on_frame(acts, wire)?;
                        }
                        Heard::Sign | Heard::Written => {}
                        Heard::End(end) => return Ok(Done::Ended(end)),
                    }
                }
                () = self.stop.asked() => return Ok(Done::Left),
                () = sleep_until(end), if self.leave_by.is_some() => return Ok(Done::Left),
                Some(wish) = self.wishes.recv(), if self.takes_wishes() => {
                    let acts = self.wish(wish);
                    self.act(acts, wire)?;
                }
                Some(frame) = due(beat.as_mut()) => wire.push(frame),
                () = sleep_until(pulse.due()) => match pulse.silent() {
                    Silence::Ask => wire.ping(),
                    Silence::GiveUp => return Ok(Done::Ended(End::Lost("the server is silent".into()))),
                },
            }
        }
    }

    /// Understands a wish; words wait in `held` for their turn.
    fn wish(&mut self, wish: Wish) -> Vec<Act> {
        match wish {
            Wish::Say(text) => self.held.push_back(text),
            Wish::List => return self.speaker.list(),
            Wish::Help => notice(&format!("{}{HELP}", self.speaker.help())),
            Wish::Leave => self.leave_by = Some(Instant::now() + SENT_WITHIN),
            Wish::Other(word, rest) => match self.speaker.command(&word, &rest) {
                Some(acts) => return acts,
                None => lines::no_command(&word),
            },
        }
        Vec::new()
    }

    fn takes_wishes(&self) -> bool {
        self.leave_by.is_none() && self.held.len() < HELD_CAP
    }

    fn may_leave(&self) -> bool {
        self.leave_by.is_some() && self.held.is_empty() && self.speaker.unconfirmed() == 0
    }

    /// A program that reads frames sees them already; it only needs what follows from them.
    fn act_on_frame(&self, acts: Vec<Act>, wire: &mut Wire) -> anyhow::Result<()> {
        let wanted = |act: &Act| !self.shown.json || matches!(act, Act::Send(_));
        self.act(acts.into_iter().filter(wanted).collect(), wire)
    }

    fn act(&self, acts: Vec<Act>, wire: &mut Wire) -> anyhow::Result<()> {
        for act in acts {
            match act {
                Act::Send(frame) => wire.push(frame),
                shown => self.shown.act(&shown)?,
            }
        }
        Ok(())
    }

    /// Nothing that was typed gets lost unnoticed.
    fn tell_unsaid(&mut self) {
        let (held, open) = (self.held.len(), self.speaker.broken().len());
        if held > 0 {
            notice(&format!("{held} not sent"));
        }
        if open > 0 {
            notice(&format!("{open} not confirmed; they may not have arrived"));
        }
    }
}

/// The frame of a beat, each time it is due.
async fn due(beat: Option<&mut (Interval, String)>) -> Option<String> {
    let (interval, frame) = beat?;
    interval.tick().await;
    Some(frame.clone())
}
