//! A hosted room: putting the parts together, and taking them apart in the right order.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::HeaderValue;
use landline_hub::actor::{HubHandle, actor};
use landline_hub::limits::ANSWERS_CAP;
use landline_hub::{Command, Hub, Room};
use landline_protocol::frame::RoomInfo;
use landline_protocol::limits::ROOM_NAME_MAX_BYTES;
use landline_protocol::{Access, Timestamp, ValueError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::dialect::{self, Dialects};
use crate::guards::counts::WaitingRoom;
use crate::guards::origin::OriginGuard;
use crate::guards::rates::Rates;
use crate::http::{Site, router};
use crate::limits::STOP_PATIENCE;
use crate::outlet::{Line, Lines};
use crate::room_file::{self, RoomFile};
use crate::session::Shared;
use crate::store::{OpenError, SqliteStore};
use crate::{Options, Port, Service, StartError, Status, listener};

/// How often the rates forget who has been quiet.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// A room on the air. Dropping it stops it without a word; [`Server::stop`] says goodbye.
pub struct Server {
    address: SocketAddr,
    also_listening: Vec<(Service, SocketAddr)>,
    room: Mutex<RoomInfo>,
    folder: PathBuf,
    hub: HubHandle<Line>,
    shared: Arc<Shared>,
    status: watch::Receiver<Status>,
    warnings: Vec<String>,
    /// Ends the sessions and the listener …
    stop_talking: CancellationToken,
    /// … and then the hub.
    stop_hub: CancellationToken,
    tasks: TaskTracker,
    hub_task: JoinHandle<SqliteStore>,
    _lock: room_file::Lock,
    _stops: [DropGuard; 2],
}

/// Hosts a room.
///
/// # Errors
/// [`StartError`], in a sentence that says what to do. Nothing is left listening then.
pub async fn start(options: Options) -> Result<Server, StartError> {
    check_name(&options.name).map_err(StartError::Name)?;
    if options.access == Access::Locked {
        return Err(StartError::Locked);
    }
    host(options).await
}

async fn host(options: Options) -> Result<Server, StartError> {
    let listener = listener::bind(options.bind, options.port)
        .map_err(|error| listen_error(options.bind, options.port, error))?;
    let address = listener
        .local_addr()
        .map_err(|error| listen_error(options.bind, options.port, error))?;

    let others = bind_others(&options)?;

    let (answers, answered) = mpsc::channel(ANSWERS_CAP);
    let opening = options.clone();
    let (lock, file, opened) = tokio::task::spawn_blocking(move || open_folder(&opening, answers))
        .await
        .map_err(|error| folder_error(&options, io::Error::other(error)))??;
    let room = Room {
        room_id: file.room_id,
        name: file.name.into(),
        access: options.access,
    };
    let info = RoomInfo {
        room_id: room.room_id.clone(),
        name: room.name.clone(),
        access: room.access,
    };

    let first = Status {
        name: room.name.clone(),
        members_online: 0,
        writable: true,
    };
    let (status_sender, status) = watch::channel(first);
    let reader = opened.store.reader();
    let hub = Hub::new(room, options.host_user, opened.memory);
    let dialects = Dialects::new(&options, now());
    let lines = Lines::new(status_sender, dialects.taps());
    let (hub, hub_actor) = actor(hub, opened.store, lines, answered, now);
    let (stop_talking, stop_hub) = (CancellationToken::new(), CancellationToken::new());
    let hub_task = tokio::spawn(hub_actor.run(stop_hub.clone()));

    let tasks = TaskTracker::new();
    let shared = Arc::new(Shared {
        hub: hub.clone(),
        rates: Rates::new(options.rates),
        dialects,
        stop: stop_talking.clone(),
        clock: now,
        next_session: AtomicU64::new(1),
    });
    let ports = others.iter().map(|(_, address, _)| address.port());
    let ports = std::iter::once(address.port()).chain(ports).collect();
    let site = Site {
        shared: shared.clone(),
        reader,
        guard: OriginGuard::new(ports, &options.allow_origins),
        sessions: tasks.clone(),
        room_id: HeaderValue::from_str(info.room_id.as_str())
            .expect("a room id is a-z, 0-9 and '-'"),
        access: options.access,
    };
    let site = Arc::new(site);
    let waiting = WaitingRoom::new(options.rates);
    let accept = |listener, router| {
        let (waiting, tracker) = (waiting.clone(), tasks.clone());
        tasks.spawn(listener::accept(
            listener,
            router,
            waiting,
            tracker,
            stop_talking.clone(),
        ));
    };
    accept(listener, router(&site));
    let mut also_listening = Vec::new();
    for (service, address, listener) in others {
        let router = match service {
            Service::Same(_) => router(&site),
            Service::Activity | Service::ActivityRest => dialect::own_port(service, &site),
        };
        accept(listener, router);
        also_listening.push((service, address));
    }
    tasks.spawn(tidy(shared.clone(), stop_talking.clone()));
    let stops = [
        stop_talking.clone().drop_guard(),
        stop_hub.clone().drop_guard(),
    ];
    Ok(Server {
        address,
        also_listening,
        room: Mutex::new(info),
        folder: options.data,
        hub,
        shared,
        status,
        warnings: opened.warnings,
        stop_talking,
        stop_hub,
        tasks,
        hub_task,
        _lock: lock,
        _stops: stops,
    })
}

impl Server {
    /// Where it listens, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where else it listens, and what is offered there.
    pub fn also_listening(&self) -> &[(Service, SocketAddr)] {
        &self.also_listening
    }

    /// Which room it is.
    pub fn room(&self) -> RoomInfo {
        self.room
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// How it is, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Sentences for the host about what went wrong without stopping the room.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.clone()
    }

    /// Calls the room something else, for everybody and at the next start too.
    ///
    /// # Errors
    /// The name breaks its rule.
    pub async fn rename(&self, name: &str) -> Result<(), ValueError> {
        check_name(name)?;
        let name = name.trim();
        let room_id = {
            let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
            room.name = name.into();
            room.room_id.clone()
        };
        let file = RoomFile {
            room_id,
            name: name.to_owned(),
        };
        if let Err(error) = room_file::write(&self.folder, &file) {
            tracing::warn!("the room's new name was not saved: {error}");
        }
        // A hub that has stopped has nobody to tell.
        let _ = self.hub.send(Command::RenameRoom(name.into())).await;
        Ok(())
    }

    /// Closes every session with a code, commits what is queued, and leaves a clean log.
    pub async fn stop(self) {
        self.stop_talking.cancel();
        self.tasks.close();
        if timeout(STOP_PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end in time and were dropped");
        }
        self.shared.dialects.close().await;
        self.stop_hub.cancel();
        match self.hub_task.await {
            Ok(store) => {
                if tokio::task::spawn_blocking(move || store.close())
                    .await
                    .is_err()
                {
                    tracing::error!(
                        "the log was not closed cleanly; it is checked at the next start"
                    );
                }
            }
            Err(error) => tracing::error!("the hub had failed: {error}"),
        }
    }
}

/// Binds the other ports, each at the address of the main one.
fn bind_others(options: &Options) -> Result<Vec<(Service, SocketAddr, TcpListener)>, StartError> {
    let bound = options.also_listen.iter().map(|also| {
        let port = Port::Exactly(also.port);
        let failed = |error| listen_error(options.bind, port, error);
        let listener = listener::bind(options.bind, port).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok((also.service, address, listener))
    });
    bound.collect()
}

type Folder = (room_file::Lock, RoomFile, crate::store::Opened);

fn open_folder(options: &Options, answers: mpsc::Sender<Command>) -> Result<Folder, StartError> {
    let lock = room_file::take(&options.data).map_err(|error| folder_error(options, error))?;
    let file = room_file::read_or_make(&options.data, options.name.trim())
        .map_err(|error| folder_error(options, error))?;
    let opened = SqliteStore::open(&options.data, now(), answers).map_err(|error| match error {
        OpenError::Io(error) => folder_error(options, error),
        error => StartError::Log(error, options.data.display().to_string()),
    })?;
    Ok((lock, file, opened))
}

fn folder_error(options: &Options, error: io::Error) -> StartError {
    let folder = options.data.display().to_string();
    if error.kind() == io::ErrorKind::WouldBlock {
        StartError::FolderTaken(folder)
    } else {
        StartError::Folder { folder, error }
    }
}

fn listen_error(bind: Option<IpAddr>, port: Port, error: io::Error) -> StartError {
    let (Port::Exactly(port) | Port::Prefer(port)) = port;
    if error.kind() == io::ErrorKind::AddrInUse {
        return StartError::PortTaken(port);
    }
    let address = bind.map_or_else(
        || format!("port {port}"),
        |ip| SocketAddr::new(ip, port).to_string(),
    );
    StartError::Listen { address, error }
}

fn check_name(name: &str) -> Result<(), ValueError> {
    let name = name.trim();
    if name.is_empty() || name.len() > ROOM_NAME_MAX_BYTES || name.chars().any(char::is_control) {
        return Err(ValueError(
            "a room's name must be 1-63 bytes, none of them a control character",
        ));
    }
    Ok(())
}

async fn tidy(shared: Arc<Shared>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TIDY_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => shared.rates.forget_the_quiet(),
        }
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
