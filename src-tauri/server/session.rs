//! One connection of a member, from the upgrade to the close: one task that reads the socket and writes what the hub
//! has queued. It never makes anybody else wait.

mod closing;
mod pace;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hyper_tungstenite::WebSocketStream;
use hyper_tungstenite::tungstenite::error::CapacityError;
use hyper_tungstenite::tungstenite::{Bytes, Error, Message, Utf8Bytes};
use hyper_util::rt::TokioIo;
use landline_hub::actor::HubHandle;
use landline_hub::{Command, Enter, Person, Request, SessionId};
use landline_protocol::frame::{Details, Pong, Refusal, ServerFrame};
use landline_protocol::limits::{
    HELLO_FRAME_BYTES, HELLO_SECS, IN_FLIGHT_MAX, KEEPALIVE_EVERY_SECS, KEEPALIVE_GRACE_SECS,
};
use landline_protocol::{CloseCode, Code};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::dialect::landline::{self, Action};
use crate::guards::counts::Place;
use crate::guards::rates::Rates;
use crate::limits::{FRAMES_AT_ONCE, HELLO_AT_LEAST, WRITE_PATIENCE};
use crate::outlet::{Ending, Line, Outgoing, Receiver};
use pace::Pace;

pub(crate) type Socket = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// What every session of a server shares.
pub(crate) struct Shared {
    pub(crate) hub: HubHandle<Line>,
    pub(crate) rates: Rates,
    pub(crate) stop: CancellationToken,
    pub(crate) clock: fn() -> landline_protocol::Timestamp,
    pub(crate) next_session: AtomicU64,
}

/// Where a connection comes from.
pub(crate) struct Peer {
    pub(crate) address: IpAddr,
    /// A browser's page, told by its `Origin`.
    pub(crate) is_page: bool,
    /// Given back once the hello is accepted.
    pub(crate) place: Arc<Place>,
    /// When it was accepted: the hello's deadline counts from then.
    pub(crate) since: Instant,
}

/// Serves one connection to its end.
pub(crate) async fn run(socket: Socket, peer: Peer, shared: Arc<Shared>) {
    let mut session = Greeting {
        socket,
        is_page: peer.is_page,
        shared: &shared,
    };
    // A connection that carried requests before its upgrade still gets a moment.
    let deadline =
        (peer.since + Duration::from_secs(HELLO_SECS)).max(Instant::now() + HELLO_AT_LEAST);
    let Ok(hello) = timeout_at(deadline, session.hello()).await else {
        session
            .refuse(Code::Unauthorized, "HELLO did not come in time")
            .await;
        return closing::close(
            session.socket,
            CloseCode::Policy,
            "HELLO did not come in time",
        )
        .await;
    };
    let socket = session.socket;
    let (person, token) = match hello {
        Ok(hello) => hello,
        Err(ending) => return closing::end(socket, ending).await,
    };
    if let Err(wait) = shared.rates.hello(peer.address, person.user_id) {
        return refuse_newcomer(socket, wait).await;
    }
    let id = SessionId(shared.next_session.fetch_add(1, Ordering::Relaxed));
    let words = if shared.rates.is_limiting() {
        &landline::LIMITED
    } else {
        &landline::UNLIMITED
    };
    let (line, receiver) = crate::outlet::line(words);
    let enter = Enter {
        session: id,
        person: person.clone(),
        token: token.map(|token| Sha256::digest(token.as_bytes()).into()),
        address: peer.address,
    };
    drop(peer.place);
    if shared.hub.open(id, line).await.is_err()
        || shared.hub.send(Command::Enter(enter)).await.is_err()
    {
        return closing::close(socket, CloseCode::GoingAway, "the host stops").await;
    }
    let pace = Pace::new(shared.rates.frames());
    let talking = Talking {
        id,
        person,
        socket,
        receiver,
        shared: &shared,
        is_page: peer.is_page,
        pace,
        in_flight: 0,
    };
    let (ending, socket) = talking.run().await;
    // The farewell may take a while; nobody is shown as here meanwhile. A hub that has stopped has nobody to tell.
    let _ = shared.hub.send(Command::Exit(id)).await;
    closing::end(socket, ending).await;
}

