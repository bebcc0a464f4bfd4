//! Does a room's port answer? The one thing that an announcement cannot fake.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// One address said no: its host lives and does not listen there. The others, of the same host, get so much longer.
const AFTER_REFUSAL: Duration = Duration::from_millis(150);

/// Whether any of `addrs` takes a connection. It is closed at once, without a byte.
pub(crate) async fn answers(addrs: Vec<SocketAddr>) -> bool {
    let mut end = Instant::now() + PATIENCE;
    let mut tries: JoinSet<_> = addrs.into_iter().map(TcpStream::connect).collect();
    while let Ok(Some(tried)) = timeout_at(end, tries.join_next()).await {
        match tried {
            Ok(Ok(_)) => return true,
            Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                end = end.min(Instant::now() + AFTER_REFUSAL);
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn one_open_port_among_closed_ones_is_an_answer() {
        let open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (here, gone) = (open.local_addr().unwrap(), closed.local_addr().unwrap());
        drop(closed);
        assert!(answers(vec![gone, here]).await);
        assert!(!answers(vec![gone]).await);
        assert!(!answers(Vec::new()).await);
    }
}
