//! What the device keeps: over a restart, a kill, a damaged file.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use landline_client::{Event, SendError, Store, StoreError};
use landline_protocol::bridge::{Connection, OutboxState};
use landline_protocol::frame::{ClientFrame, MarkRead};

use crate::host::{State, TestHost};
use crate::host_model::{chat, room};
use crate::seat::{Seat, known, message, options, store};

fn texts(host: &TestHost) -> Vec<String> {
    host.act(|model| {
        model.logs[&chat(0)]
            .iter()
            .map(|message| message.content.to_string())
            .collect()
    })
}

fn tokens(host: &TestHost) -> Vec<String> {
    host.act(|model| {
        let token = |frame: &ClientFrame| match frame {
            ClientFrame::Hello(hello) => hello.token.clone(),
            _ => None,
        };
        model.heard.iter().filter_map(token).collect()
    })
}

#[test]
fn what_was_typed_while_the_host_was_away_is_sent_after_the_app_was_killed() {
    let folder = tempfile::tempdir().unwrap();
    let addr = "127.0.0.1:0";
    let first = tokio::runtime::Runtime::new().unwrap();
    let (addr, state) = first.block_on(async {
        let host = TestHost::start_at(addr).await;
        let mut ana = Seat::at(folder.path(), &host);
        ana.in_topic().await;
        let (addr, state) = (host.addr.to_string(), host.state.clone());
        drop(host);
        ana.waiting().await;
        for n in 0..5 {
            ana.say(&chat(0), &n.to_string()).await;
        }
        std::mem::forget(ana);
        (addr, state)
    });
    // No goodbye: every task is gone between two instructions.
    first.shutdown_background();
    let second = tokio::runtime::Runtime::new().unwrap();
    second.block_on(async {
        let mut ana = Seat::take(folder.path(), known(vec![addr.parse().unwrap()]), options());
        for n in 0..5 {
            let Event::Outbox(message) = ana.next().await else {
                panic!("the outbox comes first")
            };
            assert_eq!(
                (message.content, message.state),
                (n.to_string(), OutboxState::Queued)
            );
        }
        let host = TestHost::with(&addr, state).await;
        ana.acked(5).await;
        assert_eq!(texts(&host), ["0", "1", "2", "3", "4"]);
        ana.room.leave().await;
        let mut ana = Seat::at(folder.path(), &host);
        assert_eq!(
            ana.next().await,
            Event::Connection(Connection::Connecting),
            "nothing waits any more"
        );
        ana.online().await;
        let tokens = tokens(&host);
        assert!(
            tokens[0].len() >= 32 && tokens.iter().all(|token| *token == tokens[0]),
            "one secret a room"
        );
    });
}

#[tokio::test]
async fn a_discarded_message_is_gone_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let ana = Seat::at(folder.path(), &host);
    ana.room.leave().await;
    let (addr, state) = (host.addr.to_string(), host.state.clone());
    drop(host);
    let mut ana = Seat::take(folder.path(), known(vec![addr.parse().unwrap()]), options());
    ana.waiting().await;
    let gone = ana.say(&chat(0), "never mind").await;
    ana.say(&chat(0), "mind").await;
    ana.room.discard(&gone).await;
    let discarded = ana.until(|event| match event {
        Event::Discarded { message_id } => Some(message_id.clone()),
        _ => None,
    });
    assert_eq!(discarded.await, gone.to_string());
    ana.room.leave().await;
    let waiting = store(folder.path()).forget(&room(), false);
    assert!(matches!(waiting, Err(StoreError::OutboxNotEmpty(1))));
    let host = TestHost::with(&addr, state).await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.acked(1).await;
    assert_eq!(texts(&host), ["mind"]);
}

#[tokio::test]
async fn ten_thousand_messages_wait_and_drain() {
    const COUNT: usize = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let addr = host.addr.to_string();
    let mut ana = Seat::at(folder.path(), &host);
    ana.online().await;
    drop(host);
    ana.waiting().await;
    let started = Instant::now();
    let (room_handle, mut events) = (ana.room, ana.events);
    let read = tokio::spawn(async move { while events.recv().await.is_some() {} });
    let room_ref = &room_handle;
    let writes = futures_util::stream::iter(0..COUNT).map(|n| async move {
        room_ref
            .send(message(&chat(0), &n.to_string()))
            .await
            .unwrap()
    });
    assert_eq!(writes.buffered(200).count().await, COUNT);
    room_handle.leave().await;
    read.await.unwrap();
    let host = TestHost::with(&addr, std::sync::Arc::new(State::new())).await;
    let mut ana = Seat::at(folder.path(), &host);
    let mut order = Vec::new();
    while order.len() < COUNT {
        order.push(ana.outbox(OutboxState::Queued).await.content);
    }
    ana.acked(COUNT).await;
    assert!(texts(&host) == order, "in the order of the outbox");
    let different: std::collections::HashSet<&String> = order.iter().collect();
    assert_eq!(different.len(), COUNT);
    assert!(
        started.elapsed() < Duration::from_secs(100),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_host_that_restarts_is_found_again_with_nothing_lost_or_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    for round in 0..3 {
        host.act(|model| model.say(&chat(0), &format!("before {round}")));
        assert_eq!(ana.hear(1).await, [format!("before {round}")]);
        host = host.restart().await;
        host.act(|model| model.say(&chat(0), &format!("after {round}")));
        assert_eq!(ana.hear(1).await, [format!("after {round}")]);
    }
}

#[tokio::test]
async fn rooms_are_remembered_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.online().await;
    ana.room.leave().await;
    let store = store(folder.path());
    store.set_joined(&room(), true).unwrap();
    store.set_hosted(&room(), true).unwrap();
    let rooms = store.rooms().unwrap();
    assert!(rooms.len() == 1 && rooms[0].joined && rooms[0].hosted && rooms[0].last_seen.0 > 0);
    store.forget(&room(), false).unwrap();
    assert_eq!(store.rooms().unwrap(), []);
    let mut ana = Seat::at(folder.path(), &host);
    ana.online().await;
    let tokens = tokens(&host);
    assert_eq!(tokens[0], tokens[1], "the room still knows us");
}

