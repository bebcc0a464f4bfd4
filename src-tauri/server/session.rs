//! One connection, from the upgrade to the close: one task that reads the socket, and writes to it what the hub's task did
//! not. It never makes anybody else wait. What the frames mean is the business of its [`Speaker`].

mod closing;
mod doing;
mod hearing;
mod socket;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::FutureExt as _;
use hyper_tungstenite::tungstenite::{Error, Message};
use landline_hub::actor::HubHandle;
use landline_hub::ports::Clock;
use landline_hub::{Command, Request, SessionId};
use landline_protocol::limits::{HELLO_SECS, KEEPALIVE_EVERY_SECS, KEEPALIVE_GRACE_SECS};
use landline_protocol::{CloseCode, Timestamp};
use tokio::time::{Instant, Sleep, timeout};
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::dialect::{Dialects, Speaker, Step};
use crate::guards::counts::Place;
use crate::guards::rates::{Frames, Rates};
use crate::limits::{HELLO_AT_LEAST, WRITE_PATIENCE};
use crate::outlet::{Due, Ending, FlushError, GOING_AWAY, Line, Outgoing, Pipe, TOO_SLOW, Wire};
use socket::Socket;

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
pub(crate) async fn run(wire: Wire, peer: Peer, shared: Arc<Shared>, speaker: Box<dyn Speaker>) {
    let now = Instant::now();
    // A connection that carried requests before its upgrade still gets a moment.
    let hello_until = (peer.since + Duration::from_secs(HELLO_SECS)).max(now + HELLO_AT_LEAST);
    let pipe = Arc::new(Pipe::new(wire));
    let mut session = Session {
        socket: Socket::new(pipe.clone()),
        pipe,
        speaker,
        steps: Vec::new(),
        batch: VecDeque::new(),
        inside: None,
        address: peer.address,
        place: Some(peer.place),
        frames: shared.rates.frames(),
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
    // The farewell is needed once: its room is not kept for it meanwhile.
    Box::pin(session.end(ending)).await;
}

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
const FAULT: Ending = Ending {
    code: CloseCode::Internal,
    reason: "internal fault",
};

/// A connection.
struct Session {
    socket: Socket,
    pipe: Arc<Pipe>,
    speaker: Box<dyn Speaker>,
    /// What the speaker wants done next.
    steps: Vec<Step>,
    /// What was taken out of the inbox and not looked at.
    batch: VecDeque<Outgoing>,
    /// Since it came in.
    inside: Option<SessionId>,
    address: IpAddr,
    place: Option<Arc<Place>>,
    shared: Arc<Shared>,
    frames: Frames,
    again: Option<Again>,
    hello_until: Instant,
    paused_until: Option<Instant>,
    silent_at: Instant,
    is_pinged: bool,
}

/// A message of a client that cannot be asked to send it again: it is kept until the hub has taken it.
struct Again {
    request: Request,
    at: Option<Instant>,
}

/// What a session goes on with.
enum Turn {
    Ended(Ending),
    Inbox,
    Write,
    Heard(Result<Message, Error>),
    Time,
}

impl Session {
    fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    async fn talk(&mut self) -> Ending {
        let stop = self.shared.stop.clone();
        let stop = stop.cancelled();
        let alarm = tokio::time::sleep_until(self.hello_until);
        tokio::pin!(stop, alarm);
        self.speaker.opened(self.now(), &mut self.steps);
        let mut done = self.carry_out(None).await;
        loop {
            done = match done {
                Ok(()) => self.flush().await,
                Err(ending) => Err(ending),
            };
            if let Err(ending) = done {
                return ending;
            }
            // A client that sends without a pause is read without waiting; the others on the thread have their turn too.
            tokio::task::consume_budget().await;
            let turn = poll_fn(|cx| self.poll_turn(cx, stop.as_mut(), alarm.as_mut())).await;
            done = match turn {
                Turn::Ended(ending) => return self.last_words(ending).await,
                Turn::Inbox => self.take_what_is_there().await,
                Turn::Write => Ok(()),
                Turn::Heard(message) => self.hear(message).await,
                Turn::Time => self.on_time().await,
            };
        }
    }

    fn poll_turn(
        &mut self,
        cx: &mut Context<'_>,
        stop: Pin<&mut WaitForCancellationFuture<'_>>,
        mut alarm: Pin<&mut Sleep>,
    ) -> Poll<Turn> {
        let (due, in_flight) = self.pipe.due(cx, self.speaker.in_flight_max());
        if in_flight == 0 {
            self.again = None;
        }
        let reads = match due {
            Due::End(ending) => return Poll::Ready(Turn::Ended(ending)),
            Due::Fault(error) => {
                return Poll::Ready(Turn::Ended(closing::ending_of_fault(&error)));
            }
            Due::Inbox => return Poll::Ready(Turn::Inbox),
            Due::Write => return Poll::Ready(Turn::Write),
            Due::Nothing { reads } => reads && self.paused_until.is_none(),
        };
        if stop.poll(cx).is_ready() {
            return Poll::Ready(Turn::Ended(GOING_AWAY));
        }
        if reads && let Poll::Ready(message) = self.socket.poll_read(cx) {
            self.pipe.is_busy();
            return Poll::Ready(Turn::Heard(message));
        }
        if self.socket.has_answered() {
            self.pipe.is_busy();
            return Poll::Ready(Turn::Write);
        }
        // A moment that moved away is waited for when its old one has come: setting the alarm anew costs more.
        loop {
            let next = self.next_time();
            if next < alarm.deadline() {
                alarm.as_mut().reset(next);
            }
            ready!(alarm.as_mut().poll(cx));
            if next <= Instant::now() {
                self.pipe.is_busy();
                return Poll::Ready(Turn::Time);
            }
            alarm.as_mut().reset(next);
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
            self.socket.ping();
        }
        Ok(())
    }

    /// A reader who was too slow gets nothing more; any other hears what was said before its end.
    async fn last_words(&mut self, ending: Ending) -> Ending {
        if ending.code != CloseCode::TooSlow {
            // It ends anyway.
            let _ = self.take_all_that_is_there().await;
            let _ = self.flush().await;
        }
        ending
    }

    /// Waits until all that has gathered is written, unless somebody ends this session meanwhile.
    async fn flush(&mut self) -> Result<(), Ending> {
        let Some(until) = self.pipe.unwritten() else {
            return Ok(());
        };
        let written = poll_fn(|cx| self.pipe.poll_flush(cx, until));
        match timeout(WRITE_PATIENCE, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(FlushError::Ended(ending))) => Err(ending),
            Ok(Err(FlushError::Io(error))) => Err(closing::ending_of_fault(&error)),
            Err(_) => Err(TOO_SLOW),
        }
    }

    async fn end(&mut self, ending: Ending) {
        let now = self.now();
        self.speaker.ended(now);
        if let Some(id) = self.inside {
            // The farewell may take a while; nobody is shown as here meanwhile. A hub that has stopped has nobody to tell.
            let _ = self.shared.hub.send(Command::Exit(id)).await;
        }
        self.speaker.forgotten();
        let code = self.speaker.close_code(ending.code);
        // Who waits for something to be written learns at the very end that it never was.
        let _unwritten = self.pipe.end(ending.code == CloseCode::TooSlow);
        closing::close(&mut self.socket, &self.pipe, code, ending.reason).await;
        let _rest = self.pipe.hang_up();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session's task may be, in bytes: a room of thousands has as many of them.
    const TASK_BYTES: usize = 4096;

    #[test]
    fn an_idle_session_is_small() {
        fn size<F>(_: impl FnOnce(Wire, Peer, Arc<Shared>, Box<dyn Speaker>) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = size(run);
        assert!(bytes <= TASK_BYTES, "{bytes}");
    }
}
