//! I1, I2, I3 when the power goes: the real store over a disk that forgets what was not flushed.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use landline_hub::Person;
use landline_hub::ports::{Appended, Outcome};
use landline_powerloss::Disk;
use landline_protocol::{DisplayName, EntryKind, MessageId, Position, UserId, Via};

use super::*;

/// Power cuts in all.
const CYCLES: u64 = 200;
/// Cuts that one disk lives through, so that its log is long enough to be folded and short enough to be read each time.
const CYCLES_A_DISK: u64 = 20;
/// People who write at the same time.
const AUTHORS: u64 = 8;
/// Messages one of them sends in one life of the host, if the power lasts.
const MESSAGES_A_LIFE: u64 = 120;
/// Messages of one author under way at the same time.
const IN_FLIGHT: usize = 4;
/// The power goes somewhere among so many writes and flushes.
const OPERATIONS_A_LIFE: u64 = 1_200;

/// What an author has sent and what they were told; it outlives every life of the host.
struct Author {
    person: Person,
    chat: ChatKey,
    sent: u64,
    acked: BTreeMap<u64, Position>,
}

impl Author {
    fn new(number: u64) -> Author {
        Author {
            person: Person {
                user_id: UserId(uuid::Uuid::from_u128(number.into())),
                name: DisplayName::lenient("Ana"),
                via: Via::App,
            },
            chat: ChatKey::Topic(
                if number.is_multiple_of(2) {
                    "even"
                } else {
                    "odd"
                }
                .parse()
                .unwrap(),
            ),
            sent: 0,
            acked: BTreeMap::new(),
        }
    }

    fn append(&self, number: u64) -> Append {
        Append {
            session: SessionId(u64::try_from(self.person.user_id.0.as_u128()).unwrap()),
            chat: self.chat.clone(),
            author: self.person.clone(),
            kind: EntryKind::Text,
            body: body(number).into(),
            message_id: id(number),
            at: Timestamp(1),
            original: None,
            attempt: 0,
        }
    }

    /// Sends what was never acknowledged, in its order, and then new messages, until the power goes or all is said.
    fn talk(&mut self, store: &Mutex<SqliteStore>, told: &std::sync::mpsc::Receiver<Told>) {
        let mut next: Vec<u64> = (1..=self.sent)
            .filter(|number| !self.acked.contains_key(number))
            .collect();
        next.extend(self.sent + 1..=self.sent + MESSAGES_A_LIFE);
        let mut next = next.into_iter();
        let mut in_flight = 0;
        loop {
            while in_flight < IN_FLIGHT
                && let Some(number) = next.next()
            {
                self.sent = self.sent.max(number);
                in_flight += 1;
                store
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .append(self.append(number));
            }
            if in_flight == 0 {
                return;
            }
            match told.recv() {
                Ok(Told::Acked(message, position)) => {
                    in_flight -= 1;
                    let number = number(&message);
                    let before = self.acked.insert(number, position);
                    assert!(before.is_none_or(|before| before == position));
                }
                // The power is gone, or the store is.
                Ok(Told::Failed) | Err(_) => return,
            }
        }
    }
}

enum Told {
    Acked(MessageId, Position),
    Failed,
}

/// Of many lengths, so that rows end anywhere in a page.
fn body(number: u64) -> String {
    format!(
        "message {number} {}",
        "x".repeat(usize::try_from(number * 37 % 900).unwrap())
    )
}

fn id(number: u64) -> MessageId {
    format!("m-{number}").parse().unwrap()
}

fn number(id: &MessageId) -> u64 {
    id.as_str().trim_start_matches("m-").parse().unwrap()
}

/// What happened in all cycles.
#[derive(Debug, Default)]
struct Account {
    cycles: u64,
    cuts_at_start: u64,
    acked: usize,
    lost: usize,
    doubled: usize,
    stored: usize,
}

/// One life of the host, which the power ends somewhere; what is left must be what was promised.
fn live_once(disk: &Disk, place: &Place, authors: &mut [Author], account: &mut Account, seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    account.cycles += 1;
    disk.cut_after(rng.u64(1..OPERATIONS_A_LIFE));
    let (answers, mut answered) = mpsc::channel(landline_hub::limits::ANSWERS_CAP);
    match SqliteStore::open_at(place, Timestamp(1), answers) {
        Ok(opened) => {
            assert!(opened.warnings.is_empty(), "{:?}", opened.warnings);
            let store = Mutex::new(opened.store);
            let (tells, tolds): (Vec<_>, Vec<_>) =
                authors.iter().map(|_| std::sync::mpsc::channel()).unzip();
            let passing = std::thread::spawn(move || {
                while let Some(answer) = answered.blocking_recv() {
                    pass_on(answer, &tells);
                }
            });
            std::thread::scope(|scope| {
                for (author, told) in authors.iter_mut().zip(tolds) {
                    let store = &store;
                    scope.spawn(move || author.talk(store, &told));
                }
            });
            store
                .into_inner()
                .unwrap_or_else(PoisonError::into_inner)
                .close();
            passing.join().expect("every answer was for somebody");
        }
        Err(error) => {
            assert!(disk.is_cut(), "a start with power works: {error}");
            account.cuts_at_start += 1;
        }
    }
    disk.cut();
    disk.restore(rng.u64(..));
    check(place, authors, account);
}

