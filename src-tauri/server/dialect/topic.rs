//! `topic`: named conversations at `/ws`, in two forms that differ in what the client sends (dialects.md, 7). What its
//! users say disappears.

mod http;
mod names;
mod pace;
mod reading;
mod text;
mod wish;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{
    ChatKey, ChatRef, Event, Join, NoticeKind, Person, Post, Refusal, Request, Standing,
};
use landline_protocol::{CloseCode, Code, DisplayName, MessageId, Timestamp, UserId, Via};
use serde_json::Value;
use uuid::Uuid;

use super::{Entrance, Speaker, Step, Told, Words};
use crate::guards::rates::Rates;
pub(crate) use http::routes;
use names::{Full, Names, Seat};
use pace::Pace;
pub(crate) use reading::Form;
use reading::{Heard, read};
use wish::Wish;

/// Most members of the dialect in one topic (dialects.md, 12).
const MEMBERS_MAX: usize = 100;
/// Topics that other dialects are always in: they are the room's, whoever comes first, so what others say there stays.
const OF_THE_ROOM: [&str; 2] = ["lobby", "public"];
const NOT_IN: &str = "First message must be join request";

/// The dialect's words, and what its connections share.
pub(crate) struct Topic {
    /// Who of them is in which topic.
    names: Arc<Names>,
    /// How long a message lives.
    ttl: Duration,
}

impl Topic {
    /// `ttl`: how long a message lives.
    pub(crate) fn new(ttl: Duration) -> Topic {
        Topic {
            names: Arc::new(Names::new(MEMBERS_MAX)),
            ttl,
        }
    }

    fn ttl_ms(&self) -> i64 {
        i64::try_from(self.ttl.as_millis()).unwrap_or(i64::MAX)
    }
}

impl Words for Topic {
    fn put(&self, event: &Event, is_mine: bool) -> Told {
        match event {
            Event::Said(entry) => {
                let ChatKey::Topic(topic) = &entry.chat else {
                    return Told::Nothing;
                };
                let name = writing::shown(&entry.author, |name| self.names.has(topic, name));
                Told::Shared(encode(&writing::message(entry, topic, &name)))
            }
            Event::Noticed(notice) if is_mine && notice.kind != NoticeKind::Relayed => {
                Told::Personal
            }
            Event::Topics { complete: true, .. } | Event::Acked { .. } | Event::Refused(_) => {
                Told::Personal
            }
            _ => Told::Nothing,
        }
    }
}

/// A connection.
pub(crate) struct Client {
    words: Arc<Topic>,
    form: Form,
    user_id: UserId,
    is_inside: bool,
    /// Its place in a topic, from asking for it to having left.
    seat: Option<Seat>,
    /// The hub owes it an answer other than to a message. Nothing is read meanwhile, so that answers come in the order
    /// of the questions, and `joined` before all else.
    is_waiting: bool,
    /// Absent with `--rate-limit off`.
    pace: Option<Pace>,
}

impl Client {
    pub(crate) fn new(words: Arc<Topic>, rates: &Rates, form: Form) -> Client {
        Client {
            words,
            form,
            user_id: UserId::fresh(),
            is_inside: false,
            seat: None,
            is_waiting: false,
            pace: rates.is_limiting().then(Pace::default),
        }
    }

    fn ask(&mut self, request: Request, out: &mut Vec<Step>) {
        self.is_waiting = true;
        out.push(Step::Ask(request));
    }

    fn join(&mut self, wish: Wish, now: Timestamp, out: &mut Vec<Step>) {
        let names = &self.words.names;
        match names.take(&wish.topic, &wish.username, self.form.first_suffix()) {
            Ok(seat) => self.seat = Some(seat),
            Err(Full) => return refuse_join("Topic is full, please try another", now, out),
        }
        if !self.is_inside {
            self.is_inside = true;
            out.push(Step::Enter(Entrance {
                person: self.person(&wish.username),
                token: None,
                standing: Standing::Guest,
                words: self.words.clone(),
            }));
        }
        let is_ours = !OF_THE_ROOM.contains(&wish.topic.as_str());
        let join = Join {
            ttl_ms: is_ours.then(|| self.words.ttl_ms()),
            ..Join::new(wish.topic)
        };
        self.ask(Request::JoinTopic(join), out);
    }

    fn post(&mut self, body: Option<String>, now: Timestamp, out: &mut Vec<Step>) {
        let Some(seat) = &self.seat else {
            return complain(NOT_IN, now, out);
        };
        let Some(body) = body else {
            return complain("Message must be 1-5000 characters", now, out);
        };
        if self.pace.as_mut().is_some_and(|pace| !pace.allows(now)) {
            return complain("Rate limit exceeded, please slow down", now, out);
        }
        let chat = ChatRef::Topic(seat.topic().clone());
        out.push(Step::Ask(Request::Post(Post {
            author: Some(self.person(seat.name())),
            ttl_ms: Some(self.words.ttl_ms()),
            ..Post::new(chat, body.into(), fresh_id())
        })));
    }

