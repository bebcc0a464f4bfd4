//! The program in a terminal and in a pipe: what it takes, what it refuses and how it ends. On loopback; nothing is
//! announced.

#[path = "terminal/disappearing.rs"]
mod disappearing;
#[path = "terminal/health.rs"]
mod health;
#[path = "terminal/hosting.rs"]
mod hosting;
#[path = "terminal/keeping.rs"]
mod keeping;
#[path = "lan/process.rs"]
#[allow(dead_code, reason = "shared with the LAN tests, which use the rest")]
mod process;
#[path = "terminal/program.rs"]
mod program;
#[path = "terminal/talking.rs"]
mod talking;
