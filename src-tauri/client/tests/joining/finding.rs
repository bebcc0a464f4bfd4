//! Which address is the room's, and when to try again.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use landline_client::{Address, Target};
use landline_protocol::MessageId;
use landline_protocol::bridge::{RefuseReason, WaitReason};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;

use crate::host::TestHost;
use crate::host_model::{chat, room};
use crate::seat::{Seat, address, known, message, options, store};

/// An address at which nothing listens.
async fn dead_address() -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().into()
}

/// Takes connections and says nothing.
async fn tarpit() -> (TcpListener, Address) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    (listener, address)
}

/// Answers every connection with these bytes.
async fn stranger(answer: &'static str) -> Address {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().into();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

#[tokio::test]
async fn the_address_that_answers_wins_and_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let (_listener, silent) = tarpit().await;
    let started = Instant::now();
    let target = known(vec![silent.clone(), dead_address().await, address(&host)]);
    let mut ana = Seat::take(folder.path(), target, options());
    assert_eq!(ana.online().await, host.addr.to_string());
    assert!(
        started.elapsed() < Duration::from_secs(3),
        "side by side, not one after the other"
    );
    ana.room.leave().await;
    assert_eq!(
        store(folder.path()).rooms().unwrap()[0].address,
        host.addr.to_string()
    );
    // It comes first now, though the target does not even name it.
    let mut ana = Seat::take(folder.path(), known(vec![silent]), options());
    assert_eq!(ana.online().await, host.addr.to_string());
}

#[tokio::test]
async fn a_name_is_looked_up_and_a_room_without_id_learns_it() {
    let folder = tempfile::tempdir().unwrap();
    let host = TestHost::start().await;
    let typed: Address = format!("http://localhost:{}/", host.addr.port())
        .parse()
        .unwrap();
    let target = Target {
        addrs: vec![typed.clone()],
        room_id: None,
    };
    let mut ana = Seat::take(folder.path(), target, options());
    assert_eq!(ana.online().await, typed.to_string());
    ana.room.leave().await;
    let rooms = store(folder.path()).rooms().unwrap();
    assert_eq!(
        (rooms[0].room_id.as_str(), rooms[0].name.as_str()),
        (room().as_str(), "Room")
    );
}

#[tokio::test]
async fn another_room_at_the_address_is_refused_until_discovery_finds_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let (host, other) = (TestHost::start().await, TestHost::start().await);
    other.is_called("other");
    let mut ana = Seat::take(folder.path(), known(vec![address(&other)]), options());
    assert_eq!(ana.refused().await.0, RefuseReason::NotLandline);
    assert_eq!(
        other.act(|model| model.heard.len()),
        0,
        "the other room hears nothing from us"
    );
    ana.room.found_at(vec![address(&host)]);
    assert_eq!(ana.online().await, host.addr.to_string());
}

#[tokio::test]
async fn whoever_is_no_room_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for answer in [
        "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ] {
        let target = Target {
            addrs: vec![stranger(answer).await],
            room_id: None,
        };
        let mut ana = Seat::take(folder.path(), target, options());
        assert_eq!(ana.refused().await.0, RefuseReason::NotLandline, "{answer}");
    }
    let busy = stranger("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").await;
    let mut ana = Seat::take(folder.path(), known(vec![busy]), options());
    assert_eq!(ana.waiting().await, WaitReason::Busy);
}

#[tokio::test]
async fn a_change_of_the_network_or_a_sighting_ends_the_wait() {
    let folder = tempfile::tempdir().unwrap();
    let addr = dead_address().await;
    let networks: Arc<Mutex<Vec<IpAddr>>> = Arc::default();
    let seen = networks.clone();
    let mut patience = options();
    (patience.backoff_first, patience.backoff_most) =
        (Duration::from_hours(1), Duration::from_hours(1));
    patience.own_addresses = Arc::new(move || seen.lock().unwrap().clone());
    let mut ana = Seat::take(folder.path(), known(vec![addr.clone()]), patience);
    assert_eq!(ana.waiting().await, WaitReason::Unreachable);
    networks
        .lock()
        .unwrap()
        .push("192.168.7.7".parse().unwrap());
    assert_eq!(
        ana.waiting().await,
        WaitReason::Unreachable,
        "tried again, in vain"
    );
    let host = TestHost::start_at(&addr.to_string()).await;
    ana.room.found_at(vec![address(&host)]);
    ana.online().await;
    // A person who asks for it does not wait either.
    let (at, state) = (host.addr.to_string(), host.state.clone());
    drop(host);
    ana.waiting().await;
    let _host = TestHost::with(&at, state).await;
    ana.room.reconnect();
    ana.online().await;
}

#[tokio::test]
async fn a_device_without_a_network_says_so() {
    static LOOKED: AtomicBool = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    let mut patience = options();
    patience.connect_within = Duration::from_millis(50);
    patience.own_addresses = Arc::new(|| {
        LOOKED.store(true, Ordering::Relaxed);
        Vec::new()
    });
    // The system refuses TCP to it by itself: nothing leaves this computer.
    let mut ana = Seat::take(
        folder.path(),
        known(vec!["255.255.255.255".parse().unwrap()]),
        patience,
    );
    assert_eq!(ana.waiting().await, WaitReason::NoNetwork);
    assert!(LOOKED.load(Ordering::Relaxed));
}

#[tokio::test]
async fn what_was_taken_back_before_the_room_was_known_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let addr = dead_address().await;
    let target = Target {
        addrs: vec![addr.clone()],
        room_id: None,
    };
    let mut ana = Seat::take(folder.path(), target, options());
    assert_eq!(ana.waiting().await, WaitReason::Unreachable);
    let given_up = ana.room.send(message(&chat(0), "given up"));
    assert!(timeout(Duration::from_millis(100), given_up).await.is_err());
    ana.room.discard(&MessageId::fresh()).await;
    let patient = ana.room.clone();
    let waits = tokio::spawn(async move { patient.send(message(&chat(0), "patient")).await });
    let host = TestHost::start_at(&addr.to_string()).await;
    assert!(waits.await.unwrap().is_ok());
    ana.acked(1).await;
    let texts: Vec<String> = host.act(|model| {
        let log = &model.logs[&chat(0)];
        log.iter().map(|one| one.content.to_string()).collect()
    });
    assert_eq!(texts, ["patient"]);
}
