//! The real programs over bad networks: a host, Ana behind a cable with weather, Bo behind a good one. However bad it was,
//! afterwards everybody has everything, once, in one order, and each author's words in theirs.
//!
//! Needs root; says so and skips where there is none, fails in CI. These tests mostly wait, so each plays its scenes at the
//! same time, and other tests may run beside them.

#![cfg(target_os = "linux")]

#[path = "../lan/figures.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod figures;
mod link;
#[path = "../lan/network.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod network;
#[path = "../lan/people.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod people;
#[path = "../lan/process.rs"]
#[allow(dead_code, reason = "these tests use a part of it")]
mod process;
mod talk;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use figures::{figure, ms};
use link::{Link, Tally, Way, Weather};
use network::Lan;
use people::{Folder, host, join};
use process::Process;
use talk::Talk;

/// The seed of all weather; a failure comes again with it, as far as the programs' own timing allows.
const SEED: u64 = 0x1a_5eed;
/// How long a link is cut in one direction, and how long a program is stopped. It exceeds every deadline that could notice:
/// 12 s of silence for a client, 25 + 8 s for the host, 5 s for a try to connect, 5 s of backoff between tries.
const LONGER_THAN_ALL_DEADLINES: Duration = Duration::from_secs(40);

/// They are kept in one file.
static FIGURES: Mutex<()> = Mutex::new(());

/// A room, and two people in it.
struct Scene {
    talk: Talk,
    room: Process,
    link: Link,
    lan: Lan,
    _folder: Folder,
}

impl Scene {
    /// `None` where networks cannot be made. `by_name`: people find the room by its announcement, not by its address.
    fn set(name: &'static str, weather: Weather, by_name: bool) -> Option<Scene> {
        let mut link = None;
        let lan = Lan::with_cables(3, |ends| {
            let is_ana = ends.number == 2;
            if is_ana {
                link = Some(Link::lay(ends, weather, SEED));
            }
            is_ana
        })?;
        let folder = Folder::new();
        let (room, _) = host(
            &lan,
            1,
            "Workshop",
            &folder.of("room"),
            &["--rate-limit", "off"],
        );
        let address = Lan::address(1);
        let room_name = if by_name { "Workshop" } else { &address };
        let ana = join(&lan, 2, room_name, "Ana", &folder.of("ana"));
        let bo = join(&lan, 3, room_name, "Bob", &folder.of("bo"));
        Some(Scene {
            talk: Talk::of(name, vec![("ana", ana), ("bo", bo)]),
            room,
            link: link?,
            lan,
            _folder: folder,
        })
    }

    fn settle(mut self, name: &str) {
        let took = self.talk.settle();
        let _one_at_a_time = FIGURES.lock().unwrap_or_else(PoisonError::into_inner);
        figure(
            &format!("{name}: everybody has everything after"),
            &ms(took),
        );
    }
}

/// Plays scenes at the same time.
fn play(scenes: &[&(dyn Fn() + Sync)]) {
    std::thread::scope(|scope| {
        for scene in scenes {
            scope.spawn(scene);
        }
    });
}

/// What is to happen to a link's packets: a fair day proves nothing.
type Rain = fn(&Tally) -> &AtomicU64;

/// 40 rounds of talk while the weather lasts.
fn talk_in(name: &'static str, rain: Rain, weather: Weather) {
    let Some(mut scene) = Scene::set(name, weather, false) else {
        return;
    };
    for _ in 0..40 {
        scene.talk.round();
    }
    let end = Instant::now() + Duration::from_secs(4);
    scene.talk.until(end, Duration::from_millis(100));
    let tally = scene.link.tally();
    let fell = rain(tally).load(Ordering::Relaxed);
    assert!(fell > 0, "{name}: it did not rain: {tally:?}");
    scene.settle(name);
}

