//! What happens in a run, all of it out of the seed: who there is, what they say and when, and what goes wrong.

use fastrand::Rng;
use landline_protocol::TopicName;

use crate::mutant::Mutant;

const DAY_MS: i64 = 86_400_000;

/// What a member does.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Join(TopicName),
    Say { to: To, bytes: usize },
}

/// Where a member says something.
#[derive(Debug, Clone)]
pub(crate) enum To {
    Topic(TopicName),
    /// One of the members, by number; oneself is a chat, too.
    Member(usize),
}

/// What goes wrong, or right again. Numbers are those of members.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    /// The host's program dies; its sockets are closed by its system.
    CrashHost,
    /// The host's machine dies: nobody hears of it.
    CutPower,
    /// It is stopped in good order.
    StopHost,
    StartHost,
    /// A member's app dies.
    CrashApp(usize),
    StartApp(usize),
    /// What is sent on a member's link is kept back …
    Hold(usize),
    /// … or lost …
    Cut(usize),
    /// … or lost on its way to the host …
    CutToHost(usize),
    /// … or from it.
    CutFromHost(usize),
    Mend(usize),
    /// Connections break at random.
    Lossy(f64),
    SlowDisk(u64),
    FailingDisk,
    DiskHeals,
    /// The host's clock jumps.
    HostClock(i64),
    /// The members' clocks jump.
    MembersClock(i64),
    /// A member does not read what the host sends.
    Deaf(usize),
    Hears(usize),
}

/// See the module.
pub(crate) struct Plan {
    pub(crate) tick_ms: u64,
    pub(crate) latency_ms: u64,
    pub(crate) is_order_random: bool,
    /// What each member does, in the order of time.
    pub(crate) acts: Vec<Vec<(u64, Act)>>,
    /// What goes wrong, in the order of time.
    pub(crate) steps: Vec<(u64, Step)>,
    /// From here on nothing goes wrong any more.
    pub(crate) heals_at_ms: u64,
}

impl Plan {
    /// A conversation in which anything may go wrong.
    pub(crate) fn of(seed: u64, mutant: Option<Mutant>) -> Plan {
        let mut rng = Rng::with_seed(seed);
        let members = rng.usize(2..=4);
        let heals_at_ms = rng.u64(4_000..10_000);
        let topics = topics(rng.usize(1..=2));
        let acts = (0..members)
            .map(|_| acts(&mut rng, &topics, members, heals_at_ms))
            .collect();
        let mut steps = Vec::new();
        for _ in 0..rng.usize(1..=6) {
            fault(&mut rng, members, heals_at_ms, &mut steps);
        }
        steps.extend(needs(mutant, heals_at_ms));
        steps.sort_by_key(|(at, _)| *at);
        Plan {
            tick_ms: *rng.choice([5, 10, 20].iter()).unwrap_or(&10),
            latency_ms: rng.u64(1..80),
            is_order_random: rng.bool(),
            acts,
            steps,
            heals_at_ms,
        }
    }

    /// A steady conversation of three, and a fourth member who does not read if `is_deaf`.
    pub(crate) fn of_readers(seed: u64, is_deaf: bool) -> Plan {
        let mut rng = Rng::with_seed(seed);
        let heals_at_ms = 8_000;
        let lobby = TopicName::lobby();
        let mut acts: Vec<Vec<(u64, Act)>> = vec![Vec::new(); 4];
        for at in (1_000..heals_at_ms).step_by(20) {
            let say = Act::Say {
                to: To::Topic(lobby.clone()),
                bytes: rng.usize(4_000..8_000),
            };
            acts[rng.usize(0..3)].push((at, say));
        }
        let steps = if is_deaf {
            vec![(900, Step::Deaf(3))]
        } else {
            Vec::new()
        };
        Plan {
            tick_ms: 5,
            latency_ms: rng.u64(1..30),
            is_order_random: false,
            acts,
            steps,
            heals_at_ms,
        }
    }
}

fn topics(count: usize) -> Vec<TopicName> {
    let named = |n| match n {
        0 => TopicName::lobby(),
        n => format!("topic-{n}").parse().expect("a topic's name"),
    };
    (0..count).map(named).collect()
}

