//! What the app is without its window: the rooms it is in, the rooms around it and the room it hosts. Knows no Tauri;
//! the window is a [`Sink`]. `rooms`, `around` and `hosting` add their verbs to it.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use landline_client::{Identity, Store};
use landline_discovery as discovery;
use landline_protocol::bridge::{Boot, Hosting, PlatformEvent, Settings};
use landline_protocol::{DisplayName, RoomId, UserId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::hosting::Hosted;
use crate::names::suggested_name;
use crate::outlet::{Outlet, Sink};
use crate::profile::Profile;
use crate::refused::{Reason, Refused};
use crate::rooms::{Joined, Order};

/// How long leaving may take: long enough for a close frame and a goodbye on a slow network, short enough that a
/// person who quits does not wait for it.
const QUIT_WITHIN: Duration = Duration::from_secs(3);

const NAME: &str = "display_name";
const SETTINGS: &str = "settings";

/// How far this app reaches. The default is the whole network that it is on.
#[derive(Debug, Clone)]
pub struct Reach {
    /// How rooms are looked for and announced; `None`: not at all.
    pub discovery: Option<discovery::Options>,
    /// The one address at which a hosted room listens; `None`: all of them.
    pub bind: Option<IpAddr>,
}

impl Default for Reach {
    fn default() -> Self {
        Reach {
            discovery: Some(discovery::Options::default()),
            bind: None,
        }
    }
}

/// The app without its window. Clones are the same desk.
#[derive(Clone)]
pub struct Desk(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) profile: Profile,
    pub(crate) store: Store,
    pub(crate) user_id: UserId,
    pub(crate) state: Mutex<State>,
    /// Held while a room is being opened, changed or closed, so that those never overlap.
    pub(crate) hosted: tokio::sync::Mutex<Option<Hosted>>,
    pub(crate) browser: Mutex<Option<discovery::Browser>>,
    pub(crate) reach: Reach,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    settings: watch::Sender<Settings>,
}

/// What the window is told. Changed and told under one lock, so that a window that attaches misses nothing.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) outlet: Outlet,
    pub(crate) name: Option<DisplayName>,
    pub(crate) rooms: HashMap<RoomId, Joined>,
    pub(crate) around: BTreeMap<String, discovery::Room>,
    pub(crate) hosting: Option<Hosting>,
    /// The serial of the last link to a room.
    pub(crate) links: u64,
}

impl Desk {
    /// Opens what `profile` holds. Nothing moves before [`Desk::start`].
    pub fn open(profile: Profile, reach: Reach) -> anyhow::Result<Desk> {
        let store = Store::open(&profile.store_path())?;
        let name = store
            .setting(NAME)?
            .and_then(|name| name.parse::<DisplayName>().ok());
        let settings = store
            .setting(SETTINGS)?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        Ok(Desk(Arc::new(Inner {
            user_id: store.user_id()?,
            profile,
            store,
            state: Mutex::new(State {
                name,
                ..State::default()
            }),
            hosted: tokio::sync::Mutex::new(None),
            browser: Mutex::new(None),
            reach,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            settings: watch::Sender::new(settings),
        })))
    }

    /// Looks for rooms, and goes back to where the person was: hosts again what was hosted at the last quit, and
    /// connects to the rooms that were not left. Must be called in a tokio runtime.
    pub fn start(&self) {
        self.browse();
        self.go_back();
    }

    /// What the first screen needs.
    pub fn boot(&self) -> Boot {
        Boot {
            user_id: self.0.user_id,
            display_name: self.state().name.clone().map(|n| n.as_str().to_owned()),
            suggested_name: suggested_name(),
            settings: self.0.settings.borrow().clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// From now on the window behind `sink` is told what happens, beginning with how things stand.
    pub fn attach(&self, sink: Sink) {
        let known = self.known_rooms();
        let mut state = self.state();
        state.outlet.attach(sink);
        let State { outlet, .. } = &*state;
        outlet.tell(PlatformEvent::Rooms { rooms: known });
        outlet.tell(state.around_event());
        outlet.tell(PlatformEvent::Hosting {
            hosting: state.hosting.clone(),
        });
        for (room, joined) in &state.rooms {
            for event in joined.present_events(room) {
                outlet.tell(event);
            }
        }
    }

    /// Takes a name, also in the rooms that are open. With the first one the app goes back to its rooms.
    pub fn set_name(&self, name: &str) -> Result<(), Refused> {
        let name: DisplayName = name
            .parse()
            .map_err(|why| Refused::new(Reason::Invalid, why))?;
        self.0
            .store
            .set_setting(NAME, name.as_str())
            .map_err(Refused::system)?;
        let first = {
            let mut state = self.state();
            for joined in state.rooms.values() {
                joined.order(Order::Rename(name.clone()))?;
            }
            state.name.replace(name).is_none()
        };
        if first {
            self.go_back();
        }
        Ok(())
    }

    /// Keeps how things are set.
    pub fn save_settings(&self, settings: Settings) -> Result<(), Refused> {
        let text = serde_json::to_string(&settings).map_err(Refused::system)?;
        self.0
            .store
            .set_setting(SETTINGS, &text)
            .map_err(Refused::system)?;
        self.0.settings.send_replace(settings);
        Ok(())
    }

    /// How things are set.
    pub fn settings(&self) -> Settings {
        self.0.settings.borrow().clone()
    }

    /// Tells the window to show a chat.
    pub fn show(&self, event: PlatformEvent) {
        self.state().outlet.tell(event);
    }

    /// Says goodbye everywhere, within a bound. What was hosted and joined is so again at the next start.
    pub async fn quit(&self) {
        self.0.stop.cancel();
        let leaving = async {
            tokio::join!(
                self.close_hosted(),
                self.close_rooms(),
                self.stop_browsing()
            );
            self.0.tasks.close();
            self.0.tasks.wait().await;
        };
        if tokio::time::timeout(QUIT_WITHIN, leaving).await.is_err() {
            tracing::warn!("quitting took longer than {QUIT_WITHIN:?}; leaving as it is");
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic under this lock leaves no half-told state worth stopping the whole app for.
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn identity(&self) -> Result<Identity, Refused> {
        let display_name = self
            .state()
            .name
            .clone()
            .ok_or_else(|| Refused::new(Reason::Invalid, "say your name first"))?;
        Ok(Identity {
            user_id: self.0.user_id,
            display_name,
            app: true,
        })
    }
}
