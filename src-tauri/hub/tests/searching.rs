//! Who may find what.

use std::sync::Arc;

use landline_protocol::{Code, EntryKind, MessageId, Position, Timestamp};

use super::world::{EPOCH, World, lobby, topic, user};
use crate::command::{ChatKey, ChatRef, Command, Join, Person, Request, SessionId};
use crate::effect::{Entry, Event};
use crate::searching::{Found, Hit, Scope, Search, SearchFault, Searched};

fn search(chat: Option<ChatRef>) -> Search {
    Search {
        search_id: Some(7),
        query: "needle".into(),
        chat,
        from: None,
        after: None,
        before: None,
        offset_minutes: 0,
        limit: 20,
        cursor: None,
    }
}

fn hit(chat: ChatKey) -> Hit {
    let entry = Entry {
        chat,
        author: Person {
            user_id: user(2),
            name: landline_protocol::DisplayName::lenient("Person 2"),
            via: landline_protocol::Via::App,
        },
        kind: EntryKind::Text,
        body: "needle".into(),
        message_id: MessageId::fresh(),
        position: Position {
            epoch: EPOCH,
            seq: 1,
        },
        at: Timestamp(1),
        session: None,
        original: None,
        life: None,
    };
    Hit {
        entry: Arc::new(entry),
        snippet: "needle".into(),
        ranges: vec![[0, 6]],
    }
}

/// The answer of a store that would tell everything.
fn everything(world: &mut World) -> Vec<ChatKey> {
    let (session, scope, search) = world.searches.pop_front().unwrap();
    let chats = [
        ChatKey::Topic(topic("lobby")),
        ChatKey::Topic(topic("sports")),
        ChatKey::direct(user(1), user(2)),
        ChatKey::direct(user(2), user(3)),
    ];
    let found = Found {
        hits: chats.into_iter().map(hit).collect(),
        ..Found::default()
    };
    world.handle(Command::Searched(Searched {
        session,
        scope,
        search_id: search.search_id,
        found: Ok(found),
    }));
    let told = world.told(session.0).iter().rev();
    let mut answers = told.filter_map(|event| match event {
        Event::Found { found, .. } => Some(found),
        _ => None,
    });
    let found = answers.next().unwrap();
    let hits = found.hits.iter();
    hits.map(|hit| hit.entry.chat.clone()).collect()
}

#[test]
fn a_search_finds_topics_and_ones_own_direct_chats_only() {
    let mut world = World::new();
    for n in 1..=3 {
        world.enter(u64::from(n), n);
    }
    world.ask(1, Request::JoinTopic(Join::new(topic("lobby"))));
    world.ask(1, Request::Search(search(None)));
    let sports = ChatKey::Topic(topic("sports"));
    let own = ChatKey::direct(user(1), user(2));
    let lobby_key = ChatKey::Topic(topic("lobby"));
    assert_eq!(
        everything(&mut world),
        [lobby_key.clone(), sports, own.clone()]
    );
    world.ask(1, Request::Search(search(Some(lobby()))));
    assert_eq!(everything(&mut world), [lobby_key]);
    world.ask(1, Request::Search(search(Some(ChatRef::Direct(user(2))))));
    assert_eq!(everything(&mut world), [own]);
    // A person is addressed by the other's id, so there is no way to name the chat of two others.
    world.ask(1, Request::Search(search(Some(ChatRef::Direct(user(3))))));
    assert_eq!(everything(&mut world), []);
}

#[test]
fn nobody_in_particular_finds_topics_only() {
    let scope = Scope {
        reader: None,
        chat: None,
    };
    assert!(scope.allows(&ChatKey::Topic(topic("lobby"))));
    assert!(!scope.allows(&ChatKey::direct(user(1), user(2))));
}

#[test]
fn a_search_that_cannot_be_is_refused_by_its_number() {
    let mut world = World::new();
    world.enter(1, 1);
    let refused = |world: &World| match world.told(1).last() {
        Some(Event::Refused(refusal)) => (refusal.code, refusal.search_id),
        other => panic!("not refused: {other:?}"),
    };
    let nowhere = ChatRef::Topic(topic("nowhere"));
    world.ask(1, Request::Search(search(Some(nowhere))));
    assert_eq!(refused(&world), (Code::TopicNotFound, Some(7)));
    for (fault, code) in [
        (SearchFault::Busy, Code::Busy),
        (SearchFault::Failed, Code::Internal),
    ] {
        world.ask(1, Request::Search(search(None)));
        let (session, scope, _) = world.searches.pop_front().unwrap();
        world.handle(Command::Searched(Searched {
            session,
            scope,
            search_id: Some(7),
            found: Err(fault),
        }));
        assert_eq!(refused(&world), (code, Some(7)));
    }
}

#[test]
fn an_answer_for_somebody_who_left_is_told_to_nobody() {
    let mut world = World::new();
    world.enter(1, 1);
    world.ask(1, Request::Search(search(None)));
    world.handle(Command::Exit(SessionId(1)));
    let (session, scope, _) = world.searches.pop_front().unwrap();
    let before = world.told(1).len();
    world.handle(Command::Searched(Searched {
        session,
        scope,
        search_id: None,
        found: Ok(Found::default()),
    }));
    assert_eq!(world.told(1).len(), before);
}
