//! A process under test: what it says, when, and waiting for it to say something. Nothing here sleeps for a fixed time.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

/// A line of standard output, and when it came.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) at: Instant,
    pub(crate) text: String,
}

/// A running process. Dropping it kills it.
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    out: Receiver<Line>,
    err: Receiver<Line>,
    seen: Vec<String>,
    told: Vec<String>,
    pub(crate) started: Instant,
}

impl Process {
    pub(crate) fn start(name: &str, mut command: Command) -> Process {
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
            .env("RUST_BACKTRACE", "0")
            .env_remove("LANDLINE_NAME")
            .env_remove("LANDLINE_DATA");
        let started = Instant::now();
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let (out_sender, out) = channel();
        let (err_sender, err) = channel();
        pump(child.stdout.take().expect("it is piped"), out_sender);
        pump(child.stderr.take().expect("it is piped"), err_sender);
        let input = child.stdin.take();
        Process {
            name: name.to_owned(),
            child,
            input,
            out,
            err,
            seen: Vec::new(),
            told: Vec::new(),
            started,
        }
    }

    /// The next line for which `wanted` has an answer. Lines before it are skipped, and shown when it does not come.
    pub(crate) fn wait_for<T>(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&Line) -> Option<T>,
    ) -> T {
        let end = Instant::now() + within;
        loop {
            let line = match self
                .out
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(line) => line,
                Err(why) => self.give_up(what, within, why),
            };
            self.seen.push(line.text.clone());
            if let Some(answer) = wanted(&line) {
                return answer;
            }
        }
    }

    /// Everything it says up to the line that is `wanted`, and that line.
    pub(crate) fn lines_through(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&Line) -> bool,
    ) -> Vec<Line> {
        let end = Instant::now() + within;
        let mut lines = Vec::new();
        while !lines.last().is_some_and(&wanted) {
            let left = end.saturating_duration_since(Instant::now());
            lines.push(self.wait_for(what, left, |line| Some(line.clone())));
        }
        lines
    }

    /// Everything it says until `at`.
    pub(crate) fn lines_until(&mut self, at: Instant) -> Vec<Line> {
        let mut lines = Vec::new();
        while let Ok(line) = self
            .out
            .recv_timeout(at.saturating_duration_since(Instant::now()))
        {
            self.seen.push(line.text.clone());
            lines.push(line);
        }
        lines
    }

    /// Writes one line to its standard input.
    pub(crate) fn say(&mut self, text: &str) {
        let input = self.input.as_mut().expect("standard input is open");
        writeln!(input, "{text}").unwrap_or_else(|error| panic!("{}: {error}", self.name));
    }

    /// Ends its standard input, as a pipe that is read to its end.
    #[allow(dead_code, reason = "for one of the tests that share this file")]
    pub(crate) fn end_input(&mut self) {
        self.input = None;
    }

    /// Asks it to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("-TERM");
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status();
        assert!(
            status.is_ok_and(|status| status.success()),
            "{}: {signal} does not reach it",
            self.name
        );
    }

    /// Stops it where it is, as a computer that is put to sleep.
    #[allow(dead_code, reason = "for one of the tests that share this file")]
    pub(crate) fn stop(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    #[allow(dead_code, reason = "for one of the tests that share this file")]
    pub(crate) fn go_on(&self) {
        self.signal("-CONT");
    }

    /// kill -9.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it is ours to kill");
        self.child.wait().expect("it is ours to wait for");
    }

    /// Waits for its end.
    pub(crate) fn exit(&mut self, within: Duration) -> ExitStatus {
        let end = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("it is ours to wait for") {
                return status;
            }
            if Instant::now() > end {
                self.give_up("its end", within, RecvTimeoutError::Timeout);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until it tells people something that holds `part`.
    pub(crate) fn wait_for_notice(&mut self, part: &str, within: Duration) {
        let end = Instant::now() + within;
        while !self.told.iter().any(|text| text.contains(part)) {
            match self
                .err
                .recv_timeout(end.saturating_duration_since(Instant::now()))
            {
                Ok(line) => self.told.push(line.text),
                Err(why) => self.give_up(part, within, why),
            }
        }
    }

    /// All it said to people so far; all of it, if it has ended.
    pub(crate) fn notices(&mut self) -> String {
        let ended = self.child.try_wait().is_ok_and(|status| status.is_some());
        let wait = if ended {
            Duration::from_secs(1)
        } else {
            Duration::ZERO
        };
        while let Ok(line) = self.err.recv_timeout(wait) {
            self.told.push(line.text);
        }
        self.told.join("\n")
    }

    fn give_up(&mut self, what: &str, within: Duration, why: RecvTimeoutError) -> ! {
        let (seen, notices) = (self.seen.join("\n  "), self.notices());
        panic!(
            "{}: no {what} within {within:?} ({why})\nit said:\n  {seen}\nand on stderr:\n{notices}",
            self.name
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A line as JSON.
pub(crate) fn json(line: &Line) -> Option<Value> {
    serde_json::from_str(&line.text).ok()
}

fn pump(source: impl Read + Send + 'static, sink: Sender<Line>) {
    std::thread::spawn(move || {
        for text in BufReader::new(source).lines().map_while(Result::ok) {
            if sink
                .send(Line {
                    at: Instant::now(),
                    text,
                })
                .is_err()
            {
                return;
            }
        }
    });
}
