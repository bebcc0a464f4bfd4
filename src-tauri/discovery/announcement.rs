//! Announces one room: one task that owns an mDNS daemon.

use std::time::Duration;

use mdns_sd::{DaemonEvent, Receiver, ServiceDaemon, ServiceInfo};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{Announce, Error, LEAVING, Options, SERVICE, interfaces, record};

/// Shortest time between two changes of the announcement (RFC 6762 §8.4 asks for one second).
const UPDATE_PAUSE: Duration = Duration::from_secs(1);
/// After a rename the old name says goodbye once the new one is announced, or after this.
const RETIRE_AFTER: Duration = Duration::from_secs(3);
/// Seconds between looks at the network cards.
const CARDS_EVERY_SECS: u32 = 1;
/// Longest wait for the daemon to send a goodbye or to end.
const STOP_WITHIN: Duration = Duration::from_millis(500);
/// The daemon repeats a goodbye after 120 ms, in case the first was lost.
const GOODBYE_REPEATED: Duration = Duration::from_millis(150);

/// Announces until it is stopped or dropped.
pub struct Announcement {
    wanted: watch::Sender<Wanted>,
    announced: watch::Receiver<String>,
    stop: DropGuard,
    task: JoinHandle<()>,
}

#[derive(Clone, PartialEq, Eq)]
struct Wanted {
    name: String,
    members: u32,
}

impl Announcement {
    /// Starts to announce. To be called inside a tokio runtime.
    pub fn start(announce: Announce, options: &Options) -> Result<Announcement, Error> {
        record::check(&announce).map_err(Error::Announce)?;
        let (daemon, monitor) = daemon(options)?;
        let first = Wanted {
            name: announce.name.clone(),
            members: announce.members,
        };
        let (announced, name) = watch::channel(announce.name.clone());
        let (wanted, wishes) = watch::channel(first.clone());
        let stop = CancellationToken::new();
        let mut worker = Worker {
            daemon,
            monitor,
            announce,
            options: options.clone(),
            announced,
            now: first,
            number: 1,
            edition: record::first_edition(),
            instance: String::new(),
            retired: Vec::new(),
            retire_at: None,
            changed_at: Instant::now(),
        };
        worker.register()?;
        let task = tokio::spawn(worker.run(wishes, stop.clone()));
        Ok(Announcement {
            wanted,
            announced: name,
            stop: stop.drop_guard(),
            task,
        })
    }

    /// Tells a new name or number of people. Several within a second are told as one.
    pub fn update(&self, name: &str, members: u32) {
        let wanted = Wanted {
            name: name.to_owned(),
            members,
        };
        self.wanted.send_if_modified(|last| {
            let changed = *last != wanted;
            *last = wanted;
            changed
        });
    }

    /// The name that others see: where another room has it already, ` (2)` follows.
    pub fn announced_name(&self) -> watch::Receiver<String> {
        self.announced.clone()
    }

    /// Says goodbye, and waits until it is sent.
    pub async fn stop(self) {
        drop(self.stop);
        if self.task.await.is_err() {
            tracing::warn!("the announcement's task panicked");
        }
    }
}

struct Worker {
    daemon: ServiceDaemon,
    monitor: Receiver<DaemonEvent>,
    announce: Announce,
    options: Options,
    announced: watch::Sender<String>,
    now: Wanted,
    /// 2 and more: others have this name already.
    number: u32,
    edition: u8,
    /// The full name that is registered.
    instance: String,
    /// Names before, whose goodbye waits until the present one is announced: the room is never unannounced.
    retired: Vec<String>,
    retire_at: Option<Instant>,
    changed_at: Instant,
}

impl Worker {
    async fn run(mut self, mut wishes: watch::Receiver<Wanted>, stop: CancellationToken) {
        let mut due = false;
        loop {
            let update_at = self.changed_at + UPDATE_PAUSE;
            let retire_at = self.retire_at.unwrap_or(update_at);
            tokio::select! {
                () = stop.cancelled() => break,
                changed = wishes.changed(), if !due => if changed.is_err() { break } else { due = true },
                () = sleep_until(update_at), if due => {
                    due = false;
                    self.update(wishes.borrow_and_update().clone());
                }
                () = sleep_until(retire_at), if self.retire_at.is_some() => self.retire(),
                event = self.monitor.recv_async() => match event {
                    Ok(event) => self.note(event).await,
                    Err(_) => break tracing::error!("the mDNS daemon has stopped; the room is no longer announced"),
                },
            }
        }
        self.say_goodbye().await;
    }

    fn update(&mut self, wanted: Wanted) {
        if wanted.name != self.now.name {
            self.number = 1;
        }
        self.now = wanted;
        self.register_again();
    }

