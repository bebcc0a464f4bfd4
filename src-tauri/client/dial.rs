//! Finding out which of a room's addresses answers: all are tried side by side, a little apart, and the first
//! WebSocket of the right room wins.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use landline_protocol::{RoomId, SUBPROTOCOL, limits::SERVER_FRAME_BYTES};
use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::header::SEC_WEBSOCKET_PROTOCOL;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as WsError, handshake::client::Request};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::address::Address;
use crate::{Options, Stream};

/// How far apart the addresses are tried.
const STEP: Duration = Duration::from_millis(100);
/// Addresses tried in one round; a room on more interfaces than this has others that work.
const TRIES_MAX: usize = 16;
/// What a tungstenite reads at once (its default would cost 128 KiB a room).
const READ_BUFFER_BYTES: usize = 4 * 1024;
/// What it gathers before it writes.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// Frames of ours that may pile up in it; far over what one session has on its way.
const WRITE_BUFFER_MAX_BYTES: usize = 4 * 1024 * 1024;

/// A WebSocket to a room.
pub(crate) type Socket = WebSocketStream<Box<dyn Stream>>;

/// An address that answered.
pub(crate) struct Dialed {
    pub(crate) socket: Socket,
    pub(crate) room_id: RoomId,
    pub(crate) address: Address,
}

/// Why no address answered as it should. The later kinds say more, so they win over the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    Unreachable,
    NotLandline,
    Version,
    Busy,
}

/// What went wrong, with a sentence for the details.
#[derive(Debug, Clone)]
pub(crate) struct DialError {
    pub(crate) trouble: Trouble,
    pub(crate) detail: String,
}

impl DialError {
    fn new(trouble: Trouble, detail: &dyn ToString) -> DialError {
        DialError {
            trouble,
            detail: detail.to_string(),
        }
    }
}

enum Step {
    Found(Address, Vec<SocketAddr>),
    Answered(Box<Dialed>),
    Failed(DialError),
}

/// Tries all addresses; each gets as long as `options` say for its whole handshake.
pub(crate) async fn dial(
    addrs: Vec<Address>,
    room: Option<RoomId>,
    options: Options,
) -> Result<Dialed, DialError> {
    let within = options.connect_within;
    let mut worst = DialError::new(Trouble::Unreachable, &"no address is known");
    let mut tried = HashSet::new();
    let mut start = Instant::now();
    let mut steps = JoinSet::new();
    let mut found = VecDeque::new();
    for address in addrs {
        match literal(&address) {
            Some(addr) => found.push_back((address, vec![addr])),
            None => drop(steps.spawn(look_up(address, within))),
        }
    }
    loop {
        for (address, addrs) in found.drain(..) {
            for addr in addrs {
                if tried.len() < TRIES_MAX && tried.insert(addr) {
                    let tried =
                        attempt(address.clone(), addr, room.clone(), start, options.clone());
                    steps.spawn(tried);
                    start = start.max(Instant::now()) + STEP;
                }
            }
        }
        match steps.join_next().await {
            None => return Err(worst),
            Some(Ok(Step::Answered(dialed))) => return Ok(*dialed),
            Some(Ok(Step::Found(address, addrs))) => found.push_back((address, addrs)),
            Some(Ok(Step::Failed(error))) if error.trouble >= worst.trouble => worst = error,
            Some(_) => {}
        }
    }
}

/// This device's addresses beside loopback.
pub(crate) fn own_addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    interfaces
        .iter()
        .filter(|one| !one.is_loopback())
        .map(if_addrs::Interface::ip)
        .collect()
}

/// The socket address of a host that is no name. A zone's name becomes its number.
fn literal(address: &Address) -> Option<SocketAddr> {
    let (ip, zone) = address.ip()?;
    let scope = match zone {
        None => 0,
        Some(zone) => zone
            .parse()
            .ok()
            .or_else(|| interface_index(zone))
            .unwrap_or(0),
    };
    Some(match ip {
        IpAddr::V4(ip) => (ip, address.port()).into(),
        IpAddr::V6(ip) => SocketAddrV6::new(ip, address.port(), 0, scope).into(),
    })
}

