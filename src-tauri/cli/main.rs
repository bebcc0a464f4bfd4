//! `landline-cli`: hosts a room without a window, lists the rooms around, joins one in the terminal, sends one message,
//! asks whether a room is well, backs a room up, restores it, exports a chat.
//!
//! What a program reads goes to standard output, one line a thing; words for people go to standard error. Exit codes: 0
//! done, 1 failed, 2 wrong usage.

mod args;
mod backup;
mod browse;
mod dialect;
mod export;
mod find;
mod health;
mod http;
mod join;
mod keep;
mod lines;
mod member;
mod output;
mod send;
mod serve;
mod stop;

use std::io::stderr;
use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::args::{Command, Options};

fn main() -> ExitCode {
    let options = Options::parse();
    log_to_stderr();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&anyhow::Error::new(error).context("cannot start")),
    };
    let done = runtime.block_on(async {
        match options.command {
            Command::Serve(serve) => serve::run(serve).await,
            Command::Browse(browse) => browse::run(browse).await,
            Command::Join(join) => join::run(join).await,
            Command::Send(send) => send::run(send).await,
            Command::Health(health) => health::run(health).await,
            Command::Backup(backup) => backup::back_up(backup).await,
            Command::Restore(restore) => backup::restore(restore).await,
            Command::Export(export) => export::run(export).await,
        }
    });
    // A thread may still wait for a line of standard input; nobody waits for it.
    runtime.shutdown_background();
    done.map_or_else(|error| failed(&error), |()| ExitCode::SUCCESS)
}

fn failed(error: &anyhow::Error) -> ExitCode {
    if output::is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    output::notice(&format!("error: {error:#}"));
    ExitCode::FAILURE
}

fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("LANDLINE_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,mdns_sd=error"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .init();
}
