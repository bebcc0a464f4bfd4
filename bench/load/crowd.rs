//! Many clients on one thread.

use std::io::{ErrorKind, Read as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use serde_json::json;
use uuid::Uuid;

use crate::server::Server;
use crate::wire::{self, CLOSE, PING, Reader, TEXT};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(2);
const READ_AT_ONCE: usize = 256 * 1024;

/// How the clients of a server come in, say something and hear it.
#[derive(Clone, Copy)]
pub(crate) enum Speech {
    /// Landline's own: come in, join a topic, be acknowledged.
    Landline,
    /// What is said comes back to everybody as it is.
    Bare,
}

/// What a client heard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// A message.
    Message,
    /// That its own message is stored.
    Ack,
    /// Something else.
    Other,
}

impl Speech {
    fn heard(self, payload: &[u8]) -> Heard {
        match self {
            Speech::Bare => Heard::Message,
            Speech::Landline if payload.starts_with(br#"{"type":"MSG","#) => Heard::Message,
            Speech::Landline if payload.starts_with(br#"{"type":"MSG_ACK","#) => Heard::Ack,
            Speech::Landline => Heard::Other,
        }
    }

    /// A message of so many bytes as this server's clients send it.
    fn say(self, topic: &str, bytes: usize) -> Vec<u8> {
        let text = "x".repeat(bytes);
        let payload = match self {
            Speech::Bare => text,
            Speech::Landline => {
                let data = json!({"topic": topic, "content": text, "message_id": Uuid::now_v7()});
                json!({"type": "MSG", "data": data}).to_string()
            }
        };
        wire::frame(TEXT, payload.as_bytes())
    }
}

/// The clients of one server.
pub(crate) struct Crowd {
    poll: Poll,
    events: Events,
    clients: Vec<Client>,
    scratch: Vec<u8>,
    speech: Speech,
    got: Sum,
}

/// What came, to all clients together.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Sum {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
}

impl Sum {
    pub(crate) fn less(self, before: Sum) -> Sum {
        Sum {
            frames: self.frames - before.frames,
            bytes: self.bytes - before.bytes,
        }
    }
}

struct Client {
    stream: TcpStream,
    reader: Reader,
}

impl Crowd {
    pub(crate) fn new(speech: Speech) -> anyhow::Result<Crowd> {
        Ok(Crowd {
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            clients: Vec::new(),
            scratch: vec![0; READ_AT_ONCE],
            speech,
            got: Sum::default(),
        })
    }

    /// One more client comes in, and into a topic where the server has them; the others go on reading meanwhile.
    pub(crate) fn enter(&mut self, server: &Server, topic: &str) -> anyhow::Result<()> {
        let number = self.clients.len();
        let subprotocol = matches!(self.speech, Speech::Landline).then_some("landline.v1");
        let (mut stream, reader) = wire::open(&server.address, "/ws", subprotocol)?;
        if let Speech::Landline = self.speech {
            let hello =
                json!({"user_id": Uuid::new_v4(), "display_name": format!("Client {number}")});
            let hello = json!({"type": "HELLO", "data": hello}).to_string();
            let join = json!({"type": "JOIN_TOPIC", "data": {"topic": topic}}).to_string();
            stream.write_all(&wire::frame(TEXT, hello.as_bytes()))?;
            stream.write_all(&wire::frame(TEXT, join.as_bytes()))?;
        }
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        let token = Token(number);
        self.poll
            .registry()
            .register(&mut stream, token, Interest::READABLE)?;
        self.clients.push(Client { stream, reader });
        if let Speech::Landline = self.speech {
            let until = Instant::now() + PATIENCE;
            let mut is_in = false;
            while !is_in {
                if Instant::now() > until {
                    bail!("client {number} did not come in");
                }
                self.listen(until, |client, payload| {
                    is_in |= client == number && payload.starts_with(br#"{"type":"TOPIC_JOINED""#);
                })
                .context("while coming in")?;
            }
        }
        Ok(())
    }

    /// A message of so many bytes.
    pub(crate) fn say(&self, topic: &str, bytes: usize) -> Vec<u8> {
        self.speech.say(topic, bytes)
    }

    /// Sends a frame as it is.
    pub(crate) fn send(&mut self, client: usize, frame: &[u8]) -> anyhow::Result<()> {
        let stream = &mut self.clients[client].stream;
        let mut sent = 0;
        while sent < frame.len() {
            match stream.write(&frame[sent..]) {
                Ok(more) => sent += more,
                Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::yield_now(),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Reads what arrives until `until` at the latest, and returns after the first that arrived.
    pub(crate) fn hear(
        &mut self,
        until: Instant,
        mut each: impl FnMut(usize, Heard),
    ) -> anyhow::Result<()> {
        let speech = self.speech;
        self.listen(until, |client, payload| each(client, speech.heard(payload)))
    }

    /// As [`Crowd::hear`], with the texts.
    pub(crate) fn listen(
        &mut self,
        until: Instant,
        mut each: impl FnMut(usize, &[u8]),
    ) -> anyhow::Result<()> {
        let wait = until.saturating_duration_since(Instant::now());
        self.poll.poll(&mut self.events, Some(wait))?;
        let (mut pings, mut got) = (Vec::new(), self.got);
        for event in &self.events {
            let number = event.token().0;
            let client = &mut self.clients[number];
            let mut is_closed = false;
            loop {
                match client.stream.read(&mut self.scratch) {
                    Ok(0) => bail!("client {number} was cut off"),
                    Ok(read) => {
                        client
                            .reader
                            .take(&self.scratch[..read], |opcode, payload| match opcode {
                                TEXT => {
                                    got.frames += 1;
                                    got.bytes += payload.len() as u64;
                                    each(number, payload);
                                }
                                PING => pings.push(number),
                                CLOSE => is_closed = true,
                                _ => {}
                            });
                        if is_closed {
                            bail!("client {number} was closed");
                        }
                        // A read that found less than it had room for found all there was.
                        if read < self.scratch.len() {
                            break;
                        }
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error.into()),
                }
            }
        }
        self.got = got;
        for number in pings {
            self.send(number, &wire::frame(10, b""))?;
        }
        Ok(())
    }

    /// What came since the beginning, in texts.
    pub(crate) fn got(&self) -> Sum {
        self.got
    }

    /// Reads until nothing has come for a moment.
    pub(crate) fn settle(&mut self) -> anyhow::Result<()> {
        loop {
            let mut came = false;
            self.listen(Instant::now() + Duration::from_millis(300), |_, _| {
                came = true;
            })?;
            if !came {
                return Ok(());
            }
        }
    }
}
