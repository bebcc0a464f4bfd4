//! One connection, from the upgrade to the close: one task that reads the socket and writes what has queued up for it.
//! It never makes anybody else wait. What the frames mean is the business of its [`Speaker`].

mod closing;
mod writing;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use hyper_tungstenite::WebSocketStream;
use hyper_tungstenite::tungstenite::error::CapacityError;
use hyper_tungstenite::tungstenite::{Bytes, Error, Message};
use hyper_util::rt::TokioIo;
use landline_hub::actor::HubHandle;
use landline_hub::{Command, Enter, Event, Request, SessionId};
use landline_protocol::limits::{
    HELLO_FRAME_BYTES, HELLO_SECS, KEEPALIVE_EVERY_SECS, KEEPALIVE_GRACE_SECS,
};
use landline_protocol::{CloseCode, MessageId, Timestamp};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::dialect::{Dialects, Entrance, Speaker, Step};
use crate::guards::counts::Place;
use crate::guards::rates::{Frames, Rates};
use crate::limits::{FRAMES_AT_ONCE, HELLO_AT_LEAST, WRITE_PATIENCE};
use crate::outlet::{Ending, Line, Outgoing, Receipt, Receiver, text_bytes};
use writing::Writes;

pub(crate) type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// What every session of a server shares.
pub(crate) struct Shared {
    pub(crate) hub: HubHandle<Line>,
    pub(crate) rates: Rates,
    pub(crate) dialects: Dialects,
    pub(crate) stop: CancellationToken,
    pub(crate) clock: fn() -> Timestamp,
    pub(crate) next_session: AtomicU64,
}

/// Where a connection comes from.
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// Given back once the client has come in.
    pub(crate) place: Arc<Place>,
    /// When it was accepted: the hello's deadline counts from then.
    pub(crate) since: Instant,
}

/// Serves one connection to its end, whatever happens in it.
pub(crate) async fn run(
    socket: Socket,
    peer: Peer,
    shared: Arc<Shared>,
    speaker: Box<dyn Speaker>,
) {
    let now = Instant::now();
    // A connection that carried requests before its upgrade still gets a moment.
    let hello_until = (peer.since + Duration::from_secs(HELLO_SECS)).max(now + HELLO_AT_LEAST);
    let mut session = Session {
        socket,
        speaker,
        steps: Vec::new(),
        writes: Writes::default(),
        inside: None,
        address: peer.address,
        place: Some(peer.place),
        frames: shared.rates.frames(),
        in_flight: 0,
        again: None,
        hello_until,
        paused_until: None,
        silent_at: now + Duration::from_secs(KEEPALIVE_EVERY_SECS),
        is_pinged: false,
        shared,
    };
    // A fault in one connection ends that one only.
    let ending = AssertUnwindSafe(session.talk())
        .catch_unwind()
        .await
        .unwrap_or_else(|_| {
            tracing::error!("a session failed and was closed");
            FAULT
        });
    session.end(ending).await;
}

const GOING_AWAY: Ending = Ending {
    code: CloseCode::GoingAway,
    reason: "the host stops",
};
const TOO_BIG: Ending = Ending {
    code: CloseCode::TooBig,
    reason: "frame too big",
};
const CLOSED: Ending = Ending {
    code: CloseCode::Normal,
    reason: "",
};
const SILENT: Ending = Ending {
    code: CloseCode::Internal,
    reason: "no answer to pings",
};
const STUCK: Ending = Ending {
    code: CloseCode::TooSlow,
    reason: "too slow",
};
const FAULT: Ending = Ending {
    code: CloseCode::Internal,
    reason: "internal fault",
};

/// A connection.
struct Session {
    socket: Socket,
    speaker: Box<dyn Speaker>,
    /// What the speaker wants done next.
    steps: Vec<Step>,
    writes: Writes,
    /// Since it came in.
    inside: Option<Inside>,
    address: IpAddr,
    place: Option<Arc<Place>>,
    shared: Arc<Shared>,
    frames: Frames,
    /// Messages of this session that the hub has not answered.
    in_flight: usize,
    again: Option<Again>,
    hello_until: Instant,
    paused_until: Option<Instant>,
    silent_at: Instant,
    is_pinged: bool,
}

struct Inside {
    id: SessionId,
    receiver: Receiver,
}

/// A message of a client that cannot be asked to send it again: it is kept until the hub has taken it.
struct Again {
    request: Request,
    at: Option<Instant>,
}

/// What a session waits for.
enum Turn {
    Ended(Ending),
    Queued,
    Heard(Option<Result<Message, Error>>),
    Time,
}

