//! Computers on one network, made of network namespaces: real mDNS, real TCP, links that can be cut. Needs root and
//! `ip` (iproute2). A test of another package takes this file by `#[path]`.
//!
//! Every computer has one network card `eth0` on a bridge, with `10.77.0.N` and `fd77::N`, and sees nothing else.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How the names of our namespaces begin; the test's process id follows.
const PREFIX: &str = "landline-";

/// Tells the networks of one process apart.
static NEXT: AtomicU32 = AtomicU32::new(1);

/// `cargo test` runs tests side by side in one process, and these measure time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A bridge and the computers on it. Dropping it ends what still runs there and removes it.
pub(crate) struct Lan {
    bridge: String,
    computers: Vec<String>,
    _alone: Option<MutexGuard<'static, ()>>,
}

/// Where a computer's cable goes: the card `port` in the namespace `bridge`, and `eth0` in `computer`.
#[derive(Debug, Clone, Copy)]
#[allow(
    dead_code,
    reason = "a plain cable asks for less than one with weather"
)]
pub(crate) struct Ends<'a> {
    pub(crate) number: usize,
    pub(crate) bridge: &'a str,
    pub(crate) port: &'a str,
    pub(crate) computer: &'a str,
}

impl Lan {
    /// A network of `count` computers, numbered from 1. `None` where that is not possible; the reason is printed.
    ///
    /// # Panics
    /// In CI (`CI=true`), where no test may be skipped.
    pub(crate) fn of(count: usize) -> Option<Lan> {
        is_possible().then(|| {
            let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
            Lan::build(count, Some(alone), |_| false)
        })
    }

