//! The write-ahead log as a file (<https://sqlite.org/fileformat2.html>, 4): what SQLite would believe of it after a crash,
//! and what is there besides.
//!
//! SQLite stops at the first frame that does not check, because a torn write looks so, and everything behind it was never
//! acknowledged. But a group is written only when the one before it is flushed. So where whole groups follow the broken
//! frame, it was not torn: the disk lost what it had.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

const HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;

/// A frame of the file, whatever it is worth.
struct Frame<'a> {
    header: &'a [u8],
    page: &'a [u8],
}

impl Frame<'_> {
    fn page_number(&self) -> u32 {
        word(self.header, 0)
    }

    /// Whether a transaction ends here.
    fn is_commit(&self) -> bool {
        word(self.header, 4) != 0
    }

    fn salt(&self) -> &[u8] {
        &self.header[8..16]
    }

    fn checksum(&self) -> (u32, u32) {
        (word(self.header, 16), word(self.header, 20))
    }
}

/// A log that was read.
pub(super) struct Wal {
    bytes: Vec<u8>,
    page_bytes: usize,
}

impl Wal {
    /// Reads a file; none if it is missing, empty, or has no frame.
    pub(super) fn read(file: &Path, page_bytes: usize) -> io::Result<Option<Wal>> {
        let bytes = match std::fs::read(file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let wal = Wal { bytes, page_bytes };
        let has_frames = wal.frames().next().is_some();
        Ok(has_frames.then_some(wal))
    }

    fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let frames = self.bytes.get(HEADER_BYTES..).unwrap_or_default();
        frames
            .chunks_exact(FRAME_HEADER_BYTES + self.page_bytes)
            .map(|frame| Frame {
                header: &frame[..FRAME_HEADER_BYTES],
                page: &frame[FRAME_HEADER_BYTES..],
            })
    }

    fn is_big_endian(&self) -> bool {
        self.bytes[3] & 1 == 1
    }

    fn sum(&self, before: (u32, u32), bytes: &[u8]) -> (u32, u32) {
        let number = if self.is_big_endian() {
            u32::from_be_bytes
        } else {
            u32::from_le_bytes
        };
        let mut words = bytes
            .chunks_exact(4)
            .map(|four| number(four.try_into().expect("four bytes")));
        let (mut one, mut two) = before;
        while let (Some(first), Some(second)) = (words.next(), words.next()) {
            one = one.wrapping_add(first).wrapping_add(two);
            two = two.wrapping_add(second).wrapping_add(one);
        }
        (one, two)
    }

    fn checks(&self, before: (u32, u32), frame: &Frame<'_>) -> bool {
        self.sum(self.sum(before, &frame.header[..8]), frame.page) == frame.checksum()
    }

    /// The sum of the header, as it says and as it is.
    fn header_sums(&self) -> [(u32, u32); 2] {
        let header = &self.bytes[..HEADER_BYTES];
        [
            (word(header, 24), word(header, 28)),
            self.sum((0, 0), &header[..24]),
        ]
    }

    /// Which frames check by themselves: by the sum that the one before says it has.
    fn whole(&self) -> Vec<bool> {
        let salt = self.salt();
        let mut before = self.header_sums().to_vec();
        self.frames()
            .map(|frame| {
                let is_whole =
                    frame.salt() == salt && before.iter().any(|sum| self.checks(*sum, &frame));
                before = vec![frame.checksum()];
                is_whole
            })
            .collect()
    }

    /// The salt of this life of the log: as most say, header and first two frames.
    fn salt(&self) -> Vec<u8> {
        let header = self.bytes[16..24].to_vec();
        let mut first = self.frames().map(|frame| frame.salt().to_vec());
        match (first.next(), first.next()) {
            (Some(one), Some(two)) if one == two => one,
            _ => header,
        }
    }

    /// Whether the disk lost a part of it that was flushed: see the module. A group is known to follow another by the sum
    /// that it goes on from; what an earlier, longer group left behind does not.
    pub(super) fn is_damaged(&self) -> bool {
        let (whole, salt) = (self.whole(), self.salt());
        let [told, is] = self.header_sums();
        let broken = if told == is && self.bytes[16..24] == salt {
            whole.iter().position(|is_whole| !is_whole)
        } else {
            Some(0)
        };
        let frames: Vec<_> = self.frames().collect();
        let Some(broken) = broken else {
            return false;
        };
        let is_end = |at: &usize| frames[*at].salt() == salt && frames[*at].is_commit();
        let Some(end) = (broken..frames.len()).find(is_end) else {
            return false;
        };
        let Some(next) = frames.get(end + 1).filter(|next| next.salt() == salt) else {
            return false;
        };
        let before = end.checked_sub(1).map_or(told, |at| frames[at].checksum());
        let computed = self.sum(self.sum(before, &frames[end].header[..8]), frames[end].page);
        [frames[end].checksum(), computed]
            .iter()
            .any(|sum| self.checks(*sum, next))
    }

    /// Puts every page that is whole, of groups that have an end, into a copy of the file beside it.
    pub(super) fn fold_into(&self, copy: &mut File) -> io::Result<()> {
        let whole = self.whole();
        let end = self
            .frames()
            .zip(&whole)
            .enumerate()
            .filter(|(_, (frame, is_whole))| **is_whole && frame.is_commit())
            .map(|(index, _)| index + 1)
            .last()
            .unwrap_or(0);
        for (frame, _) in self
            .frames()
            .zip(whole)
            .take(end)
            .filter(|(_, is_whole)| *is_whole)
        {
            let page = u64::from(frame.page_number().saturating_sub(1));
            copy.seek(SeekFrom::Start(page * self.page_bytes as u64))?;
            copy.write_all(frame.page)?;
        }
        Ok(())
    }
}

/// The size of a file's pages as its header says; that of our files where the header says nonsense.
pub(super) fn page_bytes(file: &Path) -> io::Result<usize> {
    let mut header = [0; 18];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut header));
    match read {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound
            ) =>
        {
            return Err(error);
        }
        _ => {}
    }
    let told = usize::from(u16::from_be_bytes([header[16], header[17]]));
    let is_sound = told.is_power_of_two() && (512..=32_768).contains(&told);
    Ok(if is_sound { told } else { OUR_PAGE_BYTES })
}

/// What SQLite gives a new file unless it is told otherwise.
pub(super) const OUR_PAGE_BYTES: usize = 4_096;

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}
