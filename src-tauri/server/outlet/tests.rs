//! A room's sessions without a hub: what is told them, and what their sockets get.

use std::sync::Arc;
use std::task::{Context, Waker};

use landline_hub::ports::Outlet as _;
use landline_hub::{Audience, ChatKey, Entry, Event, Person, SessionId};
use landline_protocol::{CloseCode, EntryKind, Epoch, Position, Timestamp, UserId, Via};
use tokio::io::{AsyncReadExt as _, DuplexStream, duplex};
use tokio::sync::watch;

use super::*;
use crate::dialect::{Told, Words};
use crate::limits::FLUSHED_AT_ONCE;

/// Says of a message its text, and nothing of anything else.
struct Plain;

impl Words for Plain {
    fn put(&self, event: &Event, _is_mine: bool) -> Told {
        match event {
            Event::Said(entry) => Told::Shared((*entry.body).into()),
            _ => Told::Nothing,
        }
    }
}

struct Member {
    line: Line,
    socket: DuplexStream,
}

impl Member {
    /// What came to the socket so far.
    async fn heard(&mut self, text: &str) {
        let expected = framed(text);
        let mut bytes = vec![0; expected.len()];
        self.socket.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, expected, "{:?}: {text}", self.line.session());
    }

    /// Nothing more came.
    async fn hears_no_more(&mut self) {
        tokio::select! {
            biased;
            byte = self.socket.read_u8() => panic!("{:?}: {byte:?}", self.line.session()),
            () = std::future::ready(()) => {}
        }
    }
}

fn room(members: usize) -> (Lines, Vec<Member>, Arc<[SessionId]>) {
    let status = Status {
        name: "Room".into(),
        members_online: 0,
        writable: true,
    };
    let mut lines = Lines::new(watch::Sender::new(status), Vec::new());
    let words: Arc<dyn Words> = Arc::new(Plain);
    let member = |number: u64| {
        let (ours, socket) = duplex(1_000);
        let pipe = Arc::new(Pipe::new(Wire::Other(Box::new(ours))));
        // Its task has nothing to do.
        let _ = pipe.due(&mut Context::from_waker(Waker::noop()), 1);
        let line = Line::new(SessionId(number), UserId::fresh(), words.clone(), pipe);
        Member { line, socket }
    };
    let members: Vec<Member> = (1..=members as u64).map(member).collect();
    for member in &members {
        lines.open(member.line.session(), member.line.clone());
    }
    let sessions = members.iter().map(|one| one.line.session()).collect();
    (lines, members, sessions)
}

fn said(text: &str, by: &Member) -> Event {
    Event::Said(Arc::new(Entry {
        chat: ChatKey::Topic("lobby".parse().unwrap()),
        author: Person {
            user_id: UserId::fresh(),
            name: "Ana".parse().unwrap(),
            via: Via::App,
        },
        kind: EntryKind::Text,
        body: text.into(),
        message_id: "m-1".parse().unwrap(),
        position: Position {
            epoch: Epoch { counter: 1, tag: 1 },
            seq: 1,
        },
        at: Timestamp(1),
        session: Some(by.line.session()),
        original: None,
        life: None,
    }))
}

#[tokio::test]
async fn all_are_told_piece_by_piece_and_the_author_first() {
    let (mut lines, mut members, all) = room(2 * FLUSHED_AT_ONCE);
    let event = said("hello", members.last().unwrap());
    lines.send(&Audience::Many(all, None), &event);
    assert!(lines.flush(false), "the others are told later");
    members.last_mut().unwrap().heard("hello").await;
    members[FLUSHED_AT_ONCE - 2].heard("hello").await;
    members[FLUSHED_AT_ONCE - 1].hears_no_more().await;
    while lines.flush(false) {}
    for place in (0..FLUSHED_AT_ONCE - 2).chain(FLUSHED_AT_ONCE - 1..2 * FLUSHED_AT_ONCE - 1) {
        members[place].heard("hello").await;
    }
    for member in &mut members {
        member.hears_no_more().await;
    }
}

#[tokio::test]
async fn what_comes_while_a_list_is_told_comes_behind_it_for_everybody() {
    let (mut lines, mut members, all) = room(3 * FLUSHED_AT_ONCE);
    let everybody = Audience::Many(all, None);
    lines.send(&everybody, &said("one", &members[0]));
    lines.flush(false);
    lines.send(&everybody, &said("two", &members[1]));
    lines.send(&Audience::One(SessionId(3)), &said("three", &members[1]));
    while lines.flush(false) {}
    for member in &mut members {
        member.heard("one").await;
        member.heard("two").await;
        if member.line.session() == SessionId(3) {
            member.heard("three").await;
        }
        member.hears_no_more().await;
    }
}

#[tokio::test]
async fn who_leaves_while_a_list_is_told_has_heard_it() {
    let (mut lines, mut members, all) = room(3 * FLUSHED_AT_ONCE);
    lines.send(&Audience::Many(all, None), &said("bye", &members[0]));
    lines.flush(false);
    let last = members.last_mut().unwrap();
    lines.close(last.line.session(), CloseCode::GoingAway, "enough");
    while lines.flush(false) {}
    last.heard("bye").await;
}

#[tokio::test]
async fn who_has_gone_is_told_nothing_more() {
    let (mut lines, mut members, all) = room(3 * FLUSHED_AT_ONCE);
    lines.send(&Audience::Many(all, None), &said("hello", &members[0]));
    lines.flush(false);
    let last = members.last_mut().unwrap();
    lines.forget(last.line.session());
    while lines.flush(false) {}
    last.hears_no_more().await;
}

#[tokio::test]
async fn what_was_told_before_the_room_stops_is_still_to_be_written() {
    let (mut lines, mut members, all) = room(3 * FLUSHED_AT_ONCE);
    lines.send(&Audience::Many(all, None), &said("bye", &members[0]));
    lines.flush(false);
    drop(lines);
    for member in &mut members {
        // A task may read and write so often between two turns of its own.
        tokio::task::yield_now().await;
        member.line.pipe().flush(&mut Vec::new());
        member.heard("bye").await;
    }
}
