//! The words on the wire of Landline: values, frames, codes and limits.
//!
//! Knows serde and nothing of sockets, files, clocks or tasks. `values` is for everybody; `frame` is for the two ends
//! of a session only (the hub never sees a frame); `bridge` is what the desktop's Rust tells its own window.

pub mod bridge;
pub mod close;
pub mod code;
pub mod frame;
pub mod limits;
pub mod parse;
pub mod values;

pub use close::CloseCode;
pub use code::Code;
pub use values::{
    Access, DisplayName, EntryKind, Epoch, Keep, Keeps, MessageId, Position, RoomId, Seq,
    Timestamp, TopicKeep, TopicName, UserId, ValueError, Via,
};

/// The WebSocket subprotocol of the frames in [`frame`] (RFC 6455 §1.9).
pub const SUBPROTOCOL: &str = "landline.v1";

/// The number announced on the network; rises when a client of the older number can no longer talk to us.
pub const PROTOCOL_VERSION: u32 = 1;
