//! One connection of this app to a room, from the first try to the leave. Until the room has answered and told its id
//! the window is told nothing: there is no room yet to tell about.

use landline_client::{Event, Room};
use landline_protocol::bridge::{Connection, OutboxMessage, OutboxState, PlatformEvent};
use landline_protocol::frame::{ClientFrame, ServerFrame};
use landline_protocol::{MessageId, RoomId};
use tokio::sync::{mpsc, oneshot};

use crate::clock::now;
use crate::desk::Desk;
use crate::present::Present;
use crate::refused::{Reason, Refused};
use crate::rooms::{Joined, Order};

type Answer = oneshot::Sender<Result<RoomId, Refused>>;

/// A link and what it waits for.
pub(crate) struct Link {
    desk: Desk,
    serial: u64,
    orders: mpsc::Sender<Order>,
    /// Who asked to join; answered once.
    answer: Option<Answer>,
    /// Known once the room answered, or from before.
    room: Option<RoomId>,
    /// What came before the id was known.
    held: Vec<Event>,
}

impl Link {
    pub(crate) fn new(desk: Desk, orders: mpsc::Sender<Order>, answer: Answer) -> Link {
        let serial = {
            let mut state = desk.state();
            state.links += 1;
            state.links
        };
        Link {
            desk,
            serial,
            orders,
            answer: Some(answer),
            room: None,
            held: Vec::new(),
        }
    }

    /// This link leads to `room`. A second link to a room that is open already is given up.
    pub(crate) fn adopt(&mut self, room: RoomId) {
        let mut state = self.desk.state();
        if state.rooms.contains_key(&room) {
            drop(state);
            self.answer(Ok(room));
            self.give_up();
            return;
        }
        let joined = Joined {
            link: self.serial,
            orders: self.orders.clone(),
            present: Present::default(),
        };
        let events = joined.present_events(&room);
        state.rooms.insert(room.clone(), joined);
        for event in events {
            state.outlet.tell(event);
        }
        drop(state);
        self.room = Some(room);
        for event in std::mem::take(&mut self.held) {
            self.happened(event);
        }
    }

    /// The client says that something happened.
    pub(crate) fn happened(&mut self, event: Event) {
        match self.room.clone() {
            Some(room) => self.tell(&room, event),
            None => self.before_the_answer(event),
        }
    }

    fn before_the_answer(&mut self, event: Event) {
        let found = match &event {
            Event::Frame(ServerFrame::HelloAck(hello)) => Ok(Some(hello.room.room_id.clone())),
            Event::Connection(Connection::Online { room, .. }) => Ok(Some(room.room_id.clone())),
            Event::Connection(connection) => refusal(connection).map_or(Ok(None), Err),
            _ => Ok(None),
        };
        match found {
            Ok(room) => {
                self.held.push(event);
                if let Some(room) = room {
                    self.adopt(room);
                }
            }
            Err(refused) => {
                self.answer(Err(refused));
                self.give_up();
            }
        }
    }

    fn tell(&mut self, room: &RoomId, event: Event) {
        let online = matches!(event, Event::Connection(Connection::Online { .. }));
        let settled =
            matches!(&event, Event::Connection(c) if !matches!(c, Connection::Connecting));
        let waiting = matches!(event, Event::Connection(Connection::Waiting { .. }));
        let renamed = matches!(event, Event::Frame(ServerFrame::Room(_)));
        if !self.tell_window(room, event) {
            return;
        }
        if online && let Err(why) = self.desk.0.store.set_joined(room, true) {
            tracing::error!(%room, "that this room was joined cannot be kept: {why}");
        }
        if waiting {
            self.desk.look_for(room);
        }
        if online || renamed {
            self.desk.tell_rooms();
        }
        if settled {
            self.answer(Ok(room.clone()));
        }
    }

    /// False if the room was left meanwhile.
    fn tell_window(&self, room: &RoomId, event: Event) -> bool {
        let mut state = self.desk.state();
        let Some(joined) = state.rooms.get_mut(room) else {
            return false;
        };
        if joined.link != self.serial {
            return false;
        }
        let present = &mut joined.present;
        match &event {
            Event::Frame(frame) => present.take(frame),
            Event::Connection(connection) => present.connection_changed(connection),
            Event::Outbox(message) => present.outbox_changed(message),
            Event::Discarded { message_id } => present.outbox_done(message_id),
        }
        state.outlet.tell(platform_event(room, event));
        true
    }

    fn answer(&mut self, answer: Result<RoomId, Refused>) {
        if let Some(asker) = self.answer.take() {
            let _ = asker.send(answer); // the asker may have run out of patience
        }
    }

    fn give_up(&self) {
        let (done, _) = oneshot::channel();
        let _ = self.orders.try_send(Order::Leave(done));
    }
}

/// Does what the person asks of a room, in order, until it is left.
pub(crate) async fn obey(desk: Desk, room: Room, mut todo: mpsc::Receiver<Order>) {
    loop {
        let order = tokio::select! {
            order = todo.recv() => order,
            () = desk.0.stop.cancelled() => None,
        };
        let Some(order) = order else {
            return room.leave().await;
        };
        match order {
            Order::Send(id, frame) => {
                if let Err(why) = room.send(frame.clone()).await {
                    not_sent(&desk, &id, frame, &why.to_string());
                }
            }
            Order::Reconnect => room.reconnect(),
            Order::Retry(message) => room.retry(&message).await,
            Order::Discard(message) => room.discard(&message).await,
            Order::Rename(name) => room.rename(name),
            Order::FoundAt(addrs) => room.found_at(addrs),
            Order::Leave(done) => {
                room.leave().await;
                let _ = done.send(());
                return;
            }
        }
    }
}

/// A message that did not even reach the outbox, because it is too long or the disk is full, must not just vanish.
fn not_sent(desk: &Desk, room: &RoomId, frame: ClientFrame, why: &str) {
    tracing::warn!(%room, "not sent: {why}");
    let ClientFrame::Msg(draft) = frame else {
        return; // every other frame is of the moment and may be dropped
    };
    let message = OutboxMessage {
        message_id: draft
            .message_id
            .unwrap_or_else(|| MessageId::fresh().to_string()),
        topic: draft.topic,
        to: draft.to,
        content: draft.content,
        written_at: now(),
        state: OutboxState::Failed,
        error: Some(why.to_owned()),
        in_memory: false,
    };
    let room = room.as_str().to_owned();
    desk.state()
        .outlet
        .tell(PlatformEvent::Outbox { room, message });
}

fn refusal(connection: &Connection) -> Option<Refused> {
    match connection {
        Connection::Waiting { detail, .. } => Some(Refused::new(Reason::Unreachable, detail)),
        Connection::Refused { detail, .. } => Some(Refused::new(Reason::Denied, detail)),
        _ => None,
    }
}

fn platform_event(room: &RoomId, event: Event) -> PlatformEvent {
    let room = room.as_str().to_owned();
    match event {
        Event::Frame(frame) => PlatformEvent::Frame { room, frame },
        Event::Connection(connection) => PlatformEvent::Connection { room, connection },
        Event::Outbox(message) => PlatformEvent::Outbox { room, message },
        Event::Discarded { message_id } => PlatformEvent::Discarded { room, message_id },
    }
}
