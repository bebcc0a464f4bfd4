//! `landline.v1`: the native dialect, the frames of `landline_protocol::frame`.

#[cfg(test)]
mod crowd_tests;
mod pace;
mod reading;
mod writing;

use std::sync::Arc;
use std::time::Duration;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{Event, Request, Standing};
use landline_protocol::frame::{Details, Limits, Refusal, ServerFrame};
use landline_protocol::limits::{IN_FLIGHT_MAX, MESSAGES_BURST, MESSAGES_PER_SECOND, TEXT_BYTES};
use landline_protocol::{CloseCode, Code, Timestamp, UserId};

use super::{Entrance, Speaker, Step, Told, Words};
use crate::guards::rates::Seeker;
use crate::session::Shared;
use pace::Pace;
pub(crate) use reading::ONE_PLACE;
use reading::{Action, read};
use writing::frame;
pub(crate) use writing::{beginning, found, message, topic_info};

/// The native dialect's words.
pub(crate) struct Landline {
    is_limiting: bool,
}

impl Landline {
    /// `is_limiting`: whether clients are held to rates, and told so.
    pub(crate) fn new(is_limiting: bool) -> Landline {
        Landline { is_limiting }
    }

    fn limits(&self) -> Limits {
        let rate = |rate: u32| if self.is_limiting { rate } else { 0 };
        Limits {
            text_bytes: u32::try_from(TEXT_BYTES).unwrap_or(u32::MAX),
            messages_burst: rate(MESSAGES_BURST),
            messages_per_second: rate(MESSAGES_PER_SECOND),
            in_flight: u32::try_from(IN_FLIGHT_MAX).unwrap_or(u32::MAX),
        }
    }
}

impl Words for Landline {
    fn put(&self, event: &Event, _is_mine: bool) -> Told {
        match frame(event, self.limits()) {
            Some(frame) => Told::Shared(encode(&frame)),
            None => Told::Nothing,
        }
    }
}

/// A connection that speaks it.
pub(crate) struct Native {
    shared: Arc<Shared>,
    /// Whether it comes from a browser's page.
    is_page: bool,
    /// Who it is, once it has said so.
    me: Option<UserId>,
    pace: Pace,
}

impl Native {
    pub(crate) fn new(shared: Arc<Shared>, is_page: bool) -> Native {
        Native {
            shared,
            is_page,
            me: None,
            pace: Pace::default(),
        }
    }

    /// What a request of this person costs them.
    fn check(&mut self, me: UserId, request: &Request, now: Timestamp) -> Result<(), Refusal> {
        let rates = &self.shared.rates;
        match request {
            Request::Post(post) => self
                .pace
                .message(&post.message_id, now, || rates.message(me)),
            Request::Search(search) => rates
                .search(Seeker::Person(me))
                .map_err(|wait| pace::too_many_searches(search.search_id, wait)),
            Request::SeenBy { .. } | Request::FindPeople { .. } => {
                rates.question(me).map_err(pace::too_many_questions)
            }
            _ => Ok(()),
        }
    }
}

impl Speaker for Native {
    fn hear(&mut self, text: &Utf8Bytes, now: Timestamp, out: &mut Vec<Step>) {
        let action = match read(text, self.is_page) {
            Ok(action) => action,
            Err(refusal) => return out.push(say(&ServerFrame::Error(refusal))),
        };
        match (action, self.me) {
            (Action::Hello(person, token), _) => {
                self.me.get_or_insert(person.user_id);
                out.push(Step::Enter(Entrance {
                    person,
                    token,
                    standing: Standing::Member,
                    words: self.shared.dialects.landline.clone(),
                }));
            }
            (_, None) => {
                out.push(refuse(Code::Unauthorized, "HELLO must be sent first"));
                out.push(Step::end(CloseCode::Protocol, "HELLO must be sent first"));
            }
            (Action::Ask(request), Some(me)) => match self.check(me, &request, now) {
                Ok(()) => out.push(Step::Ask(request)),
                Err(refusal) => out.push(say(&ServerFrame::Error(refusal))),
            },
            (Action::Nothing, _) => {}
        }
    }

    fn too_late(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        let message = "HELLO did not come in time";
        out.push(refuse(Code::Unauthorized, message));
        out.push(Step::end(CloseCode::Policy, message));
    }

    fn turned_away(&mut self, wait: Duration, _now: Timestamp, out: &mut Vec<Step>) {
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        let details = Details {
            retry_after_ms: Some(wait_ms),
            ..Details::default()
        };
        out.push(say(&ServerFrame::Error(Refusal {
            code: Code::RateLimited,
            message: "Too many new people from this address; try again later".into(),
            details,
        })));
        out.push(Step::end(CloseCode::TryLater, "too many new people"));
    }

    fn in_flight_max(&self) -> usize {
        IN_FLIGHT_MAX
    }

    fn close_code(&self, code: CloseCode) -> CloseCode {
        code
    }
}

fn refuse(code: Code, message: &str) -> Step {
    say(&ServerFrame::Error(Refusal {
        code,
        message: message.to_owned(),
        details: Details::default(),
    }))
}

fn say(frame: &ServerFrame) -> Step {
    Step::Say(encode(frame))
}

/// A frame as text.
pub(crate) fn encode(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("a frame has string keys only, and no value that can fail")
        .into()
}

/// The parser as an entry point for fuzzing: whatever comes, it keeps its rules.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    for is_page in [false, true] {
        if let Err(refusal) = read(text, is_page) {
            assert!(!encode(&ServerFrame::Error(refusal)).is_empty());
        }
    }
}
