//! A room without the machine under it: the caller brings the log, the clock and the connections. [`crate::start`] puts
//! a folder, a listener and the system's clock around it; a simulation puts its own, and runs the same sessions.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::Router;
use axum::http::HeaderValue;
use futures_util::future::BoxFuture;
use landline_hub::actor::{HubHandle, actor};
use landline_hub::command::Page;
use landline_hub::ports::{Clock, Memory, PageQuery, Store, StoreFault};
use landline_hub::{ChatKey, Command, Found, Hub, Room, Scope, Search, SearchFault};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::dialect::Dialects;
use crate::guards::counts::{Place, WaitingRoom};
use crate::guards::origin::OriginGuard;
use crate::guards::rates::Rates;
use crate::http::{Site, router};
use crate::limits::STOP_PATIENCE;
use crate::listener::{self, Caller};
use crate::outlet::{Line, Lines};
use crate::session::Shared;
use crate::steady::steady;
use crate::{Options, Status};

/// How often the rates forget who has been quiet.
const TIDY_EVERY: Duration = Duration::from_mins(1);

/// Reads the log for whoever asks over HTTP.
pub trait Pages: Send + Sync {
    /// A page of `chat`; an unknown chat is an empty one.
    fn page(&self, chat: ChatKey, query: PageQuery) -> BoxFuture<'_, Result<Page, StoreFault>>;

    /// Looks for something, in what `scope` allows. A log without an index cannot.
    fn search(&self, scope: Scope, search: Search) -> BoxFuture<'_, Result<Found, SearchFault>> {
        let _ = (scope, search);
        Box::pin(async { Err(SearchFault::Failed) })
    }
}

/// What a room is made of.
pub struct Parts<S> {
    /// Its name, access, rates and the rest; where to listen is nobody's business here.
    pub options: Options,
    /// Which room it is.
    pub room: Room,
    /// What it remembers.
    pub memory: Memory,
    /// Its log.
    pub store: S,
    /// Where the store sends its answers; [`landline_hub::limits::ANSWERS_CAP`] of them may wait.
    pub answers: mpsc::Receiver<Command>,
    /// The same log, for HTTP.
    pub pages: Arc<dyn Pages>,
    /// What time it is.
    pub clock: Clock,
    /// The ports under which pages of ours may be open.
    pub ports: Vec<u16>,
}

/// A room on the runtime that it was started on. Dropping it stops it without a word; [`Bare::stop`] says goodbye.
pub struct Bare<S> {
    pub(crate) hub: HubHandle<Line>,
    pub(crate) site: Arc<Site>,
    pub(crate) tasks: TaskTracker,
    /// Ends the sessions and the listener …
    pub(crate) stop_talking: CancellationToken,
    /// … and then the hub.
    stop_hub: CancellationToken,
    pub(crate) waiting: WaitingRoom,
    router: Router,
    hub_task: JoinHandle<S>,
    status: watch::Receiver<Status>,
    _stops: [DropGuard; 2],
}

impl<S: Store> Bare<S> {
    /// Starts the room's tasks on the current runtime.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn start(parts: Parts<S>) -> Bare<S> {
        let Parts {
            options,
            room,
            memory,
            store,
            answers,
            pages,
            clock,
            ports,
        } = parts;
        let clock = steady(clock);
        let first = Status {
            name: room.name.clone(),
            members_online: 0,
            writable: true,
        };
        let room_id =
            HeaderValue::from_str(room.room_id.as_str()).expect("a room id is a-z, 0-9 and '-'");
        let (status_sender, status) = watch::channel(first);
        let hub = Hub::new(room, options.host_user, memory);
        let dialects = Dialects::new(&options, clock());
        let lines = Lines::new(status_sender, dialects.taps());
        let (hub, hub_actor) = actor(hub, store, lines, answers, clock.clone());
        let (stop_talking, stop_hub) = (CancellationToken::new(), CancellationToken::new());
        let hub_task = tokio::spawn(hub_actor.run(stop_hub.clone()));

        let tasks = TaskTracker::new();
        let shared = Arc::new(Shared {
            hub: hub.clone(),
            rates: Rates::new(options.rates),
            dialects,
            stop: stop_talking.clone(),
            clock,
            next_session: AtomicU64::new(1),
        });
        tasks.spawn(tidy(shared.clone(), stop_talking.clone()));
        let site = Arc::new(Site {
            shared,
            pages,
            guard: OriginGuard::new(ports, &options.allow_origins),
            sessions: tasks.clone(),
            room_id,
            access: options.access,
        });
        let stops = [
            stop_talking.clone().drop_guard(),
            stop_hub.clone().drop_guard(),
        ];
        Bare {
            hub,
            router: router(&site),
            site,
            tasks,
            stop_talking,
            stop_hub,
            waiting: WaitingRoom::new(options.rates),
            hub_task,
            status,
            _stops: stops,
        }
    }

    /// Serves a connection from `from`, whatever carries its bytes: HTTP, until it ends or becomes a session, which goes
    /// on by itself. `None` if as many wait for their hello as may.
    pub fn serve(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        from: IpAddr,
    ) -> Option<impl Future<Output = ()> + Send + 'static> {
        let place = self.waiting.enter(from)?;
        let (caller, stop) = (caller(from, place), self.stop_talking.clone());
        Some(listener::serve(stream, caller, self.router.clone(), stop))
    }

    /// How it is, now and whenever that changes.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Closes every session with a code and gives the store back; none if the hub had failed.
    pub async fn stop(self) -> Option<S> {
        self.stop_talking.cancel();
        self.tasks.close();
        if timeout(STOP_PATIENCE, self.tasks.wait()).await.is_err() {
            tracing::warn!("some connections did not end in time and were dropped");
        }
        self.site.shared.dialects.close().await;
        self.stop_hub.cancel();
        let stopped = self.hub_task.await;
        stopped
            .inspect_err(|error| tracing::error!("the hub had failed: {error}"))
            .ok()
    }

    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }
}

/// Who a connection from `from` with this place is.
pub(crate) fn caller(from: IpAddr, place: Place) -> Caller {
    Caller {
        address: from.to_canonical(),
        place: Arc::new(place),
        since: Instant::now(),
    }
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
