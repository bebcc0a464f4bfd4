//! `pair`: one public room, and private ones for two who meet by chance.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::place::Place;
use super::{Act, Speaker};

/// Which room, and how the server writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) private: bool,
    pub(super) text: bool,
}

impl Kind {
    /// Where it is: a path that was typed wins.
    pub(super) fn endpoint(self, place: Place) -> Place {
        let path = if self.private {
            "/chat/private"
        } else {
            "/chat/public"
        };
        let place = place.or_path(path);
        // Servers of this kind write JSON unless they are asked; the first of them know no such question.
        if self.text {
            place.asking("format=text")
        } else {
            place
        }
    }
}

/// The dialect.
pub(super) struct Pair {
    name: String,
    kind: Kind,
    counter: Option<String>,
    /// Not yet heard back.
    sent: VecDeque<String>,
}

impl Pair {
    pub(super) fn new(name: String, kind: Kind) -> Pair {
        Pair {
            name,
            kind,
            counter: None,
            sent: VecDeque::new(),
        }
    }

    /// My own words come back in the order of their sending. Names are unchecked, so only both together are mine.
    fn message(&mut self, name: &str, text: &str) -> Act {
        if name == self.name && self.sent.front().is_some_and(|sent| sent == text) {
            self.sent.pop_front();
            return Act::mine(name, text);
        }
        Act::said(name, text)
    }

    fn text_frame(&mut self, frame: &str) -> Act {
        if frame == "Someone joined the chat!" || frame == "Someone left the chat!" {
            return Act::tell(frame);
        }
        let mine = self.sent.front().filter(|text| {
            let rest = frame.strip_prefix(self.name.as_str());
            rest.and_then(|rest| rest.strip_prefix("> ")) == Some(text.as_str())
        });
        if let Some(text) = mine.cloned() {
            let name = self.name.clone();
            return self.message(&name, &text);
        }
        Act::Line(frame.to_owned())
    }

    fn json_frame(&mut self, frame: &str) -> Option<Act> {
        let Ok(value) = serde_json::from_str::<Value>(frame) else {
            return Some(Act::Line(frame.to_owned()));
        };
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        Some(match (text("username"), text("message")) {
            (Some(name), Some(text)) => self.message(name, text),
            (None, Some(notice)) => Act::tell(notice),
            _ => match (text("counter"), text("greeting")) {
                (Some(counter), _) => return self.counted(counter),
                (_, Some(greeting)) => Act::tell(greeting),
                _ => Act::Line(frame.to_owned()),
            },
        })
    }

    fn counted(&mut self, counter: &str) -> Option<Act> {
        let changed = self.counter.replace(counter.to_owned()).as_deref() != Some(counter);
        changed.then(|| Act::tell(format!("{counter} here")))
    }
}

impl Speaker for Pair {
    fn opened(&mut self) -> Vec<Act> {
        self.counter = None;
        Vec::new()
    }

    fn heard(&mut self, frame: &str) -> Vec<Act> {
        if self.kind.text {
            return vec![self.text_frame(frame)];
        }
        self.json_frame(frame).into_iter().collect()
    }

    fn say(&mut self, text: String) -> Vec<Act> {
        let frame = json!({"username": self.name, "message": text});
        self.sent.push_back(text);
        vec![Act::Send(frame.to_string())]
    }

    fn list(&mut self) -> Vec<Act> {
        let words = match &self.counter {
            Some(counter) => format!("{counter} here; this dialect does not say who"),
            None => "This room has no list of who is here".to_owned(),
        };
        vec![Act::Tell(words)]
    }

    fn help(&self) -> &'static str {
        "/list           how many are here, in the public room\n"
    }

    fn unconfirmed(&self) -> usize {
        self.sent.len()
    }

    fn broken(&mut self) -> Vec<String> {
        self.sent.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(private: bool, text: bool) -> Pair {
        Pair::new("example_username".into(), Kind { private, text })
    }

    #[test]
    fn the_json_form_is_understood() {
        let mut pair = pair(false, false);
        for (frame, shown) in [
            (r#"{"counter":"1"}"#, vec![Act::tell("1 here")]),
            (
                r#"{"greeting":"Welcome to the chat room!"}"#,
                vec![Act::tell("Welcome to the chat room!")],
            ),
            (r#"{"counter":"1"}"#, vec![]),
            (
                r#"{"greeting":"Someone joined the chat!"}"#,
                vec![Act::tell("Someone joined the chat!")],
            ),
            (
                r#"{"message":"Someone left the chat!"}"#,
                vec![Act::tell("Someone left the chat!")],
            ),
            (
                r#"{"username":"example_username","message":"example_message","extra":1}"#,
                vec![Act::said("example_username", "example_message")],
            ),
            (
                r#"{"username":"a"}"#,
                vec![Act::Line(r#"{"username":"a"}"#.into())],
            ),
            ("[1,2]", vec![Act::Line("[1,2]".into())]),
        ] {
            assert_eq!(pair.heard(frame), shown, "{frame}");
        }
        assert_eq!(
            pair.list(),
            [Act::tell("1 here; this dialect does not say who")]
        );
    }

    #[test]
    fn the_text_form_is_shown_as_it_is() {
        let mut pair = pair(true, true);
        assert_eq!(
            pair.heard("Someone joined the chat!"),
            [Act::tell("Someone joined the chat!")]
        );
        assert_eq!(pair.heard("a> None"), [Act::Line("a> None".into())]);
        pair.say("hi > there".into());
        assert_eq!(
            pair.heard("example_username> hi > there"),
            [Act::mine("example_username", "hi > there")]
        );
        assert_eq!(pair.unconfirmed(), 0);
    }

    #[test]
    fn my_words_come_back_to_me_and_another_of_my_name_is_another() {
        let mut pair = pair(false, false);
        let sent = pair.say("hi".into());
        let [Act::Send(frame)] = &sent[..] else {
            panic!("{sent:?}");
        };
        let frame: Value = serde_json::from_str(frame).unwrap();
        assert_eq!(
            frame,
            json!({"username": "example_username", "message": "hi"})
        );
        let said =
            |text: &str| json!({"username": "example_username", "message": text}).to_string();
        assert_eq!(
            pair.heard(&said("no")),
            [Act::said("example_username", "no")]
        );
        assert_eq!(pair.unconfirmed(), 1);
        assert_eq!(
            pair.heard(&said("hi")),
            [Act::mine("example_username", "hi")]
        );
        assert_eq!(pair.unconfirmed(), 0);
    }

    #[test]
    fn room_and_form_make_the_address() {
        for (typed, private, text, url) in [
            ("host", false, false, "ws://host:8000/chat/public"),
            ("host", true, false, "ws://host:8000/chat/private"),
            (
                "host",
                true,
                true,
                "ws://host:8000/chat/private?format=text",
            ),
            ("host:81/x?a", false, true, "ws://host:81/x?a&format=text"),
        ] {
            let place = Kind { private, text }.endpoint(typed.parse().unwrap());
            assert_eq!(place.to_string(), url);
        }
    }
}
