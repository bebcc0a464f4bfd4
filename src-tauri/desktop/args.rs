//! How the app is started.

use std::path::PathBuf;

use clap::Parser;

/// Chat for the people on your network.
#[derive(Debug, Parser)]
#[command(name = "landline", version)]
pub(crate) struct Args {
    /// Keep everything in this folder instead of the usual one. Such an app runs beside the usual one.
    #[arg(long, value_name = "DIR", env = "LANDLINE_DATA_DIR")]
    pub(crate) data: Option<PathBuf>,
}
