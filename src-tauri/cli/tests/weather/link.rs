//! A cable with weather: a TAP device at either end, and between them a thread that loses, delays, reorders, doubles,
//! slows down and cuts. What it does to the n-th packet of a direction follows from its seed alone, so it needs no `netem`
//! of the kernel, and a bad day can be had again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tappers::{Interface, Tap};

use crate::network::Ends;

/// Longest Ethernet frame: the MTU of 1,500 and its header, with room for a VLAN tag.
const FRAME_BYTES: usize = 1_522;
/// How often the thread looks whether it is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What happens to each packet, in both directions.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    /// How many of a hundred are lost.
    pub(crate) loss_percent: f64,
    /// How long each takes …
    pub(crate) delay: Duration,
    /// … more or less: those that take less overtake others.
    pub(crate) jitter: Duration,
    /// How many of a hundred are not delayed at all, and so overtake all that are under way.
    pub(crate) overtake_percent: f64,
    /// How many of a hundred come twice.
    pub(crate) twice_percent: f64,
    /// What goes through at most; 0: everything.
    pub(crate) bytes_per_second: u32,
    /// What may wait for that; more is lost.
    pub(crate) queue_bytes: u32,
    /// Cut for so long, whole for so long, and so on.
    pub(crate) flaps_every: Option<Duration>,
}

/// A direction of the cable.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Way {
    /// From the computer into the network.
    Out,
    /// From the network to the computer.
    In,
}

/// What became of the packets so far: a day without rain proves nothing.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) carried: AtomicU64,
    pub(crate) lost: AtomicU64,
    pub(crate) overtook: AtomicU64,
    pub(crate) doubled: AtomicU64,
}

