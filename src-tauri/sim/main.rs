//! A host and its members over a simulated network, in virtual time: `landline-sim SEED` is one run, and the same seed is
//! the same run. The real hub, sessions and clients; the network is turmoil's, the disk a model.
//!
//! One run is one process: what a program counts or draws for itself begins anew with each, so a seed needs no others
//! before it. `tests/sim.rs` runs thousands. docs/decisions/013.

mod chance;
mod check;
mod device;
mod disk;
mod host;
mod ledger;
mod mutant;
mod plan;
mod run;
mod view;

use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::mutant::Mutant;
use crate::plan::Plan;
use crate::run::{Outcome, run};

/// By how much a slow reader may move the others' p99 (I9), and what a tick of the simulation hides, in milliseconds.
const P99_MAY_GROW: (u64, u64) = (110, 5);

struct Wish {
    seed: u64,
    mutant: Option<Mutant>,
    is_told: bool,
    is_about_readers: bool,
}

fn main() -> ExitCode {
    let outcome = wish().map(|wish| carry_out(&wish));
    match outcome {
        Ok(outcome) => {
            println!("hash {:016x} {}", outcome.hash, outcome.summary);
            for broken in &outcome.broken {
                println!("broken {}: {}", broken.invariant, broken.how);
            }
            ExitCode::from(u8::from(!outcome.broken.is_empty()))
        }
        Err(error) => {
            eprintln!("{error:#}\nusage: landline-sim SEED [--trace] [--readers] [--mutant NAME]");
            ExitCode::from(2)
        }
    }
}

fn wish() -> anyhow::Result<Wish> {
    let mut words = std::env::args().skip(1);
    let seed = words.next().context("which seed?")?;
    let mut wish = Wish {
        seed: seed.parse().context("a seed is a number")?,
        mutant: None,
        is_told: false,
        is_about_readers: false,
    };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--trace" => wish.is_told = true,
            "--readers" => wish.is_about_readers = true,
            "--mutant" => wish.mutant = Some(words.next().context("which mutant?")?.parse()?),
            _ => bail!("{word} is no option"),
        }
    }
    Ok(wish)
}

fn carry_out(wish: &Wish) -> Outcome {
    if wish.is_about_readers {
        return i09_readers(wish);
    }
    let plan = Plan::of(wish.seed, wish.mutant);
    run(wish.seed, plan, wish.mutant, wish.is_told)
}

/// Who does not read in [`Plan::of_readers`].
const DEAF: &str = "member3";

/// I9: the same conversation without and with a member who does not read; the others must not notice.
fn i09_readers(wish: &Wish) -> Outcome {
    let conversation = |is_deaf| {
        let plan = Plan::of_readers(wish.seed, is_deaf);
        run(wish.seed, plan, wish.mutant, wish.is_told)
    };
    let (without, mut with) = (conversation(false), conversation(true));
    let [before, after] = [&without, &with].map(|outcome| p99(&outcome.latencies));
    if after > before * P99_MAY_GROW.0 / 100 + P99_MAY_GROW.1 {
        let how = format!("the others' p99 went from {before} to {after} ms");
        with.broken.push(ledger::Broken {
            invariant: "I9",
            how,
        });
    }
    with.broken.extend(without.broken);
    with
}

/// Of all but the one who does not read, and hears everything late.
fn p99(latencies: &[(String, u64)]) -> u64 {
    let others = latencies.iter().filter(|(reader, _)| reader != DEAF);
    let mut sorted: Vec<u64> = others.map(|(_, took)| *took).collect();
    sorted.sort_unstable();
    sorted.get(sorted.len() * 99 / 100).copied().unwrap_or(0)
}
