//! A thousand single flipped bits in the file and its write-ahead log (promises.md, 7.10): each is found or harmless. No other
//! message than one that was said is ever shown, none is missing in silence, and nothing is acknowledged that is not kept.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use landline_hub::ports::Outcome;
use landline_hub::{Entry, Person};
use landline_protocol::limits::PAGE_MAX;
use landline_protocol::{DisplayName, EntryKind, MessageId, Position, UserId, Via};

use super::*;

const FLIPS: u64 = 1_000;
/// Every so many flips a message is written on top and read again after another start.
const WRITES_EVERY: u64 = 4;
/// In each of the two lives that the log has had: the first was closed, so it is in the file; the other is in the
/// write-ahead log.
const MESSAGES_A_LIFE: u64 = 60;
const SEED: u64 = 14;

type Messages = HashMap<ChatKey, Vec<Arc<Entry>>>;

fn user(number: u64) -> UserId {
    UserId(uuid::Uuid::from_u128(number.into()))
}

fn append(number: u64) -> Append {
    // Some are longer than a page.
    let length = usize::try_from(number * 97 % 700 + number % 20 / 19 * 9_000).unwrap();
    Append {
        session: SessionId(1),
        chat: match number % 3 {
            0 => ChatKey::direct(user(1), user(2)),
            1 => ChatKey::Topic("lobby".parse().unwrap()),
            _ => ChatKey::Topic("sports".parse().unwrap()),
        },
        author: Person {
            user_id: user(number % 2 + 1),
            name: DisplayName::lenient("Ana Berg"),
            via: Via::App,
        },
        kind: EntryKind::Text,
        body: format!("message {number} {}", "words ".repeat(length / 6)).into(),
        message_id: format!("m-{number}").parse::<MessageId>().unwrap(),
        at: Timestamp(1_000 + i64::try_from(number).unwrap()),
        original: None,
        attempt: 0,
    }
}

/// Stores a message and waits for the answer; none if it was refused.
async fn say(
    store: &mut SqliteStore,
    answers: &mut mpsc::Receiver<Command>,
    append: Append,
) -> Option<Arc<Entry>> {
    store.append(append);
    match answers.recv().await {
        Some(Command::Committed(mut appended)) => match appended.remove(0).outcome {
            Outcome::Stored(entry) => Some(entry),
            other => panic!("it is new: {other:?}"),
        },
        Some(Command::NotCommitted(..)) => None,
        other => panic!("the store answers appends: {other:?}"),
    }
}

/// A log with both lives, as a crash leaves it: the bytes of its two files, and what was said.
async fn base(folder: &Path) -> (Vec<u8>, Vec<u8>, Messages) {
    let mut said = Messages::new();
    let mut number = 0;
    for life in 0..2 {
        let (answers, mut answered) = mpsc::channel(8);
        let mut store = SqliteStore::open_at(&Place::unsearched(folder), Timestamp(1), answers)
            .unwrap()
            .store;
        for _ in 0..MESSAGES_A_LIFE {
            number += 1;
            let entry = say(&mut store, &mut answered, append(number))
                .await
                .unwrap();
            said.entry(entry.chat.clone()).or_default().push(entry);
        }
        if life == 1 {
            let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
            let files = (read("room.db"), read("room.db-wal"));
            store.close();
            return (files.0, files.1, said);
        }
        store.close();
    }
    unreachable!("the second life returns");
}

/// How a flip came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Found {
    /// Everything is as it was.
    Harmless,
    /// The start told it, and went on with what could be saved.
    AtStart,
    /// The start refused, in words.
    Refused,
    /// A place was shown as lost, or a page could not be read and said so.
    InReading,
    /// The end of the log was taken for a torn write; who had seen it is told that their position is not of this log.
    AsTorn,
}

