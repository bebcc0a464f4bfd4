//! What the person at one device sees, built from the client's events alone, and the promises that each event keeps or
//! breaks at once.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use landline_client::Event;
use landline_hub::ChatKey;
use landline_protocol::bridge::{Connection, OutboxState};
use landline_protocol::frame::{Message, MsgAck, Resumed, ServerFrame, TopicJoined, TopicMembers};
use landline_protocol::{Epoch, MessageId, Seq, TopicName, UserId};

use crate::ledger::{Ledger, Shared};
use crate::mutant::Mutant;

/// A message that the person typed and the device has taken.
#[derive(Debug, Clone)]
pub(crate) struct Typed {
    pub(crate) chat: ChatKey,
    pub(crate) message_id: MessageId,
}

/// A message that the host has acknowledged.
#[derive(Debug, Clone)]
pub(crate) struct Acked {
    pub(crate) message_id: MessageId,
    pub(crate) epoch: Epoch,
    pub(crate) seq: Seq,
}

/// Where a person stands in one chat.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// Where the view begins in this life of the app: what came before is read as history.
    base: Option<Seq>,
    /// The last message shown in this life.
    at: Option<Seq>,
    /// The last message shown ever.
    high: Option<Seq>,
    shown: HashSet<(UserId, MessageId)>,
}

impl Place {
    /// The end of what the person has, or has been told to read.
    pub(crate) fn end(&self) -> Option<Seq> {
        self.at.or(self.base)
    }
}

/// See the module.
pub(crate) struct View {
    name: String,
    me: UserId,
    ledger: Shared,
    mutant: Option<Mutant>,
    pub(crate) is_online: bool,
    /// Whether this session was told the direct chats and where they end.
    is_listed: bool,
    pub(crate) places: BTreeMap<String, (ChatKey, Place)>,
    pub(crate) typed: Vec<Typed>,
    pub(crate) acked: Vec<Acked>,
    /// Those that may not be asked after: the person was told that they failed.
    pub(crate) failed: HashSet<MessageId>,
    /// Cuts that were announced.
    pub(crate) cuts: u32,
    /// The highest epoch that was shown as live.
    highest: Option<Epoch>,
    /// Who is in each topic: the snapshot, and what changed since.
    pub(crate) topics: BTreeMap<TopicName, BTreeSet<UserId>>,
    /// Who is here: likewise.
    pub(crate) people: BTreeMap<UserId, bool>,
    held_back: Option<Message>,
    has_missed: bool,
}

impl View {
    pub(crate) fn new(name: String, me: UserId, ledger: Shared, mutant: Option<Mutant>) -> View {
        View {
            name,
            me,
            ledger,
            mutant,
            is_online: false,
            is_listed: false,
            places: BTreeMap::new(),
            typed: Vec::new(),
            acked: Vec::new(),
            failed: HashSet::new(),
            cuts: 0,
            highest: None,
            topics: BTreeMap::new(),
            people: BTreeMap::new(),
            held_back: None,
            has_missed: false,
        }
    }

    /// The app starts: what the person saw before is on no screen any more.
    pub(crate) fn begin(&mut self) {
        self.is_online = false;
        for (_, place) in self.places.values_mut() {
            (place.base, place.at) = (None, None);
            place.shown.clear();
        }
        self.topics.clear();
        self.people.clear();
    }

    pub(crate) fn take(&mut self, event: Event) {
        match event {
            Event::Frame(ServerFrame::HelloAck(hello)) => {
                self.is_listed = false;
                self.i11_lives(hello.epoch);
            }
            Event::Frame(ServerFrame::Msg(message)) if message.expires_at.is_none() => {
                self.hear(message);
            }
            Event::Frame(ServerFrame::MsgAck(ack)) => self.ack(&ack),
            Event::Frame(ServerFrame::TopicJoined(joined)) => self.joined(&joined),
            Event::Frame(ServerFrame::TopicMembers(change)) => self.members(change),
            Event::Frame(ServerFrame::Presence(presence)) => {
                if presence.complete {
                    self.people.clear();
                }
                let users = presence.users.into_iter();
                self.people
                    .extend(users.map(|user| (user.user_id, user.online)));
            }
            Event::Frame(ServerFrame::Direct(direct)) if direct.complete => {
                self.is_listed = true;
                for chat in direct.chats {
                    let place = self.place(&ChatKey::direct(self.me, chat.with));
                    if place.at.is_none() {
                        place.base.get_or_insert(chat.seq);
                    }
                }
            }
            Event::Frame(ServerFrame::Resumed(resumed)) => self.i06_cut(resumed),
            Event::Frame(ServerFrame::Error(refusal)) => {
                self.note(&format_args!("is told {:?}", refusal.code));
            }
            Event::Outbox(message) => {
                let id: MessageId = message.message_id.parse().expect("our own id");
                self.note(&format_args!("{id} is {:?}", message.state));
                if message.state == OutboxState::Failed {
                    self.failed.insert(id);
                }
            }
            Event::Connection(connection) => {
                self.is_online = matches!(connection, Connection::Online { .. });
                let word = match connection {
                    Connection::Connecting => "connects",
                    Connection::Online { .. } => "is online",
                    Connection::Waiting { .. } => "waits",
                    Connection::Refused { .. } => "is refused",
                    Connection::Left => "has left",
                };
                self.note(&word);
            }
            _ => {}
        }
    }

    fn note(&self, what: &dyn std::fmt::Display) {
        self.ledger.borrow_mut().note(&self.name, what);
    }

