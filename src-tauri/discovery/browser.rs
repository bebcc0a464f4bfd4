//! Listens for rooms: one task that owns an mDNS daemon and a [`Table`].

use std::time::{Duration, Instant};

use mdns_sd::{DaemonEvent, Receiver, ServiceDaemon, ServiceEvent};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep_until, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::table::{Question, Table};
use crate::{Error, Event, LEAVING, Options, SERVICE, interfaces, probe, record};

/// Events waiting for the reader. Full: they stay in the table and are told together later; nothing is lost.
const EVENTS_CAP: usize = 256;
/// Doubts waiting for the browser. Full: the room is asked at its next turn anyway.
const DOUBTS_CAP: usize = 32;
/// Knocks at ports at one time.
const PROBES_MAX: usize = 32;
/// Seconds between looks at the network cards.
const CARDS_EVERY_SECS: u32 = 1;
/// How long an announcement has to confirm itself.
const CONFIRM_WITHIN: Duration = Duration::from_secs(3);
/// The daemon's questions become rarer by the hour; over Wi-Fi, where a packet may be lost, that is too rare.
const BROWSE_EVERY: Duration = Duration::from_secs(20);
/// Shortest time between two questions to everybody.
const BROWSE_PAUSE: Duration = Duration::from_secs(1);
/// How long an IPv6 address is checked by the system before it may speak (RFC 4862 §5.4), and some.
const CARD_SETTLES_IN: Duration = Duration::from_secs(3);
/// Longest wait for the daemon's thread to end.
const STOP_WITHIN: Duration = Duration::from_millis(500);

/// Listens until it is stopped or dropped.
pub struct Browser {
    doubts: mpsc::Sender<String>,
    stop: DropGuard,
    task: JoinHandle<()>,
}

impl Browser {
    /// Starts listening. To be called inside a tokio runtime.
    pub fn start(options: &Options) -> Result<(Browser, mpsc::Receiver<Event>), Error> {
        let daemon = ServiceDaemon::new()?;
        daemon.set_ip_check_interval(CARDS_EVERY_SECS)?;
        interfaces::choose(&daemon, options)?;
        let monitor = daemon.monitor()?;
        let heard = daemon.browse(SERVICE)?;
        let leaving = daemon.browse(LEAVING)?;
        let (events, receiver) = mpsc::channel(EVENTS_CAP);
        let (doubts, doubted) = mpsc::channel(DOUBTS_CAP);
        let stop = CancellationToken::new();
        let worker = Worker {
            daemon,
            monitor,
            heard,
            leaving,
            doubted,
            table: Table::default(),
            probes: JoinSet::new(),
            asked_at: Instant::now(),
            ask_at: Instant::now() + BROWSE_EVERY,
            settled_at: None,
        };
        let task = tokio::spawn(worker.run(events, stop.clone()));
        Ok((
            Browser {
                doubts,
                stop: stop.drop_guard(),
                task,
            },
            receiver,
        ))
    }

    /// This room could not be reached: ask it now, so that a dead one goes from the list soon.
    pub fn verify(&self, room_id: &str) {
        if self.doubts.try_send(room_id.to_owned()).is_err() {
            tracing::debug!(room_id, "the browser is busy or has stopped");
        }
    }

    /// Stops listening and waits for it.
    pub async fn stop(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            tracing::warn!("the browser's task panicked");
        }
    }
}

struct Worker {
    daemon: ServiceDaemon,
    monitor: Receiver<DaemonEvent>,
    heard: Receiver<ServiceEvent>,
    leaving: Receiver<ServiceEvent>,
    doubted: mpsc::Receiver<String>,
    table: Table,
    probes: JoinSet<(String, bool)>,
    asked_at: Instant,
    ask_at: Instant,
    /// When a card that came up has its addresses.
    settled_at: Option<Instant>,
}

