//! The servers under measurement: each a process of its own, kept to one core, and what it has used.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail};
use tempfile::TempDir;

/// A running server; stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// Removed with the server.
    folder: Option<TempDir>,
}

impl Server {
    /// `landline-cli serve` on a folder of its own, wherever the system puts its processes.
    pub(crate) fn landline(cli: &Path) -> anyhow::Result<Server> {
        let folder = tempfile::tempdir()?;
        let mut server = Server::start(&mut serve(cli, folder.path()))?;
        server.folder = Some(folder);
        Ok(server)
    }

    /// As [`Server::landline`], on one core.
    pub(crate) fn landline_on(core: Option<usize>, cli: &Path) -> anyhow::Result<Server> {
        let folder = tempfile::tempdir()?;
        let mut server = Server::start(&mut pinned(core, &serve(cli, folder.path())))?;
        server.folder = Some(folder);
        Ok(server)
    }

    /// Any program that prints a line of JSON with its `addr` when it listens.
    pub(crate) fn other_on(core: Option<usize>, command: &Command) -> anyhow::Result<Server> {
        Server::start(&mut pinned(core, command))
    }

    fn start(command: &mut Command) -> anyhow::Result<Server> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {command:?}"))?;
        let stdout = child.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let mut server = Server {
            child,
            address: String::new(),
            folder: None,
        };
        let told: serde_json::Value = serde_json::from_str(&line)
            .with_context(|| format!("{command:?} did not say where it listens: {line}"))?;
        let Some(address) = told["addr"].as_str() else {
            bail!("{command:?} did not say where it listens: {line}");
        };
        address.clone_into(&mut server.address);
        Ok(server)
    }

    /// What all its threads have used of the processor, as the kernel counts it in nanoseconds.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        let pid = self.child.id();
        let mut nanos = 0;
        for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
            let stat = std::fs::read_to_string(task?.path().join("schedstat"))?;
            let used: u64 = stat.split(' ').next().unwrap_or_default().parse()?;
            nanos += used;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// What of it is in memory, in KiB.
    pub(crate) fn resident_kib(&self) -> anyhow::Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line
            .and_then(|line| line.trim().strip_suffix(" kB"))
            .context("no VmRSS")?;
        Ok(kib.trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(cli: &Path, folder: &Path) -> Command {
    let mut command = Command::new(cli);
    command
        .args(["serve", "--bind", "127.0.0.1", "--port", "0"])
        .args(["--no-announce", "--json", "--rate-limit", "off"])
        .args(["--topic-ttl", "600", "--data"])
        .arg(folder);
    command
}

/// The same program, kept to a core and allowed many sockets.
fn pinned(core: Option<usize>, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    let pin = core.map_or(String::new(), |core| format!("taskset -c {core} "));
    shell
        .arg("-c")
        .arg(format!("ulimit -n {FILES}; exec {pin}\"$@\""))
        .arg("sh")
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

/// Sockets that a process may have.
const FILES: usize = 16_384;

/// Which core is the server's and which is the load's; none where there is only one.
pub(crate) fn cores() -> (Option<usize>, Option<usize>) {
    let has_two = std::thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    if has_two {
        (Some(0), Some(1))
    } else {
        (None, None)
    }
}

/// Keeps this process to a core and lets it have many sockets.
pub(crate) fn pin_self(core: Option<usize>) -> anyhow::Result<()> {
    let pid = std::process::id().to_string();
    let limit = format!("--nofile={FILES}:{FILES}");
    let status = Command::new("prlimit")
        .args(["--pid", &pid, &limit])
        .status()?;
    if !status.success() {
        eprintln!("the limit of open sockets could not be raised to {FILES}");
    }
    if let Some(core) = core {
        let output = Command::new("taskset")
            .args(["-pc", &core.to_string(), &pid])
            .output()?;
        if !output.status.success() {
            bail!("taskset: {}", String::from_utf8_lossy(&output.stderr));
        }
    }
    Ok(())
}
