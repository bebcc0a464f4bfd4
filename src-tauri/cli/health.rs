//! `health`: whether a room answers, told by the exit code. A container has no other way to ask: its image holds no curl.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use landline_client::Address;
use tokio::time::timeout;

use crate::args::Health;
use crate::http;
use crate::output;

/// Asks once. Succeeds when the room answers 200.
pub(crate) async fn run(args: Health) -> anyhow::Result<()> {
    let address: Address = if let Some(url) = &args.url {
        url.parse()?
    } else {
        let bound = args.bind.filter(|ip| !ip.is_unspecified());
        SocketAddr::new(bound.unwrap_or(Ipv4Addr::LOCALHOST.into()), args.port).into()
    };
    let status = timeout(Duration::from_secs(args.timeout), ask(&address))
        .await
        .unwrap_or_else(|_| Err(anyhow!("no answer within {} s", args.timeout)))
        .with_context(|| format!("{address} is not healthy"))?;
    output::line(&format!("{address} is healthy: {status}"))?;
    Ok(())
}

/// The status line of `GET /api/health`.
async fn ask(address: &Address) -> anyhow::Result<String> {
    match http::ask(address, "GET /api/health", "").await? {
        Some(answer) if answer.status == 200 => Ok(output::plain(&answer.line)),
        Some(answer) => bail!("it answered {:?}", output::plain(&answer.line)),
        None => bail!("what answers there speaks no HTTP"),
    }
}