impl Session {
    fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    async fn talk(&mut self) -> Ending {
        let mut batch = Vec::new();
        self.speaker.opened(self.now(), &mut self.steps);
        if let Err(ending) = self.carry_out(None).await {
            return ending;
        }
        loop {
            let done = match self.next(&mut batch).await {
                Turn::Ended(ending) => return self.last_words(ending, &mut batch).await,
                Turn::Queued => self.take_all(&mut batch).await,
                Turn::Heard(message) => self.hear(message).await,
                Turn::Time => self.on_time().await,
            };
            let done = match done {
                Ok(()) => self.flush().await,
                Err(ending) => Err(ending),
            };
            if let Err(ending) = done {
                return ending;
            }
        }
    }

    async fn next(&mut self, batch: &mut Vec<Outgoing>) -> Turn {
        let reads = self.in_flight < self.speaker.in_flight_max() && self.paused_until.is_none();
        let next_time = self.next_time();
        let inside = self.inside.as_mut();
        tokio::select! {
            biased;
            turn = queued(inside, batch) => turn,
            () = self.shared.stop.cancelled() => Turn::Ended(GOING_AWAY),
            message = self.socket.next(), if reads => Turn::Heard(message),
            () = tokio::time::sleep_until(next_time) => Turn::Time,
        }
    }

    /// The next moment at which something is due.
    fn next_time(&self) -> Instant {
        let wake_at = self.speaker.wake_at().map(|at| {
            let wait = u64::try_from(at.0 - self.now().0).unwrap_or(0);
            Instant::now() + Duration::from_millis(wait)
        });
        let hello_until = self.inside.is_none().then_some(self.hello_until);
        let again = self.again.as_ref().and_then(|again| again.at);
        [self.paused_until, hello_until, wake_at, again]
            .into_iter()
            .flatten()
            .fold(self.silent_at, Instant::min)
    }