async fn refuse_newcomer(mut socket: Socket, wait: Duration) {
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    let details = Details {
        retry_after_ms: Some(wait_ms),
        ..Details::default()
    };
    let message = "Too many new people from this address; try again later".to_owned();
    let refusal = ServerFrame::Error(Refusal {
        code: Code::RateLimited,
        message,
        details,
    });
    // A peer that no longer takes frames is closed all the same.
    let _ = timeout(
        WRITE_PATIENCE,
        socket.send(Message::Text(landline::encode(&refusal))),
    )
    .await;
    closing::close(socket, CloseCode::TryLater, "too many new people").await;
}

/// A connection that has not said who it is.
struct Greeting<'a> {
    socket: Socket,
    is_page: bool,
    shared: &'a Shared,
}

impl Greeting<'_> {
    /// Waits for an acceptable hello; a wrong one is answered and may be corrected.
    async fn hello(&mut self) -> Result<(Person, Option<String>), Ending> {
        loop {
            let message = tokio::select! {
                () = self.shared.stop.cancelled() => return Err(GOING_AWAY),
                message = self.socket.next() => message,
            };
            let text = match message {
                Some(Ok(Message::Text(text))) if text.len() > HELLO_FRAME_BYTES => {
                    return Err(TOO_BIG);
                }
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Binary(_))) => return Err(BINARY),
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Ok(Message::Close(_))) | None => return Err(CLOSED),
                Some(Err(error)) => return Err(closing::ending_of(&error)),
            };
            match landline::read(&text, self.is_page) {
                Ok(Action::Hello(person, token)) => return Ok((person, token)),
                Ok(_) => {
                    self.refuse(Code::Unauthorized, "HELLO must be sent first")
                        .await;
                    return Err(Ending {
                        code: CloseCode::Protocol,
                        reason: "HELLO must be sent first",
                    });
                }
                Err(refusal) => self.answer(&ServerFrame::Error(refusal)).await,
            }
        }
    }

    async fn refuse(&mut self, code: Code, message: &str) {
        let refusal = Refusal {
            code,
            message: message.to_owned(),
            details: Details::default(),
        };
        self.answer(&ServerFrame::Error(refusal)).await;
    }

    async fn answer(&mut self, frame: &ServerFrame) {
        // Whoever does not take the answer will not send a better hello either; the deadline ends it.
        let _ = timeout(
            WRITE_PATIENCE,
            self.socket.send(Message::Text(landline::encode(frame))),
        )
        .await;
    }
}

const GOING_AWAY: Ending = Ending {
    code: CloseCode::GoingAway,
    reason: "the host stops",
};
const TOO_BIG: Ending = Ending {
    code: CloseCode::TooBig,
    reason: "frame too big",
};
const BINARY: Ending = Ending {
    code: CloseCode::Unsupported,
    reason: "text frames only",
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

/// A connection whose hello went to the hub.
struct Talking<'a> {
    id: SessionId,
    person: Person,
    socket: Socket,
    receiver: Receiver,
    shared: &'a Shared,
    is_page: bool,
    pace: Pace,
    /// Messages of this session that the hub has not answered.
    in_flight: usize,
}

