//! The rooms that this app is in: joining, leaving, forgetting, and what the person does in them.

use std::time::Duration;

use landline_client::{Address, Event, Options, Target};
use landline_protocol::bridge::{Connection, KnownRoom, PlatformEvent};
use landline_protocol::frame::ClientFrame;
use landline_protocol::{DisplayName, MessageId, RoomId};
use tokio::sync::{mpsc, oneshot};

use crate::around::addresses;
use crate::desk::Desk;
use crate::link::{Link, obey};
use crate::present::Present;
use crate::refused::{Reason, Refused};
use crate::room_folders;

/// What the person asked of a room and the client has not taken yet. Full: the disk of this computer is stuck, and the
/// window is told so.
const ORDERS_CAP: usize = 1_024;
/// How long somebody at a typed address has to answer; the client's own deadline for one connection is shorter.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How long a room's close frame may take.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// A room that this app is in.
pub(crate) struct Joined {
    /// Tells this visit from an earlier one of the same room, whose last events may still be on their way.
    pub(crate) link: u64,
    pub(crate) orders: mpsc::Sender<Order>,
    pub(crate) present: Present,
}

/// Something to do in a room. One queue a room, so that messages keep the order in which they were written.
#[derive(Debug)]
pub(crate) enum Order {
    Send(RoomId, ClientFrame),
    Reconnect,
    Retry(MessageId),
    Discard(MessageId),
    Rename(DisplayName),
    FoundAt(Vec<Address>),
    Leave(oneshot::Sender<()>),
}

impl Joined {
    pub(crate) fn order(&self, order: Order) -> Result<(), Refused> {
        self.orders
            .try_send(order)
            .map_err(|_| Refused::system("this computer cannot keep up; try again in a moment"))
    }

    /// What an empty window must be told to show this room.
    pub(crate) fn present_events(&self, room: &RoomId) -> Vec<PlatformEvent> {
        let room = room.as_str().to_owned();
        let mut events = vec![PlatformEvent::Connection {
            room: room.clone(),
            connection: self.present.connection().clone(),
        }];
        let frames = self.present.frames().into_iter();
        events.extend(frames.map(|frame| PlatformEvent::Frame {
            room: room.clone(),
            frame,
        }));
        let waiting = self.present.outbox().iter().cloned();
        events.extend(waiting.map(|message| PlatformEvent::Outbox {
            room: room.clone(),
            message,
        }));
        events
    }
}

impl Desk {
    /// Joins a room around, a known room (by its id) or whoever answers at a typed address.
    pub async fn join_room(&self, target: &str) -> Result<RoomId, Refused> {
        let target = target.trim();
        let (target, known) = match self.target_of_id(target) {
            Some(found) => found,
            None => (typed(target)?, false),
        };
        if let Some(room) = &target.room_id
            && let Some(joined) = self.state().rooms.get(room)
        {
            joined.order(Order::FoundAt(target.addrs.clone()))?;
            return Ok(room.clone());
        }
        self.enter(target, known).await
    }

    /// Leaves a room; it stays known, and so does what waits in its outbox. Leaving the hosted room closes it.
    pub async fn leave_room(&self, room: &str) -> Result<(), Refused> {
        let room = self.joined_id(room)?;
        if self.hosts(&room) {
            return self.stop_hosting().await;
        }
        self.leave(&room).await
    }

    /// Forgets all that this app knows of a room. What it hosted stays on the disk.
    pub async fn forget_room(&self, room: &str, discard: bool) -> Result<(), Refused> {
        let room = room_id(room)?;
        let waits = |joined: &Joined| !joined.present.outbox().is_empty();
        if !discard && self.state().rooms.get(&room).is_some_and(waits) {
            return Err(Refused::new(
                Reason::OutboxWaits,
                "messages of yours still wait for this room",
            ));
        }
        if self.hosts(&room) {
            self.stop_hosting().await?;
        } else if self.state().rooms.contains_key(&room) {
            self.leave(&room).await?;
        }
        let forgotten = self.0.store.forget(&room, discard);
        self.tell_rooms();
        forgotten.map_err(|why| Refused::new(Reason::OutboxWaits, why))?;
        room_folders::forget(&self.0.profile.rooms_folder(), &room).map_err(Refused::system)
    }

    /// Sends a frame. Never waits: the order of calls is the order of messages.
    pub fn send(&self, room: &str, frame: ClientFrame) -> Result<(), Refused> {
        let id = room_id(room)?;
        self.order(room, Order::Send(id, frame))
    }

    /// Tries to connect now.
    pub fn reconnect(&self, room: &str) -> Result<(), Refused> {
        self.order(room, Order::Reconnect)
    }

    /// A failed message: again.
    pub fn retry_message(&self, room: &str, message_id: &str) -> Result<(), Refused> {
        self.order(room, Order::Retry(message(message_id)?))
    }

    /// A failed or waiting message: away with it.
    pub fn discard_message(&self, room: &str, message_id: &str) -> Result<(), Refused> {
        self.order(room, Order::Discard(message(message_id)?))
    }