/// A cable. Dropping it pulls it out.
pub(crate) struct Link {
    tally: Arc<Tally>,
    cut: Arc<[AtomicBool; 2]>,
    /// Whether it flaps now.
    flaps: Arc<AtomicBool>,
    end: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    /// Lays it.
    pub(crate) fn lay(ends: Ends<'_>, weather: Weather, seed: u64) -> Link {
        let taps = [tap(ends.computer, "eth0"), tap(ends.bridge, ends.port)];
        let taps = taps.map(|tap| tap.unwrap_or_else(|error| panic!("no TAP device: {error}")));
        let cut = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
        let (flaps, end) = (
            Arc::new(AtomicBool::new(true)),
            Arc::new(AtomicBool::new(false)),
        );
        let tally = Arc::new(Tally::default());
        let mut sky = Sky {
            weather,
            cut: cut.clone(),
            flaps: flaps.clone(),
            chance: [seed, seed ^ u64::MAX].map(fastrand::Rng::with_seed),
            free_at: [Instant::now(); 2],
            since: Instant::now(),
            under_way: BinaryHeap::new(),
            packets: 0,
            newest: [Instant::now(); 2],
            tally: tally.clone(),
        };
        let ending = end.clone();
        let thread = std::thread::spawn(move || sky.carry(&taps, &ending));
        Link {
            tally,
            cut,
            flaps,
            end,
            thread: Some(thread),
        }
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Nothing goes through in this direction from now on.
    pub(crate) fn cut(&self, way: Way) {
        self.cut[way as usize].store(true, Ordering::Relaxed);
    }

    /// Whole again, and it stays so.
    pub(crate) fn mend(&self) {
        self.flaps.store(false, Ordering::Relaxed);
        for cut in self.cut.iter() {
            cut.store(false, Ordering::Relaxed);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.end.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Makes a card in a namespace. It stays there though this process is not: a thread goes in, and ends.
fn tap(namespace: &str, name: &str) -> io::Result<Tap> {
    std::thread::scope(|scope| {
        let made = scope.spawn(|| {
            let inside = File::open(format!("/run/netns/{namespace}"))?;
            move_into_link_name_space(inside.as_fd(), Some(LinkNameSpaceType::Network))?;
            let mut tap = Tap::new_named(Interface::new(name)?)?;
            tap.set_nonblocking(true)?;
            Ok(tap)
        });
        made.join().expect("making a card does not panic")
    })
}

/// A packet under way: when it arrives, its number, its direction, itself.
type Packet = Reverse<(Instant, u64, usize, Vec<u8>)>;

struct Sky {
    weather: Weather,
    cut: Arc<[AtomicBool; 2]>,
    flaps: Arc<AtomicBool>,
    chance: [fastrand::Rng; 2],
    /// When the wire has sent what is in its queue.
    free_at: [Instant; 2],
    since: Instant,
    under_way: BinaryHeap<Packet>,
    packets: u64,
    /// When the last of those under way arrives, for each direction.
    newest: [Instant; 2],
    tally: Arc<Tally>,
}

impl Sky {
    fn carry(&mut self, taps: &[Tap; 2], end: &AtomicBool) {
        let mut frame = [0; FRAME_BYTES];
        while !end.load(Ordering::Relaxed) {
            let next = self.under_way.peek().map(|Reverse((at, ..))| *at);
            let wait = next.map_or(LOOK_EVERY, |at| {
                at.saturating_duration_since(Instant::now()).min(LOOK_EVERY)
            });
            let wait = Timespec::try_from(wait).expect("a short time");
            let mut ready = taps.each_ref().map(|tap| PollFd::new(tap, PollFlags::IN));
            let _ = poll(&mut ready, Some(&wait));
            for (way, tap) in taps.iter().enumerate() {
                while let Ok(length) = tap.recv(&mut frame) {
                    self.take(way, &frame[..length]);
                }
            }
            let now = Instant::now();
            while let Some(Reverse((at, ..))) = self.under_way.peek()
                && *at <= now
                && let Some(Reverse((_, _, way, packet))) = self.under_way.pop()
            {
                // A card that is down takes nothing, as with any cable.
                let _ = taps[1 - way].send(&packet);
            }
        }
    }

    /// Decides what becomes of a packet.
    fn take(&mut self, way: usize, packet: &[u8]) {
        let now = Instant::now();
        let Weather {
            loss_percent,
            delay,
            jitter,
            overtake_percent,
            twice_percent,
            ..
        } = self.weather;
        let chance = &mut self.chance[way];
        // Every packet draws as often as any other, so that one more does not change the luck of the rest.
        let [lost, overtakes, twice] = [loss_percent, overtake_percent, twice_percent]
            .map(|percent| chance.f64() * 100.0 < percent);
        let longer = jitter.mul_f64(chance.f64() * 2.0);
        let sent = (!lost && !self.is_cut(way, now))
            .then(|| self.send(way, packet.len(), now))
            .flatten();
        let Some(sent) = sent else {
            self.tally.lost.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let arrives = if overtakes {
            sent
        } else {
            sent + (delay + longer).saturating_sub(jitter)
        };
        let overtook = u64::from(arrives < self.newest[way]);
        self.newest[way] = self.newest[way].max(arrives);
        for (count, more) in [
            (&self.tally.carried, 1),
            (&self.tally.overtook, overtook),
            (&self.tally.doubled, u64::from(twice)),
        ] {
            count.fetch_add(more, Ordering::Relaxed);
        }
        for _ in 0..=usize::from(twice) {
            self.packets += 1;
            let packet = (arrives, self.packets, way, packet.to_vec());
            self.under_way.push(Reverse(packet));
        }
    }

    /// When it has left a slow wire; nothing if its queue is full.
    fn send(&mut self, way: usize, bytes: usize, now: Instant) -> Option<Instant> {
        let Weather {
            bytes_per_second,
            queue_bytes,
            ..
        } = self.weather;
        if bytes_per_second == 0 {
            return Some(now);
        }
        let takes = |bytes: u32| Duration::from_secs(1) * bytes / bytes_per_second;
        let start = self.free_at[way].max(now);
        if start - now > takes(queue_bytes) {
            return None;
        }
        self.free_at[way] = start + takes(u32::try_from(bytes).unwrap_or(u32::MAX));
        Some(self.free_at[way])
    }

    fn is_cut(&self, way: usize, now: Instant) -> bool {
        let flapped = self.flaps.load(Ordering::Relaxed)
            && self.weather.flaps_every.is_some_and(|every| {
                let times = now.duration_since(self.since).as_millis() / every.as_millis();
                times % 2 == 1
            });
        flapped || self.cut[way].load(Ordering::Relaxed)
    }
}
