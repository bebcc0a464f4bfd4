//! `activity`: one chat that tells who comes and goes. It confirms nothing and tells nobody their own words.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Act, Speaker};

/// The dialect.
pub(super) struct Activity {
    name: String,
    /// Who came, or wrote, since I am here. The dialect has no list of those who were here before.
    seen: BTreeSet<String>,
    /// Nothing came since the socket was opened.
    is_new: bool,
}

impl Activity {
    pub(super) fn new(name: String) -> Activity {
        Activity {
            name,
            seen: BTreeSet::new(),
            is_new: true,
        }
    }

    fn frame(&self, event: &str) -> String {
        json!({"event_type": event, "username": self.name}).to_string()
    }
}

impl Speaker for Activity {
    fn opened(&mut self) -> Vec<Act> {
        self.seen.clear();
        self.is_new = true;
        vec![
            Act::Send(self.frame("connected")),
            Act::tell(format!("You are {}", self.name)),
        ]
    }

    fn heard(&mut self, frame: &str) -> Vec<Act> {
        self.is_new = false;
        let value: Value = serde_json::from_str(frame).unwrap_or_default();
        let text = |key: &str| value.get(key).and_then(Value::as_str);
        let (Some(event), Some(name)) = (text("event_type"), text("username")) else {
            return vec![Act::Line(frame.to_owned())];
        };
        match event {
            "connected" => {
                self.seen.insert(name.to_owned());
                vec![Act::tell(format!("{name} joined"))]
            }
            "disconnected" => {
                self.seen.remove(name);
                vec![Act::tell(format!("{name} left"))]
            }
            "message" => {
                self.seen.insert(name.to_owned());
                vec![Act::said(name, text("message").unwrap_or_default())]
            }
            _ => vec![Act::Line(frame.to_owned())],
        }
    }

    fn say(&mut self, text: String) -> Vec<Act> {
        let frame = json!({"event_type": "message", "username": self.name, "message": text});
        vec![Act::Send(frame.to_string())]
    }

    fn list(&mut self) -> Vec<Act> {
        let seen: Vec<&str> = self.seen.iter().map(String::as_str).collect();
        vec![Act::Tell(if seen.is_empty() {
            "Nobody came or wrote since you are here; this dialect has no other list".to_owned()
        } else {
            format!("Came or wrote since you are here: {}", seen.join(", "))
        })]
    }

    fn help(&self) -> &'static str {
        "/list           who came or wrote since you are here\n"
    }

    /// The first servers of this kind say nothing when they refuse a name.
    fn hint(&self) -> Option<String> {
        let hint = || format!("If that goes on, {} may be in use there", self.name);
        self.is_new.then(hint)
    }

    fn goodbye(&mut self) -> Vec<String> {
        vec![self.frame("disconnected")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(frame: &str) -> Value {
        serde_json::from_str(frame).unwrap()
    }

    #[test]
    fn i_say_that_i_come_and_that_i_go() {
        let mut alice = Activity::new("alice".into());
        let Act::Send(first) = &alice.opened()[0] else {
            panic!("connected goes first");
        };
        assert_eq!(
            json(first),
            json(r#"{"event_type":"connected","username":"alice"}"#)
        );
        let Act::Send(said) = &alice.say("yo".into())[0] else {
            panic!("it is sent");
        };
        assert_eq!(
            json(said),
            json(r#"{"event_type":"message","username":"alice","message":"yo"}"#)
        );
        assert_eq!(
            json(&alice.goodbye()[0]),
            json(r#"{"event_type":"disconnected","username":"alice"}"#)
        );
    }

    #[test]
    fn others_are_shown_as_they_come_talk_and_go() {
        let mut alice = Activity::new("alice".into());
        for (frame, shown) in [
            (
                r#"{"event_type":"connected","username":"bob","message":null}"#,
                Act::tell("bob joined"),
            ),
            (
                r#"{"message":"hi","extra":1,"username":"Client #1","event_type":"message"}"#,
                Act::said("Client #1", "hi"),
            ),
            (
                r#"{"event_type":"message","username":"bob"}"#,
                Act::said("bob", ""),
            ),
            (
                r#"{"event_type":"typing","username":"bob"}"#,
                Act::Line(r#"{"event_type":"typing","username":"bob"}"#.into()),
            ),
            ("what", Act::Line("what".into())),
        ] {
            assert_eq!(alice.heard(frame), [shown], "{frame}");
        }
        assert_eq!(
            alice.list(),
            [Act::tell(
                "Came or wrote since you are here: Client #1, bob"
            )]
        );
        let left = r#"{"event_type":"disconnected","username":"bob"}"#;
        assert_eq!(alice.heard(left), [Act::tell("bob left")]);
        assert_eq!(
            alice.list(),
            [Act::tell("Came or wrote since you are here: Client #1")]
        );
    }
}
