//! What the tests stand on: a hub, its store, and what each session was told.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::store::Lists;
use crate::command::{
    ChatKey, ChatRef, Command, Enter, Join, Page, PageRead, Person, Post, Request, SessionId,
    Standing, TokenDigest,
};
use crate::effect::{Audience, Effect, Entry, Event, Notice};
use crate::ports::{Kept, Memory, PageQuery};
use crate::searching::{Scope, Search};
use crate::state::{Hub, Room};
use landline_protocol::{
    Access, CloseCode, Code, Epoch, MessageId, RoomId, Timestamp, TopicName, UserId, Via,
};

pub(super) const EPOCH: Epoch = Epoch { counter: 1, tag: 7 };

/// What a page says, in its order.
pub(super) fn texts(page: &Page) -> Vec<&str> {
    page.entries.iter().map(|entry| &*entry.body).collect()
}

pub(super) fn topic(name: &str) -> TopicName {
    name.parse().unwrap()
}

pub(super) fn user(n: u8) -> UserId {
    UserId(
        format!("{n:08x}-1111-4111-8111-111111111111")
            .parse::<UserId>()
            .map_or_else(|_| unreachable!(), |id| id.0),
    )
}

fn hub() -> Hub {
    let room = Room {
        room_id: RoomId::fresh(),
        name: "Workshop".into(),
        access: Access::Open,
    };
    Hub::new(
        room,
        None,
        Memory {
            epoch: EPOCH,
            members: vec![],
            chats: vec![],
            markers: vec![],
            kept: Kept::default(),
        },
    )
}

/// A hub, its store, and what each session was told.
pub(super) struct World {
    pub(super) hub: Hub,
    pub(super) store: Lists,
    pub(super) now: Timestamp,
    pub(super) told: BTreeMap<SessionId, Vec<Event>>,
    pub(super) owners: HashMap<SessionId, UserId>,
    /// What was told to several, once.
    pub(super) sent: Vec<Event>,
    /// When the store was asked to remove what is kept no longer.
    pub(super) trims: Vec<Timestamp>,
    /// Pages that the store was asked for and has not read.
    reads: VecDeque<(SessionId, ChatRef, ChatKey, PageQuery)>,
    /// Searches that the store was asked for.
    pub(super) searches: VecDeque<(SessionId, Scope, Search)>,
    /// Sessions that were ended, and how.
    pub(super) closed: Vec<(SessionId, CloseCode)>,
}

impl World {
    pub(super) fn new() -> World {
        World {
            hub: hub(),
            store: Lists::default(),
            now: Timestamp(1),
            told: BTreeMap::new(),
            owners: HashMap::new(),
            sent: Vec::new(),
            trims: Vec::new(),
            reads: VecDeque::new(),
            searches: VecDeque::new(),
            closed: Vec::new(),
        }
    }

    pub(super) fn handle(&mut self, command: Command) {
        for effect in self.hub.handle(command, self.now) {
            match effect {
                Effect::Append(append) => self.store.queue.push_back(append),
                Effect::Send(Audience::One(session), event) => {
                    self.told.entry(session).or_default().push(event);
                }
                Effect::Send(Audience::Many(sessions, except), event) => {
                    self.sent.push(event.clone());
                    for session in sessions.iter().filter(|one| Some(**one) != except) {
                        self.told.entry(*session).or_default().push(event.clone());
                    }
                }
                Effect::Read {
                    session,
                    chat,
                    key,
                    query,
                } => self.reads.push_back((session, chat, key, query)),
                Effect::Search {
                    session,
                    scope,
                    search,
                } => self.searches.push_back((session, scope, search)),
                Effect::Trim(now) => self.trims.push(now),
                Effect::Close(session, code, _) => self.closed.push((session, code)),
                Effect::Save(_) => {}
            }
        }
    }

    pub(super) fn enter(&mut self, session: u64, who: u8) {
        self.enter_with(session, who, None);
    }

    pub(super) fn enter_with(&mut self, session: u64, who: u8, token: Option<TokenDigest>) {
        let name = format!("Person {who}");
        self.come_in(session, user(who), &name, token);
    }

    pub(super) fn enter_as(&mut self, session: u64, user_id: UserId) {
        self.come_in(session, user_id, &format!("Person {session}"), None);
    }

    fn come_in(&mut self, session: u64, user_id: UserId, name: &str, token: Option<TokenDigest>) {
        let session = SessionId(session);
        let person = Person {
            user_id,
            name: name.parse().unwrap(),
            via: Via::App,
        };
        self.owners.insert(session, user_id);
        self.handle(Command::Enter(Enter {
            session,
            person,
            token,
            address: [127, 0, 0, 1].into(),
            standing: Standing::Member,
        }));
    }

