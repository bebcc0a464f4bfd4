//! `plain`, `pair` and `activity` where the acceptance suite does not look: odd paths, JSON that hardly anybody reads, and
//! what is forgotten.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::harness::TestRoom;

/// A test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

struct Stranger(WebSocketStream<TcpStream>);

impl Stranger {
    async fn connect(room: &TestRoom, path: &str) -> Result<Stranger, u16> {
        let stream = TcpStream::connect(room.addr()).await.unwrap();
        let url = format!("ws://{}{path}", room.addr());
        match tokio_tungstenite::client_async(url, stream).await {
            Ok((socket, _)) => Ok(Stranger(socket)),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{path}: {error}"),
        }
    }

    async fn send(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn next(&mut self) -> Message {
        let next = timeout(PATIENCE, self.0.next()).await;
        next.expect("something comes").unwrap().unwrap()
    }

    async fn expect(&mut self, text: &str) {
        assert_eq!(self.next().await, Message::text(text));
    }

    /// All that it sent before was taken, and answered with nothing.
    async fn settle(&mut self) {
        self.0.send(Message::Ping("?".into())).await.unwrap();
        assert_eq!(self.next().await, Message::Pong("?".into()));
    }
}

#[tokio::test]
async fn a_plain_client_is_an_integer_however_it_is_written() {
    let room = TestRoom::start().await;
    let mut listener = Stranger::connect(&room, "/ws/1").await.unwrap();
    listener.settle().await;
    for (path, name) in [
        ("/ws/%37", "7"),
        ("/ws/-0", "0"),
        ("/ws/-007?echo=", "-7"),
        ("/ws/999999999999999999?x=%FF", "999999999999999999"),
    ] {
        let mut client = Stranger::connect(&room, path).await.unwrap();
        client.send("hi").await;
        client.expect("You wrote: hi").await;
        listener.expect(&format!("Client #{name} says: hi")).await;
        client.0.close(None).await.unwrap();
        listener
            .expect(&format!("Client #{name} left the chat"))
            .await;
    }
    for path in [
        "/ws/%FF",
        "/ws/%2B5",
        "/ws/+5",
        "/ws/5%00",
        "/ws/1000000000000000000",
        "/ws/--5",
        "/ws/%D9%A1",
    ] {
        assert_eq!(
            Stranger::connect(&room, path).await.err(),
            Some(403),
            "{path}"
        );
    }
    listener.settle().await;
}

#[tokio::test]
async fn pair_passes_on_json_that_hardly_anybody_reads() {
    let room = TestRoom::start().await;
    for place in ["/chat/public", "/chat/private"] {
        let mut json = Stranger::connect(&room, place).await.unwrap();
        json.settle_in(place).await;
        let in_text = format!("{place}?format=text");
        let mut text = Stranger::connect(&room, &in_text).await.unwrap();
        text.expect("Someone joined the chat!").await;
        json.settle_in(place).await;
        for (frame, printed) in [
            ("1e999", None),
            (r#""\ud800""#, None),
            ("[ 123456789012345678901234567890 ]", None),
            (r#"{"username":"a","message":1e999}"#, Some("a> 1e999")),
            (
                r#"{"username":"\ud800","message":"m"}"#,
                Some(r#""\ud800"> m"#),
            ),
            (
                r#"{"message":"first","username":"a","message":"last"}"#,
                Some("a> last"),
            ),
            (
                r#"{"username":"a","message":{"k" : [ 1.50, "x y" ]}}"#,
                Some(r#"a> {"k":[1.50,"x y"]}"#),
            ),
        ] {
            text.send(frame).await;
            json.expect(frame).await;
            if let Some(printed) = printed {
                text.expect(printed).await;
            }
        }
        text.settle().await;
    }
}

impl Stranger {
    /// The two notices of the public room, or the one of a private room.
    async fn settle_in(&mut self, place: &str) {
        for _ in 0..if place == "/chat/public" { 2 } else { 1 } {
            assert!(self.next().await.is_text());
        }
    }
}

#[tokio::test]
async fn a_form_that_is_none_is_refused_wherever_it_stands() {
    let room = TestRoom::start().await;
    for query in [
        "format=",
        "format=JSON",
        "format=text&format=xml",
        "format=%FF",
    ] {
        for place in ["/chat/public", "/chat/private"] {
            let path = format!("{place}?{query}");
            assert_eq!(
                Stranger::connect(&room, &path).await.err(),
                Some(403),
                "{path}"
            );
            assert_eq!(room.get(&path).await.0, 404, "{path}");
        }
    }
    assert!(
        Stranger::connect(&room, "/chat/public?other=1&format=text")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn activity_relays_bytes_and_keeps_what_they_say() {
    let room = TestRoom::start().await;
    let mut alice = Stranger::connect(&room, "/ws/activity").await.unwrap();
    let mut bob = Stranger::connect(&room, "/ws/activity").await.unwrap();
    // Nobody knows of it: nobody is told that it goes.
    bob.send(r#"{"event_type":"disconnected","username":"bob"}"#)
        .await;
    alice
        .send(r#"{"event_type":"connected","username":"alice"}"#)
        .await;
    alice.settle().await;
    for frame in [
        r#"{"username" : "bob" , "event_type":"connected","message":"hello","x":1e999}"#,
        r#"{"event_type":"message","username":"bob"}"#,
        r#"{"event_type":"message","username":"bob","message":null}"#,
        r#"{"event_type":"message","username":"bob","message":"\u00e9\n","a":{"b":[]}}"#,
        r#"{"event_type":"message","username":"bob","message":""}"#,
        r#"{"event_type":"connected","username":"bob"}"#,
        r#"{"event_type":"disconnected","username":"bob","message":"bye"}"#,
    ] {
        bob.send(frame).await;
        alice.expect(frame).await;
    }
    bob.send(r#"{"event_type":"disconnected","username":"bob"}"#)
        .await;
    bob.settle().await;
    bob.0.close(None).await.unwrap();
    while let Some(Ok(_)) = bob.0.next().await {}
    // The next that anybody hears of: bob's end was told already.
    let mut carol = Stranger::connect(&room, "/ws/activity").await.unwrap();
    let hello = r#"{"event_type":"connected","username":"carol"}"#;
    carol.send(hello).await;
    alice.expect(hello).await;
    let (status, head, history) = room.get("/api/history").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/json"), "{head}");
    let entries = [
        r#"{"event_type":"connected","username":"alice"}"#,
        r#"{"event_type":"connected","username":"bob","message":"hello"}"#,
        r#"{"event_type":"message","username":"bob"}"#,
        r#"{"event_type":"message","username":"bob"}"#,
        r#"{"event_type":"message","username":"bob","message":"é\n"}"#,
        r#"{"event_type":"message","username":"bob","message":""}"#,
        r#"{"event_type":"connected","username":"bob"}"#,
        r#"{"event_type":"disconnected","username":"bob","message":"bye"}"#,
        hello,
    ];
    assert_eq!(history, format!("[{}]", entries.join(",")));
}

#[tokio::test]
async fn history_forgets_what_expires_and_keeps_the_rest() {
    let room = TestRoom::start_with(|options| options.topic_ttl = Duration::from_secs(1)).await;
    let mut alice = Stranger::connect(&room, "/ws/activity").await.unwrap();
    let hello = r#"{"event_type":"connected","username":"alice"}"#;
    alice.send(hello).await;
    alice.settle().await;
    let mut guest = Stranger::connect(&room, "/ws").await.unwrap();
    guest
        .send(r#"{"type":"join","username":"alice","topic":"lobby"}"#)
        .await;
    guest.next().await;
    guest
        .send(r#"{"type":"message","message":"soon gone"}"#)
        .await;
    let entry = r#"{"event_type":"message","username":"alice (topic)","message":"soon gone"}"#;
    alice.expect(entry).await;
    let with_it = format!("[{hello},{entry}]");
    let without = format!("[{hello}]");
    let forgotten = async {
        loop {
            let (_, _, history) = room.get("/api/history").await;
            if history == without {
                break;
            }
            assert_eq!(history, with_it);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, forgotten).await.expect("it expires");
    alice.settle().await;
}
