//! I13 with the power on: the real store over a disk that cannot be read, written or flushed, or has no place left.

use std::sync::Arc;

use landline_hub::Person;
use landline_hub::ports::Outcome;
use landline_powerloss::{Disk, Fault};
use landline_protocol::{DisplayName, EntryKind, UserId, Via};

use super::*;

struct Room {
    store: SqliteStore,
    answers: mpsc::Receiver<Command>,
    attempt: u32,
    said: u64,
}

impl Room {
    fn open(place: &Place) -> Room {
        let (sender, answers) = mpsc::channel(8);
        let opened = SqliteStore::open_at(place, Timestamp(1), sender).unwrap();
        assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
        Room {
            store: opened.store,
            answers,
            attempt: 0,
            said: 0,
        }
    }

    fn chat() -> ChatKey {
        ChatKey::Topic("lobby".parse().unwrap())
    }

    /// Says the next message; whether it was acknowledged. One that was not is the next again.
    async fn say(&mut self) -> bool {
        let number = self.said + 1;
        self.store.append(Append {
            session: SessionId(1),
            chat: Room::chat(),
            author: Person {
                user_id: UserId(uuid::Uuid::from_u128(1)),
                name: DisplayName::lenient("Ana"),
                via: Via::App,
            },
            kind: EntryKind::Text,
            body: format!("message {number} {}", "x".repeat(2_000)).into(),
            message_id: format!("m-{number}").parse().unwrap(),
            at: Timestamp(1),
            original: None,
            attempt: self.attempt,
        });
        match self.answers.recv().await {
            Some(Command::Committed(appended)) => {
                let position = match &appended[0].outcome {
                    Outcome::Stored(entry) => entry.position,
                    Outcome::Known(_, position) => *position,
                    Outcome::Conflict(id) => panic!("{id:?} was never anything else"),
                };
                assert_eq!(position.seq, number, "nothing else is in its place");
                self.said = number;
                true
            }
            Some(Command::NotCommitted(..)) => {
                self.attempt += 1;
                false
            }
            other => panic!("the store answers appends: {other:?}"),
        }
    }

    async fn read(&self) -> Result<Vec<Arc<str>>, landline_hub::ports::StoreFault> {
        let query = PageQuery::Before(None, 10);
        let page = self.store.reader.read(Room::chat(), query).await?;
        Ok(page
            .entries
            .iter()
            .map(|entry| entry.body.clone())
            .collect())
    }
}

#[tokio::test]
async fn i13_a_disk_that_fails_acknowledges_nothing_and_is_used_again_when_it_is_well() {
    for (fault, seed) in [(Fault::Write, 1), (Fault::Full, 2), (Fault::Flush, 3)] {
        let disk = Disk::new(&format!("faults-{fault:?}"));
        let place = Place::on(disk.vfs(), "FULL");
        let mut room = Room::open(&place);
        for round in 0..10 {
            for _ in 0..5 {
                assert!(room.say().await);
            }
            disk.fail(Some(fault));
            for _ in 0..3 {
                assert!(!room.say().await, "{fault:?} in round {round}");
            }
            let there = room.read().await.expect("it can be read");
            assert!(
                there
                    .last()
                    .unwrap()
                    .starts_with(&format!("message {} ", room.said))
            );
            disk.fail(None);
            assert!(room.say().await, "{fault:?}: nobody has to help");
        }
        // What a failed flush forgot was written again, or was never acknowledged.
        disk.cut();
        room.store.close();
        disk.restore(seed);
        let again = Room::open(&place);
        let there = again.read().await.unwrap();
        assert!(
            there
                .last()
                .unwrap()
                .starts_with(&format!("message {} ", room.said))
        );
        let query = PageQuery::After(0, 500);
        let page = again.store.reader.read(Room::chat(), query).await.unwrap();
        assert!(
            page.entries
                .iter()
                .all(|entry| entry.kind == EntryKind::Text)
        );
        again.store.close();
    }
}

#[tokio::test]
async fn i13_what_cannot_be_read_is_told_and_read_again_when_it_can() {
    let disk = Disk::new("faults-read");
    let place = Place::on(disk.vfs(), "FULL");
    let mut room = Room::open(&place);
    for _ in 0..20 {
        assert!(room.say().await);
    }
    disk.fail(Some(Fault::Read));
    room.read()
        .await
        .expect_err("a fault is told, and is no empty page");
    disk.fail(None);
    assert_eq!(room.read().await.unwrap().len(), 10);
    assert!(room.say().await);
    room.store.close();
}
