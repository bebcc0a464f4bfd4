//! `join --dialect` against servers of the older kind: small ones that speak the original servers' frames, and ours.

#[path = "older/activity.rs"]
mod activity;
#[path = "older/breaking.rs"]
mod breaking;
#[path = "older/fastchat.rs"]
mod fastchat;
#[path = "older/hostile.rs"]
mod hostile;
#[path = "older/ours.rs"]
mod ours;
#[path = "older/pair.rs"]
mod pair;
#[path = "older/people.rs"]
mod people;
#[path = "older/plain.rs"]
mod plain;
#[path = "lan/process.rs"]
#[allow(dead_code, reason = "shared with the LAN tests, which use the rest")]
mod process;
#[path = "terminal/program.rs"]
#[allow(dead_code, reason = "shared with the terminal's tests")]
mod program;
#[path = "older/server.rs"]
mod server;
#[path = "older/topic.rs"]
mod topic;