/// Opens a damaged log and reads all of it as clients would.
async fn look(folder: &Path, said: &Messages, write: bool) -> Found {
    let (answers, mut answered) = mpsc::channel(8);
    let opened = match SqliteStore::open_at(&Place::unsearched(folder), Timestamp(2), answers) {
        Ok(opened) => opened,
        Err(error) => {
            assert!(error.to_string().len() > 20, "words: {error}");
            return Found::Refused;
        }
    };
    let (mut store, warnings) = (opened.store, opened.warnings);
    let mut found = Found::Harmless;
    for (chat, said) in said {
        found = found.max(read_chat(&store.reader, chat, said).await);
    }
    if write && let Some(entry) = say(&mut store, &mut answered, append(1_000)).await {
        store.close();
        let (answers, _answered) = mpsc::channel(8);
        let again = SqliteStore::open_at(&Place::unsearched(folder), Timestamp(3), answers)
            .unwrap()
            .store;
        let page = again
            .reader
            .read(entry.chat.clone(), PageQuery::Before(None, 1))
            .await
            .unwrap();
        assert_eq!(
            page.entries[0].body, entry.body,
            "what was acknowledged is there"
        );
        again.close();
    } else {
        store.close();
    }
    if warnings.is_empty() {
        found
    } else {
        Found::AtStart
    }
}

/// Reads a chat from its beginning and from its end.
async fn read_chat(reader: &Reader, chat: &ChatKey, said: &[Arc<Entry>]) -> Found {
    let head = said.last().unwrap().position;
    let mut found = Found::Harmless;
    let queries = [
        PageQuery::After(0, PAGE_MAX),
        PageQuery::Before(None, PAGE_MAX),
    ];
    for query in queries {
        let Ok(page) = reader.read(chat.clone(), query).await else {
            found = found.max(Found::InReading);
            continue;
        };
        for entry in &page.entries {
            if entry.kind == EntryKind::Lost {
                assert!(entry.body.is_empty());
                found = found.max(Found::InReading);
                continue;
            }
            let is_said = said.iter().any(|said| is_shown_as(said, entry));
            assert!(is_said, "shown, and never said: {entry:?}");
        }
        let seqs: Vec<_> = page
            .entries
            .iter()
            .map(|entry| entry.position.seq)
            .collect();
        assert!(
            seqs.windows(2).all(|two| two[1] == two[0] + 1),
            "a place is missing in silence: {seqs:?}"
        );
        let is_from_the_first = !page.more || matches!(query, PageQuery::After(..));
        assert!(
            !is_from_the_first || seqs.first().is_none_or(|first| *first == 1),
            "{seqs:?}"
        );
        if !page.more && seqs.last() != Some(&head.seq) {
            found = found.max(resume_at(reader, chat, head).await);
        }
    }
    found
}

/// The end is missing: whoever had it hears so.
async fn resume_at(reader: &Reader, chat: &ChatKey, head: Position) -> Found {
    match reader
        .read(chat.clone(), PageQuery::Resume(head, PAGE_MAX))
        .await
    {
        Ok(page) => {
            assert!(
                !page.recovered,
                "the end is gone, and its reader is not told"
            );
            Found::AsTorn
        }
        Err(_) => Found::InReading,
    }
}

fn is_shown_as(said: &Entry, shown: &Entry) -> bool {
    let shown = Entry {
        session: said.session,
        original: said.original.clone(),
        ..shown.clone()
    };
    *said == shown
}

/// In memory where the system has such a folder: a thousand starts flush a lot.
fn quick_folder() -> tempfile::TempDir {
    let memory = PathBuf::from("/dev/shm");
    let made = memory.is_dir().then(|| tempfile::tempdir_in(memory));
    made.and_then(Result::ok)
        .unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// Says which flip it was, if it fails.
struct Told {
    flip: u64,
    at: usize,
}

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("flip {} at byte {}", self.flip, self.at);
        }
    }
}

