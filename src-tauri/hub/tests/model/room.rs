//! A host, its disk and its members, moved on step by step.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::world::user;
use super::Step;
use super::disk::{Disk, Lists};
use super::member::{Member, Waiting, post};
use crate::command::{
    ChatKey, ChatRef, Command, Enter, Join, PageRead, Person, Request, SessionId, Standing,
};
use crate::effect::{Audience, Effect, Entry, Event};
use crate::limits::DISK_RETRY_MS;
use crate::ports::PageQuery;
use crate::state::{self, Hub};
use landline_protocol::{Access, MessageId, RoomId, Timestamp, TopicName, Via};

pub(super) const MEMBERS: u8 = 4;
/// Topics that everybody joins; the other chats are direct ones.
const TOPICS: u8 = 2;
/// Rounds of committing and answering after which everything has found its place, or never will.
const ROUNDS: usize = 40;

pub(super) struct Room {
    pub(super) hub: Hub,
    pub(super) disk: Disk,
    pub(super) members: Vec<Member>,
    now: Timestamp,
    sessions: u64,
    ids: u32,
    copy: Option<Lists>,
    /// Another host of the same room, if there is one.
    other: Option<(Hub, Disk)>,
    /// The host once started from a copy: what came after it may be lost.
    pub(super) was_put_back: bool,
    /// Everything that ever stood anywhere, also in logs that are gone.
    pub(super) ever: Vec<Arc<Entry>>,
    /// Told before it was committed.
    pub(super) too_early: Vec<String>,
    reads: VecDeque<(SessionId, ChatRef, ChatKey, PageQuery)>,
}

fn hub(disk: &mut Disk) -> Hub {
    let room = state::Room {
        room_id: RoomId::fresh(),
        name: "Workshop".into(),
        access: Access::Open,
    };
    Hub::new(room, None, disk.open())
}

fn topic(n: u8) -> TopicName {
    format!("topic-{n}").parse().unwrap()
}

impl Room {
    pub(super) fn new() -> Room {
        let mut disk = Disk::default();
        let mut room = Room {
            hub: hub(&mut disk),
            disk,
            members: (0..MEMBERS).map(|n| Member::new(user(n))).collect(),
            now: Timestamp(1),
            sessions: 0,
            ids: 0,
            copy: None,
            other: None,
            was_put_back: false,
            ever: Vec::new(),
            too_early: Vec::new(),
            reads: VecDeque::new(),
        };
        // They know one another.
        (0..MEMBERS).for_each(|who| room.connect(who));
        room
    }

    pub(super) fn take(&mut self, step: &Step) {
        match *step {
            Step::Connect(who) => self.connect(who),
            Step::Disconnect(who) => self.disconnect(who),
            Step::Write { by, chat } => self.write(by, chat),
            Step::Again { by, which } => self.again(by, which),
            Step::Commit(count) => self.commit(usize::from(count)),
            Step::Fail => self.disk.fail(),
            Step::Answer(count) => (0..count).for_each(|_| self.answer()),
            Step::Crash => self.crash(),
            Step::Copy => self.copy = Some(self.disk.lists.clone()),
            Step::PutBack => {
                if let Some(copy) = self.copy.clone() {
                    self.disk.lists = copy;
                    self.was_put_back = true;
                    self.crash();
                }
            }
            Step::Switch => self.switch(),
            Step::Wait(ms) => self.wait(ms.into()),
        }
    }

    /// Nothing fails any more: everybody comes and stays until all have all.
    pub(super) fn heal(&mut self) {
        (0..MEMBERS).for_each(|who| self.connect(who));
        for _ in 0..ROUNDS {
            self.wait(DISK_RETRY_MS);
            self.commit(usize::MAX);
            while !self.disk.unheard.is_empty() || !self.reads.is_empty() {
                self.answer();
            }
        }
    }

    /// Everybody goes.
    pub(super) fn empty(&mut self) {
        (0..MEMBERS).for_each(|who| self.disconnect(who));
        for _ in 0..3 {
            self.wait(DISK_RETRY_MS);
        }
    }

    fn connect(&mut self, who: u8) {
        self.disconnect(who);
        self.sessions += 1;
        let session = SessionId(self.sessions);
        let member = &mut self.members[usize::from(who)];
        member.session = Some(session.0);
        let person = Person {
            user_id: member.user_id,
            name: format!("Person {who}").parse().unwrap(),
            via: Via::App,
        };
        self.handle(Command::Enter(Enter {
            session,
            person,
            token: None,
            address: [127, 0, 0, 1].into(),
            standing: Standing::Member,
        }));
        for n in 0..TOPICS {
            self.ask(who, Request::JoinTopic(Join::new(topic(n))));
        }
        let chats = (0..TOPICS).map(|n| ChatRef::Topic(topic(n)));
        let others = (0..MEMBERS).filter(|n| *n != who);
        let directs = others.map(|n| ChatRef::Direct(user(n)));
        for chat in chats.chain(directs).collect::<Vec<_>>() {
            let resume = self.members[usize::from(who)].resume(chat);
            self.ask(who, resume);
        }
        self.pump();
    }