fn pass_on(answer: Command, tells: &[std::sync::mpsc::Sender<Told>]) {
    let tell = |session: SessionId, told| {
        let index = usize::try_from(session.0 - 1).unwrap();
        // Whoever has left has heard that the power is gone.
        let _ = tells[index].send(told);
    };
    match answer {
        Command::Committed(appended) => {
            for Appended { session, outcome } in appended {
                match outcome {
                    Outcome::Stored(entry) => tell(
                        session,
                        Told::Acked(entry.message_id.clone(), entry.position),
                    ),
                    Outcome::Known(id, position) => tell(session, Told::Acked(id, position)),
                    Outcome::Conflict(id) => panic!("{id:?} was never anything else"),
                }
            }
        }
        Command::NotCommitted(appends, _) => {
            for append in appends {
                tell(append.session, Told::Failed);
            }
        }
        other => panic!("the store answers appends alone: {other:?}"),
    }
}

/// Reads the whole log as it is on the disk, past the store's own code.
fn check(place: &Place, authors: &[Author], account: &mut Account) {
    let connection = place.connect(rusqlite::OpenFlags::default()).unwrap();
    // The next start finds what the cut left, and not what this look made of it.
    let quietly = rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE;
    connection.set_db_config(quietly, true).unwrap();
    let verdict: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    let is_made: bool = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'entry'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    if !is_made {
        account.lost += authors
            .iter()
            .map(|author| author.acked.len())
            .sum::<usize>();
        return;
    }
    let mut query = connection
        .prepare(
            "SELECT chat.topic, entry.seq, epoch.counter, epoch.tag, member.user_id, entry.message_id, entry.body
             FROM entry JOIN chat ON chat.id = entry.chat JOIN epoch ON epoch.counter = entry.epoch
             JOIN member ON member.id = entry.author ORDER BY entry.chat, entry.seq",
        )
        .unwrap();
    let mut rows = query.query([]).unwrap();
    let (mut heads, mut newest) = (HashMap::<String, u64>::new(), HashMap::<UserId, u64>::new());
    let mut found = HashMap::<(UserId, u64), Vec<Position>>::new();
    while let Some(row) = rows.next().unwrap() {
        let position = Position {
            epoch: rows::epoch(row.get(2).unwrap(), row.get(3).unwrap()),
            seq: row.get::<_, i64>(1).unwrap().unsigned_abs(),
        };
        let head = heads.entry(row.get(0).unwrap()).or_default();
        assert_eq!(position.seq, *head + 1, "I3: seq is dense");
        *head = position.seq;
        let author = rows::user(row.get(4).unwrap());
        let message: String = row.get(5).unwrap();
        let message = number(&message.parse().unwrap());
        assert_eq!(
            row.get::<_, String>(6).unwrap(),
            body(message),
            "no text was torn"
        );
        let last = newest.insert(author, message);
        assert!(
            last.is_none_or(|last| last < message),
            "I5: an author's order"
        );
        found.entry((author, message)).or_default().push(position);
    }
    account.stored = found.len();
    account.doubled += found.values().filter(|places| places.len() > 1).count();
    for author in authors {
        for (message, position) in &author.acked {
            let places = found.get(&(author.person.user_id, *message));
            if places.is_none_or(|places| !places.contains(position)) {
                account.lost += 1;
            }
        }
    }
}

/// All cycles on a few disks. With the first loss an account is closed: what comes after it is no news.
fn run(name: &str, synchronous: &'static str) -> Account {
    let mut account = Account::default();
    for number in 0..CYCLES / CYCLES_A_DISK {
        let disk = Disk::new(&format!("{name}-{number}"));
        let place = Place::on(disk.vfs(), synchronous);
        let mut authors: Vec<_> = (1..=AUTHORS).map(Author::new).collect();
        for cycle in 0..CYCLES_A_DISK {
            live_once(
                &disk,
                &place,
                &mut authors,
                &mut account,
                number * CYCLES_A_DISK + cycle,
            );
            if account.lost > 0 {
                break;
            }
        }
        account.acked += authors
            .iter()
            .map(|author| author.acked.len())
            .sum::<usize>();
    }
    println!(
        "power loss, {synchronous}: {} cycles ({} during the start), {} messages acknowledged, {} lost, {} doubled",
        account.cycles, account.cuts_at_start, account.acked, account.lost, account.doubled
    );
    account
}

#[test]
fn i01_i02_i03_nothing_acknowledged_is_lost_doubled_or_moved_when_the_power_goes() {
    let account = run("power-full", "FULL");
    assert_eq!((account.lost, account.doubled), (0, 0));
    assert_eq!(account.cycles, CYCLES);
    assert!(
        account.acked > 10_000,
        "too little was said to prove anything: {account:?}"
    );
    assert!(
        account.cuts_at_start > 0,
        "a start was never cut: {account:?}"
    );
}

/// A check of the check: the same with the flush of each commit left out must be seen to lose.
#[test]
fn i01_without_the_flush_of_each_commit_the_same_test_finds_losses() {
    let account = run("power-normal", "NORMAL");
    assert!(account.lost > 0, "{account:?}");
}