#[tokio::test]
async fn i01_i13_a_thousand_flipped_bits_are_found_or_harmless_and_no_wrong_message_is_shown() {
    let folder = quick_folder();
    let (file, wal, said) = base(folder.path()).await;
    let mut rng = fastrand::Rng::with_seed(SEED);
    let mut account = std::collections::BTreeMap::<_, u32>::new();
    for flip in 0..FLIPS {
        let room = quick_folder();
        let (mut file, mut wal) = (file.clone(), wal.clone());
        let at = rng.usize(..file.len() + wal.len());
        let byte = match at.checked_sub(file.len()) {
            Some(at) => &mut wal[at],
            None => &mut file[at],
        };
        *byte ^= 1 << rng.u8(..8);
        std::fs::write(room.path().join("room.db"), &file).unwrap();
        std::fs::write(room.path().join("room.db-wal"), &wal).unwrap();
        let _told = Told { flip, at };
        let found = look(room.path(), &said, flip.is_multiple_of(WRITES_EVERY)).await;
        if found == Found::AtStart {
            nothing_was_deleted(room.path(), &file, &wal);
        }
        *account.entry(found).or_default() += 1;
    }
    println!("{FLIPS} flipped bits: {account:?}, 0 wrong messages shown");
    assert!(
        account.contains_key(&Found::AtStart) && account.contains_key(&Found::InReading),
        "{account:?}"
    );
    let refused = account.get(&Found::Refused).copied().unwrap_or(0);
    assert!(
        refused * 50 < u32::try_from(FLIPS).unwrap(),
        "nearly always the room goes on: {account:?}"
    );
}

fn nothing_was_deleted(room: &Path, file: &[u8], wal: &[u8]) {
    let kept: Vec<_> = std::fs::read_dir(room)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    for bytes in [file, wal] {
        let is_there = |path: &PathBuf| {
            path.to_string_lossy().contains("damaged-")
                && std::fs::read(path).is_ok_and(|found| found == bytes)
        };
        assert!(kept.iter().any(is_there), "{kept:?}");
    }
}

#[tokio::test]
async fn a_truncated_file_or_log_is_found_and_what_is_whole_is_saved() {
    let folder = quick_folder();
    let (file, wal, said) = base(folder.path()).await;
    let mut rng = fastrand::Rng::with_seed(SEED);
    for _ in 0..40 {
        let room = quick_folder();
        let cut = rng.usize(..file.len());
        std::fs::write(room.path().join("room.db"), &file[..cut]).unwrap();
        std::fs::write(room.path().join("room.db-wal"), &wal).unwrap();
        let found = look(room.path(), &said, true).await;
        assert!(
            [Found::AtStart, Found::Refused, Found::InReading].contains(&found) || cut == 0,
            "{cut}: {found:?}"
        );
        let room = quick_folder();
        std::fs::write(room.path().join("room.db"), &file).unwrap();
        std::fs::write(
            room.path().join("room.db-wal"),
            &wal[..rng.usize(..wal.len())],
        )
        .unwrap();
        let found = look(room.path(), &said, true).await;
        assert!(
            [Found::AsTorn, Found::Harmless].contains(&found),
            "{found:?}"
        );
    }
}

#[tokio::test]
async fn a_page_in_the_middle_costs_its_own_messages_and_no_others() {
    let folder = quick_folder();
    let (file, wal, said) = base(folder.path()).await;
    let room = quick_folder();
    let mut file = file;
    // A leaf of the entries: it begins with 13, and holds text.
    let is_leaf = |page: &&mut [u8]| page[0] == 13 && page.windows(8).any(|at| at == b"message ");
    let mut leaves: Vec<_> = file.chunks_mut(4_096).filter(is_leaf).collect();
    let middle = leaves.len() / 2;
    leaves[middle][..64].fill(0x5a);
    std::fs::write(room.path().join("room.db"), &file).unwrap();
    std::fs::write(room.path().join("room.db-wal"), &wal).unwrap();
    let (answers, _answered) = mpsc::channel(8);
    let opened =
        SqliteStore::open_at(&Place::unsearched(room.path()), Timestamp(2), answers).unwrap();
    let words = opened.warnings.join(" ");
    assert!(
        words.contains("was damaged") && words.contains("nothing was deleted"),
        "{words}"
    );
    let all: usize = said.values().map(Vec::len).sum();
    let mut left = 0;
    for (chat, said) in &said {
        let found = read_chat(&opened.store.reader, chat, said).await;
        assert!(
            [Found::Harmless, Found::InReading].contains(&found),
            "{found:?}"
        );
        let page = opened
            .store
            .reader
            .read(chat.clone(), PageQuery::After(0, PAGE_MAX))
            .await
            .unwrap();
        left += page
            .entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Text)
            .count();
    }
    assert!(left * 10 > all * 8, "{left} of {all}");
    opened.store.close();
}