#[test]
fn who_i_am_and_how_things_are_set_outlives_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let first = store(folder.path());
    let id = first.user_id().unwrap();
    assert_eq!(first.setting("name").unwrap(), None);
    first.set_setting("name", "Ana").unwrap();
    first.clone().set_setting("name", "Anabel").unwrap();
    drop(first);
    let second = store(folder.path());
    assert_eq!(second.user_id().unwrap(), id);
    assert_eq!(second.setting("name").unwrap().as_deref(), Some("Anabel"));
    assert_eq!(second.moved_aside(), None);
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path());
    store.user_id().unwrap();
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o077,
            0,
            "{:?}",
            file.path()
        );
    }
}

#[test]
fn a_damaged_file_is_moved_aside_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("client.db");
    std::fs::write(&path, b"this is no database, but somebody may want it back").unwrap();
    let store = Store::open(&path).unwrap();
    let aside = store.moved_aside().unwrap();
    assert!(
        std::fs::read(aside)
            .unwrap()
            .starts_with(b"this is no database")
    );
    store.user_id().unwrap();
    let nowhere = Store::open(&path.join("below"));
    assert!(matches!(nowhere, Err(StoreError::File { .. })));
}

#[tokio::test]
async fn what_cannot_be_kept_is_not_sent_and_its_author_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    // A disk that refuses to write, as far as the outbox is concerned.
    let disk = rusqlite::Connection::open(folder.path().join("client.db")).unwrap();
    disk.execute_batch("ALTER TABLE outbox RENAME TO away")
        .unwrap();
    let lost = ana.room.send(message(&chat(0), "lost")).await;
    assert!(matches!(lost, Err(SendError::NotKept(_))), "{lost:?}");
    disk.execute_batch("ALTER TABLE away RENAME TO outbox")
        .unwrap();
    let id = ana.say(&chat(0), "kept").await;
    let first = ana.outbox(OutboxState::Queued).await;
    assert_eq!(
        first.message_id,
        id.to_string(),
        "nobody heard of the other"
    );
    ana.acked(1).await;
    assert_eq!(texts(&host), ["kept"]);
}

#[tokio::test]
async fn a_read_marker_set_while_the_host_was_away_outlives_the_app() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    host.act(|model| (0..5).for_each(|_| model.say(&chat(0), "x")));
    ana.hear(5).await;
    let (addr, state) = host.stop().await;
    ana.waiting().await;
    for seq in [3, 4, 2] {
        let topic = Some("lobby".to_owned());
        let read = MarkRead {
            topic,
            with: None,
            seq,
        };
        ana.room.send(ClientFrame::MarkRead(read)).await.unwrap();
    }
    ana.room.leave().await;
    let host = TestHost::with(&addr, state).await;
    let marked = || {
        host.act(|model| {
            let seq = |frame: &ClientFrame| match frame {
                ClientFrame::MarkRead(read) => Some(read.seq),
                _ => None,
            };
            model.heard.iter().filter_map(seq).collect::<Vec<_>>()
        })
    };
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    ana.say(&chat(0), "behind the marker").await;
    ana.acked(1).await;
    assert_eq!(marked(), [4]);
    ana.room.leave().await;
    // The host says what it knows: that is the end of it.
    host.act(|model| model.read = 4);
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    ana.room.leave().await;
    let mut ana = Seat::at(folder.path(), &host);
    host.act(|model| model.read = 0);
    ana.in_topic().await;
    ana.say(&chat(0), "once more").await;
    ana.acked(1).await;
    assert_eq!(marked(), [4], "and it is not told again");
}

#[tokio::test]
async fn i12_what_the_host_acknowledged_and_lost_is_offered_again_by_an_app_that_was_started_again()
{
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    for n in 0..10 {
        ana.say(&chat(n % 4), &n.to_string()).await;
    }
    let ids = ana.acked(10).await;
    ana.room.leave().await;
    let (addr, state) = host.stop().await;
    let host = TestHost::with(&addr, state).await;
    host.act(|model| model.restart(2));
    let mut ana = Seat::at(folder.path(), &host);
    ana.say(&chat(0), "after all that").await;
    // Two of each of the four chats, and the new one.
    let mut again = ana.acked(9).await;
    assert_eq!(again.iter().filter(|id| ids.contains(id)).count(), 8);
    again.clear();
    assert_eq!(texts(&host), ["0", "4", "8", "after all that"]);
}
