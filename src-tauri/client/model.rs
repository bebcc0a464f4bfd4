//! A network and a consumer in pure code around the model host, so that the engine's promises can be checked over any
//! order of events: cuts, restarts of either side, refusals, a log that was rolled back.

use std::collections::{BTreeMap, HashSet};

use landline_protocol::bridge::OutboxState;
use landline_protocol::frame::{ClientFrame, Direct, ServerFrame};
use landline_protocol::{MessageId, Position, Timestamp, TopicName};

use crate::chat::{Chat, position_of};
use crate::effect::{Effect, Row, Write};
use crate::engine::{Engine, Known};
use crate::host_model::{Host, ME, name, room, user};
use crate::pulse::Pulse;
use crate::{Event, Identity, Millis};

/// What the device's disk holds.
#[derive(Default)]
pub(crate) struct Disk {
    topics: Vec<TopicName>,
    positions: BTreeMap<Chat, Position>,
    pub(crate) rows: Vec<Row>,
}

impl Disk {
    fn write(&mut self, write: Write) {
        match write {
            Write::Put(row) => self.rows.push(row),
            Write::Change {
                message_id,
                place,
                failed,
            } => {
                for row in self
                    .rows
                    .iter_mut()
                    .filter(|row| row.message_id == message_id)
                {
                    (row.place, row.failed) = (place, failed.clone());
                }
                self.rows.sort_by_key(|row| row.place);
            }
            Write::Remove(id) => self.rows.retain(|row| row.message_id != id),
            Write::Join(topic) => self.topics.push(topic),
            Write::Leave(topic) => self.topics.retain(|one| *one != topic),
            Write::At(chat, position) => drop(self.positions.insert(chat, position)),
            Write::Seen { .. } | Write::Parted | Write::Named(_) => {}
        }
    }
}

/// The whole: a member's device, the network, the host, and what the consumer saw.
pub(crate) struct World {
    pub(crate) host: Host,
    pub(crate) disk: Disk,
    engine: Engine,
    pub(crate) now: Millis,
    connected: bool,
    /// Where the consumer stands in each chat.
    pub(crate) seen: BTreeMap<Chat, Position>,
    /// What the consumer holds of each chat: the end of its log.
    pub(crate) views: BTreeMap<Chat, Vec<MessageId>>,
    /// Positions that the consumer's device has not written yet.
    marks: BTreeMap<Chat, Position>,
    /// My messages in the order of writing, without those that failed.
    pub(crate) written: Vec<(Chat, MessageId)>,
    pub(crate) failed: HashSet<MessageId>,
    in_flight: HashSet<MessageId>,
}

impl World {
    pub(crate) fn new() -> World {
        let disk = Disk {
            topics: vec![TopicName::lobby()],
            ..Disk::default()
        };
        let mut out = Vec::new();
        let engine = engine(&disk, &mut out);
        assert!(out.is_empty());
        World {
            host: Host::new(),
            disk,
            engine,
            now: 0,
            connected: false,
            seen: BTreeMap::new(),
            views: BTreeMap::new(),
            marks: BTreeMap::new(),
            written: Vec::new(),
            failed: HashSet::new(),
            in_flight: HashSet::new(),
        }
    }

    pub(crate) fn act(&mut self, act: impl FnOnce(&mut Engine, Millis, &mut Vec<Effect>)) {
        let mut out = Vec::new();
        act(&mut self.engine, self.now, &mut out);
        let mut restart = false;
        for effect in out {
            match effect {
                Effect::Send(frame) if self.connected => self.send(frame),
                Effect::Send(_) => {}
                Effect::Write(write) => self.disk.write(write),
                Effect::Restart(_) => restart = true,
                Effect::Emit { event, mark } => {
                    self.consume(event);
                    self.marks.extend(mark);
                }
            }
        }
        if restart {
            self.cut();
        }
    }

    fn send(&mut self, frame: ClientFrame) {
        if let ClientFrame::Msg(draft) = &frame {
            let id: MessageId = draft.message_id.as_deref().unwrap().parse().unwrap();
            assert!(
                self.in_flight.insert(id),
                "a message on its way is not sent again"
            );
            assert!(self.in_flight.len() <= usize::try_from(self.host.limits.in_flight).unwrap());
        }
        self.host.incoming.push_back(frame);
    }

