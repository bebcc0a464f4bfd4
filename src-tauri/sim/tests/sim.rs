//! Runs the simulation: the recorded seeds, 2,000 more, and each mutant until its check finds it.
//!
//! - `LANDLINE_SIM_SEED=7 cargo test -p landline-sim` runs seed 7 alone and prints what happened in it.
//! - `LANDLINE_SIM_SEEDS=2000..100000 cargo test -p landline-sim` runs others than `./dev test`.

use std::ops::Range;
use std::process::{Command, ExitCode, Output};

use libtest_mimic::{Arguments, Failed, Trial};

/// What `./dev test` runs.
const SEEDS: Range<u64> = 0..2_000;
/// Tests that the seeds are divided among, so that all cores work.
const PARTS: u64 = 16;
/// Of each invariant's mutants, how many seeds may pass unnoticed.
const MUTANT_SEEDS: u64 = 40;
/// Seeds for the twin runs of I9.
const READER_SEEDS: u64 = 12;

/// Each mutant, and the invariant whose check finds it.
const MUTANTS: [(&str, &str); 12] = [
    ("acks-first", "I1"),
    ("loses-one", "I1"),
    ("forgets-ids", "I2"),
    ("renumbers", "I3"),
    ("misorders", "I4"),
    ("swaps", "I5"),
    ("hides-one", "I6"),
    ("misses-member", "I7"),
    ("waits-for-reader", "I9"),
    ("stays", "I10"),
    ("older", "I11"),
    ("forgets-outbox", "I12"),
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    if let Ok(seed) = std::env::var("LANDLINE_SIM_SEED")
        && !arguments.list
    {
        return replay(&seed);
    }
    let seeds = match wanted() {
        Ok(seeds) => seeds,
        Err(why) => {
            eprintln!("{why}");
            return ExitCode::FAILURE;
        }
    };
    libtest_mimic::run(&arguments, trials(&seeds)).exit_code()
}

fn wanted() -> Result<Range<u64>, String> {
    let Ok(text) = std::env::var("LANDLINE_SIM_SEEDS") else {
        return Ok(SEEDS);
    };
    let wrong = || format!("LANDLINE_SIM_SEEDS={text}: give two numbers, such as 2000..10000");
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) if from < to => Ok(from..to),
        _ => Err(wrong()),
    }
}

fn trials(seeds: &Range<u64>) -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("recorded_seeds_stay_well", recorded),
        Trial::test("the_same_seed_is_the_same_run", same_run),
        Trial::test("i09_a_member_who_does_not_read_delays_nobody", slow_reader),
    ];
    let each = (seeds.end - seeds.start).div_ceil(PARTS);
    for part in 0..PARTS {
        let from = seeds.start + part * each;
        let part = from..seeds.end.min(from + each);
        if !part.is_empty() {
            let name = format!("i01_to_i12_hold_whatever_fails_{:05}", part.start);
            trials.push(Trial::test(name, move || hold(part)));
        }
    }
    trials.extend(MUTANTS.map(|(mutant, invariant)| {
        let name = format!(
            "{}_finds_{}",
            invariant.to_lowercase(),
            mutant.replace('-', "_")
        );
        Trial::test(name, move || found(mutant, invariant))
    }));
    trials
}

fn simulate(seed: u64, more: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_landline-sim"))
        .arg(seed.to_string())
        .args(more)
        .output()
}

/// What it said, and whether all was well.
fn told(output: &Output) -> (String, bool) {
    let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.push_str(&String::from_utf8_lossy(&output.stderr));
    (text, output.status.success())
}

fn replay(seed: &str) -> ExitCode {
    let status = Command::new(env!("CARGO_BIN_EXE_landline-sim"))
        .args([seed, "--trace"])
        .status();
    ExitCode::from(u8::from(!status.is_ok_and(|status| status.success())))
}

fn well(seed: u64, more: &[&str]) -> Result<(), Failed> {
    let (text, is_well) = told(&simulate(seed, more)?);
    if is_well {
        return Ok(());
    }
    let commit = Command::new("git")
        .args(["rev-parse", "--short", "HEAD"])
        .output();
    let commit = commit.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let commit = commit.unwrap_or_default();
    Err(format!(
        "seed {seed} at commit {commit}\nagain, with all that happens: LANDLINE_SIM_SEED={seed} cargo test -p landline-sim\n{text}"
    )
    .into())
}

fn hold(seeds: Range<u64>) -> Result<(), Failed> {
    // All of them, so that one look shows how many fail.
    let failures: Vec<_> = seeds.filter_map(|seed| well(seed, &[]).err()).collect();
    summed_up(&failures)
}

fn summed_up(failures: &[Failed]) -> Result<(), Failed> {
    let Some(first) = failures.first() else {
        return Ok(());
    };
    let first = first.message().unwrap_or_default();
    Err(format!(
        "{} seeds failed, the first of them: {first}",
        failures.len()
    )
    .into())
}

fn recorded() -> Result<(), Failed> {
    let lines = include_str!("../seeds.txt").lines();
    let seeds = lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_whitespace().next()?.parse().ok());
    let failures: Vec<_> = seeds.filter_map(|seed| well(seed, &[]).err()).collect();
    summed_up(&failures)
}

fn slow_reader() -> Result<(), Failed> {
    (0..READER_SEEDS).try_for_each(|seed| well(seed, &["--readers"]))
}

/// Without this a seed is worth nothing.
fn same_run() -> Result<(), Failed> {
    for seed in 0..20 {
        let [one, other] = [simulate(seed, &["--trace"])?, simulate(seed, &["--trace"])?];
        let (one, other) = (told(&one).0, told(&other).0);
        if one != other {
            let differs = one
                .lines()
                .zip(other.lines())
                .find(|(one, other)| one != other);
            return Err(
                format!("seed {seed} was two different runs, from here on: {differs:#?}").into(),
            );
        }
        if one.lines().count() < 20 {
            return Err(format!("seed {seed}: nothing happened: {one}").into());
        }
    }
    Ok(())
}

/// A check that cannot fail proves nothing: with this fault in the simulation's own parts it does.
fn found(mutant: &str, invariant: &str) -> Result<(), Failed> {
    let mut more = vec!["--mutant", mutant];
    if invariant == "I9" {
        more.push("--readers");
    }
    let sign = format!("broken {invariant}:");
    for seed in 0..MUTANT_SEEDS {
        if told(&simulate(seed, &more)?).0.contains(&sign) {
            return Ok(());
        }
    }
    Err(format!("{MUTANT_SEEDS} seeds, and {invariant} never noticed {mutant}").into())
}