    /// The same beside other networks, for tests that mostly wait. `lay` lays a computer's cable itself, by making a card
    /// at either end, or says that an ordinary one will do.
    #[allow(dead_code, reason = "some tests have ordinary cables only")]
    pub(crate) fn with_cables(count: usize, lay: impl FnMut(Ends<'_>) -> bool) -> Option<Lan> {
        is_possible().then(|| Lan::build(count, None, lay))
    }

    fn build(
        count: usize,
        alone: Option<MutexGuard<'static, ()>>,
        lay: impl FnMut(Ends<'_>) -> bool,
    ) -> Lan {
        remove_what_dead_tests_left();
        let tag = format!(
            "{PREFIX}{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let lan = Lan {
            bridge: format!("{tag}-lan"),
            computers: (1..=count)
                .map(|number| format!("{tag}-{number}"))
                .collect(),
            _alone: alone,
        };
        lan.wire(lay);
        lan
    }

    fn wire(&self, mut lay: impl FnMut(Ends<'_>) -> bool) {
        ip(&["netns", "add", &self.bridge]);
        ip(&[
            "-n",
            &self.bridge,
            "link",
            "add",
            "br0",
            "type",
            "bridge",
            "mcast_snooping",
            "0",
        ]);
        ip(&["-n", &self.bridge, "link", "set", "br0", "up"]);
        for (number, computer) in self
            .computers
            .iter()
            .enumerate()
            .map(|(index, name)| (index + 1, name))
        {
            ip(&["netns", "add", computer]);
            ip(&["-n", computer, "link", "set", "lo", "up"]);
            let (port, v4, v6) = (
                format!("port{number}"),
                format!("10.77.0.{number}/24"),
                format!("fd77::{number}/64"),
            );
            let ends = Ends {
                number,
                bridge: &self.bridge,
                port: &port,
                computer,
            };
            if !lay(ends) {
                ip(&[
                    "link",
                    "add",
                    &port,
                    "netns",
                    &self.bridge,
                    "type",
                    "veth",
                    "peer",
                    "name",
                    "eth0",
                    "netns",
                    computer,
                ]);
            }
            ip(&[
                "-n",
                &self.bridge,
                "link",
                "set",
                &port,
                "master",
                "br0",
                "up",
            ]);
            // A computer keeps its addresses when its cable is pulled.
            let keep = self
                .command(number, "sh")
                .args([
                    "-c",
                    "echo 1 > /proc/sys/net/ipv6/conf/eth0/keep_addr_on_down",
                ])
                .status();
            assert!(keep.is_ok_and(|status| status.success()));
            ip(&["-n", computer, "addr", "add", &v4, "dev", "eth0"]);
            ip(&["-n", computer, "addr", "add", &v6, "dev", "eth0", "nodad"]);
            ip(&["-n", computer, "link", "set", "eth0", "up"]);
        }
    }

    /// A command that will run on a computer.
    pub(crate) fn command(&self, computer: usize, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", self.name(computer)])
            .arg(program);
        command
    }

    /// A computer's IPv4 address.
    pub(crate) fn address(computer: usize) -> String {
        format!("10.77.0.{computer}")
    }

    /// Takes a computer's IPv4 address away.
    pub(crate) fn forget_ipv4(&self, computer: usize) {
        ip(&[
            "-n",
            self.name(computer),
            "-4",
            "addr",
            "flush",
            "dev",
            "eth0",
        ]);
    }

    /// Gives a computer other addresses in place of its own, as a network does that was set up anew.
    #[allow(dead_code, reason = "for one of the tests that share this file")]
    pub(crate) fn move_to(&self, computer: usize, number: usize) {
        let name = self.name(computer);
        ip(&["-n", name, "addr", "flush", "dev", "eth0"]);
        let (v4, v6) = (format!("10.77.0.{number}/24"), format!("fd77::{number}/64"));
        ip(&["-n", name, "addr", "add", &v4, "dev", "eth0"]);
        ip(&["-n", name, "addr", "add", &v6, "dev", "eth0", "nodad"]);
    }

    /// Pulls a computer's cable: its card loses the link, as does nobody else's.
    pub(crate) fn cut(&self, computer: usize) {
        ip(&[
            "-n",
            &self.bridge,
            "link",
            "set",
            &format!("port{computer}"),
            "down",
        ]);
    }

    /// Plugs it in again.
    pub(crate) fn mend(&self, computer: usize) {
        ip(&[
            "-n",
            &self.bridge,
            "link",
            "set",
            &format!("port{computer}"),
            "up",
        ]);
    }

    /// Switches a computer's card off, as sleep or a person does.
    pub(crate) fn card_off(&self, computer: usize) {
        ip(&["-n", self.name(computer), "link", "set", "eth0", "down"]);
    }

    /// Switches it on again.
    pub(crate) fn card_on(&self, computer: usize) {
        ip(&["-n", self.name(computer), "link", "set", "eth0", "up"]);
    }

    fn name(&self, computer: usize) -> &str {
        &self.computers[computer - 1]
    }
}

impl Drop for Lan {
    fn drop(&mut self) {
        for computer in &self.computers {
            remove(computer);
        }
        remove(&self.bridge);
    }
}

/// Says why not, if not.
fn is_possible() -> bool {
    let Err(why) = possible() else { return true };
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "LAN tests cannot run here: {why}"
    );
    println!("skipped: {why}");
    false
}

fn possible() -> Result<(), &'static str> {
    let root = Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|out| out.stdout == b"0\n");
    if !root {
        return Err("network namespaces need root");
    }
    let made = quiet(&["netns", "list"]);
    if made {
        Ok(())
    } else {
        Err("network namespaces need the program ip (package iproute2)")
    }
}

/// Ends what runs in a namespace and removes it.
fn remove(namespace: &str) {
    let pids = Command::new("ip")
        .args(["netns", "pids", namespace])
        .output();
    for pid in pids
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default()
        .split_whitespace()
    {
        let _ = Command::new("kill")
            .args(["-9", pid])
            .stderr(Stdio::null())
            .status();
    }
    quiet(&["netns", "del", namespace]);
}

/// A test that was killed could not clean up: its process is gone, its namespaces are not.
fn remove_what_dead_tests_left() {
    let list = Command::new("ip").args(["netns", "list"]).output();
    let list = list
        .map(|out| String::from_utf8_lossy(&out.stdout).into_owned())
        .unwrap_or_default();
    for name in list
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        let pid = name
            .strip_prefix(PREFIX)
            .and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !std::path::Path::new(&format!("/proc/{pid}")).exists()) {
            remove(name);
        }
    }
}

fn ip(args: &[&str]) {
    let out = Command::new("ip")
        .args(args)
        .output()
        .expect("ip was found before");
    assert!(
        out.status.success(),
        "ip {}: {}",
        args.join(" "),
        String::from_utf8_lossy(&out.stderr)
    );
}

fn quiet(args: &[&str]) -> bool {
    let status = Command::new("ip")
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