    fn consume(&mut self, event: Event) {
        match event {
            Event::Frame(ServerFrame::Msg(message)) => {
                let chat = Chat::of(&message, user(ME)).unwrap();
                let here = position_of(&message);
                let view = self.views.entry(chat.clone()).or_default();
                view.push(message.message_id);
                let before = self.seen.insert(chat.clone(), here);
                if let Some(before) = before {
                    assert_eq!(
                        here.seq,
                        before.seq + 1,
                        "{chat:?}: in order, no gap, no double"
                    );
                }
            }
            Event::Frame(ServerFrame::Resumed(resumed)) => {
                assert!(!resumed.recovered, "a recovered page comes as messages");
                let chat = Chat::from_values(resumed.topic.as_ref(), resumed.with).unwrap();
                let page = resumed
                    .messages
                    .into_iter()
                    .map(|message| message.message_id);
                self.views.insert(chat.clone(), page.collect());
                self.seen.insert(
                    chat,
                    Position {
                        epoch: resumed.epoch,
                        seq: resumed.seq,
                    },
                );
            }
            Event::Frame(ServerFrame::TopicJoined(joined)) => {
                let head = Position {
                    epoch: joined.epoch,
                    seq: joined.seq,
                };
                self.seen.entry(Chat::Topic(joined.topic)).or_insert(head);
            }
            Event::Frame(ServerFrame::Direct(Direct {
                chats,
                complete: true,
            })) => {
                for info in chats {
                    let head = Position {
                        epoch: info.epoch,
                        seq: info.seq,
                    };
                    self.seen.entry(Chat::Direct(info.with)).or_insert(head);
                }
            }
            Event::Outbox(message) => {
                let id: MessageId = message.message_id.parse().unwrap();
                if message.state != OutboxState::Sent {
                    self.in_flight.remove(&id);
                }
                if message.state == OutboxState::Failed {
                    assert!(message.error.is_some());
                    self.failed.insert(id);
                }
            }
            Event::Frame(ServerFrame::MsgAck(ack)) => {
                self.in_flight.remove(&ack.message_id);
            }
            _ => {}
        }
    }

    pub(crate) fn connect(&mut self) {
        if !self.connected {
            self.connected = true;
            self.act(|engine, now, out| engine.opened("host:8000".into(), now, out));
        }
    }

    pub(crate) fn cut(&mut self) {
        self.host.cut();
        if self.connected {
            self.connected = false;
            self.act(|engine, _, out| engine.closed(out));
        }
    }

    pub(crate) fn restart_host(&mut self, lose: usize) {
        self.cut();
        self.host.restart(lose);
    }

    /// kill -9 of the app. What the consumer saw since the last mark it sees again.
    pub(crate) fn restart_app(&mut self) {
        self.host.cut();
        self.connected = false;
        self.marks.clear();
        self.views.clear();
        self.in_flight.clear();
        self.seen = self.disk.positions.clone();
        let mut out = Vec::new();
        self.engine = engine(&self.disk, &mut out);
        assert_eq!(
            out.len(),
            self.disk.rows.len(),
            "the stored outbox is told at once"
        );
    }

    pub(crate) fn flush_marks(&mut self) {
        self.disk.positions.append(&mut self.marks);
    }

    pub(crate) fn write(&mut self, chat: &Chat) {
        let row = Row {
            message_id: MessageId::fresh(),
            chat: chat.clone(),
            content: "mine".into(),
            written_at: Timestamp(0),
            place: self.engine.outbox().next_place(),
            failed: None,
        };
        self.written.push((chat.clone(), row.message_id.clone()));
        self.disk.write(Write::Put(row.clone()));
        self.act(|engine, now, out| engine.post(row, now, out));
    }

    pub(crate) fn deliver(&mut self) {
        if let Some(frame) = self.host.outgoing.pop_front() {
            self.act(|engine, now, out| engine.frame(frame, now, out));
        }
    }

    pub(crate) fn pass(&mut self, millis: Millis) {
        self.now += millis;
        let mut alive = true;
        self.act(|engine, now, out| alive = engine.tick(now, out));
        if !alive {
            self.cut();
        }
    }

    /// All that is on its way arrives and is answered.
    pub(crate) fn exchange(&mut self) {
        while !self.host.incoming.is_empty() || !self.host.outgoing.is_empty() {
            self.host.step();
            self.deliver();
        }
    }

    /// The network heals, in a new session: everything goes until nothing is left to do.
    pub(crate) fn settle(&mut self) {
        self.cut();
        self.host.refusals.clear();
        for _ in 0..10_000 {
            self.connect();
            self.exchange();
            let waits = self.disk.rows.iter().any(|row| row.failed.is_none());
            let behind = self.seen.iter().any(|(chat, at)| {
                at.seq != self.host.head(chat).seq || (at.seq != 0 && *at != self.host.head(chat))
            });
            if self.connected && !waits && !behind {
                return;
            }
            self.pass(10);
        }
        panic!(
            "it never comes to rest: {:?}, seen {:?}, {:?}",
            self.disk.rows, self.seen, self.engine
        );
    }
}

fn engine(disk: &Disk, out: &mut Vec<Effect>) -> Engine {
    let known = Known {
        token: "0123456789abcdef".into(),
        topics: disk.topics.clone(),
        positions: disk.positions.clone().into_iter().collect(),
        outbox: disk.rows.clone(),
    };
    let identity = Identity {
        user_id: user(ME),
        display_name: name("Ana"),
        app: true,
    };
    Engine::new(room(), identity, known, Pulse::new(5_000, 12_000), out)
}
