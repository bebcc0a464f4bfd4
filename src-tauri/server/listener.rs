//! The listening socket: binding, accepting, the header deadline, and a place for each connection.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::Port;
use crate::guards::counts::{Place, WaitingRoom};
use crate::guards::near;
use crate::limits::HEADER_DEADLINE;

/// Connections the kernel keeps for us while we are busy.
const BACKLOG: i32 = 1_024;
/// hyper's read buffer for a request's header; its smallest.
const HEADER_BYTES: usize = 8 * 1024;
/// How long accepting rests when the system is out of descriptors.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Who a request comes from.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) address: IpAddr,
    pub(crate) place: Arc<Place>,
    /// When the connection was accepted.
    pub(crate) since: Instant,
}

/// Binds `address` (every interface, IPv4 and IPv6, without one) at `port`.
///
/// # Errors
/// What the system says of the port that was asked for.
pub(crate) fn bind(address: Option<IpAddr>, port: Port) -> io::Result<TcpListener> {
    match port {
        Port::Exactly(port) => bind_at(address, port),
        Port::Prefer(port) => match bind_at(address, port) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => bind_at(address, 0),
            bound => bound,
        },
    }
}

fn bind_at(address: Option<IpAddr>, port: u16) -> io::Result<TcpListener> {
    match address {
        Some(address) => listen(SocketAddr::new(address, port)),
        // One socket for both; where IPv6 is switched off, IPv4 alone.
        None => listen((Ipv6Addr::UNSPECIFIED, port).into()).or_else(|error| {
            if error.kind() == io::ErrorKind::AddrInUse {
                Err(error)
            } else {
                listen((Ipv4Addr::UNSPECIFIED, port).into())
            }
        }),
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if address.is_ipv6() {
        socket.set_only_v6(address.ip() != IpAddr::V6(Ipv6Addr::UNSPECIFIED))?;
    }
    // A host that starts again gets its port back at once. On Windows the option would let others share it.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// Accepts until `stop`.
pub(crate) async fn accept(
    listener: TcpListener,
    router: Router,
    waiting: WaitingRoom,
    connections: TaskTracker,
    stop: CancellationToken,
) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, from)) => {
                let address = from.ip().to_canonical();
                // The interfaces are asked for only when the address alone does not tell.
                if !near::is_near(address, &[]) && !near::is_near(address, &near::links()) {
                    tracing::info!(
                        "a connection from {address}, which is not on this network, was dropped"
                    );
                    continue;
                }
                match waiting.enter(address) {
                    Some(place) => {
                        // Chat is small writes: waiting to fill a segment only costs time.
                        if let Err(error) = stream.set_nodelay(true) {
                            tracing::debug!("TCP_NODELAY: {error}");
                        }
                        let caller = crate::bare::caller(address, place);
                        connections.spawn(serve(stream, caller, router.clone(), stop.clone()));
                    }
                    None => drop(connections.spawn(turn_away(stream))),
                }
            }
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                tokio::time::sleep(ACCEPT_REST).await;
            }
        }
    }
}

/// Serves one connection: HTTP, until it ends or becomes a session.
pub(crate) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    caller: Caller,
    router: Router,
    stop: CancellationToken,
) {
    let service =
        hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(caller.clone());
            router.clone().oneshot(request)
        });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_DEADLINE)
        .max_buf_size(HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let served = tokio::select! {
        served = &mut connection => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!("a connection ended: {error}");
    }
}

async fn turn_away(mut stream: TcpStream) {
    let answer = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 5\r\n\r\n";
    // It is turned away, whether it hears so or not.
    let _ = tokio::time::timeout(HEADER_DEADLINE, stream.write_all(answer)).await;
}
