//! Who gets in at all: Host, Origin, subprotocol, counts, and what the HTTP side answers.

use serde_json::Value;
use tokio_tungstenite::tungstenite::Error;

use crate::harness::TestRoom;

#[expect(clippy::boxed_local, reason = "the error comes boxed")]
fn status(error: Box<Error>) -> u16 {
    match *error {
        Error::Http(response) => response.status().as_u16(),
        other => panic!("not an HTTP answer: {other}"),
    }
}

#[tokio::test]
async fn a_page_from_elsewhere_gets_no_session_and_no_answer() {
    let room = TestRoom::start_with(|options| {
        options.allow_origins = vec!["http://localhost:3000".into()];
    })
    .await;
    let port = room.addr().port();
    for origin in [
        "http://evil.example",
        "null",
        "http://localhost:3001",
        "https://localhost:3000",
    ] {
        assert_eq!(
            status(room.try_connect(&[("origin", origin)]).await.err().unwrap()),
            403,
            "{origin}"
        );
    }
    for origin in [
        format!("http://127.0.0.1:{port}"),
        format!("http://localhost:{port}"),
        "http://localhost:3000".into(),
    ] {
        assert!(
            room.try_connect(&[("origin", &origin)]).await.is_ok(),
            "{origin}"
        );
    }
    for path in ["/", "/api/topics", "/api/room", "/ws"] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost:{port}\r\norigin: http://evil.example\r\nconnection: close\r\n\r\n"
        );
        let (status, head, body) = room.request(&request).await;
        assert_eq!((status, body.as_str()), (403, ""), "{path}");
        assert!(!head.contains("access-control-allow"), "{path}");
    }
}

#[tokio::test]
async fn a_name_that_is_not_ours_gets_nothing() {
    let room = TestRoom::start().await;
    for host in ["evil.example", "192.0.2.1:8000", "localhost.evil.example"] {
        let (status, _, body) = room
            .request(&format!(
                "GET /api/topics HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
            ))
            .await;
        assert_eq!((status, body.as_str()), (403, ""), "{host}");
        assert_eq!(
            self::status(room.try_connect(&[("host", host)]).await.err().unwrap()),
            403
        );
    }
}

#[tokio::test]
async fn of_many_subprotocols_ours_is_chosen() {
    let room = TestRoom::start().await;
    let chosen = room
        .try_connect(&[("sec-websocket-protocol", "chat, landline.v1")])
        .await
        .unwrap();
    assert_eq!(
        chosen.response.headers()["sec-websocket-protocol"],
        "landline.v1"
    );
}

#[tokio::test]
async fn the_seventeenth_waiting_connection_of_an_address_is_turned_away() {
    let room = TestRoom::start_with(|options| options.rates = true).await;
    let mut waiting = Vec::new();
    for _ in 0..16 {
        waiting.push(room.connect().await);
    }
    assert_eq!(status(room.try_connect(&[]).await.err().unwrap()), 503);
    waiting.pop().unwrap().hello(1, "Ana").await;
    // The place is given back once the hello is through.
    room.connect().await;
}

#[tokio::test]
async fn the_http_side_answers_as_documented() {
    let room = TestRoom::start().await;
    let (code, head, body) = room.get("/api/health").await;
    assert_eq!((code, body.as_str()), (200, ""));
    assert!(
        head.contains("content-length: 0") && !head.contains("\r\ncontent-type"),
        "{head}"
    );
    let about: Value = serde_json::from_str(&room.get("/api/room").await.2).unwrap();
    assert_eq!(
        (&about["name"], &about["access"], &about["protocol"]),
        (&"Workshop".into(), &"open".into(), &1.into())
    );
    let (code, _, body) = room.get("/nope").await;
    assert_eq!((code, body.as_str()), (404, r#"{"detail":"Not Found"}"#));
    assert_eq!(
        room.get("/../package.json").await.0,
        404,
        "nothing above the page"
    );
    assert_eq!(room.get("/assets/..%2f..%2fpackage.json").await.0, 404);
    assert_eq!(room.get("/ws").await.0, 404);
    assert_eq!(room.get("/api/topics/nowhere/messages").await.0, 404);
    assert_eq!(room.get("/api/topics/a%20b/messages").await.0, 422);
    assert_eq!(room.get("/api/topics/lobby/messages?limit=x").await.0, 422);
    let post = format!(
        "POST /api/topics HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n",
        room.addr()
    );
    assert_eq!(room.request(&post).await.0, 405);
    let (code, head, _) = room.get("/").await;
    assert_eq!(code, 200);
    for header in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
    ] {
        assert!(head.contains(header), "{head}");
    }
}

#[tokio::test]
async fn a_header_that_never_ends_is_cut_off() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let room = TestRoom::start().await;
    let mut stream = tokio::net::TcpStream::connect(room.addr()).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: local")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(
        std::time::Duration::from_secs(15),
        stream.read_to_end(&mut answer),
    )
    .await;
    assert!(read.is_ok(), "the server gives up on it");
}
