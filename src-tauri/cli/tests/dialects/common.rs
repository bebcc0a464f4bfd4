//! Section 3: what holds for every dialect, one table of endpoints.

use serde_json::json;

use crate::support::http;
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{PAGE, Setup, cases};
use crate::topic::{Typed, join_frame};
use crate::{activity, fastchat};

cases! {
    "common_origin_is_checked_everywhere", Setup::LISTED, origin_is_checked_everywhere;
    "common_origin_of_any_own_listener", LISTENERS, origin_of_any_own_listener;
    "common_host_is_checked_everywhere", Setup::ANY, host_is_checked_everywhere;
    "common_upgrade_on_unknown_paths", Setup::ANY, upgrade_on_unknown_paths;
    "common_plain_get_on_socket_paths", Setup::ANY, plain_get_on_socket_paths;
    "common_ping_gets_pong", Setup::ANY, ping_gets_pong;
    "common_invalid_utf8_closes_1007", Setup::ANY, invalid_utf8_closes_1007;
    "common_too_big_closes_1009", Setup::ANY, too_big_closes_1009;
    "common_close_is_answered", Setup::ANY, close_is_answered;
    "common_stop_closes_1001", Setup::FRESH, stop_closes_1001;
    "common_idle_sockets_stay", Setup::ANY, idle_sockets_stay;
    "common_no_answer_to_pings_closes_1011", Setup::ANY, no_answer_to_pings;
    "common_fragments_are_one_frame", Setup::ANY, fragments_are_one_frame;
}

const LISTENERS: Setup = Setup::with(&["--rate-limit", "off", "--also-listen", "0=activity"]);

const SOCKETS: [&str; 5] = [
    "/ws",
    "/ws/5",
    "/ws/activity",
    "/chat/public",
    "/chat/private",
];
const REST: [&str; 7] = [
    "/api/clients",
    "/api/health",
    "/api/history",
    "/health",
    "/stats",
    "/health/db",
    "/presence/online",
];

/// A connection of each dialect, past its first frames.
pub(crate) async fn one_of_each(room: &Room) -> Vec<Socket> {
    let mut all = vec![room.settled("/ws/5").await.named("plain")];
    let mut pair = room.socket("/chat/public").await.named("pair");
    pair.json().await;
    pair.json().await;
    all.push(pair);
    let mut private = room.socket("/chat/private").await.named("private pair");
    private.json().await;
    all.push(private);
    let mut topic = room.socket("/ws").await.named("topic");
    topic.send_json(join_frame(Typed, "alice", "sports")).await;
    topic.json().await;
    all.push(topic);
    all.push(activity::joined(room, "alice").await);
    let person = fastchat::person("Ann");
    all.push(
        fastchat::enter_nested(room, &person, &[&person])
            .await
            .named("nested"),
    );
    all
}

async fn origin_is_checked_everywhere(room: Room) {
    let own = format!("http://{}", room.addr);
    let strange = [
        "http://evil.example",
        "null",
        "http://localhost:3001",
        "https://localhost:3000",
        "http://localhost:3000.evil.example",
    ];
    for path in SOCKETS {
        for origin in strange {
            http::upgrade(&room.addr, path, &[("Origin", origin)])
                .await
                .expect_bare(403);
        }
        for origin in [own.as_str(), PAGE] {
            http::upgrade(&room.addr, path, &[("Origin", origin)])
                .await
                .expect_status(101);
        }
        http::upgrade(&room.addr, path, &[])
            .await
            .expect_status(101);
    }
    for path in REST {
        for origin in strange {
            let headers = [("Origin", origin)];
            http::request(&room.addr, "GET", path, &headers, "")
                .await
                .expect_bare(403);
        }
        let listed = http::request(&room.addr, "GET", path, &[("Origin", PAGE)], "").await;
        listed.expect_status(200);
        assert_eq!(
            listed.header("access-control-allow-origin"),
            Some(PAGE),
            "{path}"
        );
        http::request(&room.addr, "GET", path, &[("Origin", &own)], "")
            .await
            .expect_status(200);
    }
}

async fn origin_of_any_own_listener(room: Room) {
    let other = room.also("activity");
    let origins = [format!("http://{}", room.addr), format!("http://{other}")];
    for addr in [room.addr.as_str(), other] {
        for origin in &origins {
            http::upgrade(addr, "/ws/activity", &[("Origin", origin)])
                .await
                .expect_status(101);
        }
        http::upgrade(addr, "/ws/activity", &[("Origin", "http://evil.example")])
            .await
            .expect_bare(403);
        http::upgrade(addr, "/ws/activity", &[("Host", "evil.example")])
            .await
            .expect_bare(403);
    }
}

