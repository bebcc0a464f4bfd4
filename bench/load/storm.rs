//! Many people come within ten seconds, and a hundred of them type: what is sent to all of them together, which must not grow
//! with the square of their number.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;

use crate::crowd::{Crowd, Speech, Sum};
use crate::server::{self, Server};
use crate::wire::{self, TEXT};

/// How many come.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The server's program
    #[arg(long, env = "LANDLINE_CLI")]
    cli: PathBuf,
    /// People, one run each
    #[arg(long, value_delimiter = ',', default_value = "250,500,1000")]
    members: Vec<u32>,
    /// How long their coming takes, in seconds
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// How many of them type afterwards, for as long
    #[arg(long, default_value_t = 100)]
    typing: u32,
}

/// A person who types says so this often.
const TYPING_EVERY: Duration = Duration::from_secs(3);
/// Longer than anything is gathered before it is told.
const GATHERED: Duration = Duration::from_millis(1_500);

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    server::pin_self(None)?;
    println!(
        "\nPeople who come within {} s, and {} of them who type as long: what all of them together are sent",
        options.seconds, options.typing
    );
    println!(
        "{:<10}{:>12}{:>14}{:>16}{:>16}{:>12}{:>14}",
        "people", "frames", "bytes", "frames a head", "bytes a head", "typing fr.", "typing bytes"
    );
    for members in &options.members {
        let (coming, typing) = storm(options, *members)?;
        let head = u64::from((*members).max(1));
        println!(
            "{members:<10}{:>12}{:>14}{:>16}{:>16}{:>12}{:>14}",
            coming.frames,
            coming.bytes,
            coming.frames / head,
            coming.bytes / head,
            typing.frames,
            typing.bytes,
        );
    }
    Ok(())
}

fn storm(options: &Options, members: u32) -> anyhow::Result<(Sum, Sum)> {
    let server = Server::landline_on(None, &options.cli)?;
    let mut crowd = Crowd::new(Speech::Landline)?;
    let (begin, whole) = (Instant::now(), Duration::from_secs(options.seconds));
    for n in 0..members {
        listen_until(&mut crowd, begin + whole * n / members)?;
        crowd.enter(&server, "lobby")?;
    }
    let took = begin.elapsed();
    if took > whole * 2 {
        eprintln!("{members} took {:.0} s to come in", took.as_secs_f64());
    }
    listen_until(&mut crowd, Instant::now() + GATHERED)?;
    crowd.settle()?;
    let coming = crowd.got();
    let typing = json!({"type": "TYPING", "data": {"topic": "lobby", "is_typing": true}});
    let typing = wire::frame(TEXT, typing.to_string().as_bytes());
    let (begin, typists) = (Instant::now(), options.typing.min(members).max(1));
    let rounds = u32::try_from(whole.as_secs() / TYPING_EVERY.as_secs()).context("rounds")?;
    for n in 0..rounds * typists {
        listen_until(&mut crowd, begin + TYPING_EVERY * n / typists)?;
        crowd.send(usize::try_from(n % typists)?, &typing)?;
    }
    listen_until(&mut crowd, Instant::now() + GATHERED)?;
    crowd.settle()?;
    Ok((coming, crowd.got().less(coming)))
}

fn listen_until(crowd: &mut Crowd, until: Instant) -> anyhow::Result<()> {
    while Instant::now() < until {
        crowd.listen(until, |_, _| {})?;
    }
    Ok(())
}