impl Talking<'_> {
    async fn run(mut self) -> (Ending, Socket) {
        let ending = self.talk().await;
        (ending, self.socket)
    }

    async fn talk(&mut self) -> Ending {
        let mut batch = Vec::new();
        let mut heard = Instant::now();
        let mut pinged = false;
        let mut silent_at = heard + Duration::from_secs(KEEPALIVE_EVERY_SECS);
        loop {
            let reads = self.in_flight < IN_FLIGHT_MAX;
            let paused_until = self.pace.paused_until();
            tokio::select! {
                biased;
                ending = &mut self.receiver.ending => return self.last_words(ending.unwrap_or(GOING_AWAY), &mut batch).await,
                () = self.shared.stop.cancelled() => return self.last_words(GOING_AWAY, &mut batch).await,
                taken = self.receiver.frames.recv_many(&mut batch, FRAMES_AT_ONCE) => {
                    if taken == 0 {
                        // The hub dropped the line: the reason is on its way, or the hub has stopped.
                        return (&mut self.receiver.ending).await.unwrap_or(GOING_AWAY);
                    }
                    if let Err(ending) = self.write(&mut batch).await {
                        return ending;
                    }
                }
                message = self.socket.next(), if reads && paused_until.is_none() => {
                    heard = Instant::now();
                    pinged = false;
                    silent_at = heard + Duration::from_secs(KEEPALIVE_EVERY_SECS);
                    if let Err(ending) = self.hear(message).await {
                        return ending;
                    }
                }
                () = tokio::time::sleep_until(paused_until.unwrap_or(heard)), if paused_until.is_some() => self.pace.go_on(),
                () = tokio::time::sleep_until(silent_at) => {
                    if pinged {
                        return SILENT;
                    }
                    pinged = true;
                    silent_at = Instant::now() + Duration::from_secs(KEEPALIVE_GRACE_SECS);
                    let ping = self.socket.send(Message::Ping(Bytes::new()));
                    if !matches!(timeout(WRITE_PATIENCE, ping).await, Ok(Ok(()))) {
                        return STUCK;
                    }
                }
            }
        }
    }

    /// A reader who was too slow gets nothing more; any other hears what was said before its end.
    async fn last_words(&mut self, ending: Ending, batch: &mut Vec<Outgoing>) -> Ending {
        if ending.code != CloseCode::TooSlow {
            while let Ok(outgoing) = self.receiver.frames.try_recv() {
                batch.push(outgoing);
            }
            // It ends anyway.
            let _ = self.write(batch).await;
        }
        ending
    }

    /// Writes all that has queued up with one flush, unless the hub gives up on this reader meanwhile.
    async fn write(&mut self, batch: &mut Vec<Outgoing>) -> Result<(), Ending> {
        let (mut bytes, mut settled) = (0, 0);
        let writing = async {
            for outgoing in batch.drain(..) {
                bytes += outgoing.text.len();
                settled += usize::from(outgoing.settles_post);
                self.socket.feed(Message::Text(outgoing.text)).await?;
            }
            self.socket.flush().await
        };
        let written = tokio::select! {
            written = timeout(WRITE_PATIENCE, writing) => written,
            Ok(ending) = &mut self.receiver.ending, if !self.receiver.ending.is_terminated() => return Err(ending),
        };
        self.receiver
            .waiting_bytes
            .fetch_sub(bytes, Ordering::Relaxed);
        self.in_flight = self.in_flight.saturating_sub(settled);
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(closing::ending_of(&error)),
            Err(_) => Err(STUCK),
        }
    }

    async fn hear(&mut self, message: Option<Result<Message, Error>>) -> Result<(), Ending> {
        match message {
            Some(Ok(Message::Text(text))) => {
                self.pace.one_more_frame();
                self.read(&text).await
            }
            Some(Ok(Message::Binary(_))) => Err(BINARY),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(()),
            Some(Ok(Message::Close(_))) | None => Err(CLOSED),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => Err(TOO_BIG),
            Some(Err(error)) => Err(closing::ending_of(&error)),
        }
    }

    async fn read(&mut self, text: &str) -> Result<(), Ending> {
        match landline::read(text, self.is_page) {
            Ok(Action::Ask(request)) => self.ask(request).await,
            Ok(Action::Hello(person, _)) => {
                let enter = Enter {
                    session: self.id,
                    person,
                    token: None,
                    address: IpAddr::from([0, 0, 0, 0]),
                };
                self.tell_hub(Command::Enter(enter)).await
            }
            Ok(Action::Pong) => {
                let pong = ServerFrame::Pong(Pong {
                    timestamp: (self.shared.clock)(),
                });
                self.answer(&pong).await
            }
            Ok(Action::Nothing) => Ok(()),
            Err(refusal) => self.answer(&ServerFrame::Error(refusal)).await,
        }
    }

    async fn ask(&mut self, request: Request) -> Result<(), Ending> {
        if let Request::Post { message_id, .. } = &request {
            let allowed = self.pace.message(message_id, (self.shared.clock)(), || {
                self.shared.rates.message(self.person.user_id)
            });
            if let Err(refusal) = allowed {
                return self.answer(&ServerFrame::Error(refusal)).await;
            }
            self.in_flight += 1;
        }
        self.tell_hub(Command::Ask(self.id, request)).await
    }

    async fn tell_hub(&mut self, command: Command) -> Result<(), Ending> {
        self.shared.hub.send(command).await.map_err(|_| GOING_AWAY)
    }

    /// Answers without asking the hub; what the hub has queued goes first.
    async fn answer(&mut self, frame: &ServerFrame) -> Result<(), Ending> {
        let mut batch = Vec::new();
        while let Ok(outgoing) = self.receiver.frames.try_recv() {
            batch.push(outgoing);
        }
        let text: Utf8Bytes = landline::encode(frame);
        self.receiver
            .waiting_bytes
            .fetch_add(text.len(), Ordering::Relaxed);
        batch.push(Outgoing {
            text,
            settles_post: false,
        });
        self.write(&mut batch).await
    }
}