    /// A guest of the dialect `via`, called as the session.
    pub(super) fn guest(&mut self, session: u64, via: Via) {
        let person = Person {
            user_id: format!("{session:08x}-2222-4222-8222-222222222222")
                .parse()
                .unwrap(),
            name: format!("Guest {session}").parse().unwrap(),
            via,
        };
        self.owners.insert(SessionId(session), person.user_id);
        self.handle(Command::Enter(Enter {
            session: SessionId(session),
            person,
            token: None,
            address: [127, 0, 0, 1].into(),
            standing: Standing::Guest,
        }));
    }

    /// The person of a session, as they came.
    pub(super) fn heard_as(&self, session: u64) -> Person {
        match &self.told(session)[0] {
            Event::Welcome { person, .. } => person.clone(),
            other => panic!("a welcome comes first, not {other:?}"),
        }
    }

    pub(super) fn exit(&mut self, session: u64) {
        self.handle(Command::Exit(SessionId(session)));
    }

    /// Joins a topic; one whose messages live for `ttl_ms` if it has to be made.
    pub(super) fn join(&mut self, session: u64, topic: &TopicName, ttl_ms: Option<i64>) {
        let farewell = Some(format!("{session} is gone").into());
        self.ask(
            session,
            Request::JoinTopic(Join {
                ttl_ms,
                farewell,
                ..Join::new(topic.clone())
            }),
        );
    }

    /// Says something that lives for `ttl_ms`.
    pub(super) fn whisper(&mut self, session: u64, topic: &TopicName, id: &str, ttl_ms: i64) {
        let chat = ChatRef::Topic(topic.clone());
        let post = Post {
            ttl_ms: Some(ttl_ms),
            ..Post::new(chat, id.into(), id.parse().unwrap())
        };
        self.ask(session, Request::Post(post));
    }

    pub(super) fn wait(&mut self, ms: i64) {
        self.now = Timestamp(self.now.0 + ms);
        self.handle(Command::Wake);
    }

    /// The first answer of the store to what it was given, when it commits no more of it at once.
    pub(super) fn commit_one(&mut self) {
        let mut later = self.store.queue.split_off(1.min(self.store.queue.len()));
        self.commit();
        // What waited for this answer comes behind what was there.
        later.append(&mut self.store.queue);
        self.store.queue = later;
    }

    pub(super) fn fail(&mut self) {
        let answer = self.store.fail();
        self.handle(answer);
    }

    /// The store answers the first page it was asked for.
    pub(super) fn answer_a_page(&mut self) {
        if let Some((session, chat, key, query)) = self.reads.pop_front() {
            let page = Ok(self.store.page(&key, query));
            self.handle(Command::PageRead(PageRead {
                session,
                chat,
                query,
                page,
            }));
        }
    }

    /// The page that a session is shown, read from the lists and from the hub.
    pub(super) fn page(&mut self, session: u64, topic: &TopicName, query: PageQuery) -> Page {
        let chat = ChatRef::Topic(topic.clone());
        self.ask(session, Request::Read { chat, query });
        self.answer_a_page();
        match self.told(session).last() {
            Some(Event::Page { page, .. }) => page.clone(),
            other => panic!("a page, not {other:?}"),
        }
    }

    pub(super) fn notices(&self, session: u64) -> Vec<Arc<Notice>> {
        let notice = |event: &Event| match event {
            Event::Noticed(notice) => Some(notice.clone()),
            _ => None,
        };
        self.told(session).iter().filter_map(notice).collect()
    }

    /// What a session heard of its topics, in words: the texts of messages, and who came and went.
    pub(super) fn story(&self, session: u64) -> Vec<String> {
        let word = |event: &Event| match event {
            Event::Said(entry) => Some(entry.body.to_string()),
            Event::Noticed(notice) => Some(format!("{} {:?}", notice.session.0, notice.kind)),
            _ => None,
        };
        self.told(session).iter().filter_map(word).collect()
    }

    pub(super) fn ask(&mut self, session: u64, request: Request) {
        self.handle(Command::Ask(SessionId(session), request));
    }

    pub(super) fn post(&mut self, session: u64, chat: ChatRef, id: &str, body: &str) {
        let message_id: MessageId = id.parse().unwrap();
        self.ask(
            session,
            Request::Post(Post::new(chat, body.into(), message_id)),
        );
    }

    pub(super) fn commit(&mut self) {
        let answer = self.store.commit();
        self.handle(answer);
    }

    pub(super) fn told(&self, session: u64) -> &[Event] {
        self.told
            .get(&SessionId(session))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn heard(&self, session: SessionId) -> Vec<Arc<Entry>> {
        let said = |event: &Event| {
            if let Event::Said(entry) = event {
                Some(entry.clone())
            } else {
                None
            }
        };
        self.told
            .get(&session)
            .into_iter()
            .flatten()
            .filter_map(said)
            .collect()
    }

    pub(super) fn codes(&self, session: u64) -> Vec<Code> {
        let code = |event: &Event| {
            if let Event::Refused(refusal) = event {
                Some(refusal.code)
            } else {
                None
            }
        };
        self.told(session).iter().filter_map(code).collect()
    }
}

pub(super) fn lobby() -> ChatRef {
    ChatRef::Topic(TopicName::lobby())
}
