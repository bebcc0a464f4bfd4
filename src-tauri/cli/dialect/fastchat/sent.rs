//! My messages that have no final answer yet.

use std::collections::VecDeque;

struct Sent {
    /// Mine, or the server's once it told it.
    message_id: Option<String>,
    text: String,
}

/// In the order of their sending.
#[derive(Default)]
pub(super) struct Outgoing(VecDeque<Sent>);

impl Outgoing {
    /// A message without an id gets the server's with its first answer.
    pub(super) fn push(&mut self, message_id: Option<String>, text: String) {
        self.0.push_back(Sent { message_id, text });
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The message waits at the server.
    pub(super) fn named(&mut self, message_id: &str) {
        if let Some(at) = self.find(message_id) {
            self.0[at].message_id = Some(message_id.to_owned());
        }
    }

    /// Takes the message that an answer is about, and gives its text.
    pub(super) fn take(&mut self, message_id: &str) -> Option<String> {
        let at = self.find(message_id)?;
        self.0.remove(at).map(|sent| sent.text)
    }

    /// Takes the oldest that has no answer at all: what an answer without an id is about.
    pub(super) fn take_oldest(&mut self) -> Option<String> {
        let unnamed = self.0.iter().position(|sent| sent.message_id.is_none());
        self.0.remove(unnamed?).map(|sent| sent.text)
    }

    pub(super) fn take_all(&mut self) -> Vec<String> {
        self.0.drain(..).map(|sent| sent.text).collect()
    }

    fn find(&self, message_id: &str) -> Option<usize> {
        let named = |sent: &Sent| sent.message_id.as_deref() == Some(message_id);
        let by_id = self.0.iter().position(named);
        by_id.or_else(|| self.0.iter().position(|sent| sent.message_id.is_none()))
    }
}

#[cfg(test)]
mod tests {
    use super::Outgoing;

    #[test]
    fn an_answer_finds_its_message() {
        let mut flat = Outgoing::default();
        for text in ["one", "two", "three"] {
            flat.push(None, text.into());
        }
        flat.named("a");
        assert_eq!(
            flat.take("b").as_deref(),
            Some("two"),
            "one waits, two is answered"
        );
        assert_eq!(flat.take_oldest().as_deref(), Some("three"));
        assert_eq!(flat.take("a").as_deref(), Some("one"));
        assert_eq!(flat.take("a"), None);

        let mut nested = Outgoing::default();
        nested.push(Some("m-1".into()), "one".into());
        nested.push(Some("m-2".into()), "two".into());
        assert_eq!(nested.take("m-2").as_deref(), Some("two"));
        assert_eq!(nested.take("m-9"), None, "an answer to nothing of mine");
        assert_eq!(nested.take_oldest(), None);
        assert_eq!(nested.take_all(), ["one"]);
        assert_eq!(nested.len(), 0);
    }
}
