use std::sync::Arc;

use landline_hub::{Event, SessionId};
use landline_protocol::UserId;
use tokio::io::AsyncReadExt as _;
use tokio::io::{DuplexStream, duplex};

use super::*;
use crate::dialect::{Note, Told, Words};
use crate::outlet::{Line, framed};

struct Silent;

impl Words for Silent {
    fn put(&self, _event: &Event, _is_mine: bool) -> Told {
        Told::Nothing
    }
}

fn pipe(room: usize) -> (Pipe, DuplexStream) {
    let (ours, theirs) = duplex(room);
    (Pipe::new(Wire::Other(Box::new(ours))), theirs)
}

fn frame(text: &str) -> Frame {
    Frame {
        bytes: framed(text),
        settles_post: false,
        receipt: None,
    }
}

fn due(pipe: &Pipe) -> Due {
    pipe.due(&mut Context::from_waker(Waker::noop()), 1).0
}

fn is_idle(pipe: &Pipe) -> bool {
    matches!(due(pipe), Due::Nothing { .. })
}

async fn read(from: &mut DuplexStream, texts: &[&str]) {
    for text in texts {
        let expected = framed(text);
        let mut bytes = vec![0; expected.len()];
        from.read_exact(&mut bytes).await.unwrap();
        assert_eq!(bytes, expected, "{text}");
    }
}

#[tokio::test]
async fn what_the_hub_says_is_marked_once_and_written_together() {
    let (pipe, mut theirs) = pipe(1_000);
    assert!(is_idle(&pipe));
    assert_eq!(pipe.push(frame("one"), By::Hub), Pushed::Marked);
    assert_eq!(pipe.push(frame("two"), By::Hub), Pushed::Taken);
    pipe.flush(&mut Vec::new());
    read(&mut theirs, &["one", "two"]).await;
    assert!(is_idle(&pipe), "its task was not needed");
    assert_eq!(pipe.push(frame("three"), By::Hub), Pushed::Marked);
}

#[tokio::test]
async fn what_comes_to_a_busy_session_stays_behind_what_it_says() {
    let (pipe, mut theirs) = pipe(1_000);
    // A session begins busy.
    assert_eq!(pipe.push(frame("second"), By::Hub), Pushed::Taken);
    pipe.say(framed("first"), None);
    pipe.flush(&mut Vec::new());
    read(&mut theirs, &["first"]).await;
    assert!(matches!(due(&pipe), Due::Inbox));
    assert_eq!(pipe.push(frame("third"), By::Other), Pushed::Taken);
    let mut batch = VecDeque::new();
    pipe.take(&mut batch);
    assert_eq!(batch.len(), 2);
    for outgoing in batch {
        if let Outgoing::Frame(frame) = outgoing {
            pipe.pass_on(frame);
        }
    }
    pipe.flush(&mut Vec::new());
    read(&mut theirs, &["second", "third"]).await;
}

#[tokio::test]
async fn what_is_told_is_written_at_once_if_nothing_is_before_it() {
    let (pipe, mut theirs) = pipe(1_000);
    assert!(!pipe.tell(&framed("to a busy session")));
    assert!(is_idle(&pipe));
    assert!(pipe.tell(&framed("one")));
    read(&mut theirs, &["one"]).await;
    assert!(is_idle(&pipe), "its task was not needed");
    pipe.push(frame("two"), By::Hub);
    assert!(!pipe.tell(&framed("before two")));
    pipe.flush(&mut Vec::new());
    read(&mut theirs, &["two"]).await;
    assert!(pipe.tell(&framed("three")));
    read(&mut theirs, &["three"]).await;
}

#[tokio::test]
async fn what_is_told_to_a_socket_that_takes_little_is_finished_by_its_session() {
    let (pipe, mut theirs) = pipe(7);
    assert!(is_idle(&pipe));
    assert!(pipe.tell(&framed("a first text")));
    assert!(!pipe.tell(&framed("before the first is done")));
    assert_eq!(pipe.push(frame("a second text"), By::Hub), Pushed::Taken);
    assert!(matches!(due(&pipe), Due::Write));
    let until = pipe.unwritten().unwrap();
    let write = std::future::poll_fn(|cx| pipe.poll_flush(cx, until));
    let texts = ["a first text", "a second text"];
    let (written, ()) = tokio::join!(write, read(&mut theirs, &texts));
    assert!(written.is_ok());
    assert!(is_idle(&pipe));
}

#[tokio::test]
async fn who_is_told_on_a_broken_socket_learns_of_it() {
    let (pipe, theirs) = pipe(1_000);
    assert!(is_idle(&pipe));
    drop(theirs);
    assert!(pipe.tell(&framed("nobody there")));
    assert!(matches!(due(&pipe), Due::Fault(_)));
}

