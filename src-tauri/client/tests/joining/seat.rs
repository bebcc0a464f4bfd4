//! Somebody in a room, and what they saw.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use landline_client::{Address, Event, Identity, Options, Room, Store, Target, join};
use landline_protocol::MessageId;
use landline_protocol::bridge::{Connection, OutboxMessage, OutboxState, RefuseReason, WaitReason};
use landline_protocol::frame::{ClientFrame, Draft, ServerFrame};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::chat::Chat;
use crate::host::TestHost;
use crate::host_model::{ME, name, room, user};

/// Far longer than anything here takes; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Seat {
    pub(crate) room: Room,
    pub(crate) events: mpsc::Receiver<Event>,
}

/// Short waits, no network of its own.
pub(crate) fn options() -> Options {
    Options {
        backoff_first: Duration::from_millis(5),
        backoff_most: Duration::from_millis(40),
        own_addresses: Arc::new(Vec::new),
        ..Options::default()
    }
}

pub(crate) fn address(host: &TestHost) -> Address {
    host.addr.into()
}

pub(crate) fn known(addrs: Vec<Address>) -> Target {
    Target {
        addrs,
        room_id: Some(room()),
    }
}

pub(crate) fn store(folder: &Path) -> Store {
    Store::open(&folder.join("client.db")).unwrap()
}

impl Seat {
    pub(crate) fn take(folder: &Path, target: Target, options: Options) -> Seat {
        let identity = Identity {
            user_id: user(ME),
            display_name: name("Ana"),
            app: true,
        };
        let (room, events) = join(target, identity, store(folder), options);
        Seat { room, events }
    }

    pub(crate) fn at(folder: &Path, host: &TestHost) -> Seat {
        Seat::take(folder, known(vec![address(host)]), options())
    }

    pub(crate) async fn next(&mut self) -> Event {
        let next = timeout(PATIENCE, self.events.recv()).await;
        next.expect("something happens").expect("the room goes on")
    }

    /// Reads on until `wanted` finds what it looks for.
    pub(crate) async fn until<T>(&mut self, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        loop {
            if let Some(found) = wanted(&self.next().await) {
                return found;
            }
        }
    }

    pub(crate) async fn online(&mut self) -> String {
        self.until(|event| match event {
            Event::Connection(Connection::Online { address, .. }) => Some(address.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn waiting(&mut self) -> WaitReason {
        self.until(|event| match event {
            Event::Connection(Connection::Waiting { reason, .. }) => Some(*reason),
            _ => None,
        })
        .await
    }

    pub(crate) async fn refused(&mut self) -> (RefuseReason, String) {
        self.until(|event| match event {
            Event::Connection(Connection::Refused { reason, detail }) => {
                Some((*reason, detail.clone()))
            }
            _ => None,
        })
        .await
    }

    pub(crate) async fn in_topic(&mut self) -> u64 {
        self.until(|event| match event {
            Event::Frame(ServerFrame::TopicJoined(joined)) => Some(joined.seq),
            _ => None,
        })
        .await
    }

    /// The next `count` messages of others: their texts.
    pub(crate) async fn hear(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            let text = self.until(|event| match event {
                Event::Frame(ServerFrame::Msg(message)) if message.from != user(ME) => {
                    Some(message.content.to_string())
                }
                _ => None,
            });
            texts.push(text.await);
        }
        texts
    }

    /// The next `count` acknowledgements.
    pub(crate) async fn acked(&mut self, count: usize) -> Vec<MessageId> {
        let mut ids = Vec::new();
        while ids.len() < count {
            let id = self.until(|event| match event {
                Event::Frame(ServerFrame::MsgAck(ack)) => Some(ack.message_id.clone()),
                _ => None,
            });
            ids.push(id.await);
        }
        ids
    }

    /// The next message of the outbox in this state.
    pub(crate) async fn outbox(&mut self, state: OutboxState) -> OutboxMessage {
        self.until(|event| match event {
            Event::Outbox(message) if message.state == state => Some(message.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn say(&self, chat: &Chat, text: &str) -> MessageId {
        self.room.send(message(chat, text)).await.unwrap().unwrap()
    }
}

pub(crate) fn message(chat: &Chat, text: &str) -> ClientFrame {
    ClientFrame::Msg(Draft {
        topic: chat.topic(),
        to: chat.with(),
        content: text.into(),
        message_id: None,
    })
}
