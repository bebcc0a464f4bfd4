//! The line behind the database: its SHA-256. SQLite reads as many pages as its header says and never sees the line.

use std::fmt::Write as _; // writing to a String cannot fail
use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

const BEFORE: &str = "\nlandline-backup sha256 ";
/// Bytes of the line.
pub(super) const LINE_BYTES: usize = BEFORE.len() + 64 + 1;

/// Copies `bytes` bytes and says what the line behind them has to be.
///
/// # Errors
/// Either side fails, or there are fewer bytes.
pub(super) fn copy(from: &mut impl Read, to: &mut impl Write, bytes: u64) -> io::Result<String> {
    let mut digest = Sha256::new();
    let (mut buffer, mut rest) = (vec![0; 64 * 1024], bytes);
    while rest > 0 {
        let most = usize::try_from(rest).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        let count = from.read(&mut buffer[..most])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        digest.update(&buffer[..count]);
        to.write_all(&buffer[..count])?;
        rest -= count as u64;
    }
    let mut line = String::from(BEFORE);
    for byte in digest.finalize() {
        let _ = write!(line, "{byte:02x}");
    }
    line.push('\n');
    Ok(line)
}
