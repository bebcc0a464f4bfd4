//! `pair`: the public place and private rooms, told in JSON or in text.

use serde_json::json;

use super::{Dialect, Seen, To, Who, parsed, unknown, word};

pub(crate) enum Pair {
    PublicJson,
    PublicText,
    PrivateJson,
    PrivateText,
}

impl Pair {
    fn is_text(&self) -> bool {
        matches!(self, Pair::PublicText | Pair::PrivateText)
    }
}

impl Dialect for Pair {
    fn name(&self) -> &'static str {
        match self {
            Pair::PublicJson => "pair public json",
            Pair::PublicText => "pair public text",
            Pair::PrivateJson => "pair private json",
            Pair::PrivateText => "pair private text",
        }
    }

    fn path(&self, _: &Who) -> String {
        let path = match self {
            Pair::PublicJson => "/chat/public",
            Pair::PublicText => "/chat/public?format=text",
            Pair::PrivateJson => "/chat/private?format=json",
            Pair::PrivateText => "/chat/private?format=text",
        };
        path.to_owned()
    }

    fn opening(&self, _: &Who, _: &str) -> Vec<String> {
        Vec::new()
    }

    /// The text form tells the one who joins what it tells the others.
    fn lets_in(&self, seen: &Seen) -> bool {
        *seen == Seen::In || self.is_text() && matches!(seen, Seen::Came(_))
    }

    fn says(&self, who: &Who, _: To<'_>, text: &str) -> Vec<String> {
        vec![json!({"username": who.name, "message": text}).to_string()]
    }

    fn read(&self, _: &Who, frame: &str) -> Seen {
        if self.is_text() {
            return match (frame, frame.split_once("> ")) {
                ("Someone joined the chat!", _) => Seen::Came(String::new()),
                ("Someone left the chat!", _) => Seen::Went(String::new()),
                (_, Some((name, text))) => Seen::Said(name.to_owned(), text.to_owned()),
                _ => unknown(self.name(), frame),
            };
        }
        let value = parsed(frame);
        if let Some(count) = value["counter"].as_str() {
            return Seen::Count(count.parse().expect("a count"));
        }
        match (word(&value, "greeting").as_str(), value.get("username")) {
            ("Welcome to the chat room!", _) => Seen::In,
            ("Someone joined the chat!", _) => Seen::Came(String::new()),
            (_, None) if word(&value, "message") == "Someone left the chat!" => {
                Seen::Went(String::new())
            }
            (_, Some(_)) => Seen::Said(word(&value, "username"), word(&value, "message")),
            // Any JSON is relayed.
            _ => Seen::Said(String::new(), frame.to_owned()),
        }
    }
}
