//! `health`: whether a room answers, told by the exit code. A container has no other way to ask: its image holds no curl.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use landline_client::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::args::Health;
use crate::output;

/// A status line is far shorter; whoever says more speaks something else.
const STATUS_LINE_MAX_BYTES: u64 = 256;

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
    let mut stream = TcpStream::connect((address.host(), address.port())).await?;
    let request =
        format!("GET /api/health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream
        .take(STATUS_LINE_MAX_BYTES)
        .read_to_end(&mut answer)
        .await?;
    let answer = String::from_utf8_lossy(&answer);
    let status = output::plain(answer.lines().next().unwrap_or_default());
    match status.split(' ').collect::<Vec<&str>>()[..] {
        [version, "200", ..] if version.starts_with("HTTP/1.") => Ok(status),
        _ => bail!("it answered {status:?}"),
    }
}
