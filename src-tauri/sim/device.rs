//! A member's device: what survives its crashes, and the app that runs on it: the real client, over the simulated network.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use landline_client::{Event, Identity, Opening, Options, Room, Store, Stream, Target, join};
use landline_hub::ChatKey;
use landline_protocol::frame::{ClientFrame, Draft, JoinTopic};
use landline_protocol::{RoomId, UserId};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until};

use crate::ledger::Shared;
use crate::mutant::Mutant;
use crate::plan::{Act, To};
use crate::view::{Typed, View};

/// The host's name in the simulated network, and its port.
pub(crate) const HOST: &str = "host";
pub(crate) const PORT: u16 = 8_000;

/// What survives a crash of the app.
pub(crate) struct Device {
    pub(crate) name: String,
    pub(crate) user_id: UserId,
    room_id: RoomId,
    store: RefCell<Store>,
    pub(crate) view: RefCell<View>,
    /// What its person does, and when, in milliseconds of the run.
    acts: RefCell<VecDeque<(u64, Act)>>,
    said: Cell<u32>,
    /// It reads what it is told only until this moment …
    pub(crate) reads: Cell<bool>,
    pub(crate) reads_again: Notify,
    /// It is to leave for good.
    pub(crate) leave: Notify,
    ledger: Shared,
}

impl Device {
    pub(crate) fn new(
        number: usize,
        room_id: RoomId,
        acts: Vec<(u64, Act)>,
        ledger: &Shared,
        mutant: Option<Mutant>,
    ) -> Rc<Device> {
        let name = format!("member{number}");
        let store = Store::in_memory().expect("memory is there");
        let user_id = store.user_id().expect("memory is there");
        let view = View::new(name.clone(), user_id, ledger.clone(), mutant);
        Rc::new(Device {
            name,
            user_id,
            room_id,
            store: RefCell::new(store),
            view: RefCell::new(view),
            acts: RefCell::new(acts.into()),
            said: Cell::new(0),
            reads: Cell::new(true),
            reads_again: Notify::new(),
            leave: Notify::new(),
            ledger: ledger.clone(),
        })
    }

    /// The app, from its start until it leaves or dies.
    pub(crate) async fn run(self: Rc<Self>, others: Rc<[UserId]>) -> turmoil::Result {
        self.view.borrow_mut().begin();
        let target = Target {
            addrs: vec!["127.0.0.1:8000".parse().expect("an address")],
            room_id: Some(self.room_id.clone()),
        };
        let identity = Identity {
            user_id: self.user_id,
            display_name: self.name.parse().expect("a name"),
            app: true,
        };
        let store = self.store.borrow().clone();
        let (room, mut events) = join(target, identity, store, options());
        loop {
            let next = self.acts.borrow().front().map(|(at, _)| *at);
            let next = next.map(|at| Instant::now() + Self::until(at));
            tokio::select! {
                biased;
                () = self.leave.notified() => break,
                event = self.next_event(&mut events) => match event {
                    Some(event) => self.view.borrow_mut().take(event),
                    None => break,
                },
                () = at(next) => self.act(&room, &others).await,
            }
        }
        self.ledger.borrow_mut().note(&self.name, &"leaves");
        room.leave().await;
        Ok(())
    }

    fn until(at_ms: u64) -> Duration {
        let now = turmoil::sim_elapsed().unwrap_or_default();
        Duration::from_millis(at_ms).saturating_sub(now)
    }

    /// The next event, once its person reads.
    async fn next_event(&self, events: &mut mpsc::Receiver<Event>) -> Option<Event> {
        while !self.reads.get() {
            self.reads_again.notified().await;
        }
        events.recv().await
    }

    async fn act(&self, room: &Room, others: &[UserId]) {
        let Some((_, act)) = self.acts.borrow_mut().pop_front() else {
            return;
        };
        match act {
            Act::Join(topic) => {
                let topic = topic.to_string();
                let join = ClientFrame::JoinTopic(JoinTopic { topic, ttl: None });
                // An app that is leaving joins nothing.
                let _ = room.send(join).await;
            }
            Act::Say { to, bytes } => self.say(room, to, others, bytes).await,
        }
    }

    async fn say(&self, room: &Room, to: To, others: &[UserId], bytes: usize) {
        self.said.set(self.said.get() + 1);
        let id = format!("{}-{:04}", self.name, self.said.get());
        let (topic, to, key) = match to {
            To::Topic(topic) => (Some(topic.to_string()), None, ChatKey::Topic(topic)),
            To::Member(number) => {
                let other = others[number % others.len()];
                let key = ChatKey::direct(self.user_id, other);
                (None, Some(other.to_string()), key)
            }
        };
        let draft = Draft {
            topic,
            to,
            content: format!("{id} {}", "x".repeat(bytes)),
            message_id: Some(id.clone()),
        };
        let message_id: landline_protocol::MessageId = id.parse().expect("an id");
        {
            let mut ledger = self.ledger.borrow_mut();
            let now = ledger.now_ms();
            let sent = (self.user_id, message_id.clone());
            ledger.sent_at.insert(sent, now);
        }
        // A device that dies before this returns has promised nothing.
        if room.send(ClientFrame::Msg(draft)).await.is_ok() {
            self.ledger
                .borrow_mut()
                .note(&self.name, &format_args!("typed {message_id}"));
            self.view.borrow_mut().typed.push(Typed {
                chat: key,
                message_id,
            });
        }
    }

    /// Whether nothing of its person's wishes is left to do.
    pub(crate) fn has_done_all(&self) -> bool {
        self.acts.borrow().is_empty()
    }

    /// The outbox is gone; see the mutant.
    pub(crate) fn forget_outbox(&self) {
        let fresh = Store::in_memory().expect("memory is there");
        *self.store.borrow_mut() = fresh;
    }
}

async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Less patient than people, so that a run heals within seconds.
fn options() -> Options {
    Options {
        backoff_first: Duration::from_millis(100),
        backoff_most: Duration::from_secs(1),
        ping_every: Duration::from_secs(1),
        dead_after: Duration::from_secs(3),
        connect_within: Duration::from_secs(2),
        own_addresses: Arc::new(|| vec![IpAddr::V4(Ipv4Addr::new(192, 168, 0, 9))]),
        open_stream: Arc::new(|_| -> Opening {
            Box::pin(async {
                let stream = turmoil::net::TcpStream::connect((HOST, PORT)).await?;
                Ok(Box::new(stream) as Box<dyn Stream>)
            })
        }),
    }
}
