//! People who talk through `join --dialect`.

use std::path::Path;

use serde_json::Value;

use crate::process::{Line, Process, json};
use crate::program::{PATIENCE, cli};

/// The first word of somebody whom no server greets.
pub(crate) const HERE: &str = "here I am";

/// Somebody at a terminal of theirs.
pub(crate) struct Person(pub(crate) Process);

impl Person {
    /// `join PLACE` with these words, keeping what they keep in `folder`.
    pub(crate) fn joins(place: &str, folder: &Path, words: &str) -> Person {
        let mut command = cli(&["join", place, "--data"]);
        command
            .arg(folder)
            .args(words.split(' '))
            .env_remove("LANDLINE_AS");
        Person(Process::start(words, command))
    }

    pub(crate) fn says(&mut self, line: &str) {
        self.0.say(line);
    }

    /// The next line of standard output is this one.
    #[track_caller]
    pub(crate) fn reads(&mut self, expected: &str) {
        let line = self
            .0
            .wait_for(expected, PATIENCE, |line| Some(line.text.clone()));
        assert_eq!(line, expected);
    }

    /// Somebody said this, whatever they are called here.
    pub(crate) fn hears(&mut self, text: &str) {
        let end = format!("> {text}");
        let is_it = |line: &Line| line.text.ends_with(&end).then_some(());
        self.0.wait_for(&end, PATIENCE, is_it);
    }

    /// The next frame of standard output.
    pub(crate) fn frame(&mut self) -> Value {
        self.0
            .wait_for("a frame", PATIENCE, |line| Some(json(line)))
            .expect("it is JSON")
    }

    /// Has come to a server that greets nobody: it echoes their first word.
    #[track_caller]
    pub(crate) fn is_in(&mut self, name: &str) {
        self.says(HERE);
        self.reads(&format!("{name}> {HERE}"));
    }

    /// The number that somebody got in a dialect without names.
    pub(crate) fn number(&mut self) -> String {
        self.is_told("You are Client #");
        let told = self.0.notices();
        let (_, number) = told.rsplit_once('#').expect("it was told");
        number.to_owned()
    }

    pub(crate) fn is_told(&mut self, part: &str) {
        self.0.wait_for_notice(part, PATIENCE);
    }

    /// Leaves, and that is no failure.
    #[track_caller]
    pub(crate) fn quits(&mut self) {
        self.says("/quit");
        self.ends(0);
    }

    #[track_caller]
    pub(crate) fn ends(&mut self, code: i32) {
        let ended = self.0.exit(PATIENCE).code();
        assert_eq!(ended, Some(code), "{}", self.0.notices());
    }
}
