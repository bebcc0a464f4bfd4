//! Measures real servers, side by side in one run, and prints ratios: one machine's single figures mean little, their
//! ratios more. Run by `./dev bench`.

mod acks;
mod crowd;
mod dialects;
mod fanout;
mod memory;
mod middle;
mod resume;
mod server;
mod storm;
mod wire;

use clap::{Parser, Subcommand};

/// Measures a real server
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Deliveries per second and CPU per delivery, beside Bun, ws and the floor
    Fanout(fanout::Options),
    /// Time from a message to its durable acknowledgement, and durable messages per second
    Acks(acks::Options),
    /// What an idle member costs, beside Bun and ws
    Memory(memory::Options),
    /// A hundred thousand missed messages, and what others notice of it
    Resume(resume::Options),
    /// What a thousand people who come at once cost, beside fewer
    Storm(storm::Options),
    /// Each dialect against landline.v1
    Dialects(dialects::Options),
}

fn main() -> anyhow::Result<()> {
    match Options::parse().what {
        What::Fanout(options) => fanout::run(&options),
        What::Acks(options) => acks::run(&options),
        What::Memory(options) => memory::run(&options),
        What::Resume(options) => resume::run(&options),
        What::Storm(options) => storm::run(&options),
        What::Dialects(options) => dialects::run(&options),
    }
}
