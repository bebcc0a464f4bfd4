//! What a member costs who is there and says nothing.

use std::time::Duration;

use crate::crowd::Crowd;
use crate::fanout::Peers;
use crate::server;

/// How many there are.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    peers: Peers,
    /// Connections to each server
    #[arg(long, default_value_t = 5_000)]
    members: usize,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    server::pin_self(server::cores().1)?;
    println!(
        "\n{} idle members, resident memory of the server",
        options.members
    );
    println!(
        "{:<12}{:>14}{:>14}{:>18}",
        "server", "empty, KiB", "full, KiB", "KiB a member"
    );
    for name in Peers::NAMES {
        let (server, speech) = options.peers.start(name)?;
        let mut crowd = Crowd::new(speech)?;
        // The first connection makes what all of them share.
        crowd.enter(&server, "lobby")?;
        crowd.settle()?;
        let empty = server.resident_kib()?;
        for _ in 0..options.members {
            crowd.enter(&server, "lobby")?;
        }
        crowd.settle()?;
        // What coming in took is given back after a while.
        std::thread::sleep(Duration::from_secs(2));
        let full = server.resident_kib()?;
        let each = (full - empty) / f64::from(u32::try_from(options.members)?);
        println!("{name:<12}{empty:>14.0}{full:>14.0}{each:>18.1}");
    }
    Ok(())
}
