//! `cargo xtask types | tidy`: what keeps the house in order.

mod asyncapi;
mod tidy;
mod types;

fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("types") => types::write().and_then(|()| asyncapi::write()),
        Some("tidy") => tidy::run(),
        other => anyhow::bail!("usage: cargo xtask types | tidy (not {other:?})"),
    }
}
