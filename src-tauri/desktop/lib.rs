//! The desktop app: the only Rust that knows Tauri.