async fn host_is_checked_everywhere(room: Room) {
    let port = room.addr.rsplit(':').next().expect("an address has a port");
    let docker = format!("host.docker.internal:{port}");
    let local = format!("localhost:{port}");
    for path in SOCKETS {
        for host in [
            "evil.example",
            "evil.example:8000",
            "localhost.evil.example",
            "8.8.8.8",
        ] {
            http::upgrade(&room.addr, path, &[("Host", host)])
                .await
                .expect_bare(403);
        }
        for host in [docker.as_str(), &local] {
            http::upgrade(&room.addr, path, &[("Host", host)])
                .await
                .expect_status(101);
        }
    }
    for path in REST {
        let evil = [("Host", "evil.example")];
        http::request(&room.addr, "GET", path, &evil, "")
            .await
            .expect_bare(403);
        let docker = [("Host", docker.as_str())];
        http::request(&room.addr, "GET", path, &docker, "")
            .await
            .expect_status(200);
    }
}

async fn upgrade_on_unknown_paths(room: Room) {
    for path in [
        "/nope",
        "/",
        "/chat",
        "/chat/public/1",
        "/wss",
        "/ws/activity/x",
        "/ws/abc/def",
    ] {
        http::upgrade(&room.addr, path, &[]).await.expect_bare(403);
    }
}

async fn plain_get_on_socket_paths(room: Room) {
    for path in SOCKETS {
        let answer = room.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
    }
}

async fn ping_gets_pong(room: Room) {
    for mut socket in one_of_each(&room).await {
        socket.drain().await;
    }
    room.settled("/ws").await;
}

async fn invalid_utf8_closes_1007(room: Room) {
    for mut socket in one_of_each(&room).await {
        socket.drain().await;
        socket.send_text_bytes(b"{\"type\":\"caf\xe9\"}").await;
        expect_end(&mut socket, 1007).await;
    }
    let mut socket = room.socket("/ws").await;
    socket.send_text_bytes(b"\xff").await;
    expect_end(&mut socket, 1007).await;
}

async fn too_big_closes_1009(room: Room) {
    for mut socket in one_of_each(&room).await {
        socket.drain().await;
        socket.try_send(&"x".repeat(64 * 1024 + 1)).await;
        expect_end(&mut socket, 1009).await;
    }
}

/// The close comes with this code; notices about others may come before it.
async fn expect_end(socket: &mut Socket, code: u16) {
    use crate::support::socket::Event;
    loop {
        match socket.next().await {
            Event::Text(_) => {}
            Event::Closed(got, _) if got == code => return,
            other => panic!("{socket:?}: {other:?} in place of close {code}"),
        }
    }
}

async fn close_is_answered(room: Room) {
    for socket in one_of_each(&room).await {
        socket.close().await;
    }
    room.socket("/ws").await.close().await;
}

async fn stop_closes_1001(mut room: Room) {
    let mut all = one_of_each(&room).await;
    for socket in &mut all {
        socket.drain().await;
    }
    room.stop();
    for mut socket in all {
        expect_end(&mut socket, 1001).await;
    }
}

/// One round of our pings (25 + 8 s) is waited for: who answers them stays, without a word.
async fn idle_sockets_stay(room: Room) {
    let mut all = one_of_each(&room).await;
    for socket in &mut all {
        socket.drain().await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(36)).await;
    for socket in &mut all {
        socket.settle().await;
    }
    let health = room.get("/health").await.json();
    assert_eq!(health["connections"]["total_clients"], json!(1));
}

/// One round of our pings (25 + 8 s) is waited for: who answers none is closed, and the others are told once.
async fn no_answer_to_pings(room: Room) {
    let mut watcher = crate::plain::client(&room, "1").await;
    let mut dead = http::raw_upgrade(&room.addr, "/ws/2").await;
    let (seen, code) = http::frames_until_close(&mut dead).await;
    assert!(
        seen.contains(&PING),
        "frames with these first bytes: {seen:?}"
    );
    assert_eq!(code, 1011);
    watcher.expect("Client #2 left the chat").await;
    watcher.send("still here").await;
    watcher.expect("You wrote: still here").await;
}

/// The first byte of a ping.
const PING: u8 = 0x89;

async fn fragments_are_one_frame(room: Room) {
    let mut one = crate::plain::client(&room, "1").await;
    one.send_fragments(&["hel", "", "lo"]).await;
    one.expect("You wrote: hello").await;
    let mut top = room.socket("/ws").await;
    let frame = join_frame(Typed, "alice", "sports").to_string();
    let (start, end) = frame.split_at(7);
    top.send_fragments(&[start, end]).await;
    top.expect_json(crate::topic::joined("alice", "sports"))
        .await;
}