    fn register_again(&mut self) {
        if let Err(error) = self.register() {
            tracing::warn!(%error, "cannot change the announcement");
        }
    }

    /// Registers what is wanted now. A name that differs from the one before retires that one.
    fn register(&mut self) -> Result<(), Error> {
        let name = record::instance_name(&self.now.name, self.number);
        self.edition = self.edition.wrapping_add(1);
        let info = self.info(
            SERVICE,
            &name,
            &record::txt(&self.announce, self.now.members, self.edition),
        )?;
        let instance = info.get_fullname().to_owned();
        self.daemon.register(info)?;
        self.changed_at = Instant::now();
        self.retired
            .retain(|name| !name.eq_ignore_ascii_case(&instance));
        let before = std::mem::replace(&mut self.instance, instance);
        if !before.is_empty() && !before.eq_ignore_ascii_case(&self.instance) {
            self.retired.push(before);
            self.retire_at = Some(Instant::now() + RETIRE_AFTER);
        }
        let shown = record::shown_name(&name).unwrap_or(name);
        self.announced.send_if_modified(|last| {
            let changed = *last != shown;
            *last = shown;
            changed
        });
        Ok(())
    }

    fn info(
        &self,
        service: &str,
        name: &str,
        txt: &[(&str, String)],
    ) -> Result<ServiceInfo, Error> {
        let host = record::host_name(&self.announce.room_id);
        let port = self.announce.port;
        Ok(match self.options.only {
            Some(ip) => ServiceInfo::new(service, name, &host, ip, port, txt)?,
            None => ServiceInfo::new(service, name, &host, "", port, txt)?.enable_addr_auto(),
        })
    }

    async fn note(&mut self, event: DaemonEvent) {
        match event {
            DaemonEvent::Announce(instance, _) if instance.eq_ignore_ascii_case(&self.instance) => {
                self.retire();
            }
            DaemonEvent::NameChange(change)
                if change.original.eq_ignore_ascii_case(&self.instance) =>
            {
                tracing::info!(name = self.now.name, "another room has this name already");
                self.number += 1;
                if let Err(error) = self.start_afresh().await {
                    tracing::error!(%error, "the room is no longer announced");
                }
            }
            DaemonEvent::Error(error) => tracing::warn!(%error, "multicast DNS"),
            _ => {}
        }
    }

    /// A daemon that has renamed a service does so on one card alone, and mixes up the two names at the next change. So
    /// a new one announces the room by its new name, on all cards.
    async fn start_afresh(&mut self) -> Result<(), Error> {
        self.end_daemon(None).await;
        (self.daemon, self.monitor) = daemon(&self.options)?;
        self.instance.clear();
        self.register()
    }

    fn retire(&mut self) {
        self.retire_at = None;
        for name in std::mem::take(&mut self.retired) {
            self.unregister(&name);
        }
    }

    fn unregister(&self, instance: &str) {
        if let Err(error) = self.daemon.unregister(instance) {
            tracing::warn!(%error, "cannot say goodbye for the name before");
        }
    }

    async fn say_goodbye(mut self) {
        let leaving = self.say_leaving().ok();
        self.end_daemon(leaving).await;
    }

    /// Says goodbye for every name, and `more`, and ends the daemon.
    async fn end_daemon(&mut self, more: Option<String>) {
        self.retire_at = None;
        let names = std::mem::take(&mut self.retired).into_iter();
        for name in names.chain([self.instance.clone()]).chain(more) {
            if let Ok(sent) = self.daemon.unregister(&name) {
                let _ = timeout(STOP_WITHIN, sent.recv_async()).await;
            }
        }
        sleep(GOODBYE_REPEATED).await;
        if let Ok(stopped) = self.daemon.shutdown() {
            let _ = timeout(STOP_WITHIN, stopped.recv_async()).await;
        }
    }

    /// Tells at once that the goodbye follows. The name is made for this, so nobody has to be asked first.
    fn say_leaving(&self) -> Result<String, Error> {
        let name = record::leaving_name(&self.announce.room_id);
        let mut info = self.info(LEAVING, &name, &[])?;
        info.set_requires_probe(false);
        let instance = info.get_fullname().to_owned();
        self.daemon.register(info)?;
        Ok(instance)
    }
}

fn daemon(options: &Options) -> Result<(ServiceDaemon, Receiver<DaemonEvent>), Error> {
    let daemon = ServiceDaemon::new()?;
    daemon.set_ip_check_interval(CARDS_EVERY_SECS)?;
    interfaces::choose(&daemon, options)?;
    let monitor = daemon.monitor()?;
    Ok((daemon, monitor))
}
