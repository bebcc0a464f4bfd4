//! `backup` and `restore`: a room in one file.

use std::time::SystemTime;

use anyhow::Context;
use landline_protocol::Timestamp;

use crate::args::{Backup, Restore};
use crate::member::data_folder;
use crate::output;

/// Copies a room into a file.
pub(crate) async fn back_up(args: Backup) -> anyhow::Result<()> {
    let data = data_folder(args.data, "headless")?;
    let file = args.file.clone();
    tokio::task::spawn_blocking(move || landline_server::backup(&data, &file, args.force, now()))
        .await?
        .context("no backup was made")?;
    let bytes = std::fs::metadata(&args.file)?.len();
    output::line(&format!(
        "Backed up to {} ({bytes} bytes)",
        args.file.display()
    ))?;
    Ok(())
}

/// Makes a folder a room again.
pub(crate) async fn restore(args: Restore) -> anyhow::Result<()> {
    let data = data_folder(args.data, "headless")?;
    let (file, folder) = (args.file, data.clone());
    let restored = tokio::task::spawn_blocking(move || landline_server::restore(&file, &folder))
        .await?
        .context("nothing was restored")?;
    output::line(&format!(
        "Restored \"{}\" as it was at {} to {}",
        output::plain(&restored.name),
        restored.made_at,
        data.display()
    ))?;
    Ok(())
}

/// The time, in milliseconds since 1970.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let ms = since.unwrap_or_default().as_millis();
    Timestamp(i64::try_from(ms).unwrap_or(i64::MAX))
}
