//! A host in pure code: one session, logs, epochs, refusals, messages that disappear. The properties talk to it directly,
//! the socket tests through a WebSocket.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use landline_protocol::frame::{
    ClientFrame, Details, Direct, DirectInfo, HelloAck, Limits, Message, MsgAck, Pair, PairState,
    Pong, Refusal, Resumed, RoomInfo, ServerFrame, TopicInfo, TopicJoined, Topics,
};
use landline_protocol::{
    Access, Code, DisplayName, EntryKind, Epoch, MessageId, Position, RoomId, Timestamp, TopicName,
    UserId, Via,
};
use uuid::Uuid;

use crate::chat::{Chat, position_of};

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

/// How long messages of `topic` guests and those of [`whispers`] live, in the model's seconds.
pub(crate) const TTL: u32 = 30;

/// The disappearing topic of the model.
pub(crate) fn whispers() -> Chat {
    Chat::Topic("whispers".parse().unwrap())
}

/// A message of somebody else that disappears.
pub(crate) fn whisper(chat: &Chat, seq: u64, order: u64, ends: Timestamp) -> Message {
    let Chat::Topic(topic) = chat else {
        panic!("messages disappear in topics only")
    };
    Message {
        from: user(9),
        display_name: name("Somebody"),
        via: Via::App,
        topic: Some(topic.clone()),
        to: None,
        kind: EntryKind::Text,
        content: "x".into(),
        message_id: MessageId::fresh(),
        epoch: Epoch { counter: 1, tag: 1 },
        seq,
        timestamp: Timestamp(0),
        expires_at: Some(ends),
        order: Some(order),
    }
}

/// A host with one session.
pub(crate) struct Host {
    pub(crate) epoch: Epoch,
    pub(crate) logs: BTreeMap<Chat, Vec<Message>>,
    known: HashMap<MessageId, (Chat, u64)>,
    /// What disappears, by chat, in its order.
    pub(crate) living: BTreeMap<Chat, Vec<Message>>,
    /// The disappearing topics that there are.
    pub(crate) disappearing: HashMap<TopicName, u32>,
    /// Mine that disappear, in the order in which they were taken, some twice: after a restart the host knows no double.
    pub(crate) whispered: Vec<MessageId>,
    /// The newest `order`.
    pub(crate) order: u64,
    /// Somebody else is in the disappearing topic, which therefore outlives my session.
    pub(crate) has_company: bool,
    /// Its clock.
    pub(crate) clock: i64,
    /// Refusals for the next messages.
    pub(crate) refusals: VecDeque<Code>,
    /// What breaks a rule breaks it every time, until its author says otherwise.
    pub(crate) wrong: HashMap<MessageId, Code>,
    demanded: Option<MessageId>,
    joined: HashSet<TopicName>,
    pub(crate) welcomed: bool,
    pub(crate) incoming: VecDeque<ClientFrame>,
    /// All that was answered, in all sessions.
    pub(crate) heard: Vec<ClientFrame>,
    pub(crate) outgoing: VecDeque<ServerFrame>,
    pub(crate) limits: Limits,
}