impl Worker {
    async fn run(mut self, events: mpsc::Sender<Event>, stop: CancellationToken) {
        loop {
            self.ask();
            let now = Instant::now();
            let later = self.table.deadline().filter(|at| *at > now);
            let wake = later
                .into_iter()
                .chain(self.settled_at)
                .fold(self.ask_at, Instant::min);
            tokio::select! {
                () = stop.cancelled() => break,
                heard = self.heard.recv_async() => match heard {
                    Ok(event) => self.take(event),
                    Err(_) => if self.browse_again().await.is_break() { break },
                },
                Ok(event) = self.leaving.recv_async() => if let ServiceEvent::ServiceFound(_, instance) = event {
                    self.table.leaving(record::leaving_id(&instance).unwrap_or_default(), Instant::now());
                },
                event = self.monitor.recv_async() => match event {
                    Ok(event) => self.note(event),
                    Err(_) => break tracing::error!("the mDNS daemon has stopped"),
                },
                Some(probed) = self.probes.join_next() => if let Ok((room_id, answers)) = probed {
                    tracing::trace!(room_id, answers, "knocked");
                    self.table.probed(&room_id, answers, Instant::now());
                },
                Some(room_id) = self.doubted.recv() => self.table.doubt(&room_id, Instant::now()),
                place = events.reserve(), if self.table.has_event(now) => match place {
                    Ok(place) => if let Some(event) = self.table.next_event(Instant::now()) {
                        tracing::debug!(?event, "room");
                        place.send(event);
                    },
                    Err(_) => break,
                },
                () = sleep_until(wake.into()) => {}
            }
        }
        if let Ok(stopped) = self.daemon.shutdown() {
            let _ = timeout(STOP_WITHIN, stopped.recv_async()).await;
        }
    }

    fn take(&mut self, event: ServiceEvent) {
        let now = Instant::now();
        match event {
            ServiceEvent::ServiceResolved(service) => {
                tracing::trace!(?service, "resolved");
                if let Some(sighting) = record::read(&service) {
                    self.table.heard(sighting, now);
                } else {
                    tracing::debug!("ignored an announcement that breaks a rule");
                }
            }
            ServiceEvent::ServiceRemoved(_, instance) => {
                tracing::debug!(?instance, "removed");
                self.table.removed(&instance, now);
            }
            _ => {}
        }
    }

    fn note(&mut self, event: DaemonEvent) {
        match event {
            DaemonEvent::IpAdd(ip) => {
                tracing::debug!(%ip, "a network card came up");
                self.ask_at = Instant::now();
                self.settled_at = Some(Instant::now() + CARD_SETTLES_IN);
            }
            DaemonEvent::Error(error) => tracing::warn!(%error, "multicast DNS"),
            _ => {}
        }
    }

    /// Puts the table's questions, and now and then one to everybody.
    fn ask(&mut self) {
        let now = Instant::now();
        if self.settled_at.take_if(|at| *at <= now).is_some() {
            self.table.doubt_all();
        }
        let room = PROBES_MAX.saturating_sub(self.probes.len());
        for question in self.table.questions(now, room) {
            match question {
                Question::Probe { room_id, addrs } => {
                    self.probes
                        .spawn(async move { (room_id, probe::answers(addrs).await) });
                }
                Question::Confirm { instance } => {
                    let _ = self.daemon.verify(instance, CONFIRM_WITHIN);
                }
                Question::Browse => self.ask_at = now,
            }
        }
        if now >= self.ask_at && now >= self.asked_at + BROWSE_PAUSE {
            self.browse();
        } else if now >= self.ask_at {
            self.ask_at = self.asked_at + BROWSE_PAUSE;
        }
    }

    /// Asks everybody. The daemon tells again what it knows, so nothing falls between the old and the new receiver.
    fn browse(&mut self) {
        self.asked_at = Instant::now();
        self.ask_at = self.asked_at + BROWSE_EVERY;
        match self.daemon.browse(SERVICE) {
            Ok(heard) => {
                let before = std::mem::replace(&mut self.heard, heard);
                for event in before.drain() {
                    self.take(event);
                }
            }
            Err(error) => tracing::warn!(%error, "cannot ask for rooms"),
        }
        if self.leaving.is_disconnected()
            && let Ok(leaving) = self.daemon.browse(LEAVING)
        {
            self.leaving = leaving;
        }
    }

    /// The daemon closes a receiver that fell behind, without a word.
    async fn browse_again(&mut self) -> std::ops::ControlFlow<()> {
        tracing::debug!("the browse channel was closed");
        tokio::time::sleep(Duration::from_millis(100)).await;
        self.browse();
        if self.heard.is_disconnected() {
            std::ops::ControlFlow::Break(())
        } else {
            std::ops::ControlFlow::Continue(())
        }
    }
}
