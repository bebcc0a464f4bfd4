//! One connection, from the upgrade to the close: one task that reads the socket and writes what has queued up for it.
//! It never makes anybody else wait. What the frames mean is the business of its [`Speaker`].

mod closing;
mod doing;
mod hearing;
mod writing;

use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{FutureExt as _, SinkExt as _, StreamExt as _};
use hyper_tungstenite::WebSocketStream;
use hyper_tungstenite::tungstenite::{Bytes, Error, Message};
use hyper_util::rt::TokioIo;
use landline_hub::actor::HubHandle;
use landline_hub::ports::Clock;
use landline_hub::{Command, Request, SessionId};
use landline_protocol::limits::{HELLO_SECS, KEEPALIVE_EVERY_SECS, KEEPALIVE_GRACE_SECS};
use landline_protocol::{CloseCode, Timestamp};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::dialect::{Dialects, Speaker, Step};
use crate::guards::counts::Place;
use crate::guards::rates::{Frames, Rates};
use crate::limits::{FRAMES_AT_ONCE, HELLO_AT_LEAST, WRITE_PATIENCE};
use crate::outlet::{Ending, Line, Outgoing, Receiver};
use writing::Writes;

pub(crate) type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// What every session of a server shares.
pub(crate) struct Shared {
    pub(crate) hub: HubHandle<Line>,
    pub(crate) rates: Rates,
    pub(crate) dialects: Dialects,
    pub(crate) stop: CancellationToken,
    pub(crate) clock: Clock,
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
