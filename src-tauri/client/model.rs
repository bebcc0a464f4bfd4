//! A host, a network and a consumer in pure code, so that the engine's promises can be checked over any order of
//! events: cuts, restarts of either side, refusals, a log that was rolled back.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use landline_protocol::bridge::OutboxState;
use landline_protocol::frame::{
    ClientFrame, Details, Direct, DirectInfo, HelloAck, Limits, Message, MsgAck, Refusal, Resumed,
    RoomInfo, ServerFrame, TopicJoined,
};
use landline_protocol::{
    Access, Code, DisplayName, EntryKind, Epoch, MessageId, Position, RoomId, Timestamp, TopicName,
    UserId, Via,
};
use uuid::Uuid;

use crate::chat::{Chat, position_of};
use crate::effect::{Effect, Row, Write};
use crate::engine::{Engine, Known};
use crate::pulse::Pulse;
use crate::{Event, Identity, Millis};

/// Messages in a page of the model host: small, so that gaps take several.
const PAGE: usize = 3;

pub(crate) fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

pub(crate) fn name(text: &str) -> DisplayName {
    text.parse().unwrap()
}

pub(crate) const ME: u128 = 1;

/// The chats of the model: two topics and two direct chats.
pub(crate) fn chat(n: usize) -> Chat {
    match n % 4 {
        0 => Chat::Topic(TopicName::lobby()),
        1 => Chat::Topic("den".parse().unwrap()),
        n => Chat::Direct(user(n as u128)),
    }
}

/// A host with one session.
pub(crate) struct Host {
    pub(crate) epoch: Epoch,
    pub(crate) logs: BTreeMap<Chat, Vec<Message>>,
    known: HashMap<MessageId, (Chat, u64)>,
    /// Refusals for the next messages.
    pub(crate) refusals: VecDeque<Code>,
    /// What breaks a rule breaks it every time, until its author says otherwise.
    pub(crate) wrong: HashMap<MessageId, Code>,
    demanded: Option<MessageId>,
    joined: HashSet<TopicName>,
    pub(crate) welcomed: bool,
    pub(crate) incoming: VecDeque<ClientFrame>,
    pub(crate) outgoing: VecDeque<ServerFrame>,
    pub(crate) limits: Limits,
}

impl Host {
    fn new() -> Host {
        Host {
            epoch: Epoch { counter: 1, tag: 1 },
            logs: BTreeMap::new(),
            known: HashMap::new(),
            refusals: VecDeque::new(),
            wrong: HashMap::new(),
            demanded: None,
            joined: HashSet::new(),
            welcomed: false,
            incoming: VecDeque::new(),
            outgoing: VecDeque::new(),
            limits: Limits {
                text_bytes: 16_384,
                messages_burst: 0,
                messages_per_second: 0,
                in_flight: 64,
            },
        }
    }

    /// The session is gone with everything on its way.
    fn cut(&mut self) {
        self.incoming.clear();
        self.outgoing.clear();
        self.joined.clear();
        self.demanded = None;
        self.welcomed = false;
    }

    /// Starts again, perhaps from a backup that lacks the end of what others said.
    fn restart(&mut self, lose: usize) {
        self.cut();
        self.epoch = Epoch {
            counter: self.epoch.counter + 1,
            tag: self.epoch.tag * 7 + 3,
        };
        for log in self.logs.values_mut() {
            for _ in 0..lose {
                // My own acknowledged messages stay: this model is not about losing those.
                if log.last().is_some_and(|message| message.from != user(ME)) {
                    log.pop();
                }
            }
        }
    }

    fn head(&self, chat: &Chat) -> Position {
        let start = Position {
            epoch: self.epoch,
            seq: 0,
        };
        self.logs
            .get(chat)
            .and_then(|log| log.last())
            .map_or(start, position_of)
    }

    fn append(
        &mut self,
        chat: &Chat,
        from: UserId,
        message_id: MessageId,
        content: &str,
    ) -> Position {
        let log = self.logs.entry(chat.clone()).or_default();
        let seq = log.len() as u64 + 1;
        let (topic, to) = match chat {
            Chat::Topic(topic) => (Some(topic.clone()), None),
            Chat::Direct(other) => (None, Some(if from == user(ME) { *other } else { user(ME) })),
        };
        let message = Message {
            from,
            display_name: name("Somebody"),
            via: Via::App,
            topic,
            to,
            kind: EntryKind::Text,
            content: content.into(),
            message_id: message_id.clone(),
            epoch: self.epoch,
            seq,
            timestamp: Timestamp(0),
        };
        log.push(message.clone());
        if from == user(ME) {
            self.known.insert(message_id, (chat.clone(), seq));
        }
        if let (Chat::Direct(_), 1) = (chat, seq)
            && self.welcomed
        {
            let chats = vec![self.direct_info(chat)];
            self.outgoing.push_back(ServerFrame::Direct(Direct {
                chats,
                complete: false,
            }));
        }
        let hears = match chat {
            Chat::Topic(topic) => self.joined.contains(topic),
            Chat::Direct(_) => self.welcomed,
        };
        if hears {
            self.outgoing.push_back(ServerFrame::Msg(message));
        }
        Position {
            epoch: self.epoch,
            seq,
        }
    }

    fn direct_info(&self, chat: &Chat) -> DirectInfo {
        let Chat::Direct(with) = chat else {
            panic!("a direct chat")
        };
        let Position { epoch, seq } = self.head(chat);
        DirectInfo {
            with: *with,
            display_name: name("Somebody"),
            epoch,
            seq,
            read: 0,
        }
    }