impl Host {
    pub(crate) fn new() -> Host {
        Host {
            epoch: Epoch { counter: 1, tag: 1 },
            logs: BTreeMap::new(),
            known: HashMap::new(),
            living: BTreeMap::new(),
            disappearing: HashMap::new(),
            whispered: Vec::new(),
            order: 0,
            has_company: false,
            clock: 1_000_000,
            refusals: VecDeque::new(),
            wrong: HashMap::new(),
            demanded: None,
            joined: HashSet::new(),
            welcomed: false,
            incoming: VecDeque::new(),
            heard: Vec::new(),
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
    pub(crate) fn cut(&mut self) {
        self.incoming.clear();
        self.outgoing.clear();
        self.joined.clear();
        self.demanded = None;
        self.welcomed = false;
        if !self.has_company {
            self.vanish();
        }
    }

    /// The disappearing topic is gone, as its last member left.
    fn vanish(&mut self) {
        self.disappearing.clear();
        self.living.remove(&whispers());
    }

    /// Time passes, and what is to disappear does.
    pub(crate) fn pass(&mut self, millis: u64) {
        self.clock = self.clock.saturating_add_unsigned(millis);
        let now = Timestamp(self.clock);
        for living in self.living.values_mut() {
            living.retain(|message| message.expires_at > Some(now));
        }
    }

    /// Somebody comes into the disappearing topic, or leaves it.
    pub(crate) fn company(&mut self, comes: bool) {
        let Chat::Topic(topic) = whispers() else {
            return;
        };
        self.has_company = comes;
        if comes {
            self.disappearing.entry(topic).or_insert(TTL);
        } else if !self.joined.contains(&topic) {
            self.vanish();
        }
    }

    /// Starts again, perhaps from a backup that lacks the end of what others said.
    pub(crate) fn restart(&mut self, lose: usize) {
        self.cut();
        self.has_company = false;
        self.vanish();
        self.living.clear();
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

    pub(crate) fn head(&self, chat: &Chat) -> Position {
        let start = Position {
            epoch: self.epoch,
            seq: 0,
        };
        self.logs
            .get(chat)
            .and_then(|log| log.last())
            .map_or(start, position_of)
    }

    /// A `topic` guest speaks, or a member where everything disappears.
    pub(crate) fn whisper(&mut self, chat: &Chat, from: UserId, id: MessageId, text: &str) {
        self.order += 1;
        let ends = self.clock + i64::from(TTL) * 1_000;
        let message = Message {
            from,
            message_id: id,
            epoch: self.epoch,
            content: text.into(),
            timestamp: Timestamp(self.clock),
            ..whisper(chat, self.head(chat).seq, self.order, Timestamp(ends))
        };
        if from == user(ME) {
            self.whispered.push(message.message_id.clone());
        }
        let living = self.living.entry(chat.clone()).or_default();
        living.push(message.clone());
        if matches!(chat, Chat::Topic(topic) if self.joined.contains(topic)) {
            self.outgoing.push_back(ServerFrame::Msg(message));
        }
    }

    fn disappears(&self, chat: &Chat) -> bool {
        matches!(chat, Chat::Topic(topic) if self.disappearing.contains_key(topic))
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
            expires_at: None,
            order: None,
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
    pub(crate) fn say(&mut self, chat: &Chat, text: &str) {
        let from = match chat {
            Chat::Topic(_) => user(9),
            Chat::Direct(other) => *other,
        };
        let id = MessageId::fresh();
        if *chat == whispers() {
            self.company(true);
        }
        if self.disappears(chat) {
            self.whisper(chat, from, id, text);
        } else {
            self.append(chat, from, id, text);
        }
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
        self.heard.push(frame.clone());
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
                    time: Timestamp(self.clock),
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
            ClientFrame::ListTopics(_) => {
                let topics = self.disappearing.iter().map(|(topic, ttl)| TopicInfo {
                    topic: topic.clone(),
                    epoch: self.epoch,
                    seq: 0,
                    member_count: 1,
                    guests: 0,
                    ttl: Some(*ttl),
                    read: 0,
                });
                let topics = topics.collect();
                self.outgoing.push_back(ServerFrame::Topics(Topics {
                    topics,
                    complete: true,
                }));
            }
            ClientFrame::JoinTopic(frame) => {
                let topic: TopicName = frame.topic.parse().unwrap();
                self.joined.insert(topic.clone());
                if let Some(ttl) = frame.ttl
                    && !self.logs.contains_key(&Chat::Topic(topic.clone()))
                {
                    self.disappearing.entry(topic.clone()).or_insert(ttl);
                }
                let Position { epoch, seq } = self.head(&Chat::Topic(topic.clone()));
                let joined = TopicJoined {
                    guests: 0,
                    ttl: self.disappearing.get(&topic).copied(),
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
            ClientFrame::FindPair(_) => self.pair(PairState::Waiting),
            ClientFrame::LeavePair(_) => self.pair(PairState::Off),
            ClientFrame::Ping(_) => {
                let timestamp = Timestamp(self.clock);
                self.outgoing
                    .push_back(ServerFrame::Pong(Pong { timestamp }));
            }
            _ => {}
        }
    }

    fn pair(&mut self, state: PairState) {
        self.outgoing.push_back(ServerFrame::Pair(Pair {
            state,
            with: None,
            display_name: None,
        }));
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
        let stored = &rest[..rest.len().min(PAGE)];
        let Position { epoch, seq } = match stored.last() {
            Some(message) => position_of(message),
            None if recovered => position,
            None => self.head(chat),
        };
        let first = stored.first().map_or(seq, |message| message.seq);
        let from = if recovered { position.seq } else { first };
        let living = self.living.get(chat).into_iter().flatten();
        let living = living.filter(|message| (from..=seq).contains(&message.seq));
        let mut messages: Vec<Message> = stored.iter().chain(living).cloned().collect();
        messages.sort_by_key(|message| (message.seq, message.order));
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
            more: stored.len() < rest.len(),
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
        if let Some(code) = wrong.or_else(|| self.refusals.pop_front()) {
            if code.is_passing() {
                self.demanded = Some(id.clone());
            } else {
                self.wrong.insert(id.clone(), code);
            }
            return self.refuse(code, &id);
        }
        if self.disappears(chat) {
            let living = self.living.get(chat).into_iter().flatten();
            let dup = living.clone().any(|message| message.message_id == id);
            if !dup {
                self.whisper(chat, user(ME), id.clone(), content);
            }
            return self.answer(id, self.head(chat).seq, "sent", dup);
        }
        let Position { seq, .. } = self.append(chat, user(ME), id.clone(), content);
        self.ack(id, seq, false);
    }

    fn ack(&mut self, message_id: MessageId, seq: u64, dup: bool) {
        self.answer(message_id, seq, "stored", dup);
    }

    fn answer(&mut self, message_id: MessageId, seq: u64, status: &str, dup: bool) {
        let ack = MsgAck {
            message_id,
            epoch: self.epoch,
            seq,
            status: status.into(),
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
