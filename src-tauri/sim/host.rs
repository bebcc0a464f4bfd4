//! The host: the real hub and the real sessions over the simulated network and the model disk.

use std::cell::{Cell, RefCell};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures_util::FutureExt as _;
use landline_hub::Room;
use landline_hub::limits::ANSWERS_CAP;
use landline_hub::ports::Clock;
use landline_protocol::{Access, RoomId, Timestamp};
use landline_server::bare::{Bare, Parts};
use landline_server::{Options, Port, Status};
use tokio::sync::{Notify, mpsc, watch};
use turmoil::net::TcpListener;

use crate::device::PORT;
use crate::disk::Disk;

/// When a run begins, in milliseconds since 1970.
pub(crate) const BEGINNING_MS: i64 = 1_800_000_000_000;

/// What survives a crash of the host.
pub(crate) struct Host {
    pub(crate) room_id: RoomId,
    pub(crate) disk: Disk,
    /// How far its clock is off, in milliseconds.
    pub(crate) clock_off_by_ms: Arc<AtomicI64>,
    stop: Notify,
    is_stopping: Cell<bool>,
    pub(crate) starts: Cell<u32>,
    pub(crate) status: RefCell<Option<watch::Receiver<Status>>>,
}

impl Host {
    pub(crate) fn new(room_id: RoomId, disk: Disk) -> Rc<Host> {
        Rc::new(Host {
            room_id,
            disk,
            clock_off_by_ms: Arc::new(AtomicI64::new(0)),
            stop: Notify::new(),
            is_stopping: Cell::new(false),
            starts: Cell::new(0),
            status: RefCell::new(None),
        })
    }

    /// The program, from its start until it is stopped or dies.
    pub(crate) async fn run(self: Rc<Self>) -> turmoil::Result {
        self.starts.set(self.starts.get() + 1);
        self.is_stopping.set(false);
        // A wish from before this start is fulfilled.
        let _ = self.stop.notified().now_or_never();
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await?;
        let (answers, answered) = mpsc::channel(ANSWERS_CAP);
        let (memory, store) = self.disk.open(answers);
        let bare = Bare::start(Parts {
            options: options(),
            room: Room {
                room_id: self.room_id.clone(),
                name: "Workshop".into(),
                access: Access::Open,
            },
            memory,
            store,
            answers: answered,
            pages: Arc::new(self.disk.clone()),
            clock: self.clock(),
            ports: vec![PORT],
        });
        self.status.replace(Some(bare.status()));
        loop {
            tokio::select! {
                biased;
                () = self.stop.notified() => break,
                accepted = listener.accept() => {
                    let (stream, from) = accepted?;
                    if let Some(serving) = bare.serve(stream, from.ip()) {
                        tokio::spawn(serving);
                    }
                }
            }
        }
        drop(listener);
        if let Some(store) = bare.stop().await {
            store.close().await;
        }
        Ok(())
    }

    /// It is to stop in good order.
    pub(crate) fn stop(&self) {
        self.is_stopping.set(true);
        self.stop.notify_one();
    }

    /// Whether it was told to stop and has not started again.
    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.get()
    }

    /// How many people it shows as here.
    pub(crate) fn members_online(&self) -> Option<u32> {
        let status = self.status.borrow();
        status.as_ref().map(|status| status.borrow().members_online)
    }

    fn clock(&self) -> Clock {
        let off = self.clock_off_by_ms.clone();
        Arc::new(move || {
            let elapsed = turmoil::sim_elapsed().unwrap_or_default();
            let elapsed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
            Timestamp(BEGINNING_MS + elapsed + off.load(Ordering::Relaxed))
        })
    }
}

fn options() -> Options {
    Options {
        name: "Workshop".into(),
        bind: None,
        port: Port::Exactly(PORT),
        data: PathBuf::new(),
        access: Access::Open,
        // They count in the machine's own time.
        rates: false,
        allow_origins: Vec::new(),
        host_user: None,
        also_listen: Vec::new(),
        topic_ttl: landline_server::TOPIC_TTL,
        keep: Vec::new(),
    }
}
