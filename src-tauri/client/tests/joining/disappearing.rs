//! What disappears: on no disk, in its place, and gone with the host.

use std::path::Path;

use landline_client::{Event, SendError};
use landline_protocol::Code;
use landline_protocol::bridge::OutboxState;
use landline_protocol::frame::{
    ClientFrame, Empty, JoinTopic, MarkRead, Pair, PairState, ServerFrame,
};

use crate::host::TestHost;
use crate::host_model::{TTL, chat, user, whispers};
use crate::seat::{Seat, known, options};

/// Nobody says this by chance.
const CANARY: &str = "canary-5f0c1b2a4d";

fn join(ttl: Option<u32>) -> ClientFrame {
    ClientFrame::JoinTopic(JoinTopic {
        topic: "whispers".into(),
        ttl,
    })
}

/// Joins the disappearing topic and is in it.
async fn whispering(folder: &Path, host: &TestHost) -> Seat {
    let mut ana = Seat::at(folder, host);
    ana.room.send(join(Some(TTL))).await.unwrap();
    ana.in_whispers().await;
    ana
}

impl Seat {
    async fn in_whispers(&mut self) -> Option<u32> {
        self.until(|event| match event {
            Event::Frame(ServerFrame::TopicJoined(joined))
                if joined.topic.as_str() == "whispers" =>
            {
                Some(joined.ttl)
            }
            _ => None,
        })
        .await
    }

    async fn pair(&mut self) -> Pair {
        self.until(|event| match event {
            Event::Frame(ServerFrame::Pair(pair)) => Some(pair.clone()),
            _ => None,
        })
        .await
    }
}

/// The files below the folder that hold the canary, and how many there are.
fn search(folder: &Path) -> (Vec<String>, usize) {
    let (mut found, mut all) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        all += 1;
        if bytes
            .windows(CANARY.len())
            .any(|part| part == CANARY.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    (found, all)
}

#[tokio::test]
async fn what_is_written_in_a_disappearing_topic_never_touches_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = whispering(folder.path(), &host).await;
    let sent = ana.say(&whispers(), CANARY).await;
    assert!(ana.outbox(OutboxState::Sent).await.in_memory);
    assert_eq!(ana.acked(1).await, [sent]);
    host.act(|model| model.refusals.push_back(Code::Validation));
    ana.say(&whispers(), &format!("{CANARY} refused")).await;
    let refused = ana.outbox(OutboxState::Failed).await;
    let (addr, state) = host.stop().await;
    ana.waiting().await;
    ana.say(&whispers(), &format!("{CANARY} waiting")).await;
    let retried = refused.message_id.parse().unwrap();
    ana.room.retry(&retried).await;
    let mark = MarkRead {
        topic: Some("whispers".into()),
        with: None,
        seq: 0,
    };
    ana.room.send(ClientFrame::MarkRead(mark)).await.unwrap();
    // One that is kept shows that the search finds what there is, and flushes whatever else waited.
    ana.say(&chat(0), "kept").await;
    assert_eq!(search(folder.path()).0, [""; 0]);
    let host = TestHost::with(&addr, state).await;
    host.act(|model| model.wrong.clear());
    ana.acked(3).await;
    let whispered = host.act(|model| model.living[&whispers()].clone());
    let texts: Vec<_> = whispered
        .iter()
        .map(|one| one.content.to_string())
        .collect();
    assert_eq!(
        texts[texts.len() - 2..],
        [format!("{CANARY} waiting"), format!("{CANARY} refused")]
    );
    ana.room.leave().await;
    let (found, all) = search(folder.path());
    assert!(found.is_empty() && all > 0, "{found:?}");
}

