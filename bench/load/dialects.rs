//! Each dialect's clients in one place, against `landline.v1` in the same run.

mod place;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::middle::median;
use place::{DIALECTS, Measured};

/// Deliveries per second and server CPU per delivery, for each dialect.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The server to measure, a release build
    #[arg(long, env = "LANDLINE_CLI")]
    cli: PathBuf,
    /// Clients in one place
    #[arg(long, default_value_t = 100)]
    clients: usize,
    /// Messages a round
    #[arg(long, default_value_t = 500)]
    messages: usize,
    /// Bytes of a message
    #[arg(long, default_value_t = 64)]
    bytes: usize,
    /// Messages under way at a time
    #[arg(long, default_value_t = 4)]
    outstanding: usize,
    /// Rounds; the dialects take turns in each
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn run(options: &Options) -> anyhow::Result<()> {
    let mut rounds: BTreeMap<&str, Vec<Measured>> = BTreeMap::new();
    for _ in 0..options.rounds {
        for dialect in DIALECTS {
            let measured = place::measure(dialect, options).await?;
            rounds.entry(dialect.name).or_default().push(measured);
        }
    }
    println!(
        "{} clients in one place (fastchat: in pairs), {} messages of {} bytes, {} under way, median of {} rounds",
        options.clients, options.messages, options.bytes, options.outstanding, options.rounds
    );
    println!(
        "{:<16}{:>12}{:>14}{:>16}{:>12}{:>12}",
        "dialect", "deliveries", "deliveries/s", "CPU us/delivery", "speed", "CPU"
    );
    let native = Middle::of(&rounds["landline.v1"]);
    for dialect in DIALECTS {
        let measured = &rounds[dialect.name];
        let middle = Middle::of(measured);
        println!(
            "{:<16}{:>12}{:>14.0}{:>16.2}{:>11.2}x{:>11.2}x",
            dialect.name,
            measured[0].deliveries,
            middle.per_second,
            middle.cpu_us,
            middle.per_second / native.per_second,
            middle.cpu_us / native.cpu_us,
        );
    }
    println!("speed, CPU: against landline.v1 in the same run; less CPU is better");
    Ok(())
}

/// The middle of some rounds.
struct Middle {
    per_second: f64,
    cpu_us: f64,
}

impl Middle {
    fn of(rounds: &[Measured]) -> Middle {
        Middle {
            per_second: median(rounds.iter().map(Measured::per_second)),
            cpu_us: median(rounds.iter().map(Measured::cpu_us)),
        }
    }
}
