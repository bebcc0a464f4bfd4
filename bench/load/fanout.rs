//! One speaks, all hear: Landline beside a floor server and what others would pick, each on one core, taking turns.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

use crate::crowd::{Crowd, Heard, Speech};
use crate::middle::median;
use crate::server::{self, Server};

/// Longer than a round takes on a slow machine.
const PATIENCE: Duration = Duration::from_mins(3);
/// Bytes of a message's text.
const BYTES: usize = 64;
/// Where the members of Landline are.
const TOPIC: &str = "lobby";

/// What stands side by side, and for how long.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    peers: Peers,
    /// Rounds; the servers take turns in each
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Seconds that a paced round lasts
    #[arg(long, default_value_t = 4)]
    seconds: usize,
    /// Messages of a closed round
    #[arg(long, default_value_t = 4_000)]
    messages: usize,
    /// Only workloads whose name holds this
    #[arg(long)]
    only: Option<String>,
    /// Only these servers
    #[arg(long, value_delimiter = ',')]
    servers: Vec<String>,
}

/// Where the programs are.
#[derive(clap::Args)]
pub(crate) struct Peers {
    /// Landline, a release build
    #[arg(long, env = "LANDLINE_CLI")]
    pub(crate) cli: PathBuf,
    /// The folder of bun.js and ws.js, with their packages installed
    #[arg(long, env = "LANDLINE_PEERS", default_value = "bench/peers")]
    peers: PathBuf,
}

impl Peers {
    /// All servers, Landline first.
    pub(crate) const NAMES: [&str; 4] = ["landline", "bun", "ws", "floor"];

    /// Starts one of [`Peers::NAMES`].
    pub(crate) fn start(&self, name: &str) -> anyhow::Result<(Server, Speech)> {
        let (core, _) = server::cores();
        let mut command = match name {
            "landline" => {
                let server = Server::landline_on(core, &self.cli)?;
                return Ok((server, Speech::Landline));
            }
            "bun" => self.script(&self.bun()?, "bun.js"),
            "ws" => self.script(Path::new("node"), "ws.js"),
            "floor" => Command::new(beside_me("landline-floor")?),
            other => bail!("there is no server {other}; choose of {:?}", Peers::NAMES),
        };
        command.env("NODE_ENV", "production");
        Ok((Server::other_on(core, &command)?, Speech::Bare))
    }

    fn script(&self, program: &Path, name: &str) -> Command {
        let mut command = Command::new(program);
        command.arg(self.peers.join(name));
        command
    }

    /// The program itself, as the package puts it in place on every system; its launcher would be one more process.
    fn bun(&self) -> anyhow::Result<PathBuf> {
        let program = self.peers.join("node_modules/bun/bin/bun.exe");
        if !program.exists() {
            bail!("no {}: npm ci in bench/peers", program.display());
        }
        Ok(program)
    }
}

fn beside_me(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}

/// What is done to each server.
struct Workload {
    name: &'static str,
    members: usize,
    pace: Pace,
}

#[derive(Clone, Copy)]
enum Pace {
    /// So many a second, whatever comes back.
    PerSecond(u32),
    /// The next one when one of so many has come back to its sender.
    Outstanding(usize),
}

const WORKLOADS: [Workload; 3] = [
    Workload {
        name: "200 members, paced at 100/s",
        members: 200,
        pace: Pace::PerSecond(100),
    },
    Workload {
        name: "200 members, closed loop, 4 outstanding",
        members: 200,
        pace: Pace::Outstanding(4),
    },
    Workload {
        name: "1,000 members, paced at 20/s",
        members: 1_000,
        pace: Pace::PerSecond(20),
    },
];

/// What a round gave.
struct Measured {
    deliveries_per_second: f64,
    cpu_us: f64,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    server::pin_self(server::cores().1)?;
    let servers: Vec<&str> = Peers::NAMES
        .into_iter()
        .filter(|name| options.servers.is_empty() || options.servers.iter().any(|one| one == name))
        .collect();
    let wanted = |workload: &&Workload| {
        let only = options.only.as_deref();
        only.is_none_or(|only| workload.name.contains(only))
    };
    for workload in WORKLOADS.iter().filter(wanted) {
        let mut rounds: Vec<Vec<Measured>> = servers.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.rounds {
            for (server, rounds) in servers.iter().zip(&mut rounds) {
                let measured = measure(server, workload, options);
                rounds.push(measured.with_context(|| format!("{server}: {}", workload.name))?);
            }
        }
        print(workload, options, &servers, &rounds);
    }
    println!(
        "Landline parses, checks, commits to disk and acknowledges in each of these; the others only pass on. Ratios are the median"
    );
    println!("of the rounds' own ratios. More deliveries and less CPU are better.");
    Ok(())
}

