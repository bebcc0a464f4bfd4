//! A locked room cannot be hosted yet; what it would refuse is tested below the check that says so.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;

async fn answer(address: SocketAddr, path: &str, upgrades: bool) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let upgrade = if upgrades {
        "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    } else {
        "connection: close\r\n"
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{upgrade}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    let mut piece = [0; 4096];
    // A refusal is complete with its header and a short body; nobody upgrades here.
    while !text.ends_with(b"}") {
        match stream.read(&mut piece).await.unwrap() {
            0 => break,
            read => text.extend_from_slice(&piece[..read]),
        }
        if text.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn a_locked_room_serves_no_dialect_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        name: "Vault".into(),
        bind: Some([127, 0, 0, 1].into()),
        port: Port::Exactly(0),
        data: folder.path().join("room"),
        access: Access::Locked,
        rates: false,
        allow_origins: Vec::new(),
        host_user: None,
        also_listen: Vec::new(),
        topic_ttl: crate::TOPIC_TTL,
        keep: Vec::new(),
    };
    let server = host(options).await.unwrap();
    let address = server.local_addr();
    for path in [
        "/ws",
        "/ws/1",
        "/chat/public",
        "/chat/private",
        "/ws/activity",
    ] {
        let words = answer(address, path, true).await;
        let is_clear = words.starts_with("HTTP/1.1 403") && words.contains("This room is locked");
        assert!(is_clear, "{path}: {words}");
    }
    for path in [
        "/api/clients",
        "/api/history",
        "/health",
        "/stats",
        "/health/db",
        "/presence/online",
    ] {
        let words = answer(address, path, false).await;
        assert!(words.starts_with("HTTP/1.1 404"), "{path}: {words}");
    }
    server.stop().await;
}
