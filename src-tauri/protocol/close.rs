//! Why a session ends, as WebSocket close codes (RFC 6455 §7.4). One table for server, clients and docs/protocol.md.

/// A close code that Landline sends or understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum CloseCode {
    /// Done; the answer to a close. Nobody comes back.
    Normal = 1000,
    /// The host stops. Come back, with jitter.
    GoingAway = 1001,
    /// Frames that break the WebSocket protocol or ours.
    Protocol = 1002,
    /// A kind of frame that the dialect does not take, such as binary.
    Unsupported = 1003,
    /// Text that is not UTF-8.
    InvalidText = 1007,
    /// Refused by policy: no hello in time, identity refused, too many of something.
    Policy = 1008,
    /// A message over the frame limit. Come back, without that message.
    TooBig = 1009,
    /// A fault of the server, or a peer that answers no pings.
    Internal = 1011,
    /// The host starts again. Come back, with jitter.
    Restart = 1012,
    /// The host is too busy. Come back, slower.
    TryLater = 1013,
    /// Who the client claims to be was refused. Ask the person.
    NotAuthorised = 4001,
    /// Removed by the host. Do not come back.
    Kicked = 4003,
    /// The session did not keep up. Come back at once and resume.
    TooSlow = 4008,
    /// Another window of the same app took over.
    Replaced = 4009,
}

/// What a client does after a close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comeback {
    /// Connect again now.
    AtOnce,
    /// Connect again after the usual backoff.
    Backoff,
    /// Stop and tell the person.
    Never,
}

impl CloseCode {
    /// Every code, in the order of its number.
    pub const ALL: [CloseCode; 14] = [
        CloseCode::Normal,
        CloseCode::GoingAway,
        CloseCode::Protocol,
        CloseCode::Unsupported,
        CloseCode::InvalidText,
        CloseCode::Policy,
        CloseCode::TooBig,
        CloseCode::Internal,
        CloseCode::Restart,
        CloseCode::TryLater,
        CloseCode::NotAuthorised,
        CloseCode::Kicked,
        CloseCode::TooSlow,
        CloseCode::Replaced,
    ];

    /// The number on the wire.
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The code of a number, if it is one of ours.
    pub fn from_number(number: u16) -> Option<CloseCode> {
        CloseCode::ALL
            .into_iter()
            .find(|code| code.number() == number)
    }

    /// Whether and how a client comes back.
    pub const fn comeback(self) -> Comeback {
        match self {
            CloseCode::TooSlow => Comeback::AtOnce,
            CloseCode::Kicked
            | CloseCode::NotAuthorised
            | CloseCode::Replaced
            | CloseCode::Normal => Comeback::Never,
            _ => Comeback::Backoff,
        }
    }
}