fn measure(name: &str, workload: &Workload, options: &Options) -> anyhow::Result<Measured> {
    let (server, speech) = options.peers.start(name)?;
    let mut crowd = Crowd::new(speech)?;
    for _ in 0..workload.members {
        crowd.enter(&server, TOPIC)?;
    }
    crowd.settle()?;
    let messages = match workload.pace {
        Pace::PerSecond(rate) => options.seconds * rate as usize,
        Pace::Outstanding(_) => options.messages,
    };
    // Warm: code compiled, buffers grown.
    say(&mut crowd, workload, messages / 8)?;
    crowd.settle()?;
    let (cpu, started) = (server.cpu()?, Instant::now());
    say(&mut crowd, workload, messages)?;
    let took = started.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    let deliveries = f64::from(u32::try_from(messages * workload.members)?);
    Ok(Measured {
        deliveries_per_second: deliveries / took.as_secs_f64(),
        cpu_us: cpu.as_secs_f64() * 1e6 / deliveries,
    })
}

/// The first client says so many messages; returns when everybody has all of them.
fn say(crowd: &mut Crowd, workload: &Workload, messages: usize) -> anyhow::Result<()> {
    let started = Instant::now();
    let wanted = messages * workload.members;
    let (mut said, mut heard, mut heard_by_me) = (0, 0, 0);
    while heard < wanted {
        let next_at = match workload.pace {
            Pace::PerSecond(rate) => started + Duration::from_secs(1) / rate * u32::try_from(said)?,
            Pace::Outstanding(most) if said < heard_by_me + most => Instant::now(),
            Pace::Outstanding(_) => started + PATIENCE,
        };
        if said < messages && next_at <= Instant::now() {
            let frame = crowd.say(TOPIC, BYTES);
            crowd.send(0, &frame)?;
            said += 1;
            continue;
        }
        if started.elapsed() > PATIENCE {
            bail!("{heard} of {wanted} deliveries came");
        }
        let until = if said < messages {
            next_at
        } else {
            started + PATIENCE
        };
        crowd.hear(until, |client, what| {
            if what == Heard::Message {
                heard += 1;
                heard_by_me += usize::from(client == 0);
            }
        })?;
    }
    Ok(())
}

fn print(workload: &Workload, options: &Options, servers: &[&str], rounds: &[Vec<Measured>]) {
    println!(
        "\n{}, {BYTES}-byte text, median of {} rounds",
        workload.name, options.rounds
    );
    let ratio = |server: &[Measured], to: &str, of: fn(&Measured) -> f64| {
        let to = servers.iter().position(|name| *name == to)?;
        let pairs = server.iter().zip(&rounds[to]);
        Some(median(pairs.map(|(one, other)| of(one) / of(other))))
    };
    let show = |ratio: Option<f64>| ratio.map_or("-".into(), |ratio| format!("{ratio:.2}x"));
    println!(
        "{:<12}{:>14}{:>16}{:>16}{:>14}{:>14}",
        "server", "deliveries/s", "CPU us each", "speed to bun", "CPU to bun", "CPU to floor"
    );
    for (name, rounds) in servers.iter().zip(rounds) {
        let speed: fn(&Measured) -> f64 = |one| one.deliveries_per_second;
        let cpu: fn(&Measured) -> f64 = |one| one.cpu_us;
        println!(
            "{name:<12}{:>14.0}{:>16.2}{:>16}{:>14}{:>14}",
            median(rounds.iter().map(speed)),
            median(rounds.iter().map(cpu)),
            show(ratio(rounds, "bun", speed)),
            show(ratio(rounds, "bun", cpu)),
            show(ratio(rounds, "floor", cpu)),
        );
    }
}
