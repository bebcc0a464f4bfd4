//! Sixty seconds of coming, talking and going at random: every message reaches exactly those it should, in one order, and nothing
//! stays behind. `LANDLINE_SOAK_SECS` makes it longer; `LANDLINE_SOAK_SEED` repeats the choices of a run that failed.

#[path = "../support/dialects/mod.rs"]
mod support;

mod check;
mod ledger;
mod life;
mod tongue;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use support::member::Member;
use support::room::{Room, Source};
use support::until;

use ledger::Ledger;
use life::{live, watch};
use tongue::{OBSERVED, PASSING, TONGUES, Tongue};

/// How long people come and go, unless the environment says otherwise.
const SECS: u64 = 60;
/// Clients of each way to speak. Two ways make a dialect, except `plain` and `activity`, which have one.
const EACH: usize = 10;
/// Megabytes by which the server may be larger in the last quarter than in the second one, on average: what an allocator
/// keeps, not what time costs.
const GROWTH_MB: f64 = 8.0;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_hears_exactly_what_they_should_and_nothing_stays_behind() {
    let seed = number("LANDLINE_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    let seconds = number("LANDLINE_SOAK_SECS").unwrap_or(SECS);
    println!("LANDLINE_SOAK_SEED={seed}");
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_landline-cli"));
    let room = Room::start(
        &Source::Binary(binary),
        &["--rate-limit", "off", "--topic-ttl", "5"],
    );
    let (before, small) = (descriptors(&room), resident(&room));

    let ledger = Arc::new(Ledger::default());
    let observer = room.member("Observer", &OBSERVED).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let watching = tokio::spawn(watch(observer, ledger.clone(), stopped));

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut lives = tokio::task::JoinSet::new();
    for (at, tongue) in TONGUES.iter().enumerate() {
        let clients = if tongue.is_a_dialect() {
            2 * EACH
        } else {
            EACH
        };
        for n in 0..clients {
            let random = fastrand::Rng::with_seed(seed ^ ((at as u64) << 32 | n as u64));
            lives.spawn(live(
                *tongue,
                n,
                room.addr.clone(),
                random,
                ledger.clone(),
                end,
            ));
        }
    }
    let mut sizes = Vec::new();
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            life = lives.join_next() => match life {
                Some(life) => life.expect("no client failed"),
                None => break,
            },
            _ = tick.tick() => sizes.push(resident(&room)),
        }
    }
    ledger.wait_for_the_rest().await;
    stop.send(true).expect("the observer watches");
    let observer: Member = watching.await.expect("the observer saw to the end");
    observer.close().await;

    let told = check::check(&ledger.pages());
    nothing_is_left(&room, before).await;
    let end = resident(&room);
    let [second, last] = [1, 3].map(|quarter| {
        let part = &sizes[sizes.len() * quarter / 4..sizes.len() * (quarter + 1) / 4];
        part.iter().sum::<f64>() / f64::from(u32::try_from(part.len().max(1)).expect("a few"))
    });
    println!("seed {seed}: {told}");
    println!(
        "memory: {small:.1} MB at the start, {second:.1} in the second quarter, {last:.1} in the last, {end:.1} when all had left"
    );
    assert!(last <= second + GROWTH_MB, "it grows");
    assert!(end <= second + GROWTH_MB, "it keeps");
    assert!(
        TONGUES.iter().all(|tongue| ledger.spoke(*tongue)),
        "every way to speak was spoken"
    );
}

async fn nothing_is_left(room: &Room, before: usize) {
    until("nobody of topic is left", async || {
        let stats: serde_json::Value =
            serde_json::from_slice(&room.get("/stats").await.body).expect("JSON");
        let counts = &stats["connections"];
        counts["total_clients"] == 0
            && counts["total_topics"] == 0
            && stats["messages"]["total_messages"] == 0
    })
    .await;
    let topics: serde_json::Value =
        serde_json::from_slice(&room.get("/api/topics").await.body).expect("JSON");
    for topic in topics["topics"].as_array().expect("a list") {
        let guests = topic
            .get("guests")
            .and_then(serde_json::Value::as_u64)
            .unwrap_or(0);
        assert_eq!(
            (guests, topic["member_count"].as_u64()),
            (0, Some(0)),
            "{topic}"
        );
        let name = topic["topic"].as_str().expect("a name");
        assert!(!PASSING.contains(&name), "{topic} is still there");
    }
    let online: serde_json::Value =
        serde_json::from_slice(&room.get("/presence/online").await.body).expect("JSON");
    assert_eq!(online["count"], 0, "{online}");
    // A few stay with the store's readers.
    until("the descriptors are given back", async || {
        descriptors(room) <= before + 4
    })
    .await;
}

fn descriptors(room: &Room) -> usize {
    let pid = room.pid().expect("the server is ours");
    std::fs::read_dir(format!("/proc/{pid}/fd"))
        .expect("Linux")
        .count()
}

/// Megabytes of resident memory.
fn resident(room: &Room) -> f64 {
    let pid = room.pid().expect("the server is ours");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("Linux");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS"))
        .expect("a line");
    let kilobytes: u32 = line
        .split_whitespace()
        .nth(1)
        .and_then(|word| word.parse().ok())
        .expect("a number");
    f64::from(kilobytes) / 1024.0
}

impl Tongue {
    /// Those with one form make a whole dialect.
    fn is_a_dialect(self) -> bool {
        matches!(self, Tongue::Plain | Tongue::Activity)
    }
}