#[test]
fn i02_i04_i05_i06_a_link_that_loses_delays_reorders_doubles_or_is_slow() {
    let fair = Weather::default();
    let ms = Duration::from_millis;
    play(&[
        &|| {
            talk_in(
                "2 % loss",
                |tally| &tally.lost,
                Weather {
                    loss_percent: 2.0,
                    delay: ms(5),
                    ..fair
                },
            );
        },
        &|| {
            talk_in(
                "200 ms, 100 more or less",
                |tally| &tally.overtook,
                Weather {
                    delay: ms(200),
                    jitter: ms(100),
                    ..fair
                },
            );
        },
        &|| {
            talk_in(
                "a quarter overtakes the rest",
                |tally| &tally.overtook,
                Weather {
                    overtake_percent: 25.0,
                    delay: ms(40),
                    ..fair
                },
            );
        },
        &|| {
            talk_in(
                "a tenth comes twice",
                |tally| &tally.doubled,
                Weather {
                    twice_percent: 10.0,
                    delay: ms(5),
                    ..fair
                },
            );
        },
        &|| {
            talk_in(
                "10 kB/s",
                |tally| &tally.carried,
                Weather {
                    bytes_per_second: 10_000,
                    queue_bytes: 16_000,
                    ..fair
                },
            );
        },
        &|| {
            talk_in(
                "all of it",
                |tally| &tally.lost,
                Weather {
                    loss_percent: 2.0,
                    delay: ms(100),
                    jitter: ms(50),
                    overtake_percent: 5.0,
                    twice_percent: 5.0,
                    bytes_per_second: 30_000,
                    queue_bytes: 32_000,
                    ..fair
                },
            );
        },
    ]);
}

/// Both talk, then something breaks and they talk on, then it is whole again.
fn break_and_mend(
    name: &'static str,
    lasts: Duration,
    breaks: impl Fn(&mut Scene),
    mends: impl Fn(&mut Scene),
) {
    let Some(mut scene) = Scene::set(name, Weather::default(), true) else {
        return;
    };
    scene.talk.round();
    breaks(&mut scene);
    let end = Instant::now() + lasts;
    scene.talk.until(end, Duration::from_millis(500));
    mends(&mut scene);
    scene.settle(name);
}

fn cut(name: &'static str, way: Way) {
    let mend = |scene: &mut Scene| {
        let notices = scene.talk.process("ana").notices();
        assert!(notices.contains("No connection"), "{name}: {notices}");
        scene.link.mend();
    };
    break_and_mend(
        name,
        LONGER_THAN_ALL_DEADLINES,
        |scene| scene.link.cut(way),
        mend,
    );
}

fn flap() {
    let name = "cut and whole every 3 s";
    let flapping = Weather {
        flaps_every: Some(Duration::from_secs(3)),
        ..Weather::default()
    };
    let Some(mut scene) = Scene::set(name, flapping, false) else {
        return;
    };
    let end = Instant::now() + Duration::from_secs(24);
    scene.talk.until(end, Duration::from_millis(250));
    scene.link.mend();
    scene.settle(name);
}

#[test]
fn i04_i05_i06_i12_a_link_that_is_cut_one_way_or_flaps_and_a_host_that_moves() {
    play(&[
        &|| cut("cut from the client to the host", Way::Out),
        &|| cut("cut from the host to the client", Way::In),
        &flap,
        &|| {
            let moves = |scene: &mut Scene| scene.lan.move_to(1, 101);
            let seconds = Duration::from_secs(10);
            break_and_mend("the host's address changes", seconds, moves, |_| {});
        },
    ]);
}

#[test]
fn i04_i06_i12_a_client_or_a_host_that_sleeps() {
    play(&[
        &|| {
            let sleeps = |scene: &mut Scene| scene.talk.process("ana").stop();
            let wakes = |scene: &mut Scene| scene.talk.process("ana").go_on();
            break_and_mend(
                "the client sleeps",
                LONGER_THAN_ALL_DEADLINES,
                sleeps,
                wakes,
            );
        },
        &|| {
            let sleeps = |scene: &mut Scene| scene.room.stop();
            let wakes = |scene: &mut Scene| scene.room.go_on();
            break_and_mend("the host sleeps", LONGER_THAN_ALL_DEADLINES, sleeps, wakes);
        },
    ]);
}
