//! A room: a `landline-cli serve` of its own for one case, or somebody else's server.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;
use tempfile::TempDir;

use super::PATIENCE;
use super::http::{self, Answer};
use super::member::Member;
use super::socket::Socket;

/// Where rooms come from.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    /// This program is started for each case.
    Binary(PathBuf),
    /// `HOST:PORT` of a room that is there already.
    Target(String),
}

/// A room to talk to. Dropping it kills its server and takes its folder.
pub(crate) struct Room {
    /// `HOST:PORT` of the main listener.
    pub(crate) addr: String,
    server: Option<Server>,
}

/// A server process that is ours.
struct Server {
    binary: PathBuf,
    arguments: Vec<String>,
    folder: TempDir,
    child: Child,
    /// Dialect and `HOST:PORT` of each further listener.
    also: Vec<(String, String)>,
}

impl Room {
    /// A room with these arguments of `serve`; a target is taken as it is.
    pub(crate) fn start(source: &Source, arguments: &[&str]) -> Room {
        match source {
            Source::Target(addr) => Room {
                addr: addr.clone(),
                server: None,
            },
            Source::Binary(binary) => {
                let mut server = Server {
                    binary: binary.clone(),
                    arguments: arguments.iter().map(|it| (*it).to_owned()).collect(),
                    folder: tempfile::tempdir().expect("a temporary folder"),
                    child: Command::new("true").spawn().expect("a process starts"),
                    also: Vec::new(),
                };
                Room {
                    addr: server.launch("0"),
                    server: Some(server),
                }
            }
        }
    }

    /// A further room of the same program, with these arguments.
    pub(crate) fn another(&self, arguments: &[&str]) -> Room {
        let binary = self.binary().expect("the server is ours");
        Room::start(&Source::Binary(binary.to_owned()), arguments)
    }

    /// The program of a server of ours.
    pub(crate) fn binary(&self) -> Option<&Path> {
        self.server.as_ref().map(|server| server.binary.as_path())
    }

    /// Whether the server is a process of ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.server.is_some()
    }

    /// The process id of a server of ours.
    pub(crate) fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(|server| server.child.id())
    }

    /// The folder with all files of a server of ours, its log (`log.txt`) too.
    pub(crate) fn folder(&self) -> Option<&Path> {
        self.server.as_ref().map(|server| server.folder.path())
    }

    /// `HOST:PORT` of the further listener of this dialect.
    pub(crate) fn also(&self, dialect: &str) -> &str {
        let server = self.server.as_ref().expect("the server is ours");
        let mut found = server.also.iter().filter(|(name, _)| name == dialect);
        &found.next().expect("it was asked for").1
    }

    /// Stops a server of ours as a service manager does, and starts it again on the same folder and port.
    pub(crate) fn restart(&mut self) {
        let server = self.server.as_mut().expect("the server is ours");
        server.stop();
        let port = self.addr.rsplit(':').next().expect("an address has a port");
        let port = port.to_owned();
        self.addr = server.launch(&port);
    }

    /// Stops a server of ours as a service manager does.
    pub(crate) fn stop(&mut self) {
        self.server.as_mut().expect("the server is ours").stop();
    }

    /// A WebSocket on the main listener; the server is silent until it speaks.
    pub(crate) async fn socket(&self, path: &str) -> Socket {
        Socket::open(&self.addr, path, &[]).await
    }

    /// A WebSocket on the main listener that the server has taken in, without a word.
    pub(crate) async fn settled(&self, path: &str) -> Socket {
        let mut socket = self.socket(path).await;
        socket.settle().await;
        socket
    }

    /// A desktop member in these topics.
    pub(crate) async fn member(&self, name: &str, topics: &[&str]) -> Member {
        Member::join(&self.addr, name, topics).await
    }

    /// The answer to `GET path` on the main listener.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        http::request(&self.addr, "GET", path, &[], "").await
    }
}

impl Server {
    /// Starts the process on this port and waits until it says where it listens.
    fn launch(&mut self, port: &str) -> String {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log.txt"))
            .expect("the log can be written");
        let asked = self.arguments.iter().filter(|it| *it == "--also-listen");
        let listeners = 1 + asked.count();
        let mut command = Command::new(&self.binary);
        command.args(["serve", "--port", port]);
        if !self.arguments.iter().any(|it| it == "--bind") {
            command.args(["--bind", "127.0.0.1"]);
        }
        command
            .args(["--no-announce", "--json", "--name", "Acceptance", "--data"])
            .arg(self.folder.path().join("data"))
            .args(&self.arguments)
            .env("LANDLINE_LOG", "debug")
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        self.child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", self.binary.display()));
        let lines = lines(self.child.stdout.take().expect("it is piped"));
        let (mut main, mut also) = (None, Vec::new());
        for _ in 0..listeners {
            let Ok(line) = lines.recv_timeout(PATIENCE) else {
                panic!("the server does not start:\n{}", self.log());
            };
            let line: Value = serde_json::from_str(&line).expect("--json prints JSON");
            let addr = line["addr"].as_str().expect("an address").to_owned();
            match line["dialect"].as_str() {
                Some(dialect) => also.push((dialect.to_owned(), addr)),
                None => main = Some(addr),
            }
        }
        self.also = also;
        main.expect("it says where it listens")
    }

    fn stop(&mut self) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.expect("kill is there").success());
        self.child.wait().expect("it is our child");
    }

    fn log(&self) -> String {
        let log = std::fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(25).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
        if std::thread::panicking() {
            eprintln!("the server's last words:\n{}", self.log());
        }
    }
}

/// The lines of the server's standard output, read by a thread so that waiting for one has an end.
fn lines(out: ChildStdout) -> Receiver<String> {
    let (told, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            told.send(line).ok();
        }
    });
    lines
}
