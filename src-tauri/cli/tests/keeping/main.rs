//! What an author's own app keeps for them: ten thousand messages that could not be sent yet, and those that a host has
//! acknowledged and lost. The real programs on loopback, killed without a word; nothing is announced.

#[path = "../lan/process.rs"]
#[allow(dead_code, reason = "shared with the LAN tests, which use the rest")]
mod process;
#[path = "../terminal/program.rs"]
#[allow(
    dead_code,
    reason = "shared with the terminal's tests, which use the rest"
)]
mod program;
#[cfg(test)]
mod rooms;
