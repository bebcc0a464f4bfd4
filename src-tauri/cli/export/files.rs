//! The files that an export writes. Each is written under another name and takes its place when it is complete; a file
//! that is there stays, unless it may be replaced.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use landline_protocol::EntryKind;
use landline_protocol::frame::Message;

use super::page::Page;
use crate::args::Export;
use crate::backup::now;

/// Where the messages go.
pub(super) struct Files {
    html: Option<(Page<BufWriter<File>>, Draft)>,
    lines: Option<(BufWriter<File>, Draft)>,
    /// How many messages were written.
    pub(super) count: u64,
    is_cut: bool,
    force: bool,
}

struct Draft {
    file: PathBuf,
    draft: PathBuf,
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already if it took its place.
        let _ = std::fs::remove_file(&self.draft);
    }
}

impl Draft {
    fn new(file: &Path, force: bool) -> anyhow::Result<(BufWriter<File>, Draft)> {
        if !force && file.exists() {
            bail!(
                "{} exists already and was left as it is; choose another name, or replace it with --force",
                file.display()
            );
        }
        let name = file.file_name().context("that is no name of a file")?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.part", std::process::id()));
        let draft = file.with_file_name(hidden);
        let opened = File::create_new(&draft)
            .with_context(|| format!("{} cannot be written", file.display()))?;
        let file = file.to_owned();
        Ok((BufWriter::new(opened), Draft { file, draft }))
    }

    /// Everything is written: under its own name now.
    fn take_place(&self, written: BufWriter<File>, force: bool) -> anyhow::Result<()> {
        let finish = || -> std::io::Result<()> {
            written.into_inner()?.sync_all()?;
            if !force {
                // Whoever made a file of this name meanwhile keeps it.
                File::create_new(&self.file)?;
            }
            std::fs::rename(&self.draft, &self.file)
        };
        finish().with_context(|| format!("{} cannot be written", self.file.display()))
    }
}

impl Files {
    pub(super) fn begin(args: &Export, chat: &str, room: &str) -> anyhow::Result<Files> {
        let open = |file: &Option<PathBuf>| {
            file.as_ref()
                .map(|file| Draft::new(file, args.force))
                .transpose()
        };
        let (html, lines) = (open(&args.html)?, open(&args.jsonl)?);
        let at = now().to_string();
        let made = format!(
            "exported {} {} UTC; all times are UTC",
            at.get(..10).unwrap_or(&at),
            at.get(11..16).unwrap_or_default()
        );
        let html = html
            .map(|(to, draft)| Ok((Page::begin(to, chat, room, &made)?, draft)))
            .transpose()
            .map_err(|error: std::io::Error| anyhow::Error::new(error).context(CANNOT))?;
        Ok(Files {
            html,
            lines,
            count: 0,
            is_cut: false,
            force: args.force,
        })
    }

    pub(super) fn message(&mut self, message: &Message) -> anyhow::Result<()> {
        if let Some((page, _)) = &mut self.html {
            match message.kind {
                EntryKind::Text => page.message(message),
                EntryKind::Lost => page.note(LOST),
            }
            .context(CANNOT)?;
        }
        if let Some((lines, _)) = &mut self.lines {
            serde_json::to_writer(&mut *lines, message).context(CANNOT)?;
            lines.write_all(b"\n").context(CANNOT)?;
        }
        self.count += 1;
        Ok(())
    }

    /// Messages are missing here that the room keeps no longer.
    pub(super) fn removed(&mut self, at_the_beginning: bool) -> anyhow::Result<()> {
        self.is_cut = true;
        let words = if at_the_beginning {
            "Older messages were removed: the room keeps them no longer."
        } else {
            "Messages were removed here while this was exported: the room keeps them no longer."
        };
        match &mut self.html {
            Some((page, _)) => page.note(words).context(CANNOT),
            None => Ok(()),
        }
    }

    /// Completes the files; says what was done.
    pub(super) fn end(self, chat: &str) -> anyhow::Result<String> {
        let count = match self.count {
            1 => "1 message".to_owned(),
            count => format!("{count} messages"),
        };
        let mut names = Vec::new();
        if let Some((page, draft)) = self.html {
            let written = page.end(&count).context(CANNOT)?;
            draft.take_place(written, self.force)?;
            names.push(draft.file.display().to_string());
        }
        if let Some((lines, draft)) = self.lines {
            draft.take_place(lines, self.force)?;
            names.push(draft.file.display().to_string());
        }
        let cut = if self.is_cut {
            "; the room keeps older ones no longer"
        } else {
            ""
        };
        Ok(format!(
            "Exported {count} of {} to {}{cut}",
            crate::output::plain(chat),
            names.join(" and ")
        ))
    }
}

/// In the place of a message that the disk did not give back.
const LOST: &str = "A message was here. The host's disk has lost it.";
const CANNOT: &str = "the export cannot be written";
