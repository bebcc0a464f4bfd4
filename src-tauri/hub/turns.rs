//! What must not overtake a message under way to the disk: messages that disappear, and the coming, going and notices
//! of guests. They wait for the store's answers before them, so that everybody in a topic sees one order.
//!
//! A message for the disk goes to the store at once and leaves a mark here; the store answers in the order of the marks.

use std::collections::VecDeque;

use crate::command::{ChatKey, Command, Request, SessionId, Standing};
use crate::limits::APPENDS_CAP;
use crate::state::Hub;
use landline_protocol::Timestamp;

/// The line.
#[derive(Default)]
pub(crate) struct Turns {
    line: VecDeque<Turn>,
    unanswered: usize,
}

enum Turn {
    /// A message of this chat that the store has not answered.
    Unanswered(ChatKey),
    Waits(Command),
}

impl Turns {
    /// Whether one more message would be too many.
    pub(crate) fn is_full(&self) -> bool {
        self.unanswered >= APPENDS_CAP
    }

    /// Whether the store has not answered all that it was given.
    pub(crate) fn has_unanswered(&self) -> bool {
        self.unanswered > 0
    }

    /// A message went to the store.
    fn mark(&mut self, chat: ChatKey) {
        self.unanswered += 1;
        self.line.push_back(Turn::Unanswered(chat));
    }

    /// The store answered the first message of the line; its chat.
    fn answered(&mut self) -> Option<ChatKey> {
        match self.line.pop_front()? {
            Turn::Unanswered(chat) => {
                self.unanswered -= 1;
                Some(chat)
            }
            waits @ Turn::Waits(_) => {
                self.line.push_front(waits);
                None
            }
        }
    }

    /// What comes before the next unanswered message.
    fn next(&mut self) -> Option<Command> {
        match self.line.pop_front()? {
            Turn::Waits(command) => Some(command),
            unanswered @ Turn::Unanswered(_) => {
                self.line.push_front(unanswered);
                None
            }
        }
    }
}

impl Hub {
    /// Whether the store has not answered all that it was given to keep.
    pub(crate) fn awaits_store(&self) -> bool {
        self.turns.has_unanswered()
    }

    /// Whether a request has to wait for the messages before it.
    pub(crate) fn has_its_turn(&self, session: SessionId, request: &Request) -> bool {
        let is_guest = || {
            self.sessions
                .get(&session)
                .is_some_and(|here| here.standing == Standing::Guest)
        };
        match request {
            Request::Post(post) => self.lifetime(post).is_some(),
            Request::JoinTopic(_) | Request::LeaveTopic { .. } => is_guest(),
            Request::Relay { .. } => true,
            _ => false,
        }
    }

    /// A message goes to the store.
    pub(crate) fn mark(&mut self, chat: &ChatKey) {
        if let ChatKey::Topic(name) = chat {
            self.topics.goes_to_store(name);
        }
        self.turns.mark(chat.clone());
    }

    /// Carries `command` out when all messages before it were answered.
    pub(crate) fn take_turn(&mut self, command: Command, now: Timestamp) {
        if self.turns.line.is_empty() {
            self.carry_out(command, now);
        } else {
            self.turns
                .line
                .push_back(Turn::Waits(self.as_it_is_now(command)));
        }
    }

    /// What disappears when it is said disappears too if it has to wait, whatever becomes of its topic meanwhile: one that
    /// went to the store from the middle of the line would be overtaken.
    fn as_it_is_now(&self, command: Command) -> Command {
        match command {
            Command::Ask(session, Request::Post(mut post)) => {
                post.ttl_ms = self.lifetime(&post);
                Command::Ask(session, Request::Post(post))
            }
            command => command,
        }
    }

    /// The store answered one more message: those who waited for it have their turn.
    pub(crate) fn next_turns(&mut self, now: Timestamp) {
        if let Some(ChatKey::Topic(name)) = self.turns.answered() {
            self.topics.store_answered(&name);
        }
        while let Some(command) = self.turns.next() {
            self.carry_out(command, now);
        }
    }
}
