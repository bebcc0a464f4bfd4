//! The one task of a joined room: it waits for its socket, its consumer, its timers, and lets the pure engine decide.
//!
//! The consumer's slowness reaches the host: while events wait for the consumer the socket is not read.

mod reaching;
mod retrying;
mod wishes;

use std::collections::{BTreeSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use landline_protocol::bridge::Connection;
use landline_protocol::frame::ServerFrame;
use landline_protocol::{Position, RoomId};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::address::Address;
use crate::backoff::Backoff;
use crate::chat::Chat;
use crate::dial::{DialError, Dialed, Trouble};
use crate::effect::Effect;
use crate::ending::Ending;
use crate::engine::Engine;
use crate::ledger::Ledger;
use crate::pulse::Pulse;
use crate::room::{Command, Signals};
use crate::socket::{Heard, Link};
use crate::store::Store;
use crate::{EVENTS_CAP, Event, Identity, Millis, Options, Target};

/// While waiting, this device's addresses are compared this often.
const NETWORK_EVERY_MS: Millis = 1_000;

/// See the module.
pub(crate) struct Task {
    addrs: Vec<Address>,
    room_id: Option<RoomId>,
    identity: Identity,
    store: Store,
    options: Options,
    events: mpsc::Sender<Event>,
    commands: mpsc::Receiver<Command>,
    signals: Arc<Signals>,
    /// There as soon as the room's id is known.
    engine: Option<(Engine, Ledger)>,
    phase: Phase,
    backoff: Backoff,
    /// Events that the consumer had no room for yet, with the position that each brings.
    pending: VecDeque<(Event, Option<(Chat, Position)>)>,
    clock: Instant,
    networks: BTreeSet<IpAddr>,
    was_in: bool,
    restart: Option<&'static str>,
}

enum Phase {
    Dialing(AbortOnDropHandle<Result<Dialed, DialError>>),
    Open {
        link: Link,
        since: Millis,
    },
    Waiting {
        until: Millis,
        look_at: Millis,
    },
    /// Until the person does something, or, if the address was wrong, discovery finds another.
    Stopped {
        wrong_address: bool,
    },
}

enum Step {
    Dialed(Result<Dialed, DialError>),
    Heard(Heard),
}

impl Task {
    pub(crate) fn new(
        target: Target,
        identity: Identity,
        store: Store,
        options: Options,
        events: mpsc::Sender<Event>,
        commands: mpsc::Receiver<Command>,
        signals: Arc<Signals>,
    ) -> Task {
        Task {
            addrs: target.addrs,
            room_id: target.room_id,
            backoff: Backoff::new(options.backoff_first, options.backoff_most),
            identity,
            store,
            options,
            events,
            commands,
            signals,
            engine: None,
            phase: Phase::Stopped {
                wrong_address: false,
            },
            pending: VecDeque::new(),
            clock: Instant::now(),
            networks: BTreeSet::new(),
            was_in: false,
            restart: None,
        }
    }

    /// Runs until `stop`, or until the consumer lets go of its events.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        if let Some(room) = self.room_id.clone() {
            self.remember_address(&room).await;
            self.enter(room).await;
        }
        self.connect().await;
        loop {
            let now = self.now();
            let may_read = self.pending.is_empty();
            let may_ask =
                self.engine.is_some() && self.pending.len() < EVENTS_CAP && !self.phase.is_full();
            let wake = self
                .wake(now)
                .map(|at| self.clock + Duration::from_millis(at));
            tokio::select! {
                () = stop.cancelled() => break,
                has_room = has_room(&self.events), if !may_read => {
                    if !has_room {
                        break;
                    }
                    self.hand_over();
                }
                command = self.commands.recv(), if may_ask => match command {
                    Some(command) => self.obey(command).await,
                    None => break,
                },
                () = self.signals.changed.notified() => self.heed().await,
                what = self.phase.step(may_read) => self.take(what).await,
                () = until(wake) => self.tick().await,
                () = self.events.closed() => break,
            }
            if let Some(reason) = self.restart.take() {
                self.end(Ending::Useless(reason)).await;
            }
        }
        self.leave().await;
    }

    fn now(&self) -> Millis {
        Millis::try_from(self.clock.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// When something is due.
    fn wake(&self, now: Millis) -> Option<Millis> {
        let phase = match &self.phase {
            Phase::Waiting { until, look_at } => Some(*until.min(look_at)),
            _ => None,
        };
        let engine = self.engine.as_ref();
        let due = engine.and_then(|(_, ledger)| ledger.due());
        let tick = engine.and_then(|(engine, _)| engine.wake(now));
        [phase, due, tick].into_iter().flatten().min()
    }

    async fn tick(&mut self) {
        let now = self.now();
        let mut out = Vec::new();
        let mut alive = true;
        if let Some((engine, ledger)) = &mut self.engine {
            if ledger.due().is_some_and(|due| due <= now) {
                // A failure was logged and is tried again.
                let _ = ledger.flush(Vec::new(), now).await;
            }
            if !self.pending.is_empty() {
                engine.heard(now);
            }
            alive = engine.tick(now, &mut out);
            self.pending
                .retain(|(event, _)| !has_disappeared(engine, event, now));
        }
        self.apply(out, now);
        if !alive {
            self.end(Ending::Silent).await;
        }
        if let Phase::Waiting { until, look_at } = &mut self.phase {
            if *until <= now {
                self.connect().await;
            } else if *look_at <= now {
                *look_at = now + NETWORK_EVERY_MS;
                if self.network_changed().await {
                    self.backoff.reset();
                    self.connect().await;
                }
            }
        }
    }

    async fn take(&mut self, step: Step) {
        let now = self.now();
        match step {
            Step::Dialed(Ok(dialed)) => self.open(dialed).await,
            Step::Dialed(Err(error)) => self.end(Ending::NotReached(error)).await,
            Step::Heard(Heard::Closed { code, reason }) => {
                self.end(Ending::Closed { code, reason }).await;
            }
            Step::Heard(Heard::Lost(detail)) => self.end(Ending::Lost(detail)).await,
            Step::Heard(Heard::Sign) => {
                if let Some((engine, _)) = &mut self.engine {
                    engine.heard(now);
                }
            }
            Step::Heard(Heard::Frame(frame)) => {
                let mut out = Vec::new();
                if let Some((engine, _)) = &mut self.engine {
                    engine.frame(frame, now, &mut out);
                    self.was_in |= engine.is_online();
                }
                self.apply(out, now);
            }
        }
    }

    /// Loads what is known of the room. If that fails it is tried again with the next connection.
    async fn enter(&mut self, room: RoomId) {
        let id = room.clone();
        let known = match self.store.run(move |store| store.enter(&id)).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "the room's memory cannot be read");
                return;
            }
        };
        let millis = |time: Duration| Millis::try_from(time.as_millis()).unwrap_or(Millis::MAX);
        let pulse = Pulse::new(
            millis(self.options.ping_every),
            millis(self.options.dead_after),
        );
        let mut out = Vec::new();
        let engine = Engine::new(room.clone(), self.identity.clone(), known, pulse, &mut out);
        self.engine = Some((engine, Ledger::new(self.store.clone(), room)));
        self.signals.is_known.store(true, Ordering::Release);
        self.apply(out, self.now());
    }

    /// Does what the engine wants; what waits for nobody's disk at once.
    fn apply(&mut self, effects: Vec<Effect>, now: Millis) {
        for effect in effects {
            match effect {
                Effect::Emit { event, mark } => self.pending.push_back((event, mark)),
                Effect::Send(frame) => {
                    if let Phase::Open { link, .. } = &mut self.phase {
                        link.push(&frame);
                    }
                }
                Effect::Write(write) => {
                    if let Some((_, ledger)) = &mut self.engine {
                        ledger.add(write, now);
                    }
                }
                Effect::Restart(reason) => self.restart = Some(reason),
            }
        }
        self.hand_over();
    }

    /// Gives the consumer what it has room for.
    fn hand_over(&mut self) {
        let now = self.now();
        while let Ok(permit) = self.events.try_reserve()
            && let Some((event, mark)) = self.pending.pop_front()
        {
            let engine = self.engine.as_ref().map(|(engine, _)| engine);
            if !engine.is_some_and(|engine| has_disappeared(engine, &event, now)) {
                permit.send(event);
            }
            note(&mut self.engine, mark, now);
        }
    }

    async fn leave(mut self) {
        let now = self.now();
        if let Phase::Open { link, .. } = std::mem::replace(
            &mut self.phase,
            Phase::Stopped {
                wrong_address: false,
            },
        ) {
            link.close().await;
        }
        let mut out = Vec::new();
        if let Some((engine, _)) = &mut self.engine {
            engine.closed(&mut out);
        }
        self.apply(out, now);
        if let Some((_, ledger)) = &mut self.engine {
            // A failure was logged; what is missing comes again as doubles.
            let _ = ledger.flush(Vec::new(), now).await;
        }
        // Whoever leaves may not be reading any more.
        if self.pending.is_empty() {
            let _ = self.events.try_send(Event::Connection(Connection::Left));
        }
    }
}

