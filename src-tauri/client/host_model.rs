//! A host in pure code: one session, logs, epochs, refusals. The properties talk to it directly, the socket tests
//! through a WebSocket.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use landline_protocol::frame::{
    ClientFrame, Details, Direct, DirectInfo, HelloAck, Limits, Message, MsgAck, Pong, Refusal,
    Resumed, RoomInfo, ServerFrame, TopicJoined,
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
    }

    /// Starts again, perhaps from a backup that lacks the end of what others said.
    pub(crate) fn restart(&mut self, lose: usize) {
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
        self.append(chat, from, id, text);
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
                    time: Timestamp(0),
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
                    guests: 0,
                    ttl: None,
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
            ClientFrame::Ping(_) => {
                let timestamp = Timestamp(0);
                self.outgoing
                    .push_back(ServerFrame::Pong(Pong { timestamp }));
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
        if let Some(code) = wrong.or_else(|| self.refusals.pop_front()) {
            if code.is_passing() {
                self.demanded = Some(id.clone());
            } else {
                self.wrong.insert(id.clone(), code);
            }
            return self.refuse(code, &id);
        }
        let Position { seq, .. } = self.append(chat, user(ME), id.clone(), content);
        self.ack(id, seq, false);
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
