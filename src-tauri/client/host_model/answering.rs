//! What the model host answers.

use landline_protocol::frame::{
    ChatHead, ClientFrame, Details, Direct, HelloAck, History, Message, MsgAck, Pair, PairState,
    Pong, Refusal, Resumed, RoomInfo, ServerFrame, TopicInfo, TopicJoined, Topics,
};
use landline_protocol::{Access, Code, MessageId, Position, Timestamp, TopicName, Via};

use super::{Host, ME, room, user};
use crate::chat::{Chat, position_of};

/// Messages in a page of the model host: small, so that gaps take several.
const PAGE: usize = 3;

impl Host {
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
                    keep: None,
                    oldest: None,
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
                    many: false,
                    member_count: 1,
                    keep: None,
                    oldest: None,
                    read: self.read,
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
            ClientFrame::History(frame) => {
                let chat = Chat::from_text(frame.topic.as_deref(), frame.with.as_deref()).unwrap();
                let (after, limit) = (frame.after.unwrap(), frame.limit.unwrap());
                let log = self.logs.get(&chat).into_iter().flatten();
                let later = log.filter(|message| message.seq > after);
                let (topic, with) = match chat {
                    Chat::Topic(topic) => (Some(topic), None),
                    Chat::Direct(with) => (None, Some(with)),
                };
                self.outgoing.push_back(ServerFrame::History(History {
                    topic,
                    with,
                    before: None,
                    after: frame.after,
                    around: None,
                    at: None,
                    oldest: None,
                    messages: later
                        .take(usize::try_from(limit).unwrap())
                        .cloned()
                        .collect(),
                    more: false,
                }));
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
                let heads = self.heads();
                self.outgoing
                    .push_back(ServerFrame::Pong(Pong { timestamp, heads }));
            }
            _ => {}
        }
    }

    /// Where the logs end of the chats that this session may read.
    fn heads(&self) -> Vec<ChatHead> {
        let mine = self.logs.keys().filter(|chat| match chat {
            Chat::Topic(topic) => self.joined.contains(topic),
            Chat::Direct(_) => true,
        });
        mine.map(|chat| {
            let Position { epoch, seq } = self.head(chat);
            let (topic, with) = match chat {
                Chat::Topic(topic) => (Some(topic.clone()), None),
                Chat::Direct(with) => (None, Some(*with)),
            };
            ChatHead {
                topic,
                with,
                epoch,
                seq,
            }
        })
        .collect()
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
        // As the hub does: what stands before the first entry is for the page before, if there is one.
        let begin = if first > 1 { first } else { 0 };
        let from = if recovered { position.seq } else { begin };
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
            oldest: None,
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
