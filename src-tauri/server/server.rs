//! A hosted room: putting the parts together, and taking them apart in the right order.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use landline_hub::actor::HubHandle;
use landline_hub::limits::ANSWERS_CAP;
use landline_hub::{Command, Hub, KeepRule, Room};
use landline_protocol::frame::RoomInfo;
use landline_protocol::limits::ROOM_NAME_MAX_BYTES;
use landline_protocol::{Access, Keeps, Timestamp, ValueError};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot, watch};

use crate::bare::{Bare, Parts};
use crate::dialect;
use crate::outlet::Line;
use crate::room_file::{self, RoomFile};
use crate::store::{OpenError, SqliteStore};
use crate::{Options, Port, Service, StartError, Status, listener};

/// What the host is told while messages cannot be stored. Members hear it when they write.
const READ_ONLY_WARNING: &str = "The room's disk cannot be written; it may be full. Messages wait with their authors and are \
    taken again as soon as it can.";

/// A room on the air, on a thread of its own. Dropping it stops it too; [`Server::stop`] waits until it has.
pub struct Server {
    address: SocketAddr,
    also_listening: Vec<(Service, SocketAddr)>,
    room: Mutex<RoomInfo>,
    folder: PathBuf,
    warnings: Vec<String>,
    hub: HubHandle<Line>,
    status: watch::Receiver<Status>,
    stop: oneshot::Sender<()>,
    stopped: oneshot::Receiver<()>,
    _lock: room_file::Lock,
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

/// Starts the room's thread: hub, sessions and listener take turns on it, so that a message goes from the one to the
/// others without waking anybody. Only the disk has threads beside it.
async fn host(options: Options) -> Result<Server, StartError> {
    let (started, start) = oneshot::channel();
    std::thread::Builder::new()
        .name("landline-room".into())
        .spawn(move || on_its_thread(options, started))
        .map_err(StartError::Thread)?;
    start.await.unwrap_or_else(|_| {
        let error = io::Error::other("it ended by itself");
        Err(StartError::Thread(error))
    })
}

fn on_its_thread(options: Options, started: oneshot::Sender<Result<Server, StartError>>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            // Whoever asked may have gone; nobody misses the answer then.
            let _ = started.send(Err(StartError::Thread(error)));
            return;
        }
    };
    runtime.block_on(async {
        let (server, running) = match open(options).await {
            Ok(opened) => opened,
            Err(error) => {
                let _ = started.send(Err(error));
                return;
            }
        };
        // A server that nobody takes is dropped, and stops at once.
        let _ = started.send(Ok(server));
        running.until_stopped().await;
    });
}

/// What the room's thread keeps.
struct Running {
    bare: Bare<SqliteStore>,
    stop: oneshot::Receiver<()>,
    stopped: oneshot::Sender<()>,
}

impl Running {
    /// Goes on until the [`Server`] is stopped or dropped.
    async fn until_stopped(self) {
        // Dropped without a word is stopped too.
        let _ = self.stop.await;
        if let Some(store) = self.bare.stop().await
            && tokio::task::spawn_blocking(move || store.close())
                .await
                .is_err()
        {
            tracing::error!("the log was not closed cleanly; it is checked at the next start");
        }
        // Nobody waits for one that was dropped.
        let _ = self.stopped.send(());
    }
}

async fn open(options: Options) -> Result<(Server, Running), StartError> {
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

    let ports = others.iter().map(|(_, address, _)| address.port());
    let ports = std::iter::once(address.port()).chain(ports).collect();
    let bare = Bare::start(Parts {
        room,
        memory: opened.memory,
        pages: Arc::new(opened.store.pages()),
        store: opened.store,
        answers: answered,
        clock: Arc::new(now),
        ports,
        options: options.clone(),
    });
    let accept = |listener, router| {
        let (waiting, tracker) = (bare.waiting.clone(), bare.tasks.clone());
        bare.tasks.spawn(listener::accept(
            listener,
            router,
            waiting,
            tracker,
            bare.stop_talking.clone(),
        ));
    };
    accept(listener, bare.router());
    let mut also_listening = Vec::new();
    for (service, address, listener) in others {
        let router = match service {
            Service::Same(_) => bare.router(),
            Service::Activity | Service::ActivityRest => dialect::own_port(service, &bare.site),
        };
        accept(listener, router);
        also_listening.push((service, address));
    }
    for rule in options.keep {
        // The hub runs: it was started a moment ago.
        let _ = bare.hub.send(Command::Keep(rule)).await;
    }
    let ((stop, stopping), (stopped, is_stopped)) = (oneshot::channel(), oneshot::channel());
    let server = Server {
        address,
        also_listening,
        room: Mutex::new(info),
        folder: options.data,
        warnings: opened.warnings,
        hub: bare.hub.clone(),
        status: bare.status(),
        stop,
        stopped: is_stopped,
        _lock: lock,
    };
    let running = Running {
        bare,
        stop: stopping,
        stopped,
    };
    Ok((server, running))
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
        let read_only = (!self.status.borrow().writable).then(|| READ_ONLY_WARNING.to_owned());
        self.warnings.iter().cloned().chain(read_only).collect()
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

    /// Says how long messages are kept, from now on and at the next start too. What is over then is removed for everybody.
    pub async fn keep(&self, rule: KeepRule) {
        // A hub that has stopped has nobody to tell.
        let _ = self.hub.send(Command::Keep(rule)).await;
    }

    /// How long messages are kept.
    pub async fn keeps(&self) -> Keeps {
        self.hub.look(Hub::keeps).await.unwrap_or_default()
    }

    /// Closes every session with a code, commits what is queued, and leaves a clean log.
    pub async fn stop(self) {
        // Its thread may have ended by itself; then there is nothing to wait for.
        let _ = self.stop.send(());
        if self.stopped.await.is_err() {
            tracing::error!("the room had failed; its log is checked at the next start");
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

fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
