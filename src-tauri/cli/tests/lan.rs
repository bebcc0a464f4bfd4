//! Two and more computers on one network, with the real program on each: found, joined, cut, killed, come back.
//!
//! Needs root; says so and skips where there is none, fails in CI.

#[path = "lan/figures.rs"]
mod figures;
#[path = "lan/finding.rs"]
mod finding;
#[path = "lan/network.rs"]
mod network;
#[path = "lan/people.rs"]
mod people;
#[path = "lan/process.rs"]
mod process;
#[path = "lan/talking.rs"]
mod talking;
