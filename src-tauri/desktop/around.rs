//! The rooms around: what discovery sees, told to the window and to the rooms that are looking for their host.

use std::time::Duration;

use landline_client::Address;
use landline_discovery::{Browser, Event, Options, Room};
use landline_protocol::bridge::{PlatformEvent, RoomAround};
use landline_protocol::{Access, PROTOCOL_VERSION, RoomId};

use crate::desk::{Desk, State};
use crate::rooms::Order;

/// When the system gives no socket to listen on (no network at all on some systems): how long until the next try.
const BROWSE_AGAIN_AFTER: Duration = Duration::from_secs(5);

impl Desk {
    /// Looks for rooms until the app quits.
    pub(crate) fn browse(&self) {
        let Some(options) = self.0.reach.discovery.clone() else {
            return;
        };
        let desk = self.clone();
        self.0.tasks.spawn(async move {
            while !desk.0.stop.is_cancelled() {
                if let Err(why) = desk.browse_once(&options).await {
                    tracing::warn!("cannot look for rooms: {why}");
                }
                tokio::select! {
                    () = tokio::time::sleep(BROWSE_AGAIN_AFTER) => {}
                    () = desk.0.stop.cancelled() => {}
                }
            }
        });
    }

    pub(crate) async fn stop_browsing(&self) {
        let browser = self.browser().take();
        if let Some(browser) = browser {
            browser.stop().await;
        }
    }

    /// A room's host does not answer: ask the network whether it is still there.
    pub(crate) fn look_for(&self, room: &RoomId) {
        if let Some(browser) = &*self.browser() {
            browser.verify(room.as_str());
        }
    }

    async fn browse_once(&self, options: &Options) -> Result<(), landline_discovery::Error> {
        let (browser, mut events) = Browser::start(options)?;
        *self.browser() = Some(browser);
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = self.0.stop.cancelled() => return Ok(()), // `quit` stops the browser
            };
            match event {
                Some(event) => self.seen(event),
                None => break,
            }
        }
        self.browser().take();
        Ok(())
    }

    fn seen(&self, event: Event) {
        let mut state = self.state();
        match event {
            Event::Found(room) | Event::Changed(room) => {
                tell_whoever_waits(&state, &room);
                state.around.insert(room.room_id.clone(), room);
            }
            Event::Lost { room_id } => {
                state.around.remove(&room_id);
            }
        }
        let around = state.around_event();
        state.outlet.tell(around);
    }

    fn browser(&self) -> std::sync::MutexGuard<'_, Option<Browser>> {
        self.0
            .browser
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl State {
    /// The rooms around as the window knows them. The one that is hosted here is not around, it is here.
    pub(crate) fn around_event(&self) -> PlatformEvent {
        let mine = self.hosting.as_ref().map(|h| h.room_id.as_str());
        let mut rooms: Vec<RoomAround> = self
            .around
            .values()
            .filter(|room| Some(room.room_id.as_str()) != mine)
            .map(room_around)
            .collect();
        rooms.sort_by_cached_key(|room| (room.name.to_lowercase(), room.room_id.clone()));
        PlatformEvent::Around { rooms }
    }
}

fn tell_whoever_waits(state: &State, room: &Room) {
    let Ok(room_id) = room.room_id.parse::<RoomId>() else {
        return;
    };
    if let Some(joined) = state.rooms.get(&room_id) {
        let addrs = addresses(room);
        if let Err(why) = joined.order(Order::FoundAt(addrs)) {
            tracing::warn!(%room_id, "its new address is not told: {why}");
        }
    }
}

/// Where a room around answers.
pub(crate) fn addresses(room: &Room) -> Vec<Address> {
    let addrs = room.addrs.iter();
    addrs
        .filter_map(|addr| addr.to_string().parse().ok())
        .collect()
}

fn room_around(room: &Room) -> RoomAround {
    RoomAround {
        room_id: room.room_id.clone(),
        name: room.name.clone(),
        host: room.host.clone(),
        access: if room.access == Access::Open.as_str() {
            Access::Open
        } else {
            Access::Locked
        },
        members: room.members,
        addrs: room.addrs.iter().map(ToString::to_string).collect(),
        compatible: room.protocol == PROTOCOL_VERSION,
    }
}