impl Phase {
    fn is_full(&self) -> bool {
        matches!(self, Phase::Open { link, .. } if link.is_full())
    }

    async fn step(&mut self, may_read: bool) -> Step {
        match self {
            Phase::Open { link, .. } => Step::Heard(link.next(may_read).await),
            Phase::Dialing(tried) => {
                let failed = |_| DialError {
                    trouble: Trouble::Unreachable,
                    detail: "the try was given up".into(),
                };
                Step::Dialed(tried.await.map_err(failed).flatten())
            }
            Phase::Waiting { .. } | Phase::Stopped { .. } => std::future::pending().await,
        }
    }
}

/// The consumer has it: its position counts.
fn note(engine: &mut Option<(Engine, Ledger)>, mark: Option<(Chat, Position)>, now: Millis) {
    if let (Some((_, ledger)), Some((chat, position))) = (engine, mark) {
        ledger.mark(chat, position, now);
    }
}

/// Whether the event is a message that disappeared while the consumer had no room for it.
fn has_disappeared(engine: &Engine, event: &Event, now: Millis) -> bool {
    matches!(event, Event::Frame(ServerFrame::Msg(message)) if engine.is_over(message, now))
}

/// Waits until the consumer has room for an event; false if it is gone.
async fn has_room(events: &mpsc::Sender<Event>) -> bool {
    events.reserve().await.is_ok()
}

async fn until(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
