//! From a message to its acknowledgement: it is on the disk then.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::bail;

use crate::crowd::{Crowd, Heard, Speech};
use crate::middle::quantile;
use crate::server::{self, Server};

const PATIENCE: Duration = Duration::from_mins(2);
/// Bytes of a message's text.
const BYTES: usize = 64;
/// Messages a second of one member.
const RATES: [u32; 3] = [1, 100, 1_000];
/// Those who write as fast as they can, each in a topic of their own so that nothing but the storing counts.
const WRITERS: usize = 64;
/// What each of them has under way; the host allows 64.
const UNDER_WAY: [usize; 2] = [1, 16];

/// How long.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Landline, a release build
    #[arg(long, env = "LANDLINE_CLI")]
    cli: PathBuf,
    /// Seconds for each figure
    #[arg(long, default_value_t = 6)]
    seconds: u32,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let (core, mine) = server::cores();
    server::pin_self(mine)?;
    println!("\nacknowledged durably, {BYTES}-byte text, the server on one core");
    println!("{:<40}{:>12}{:>12}", "one member", "p50, ms", "p99, ms");
    for rate in RATES {
        let server = Server::landline_on(core, &options.cli)?;
        // Of one message a second there are enough for a figure after a while.
        let messages = (rate * options.seconds).max(20);
        let waits = paced(&server, rate, messages)?;
        println!(
            "{:<40}{:>12.2}{:>12.2}",
            format!("{rate} a second"),
            quantile(waits.iter().copied(), 0.5),
            quantile(waits.iter().copied(), 0.99)
        );
    }
    println!("{:<40}{:>12}", "at saturation", "messages/s");
    for under_way in UNDER_WAY {
        let server = Server::landline_on(core, &options.cli)?;
        let per_second = saturated(&server, under_way, options.seconds)?;
        println!(
            "{:<40}{per_second:>12.0}",
            format!("{WRITERS} writers, {under_way} under way each")
        );
    }
    Ok(())
}

/// The time of each message from its sending to its acknowledgement, in milliseconds.
fn paced(server: &Server, rate: u32, messages: u32) -> anyhow::Result<Vec<f64>> {
    let mut crowd = Crowd::new(Speech::Landline)?;
    crowd.enter(server, "lobby")?;
    crowd.settle()?;
    let started = Instant::now();
    let (mut sent, mut waits) = (Vec::new(), Vec::new());
    while waits.len() < messages as usize {
        let said = u32::try_from(sent.len())?;
        let next_at = started + Duration::from_secs(1) / rate * said;
        if said < messages && next_at <= Instant::now() {
            let frame = crowd.say("lobby", BYTES);
            sent.push(Instant::now());
            crowd.send(0, &frame)?;
            continue;
        }
        let until = if said < messages {
            next_at
        } else {
            started + PATIENCE
        };
        // Acknowledgements come in the order of the messages.
        crowd.hear(until, |_, what| {
            if what == Heard::Ack {
                waits.push(sent[waits.len()].elapsed().as_secs_f64() * 1e3);
            }
        })?;
        if started.elapsed() > PATIENCE {
            bail!("{} of {messages} were acknowledged", waits.len());
        }
    }
    Ok(waits)
}

/// Acknowledged messages a second.
fn saturated(server: &Server, under_way: usize, seconds: u32) -> anyhow::Result<f64> {
    let topic = |writer: usize| format!("topic-{writer}");
    let mut crowd = Crowd::new(Speech::Landline)?;
    for writer in 0..WRITERS {
        crowd.enter(server, &topic(writer))?;
    }
    crowd.settle()?;
    let started = Instant::now();
    let until = started + Duration::from_secs(seconds.into());
    for writer in 0..WRITERS {
        for _ in 0..under_way {
            let frame = crowd.say(&topic(writer), BYTES);
            crowd.send(writer, &frame)?;
        }
    }
    let mut acked = 0_u32;
    while Instant::now() < until {
        let mut free = Vec::new();
        crowd.hear(until, |writer, what| {
            if what == Heard::Ack {
                free.push(writer);
            }
        })?;
        acked += u32::try_from(free.len())?;
        for writer in free {
            let frame = crowd.say(&topic(writer), BYTES);
            crowd.send(writer, &frame)?;
        }
    }
    Ok(f64::from(acked) / started.elapsed().as_secs_f64())
}