    /// Somebody else speaks.
    pub(crate) fn say(&mut self, chat: &Chat) {
        let from = match chat {
            Chat::Topic(_) => user(9),
            Chat::Direct(other) => *other,
        };
        let id = MessageId::fresh();
        self.append(chat, from, id, "x");
    }

    /// The host forgets that I am in the topic.
    pub(crate) fn expel(&mut self) {
        self.joined.remove(&TopicName::lobby());
    }

    /// Answers the next frame that has arrived.
    pub(crate) fn step(&mut self) {
        let Some(frame) = self.incoming.pop_front() else {
            return;
        };
        match frame {
            ClientFrame::Hello(_) => {
                self.welcomed = true;
                let room = RoomInfo {
                    room_id: room(),
                    name: "Room".into(),
                    access: Access::Open,
                };
                self.outgoing.push_back(ServerFrame::HelloAck(HelloAck {
                    user_id: user(ME),
                    status: "connected".into(),
                    via: Via::App,
                    room,
                    epoch: self.epoch,
                    limits: self.limits,
                }));
            }
            ClientFrame::ListDirect(_) => {
                let direct = self
                    .logs
                    .iter()
                    .filter(|(chat, log)| matches!(chat, Chat::Direct(_)) && !log.is_empty());
                let chats = direct.map(|(chat, _)| self.direct_info(chat)).collect();
                self.outgoing.push_back(ServerFrame::Direct(Direct {
                    chats,
                    complete: true,
                }));
            }
            ClientFrame::JoinTopic(frame) => {
                let topic: TopicName = frame.topic.parse().unwrap();
                self.joined.insert(topic.clone());
                let Position { epoch, seq } = self.head(&Chat::Topic(topic.clone()));
                let joined = TopicJoined {
                    topic,
                    epoch,
                    seq,
                    members: Vec::new(),
                    member_count: 1,
                    read: 0,
                };
                self.outgoing.push_back(ServerFrame::TopicJoined(joined));
            }
            ClientFrame::Resume(frame) => {
                let chat = Chat::from_text(frame.topic.as_deref(), frame.with.as_deref()).unwrap();
                let position = Position {
                    epoch: frame.epoch.parse().unwrap(),
                    seq: frame.seq,
                };
                let page = self.page(&chat, position);
                self.outgoing.push_back(ServerFrame::Resumed(page));
            }
            ClientFrame::Msg(draft) => {
                let chat = Chat::from_text(draft.topic.as_deref(), draft.to.as_deref()).unwrap();
                let id: MessageId = draft.message_id.unwrap().parse().unwrap();
                self.take(&chat, id, &draft.content);
            }
            _ => {}
        }
    }

    fn page(&self, chat: &Chat, position: Position) -> Resumed {
        let log = self.logs.get(chat).map_or(&[][..], Vec::as_slice);
        let at = usize::try_from(position.seq).unwrap();
        let recovered = at == 0
            || log
                .get(at - 1)
                .is_some_and(|message| message.epoch == position.epoch);
        let rest = if recovered {
            &log[at..]
        } else {
            &log[log.len().saturating_sub(PAGE)..]
        };
        let messages: Vec<Message> = rest.iter().take(PAGE).cloned().collect();
        let Position { epoch, seq } = match messages.last() {
            Some(message) => position_of(message),
            None if recovered => position,
            None => self.head(chat),
        };
        let (topic, with) = match chat {
            Chat::Topic(topic) => (Some(topic.clone()), None),
            Chat::Direct(with) => (None, Some(*with)),
        };
        Resumed {
            topic,
            with,
            recovered,
            epoch,
            seq,
            more: messages.len() < rest.len(),
            messages,
        }
    }

    fn take(&mut self, chat: &Chat, id: MessageId, content: &str) {
        if self
            .demanded
            .as_ref()
            .is_some_and(|demanded| *demanded != id)
        {
            return self.refuse(Code::RateLimited, &id);
        }
        self.demanded = None;
        if let Chat::Topic(topic) = chat
            && !self.joined.contains(topic)
        {
            return self.refuse(Code::NotInTopic, &id);
        }
        if let Some((_, seq)) = self.known.get(&id) {
            return self.ack(id, *seq, true);
        }
        let wrong = self.wrong.get(&id).copied();
        match wrong.or_else(|| self.refusals.pop_front()) {
            Some(code) => {
                if code.is_passing() {
                    self.demanded = Some(id.clone());
                } else {
                    self.wrong.insert(id.clone(), code);
                }
                self.refuse(code, &id);
            }
            None => {
                let Position { seq, .. } = self.append(chat, user(ME), id.clone(), content);
                self.ack(id, seq, false);
            }
        }
    }

    fn ack(&mut self, message_id: MessageId, seq: u64, dup: bool) {
        let ack = MsgAck {
            message_id,
            epoch: self.epoch,
            seq,
            status: "stored".into(),
            dup,
        };
        self.outgoing.push_back(ServerFrame::MsgAck(ack));
    }

    fn refuse(&mut self, code: Code, id: &MessageId) {
        let details = Details {
            message_id: Some(id.to_string()),
            retry_after_ms: code.is_passing().then_some(20),
            retry_from: self.demanded.as_ref().map(ToString::to_string),
            ..Details::default()
        };
        self.outgoing.push_back(ServerFrame::Error(Refusal {
            code,
            message: "no".into(),
            details,
        }));
    }
}

pub(crate) fn room() -> RoomId {
    "room".parse().unwrap()
}

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
            Write::Seen { .. } | Write::Named(_) => {}
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
