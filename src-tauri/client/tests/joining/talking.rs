//! What was said arrives once and in order, whatever happens to the connection.

use landline_client::{EVENTS_CAP, Event};
use landline_protocol::bridge::{Connection, OutboxState, RefuseReason, WaitReason};
use landline_protocol::frame::{ClientFrame, JoinTopic, MarkRead, ServerFrame, TopicOnly};
use landline_protocol::{CloseCode, Code};
use std::time::Duration;

use crate::host::TestHost;
use crate::host_model::{ME, chat, name, user};
use crate::seat::{Seat, known, message, options};

fn mine(host: &TestHost, n: usize) -> Vec<String> {
    host.act(|model| {
        let log = model.logs.get(&chat(n)).into_iter().flatten();
        log.filter(|message| message.from == user(ME))
            .map(|message| message.content.to_string())
            .collect()
    })
}

#[tokio::test]
async fn a_message_goes_out_and_another_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    assert_eq!(ana.online().await, host.addr.to_string());
    assert_eq!(
        ana.in_topic().await,
        0,
        "a room that is new here starts in its lobby"
    );
    let id = ana.say(&chat(0), "hello").await;
    assert_eq!(ana.outbox(OutboxState::Queued).await.content, "hello");
    assert_eq!(
        ana.outbox(OutboxState::Sent).await.message_id,
        id.to_string()
    );
    assert_eq!(ana.acked(1).await, [id]);
    host.act(|model| model.say(&chat(0), "hi"));
    assert_eq!(ana.hear(1).await, ["hi"]);
    ana.room.leave().await;
    assert_eq!(*host.state.goodbyes.lock().unwrap(), [1000]);
}

#[tokio::test]
async fn the_connection_dies_at_every_point_and_nothing_is_lost_or_doubled() {
    const COUNT: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    host.misbehave(|mischief| {
        mischief.dies_after = Some(0);
        mischief.stutters = true;
    });
    let mut ana = Seat::at(folder.path(), &host);
    for n in 0..COUNT {
        ana.say(&chat(n % 3), &n.to_string()).await;
        host.act(|model| model.say(&chat(0), &n.to_string()));
    }
    let (mut seqs, mut acked) = (Vec::new(), 0);
    let last = COUNT as u64 + COUNT.div_ceil(3) as u64;
    while acked < COUNT || seqs.last() != Some(&last) {
        match ana.next().await {
            Event::Frame(ServerFrame::Msg(message))
                if message
                    .topic
                    .as_ref()
                    .is_some_and(|topic| topic.as_str() == "lobby") =>
            {
                seqs.push(message.seq);
            }
            Event::Frame(ServerFrame::MsgAck(_)) => acked += 1,
            _ => {}
        }
    }
    let first = seqs[0];
    assert_eq!(seqs, (first..=last).collect::<Vec<_>>());
    for n in 0..3 {
        let expected: Vec<String> = (0..COUNT)
            .filter(|at| at % 3 == n)
            .map(|at| at.to_string())
            .collect();
        assert_eq!(mine(&host, n), expected);
    }
    assert!(
        host.sessions() > 5,
        "it did die a few times: {}",
        host.sessions()
    );
}

#[tokio::test]
async fn what_was_said_while_ana_was_away_comes_before_what_is_said_now() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    host.act(|model| model.say(&chat(0), "0"));
    assert_eq!(ana.hear(1).await, ["0"]);
    ana.room.leave().await;
    let texts: Vec<String> = (1..=20).map(|n| n.to_string()).collect();
    host.act(|model| texts.iter().for_each(|text| model.say(&chat(0), text)));
    let mut ana = Seat::at(folder.path(), &host);
    assert_eq!(ana.in_topic().await, 21);
    host.act(|model| model.say(&chat(0), "live"));
    assert_eq!(ana.hear(20).await, texts);
    assert_eq!(ana.hear(1).await, ["live"]);
    let resumes = host.act(|model| {
        let asked = |frame: &&ClientFrame| matches!(frame, ClientFrame::Resume(resume) if resume.topic.is_some());
        model.heard.iter().filter(asked).count()
    });
    assert!(resumes >= 7, "20 messages are {resumes} pages of 3");
}

