//! `plain`: bare text both ways; people are numbers.

use std::collections::VecDeque;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use serde_json::Value;

use crate::member::wrong;
use crate::output::notice;

use super::place::Place;
use super::{Act, Speaker, calling};

/// The id that a name asks for, the one that the server hands out, or the clock's: the first servers of this kind hand
/// out none, and their own clients use the clock.
pub(super) async fn id(place: &Place, name: Option<&str>) -> anyhow::Result<i64> {
    if let Some(id) = path_id(place) {
        return Ok(id);
    }
    if let Some(name) = name {
        match number(name) {
            Some(id) => return Ok(id),
            None if name.parse::<f64>().is_ok() => {
                wrong("--as: an id is a whole number of up to 18 digits")
            }
            None => notice("This dialect knows no names, only numbers; --as may choose yours"),
        }
    }
    let answer = calling::post(place, "/api/clients", "").await;
    if let Some(id) = answer.as_deref().and_then(handed_out) {
        return Ok(id);
    }
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = since_1970
        .context("this computer's clock is before 1970")?
        .as_millis();
    Ok(i64::try_from(millis)?)
}

/// Where the id goes: after the path that was typed, or after `/ws`.
pub(super) fn endpoint(place: Place, id: i64) -> Place {
    if path_id(&place).is_some() {
        return place;
    }
    let folder = place.path().trim_end_matches('/');
    let folder = if folder.is_empty() { "/ws" } else { folder };
    let path = format!("{folder}/{id}");
    place.at(&path)
}

/// The id of an address that was typed with one.
fn path_id(place: &Place) -> Option<i64> {
    number(place.path().rsplit_once('/')?.1)
}

/// An optional minus and 1 to 18 digits.
fn number(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = (1..=18).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

fn handed_out(answer: &str) -> Option<i64> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    answer["client_id"].as_i64()
}

/// The dialect.
pub(super) struct Plain {
    me: String,
    /// Not yet heard back.
    sent: VecDeque<String>,
    /// What I just heard back: some servers tell it to everybody, me too.
    echoed: Option<String>,
}

impl Plain {
    pub(super) fn new(id: i64) -> Plain {
        Plain {
            me: format!("Client #{id}"),
            sent: VecDeque::new(),
            echoed: None,
        }
    }

    fn my_echo(&mut self, text: &str) -> Vec<Act> {
        if self.sent.front().is_some_and(|sent| sent == text) {
            self.sent.pop_front();
        }
        self.echoed = Some(text.to_owned());
        vec![Act::mine(&self.me, text)]
    }

    fn message(&mut self, name: &str, text: &str) -> Vec<Act> {
        if name == self.me && self.echoed.as_deref() == Some(text) {
            self.echoed = None;
            return Vec::new();
        }
        vec![Act::said(name, text)]
    }
}

impl Speaker for Plain {
    fn opened(&mut self) -> Vec<Act> {
        vec![Act::tell(format!("You are {}", self.me))]
    }

    fn heard(&mut self, frame: &str) -> Vec<Act> {
        if let Some(text) = frame.strip_prefix("You wrote: ") {
            return self.my_echo(text);
        }
        if let Some((name, text)) = frame.split_once(" says: ") {
            return self.message(name, text);
        }
        if frame.ends_with(" left the chat") {
            return vec![Act::tell(frame)];
        }
        vec![Act::Line(frame.to_owned())]
    }

    fn say(&mut self, text: String) -> Vec<Act> {
        self.sent.push_back(text.clone());
        vec![Act::Send(text)]
    }

    fn list(&mut self) -> Vec<Act> {
        vec![Act::tell("This dialect has no list of who is here")]
    }

    fn help(&self) -> &'static str {
        ""
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

    #[test]
    fn frames_of_the_contract_are_shown_as_name_and_text() {
        let mut plain = Plain::new(2);
        for (frame, shown) in [
            ("Client #1 says: hello", Act::said("Client #1", "hello")),
            ("alice says: yo", Act::said("alice", "yo")),
            (
                "Client #1 says: b says: c",
                Act::said("Client #1", "b says: c"),
            ),
            ("Client #1 says: ", Act::said("Client #1", "")),
            (
                "Client #-7 left the chat",
                Act::tell("Client #-7 left the chat"),
            ),
            (
                "Client #1 says: Client #3 left the chat",
                Act::said("Client #1", "Client #3 left the chat"),
            ),
            ("You wrote: x", Act::mine("Client #2", "x")),
            ("server news", Act::Line("server news".into())),
        ] {
            assert_eq!(plain.heard(frame), [shown], "{frame}");
        }
    }

    #[test]
    fn a_line_is_sent_as_it_is_and_its_echo_confirms_it() {
        let mut plain = Plain::new(1);
        assert_eq!(
            plain.say("{\"bad json".into()),
            [Act::Send("{\"bad json".into())]
        );
        plain.say("two".into());
        assert_eq!(plain.unconfirmed(), 2);
        plain.heard("Client #2 says: {\"bad json");
        assert_eq!(plain.unconfirmed(), 2);
        plain.heard("You wrote: {\"bad json");
        assert_eq!(plain.unconfirmed(), 1);
        assert_eq!(plain.broken(), ["two"]);
        assert_eq!(plain.unconfirmed(), 0);
    }

    #[test]
    fn my_words_are_shown_once_where_the_server_tells_them_to_everybody() {
        let mut plain = Plain::new(1);
        assert_eq!(plain.heard("You wrote: x").len(), 1);
        assert_eq!(plain.heard("Client #1 says: x"), []);
        assert_eq!(
            plain.heard("Client #1 says: x").len(),
            1,
            "another client with my number"
        );
    }

    #[test]
    fn the_id_stands_at_the_end_of_the_path() {
        for (typed, id, url) in [
            ("host", None, "ws://host:8000/ws/5"),
            ("host:81/", None, "ws://host:81/ws/5"),
            ("host:81/ws", None, "ws://host:81/ws/5"),
            ("host:81/ws/?echo=all", None, "ws://host:81/ws/5?echo=all"),
            ("host:81/chat/rooms/", None, "ws://host:81/chat/rooms/5"),
            ("host:81/ws/007", Some(7), "ws://host:81/ws/007"),
        ] {
            let place: Place = typed.parse().unwrap();
            assert_eq!(path_id(&place), id, "{typed}");
            assert_eq!(endpoint(place, 5).to_string(), url, "{typed}");
        }
        assert_eq!((number("-7"), number("007")), (Some(-7), Some(7)));
        for wrong in ["", "-", "+7", "1.5", "1234567890123456789", "Ana"] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_a_good_answer_hands_out_an_id() {
        assert_eq!(handed_out("{\"client_id\":41}"), Some(41));
        for answer in [
            "{}",
            "<html>",
            "{\"client_id\":\"x\"}",
            "{\"client_id\":1.5}",
        ] {
            assert_eq!(handed_out(answer), None, "{answer}");
        }
    }
}
