//! An author at a real socket: sends what was not acknowledged in its order, then goes on, and remembers what it was
//! told, as the app's outbox does.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::support::PATIENCE;

/// Messages under way at the same time; the host allows 64.
const IN_FLIGHT: usize = 8;

type Socket = WebSocketStream<TcpStream>;

/// Where the host said a message is.
pub(crate) type Place = (String, u64);

/// See the module.
#[derive(Debug)]
pub(crate) struct Author {
    pub(crate) user_id: String,
    pub(crate) topic: String,
    /// Messages sent so far, numbered from 1.
    pub(crate) sent: u64,
    pub(crate) acked: BTreeMap<u64, Place>,
    /// How many acknowledgements said that the message was there already.
    pub(crate) known: u64,
    /// How many refusals there were …
    pub(crate) refused: u64,
    /// … and how many of them said that the host cannot write.
    pub(crate) read_only: u64,
    /// The first of them, as it came.
    pub(crate) refusal: Option<Value>,
    /// How much padding a message has.
    pub(crate) padding: usize,
    /// Talks no longer than to the first refusal.
    pub(crate) stops_when_refused: bool,
}

/// The connection ended.
#[derive(Debug)]
pub(crate) struct Gone;

impl Author {
    pub(crate) fn new(topic: &str) -> Author {
        Author {
            user_id: uuid::Uuid::new_v4().to_string(),
            topic: topic.to_owned(),
            sent: 0,
            acked: BTreeMap::new(),
            known: 0,
            refused: 0,
            read_only: 0,
            refusal: None,
            padding: 0,
            stops_when_refused: false,
        }
    }

    /// What message `number` says.
    pub(crate) fn content(&self, number: u64) -> String {
        format!("{number} of {} {}", self.user_id, "x".repeat(self.padding))
    }

    /// The number in a message's id.
    pub(crate) fn number(message_id: &str) -> Option<u64> {
        message_id.strip_prefix("m-")?.parse().ok()
    }

    /// Connects and enters the topic.
    pub(crate) async fn enter(&self, addr: &str) -> Result<Socket, Gone> {
        let stream = TcpStream::connect(addr).await.map_err(|_| Gone)?;
        let mut request = format!("ws://{addr}/ws")
            .into_client_request()
            .expect("an address");
        let headers = request.headers_mut();
        headers.insert(
            "sec-websocket-protocol",
            HeaderValue::from_static("landline.v1"),
        );
        let (mut socket, _) = timeout(PATIENCE, tokio_tungstenite::client_async(request, stream))
            .await
            .expect("the handshake is answered or refused")
            .map_err(|_| Gone)?;
        let token = format!("secret-of-{}", self.user_id);
        let hello = json!({"user_id": self.user_id, "display_name": "Author", "client": "app", "token": token});
        say(&mut socket, "HELLO", hello).await?;
        say(&mut socket, "JOIN_TOPIC", json!({"topic": self.topic})).await?;
        while next(&mut socket).await?["type"] != "TOPIC_JOINED" {}
        Ok(socket)
    }

    /// Talks until `messages` more are acknowledged; everything that was sent before and not acknowledged goes first.
    ///
    /// # Errors
    /// The connection ended before.
    pub(crate) async fn talk(&mut self, socket: &mut Socket, messages: u64) -> Result<(), Gone> {
        let last = self.sent + messages;
        let mut heard = None;
        loop {
            let missing: Vec<u64> = (1..=last)
                .filter(|number| !self.acked.contains_key(number))
                .take(512)
                .collect();
            if missing.is_empty() {
                return Ok(());
            }
            if let Some(wait) = self.send_all(socket, &missing, &mut heard).await? {
                if self.stops_when_refused {
                    return Ok(());
                }
                sleep(wait).await;
            }
        }
    }

    /// Sends these, in their order. Stops behind a refusal that passes, once all under way is answered: how long to wait.
    async fn send_all(
        &mut self,
        socket: &mut Socket,
        numbers: &[u64],
        heard: &mut Option<u64>,
    ) -> Result<Option<Duration>, Gone> {
        let (mut numbers, mut in_flight, mut wait) = (numbers.iter(), 0, None);
        loop {
            while in_flight < IN_FLIGHT
                && wait.is_none()
                && let Some(number) = numbers.next()
            {
                let content = self.content(*number);
                let message = json!({"topic": self.topic, "content": content, "message_id": format!("m-{number}")});
                self.sent = self.sent.max(*number);
                say(socket, "MSG", message).await?;
                in_flight += 1;
            }
            if in_flight == 0 {
                return Ok(wait);
            }
            let frame = next(socket).await?;
            let data = &frame["data"];
            match frame["type"].as_str() {
                Some("MSG_ACK") => {
                    in_flight -= 1;
                    self.acknowledged(data);
                }
                Some("ERROR") => {
                    in_flight -= 1;
                    wait = Some(self.refused(data));
                }
                Some("MSG") => {
                    let seq = data["seq"].as_u64().expect("a message has a seq");
                    let before = heard.replace(seq);
                    assert!(
                        before.is_none_or(|before| seq == before + 1),
                        "I3: {before:?}, then {seq}"
                    );
                }
                _ => {}
            }
        }
    }

    fn acknowledged(&mut self, ack: &Value) {
        let number = ack["message_id"].as_str().and_then(Author::number);
        let number = number.expect("it is one of this author's");
        let place = (
            ack["epoch"].as_str().expect("an epoch").to_owned(),
            ack["seq"].as_u64().expect("a seq"),
        );
        self.known += u64::from(ack["dup"] == true);
        let before = self.acked.insert(number, place.clone());
        assert!(
            before.is_none_or(|before| before == place),
            "I3: message {number} has moved to {place:?}"
        );
    }

    fn refused(&mut self, error: &Value) -> Duration {
        let code = error["code"].as_str().unwrap_or_default();
        assert!(
            ["BUSY", "READ_ONLY"].contains(&code),
            "only what passes is refused here: {error}"
        );
        self.refused += 1;
        if code == "READ_ONLY" {
            self.read_only += 1;
            self.refusal.get_or_insert_with(|| error.clone());
        }
        let wait = error["details"]["retry_after_ms"].as_u64();
        Duration::from_millis(wait.expect("a refusal that passes says when to try again"))
    }
}

async fn say(socket: &mut Socket, kind: &str, data: Value) -> Result<(), Gone> {
    let text = json!({"type": kind, "data": data}).to_string();
    timeout(PATIENCE, socket.send(Message::text(text)))
        .await
        .expect("a host that is there reads")
        .map_err(|_| Gone)
}

/// The next frame, as JSON.
pub(crate) async fn next(socket: &mut Socket) -> Result<Value, Gone> {
    loop {
        let message = timeout(PATIENCE, socket.next())
            .await
            .expect("a host that is there answers");
        match message {
            Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("JSON")),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            _ => return Err(Gone),
        }
    }
}