#[tokio::test]
async fn a_refusal_that_passes_keeps_the_order_and_one_that_does_not_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    host.act(|model| {
        model.refusals.extend([
            Code::RateLimited,
            Code::RateLimited,
            Code::Validation,
            Code::Busy,
            Code::ReadOnly,
        ]);
    });
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    for n in 0..30 {
        ana.say(&chat(0), &n.to_string()).await;
    }
    let failed = ana.outbox(OutboxState::Failed).await;
    assert_eq!(
        (failed.content.as_str(), failed.error.as_deref()),
        ("0", Some("no"))
    );
    ana.acked(29).await;
    assert_eq!(
        mine(&host, 0),
        (1..30).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    host.act(|model| model.wrong.clear());
    ana.room.retry(&failed.message_id.parse().unwrap()).await;
    ana.acked(1).await;
    assert_eq!(mine(&host, 0).last().map(String::as_str), Some("0"));
}

#[tokio::test]
async fn a_consumer_who_does_not_read_stops_the_flow_and_loses_nothing() {
    const COUNT: usize = 3 * EVENTS_CAP;
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut patience = options();
    patience.ping_every = Duration::from_millis(200);
    patience.dead_after = Duration::from_secs(1);
    let silence = patience.dead_after * 2;
    let mut ana = Seat::take(folder.path(), known(vec![host.addr.into()]), patience);
    ana.in_topic().await;
    // Heard, so that no gap is being filled any more: what comes live is handed over as it comes.
    host.act(|model| model.say(&chat(0), "first"));
    ana.hear(1).await;
    let long = "x".repeat(15_000);
    host.act(|model| (0..COUNT).for_each(|n| model.say(&chat(0), &format!("{n} {long}"))));
    // The host's own queue stops shrinking: its writes are not taken any more.
    let left = || host.state.model.lock().unwrap().outgoing.len();
    let mut before = usize::MAX;
    while left() < before {
        before = left();
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(
        before > COUNT / 4,
        "{before} of {COUNT} still wait at the host"
    );
    let id = ana.say(&chat(0), "I can still write").await;
    // The passing of time is what is tested.
    tokio::time::sleep(silence).await;
    assert_eq!(
        host.sessions(),
        1,
        "silence of our own making is no sign of death"
    );
    let texts = ana.hear(COUNT).await;
    for (n, text) in texts.iter().enumerate() {
        assert!(text.starts_with(&format!("{n} ")), "{n}");
    }
    assert_eq!(ana.acked(1).await, [id]);
}

#[tokio::test]
async fn the_hosts_close_codes_are_obeyed() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    host.misbehave(|mischief| mischief.closes = Some((CloseCode::TryLater, "later")));
    let mut ana = Seat::at(folder.path(), &host);
    assert_eq!(ana.waiting().await, WaitReason::Busy);
    ana.online().await;
    for (code, reason) in [
        (CloseCode::NotAuthorised, RefuseReason::Identity),
        (CloseCode::Kicked, RefuseReason::Kicked),
    ] {
        host.misbehave(|mischief| mischief.closes = Some((code, "not you")));
        host.act(|model| model.say(&chat(0), "x"));
        assert_eq!(ana.refused().await, (reason, "not you".into()));
        let before = host.sessions();
        // Discovery does not bring back who was sent away; the person does.
        ana.room.found_at(vec![host.addr.into()]);
        ana.room
            .send(ClientFrame::ListTopics(landline_protocol::frame::Empty {}))
            .await
            .unwrap();
        assert_eq!(host.sessions(), before);
        ana.room.reconnect();
        ana.in_topic().await;
    }
    host.misbehave(|mischief| mischief.closes = Some((CloseCode::TooSlow, "")));
    host.act(|model| model.say(&chat(0), "x"));
    ana.online().await;
}

