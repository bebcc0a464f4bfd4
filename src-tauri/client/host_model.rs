//! A host in pure code: one session, logs, epochs, refusals, messages that disappear. The properties talk to it directly,
//! the socket tests through a WebSocket.

// The socket tests include this file from their own folder: the paths hold for both.
#[path = "host_model/answering.rs"]
mod answering;
#[path = "host_model/disappearing.rs"]
mod disappearing;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use landline_protocol::frame::{ClientFrame, Direct, DirectInfo, Limits, Message, ServerFrame};
use landline_protocol::{
    Code, DisplayName, EntryKind, Epoch, MessageId, Position, RoomId, Timestamp, TopicName, UserId,
    Via,
};
use uuid::Uuid;

use crate::chat::{Chat, position_of};

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

#[allow(unused_imports, reason = "the socket tests use a part of it")]
pub(crate) use disappearing::{TTL, whisper, whispers};

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
    /// How far it says that I have read.
    pub(crate) read: u64,
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
            read: 0,
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

    /// Starts again, perhaps from a backup that lacks the end of what was said.
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
                // Its table of known ids is part of what it loses.
                if let Some(gone) = log.pop() {
                    self.known.remove(&gone.message_id);
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
            seen: 0,
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
}

pub(crate) fn room() -> RoomId {
    "room".parse().unwrap()
}
