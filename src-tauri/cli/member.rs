//! Who `join` and `send` are, and where that is kept.

use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;
use clap::error::ErrorKind;
use directories::ProjectDirs;
use landline_client::{Identity, Store};
use landline_protocol::{DisplayName, TopicName};

use crate::args::{Member, Options};
use crate::output;

/// Where to talk if nobody says where.
pub(crate) const DEFAULT_TOPIC: &str = "lobby";

/// The folder that was asked for, or the profile's own in the person's data folder.
pub(crate) fn data_folder(asked: Option<PathBuf>, profile: &str) -> anyhow::Result<PathBuf> {
    if let Some(folder) = asked {
        return Ok(folder);
    }
    let own = ProjectDirs::from("org", "landline", "Landline")
        .context("cannot find your data folder; name one with --data")?;
    Ok(own.data_local_dir().join(profile))
}

/// Opens the member's memory and says who they are.
pub(crate) fn identity(args: &Member) -> anyhow::Result<(Store, Identity)> {
    let name = display_name(args);
    let store = memory(args)?;
    let user_id = store.user_id()?;
    Ok((
        store,
        Identity {
            user_id,
            display_name: name,
            app: false,
        },
    ))
}

/// What this device remembers, in the folder that was asked for.
pub(crate) fn memory(args: &Member) -> anyhow::Result<Store> {
    let folder = data_folder(args.data.clone(), "terminal")?;
    make_private(&folder).with_context(|| {
        format!(
            "cannot use the data folder {}; choose one that you can write to with --data",
            folder.display()
        )
    })?;
    let store = Store::open(&folder.join("member.db"))
        .with_context(|| format!("cannot use the data folder {}", folder.display()))?;
    if let Some(aside) = store.moved_aside() {
        output::notice(&format!(
            "warning: what was kept here was damaged; it was moved to {}",
            aside.display()
        ));
    }
    Ok(store)
}

/// The topic, checked. A wrong one is wrong usage.
pub(crate) fn topic(args: &Member) -> TopicName {
    let topic = args.topic.as_deref().unwrap_or(DEFAULT_TOPIC);
    topic
        .parse()
        .unwrap_or_else(|error| wrong(&format!("--topic: {error}")))
}

fn display_name(args: &Member) -> DisplayName {
    match &args.name {
        Some(name) => name
            .parse()
            .unwrap_or_else(|error| wrong(&format!("--as: {error}"))),
        None => user_name(),
    }
}

/// The system's user name, made long enough where it is too short.
pub(crate) fn user_name() -> DisplayName {
    let user = std::env::var("USER")
        .or_else(|_| std::env::var("USERNAME"))
        .unwrap_or_default();
    let user = DisplayName::lenient(&user);
    user.as_str().parse().unwrap_or_else(|_| {
        DisplayName::lenient(&format!("{user} on {}", landline_discovery::host_label()))
    })
}

fn make_private(folder: &PathBuf) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Ends the process: what was asked for makes no sense.
pub(crate) fn wrong(words: &str) -> ! {
    Options::command()
        .error(ErrorKind::ValueValidation, words)
        .exit()
}