#[tokio::test]
async fn a_host_that_falls_silent_is_left_for_dead() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut patience = options();
    (patience.ping_every, patience.dead_after) =
        (Duration::from_millis(300), Duration::from_secs(2));
    let mut ana = Seat::take(folder.path(), known(vec![host.addr.into()]), patience);
    ana.in_topic().await;
    for _ in 0..8 {
        let pong = ana.until(|event| match event {
            Event::Frame(ServerFrame::Pong(_)) => Some(()),
            _ => None,
        });
        pong.await;
    }
    assert_eq!(host.sessions(), 1, "a host that answers lives on");
    host.misbehave(|mischief| mischief.is_mute = true);
    assert_eq!(ana.waiting().await, WaitReason::Silent);
    host.misbehave(|mischief| mischief.is_mute = false);
    ana.online().await;
}

#[tokio::test]
async fn topics_names_and_read_markers_survive_the_break() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let mut ana = Seat::at(folder.path(), &host);
    ana.in_topic().await;
    host.act(|model| model.say(&chat(0), "x"));
    ana.hear(1).await;
    let (addr, state) = (host.addr.to_string(), host.state.clone());
    drop(host);
    ana.waiting().await;
    ana.room
        .send(ClientFrame::JoinTopic(JoinTopic {
            topic: "Den".into(),
            ttl: None,
        }))
        .await
        .unwrap();
    ana.room
        .send(ClientFrame::MarkRead(MarkRead {
            topic: Some("lobby".into()),
            with: None,
            seq: 1,
        }))
        .await
        .unwrap();
    ana.room.rename(name("Anabel"));
    let heard = state.model.lock().unwrap().heard.len();
    let host = TestHost::with(&addr, state).await;
    ana.online().await;
    ana.in_topic().await;
    ana.in_topic().await;
    ana.say(&chat(2), "done").await;
    ana.acked(1).await;
    let heard = host.act(|model| model.heard.split_off(heard));
    let told =
        |wanted: &dyn Fn(&ClientFrame) -> bool| heard.iter().filter(|frame| wanted(frame)).count();
    assert_eq!(
        told(
            &|frame| matches!(frame, ClientFrame::Hello(hello) if hello.display_name == "Anabel" && hello.client.as_deref() == Some("app"))
        ),
        1
    );
    assert_eq!(
        told(&|frame| matches!(frame, ClientFrame::JoinTopic(topic) if topic.topic == "den")),
        1
    );
    assert_eq!(
        told(&|frame| matches!(frame, ClientFrame::MarkRead(read) if read.seq == 1)),
        1
    );
    ana.room
        .send(ClientFrame::LeaveTopic(TopicOnly {
            topic: "lobby".into(),
        }))
        .await
        .unwrap();
    ana.room.leave().await;
    let mut ana = Seat::at(folder.path(), &host);
    let topic = ana.until(|event| match event {
        Event::Frame(ServerFrame::TopicJoined(joined)) => Some(joined.topic.to_string()),
        _ => None,
    });
    assert_eq!(topic.await, "den", "the lobby was left for good");
}

#[tokio::test]
async fn what_no_server_would_take_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let ana = Seat::at(folder.path(), &host);
    let wrong = [
        message(&chat(0), ""),
        message(&chat(0), &"x".repeat(16 * 1024 + 1)),
        ClientFrame::Hello(landline_protocol::frame::Hello::default()),
    ];
    for frame in wrong {
        assert!(ana.room.send(frame).await.is_err());
    }
    let room = ana.room.clone();
    ana.room.leave().await;
    assert_eq!(
        room.send(message(&chat(0), "x")).await,
        Err(landline_client::SendError::Left)
    );
    let mut events = ana.events;
    let mut last = None;
    while let Some(event) = events.recv().await {
        last = Some(event);
    }
    assert_eq!(last, Some(Event::Connection(Connection::Left)));
}
