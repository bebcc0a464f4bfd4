//! One who was away for a hundred thousand messages comes back: how long until they are all on his device, and what somebody
//! else in the room notices of it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use landline_client::{Event, Identity, Options as Patience, Store, Target, join};
use landline_protocol::frame::ServerFrame;

use crate::crowd::{Crowd, Heard, Speech};
use crate::middle::quantile;
use crate::server::{self, Server};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_mins(5);
/// Bytes of a message's text.
const BYTES: usize = 64;
/// Messages under way while the log is filled; the host allows 64.
const UNDER_WAY: usize = 64;
/// Messages a second of the other one.
const RATE: u32 = 100;
/// As many as a percentile needs.
const MESSAGES_MIN: u32 = 200;

/// How much.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Landline, a release build
    #[arg(long, env = "LANDLINE_CLI")]
    cli: PathBuf,
    /// Messages missed
    #[arg(long, default_value_t = 100_000)]
    messages: u32,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let (core, mine) = server::cores();
    server::pin_self(mine)?;
    let server = Server::landline_on(core, &options.cli)?;
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("client.db"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    // He is in the lobby once, so that he has a position in it.
    runtime.block_on(receive(&server.address, &store, 0))?;
    fill(&server, options.messages)?;
    let alone = other(&server, &AtomicBool::new(true))?;
    let done = AtomicBool::new(false);
    let (took, beside) = std::thread::scope(|scope| {
        let beside = scope.spawn(|| other(&server, &done));
        let took = runtime.block_on(receive(&server.address, &store, options.messages));
        done.store(true, Ordering::Relaxed);
        let beside = beside.join().expect("measuring does not panic");
        (took, beside)
    });
    let (took, beside) = (took?, beside?);
    let messages = f64::from(options.messages);
    println!(
        "\n{messages} missed messages of {BYTES} bytes, the server on one core, the real client"
    );
    println!(
        "{:<48}{:>10.2} s",
        "all on the device after",
        took.as_secs_f64()
    );
    println!(
        "{:<48}{:>10.0}",
        "messages a second",
        messages / took.as_secs_f64()
    );
    for (name, at) in [("p50", 0.5), ("p99", 0.99)] {
        let [alone, beside] = [&alone, &beside].map(|waits| quantile(waits.iter().copied(), at));
        println!(
            "{:<48}{beside:>10.2} ms, {:.2} times as long as alone",
            format!("another's acknowledgement meanwhile, {name}"),
            beside / alone
        );
    }
    Ok(())
}

/// The real client joins and stays until it was handed so many messages, each once and in order. Says how long that took.
async fn receive(address: &str, store: &Store, messages: u32) -> anyhow::Result<Duration> {
    let target = Target {
        addrs: vec![address.parse()?],
        room_id: None,
    };
    let identity = Identity {
        user_id: store.user_id()?,
        display_name: "Traveller".parse()?,
        app: true,
    };
    let started = Instant::now();
    let (room, mut events) = join(target, identity, store.clone(), Patience::default());
    let (mut next, mut is_in) = (1, false);
    let all = async {
        while next <= messages || !is_in {
            match events.recv().await.context("the client ended")? {
                Event::Frame(ServerFrame::Msg(message)) => {
                    ensure!(
                        message.seq == u64::from(next),
                        "{} after {next}",
                        message.seq
                    );
                    next += 1;
                }
                Event::Frame(ServerFrame::Resumed(_)) => bail!("the history was cut"),
                Event::Frame(ServerFrame::TopicJoined(_)) => is_in = true,
                _ => {}
            }
        }
        Ok(())
    };
    tokio::time::timeout(PATIENCE, all).await??;
    let took = started.elapsed();
    room.leave().await;
    Ok(took)
}

/// Says so many things in the lobby.
fn fill(server: &Server, messages: u32) -> anyhow::Result<()> {
    let mut crowd = Crowd::new(Speech::Landline)?;
    crowd.enter(server, "lobby")?;
    crowd.settle()?;
    let (mut said, mut acked) = (0, 0);
    let until = Instant::now() + PATIENCE;
    while acked < messages {
        while said < messages && ((said - acked) as usize) < UNDER_WAY {
            let frame = crowd.say("lobby", BYTES);
            crowd.send(0, &frame)?;
            said += 1;
        }
        crowd.hear(until, |_, what| acked += u32::from(what == Heard::Ack))?;
        ensure!(Instant::now() < until, "{acked} of {messages} were stored");
    }
    Ok(())
}

/// Somebody in another topic, who says something [`RATE`] times a second until `done`, and [`MESSAGES_MIN`] times at least:
/// the time of each message to its acknowledgement, in milliseconds.
fn other(server: &Server, done: &AtomicBool) -> anyhow::Result<Vec<f64>> {
    let mut crowd = Crowd::new(Speech::Landline)?;
    crowd.enter(server, "elsewhere")?;
    crowd.settle()?;
    let started = Instant::now();
    let (mut sent, mut waits): (Vec<Instant>, Vec<f64>) = (Vec::new(), Vec::new());
    loop {
        let said = u32::try_from(sent.len())?;
        let is_over = said >= MESSAGES_MIN && done.load(Ordering::Relaxed);
        if is_over && waits.len() == sent.len() {
            return Ok(waits);
        }
        ensure!(
            started.elapsed() < PATIENCE,
            "{} of {said} were stored",
            waits.len()
        );
        let next_at = started + Duration::from_secs(1) / RATE * said;
        if !is_over && next_at <= Instant::now() {
            let frame = crowd.say("elsewhere", BYTES);
            sent.push(Instant::now());
            crowd.send(0, &frame)?;
            continue;
        }
        let until = next_at.max(Instant::now() + Duration::from_millis(1));
        crowd.hear(until, |_, what| {
            if what == Heard::Ack {
                waits.push(sent[waits.len()].elapsed().as_secs_f64() * 1e3);
            }
        })?;
    }
}