#[tokio::test]
async fn a_socket_that_takes_no_more_is_left_to_its_session_and_loses_nothing() {
    let (pipe, mut theirs) = pipe(7);
    assert!(is_idle(&pipe));
    let texts = ["a first text", "a second text", "a third text"];
    for text in texts {
        pipe.push(frame(text), By::Hub);
    }
    pipe.flush(&mut Vec::new());
    assert!(matches!(due(&pipe), Due::Write));
    let until = pipe.unwritten().unwrap();
    let write = std::future::poll_fn(|cx| pipe.poll_flush(cx, until));
    let (written, ()) = tokio::join!(write, read(&mut theirs, &texts));
    assert!(written.is_ok());
    assert!(is_idle(&pipe));
}

#[tokio::test]
async fn a_reader_whose_queue_is_full_is_closed_and_gets_the_rest_of_what_was_begun() {
    let (pipe, mut theirs) = pipe(7);
    assert!(is_idle(&pipe));
    pipe.push(frame("begun, not done"), By::Hub);
    pipe.flush(&mut Vec::new());
    let pushed = (1..=SESSION_FRAMES_CAP)
        .take_while(|_| pipe.push(frame("more"), By::Hub) != Pushed::Refused)
        .count();
    assert_eq!(pushed, SESSION_FRAMES_CAP - 1);
    assert!(matches!(
        due(&pipe),
        Due::End(Ending {
            code: CloseCode::TooSlow,
            ..
        })
    ));
    drop(pipe.end(true));
    assert_eq!(pipe.push(frame("late"), By::Hub), Pushed::Refused);
    pipe.say(framed("bye"), None);
    let until = pipe.queued();
    let write = std::future::poll_fn(|cx| pipe.poll_flush(cx, until));
    let (written, ()) = tokio::join!(write, read(&mut theirs, &["begun, not done", "bye"]));
    assert!(written.is_ok());
}

#[tokio::test]
async fn bytes_are_counted_too() {
    let (pipe, _theirs) = pipe(7);
    let long = "x".repeat(SESSION_BYTES_CAP / 2);
    assert_eq!(pipe.push(frame(&long), By::Other), Pushed::Taken);
    assert!(pipe.is_half_full());
    assert_eq!(pipe.push(frame(&long), By::Other), Pushed::Refused);
}

#[tokio::test]
async fn a_receipt_is_told_when_its_frame_is_written_and_when_nobody_will_write_it() {
    let noted = |author: &Pipe| {
        let mut batch = VecDeque::new();
        author.take(&mut batch);
        batch
            .into_iter()
            .map(|one| match one {
                Outgoing::Note(note) => note,
                _ => panic!("only notes were sent"),
            })
            .collect::<Vec<_>>()
    };
    let author = Arc::new(Pipe::unread());
    let line = Line::new(
        SessionId(1),
        UserId::fresh(),
        Arc::new(Silent),
        author.clone(),
    );
    let with_receipt = || Frame {
        receipt: Some(Receipt::new(line.clone(), "m-1".parse().unwrap())),
        ..frame("hello")
    };
    let (written, mut theirs) = pipe(1_000);
    assert!(is_idle(&written));
    written.push(with_receipt(), By::Hub);
    assert!(noted(&author).is_empty(), "it is not written yet");
    let mut receipts = Vec::new();
    written.flush(&mut receipts);
    receipts.iter().for_each(Receipt::written);
    drop(receipts);
    read(&mut theirs, &["hello"]).await;
    assert!(matches!(noted(&author)[..], [Note::Written(_)]));

    let (stuck, _theirs) = pipe(1);
    assert!(is_idle(&stuck));
    stuck.push(with_receipt(), By::Hub);
    stuck.flush(&mut Vec::new());
    drop(stuck.hang_up());
    assert!(matches!(noted(&author)[..], [Note::NotWritten(_)]));
}

#[tokio::test]
async fn a_session_that_reads_nothing_for_want_of_answers_is_woken_by_one() {
    let (pipe, _theirs) = pipe(1_000);
    pipe.one_in_flight();
    assert!(matches!(due(&pipe), Due::Nothing { reads: false }));
    pipe.push_to_task(Outgoing::Settled);
    assert!(matches!(due(&pipe), Due::Nothing { reads: true }));
    pipe.one_in_flight();
    assert!(matches!(due(&pipe), Due::Nothing { reads: false }));
    let answer = Frame {
        settles_post: true,
        ..frame("stored")
    };
    pipe.push(answer, By::Hub);
    pipe.flush(&mut Vec::new());
    assert!(matches!(due(&pipe), Due::Nothing { reads: true }));
}
