//! What must not overtake a message under way to the disk: messages that disappear, and the coming, going and notices
//! of guests. They wait for the store's answers before them, so that everybody in a topic sees one order.
//!
//! A message for the disk goes to the store at once and leaves a mark here; the store answers in the order of the marks.

use std::collections::{HashMap, VecDeque};

use crate::command::{Command, Request, SessionId, Standing};
use crate::limits::APPENDS_CAP;
use crate::state::Hub;
use landline_protocol::Timestamp;

/// The line. `None` marks a message that the store has not answered.
#[derive(Default)]
pub(crate) struct Turns {
    line: VecDeque<Option<Command>>,
    unanswered: usize,
    /// How many commands of each session wait in the line.
    waiting: HashMap<SessionId, usize>,
}

impl Turns {
    /// Whether one more message would be too many.
    pub(crate) fn is_full(&self) -> bool {
        self.unanswered >= APPENDS_CAP
    }

    /// A message went to the store.
    pub(crate) fn mark(&mut self) {
        self.unanswered += 1;
        self.line.push_back(None);
    }

    /// The store answered the first message of the line.
    fn answered(&mut self) {
        if let Some(None) = self.line.front() {
            self.line.pop_front();
            self.unanswered -= 1;
        }
    }

    /// What comes before the next unanswered message.
    fn next(&mut self) -> Option<Command> {
        self.line.front()?.as_ref()?;
        let command = self.line.pop_front().flatten()?;
        if let Some(session) = session_of(&command)
            && let Some(count) = self.waiting.get_mut(&session)
        {
            *count -= 1;
            if *count == 0 {
                self.waiting.remove(&session);
            }
        }
        Some(command)
    }

    fn wait(&mut self, command: Command) {
        if let Some(session) = session_of(&command) {
            *self.waiting.entry(session).or_default() += 1;
        }
        self.line.push_back(Some(command));
    }
}

/// Whose command it is, of those that wait.
fn session_of(command: &Command) -> Option<SessionId> {
    match command {
        Command::Exit(session) | Command::Ask(session, _) => Some(*session),
        _ => None,
    }
}

impl Hub {
    /// Whether a request has to wait for the messages before it.
    pub(crate) fn has_its_turn(&self, session: SessionId, request: &Request) -> bool {
        let is_guest = || {
            self.sessions
                .get(&session)
                .is_some_and(|here| here.standing == Standing::Guest)
        };
        match request {
            // A message that would be stored waits for those of its own session only: what it is may depend on them, as
            // when the topic that they join is one whose messages disappear.
            Request::Post(post) => {
                self.lifetime(post).is_some() || self.turns.waiting.contains_key(&session)
            }
            Request::JoinTopic(_) | Request::LeaveTopic { .. } => is_guest(),
            Request::Relay { .. } => true,
            _ => false,
        }
    }

    /// Carries `command` out when all messages before it were answered.
    pub(crate) fn take_turn(&mut self, command: Command, now: Timestamp) {
        if self.turns.line.is_empty() {
            self.carry_out(command, now);
        } else {
            self.turns.wait(command);
        }
    }

    /// The store answered one more message: those who waited for it have their turn.
    pub(crate) fn next_turns(&mut self, now: Timestamp) {
        self.turns.answered();
        while let Some(command) = self.turns.next() {
            self.carry_out(command, now);
        }
    }
}