    /// Connects to every room that was not left, except `but`, which the app hosts itself.
    pub(crate) fn rejoin(&self, but: Option<&RoomId>) {
        for room in self.known_rooms() {
            let Ok(room_id) = room.room_id.parse::<RoomId>() else {
                continue;
            };
            if !room.joined || Some(&room_id) == but {
                continue;
            }
            let target = Target {
                addrs: room.address.parse().into_iter().collect(),
                room_id: Some(room_id),
            };
            let desk = self.clone();
            self.0.tasks.spawn(async move {
                // Refused or unreachable: the room's own connection state tells the person.
                let _ = desk.enter(target, true).await;
            });
        }
    }

    /// Opens a link to a room and waits for its answer. A known room is joined also while nobody answers.
    pub(crate) async fn enter(&self, target: Target, known: bool) -> Result<RoomId, Refused> {
        let identity = self.identity()?;
        let asked_for = target.room_id.clone().filter(|_| known);
        let store = self.0.store.clone();
        let (room, events) = landline_client::join(target, identity, store, Options::default());
        let (orders, todo) = mpsc::channel(ORDERS_CAP);
        let (answer, answered) = oneshot::channel();
        let mut link = Link::new(self.clone(), orders, answer);
        if let Some(room_id) = asked_for {
            link.adopt(room_id);
        }
        self.0.tasks.spawn(obey(self.clone(), room, todo));
        self.0.tasks.spawn(follow(link, events));
        match tokio::time::timeout(ANSWER_WITHIN, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => Err(Refused::new(
                Reason::Unreachable,
                "the connection was given up",
            )),
            Err(_) => Err(Refused::new(Reason::Unreachable, "nobody answered in time")),
        }
    }

    /// Leaves without asking whether the room is hosted here.
    pub(crate) async fn leave(&self, room: &RoomId) -> Result<(), Refused> {
        let Some(joined) = self.state().rooms.remove(room) else {
            return Ok(());
        };
        close(joined).await;
        self.0
            .store
            .set_joined(room, false)
            .map_err(Refused::system)?;
        self.state().outlet.tell(PlatformEvent::Connection {
            room: room.as_str().to_owned(),
            connection: Connection::Left,
        });
        self.tell_rooms();
        Ok(())
    }

    /// Closes every room for the quit; they are joined again at the next start.
    pub(crate) async fn close_rooms(&self) {
        let rooms = std::mem::take(&mut self.state().rooms);
        let closing = rooms
            .into_values()
            .map(|joined| tokio::spawn(close(joined)));
        for closed in closing.collect::<Vec<_>>() {
            let _ = closed.await;
        }
    }

    /// Tells the window which rooms are known now.
    pub(crate) fn tell_rooms(&self) {
        let rooms = self.known_rooms();
        self.state().outlet.tell(PlatformEvent::Rooms { rooms });
    }

    pub(crate) fn known_rooms(&self) -> Vec<KnownRoom> {
        let mut rooms = self.0.store.rooms().unwrap_or_else(|why| {
            tracing::error!("the known rooms cannot be read: {why}");
            Vec::new()
        });
        let state = self.state();
        for room in &mut rooms {
            room.hosted = state
                .hosting
                .as_ref()
                .is_some_and(|hosting| hosting.room_id == room.room_id);
        }
        rooms.sort_by_key(|room| std::cmp::Reverse(room.last_seen));
        rooms
    }

    /// Where the room of this id is, and whether this app was in it before.
    fn target_of_id(&self, id: &str) -> Option<(Target, bool)> {
        let room_id: RoomId = id.parse().ok()?;
        let seen = self.state().around.get(id).map(addresses);
        let known = self.known_rooms().into_iter().find(|r| r.room_id == id);
        if seen.is_none() && known.is_none() {
            return None;
        }
        let mut addrs = seen.unwrap_or_default();
        addrs.extend(known.iter().filter_map(|room| room.address.parse().ok()));
        let target = Target {
            addrs,
            room_id: Some(room_id),
        };
        Some((target, known.is_some()))
    }

    fn order(&self, room: &str, order: Order) -> Result<(), Refused> {
        let room = self.joined_id(room)?;
        match self.state().rooms.get(&room) {
            Some(joined) => joined.order(order),
            None => Err(unknown()),
        }
    }

    fn joined_id(&self, room: &str) -> Result<RoomId, Refused> {
        let id = room_id(room)?;
        if self.state().rooms.contains_key(&id) {
            Ok(id)
        } else {
            Err(unknown())
        }
    }
}

/// Hands a room's events on, until its link ends.
async fn follow(mut link: Link, mut events: mpsc::Receiver<Event>) {
    while let Some(event) = events.recv().await {
        link.happened(event);
    }
}

async fn close(joined: Joined) {
    let (done, left) = oneshot::channel();
    if joined.orders.send(Order::Leave(done)).await.is_ok() {
        let _ = tokio::time::timeout(LEAVE_WITHIN, left).await;
    }
}

fn typed(target: &str) -> Result<Target, Refused> {
    let address: Address = target
        .parse()
        .map_err(|why| Refused::new(Reason::Invalid, why))?;
    Ok(Target {
        addrs: vec![address],
        room_id: None,
    })
}

fn room_id(text: &str) -> Result<RoomId, Refused> {
    text.parse().map_err(|_| unknown())
}

fn message(text: &str) -> Result<MessageId, Refused> {
    text.parse()
        .map_err(|why| Refused::new(Reason::Invalid, why))
}

fn unknown() -> Refused {
    Refused::new(Reason::UnknownRoom, "this app is not in that room")
}