#[tokio::test]
async fn what_waits_there_is_lost_with_the_app_and_everything_else_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = whispering(folder.path(), &host).await;
    let (addr, state) = host.stop().await;
    ana.waiting().await;
    ana.say(&whispers(), CANARY).await;
    ana.say(&chat(0), "kept").await;
    ana.room.leave().await;
    let mut ana = Seat::take(folder.path(), known(vec![addr.parse().unwrap()]), options());
    let waits = ana.outbox(OutboxState::Queued).await;
    assert_eq!(waits.content, "kept");
    let host = TestHost::with(&addr, state).await;
    assert_eq!(
        ana.in_whispers().await,
        Some(TTL),
        "it is made again as it was"
    );
    ana.acked(1).await;
    assert!(host.act(|model| model.whispered.is_empty()));
    assert_eq!(search(folder.path()).0, [""; 0]);
}

#[tokio::test]
async fn a_topic_that_turns_out_to_disappear_takes_its_messages_off_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    let (addr, state) = host.stop().await;
    ana.waiting().await;
    // Written before anybody could say of which kind the topic is.
    ana.say(&whispers(), CANARY).await;
    assert_eq!(
        search(folder.path()).0.len(),
        1,
        "until then it is kept as any other"
    );
    state.model.lock().unwrap().company(true);
    let _host = TestHost::with(&addr, state).await;
    assert_eq!(ana.in_whispers().await, Some(TTL));
    ana.acked(1).await;
    ana.room.leave().await;
    assert_eq!(search(folder.path()).0, [""; 0]);
}

#[tokio::test]
async fn what_was_written_to_disappear_is_not_sent_where_it_would_stay() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = whispering(folder.path(), &host).await;
    let (addr, state) = host.stop().await;
    ana.waiting().await;
    let id = ana.say(&whispers(), "for a moment").await;
    {
        // Everybody left, and somebody made a lasting topic of that name.
        let mut model = state.model.lock().unwrap();
        model.restart(0);
        model.logs.insert(whispers(), Vec::new());
    }
    let host = TestHost::with(&addr, state).await;
    assert_eq!(ana.in_whispers().await, None);
    let failed = ana.outbox(OutboxState::Failed).await;
    assert_eq!(failed.message_id, id.to_string());
    assert_eq!(host.act(|model| model.logs[&whispers()].len()), 0);
    ana.room.retry(&id).await;
    assert!(
        !ana.outbox(OutboxState::Queued).await.in_memory,
        "now it may be kept"
    );
    assert_eq!(ana.acked(1).await, [id]);
    assert_eq!(host.act(|model| model.logs[&whispers()].len()), 1);
}

#[tokio::test]
async fn what_a_guest_says_comes_between_the_others_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    host.misbehave(|mischief| mischief.stutters = true);
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    let lobby = chat(0);
    let guest = |text: &'static str| {
        let lobby = lobby.clone();
        move |model: &mut crate::host_model::Host| {
            model.whisper(&lobby, user(9), landline_protocol::MessageId::fresh(), text);
        }
    };
    host.act(guest("guest 1"));
    host.act(|model| model.say(&chat(0), "1"));
    host.act(guest("guest 2"));
    assert_eq!(ana.hear(3).await, ["guest 1", "1", "guest 2"]);
    let (addr, state) = host.stop().await;
    ana.waiting().await;
    {
        let mut model = state.model.lock().unwrap();
        model.cut();
        guest("guest 3")(&mut model);
        model.say(&chat(0), "2");
        guest("guest 4")(&mut model);
    }
    let host = TestHost::with(&addr, state).await;
    assert_eq!(ana.hear(3).await, ["guest 3", "2", "guest 4"]);
    host.act(|model| model.say(&chat(0), "3"));
    assert_eq!(
        ana.hear(1).await,
        ["3"],
        "what lives still came before and comes no more"
    );
}