    async fn on_time(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        if self.inside.is_none() && self.hello_until <= now {
            self.speaker.too_late(self.now(), &mut self.steps);
            self.carry_out(None).await?;
            return Err(FAULT);
        }
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
        }
        if let Some(again) = &mut self.again
            && again.at.is_some_and(|at| at <= now)
        {
            again.at = None;
            let request = again.request.clone();
            self.tell_hub(request).await?;
        }
        if self.speaker.wake_at().is_some_and(|at| at <= self.now()) {
            self.speaker.wake(self.now(), &mut self.steps);
            self.carry_out(None).await?;
        }
        if self.silent_at <= now {
            if self.is_pinged {
                return Err(SILENT);
            }
            self.is_pinged = true;
            self.silent_at = now + Duration::from_secs(KEEPALIVE_GRACE_SECS);
            let ping = self.socket.send(Message::Ping(Bytes::new()));
            if !matches!(timeout(WRITE_PATIENCE, ping).await, Ok(Ok(()))) {
                return Err(STUCK);
            }
        }
        Ok(())
    }

    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), Ending> {
        self.is_pinged = false;
        self.silent_at = Instant::now() + Duration::from_secs(KEEPALIVE_EVERY_SECS);
        match message {
            Some(Ok(Message::Text(text))) => {
                if self.inside.is_none() && text.len() > HELLO_FRAME_BYTES {
                    return Err(TOO_BIG);
                }
                self.one_more_frame();
                // What the hub said before goes first.
                self.take_what_is_there().await?;
                let now = self.now();
                self.speaker.hear(&text, now, &mut self.steps);
                self.carry_out(None).await
            }
            Some(Ok(Message::Binary(_))) => {
                self.one_more_frame();
                let now = self.now();
                self.speaker.hear_binary(now, &mut self.steps);
                self.carry_out(None).await
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(CLOSED),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => Err(TOO_BIG),
            Some(Err(error)) => Err(closing::ending_of(&error)),
        }
    }

    fn one_more_frame(&mut self) {
        self.paused_until = self.frames.one_more().map(|wait| Instant::now() + wait);
    }

    async fn take_what_is_there(&mut self) -> Result<(), Ending> {
        while let Some(outgoing) = self
            .inside
            .as_mut()
            .and_then(|inside| inside.receiver.frames.try_recv().ok())
        {
            self.take(outgoing).await?;
        }
        Ok(())
    }

    async fn take_all(&mut self, batch: &mut Vec<Outgoing>) -> Result<(), Ending> {
        for outgoing in batch.drain(..) {
            self.take(outgoing).await?;
        }
        Ok(())
    }

    /// Takes one thing out of the queue.
    async fn take(&mut self, outgoing: Outgoing) -> Result<(), Ending> {
        match outgoing {
            Outgoing::Frame {
                text,
                settles_post,
                receipt,
            } => {
                self.settle(settles_post);
                self.writes.queued(text, receipt);
                Ok(())
            }
            Outgoing::Settled => {
                self.settle(true);
                Ok(())
            }
            Outgoing::Event(event, receipt) => {
                self.writes.waited(text_bytes(&event));
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
        if is_answer {
            self.in_flight = self.in_flight.saturating_sub(1);
            self.again = None;
        }
    }

    /// A message that the hub only put off is asked again later; the client is not read meanwhile, and never learns of it.
    fn is_put_off(&mut self, event: &Event) -> bool {
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

    /// Does what the speaker wants. `receipt` goes with the frames it says.
    async fn carry_out(&mut self, receipt: Option<&Receipt>) -> Result<(), Ending> {
        while !self.steps.is_empty() {
            for step in std::mem::take(&mut self.steps) {
                match step {
                    Step::Become(speaker) => self.speaker = speaker,
                    Step::Enter(entrance) => self.enter(entrance).await?,
                    Step::Ask(request) => self.ask(request).await?,
                    Step::Say(text) => self.writes.say(text, receipt.cloned()),
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

    async fn enter(&mut self, entrance: Entrance) -> Result<(), Ending> {
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
        let id = match &self.inside {
            Some(inside) => inside.id,
            None => SessionId(self.shared.next_session.fetch_add(1, Ordering::Relaxed)),
        };
        if is_first {
            let (line, receiver) = crate::outlet::line(id, person.user_id, words);
            self.inside = Some(Inside { id, receiver });
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

    async fn ask(&mut self, request: Request) -> Result<(), Ending> {
        if message_id(&request).is_some() {
            self.in_flight += 1;
            if self.speaker.in_flight_max() == 1 {
                self.again = Some(Again {
                    request: request.clone(),
                    at: None,
                });
            }
        }
        self.tell_hub(request).await
    }

    async fn tell_hub(&mut self, request: Request) -> Result<(), Ending> {
        let Some(inside) = &self.inside else {
            return Ok(());
        };
        let command = Command::Ask(inside.id, request);
        self.shared.hub.send(command).await.map_err(|_| GOING_AWAY)
    }

    /// A reader who was too slow gets nothing more; any other hears what was said before its end.
    async fn last_words(&mut self, ending: Ending, batch: &mut Vec<Outgoing>) -> Ending {
        if ending.code != CloseCode::TooSlow {
            // It ends anyway.
            let _ = self.take_all(batch).await;
            let _ = self.take_what_is_there().await;
            let _ = self.flush().await;
        }
        ending
    }

    /// Writes all that has gathered with one flush, unless the hub gives up on this reader meanwhile.
    async fn flush(&mut self) -> Result<(), Ending> {
        if self.writes.is_empty() {
            // An event for which the dialect has no word was taken out of the queue all the same.
            let bytes = self.writes.take_waited();
            if let Some(inside) = &self.inside {
                inside
                    .receiver
                    .waiting_bytes
                    .fetch_sub(bytes, Ordering::Relaxed);
            }
            return Ok(());
        }
        let ending = async {
            match &mut self.inside {
                Some(inside) if !inside.receiver.ending.is_terminated() => {
                    (&mut inside.receiver.ending).await.unwrap_or(GOING_AWAY)
                }
                _ => std::future::pending().await,
            }
        };
        let written = tokio::select! {
            written = timeout(WRITE_PATIENCE, self.writes.write(&mut self.socket)) => written,
            ending = ending => return Err(ending),
        };
        match written {
            Ok(Ok(bytes)) => {
                if let Some(inside) = &self.inside {
                    inside
                        .receiver
                        .waiting_bytes
                        .fetch_sub(bytes, Ordering::Relaxed);
                }
                Ok(())
            }
            Ok(Err(error)) => Err(closing::ending_of(&error)),
            Err(_) => Err(STUCK),
        }
    }

    async fn end(mut self, ending: Ending) {
        let now = self.now();
        self.speaker.ended(now);
        if let Some(inside) = &self.inside {
            // The farewell may take a while; nobody is shown as here meanwhile. A hub that has stopped has nobody to tell.
            let _ = self.shared.hub.send(Command::Exit(inside.id)).await;
        }
        self.speaker.forgotten();
        let code = self.speaker.close_code(ending.code);
        closing::close(self.socket, code, ending.reason).await;
    }
}

/// What the hub and others have queued, or that it ends the session.
async fn queued(inside: Option<&mut Inside>, batch: &mut Vec<Outgoing>) -> Turn {
    let Some(Inside { receiver, .. }) = inside else {
        return std::future::pending().await;
    };
    tokio::select! {
        biased;
        ending = &mut receiver.ending => Turn::Ended(ending.unwrap_or(GOING_AWAY)),
        taken = receiver.frames.recv_many(batch, FRAMES_AT_ONCE) => {
            if taken == 0 {
                // The hub dropped the line: the reason is on its way, or the hub has stopped.
                return Turn::Ended((&mut receiver.ending).await.unwrap_or(GOING_AWAY));
            }
            Turn::Queued
        }
    }
}

/// The message that a request says, if it says one.
fn message_id(request: &Request) -> Option<&MessageId> {
    match request {
        Request::Post(post) => Some(&post.message_id),
        Request::Relay { message_id, .. } => Some(message_id),
        _ => None,
    }
}
