//! The chat itself: `hub::state::Hub::handle(command, now) -> effects`, pure, and the one task that owns it.
//!
//! Knows values of the protocol, never a frame, a socket, a file or a clock. Storage and sessions are ports
//! ([`ports`]); time is an argument. docs/architecture.md, "The hub".

pub mod actor;
pub mod command;
pub mod effect;
pub mod held;
pub mod limits;
pub mod ports;
pub mod state;

mod crowd;
mod entering;
mod finding;
mod fleeting;
mod guests;
mod heads;
mod keeping;
mod kicking;
mod listing;
mod members;
mod pairs;
mod people;
mod posting;
mod presence;
mod reading;
mod searching;
mod seen;
mod topics;
mod turns;
mod typing;

#[cfg(test)]
mod tests;

pub use command::{
    ChatKey, ChatRef, Command, Enter, Join, Person, Post, Request, SessionId, Standing, TokenDigest,
};
pub use effect::{Audience, Effect, Entry, Event, Notice, NoticeKind, Refusal};
pub use keeping::KeepRule;
pub use searching::{Found, Hit, Scope, Search, SearchCursor, SearchFault, Searched};
pub use state::{Hub, Room};
