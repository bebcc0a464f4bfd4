//! A network and a consumer in pure code around the model host, so that the engine's promises can be checked over any
//! order of events: cuts, restarts of either side, refusals, a log that was rolled back.

mod disk;

use std::collections::{BTreeMap, HashMap, HashSet};

use landline_protocol::bridge::OutboxState;
use landline_protocol::frame::{ClientFrame, Direct, Message, ServerFrame};
use landline_protocol::{MessageId, Position, Timestamp, TopicName};

use crate::chat::{Chat, position_of};
use crate::effect::{Effect, Row, Write};
use crate::engine::{Engine, Known};
use crate::host_model::{Host, ME, TTL, name, room, user, whispers};
use crate::pulse::Pulse;
use crate::{Event, Identity, Millis};
use disk::Disk;

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
    /// The newest order of the disappearing messages that the consumer was given, behind the last message of the chat.
    pub(crate) order: HashMap<Chat, u64>,
    /// Where the page ends that last replaced what it held. What came live before that page is handed over behind it,
    /// and stands where its own place says.
    replaced: HashMap<Chat, u64>,
    /// Those that it was given, while they live and the app runs.
    pub(crate) shown: HashMap<MessageId, Timestamp>,
    /// From here on it is to get them: the newest order when it first came into the topic.
    pub(crate) since: HashMap<Chat, u64>,
    /// My messages that were in the memory of an app that is gone.
    pub(crate) lost: HashSet<MessageId>,
}

impl World {
    pub(crate) fn new() -> World {
        let Chat::Topic(disappearing) = whispers() else {
            panic!("a topic")
        };
        let disk = Disk {
            topics: [(TopicName::lobby(), None), (disappearing, Some(TTL))].into(),
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
            order: HashMap::new(),
            replaced: HashMap::new(),
            shown: HashMap::new(),
            since: HashMap::new(),
            lost: HashSet::new(),
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
                    assert!(mark.as_ref().is_none_or(|(chat, _)| *chat != whispers()));
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
            Event::Frame(ServerFrame::Msg(message)) if message.expires_at.is_some() => {
                self.see_whisper(&message);
            }
            Event::Frame(ServerFrame::Msg(message)) => {
                let chat = Chat::of(&message, user(ME)).unwrap();
                let here = position_of(&message);
                let view = self.views.entry(chat.clone()).or_default();
                view.push(message.message_id);
                self.order.remove(&chat);
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
                let page = resumed.messages.into_iter();
                let (living, page): (Vec<_>, Vec<_>) =
                    page.partition(|message| message.expires_at.is_some());
                for message in living {
                    self.shown
                        .insert(message.message_id, message.expires_at.unwrap());
                }
                self.order.remove(&chat);
                let page = page.into_iter().map(|message| message.message_id);
                self.views.insert(chat.clone(), page.collect());
                self.replaced.insert(chat.clone(), resumed.seq);
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
                let chat = Chat::Topic(joined.topic);
                self.since.entry(chat.clone()).or_insert(self.host.order);
                self.seen.entry(chat).or_insert(head);
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
            // The host does not know any more whom it is for: it waits for that one, out of sight.
            Event::Discarded { message_id } => {
                let id: MessageId = message_id.parse().unwrap();
                self.in_flight.remove(&id);
                self.failed.insert(id);
            }
            Event::Frame(ServerFrame::MsgAck(ack)) => {
                self.in_flight.remove(&ack.message_id);
            }
            _ => {}
        }
    }

    /// Between the messages of its place, once while it lives.
    fn see_whisper(&mut self, message: &Message) {
        let chat = Chat::of(message, user(ME)).unwrap();
        let replaced = self.replaced.get(&chat);
        if replaced.is_none_or(|end| message.seq > *end) {
            if let Some(at) = self.seen.get(&chat) {
                assert_eq!(message.seq, at.seq, "{chat:?}: behind the message it names");
            }
            let before = self.order.insert(chat, message.order.unwrap());
            assert!(before < message.order, "in their order");
        }
        let ends = message.expires_at.unwrap();
        if let Some(ends) = self.shown.insert(message.message_id.clone(), ends) {
            assert!(ends.0 <= self.host.clock, "no double while it lives");
        }
    }

    /// What lives and should have been given to the consumer, but was not.
    pub(crate) fn missing(&self) -> Vec<&Message> {
        let mut missing = Vec::new();
        for (chat, living) in &self.host.living {
            let since = self.since.get(chat).copied().map(Some);
            missing.extend(living.iter().filter(|message| {
                since.is_some_and(|since| message.order > since)
                    && !self.shown.contains_key(&message.message_id)
            }));
        }
        missing
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
        self.order.clear();
        self.replaced.clear();
        self.shown.clear();
        self.since.clear();
        let in_memory = self.written.extract_if(.., |(chat, _)| *chat == whispers());
        self.lost.extend(in_memory.map(|(_, id)| id));
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
            disappears: self.engine.disappears(chat),
            offered: None,
        };
        self.written.push((chat.clone(), row.message_id.clone()));
        if !row.disappears {
            self.disk.write(Write::Put(row.clone()));
        }
        self.act(|engine, now, out| engine.post(row, now, out));
    }

    pub(crate) fn deliver(&mut self) {
        if let Some(frame) = self.host.outgoing.pop_front() {
            self.act(|engine, now, out| engine.frame(frame, now, out));
        }
    }

    pub(crate) fn pass(&mut self, millis: Millis) {
        self.now += millis;
        self.host.pass(millis);
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
            let waits = self.engine.outbox().waits() || !self.missing().is_empty();
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
        topics: disk.topics.clone().into_iter().collect(),
        positions: disk.positions.clone().into_iter().collect(),
        outbox: disk.rows.clone(),
        kept: disk.kept.clone(),
        reads: disk.reads.clone().into_iter().collect(),
    };
    let identity = Identity {
        user_id: user(ME),
        display_name: name("Ana"),
        app: true,
    };
    Engine::new(room(), identity, known, Pulse::new(5_000, 12_000), out)
}
