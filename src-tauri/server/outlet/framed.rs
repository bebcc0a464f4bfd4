//! A text as a WebSocket frame: what a server sends is not masked, so one frame serves all its readers.

use hyper::body::Bytes;

/// Final, text.
const TEXT: u8 = 0x81;
/// A length that follows in two bytes.
const IN_TWO: u8 = 126;
/// A length that follows in eight.
const IN_EIGHT: u8 = 127;

/// Head and text of one frame.
pub(crate) fn framed(text: &str) -> Bytes {
    let length = text.len();
    let mut frame = Vec::with_capacity(length + 10);
    frame.push(TEXT);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(length), _) if length < IN_TWO => frame.push(length),
        (_, Ok(length)) => {
            frame.push(IN_TWO);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frame.push(IN_EIGHT);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(text.as_bytes());
    frame.into()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use hyper_tungstenite::tungstenite::Message;
    use hyper_tungstenite::tungstenite::protocol::{Role, WebSocket};

    use super::*;

    #[test]
    fn a_frame_of_any_length_is_read_as_the_text() {
        for length in [0, 1, 125, 126, 127, 65_535, 65_536, 100_000] {
            let text = "ü".repeat(length / 2) + &"x".repeat(length % 2);
            let bytes = Cursor::new(framed(&text).to_vec());
            let mut reader = WebSocket::from_raw_socket(bytes, Role::Client, None);
            assert_eq!(
                reader.read().expect("a frame"),
                Message::text(text),
                "{length}"
            );
        }
    }
}