    fn leave(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        match &self.seat {
            Some(seat) => {
                let topic = seat.topic().clone();
                let original = None;
                self.ask(Request::LeaveTopic { topic, original }, out);
            }
            None => complain(NOT_IN, now, out),
        }
    }

    fn person(&self, name: &str) -> Person {
        Person {
            user_id: self.user_id,
            name: DisplayName::lenient(name),
            via: Via::Topic,
        }
    }

    fn refused(refusal: &Refusal, now: Timestamp, out: &mut Vec<Step>) {
        if refusal.message_id.is_some() {
            return complain(refusal.message, now, out);
        }
        let message = match refusal.code {
            Code::LimitReached => "Server at maximum topic capacity",
            _ => "Topic is not available",
        };
        refuse_join(message, now, out);
    }
}

impl Speaker for Client {
    fn hear(&mut self, text: &Utf8Bytes, now: Timestamp, out: &mut Vec<Step>) {
        match read(text, self.form, self.seat.is_some()) {
            Heard::Join(wish) => match (&self.seat, wish) {
                (Some(seat), _) => out.push(say(&writing::joined(seat.name(), seat.topic(), now))),
                (None, Ok(wish)) => self.join(wish, now, out),
                (None, Err(wrong)) => refuse_join(wrong, now, out),
            },
            Heard::Message(body) => self.post(body, now, out),
            Heard::List => self.ask(Request::ListTopics, out),
            Heard::Help => out.push(say(&writing::help(now))),
            Heard::Quit => out.push(Step::end(CloseCode::Normal, "")),
            Heard::Heartbeat => out.push(say(&writing::heartbeat(now))),
            Heard::Leave => self.leave(now, out),
            Heard::Nothing => {}
            Heard::Wrong(message) => complain(&message, now, out),
        }
    }

    fn hear_binary(&mut self, now: Timestamp, out: &mut Vec<Step>) {
        complain(reading::NOT_JSON, now, out);
    }

    fn told(&mut self, event: &Event, now: Timestamp, out: &mut Vec<Step>) {
        match event {
            Event::Noticed(notice) if notice.kind == NoticeKind::Joined => {
                self.is_waiting = false;
                if let Some(seat) = &self.seat {
                    out.push(say(&writing::joined(seat.name(), seat.topic(), now)));
                }
            }
            Event::Noticed(_) => {
                self.is_waiting = false;
                if let Some(seat) = self.seat.take() {
                    out.push(say(&writing::left(seat.name(), seat.topic(), now)));
                }
            }
            Event::Topics { topics, .. } => {
                self.is_waiting = false;
                out.push(say(&writing::list(topics, now)));
            }
            Event::Acked {
                message_id,
                recipients,
                ..
            } => out.push(say(&writing::ack(message_id, *recipients, now))),
            Event::Refused(refusal) => {
                self.is_waiting = false;
                Client::refused(refusal, now, out);
            }
            _ => {}
        }
    }

    fn turned_away(&mut self, _wait: Duration, now: Timestamp, out: &mut Vec<Step>) {
        let message = "Too many connections from this address, please try later";
        refuse_join(message, now, out);
    }

    fn in_flight_max(&self) -> usize {
        usize::from(!self.is_waiting)
    }

    fn ended(&mut self, _now: Timestamp) {
        self.seat = None;
    }
}

/// An error after which the connection goes on.
fn complain(message: &str, now: Timestamp, out: &mut Vec<Step>) {
    out.push(say(&writing::error(message, now)));
}

/// An error that ends the connection.
fn refuse_join(message: &str, now: Timestamp, out: &mut Vec<Step>) {
    complain(message, now, out);
    out.push(Step::end(CloseCode::Policy, "Join failed"));
}

/// The dialect promises UUID v4.
fn fresh_id() -> MessageId {
    let id = Uuid::new_v4().to_string();
    id.parse().expect("a UUID is no longer than an id may be")
}

fn say(frame: &Value) -> Step {
    Step::Say(encode(frame))
}

fn encode(frame: &Value) -> Utf8Bytes {
    frame.to_string().into()
}

/// The parser as an entry point for fuzzing: whatever comes, it keeps its rules.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    for form in [Form::Typed, Form::Untyped] {
        for is_in in [false, true] {
            let heard = reading::read(text, form, is_in);
            assert_eq!(heard, reading::read(text, form, is_in));
            if let reading::Heard::Message(Some(body)) = heard {
                assert!(!body.trim().is_empty() && body.chars().count() <= 5_000);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_join_is_said_and_closed() {
        let of = |code| {
            let mut out = Vec::new();
            Client::refused(
                &Refusal::new(code, "the hub's own words"),
                Timestamp(0),
                &mut out,
            );
            match &out[..] {
                [Step::Say(text), Step::End(ending)] => {
                    assert_eq!(
                        (ending.code, ending.reason),
                        (CloseCode::Policy, "Join failed")
                    );
                    serde_json::from_str::<Value>(text).unwrap()["message"].clone()
                }
                _ => panic!("one error, then the end"),
            }
        };
        assert_eq!(of(Code::LimitReached), "Server at maximum topic capacity");
        assert_eq!(of(Code::Unauthorized), "Topic is not available");
    }
}
