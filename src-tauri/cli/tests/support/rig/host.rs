//! A host in a process of its own, on a folder that outlives it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::support::http::request;
use crate::support::{PATIENCE, until};

/// A running host. Dropping it kills it.
pub(crate) struct Host {
    child: Child,
    lines: Receiver<String>,
    log: PathBuf,
}

impl Host {
    /// Starts the program on `data`; its standard error goes to the file `log`, from its beginning.
    pub(crate) fn launch(data: &Path, log: &Path) -> Host {
        let errors = File::create(log).expect("the log can be written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_landline-cli"))
            .args([
                "serve",
                "--bind",
                "127.0.0.1",
                "--port",
                "0",
                "--no-announce",
            ])
            .args(["--json", "--name", "Rig", "--rate-limit", "off", "--data"])
            .arg(data)
            .env("LANDLINE_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .expect("the program starts");
        let out = child.stdout.take().expect("it is piped");
        let (told, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                told.send(line).ok();
            }
        });
        Host {
            child,
            lines,
            log: log.to_owned(),
        }
    }

    /// Starts it and waits until it listens; `HOST:PORT`.
    pub(crate) fn start(data: &Path, log: &Path) -> (Host, String) {
        let host = Host::launch(data, log);
        let addr = host.listening();
        (host, addr)
    }

    /// Waits until it listens; `HOST:PORT`.
    pub(crate) fn listening(&self) -> String {
        let Ok(line) = self.lines.recv_timeout(PATIENCE) else {
            panic!("the host does not start: {}", self.said());
        };
        let line: Value = serde_json::from_str(&line).expect("--json prints JSON");
        line["addr"].as_str().expect("an address").to_owned()
    }

    /// What it said on standard error so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL: no word, no flush.
    pub(crate) fn kill(mut self) {
        self.child.kill().ok();
        self.child.wait().expect("it is our child");
    }

    /// SIGTERM, as a service manager stops it.
    pub(crate) fn stop(mut self) -> ExitStatus {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill is there").success());
        self.child.wait().expect("it is our child")
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(mut self) -> (ExitStatus, String) {
        let mut status = None;
        until("the host ends by itself", async || {
            status = self.child.try_wait().expect("it is our child");
            status.is_some()
        })
        .await;
        (status.expect("it ended"), self.said())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("the host's last words:\n{}", self.said());
        }
    }
}

/// One message as a host tells it over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) from: String,
    pub(crate) message_id: String,
    pub(crate) content: String,
    pub(crate) epoch: String,
    pub(crate) seq: u64,
    pub(crate) kind: String,
}

/// All that a host tells of a topic after `seq`, page by page.
pub(crate) async fn log_after(addr: &str, topic: &str, mut seq: u64) -> Vec<Told> {
    let mut all = Vec::new();
    loop {
        let path = format!("/api/topics/{topic}/messages?after={seq}&limit=500");
        let answer = request(addr, "GET", &path, &[], "").await;
        if answer.status == 404 {
            return all;
        }
        let page = answer.expect_status(200).json();
        let word =
            |message: &Value, name: &str| message[name].as_str().unwrap_or_default().to_owned();
        let told = page["messages"]
            .as_array()
            .expect("a page has messages")
            .iter();
        all.extend(told.map(|message| Told {
            from: word(message, "from"),
            message_id: word(message, "message_id"),
            content: word(message, "content"),
            epoch: word(message, "epoch"),
            seq: message["seq"].as_u64().expect("a message has a seq"),
            kind: word(message, "kind"),
        }));
        if page["more"] != true {
            return all;
        }
        seq = all
            .last()
            .expect("a page that has more after it holds something")
            .seq;
    }
}
