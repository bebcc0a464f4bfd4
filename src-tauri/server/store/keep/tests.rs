use landline_hub::ports::{Append, Outcome, Record};
use landline_hub::{Command, Person, SessionId};
use landline_protocol::{DisplayName, UserId, Via};
use tokio::sync::mpsc;

use super::super::place::Place;
use super::super::writer::{Write, Writer};
use super::*;
use crate::search::Signal;

fn says(n: usize, at: i64, body: &str) -> Write {
    Write::Append(Append {
        session: SessionId(1),
        chat: ChatKey::Topic("lobby".parse().unwrap()),
        author: Person {
            user_id: UserId(uuid::Uuid::from_u128(7)),
            name: DisplayName::lenient("Ana"),
            via: Via::App,
        },
        kind: EntryKind::Text,
        body: body.into(),
        message_id: format!("m-{n}").parse().unwrap(),
        at: Timestamp(at),
        original: None,
        attempt: 0,
    })
}

fn rule(rule: KeepRule) -> Write {
    Write::Save(Record::Keep(rule))
}

fn lobby(keep: Keep) -> Write {
    rule(KeepRule::Own("lobby".parse().unwrap(), Some(keep)))
}

struct Log {
    writer: Writer,
    _folder: tempfile::TempDir,
    told: mpsc::Receiver<Command>,
}

impl Log {
    fn new() -> Log {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::in_folder(folder.path());
        let (opened, _) = super::super::open::open(&place, Timestamp(1), None).unwrap();
        let (answers, told) = mpsc::channel(1_024);
        Log {
            writer: Writer::new(
                opened.connection,
                opened.memory.epoch,
                answers,
                Signal::default(),
                None,
            ),
            _folder: folder,
            told,
        }
    }

    /// Walks through all topics; how many messages went in each step.
    fn trim(&mut self, now: i64) -> Vec<u64> {
        let mut round = Round::begin(self.writer.connection(), Timestamp(now)).unwrap();
        let (mut steps, mut before) = (Vec::new(), self.oldest());
        while !round.is_done() {
            round.step(self.writer.connection()).unwrap();
            steps.push(self.oldest() - before);
            before = self.oldest();
        }
        steps
    }

    fn oldest(&self) -> u64 {
        let oldest = remember(self.writer.connection()).unwrap().oldest;
        oldest.first().map_or(1, |(_, seq)| *seq)
    }

    fn count(&self, query: &str) -> i64 {
        let connection = self.writer.connection();
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

#[test]
fn days_are_counted_by_the_time_that_is_passed_in() {
    let mut log = Log::new();
    log.writer.commit(vec![lobby(Keep::Days(1))]);
    let messages = (0..10).map(|n| says(n, i64::try_from(n).unwrap() * DAY_MS, "x"));
    log.writer.commit(messages.collect());
    assert_eq!(log.trim(DAY_MS), [0], "one day old is not older than a day");
    assert_eq!(log.trim(3 * DAY_MS), [2, 0]);
    assert_eq!(
        log.trim(2 * DAY_MS),
        [0],
        "a clock that goes back brings nothing back"
    );
    assert_eq!(log.trim(100 * DAY_MS), [8, 0]);
    assert_eq!(
        log.count("SELECT count(*) FROM entry WHERE body != '' OR name != ''"),
        0
    );
    assert_eq!(
        log.count("SELECT count(*) FROM entry WHERE length(hash) = 32"),
        10
    );
}

#[test]
fn one_go_is_bounded_in_messages_and_in_bytes() {
    let mut log = Log::new();
    log.writer.commit(vec![lobby(Keep::Messages(1))]);
    log.writer
        .commit((0..200).map(|n| says(n, 1, "x")).collect());
    assert_eq!(log.trim(1), [64, 64, 64, 7, 0]);
    let long = "x".repeat(16 * 1024);
    log.writer
        .commit((200..240).map(|n| says(n, 1, &long)).collect());
    assert_eq!(log.trim(1), [17, 16, 7, 0], "a short one, and 16 of 16 KiB");
}

#[test]
fn what_is_to_be_stored_goes_before_what_is_to_be_removed_and_does_not_hold_it_up_for_ever() {
    let mut log = Log::new();
    log.writer.commit(vec![lobby(Keep::Messages(1))]);
    log.writer
        .commit((0..1_000).map(|n| says(n, 1, "x")).collect());
    log.writer.commit(vec![Write::Trim(Timestamp(1))]);
    let (writes, queue) = std::sync::mpsc::channel();
    for n in 1_000..1_100 {
        writes.send(says(n, 1, "x")).unwrap();
    }
    let mut groups = 0;
    while log.oldest() == 1 {
        assert!(matches!(log.writer.next(&queue), Some(Write::Append(_))));
        log.writer.group_done();
        groups += 1;
    }
    assert_eq!(groups, super::super::writer::GROUPS_BETWEEN_TRIMS + 1);
    drop(writes);
    while let Some(_write) = log.writer.next(&queue) {}
    assert!(log.told.try_recv().is_ok(), "the hub learns of it");
}

#[test]
fn a_topic_has_its_own_rule_or_the_usual_one_and_a_direct_chat_none() {
    let mut log = Log::new();
    let usual = |keep| rule(KeepRule::Usual(keep));
    log.writer.commit(vec![
        usual(Some(Keep::Messages(2))),
        says(0, 1, "x"),
        says(1, 1, "x"),
        says(2, 1, "x"),
    ]);
    let direct = |n| match says(n, 1, "between us") {
        Write::Append(append) => Write::Append(Append {
            chat: ChatKey::direct(append.author.user_id, UserId(uuid::Uuid::from_u128(9))),
            ..append
        }),
        other => other,
    };
    log.writer.commit((10..20).map(direct).collect());
    log.writer
        .commit(vec![rule(KeepRule::Own("lobby".parse().unwrap(), None))]);
    assert!(log.trim(1).is_empty(), "kept for ever");
    log.writer
        .commit(vec![rule(KeepRule::AsUsual("lobby".parse().unwrap()))]);
    assert_eq!(log.trim(1), [1, 0]);
    assert_eq!(
        log.count("SELECT count(*) FROM entry WHERE body = 'between us'"),
        10
    );
    log.writer.commit(vec![usual(None)]);
    assert!(log.trim(1).is_empty());
    assert_eq!(
        remember(log.writer.connection()).unwrap().rules,
        [KeepRule::Usual(None)]
    );
}

#[test]
fn a_row_from_before_there_were_hashes_gets_one_with_its_last_breath() {
    let mut log = Log::new();
    log.writer.commit(vec![
        lobby(Keep::Messages(1)),
        says(0, 1, "old"),
        says(1, 1, "x"),
    ]);
    log.writer
        .connection()
        .execute("UPDATE entry SET hash = NULL, seal = NULL", [])
        .unwrap();
    log.trim(1);
    for (body, is_known) in [("old", true), ("other", false)] {
        let Some(Command::Committed(told)) = log.writer.commit(vec![says(0, 1, body)]) else {
            panic!("an answer");
        };
        assert_eq!(
            matches!(told[0].outcome, Outcome::Known(..)),
            is_known,
            "{body}"
        );
    }
}
