//! The driver of the rigs that break a host and its disk: a `landline-cli serve` on a folder that outlives it, authors
//! over real sockets who know what they were told, and an account of what is there against it.
#![allow(
    dead_code,
    reason = "each of the test programs that share the driver uses a part of it"
)]

pub(crate) mod account;
pub(crate) mod author;
pub(crate) mod host;
