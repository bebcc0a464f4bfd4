//! The crash rig: twenty authors at real sockets, a real host that is killed with SIGKILL at random moments and started again on
//! the same folder. Whatever it acknowledged is there once, in its place and order (I1, I2, I3, I5).
//!
//! `LANDLINE_CRASH_CYCLES` makes more of it (`./dev crash`); `LANDLINE_CRASH_SEED` repeats the moments of a run.

#[path = "../support/rig/mod.rs"]
mod rig;
#[path = "../support/dialects/mod.rs"]
mod support;

use std::path::Path;
use std::time::Duration;

use rig::account::Account;
use rig::author::Author;
use rig::host::{Host, log_after};

/// Kills, unless the environment says otherwise.
const CYCLES: u64 = 100;
const AUTHORS: usize = 20;
const TOPICS: usize = 4;
/// The host lives for up to so long once everybody is in …
const LIFE_MS: u64 = 700;
/// … and in one of so many cycles is killed while it starts, within so long.
const KILLED_AT_START: u64 = 10;
const START_MS: u64 = 60;
/// More than anybody says in one life.
const WITHOUT_END: u64 = 1_000_000;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn topic(index: usize) -> String {
    format!("topic-{index}")
}

/// Everybody talks until the host is killed.
async fn live_once(
    data: &Path,
    log: &Path,
    authors: &mut Vec<Author>,
    account: &mut Account,
    rng: &mut fastrand::Rng,
) {
    if rng.u64(..KILLED_AT_START) == 0 {
        let host = Host::launch(data, log);
        tokio::time::sleep(Duration::from_millis(rng.u64(..START_MS))).await;
        host.kill();
    }
    let (host, addr) = Host::start(data, log);
    look(&addr, authors, account).await;
    let mut talking = tokio::task::JoinSet::new();
    for mut author in authors.drain(..) {
        let addr = addr.clone();
        talking.spawn(async move {
            // The end of the connection is the kill, and no surprise.
            if let Ok(mut socket) = author.enter(&addr).await {
                let _ = author.talk(&mut socket, WITHOUT_END).await;
            }
            author
        });
    }
    tokio::time::sleep(Duration::from_millis(rng.u64(1..LIFE_MS))).await;
    host.kill();
    authors.extend(talking.join_all().await);
    // Each author has one place in the list, whoever of them noticed first.
    authors.sort_by(|one, other| one.user_id.cmp(&other.user_id));
}

/// Reads what is new, and holds all of it against what everybody was told.
async fn look(addr: &str, authors: &[Author], account: &mut Account) {
    for topic in (0..TOPICS).map(topic) {
        let new = log_after(addr, &topic, account.head(&topic)).await;
        account.take_in(&topic, new, authors);
    }
    assert_eq!(account.broken, Vec::<String>::new());
}

/// Lives and dies `cycles` times; the last look reads everything from the beginning, over a log that is closed cleanly.
async fn run(cycles: u64, seed: u64, data: &Path, log: &Path) -> (Vec<Author>, Account) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut authors: Vec<_> = (0..AUTHORS)
        .map(|number| Author::new(&topic(number % TOPICS)))
        .collect();
    let mut account = Account::default();
    for cycle in 1..=cycles {
        live_once(data, log, &mut authors, &mut account, &mut rng).await;
        if cycle.is_multiple_of(100) {
            eprintln!("{cycle} cycles, {} messages", account.stored());
        }
    }
    let (host, addr) = Host::start(data, log);
    look(&addr, &authors, &mut account).await;
    assert!(host.stop().success());
    (authors, account)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i01_i02_i03_i05_a_host_killed_at_random_keeps_what_it_acknowledged() {
    let seed = number("LANDLINE_CRASH_SEED").unwrap_or_else(|| fastrand::u64(..));
    let cycles = number("LANDLINE_CRASH_CYCLES").unwrap_or(CYCLES);
    println!("LANDLINE_CRASH_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("room"), folder.path().join("log.txt"));
    let (authors, mut account) = run(cycles, seed, &data, &log).await;

    let (host, addr) = Host::start(&data, &log);
    for topic in (0..TOPICS).map(topic) {
        let all = log_after(&addr, &topic, 0).await;
        account.compare(&topic, &all);
    }
    host.kill();
    let acked: usize = authors.iter().map(|author| author.acked.len()).sum();
    let known: u64 = authors.iter().map(|author| author.known).sum();
    let (lost, doubled) = (account.lost(&authors), account.doubled());
    println!(
        "crash: {cycles} cycles, {AUTHORS} authors, {acked} messages acknowledged, {lost} lost, {doubled} doubled; \
         {known} were on the disk when the kill came before their acknowledgement, and were known when they came again"
    );
    assert_eq!(account.broken, Vec::<String>::new());
    assert_eq!((lost, doubled), (0, 0));
    assert!(
        acked as u64 > cycles * 10,
        "too little was said to prove anything"
    );
    assert!(
        known > 0,
        "I2: no kill fell between a commit and its acknowledgement"
    );
}

/// A check of the check: one message taken out of the log behind the host's back is missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i01_the_rig_misses_a_message_that_is_taken_from_the_log() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("room"), folder.path().join("log.txt"));
    let (authors, account) = run(2, 1, &data, &log).await;
    assert_eq!(account.lost(&authors), 0);
    let file = rusqlite::Connection::open(data.join("room.db")).unwrap();
    let gone = file.execute(
        "DELETE FROM entry WHERE seq = (SELECT max(seq) FROM entry WHERE chat = 1) AND chat = 1",
        [],
    );
    assert_eq!(gone.unwrap(), 1);
    drop(file);
    let (host, addr) = Host::start(&data, &log);
    let mut again = Account::default();
    for topic in (0..TOPICS).map(topic) {
        again.take_in(&topic, log_after(&addr, &topic, 0).await, &authors);
    }
    host.kill();
    // The last of a log may have been committed and not acknowledged.
    assert!(again.lost(&authors) == 1 || again.stored() + 1 == account.stored());
    assert_eq!(again.stored() + 1, account.stored());
}
