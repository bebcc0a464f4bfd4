//! The acceptance suite of the five dialects: every case of the contract over real sockets, and nothing but sockets.
//!
//! Each case starts a room of its own. `cargo test -p landline-cli --test dialects` runs all of them against the program
//! of this build; names filter as usual (`-- pair_`).
//!
//! - `-- --binary PATH` (or `LANDLINE_BINARY`) takes another program, such as the packaged one.
//! - `-- --target ws://HOST:PORT` (or `LANDLINE_TARGET`) talks to a room that runs already, one case after the other.
//!   Start it with `landline-cli serve --rate-limit off --allow-origin http://localhost:3000` and let nobody else in.
//!   Cases that need other options, a room nobody has been in, or the server's process or files are ignored, with the reason.
//!
//! Some waits are the contract's own and no option shortens them: the 60 s of the rates in `fastchat_03`, the 30 s of a
//! topic's messages in `topic_05` and of REST presence in `fastchat_rules_rest_entries_expire`, a round of our pings (33 s)
//! in two cases of `common`. `topic_11` speaks of a connection ten minutes old: it waits past every deadline of the
//! server (45 s), and the ten minutes with `LANDLINE_OLD_SECS=600`. Those cases begin first; the whole takes about a minute.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a `json!` at the call reads best"
)]

#[path = "../support/dialects/mod.rs"]
mod support;

mod activity;
mod common;
mod differential;
mod endpoints;
mod fastchat;
mod first_frame;
mod limits;
mod one_hub;
mod pair;
mod plain;
mod table;
mod topic;

use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Trial};

use support::room::{Room, Source};
use table::Case;

/// Cases that run side by side. They wait far more than they work.
const THREADS: usize = 8;

/// The table, in its files.
const TABLE: &[&[Case]] = &[
    plain::CASES,
    pair::CASES,
    pair::rules::CASES,
    topic::cases::CASES,
    topic::limits::CASES,
    topic::rules::CASES,
    activity::CASES,
    activity::rules::CASES,
    fastchat::transcript::CASES,
    fastchat::nested::CASES,
    fastchat::nested_rules::CASES,
    fastchat::flat::CASES,
    fastchat::flat_rules::CASES,
    fastchat::elsewhere::CASES,
    first_frame::CASES,
    common::CASES,
    endpoints::CASES,
    one_hub::CASES,
    limits::CASES,
    differential::CASES,
];

/// The cases that wait longest begin first, so that the whole takes hardly longer than they do.
const LONG: [&str; 6] = [
    "fastchat_03_rates_of_the_nested_form",
    "topic_11_old_connection_goes_on",
    "common_idle_sockets_stay",
    "common_no_answer_to_pings_closes_1011",
    "topic_05_expiry_leaves_no_trace",
    "fastchat_rules_rest_entries_expire",
];

fn main() -> ExitCode {
    let (source, mut arguments) = arguments();
    if arguments.test_threads.is_none() {
        let is_shared = matches!(source, Source::Target(_));
        arguments.test_threads = Some(if is_shared { 1 } else { THREADS });
    }
    let cases = cases();
    let passed: Arc<Mutex<Vec<&'static str>>> = Arc::default();
    let trials = cases
        .iter()
        .map(|case| trial(case, &source, Arc::clone(&passed)))
        .collect();
    let is_list = arguments.list;
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !is_list {
        summary(&cases, &passed.lock().expect("no case holds it"));
    }
    let all: usize = TABLE.iter().map(|part| part.len()).sum();
    let is_whole = cases.len() == all
        && arguments.filter.is_none()
        && !arguments.exact
        && conclusion.num_failed == 0;
    if is_whole && !is_list && conclusion.num_ignored == 0 {
        let never = support::description::never_came();
        if !never.is_empty() {
            println!(
                "described in docs/asyncapi.json and never sent: {}",
                never.join(", ")
            );
            return ExitCode::FAILURE;
        }
    }
    conclusion.exit_code()
}

/// The table in the order of the run.
fn cases() -> Vec<&'static Case> {
    let mut cases: Vec<_> = TABLE.iter().copied().flatten().collect();
    cases.sort_by_key(|case| !LONG.contains(&case.name));
    cases
}

/// One case as a test: a thread, a runtime, a room.
fn trial(case: &'static Case, source: &Source, passed: Arc<Mutex<Vec<&'static str>>>) -> Trial {
    let unfit = case.unfit(source);
    let source = source.clone();
    let trial = Trial::test(case.name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let room = Room::start(&source, case.setup.arguments);
        runtime.block_on((case.run)(room));
        drop(runtime);
        if let Source::Target(_) = source {
            // The goodbyes of this case's people reach a room whose inside nobody can ask.
            std::thread::sleep(std::time::Duration::from_millis(250));
        }
        passed.lock().expect("no case holds it").push(case.name);
        Ok(())
    });
    match unfit {
        Some(why) => trial.with_kind(why).with_ignored_flag(true),
        None => trial,
    }
}

/// Takes `--target` and `--binary` out of the command line; the rest is the harness's.
fn arguments() -> (Source, Arguments) {
    let mut target = std::env::var("LANDLINE_TARGET").ok();
    let mut binary = std::env::var("LANDLINE_BINARY").ok();
    let mut rest = Vec::new();
    let mut given = std::env::args();
    while let Some(word) = given.next() {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (word.clone(), None),
        };
        match name.as_str() {
            "--target" => target = value.or_else(|| given.next()),
            "--binary" => binary = value.or_else(|| given.next()),
            _ => rest.push(word),
        }
    }
    let source = match target {
        Some(url) => Source::Target(
            url.trim_start_matches("ws://")
                .trim_end_matches('/')
                .to_owned(),
        ),
        None => Source::Binary(
            binary.map_or_else(|| env!("CARGO_BIN_EXE_landline-cli").into(), Into::into),
        ),
    };
    (source, Arguments::from_iter(rest))
}

/// How many acceptance cases of each dialect passed; other cases under "rules".
fn summary(cases: &[&'static Case], passed: &[&'static str]) {
    let mut rows: Vec<(&str, usize, usize)> = Vec::new();
    for case in cases {
        let part = if case.is_acceptance() {
            case.part()
        } else {
            "rules"
        };
        let at = rows
            .iter()
            .position(|(name, ..)| *name == part)
            .unwrap_or_else(|| {
                rows.push((part, 0, 0));
                rows.len() - 1
            });
        rows[at].1 += usize::from(passed.contains(&case.name));
        rows[at].2 += 1;
    }
    for (part, good, all) in rows {
        println!("acceptance {part}: {good} of {all}");
    }
}