    fn broke(&self, invariant: &'static str, how: &str) {
        let how = format!("{}: {how}", self.name);
        self.ledger.borrow_mut().broke(invariant, how);
    }

    fn place(&mut self, chat: &ChatKey) -> &mut Place {
        let entry = self.places.entry(format!("{chat:?}"));
        &mut entry.or_insert_with(|| (chat.clone(), Place::default())).1
    }

    /// I11: what is shown as live is of no life before one that was seen already.
    fn i11_lives(&mut self, epoch: Epoch) {
        self.note(&format_args!("is in epoch {}", epoch.counter));
        if let Some(highest) = self.highest
            && (epoch.counter < highest.counter
                || (epoch.counter == highest.counter && epoch != highest))
        {
            self.broke("I11", &format!("{epoch} is shown as live after {highest}"));
        }
        self.highest = Some(epoch);
    }

    fn chat_of(message: &Message) -> ChatKey {
        match (&message.topic, message.to) {
            (Some(topic), _) => ChatKey::Topic(topic.clone()),
            (None, Some(to)) => ChatKey::direct(message.from, to),
            (None, None) => unreachable!("a message is in a chat"),
        }
    }

    fn hear(&mut self, message: Message) {
        if self.mutant == Some(Mutant::Misorders) {
            // Every other message comes one later.
            match self.held_back.take() {
                None => self.held_back = Some(message),
                Some(before) => {
                    self.i02_i04_i06_show(&message);
                    self.i02_i04_i06_show(&before);
                }
            }
            return;
        }
        self.i02_i04_i06_show(&message);
    }

    fn i02_i04_i06_show(&mut self, message: &Message) {
        let chat = Self::chat_of(message);
        let id = (message.from, message.message_id.clone());
        let seq = message.seq;
        self.note(&format_args!("sees {seq} {}", message.message_id));
        {
            let mut ledger = self.ledger.borrow_mut();
            ledger.i03_fact(&chat, message.epoch, seq, &id);
            ledger.count("told", 1);
            latency(&mut ledger, &self.name, &id);
        }
        let is_unlisted = !self.is_listed && matches!(chat, ChatKey::Direct(..));
        let place = self.place(&chat);
        let before = (place.base, place.at, place.high);
        place.at = Some(seq);
        place.high = place.high.max(Some(seq));
        let is_twice = !place.shown.insert(id);
        let wrong = match before {
            (_, Some(at), _) if seq == at + 1 => None,
            (_, Some(at), _) if seq <= at => Some(("I4", format!("{seq} after {at}"))),
            (_, Some(at), _) => Some(("I6", format!("{seq} after {at}, and no word between"))),
            // A first message of this life of the app: from where the host said it begins, or from what was seen before.
            (Some(base), None, _) if seq <= base + 1 => None,
            (_, None, Some(high)) if seq <= high + 1 => None,
            (None, None, None) if seq == 1 => None,
            // It came live before the list of the direct chats, which then says how much of the chat there is.
            (None, None, None) if is_unlisted => None,
            (base, None, high) => {
                let how = format!("{seq} comes first, behind {base:?} and {high:?}");
                Some(("I6", how))
            }
        };
        if let Some((invariant, how)) = wrong {
            self.broke(invariant, &format!("{chat:?}: {how}"));
        }
        if is_twice {
            self.broke(
                "I2",
                &format!("{chat:?}: {} is shown twice", message.message_id),
            );
        }
    }

    fn ack(&mut self, ack: &MsgAck) {
        self.note(&format_args!("has {} at {}", ack.message_id, ack.seq));
        self.acked.push(Acked {
            message_id: ack.message_id.clone(),
            epoch: ack.epoch,
            seq: ack.seq,
        });
    }

    fn joined(&mut self, joined: &TopicJoined) {
        let place = self.place(&ChatKey::Topic(joined.topic.clone()));
        if place.at.is_none() {
            place.base.get_or_insert(joined.seq);
        }
        let members = joined.members.iter().map(|member| member.user_id);
        self.topics.insert(joined.topic.clone(), members.collect());
    }

    fn members(&mut self, change: TopicMembers) {
        let Some(members) = self.topics.get_mut(&change.topic) else {
            return;
        };
        if self.mutant == Some(Mutant::MissesMember) && !self.has_missed {
            self.has_missed = true;
            return;
        }
        members.extend(change.joined.into_iter().map(|member| member.user_id));
        for user in change.left {
            members.remove(&user);
        }
    }

    /// The host says that something is missing: what it has instead is shown, and the person knows.
    fn i06_cut(&mut self, resumed: Resumed) {
        let chat = match (resumed.topic, resumed.with) {
            (Some(topic), _) => ChatKey::Topic(topic),
            (None, Some(with)) => ChatKey::direct(self.me, with),
            (None, None) => return,
        };
        self.note(&format_args!("is told of a cut before {}", resumed.seq));
        self.cuts += 1;
        for message in &resumed.messages {
            let id = (message.from, message.message_id.clone());
            let mut ledger = self.ledger.borrow_mut();
            ledger.i03_fact(&chat, message.epoch, message.seq, &id);
        }
        let place = self.place(&chat);
        place.at = Some(resumed.seq);
        place.high = Some(resumed.seq);
        place.shown.clear();
    }
}

fn latency(ledger: &mut Ledger, reader: &str, id: &(UserId, MessageId)) {
    if let Some(sent) = ledger.sent_at.get(id) {
        let took = ledger.now_ms() - sent;
        ledger.latencies.push((reader.to_owned(), took));
    }
}