/// Joins everything, then talks: alone, or in bursts.
fn acts(rng: &mut Rng, topics: &[TopicName], members: usize, until: u64) -> Vec<(u64, Act)> {
    let mut acts: Vec<_> = topics[1..]
        .iter()
        .map(|topic| (rng.u64(0..1_500), Act::Join(topic.clone())))
        .collect();
    for _ in 0..rng.usize(2..12) {
        let at = rng.u64(100..until);
        let burst = if rng.u8(..4) == 0 { rng.u64(2..12) } else { 1 };
        let to = match rng.u8(..5) {
            0 => To::Member(rng.usize(..members)),
            _ => To::Topic(topics[rng.usize(..topics.len())].clone()),
        };
        for n in 0..burst {
            let bytes = if rng.u8(..16) == 0 {
                12_000
            } else {
                rng.usize(..200)
            };
            let to = to.clone();
            acts.push((at + n * rng.u64(0..20), Act::Say { to, bytes }));
        }
    }
    acts.sort_by_key(|(at, _)| *at);
    acts
}

/// One thing that goes wrong, and its end.
fn fault(rng: &mut Rng, members: usize, until: u64, steps: &mut Vec<(u64, Step)>) {
    let at = rng.u64(200..until);
    let lasts = if rng.bool() {
        rng.u64(50..800)
    } else {
        rng.u64(800..5_000)
    };
    let end = at + lasts;
    let who = rng.usize(..members);
    let (begin, over) = match rng.u8(..16) {
        0 | 1 => (Step::CrashHost, Step::StartHost),
        2 => (Step::CutPower, Step::StartHost),
        3 => (Step::StopHost, Step::StartHost),
        4 | 5 => (Step::CrashApp(who), Step::StartApp(who)),
        6 => (Step::Hold(who), Step::Mend(who)),
        7 => (Step::Cut(who), Step::Mend(who)),
        8 => (Step::CutToHost(who), Step::Mend(who)),
        9 => (Step::CutFromHost(who), Step::Mend(who)),
        10 => return clog(rng, members, at, steps),
        11 => (Step::Lossy(rng.f64() * 0.05), Step::Lossy(0.0)),
        12 => (Step::SlowDisk(rng.u64(50..900)), Step::DiskHeals),
        13 => (Step::FailingDisk, Step::DiskHeals),
        14 => {
            let jump = *rng
                .choice([-DAY_MS, DAY_MS, -3_000, 3_000].iter())
                .unwrap_or(&0);
            let step = if rng.bool() {
                Step::HostClock(jump)
            } else {
                Step::MembersClock(jump)
            };
            return steps.push((at, step));
        }
        _ => (Step::Deaf(who), Step::Hears(who)),
    };
    steps.push((at, begin));
    steps.push((end, over));
}

/// Swizzle-clog: links are clogged one by one and freed in another order.
fn clog(rng: &mut Rng, members: usize, at: u64, steps: &mut Vec<(u64, Step)>) {
    let mut links: Vec<usize> = (0..members).collect();
    for is_clogging in [true, false] {
        rng.shuffle(&mut links);
        let from = if is_clogging { at } else { at + 2_000 };
        for (n, link) in (0..).zip(&links) {
            let step = if is_clogging {
                Step::Hold(*link)
            } else {
                Step::Mend(*link)
            };
            steps.push((from + n * rng.u64(50..500), step));
        }
    }
}

/// What a mutant needs so that it can do harm in every run.
fn needs(mutant: Option<Mutant>, until: u64) -> Vec<(u64, Step)> {
    let host = [
        (until / 2, Step::CrashHost),
        (until / 2 + 500, Step::StartHost),
    ];
    match mutant {
        Some(Mutant::AcksFirst | Mutant::ForgetsIds | Mutant::Renumbers | Mutant::Older) => {
            host.into()
        }
        Some(Mutant::ForgetsOutbox) => vec![
            (until / 4, Step::Cut(0)),
            (until / 2, Step::CrashApp(0)),
            (until / 2 + 500, Step::StartApp(0)),
        ],
        Some(Mutant::HidesOne) => vec![(until / 3, Step::Cut(0)), (until, Step::Mend(0))],
        _ => Vec::new(),
    }
}
