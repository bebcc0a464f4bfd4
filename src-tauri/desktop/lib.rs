//! The desktop app: the only Rust that knows Tauri.
//!
//! [`desk`] is the app without its window and knows no Tauri: rooms, the rooms around, the hosted room. `commands`
//! translates what the window asks for, `app`, `window`, `tray`, `toast` and `clipboard` are the window's side.

mod again;
mod app;
mod args;
mod around;
mod clipboard;
mod clock;
mod commands;
pub mod desk;
mod failure;
pub mod hosting;
mod link;
mod names;
mod on_air;
pub mod outlet;
mod present;
pub mod profile;
pub mod refused;
mod room_folders;
mod rooms;
mod saving;
mod toast;
mod tray;
mod window;
mod words;

use std::io::IsTerminal as _;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

/// Runs the app; the binary's `main` does nothing else.
pub fn run() -> anyhow::Result<()> {
    let args = args::Args::parse();
    avoid_blank_window();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    app::run(args)
}

/// The webview's DMABUF renderer shows a blank window with some graphics drivers. Whoever sets the variable decides.
#[cfg(target_os = "linux")]
fn avoid_blank_window() {
    const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if std::env::var_os(SWITCH).is_none() {
        #[expect(unsafe_code, reason = "there is no safe way to set a variable")]
        // SAFETY: first thing in the process, no other thread exists yet.
        unsafe {
            std::env::set_var(SWITCH, "1");
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn avoid_blank_window() {}
