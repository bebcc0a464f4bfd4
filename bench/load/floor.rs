//! The floor: what a broadcast costs at the least. One thread, one write for each socket and message, nothing else.

use std::collections::HashMap;
use std::io::{ErrorKind, Read as _, Write as _};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const LISTENER: Token = Token(usize::MAX);

/// A connection, and what has arrived of a frame or of its request.
struct Client {
    stream: TcpStream,
    pending: Vec<u8>,
    is_open: bool,
}

fn main() -> std::io::Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    println!("{{\"addr\":\"{}\"}}", listener.local_addr()?);
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut clients: HashMap<usize, Client> = HashMap::new();
    let mut next = 0;
    let mut scratch = vec![0; 64 * 1024];
    loop {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() == LISTENER {
                while let Ok((mut stream, _)) = listener.accept() {
                    stream.set_nodelay(true)?;
                    poll.registry()
                        .register(&mut stream, Token(next), Interest::READABLE)?;
                    let client = Client {
                        stream,
                        pending: Vec::new(),
                        is_open: false,
                    };
                    clients.insert(next, client);
                    next += 1;
                }
                continue;
            }
            let number = event.token().0;
            let Some(client) = clients.get_mut(&number) else {
                continue;
            };
            let mut texts = Vec::new();
            if !read(client, &mut scratch, &mut texts) {
                clients.remove(&number);
            }
            for text in texts {
                let frame = frame(&text);
                // Who is not there any more, or does not read, misses it: this is no chat.
                clients
                    .values_mut()
                    .filter(|client| client.is_open)
                    .for_each(|client| {
                        let _ = client.stream.write(&frame);
                    });
            }
        }
    }
}

/// Reads what is there; `false` if the connection is over.
fn read(client: &mut Client, scratch: &mut [u8], texts: &mut Vec<Vec<u8>>) -> bool {
    loop {
        match client.stream.read(scratch) {
            Ok(0) => return false,
            Ok(read) => client.pending.extend_from_slice(&scratch[..read]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(_) => return false,
        }
    }
    if !client.is_open {
        let Some(end) = client
            .pending
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
        else {
            return true;
        };
        let request: Vec<u8> = client.pending.drain(..end + 4).collect();
        let request = String::from_utf8_lossy(&request).into_owned();
        let key = request.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("sec-websocket-key")
                .then(|| value.trim())
        });
        let accept = derive_accept_key(key.unwrap_or_default().as_bytes());
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        );
        client.is_open = client.stream.write_all(answer.as_bytes()).is_ok();
    }
    while let Some((text, used)) = unmask(&client.pending) {
        client.pending.drain(..used);
        texts.push(text);
    }
    client.is_open
}

/// The first client frame of up to 64 KiB, and how many bytes it took.
fn unmask(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (start, len) = match bytes.get(1)? & 0x7f {
        126 => (
            4,
            usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])),
        ),
        len => (2, usize::from(len)),
    };
    let mask = bytes.get(start..start + 4)?;
    let payload = bytes.get(start + 4..start + 4 + len)?.iter();
    let text = payload
        .zip(mask.iter().cycle())
        .map(|(byte, mask)| byte ^ mask);
    Some((text.collect(), start + 4 + len))
}

/// A text frame as a server sends it (RFC 6455, 5.2).
fn frame(text: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x81];
    if let Ok(len @ 0..=125) = u8::try_from(text.len()) {
        frame.push(len);
    } else {
        frame.push(126);
        frame.extend(u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
    }
    frame.extend_from_slice(text);
    frame
}
