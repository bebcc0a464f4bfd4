//! Does a room's port answer? The one thing that an announcement cannot fake.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Longest wait for one address.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// Whether any of `addrs` takes a connection. It is closed at once, without a byte.
pub(crate) async fn answers(addrs: Vec<SocketAddr>) -> bool {
    let mut tries = JoinSet::new();
    for addr in addrs {
        tries.spawn(async move {
            matches!(timeout(PATIENCE, TcpStream::connect(addr)).await, Ok(Ok(_)))
        });
    }
    while let Some(answer) = tries.join_next().await {
        if answer.unwrap_or(false) {
            return true;
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