#[tokio::test]
async fn a_restarted_host_has_forgotten_the_topic_and_its_reader_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = whispering(folder.path(), &host).await;
    host.act(|model| model.say(&whispers(), "before"));
    assert_eq!(ana.hear(1).await, ["before"]);
    let host = host.restart().await;
    assert_eq!(ana.in_whispers().await, Some(TTL));
    let cut = ana.until(|event| match event {
        Event::Frame(ServerFrame::Resumed(resumed)) => Some(resumed.clone()),
        _ => None,
    });
    let cut = cut.await;
    assert!(!cut.recovered && cut.messages.is_empty());
    assert_eq!(cut.epoch, host.act(|model| model.epoch));
    host.act(|model| model.say(&whispers(), "after"));
    assert_eq!(ana.hear(1).await, ["after"]);
}

#[tokio::test]
async fn only_lives_that_a_host_takes_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let ana = Seat::at(folder.path(), &host);
    for ttl in [0, 4, 86_401] {
        let refused = ana.room.send(join(Some(ttl))).await;
        assert!(matches!(refused, Err(SendError::Invalid(_))), "{ttl}");
    }
    for ttl in [5, 86_400] {
        assert_eq!(ana.room.send(join(Some(ttl))).await, Ok(None), "{ttl}");
    }
}

#[tokio::test]
async fn a_message_to_a_guest_who_left_fails_visibly_and_can_be_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    host.act(|model| model.refusals.push_back(Code::NotHere));
    let mut ana = Seat::at(folder.path(), &host);
    let id = ana.say(&chat(2), "still there?").await;
    let failed = ana.outbox(OutboxState::Failed).await;
    assert_eq!(failed.message_id, id.to_string());
    assert!(failed.error.is_some() && host.act(|model| !model.logs.contains_key(&chat(2))));
    host.act(|model| model.wrong.clear());
    ana.room.retry(&id).await;
    assert_eq!(ana.acked(1).await, [id]);
}

#[tokio::test]
async fn a_pair_ends_with_the_session_and_nobody_is_put_back_into_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.online().await;
    let find = || ClientFrame::FindPair(Empty {});
    ana.room.send(find()).await.unwrap();
    assert_eq!(ana.pair().await.state, PairState::Waiting);
    let (addr, state) = host.stop().await;
    assert_eq!(ana.pair().await.state, PairState::Off);
    ana.waiting().await;
    ana.room.send(find()).await.unwrap();
    assert_eq!(
        ana.pair().await.state,
        PairState::Off,
        "no host, no partner"
    );
    let host = TestHost::with(&addr, state).await;
    ana.online().await;
    ana.say(&chat(2), "x").await;
    ana.acked(1).await;
    let asked = host.act(|model| model.heard.iter().filter(|frame| **frame == find()).count());
    assert_eq!(asked, 1);
    ana.room.send(find()).await.unwrap();
    assert_eq!(ana.pair().await.state, PairState::Waiting);
    ana.room
        .send(ClientFrame::LeavePair(Empty {}))
        .await
        .unwrap();
    assert_eq!(ana.pair().await.state, PairState::Off);
    // Over: the end of the session has nothing to add.
    drop(host);
    let next = ana.until(|event| match event {
        Event::Frame(ServerFrame::Pair(_)) => Some(false),
        Event::Connection(_) => Some(true),
        _ => None,
    });
    assert!(next.await);
}

#[tokio::test]
async fn a_message_that_disappeared_while_the_app_was_busy_is_not_shown_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = whispering(folder.path(), &host).await;
    let count = landline_client::EVENTS_CAP + 100;
    // The channel takes what it holds; the rest waits inside the client, and there its time runs out.
    host.act(|model| {
        model.clock -= i64::from(TTL) * 1_000 - 2_000;
        (0..count).for_each(|n| model.say(&whispers(), &n.to_string()));
        model.say(&chat(0), "last");
    });
    // The passing of time is what is tested.
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    let mut seen = 0;
    loop {
        let text = ana.hear(1).await.remove(0);
        if text == "last" {
            break;
        }
        assert_eq!(text, seen.to_string());
        seen += 1;
    }
    assert!(seen < count, "{seen} of {count}");
}
