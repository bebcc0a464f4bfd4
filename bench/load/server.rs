//! The server under measurement: a process of its own, and what it has used of the processor.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running `landline-cli serve`; stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    _folder: TempDir,
}

impl Server {
    pub(crate) async fn start(cli: &Path) -> anyhow::Result<Server> {
        let folder = tempfile::tempdir()?;
        let mut child = Command::new(cli)
            .args([
                "serve",
                "--bind",
                "127.0.0.1",
                "--port",
                "0",
                "--no-announce",
                "--json",
            ])
            .args(["--rate-limit", "off", "--topic-ttl", "600", "--data"])
            .arg(folder.path())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", cli.display()))?;
        let stdout = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).await?;
        let told: serde_json::Value = serde_json::from_str(&line)?;
        let Some(address) = told["addr"].as_str() else {
            bail!("the server did not say where it listens: {line}");
        };
        Ok(Server {
            address: address.to_owned(),
            child,
            _folder: folder,
        })
    }

    /// What all its threads have used of the processor, as the kernel counts it in nanoseconds.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let pid = self.child.id().context("the server has stopped")?;
        let mut nanos = 0;
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let stat = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let used: u64 = stat.split(' ').next().unwrap_or_default().parse()?;
            nanos += used;
        }
        Ok(Duration::from_nanos(nanos))
    }
}
