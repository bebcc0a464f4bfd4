//! A WebSocket client of as little as possible: blocking handshake, masked text out, frames counted in.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use anyhow::bail;

/// Opcode of a text frame (RFC 6455, 5.2).
pub(crate) const TEXT: u8 = 1;
/// Opcode of a close frame.
pub(crate) const CLOSE: u8 = 8;
/// Opcode of a ping.
pub(crate) const PING: u8 = 9;

/// Opens a WebSocket; what came behind the answer already is in the reader.
pub(crate) fn open(
    address: &str,
    path: &str,
    subprotocol: Option<&str>,
) -> anyhow::Result<(TcpStream, Reader)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let subprotocol = subprotocol.map_or(String::new(), |name| {
        format!("Sec-WebSocket-Protocol: {name}\r\n")
    });
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{subprotocol}\r\n"
    )?;
    let mut answer = Vec::new();
    let end = loop {
        let mut part = [0; 1024];
        let read = stream.read(&mut part)?;
        if read == 0 {
            bail!("closed: {}", String::from_utf8_lossy(&answer));
        }
        answer.extend_from_slice(&part[..read]);
        if let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    if !answer.starts_with(b"HTTP/1.1 101") {
        bail!("refused: {}", String::from_utf8_lossy(&answer));
    }
    let mut reader = Reader::default();
    reader.pending.extend_from_slice(&answer[end..]);
    Ok((stream, reader))
}

/// A frame as a client sends it. A mask of zeros is a mask: nothing here hides from a proxy.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | u8::try_from(len).unwrap_or_default()),
        len => {
            frame.push(0x80 | 0x7e);
            frame.extend(u16::try_from(len).unwrap_or(u16::MAX).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// Cuts what arrives into frames.
#[derive(Default)]
pub(crate) struct Reader {
    pending: Vec<u8>,
}

impl Reader {
    /// Takes what was read; calls back for each whole frame with its opcode and payload.
    pub(crate) fn take(&mut self, bytes: &[u8], mut each: impl FnMut(u8, &[u8])) {
        if self.pending.is_empty() {
            let used = cut(bytes, &mut each);
            self.pending.extend_from_slice(&bytes[used..]);
        } else {
            self.pending.extend_from_slice(bytes);
            let used = cut(&self.pending, &mut each);
            self.pending.drain(..used);
        }
        if self.pending.is_empty() {
            self.pending = Vec::new();
        }
    }
}

/// Says how many bytes were whole frames.
fn cut(bytes: &[u8], each: &mut impl FnMut(u8, &[u8])) -> usize {
    let mut at = 0;
    while let Some((opcode, start, end)) = header(&bytes[at..]) {
        if bytes.len() - at < end {
            break;
        }
        each(opcode, &bytes[at + start..at + end]);
        at += end;
    }
    at
}

/// The opcode of the frame that begins here, where its payload begins, and where it ends.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let opcode = bytes.first()? & 0x0f;
    let (start, len) = match *bytes.get(1)? & 0x7f {
        126 => (
            4,
            usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?])),
        ),
        127 => {
            let len = bytes.get(2..10)?.iter();
            (10, len.fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
        len => (2, usize::from(len)),
    };
    Some((opcode, start, start + len))
}
