//! The state machine: one entry point, no clock, no socket, no file. The rules stand in the files beside this one,
//! one a concept; this one holds the state they share.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

use landline_protocol::{Access, Code, Epoch, Position, RoomId, Timestamp, TopicName, UserId};

use crate::command::{ChatKey, ChatRef, Command, Person, Request, SessionId, Standing};
use crate::effect::{Audience, Effect, Event, Refusal};
use crate::fleeting::Fleeting;
use crate::heads::Growth;
use crate::held::Held;
use crate::keeping::Keeping;
use crate::kicking::Kicked;
use crate::pairs::Pairs;
use crate::people::People;
use crate::ports::Memory;
use crate::seen::Markers;
use crate::topics::Topics;
use crate::turns::Turns;

/// The room as everybody knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Apart from its name, its address and its host.
    pub room_id: RoomId,
    /// What people call it.
    pub name: Arc<str>,
    /// Who may enter.
    pub access: Access,
}

/// A member's open connection.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) person: Person,
    pub(crate) address: IpAddr,
    pub(crate) standing: Standing,
    pub(crate) topics: HashSet<TopicName>,
    pub(crate) held: Held,
    /// Everything that grew up to this growth was told to it as the end of a log; see `heads.rs`.
    pub(crate) heads_told: u64,
}

/// The chat itself.
pub struct Hub {
    pub(crate) room: Arc<Room>,
    pub(crate) epoch: Epoch,
    /// Whose room it is, shown to everybody.
    pub(crate) host: Option<UserId>,
    pub(crate) sessions: HashMap<SessionId, Session>,
    pub(crate) people: People,
    /// How many of the sessions are guests'.
    pub(crate) guests: usize,
    pub(crate) topics: Topics,
    pub(crate) fleeting: Fleeting,
    pub(crate) pairs: Pairs,
    pub(crate) kicked: Kicked,
    /// Where each direct chat's log ends, and since when.
    pub(crate) direct: HashMap<ChatKey, (Position, Timestamp)>,
    pub(crate) growth: Growth,
    /// With whom each person has a direct chat.
    pub(crate) partners: HashMap<UserId, BTreeSet<UserId>>,
    pub(crate) markers: Markers,
    pub(crate) turns: Turns,
    pub(crate) keeping: Keeping,
    /// See [`crate::ports::Append::attempt`].
    pub(crate) attempt: u32,
    /// The disk failed; nothing is tried before this moment.
    pub(crate) disk_broken_until: Option<Timestamp>,
    /// When what changed about who is here is told.
    pub(crate) presence_at: Option<Timestamp>,
    /// The same, to those who are told the whole list.
    pub(crate) rosters_at: Option<Timestamp>,
    pub(crate) effects: Vec<Effect>,
}

impl Hub {
    /// A room that goes on from what it remembers.
    pub fn new(room: Room, host: Option<UserId>, memory: Memory) -> Hub {
        let mut hub = Hub {
            room: Arc::new(room),
            epoch: memory.epoch,
            host,
            sessions: HashMap::new(),
            people: People::new(memory.members),
            guests: 0,
            topics: Topics::default(),
            fleeting: Fleeting::default(),
            pairs: Pairs::default(),
            kicked: Kicked::default(),
            direct: HashMap::new(),
            growth: Growth::default(),
            partners: HashMap::new(),
            markers: Markers::new(memory.markers),
            turns: Turns::default(),
            keeping: Keeping::new(memory.kept),
            attempt: 0,
            disk_broken_until: None,
            presence_at: None,
            rosters_at: None,
            effects: Vec::new(),
        };
        for record in memory.chats {
            match record.chat {
                ChatKey::Topic(name) => {
                    hub.topics.make(&name, record.since);
                    hub.topics.set_head(&name, record.head, record.last);
                }
                ChatKey::Direct(low, high) => {
                    hub.set_direct_head(low, high, record.head, record.last);
                }
            }
        }
        hub
    }

    /// Takes one command and says what to do about it. Effects are to be carried out in their order, before the next
    /// command.
    pub fn handle(&mut self, command: Command, now: Timestamp) -> Vec<Effect> {
        // What is over is gone before anybody can read it.
        self.let_go(now);
        match command {
            Command::Exit(session) if self.is_guest(session) => {
                self.take_turn(Command::Exit(session), now);
            }
            Command::Ask(session, request) if self.has_its_turn(session, &request) => {
                self.take_turn(Command::Ask(session, request), now);
            }
            command => self.carry_out(command, now),
        }
        self.tell_what_gathered(now);
        self.keep_time(now);
        std::mem::take(&mut self.effects)
    }

    pub(crate) fn carry_out(&mut self, command: Command, now: Timestamp) {
        match command {
            Command::Enter(enter) => self.enter(enter, now),
            Command::Exit(session) => self.exit(session, now),
            Command::Ask(session, request) => self.ask(session, request, now),
            Command::Committed(appended) => self.committed(appended, now),
            Command::NotCommitted(appends, _) => self.not_committed(appends, now),
            Command::PageRead(read) => self.page_read(read),
            Command::Searched(searched) => self.searched(searched),
            Command::Kick { user, until } => self.kick(user, until, now),
            Command::Pardon(user) => self.pardon(user),
            Command::RenameRoom(name) => self.rename_room(name),
            Command::Keep(rule) => self.keep(rule, now),
            Command::Trimmed(topics) => self.trimmed(topics, now),
            Command::Wake => {}
        }
    }