fn interface_index(name: &str) -> Option<u32> {
    let interfaces = if_addrs::get_if_addrs().ok()?;
    interfaces.into_iter().find(|one| one.name == name)?.index
}

async fn look_up(address: Address, within: Duration) -> Step {
    let failed = |why: String| {
        Step::Failed(DialError::new(
            Trouble::Unreachable,
            &format!("{}: {why}", address.host()),
        ))
    };
    match timeout(within, lookup_host((address.host(), address.port()))).await {
        Ok(Ok(addrs)) => Step::Found(address.clone(), addrs.collect()),
        Ok(Err(error)) => failed(error.to_string()),
        Err(_) => failed("nobody knows this name".into()),
    }
}

async fn attempt(
    address: Address,
    addr: SocketAddr,
    room: Option<RoomId>,
    start: Instant,
    options: Options,
) -> Step {
    sleep_until(start).await;
    let answer = timeout(options.connect_within, shake_hands(addr, &options)).await;
    let failed = |error: DialError| {
        Step::Failed(DialError {
            detail: format!("{addr}: {}", error.detail),
            ..error
        })
    };
    match answer {
        Err(_) => failed(DialError::new(Trouble::Unreachable, &"no answer in time")),
        Ok(Err(error)) => failed(error),
        Ok(Ok((_, named))) if room.as_ref().is_some_and(|room| *room != named) => failed(
            DialError::new(Trouble::NotLandline, &"another room answers there"),
        ),
        Ok(Ok((socket, room_id))) => Step::Answered(Box::new(Dialed {
            socket,
            room_id,
            address,
        })),
    }
}

/// See [`Options::open_stream`].
pub(crate) async fn open_tcp(addr: SocketAddr) -> io::Result<Box<dyn Stream>> {
    let stream = TcpStream::connect(addr).await?;
    // Frames are small and people wait for them.
    stream.set_nodelay(true)?;
    Ok(Box::new(stream))
}

async fn shake_hands(addr: SocketAddr, options: &Options) -> Result<(Socket, RoomId), DialError> {
    let stream = (options.open_stream)(addr)
        .await
        .map_err(|error| DialError::new(Trouble::Unreachable, &error))?;
    let request = request(addr).map_err(|error| DialError::new(Trouble::Unreachable, &error))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(WRITE_BUFFER_MAX_BYTES)
        .max_message_size(Some(SERVER_FRAME_BYTES * 2))
        .max_frame_size(Some(SERVER_FRAME_BYTES * 2));
    let (socket, response) = client_async_with_config(request, stream, Some(config))
        .await
        .map_err(|error| understand(&error))?;
    let room = response
        .headers()
        .get("Landline-Room")
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let unnamed = || DialError::new(Trouble::NotLandline, &"it does not say which room it is");
    Ok((socket, room.ok_or_else(unnamed)?))
}

fn request(addr: SocketAddr) -> Result<Request, WsError> {
    // The zone means something on this device only (RFC 6874 §4), so the host must not see it.
    let host = match addr {
        SocketAddr::V4(v4) => v4.ip().to_string(),
        SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
    };
    let mut request = format!("ws://{host}:{}/ws", addr.port()).into_client_request()?;
    request.headers_mut().insert(
        SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    Ok(request)
}

fn understand(error: &WsError) -> DialError {
    let trouble = match error {
        WsError::Io(_)
        | WsError::ConnectionClosed
        | WsError::Protocol(ProtocolError::HandshakeIncomplete) => Trouble::Unreachable,
        WsError::Http(answer) => match answer.status() {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => Trouble::Busy,
            StatusCode::UPGRADE_REQUIRED => Trouble::Version,
            _ => Trouble::NotLandline,
        },
        _ => Trouble::NotLandline,
    };
    DialError::new(trouble, error)
}