    fn disconnect(&mut self, who: u8) {
        let member = &mut self.members[usize::from(who)];
        if let Some(session) = member.session {
            member.offline();
            self.handle(Command::Exit(SessionId(session)));
        }
    }

    fn write(&mut self, by: u8, chat: u8) {
        self.ids += 1;
        let id: MessageId = format!("m-{:05}", self.ids).parse().unwrap();
        let chat = match chat {
            n if n < TOPICS => ChatRef::Topic(topic(n)),
            n => ChatRef::Direct(user((by + 1 + n - TOPICS) % MEMBERS)),
        };
        let member = &mut self.members[usize::from(by)];
        member.written.push((chat.clone(), id.clone()));
        member.outbox.push(Waiting::new(chat, id));
        self.pump();
    }

    fn again(&mut self, by: u8, which: u8) {
        let member = &self.members[usize::from(by)];
        let settled: Vec<_> = member
            .written
            .iter()
            .filter(|(_, id)| member.acked.iter().any(|(acked, _)| acked == id))
            .collect();
        if settled.is_empty() || self.was_put_back {
            return;
        }
        let (chat, id) = settled[usize::from(which) % settled.len()];
        let again = post(chat, id);
        self.ask(by, again);
    }

    fn commit(&mut self, count: usize) {
        self.disk.commit(count);
        let known = self.ever.len();
        let entries = self.disk.lists.entries().cloned();
        let new = entries.filter(|entry| !self.ever[..known].iter().any(|e| Arc::ptr_eq(e, entry)));
        let new: Vec<_> = new.collect();
        self.ever.extend(new);
    }

    /// The next answer of the store reaches the hub: a page, or what became of messages.
    fn answer(&mut self) {
        if let Some((session, chat, key, query)) = self.reads.pop_front() {
            let page = Ok(self.disk.lists.page(&key, query));
            self.handle(Command::PageRead(PageRead {
                session,
                chat,
                query,
                page,
            }));
        }
        if let Some(answer) = self.disk.unheard.pop_front() {
            self.handle(answer);
        }
        self.pump();
    }

    fn crash(&mut self) {
        self.members.iter_mut().for_each(Member::offline);
        self.reads.clear();
        self.hub = hub(&mut self.disk);
    }

    fn switch(&mut self) {
        (0..MEMBERS).for_each(|who| self.disconnect(who));
        self.reads.clear();
        let other = self.other.take().unwrap_or_else(|| {
            let mut disk = Disk::of_another(self.copy.clone().unwrap_or_default());
            (hub(&mut disk), disk)
        });
        let (hub, disk) = other;
        let before = (
            std::mem::replace(&mut self.hub, hub),
            std::mem::replace(&mut self.disk, disk),
        );
        self.other = Some(before);
        self.was_put_back = true;
        // They know one another here, too.
        (0..MEMBERS).for_each(|who| self.connect(who));
    }

    /// As the real store does, it gives back what came behind a failed message long before the hub tries again.
    fn wait(&mut self, ms: i64) {
        if self.disk.has_failed() {
            self.disk.give_back_late();
            while !self.disk.unheard.is_empty() {
                self.answer();
            }
        }
        self.now = Timestamp(self.now.0 + ms);
        self.handle(Command::Wake);
        self.pump();
    }

    fn pump(&mut self) {
        for who in 0..MEMBERS {
            let member = &mut self.members[usize::from(who)];
            if member.session.is_some() {
                let posts = member.pump(self.now);
                for post in posts {
                    self.ask(who, post);
                }
            }
        }
    }

    fn ask(&mut self, who: u8, request: Request) {
        if let Some(session) = self.members[usize::from(who)].session {
            self.handle(Command::Ask(SessionId(session), request));
        }
    }

    /// All of a command's effects come before what a member wants then.
    fn handle(&mut self, command: Command) {
        let mut wishes = Vec::new();
        for effect in self.hub.handle(command, self.now) {
            match effect {
                Effect::Append(append) => self.disk.waiting.push_back(append),
                Effect::Save(record) => self.disk.save(record),
                Effect::Read {
                    session,
                    chat,
                    key,
                    query,
                } => self.reads.push_back((session, chat, key, query)),
                Effect::Send(Audience::One(session), event) => {
                    wishes.extend(self.tell(session, event));
                }
                Effect::Send(Audience::Many(sessions, except), event) => {
                    for session in sessions.iter().filter(|one| Some(**one) != except) {
                        wishes.extend(self.tell(*session, event.clone()));
                    }
                }
                _ => {}
            }
        }
        for wish in wishes {
            self.handle(wish);
        }
    }

    fn tell(&mut self, session: SessionId, event: Event) -> Option<Command> {
        if let Event::Said(entry) = &event
            && !self.ever.iter().any(|known| Arc::ptr_eq(known, entry))
        {
            self.too_early
                .push(format!("{} was told", entry.message_id));
        }
        let now = self.now;
        let there = |member: &&mut Member| member.session == Some(session.0);
        let member = self.members.iter_mut().find(there)?;
        let more = member.told(event, now)?;
        Some(Command::Ask(session, more))
    }
}