    /// When to send [`Command::Wake`], at the latest.
    pub fn wake_at(&self) -> Option<Timestamp> {
        [
            self.presence_at,
            self.rosters_at,
            self.topics.wake_at(),
            self.markers.wake_at(),
            self.fleeting.next_expiry(),
            self.keeping.wake_at(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The room.
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// How many people are here.
    pub fn online(&self) -> usize {
        self.people.online() + self.guests
    }

    /// Whether messages can be stored, as far as is known.
    pub fn is_writable(&self) -> bool {
        self.disk_broken_until.is_none()
    }

    /// The topics as somebody sees them who has read nothing.
    pub fn topic_list(&self) -> Vec<crate::effect::TopicSummary> {
        self.topics
            .list()
            .map(|name| self.topic_summary(name, None))
            .collect()
    }

    /// Whether there is a topic of this name.
    pub fn has_topic(&self, name: &TopicName) -> bool {
        self.topics.exists(name)
    }

    fn ask(&mut self, session: SessionId, request: Request, now: Timestamp) {
        // A request may still be under way when its session has ended.
        if !self.sessions.contains_key(&session) || self.kicked.is_leaving(session) {
            return;
        }
        match request {
            Request::Rename(name) => self.rename(session, name, now),
            Request::JoinTopic(join) if self.is_guest(session) => {
                self.guest_joins(session, join, now);
            }
            Request::JoinTopic(join) => self.join_topic(session, &join, now),
            Request::LeaveTopic { topic, original } if self.is_guest(session) => {
                self.guest_leaves(session, &topic, original, now);
            }
            Request::LeaveTopic { topic, .. } => self.leave_topic(session, &topic, now),
            Request::Relay {
                topic,
                original,
                message_id,
            } => self.relay(session, topic, original, message_id),
            Request::FindPair => self.find_pair(session),
            Request::LeavePair => self.leave_pair(session),
            Request::ListTopics => self.list_topics(session),
            Request::ListDirect => self.list_direct(session),
            Request::ListMembers { topic, after } => self.list_members(session, topic, after),
            Request::OpenDirect(other) => self.open_direct(session, other),
            Request::Post(post) => self.post(session, post, now),
            Request::Read { chat, query } => self.read(session, chat, query),
            Request::Search(search) => self.search(session, search),
            Request::MarkRead { chat, seq } => self.mark_read(session, chat, seq, now),
            Request::SeenBy { topic, seq, after } => self.seen_by(session, topic, seq, after),
            Request::Heads => self.tell_heads(session, now),
            Request::Typing { chat, is_typing } => self.typing(session, &chat, is_typing, now),
            Request::FindPeople { text, after } => self.find_people(session, text, after),
        }
    }

    fn rename_room(&mut self, name: Arc<str>) {
        self.room = Arc::new(Room {
            name,
            ..(*self.room).clone()
        });
        let everybody = Audience::Many(self.people.audience(), None);
        self.tell(everybody, Event::RoomChanged(self.room.clone()));
    }

    pub(crate) fn tell(&mut self, audience: Audience, event: Event) {
        if matches!(audience, Audience::One(session) if self.kicked.is_leaving(session)) {
            return;
        }
        self.effects.push(Effect::Send(audience, event));
    }

    pub(crate) fn refuse(&mut self, session: SessionId, refusal: Refusal) {
        self.tell(Audience::One(session), Event::Refused(refusal));
    }

    /// The chat that `session` means, if it may use it.
    pub(crate) fn resolve(&self, session: SessionId, chat: &ChatRef) -> Result<ChatKey, Refusal> {
        let me = self.sessions[&session].person.user_id;
        match chat {
            // Guests were never asked to make a topic first.
            ChatRef::Topic(name) if self.topics.exists(name) || self.is_guest(session) => {
                Ok(ChatKey::Topic(name.clone()))
            }
            ChatRef::Topic(name) => Err(Refusal {
                topic: Some(name.clone()),
                ..Refusal::new(
                    Code::TopicNotFound,
                    "There is no topic of this name; JOIN_TOPIC makes it",
                )
            }),
            ChatRef::Direct(other) if *other == me => Err(Refusal::new(
                Code::Validation,
                "You cannot write to yourself",
            )),
            ChatRef::Direct(other) if self.people.knows(*other) => Ok(ChatKey::direct(me, *other)),
            ChatRef::Direct(_) => Err(Refusal::new(
                Code::UserNotFound,
                "Nobody of this id has been in this room",
            )),
        }
    }

    /// Where a chat's log ends; before its first entry if it has none.
    pub(crate) fn head(&self, chat: &ChatKey) -> Position {
        let head = match chat {
            ChatKey::Topic(name) => self.topics.head(name),
            ChatKey::Direct(..) => self.direct.get(chat).map(|(head, _)| *head),
        };
        head.unwrap_or(Position {
            epoch: self.epoch,
            seq: 0,
        })
    }

    /// Tells what gathered since the last time, when its moment has come.
    fn tell_what_gathered(&mut self, now: Timestamp) {
        if self.rosters_at.is_some_and(|at| at <= now) {
            self.rosters_at = None;
            self.tell_rosters();
        }
        if self.presence_at.is_some_and(|at| at <= now) {
            self.presence_at = None;
            self.tell_presence();
        }
        self.tell_members_due(now);
        self.tell_typing_due(now);
        self.tell_markers(now);
    }

    /// Something changed about who is here, or in a topic: it will be told a little later.
    pub(crate) fn gather(&mut self, now: Timestamp) {
        self.gather_presence(now);
        self.gather_members(now);
    }
}
