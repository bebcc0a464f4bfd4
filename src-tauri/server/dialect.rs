//! The wire languages. Only these files turn frames into requests and events into frames; each is deletable whole: its
//! file, its line in [`Dialects`], and its line in [`routes`].
//!
//! A dialect is three things: [`Words`], how it says an event, the same for each of its readers and encoded once for all
//! of them; a [`Speaker`] for each connection, which turns frames into [`Step`]s; and, where it needs one, a state that
//! its connections share, behind a mutex that is never held over an await.

mod activity;
pub(crate) mod fastchat;
mod first;
pub(crate) mod landline;
mod pair;
mod plain;
mod raw;
mod topic;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{Event, Person, Request, Standing};
use landline_protocol::{Access, CloseCode, MessageId, Timestamp};
use utoipa_axum::router::OpenApiRouter;

use crate::http::Site;
use crate::outlet::{Ending, Line};
use crate::session::Shared;
use crate::{Options, Service};
use first::Decision;
pub(crate) use first::First;

/// How a dialect says an event.
pub(crate) enum Told {
    /// It has no word for it.
    Nothing,
    /// One frame, the same for all its readers.
    Shared(Utf8Bytes),
    /// Two of them.
    Two(Utf8Bytes, Utf8Bytes),
    /// Each session says it in its own way: [`Speaker::told`].
    Personal,
}

/// How a dialect says events, the same for each of its readers.
pub(crate) trait Words: Send + Sync {
    /// Puts an event into words. `is_mine`: the reader's own message or notice.
    fn put(&self, event: &Event, is_mine: bool) -> Told;

    /// Whether an author waits for [`Note::Written`] of direct messages.
    fn wants_receipts(&self) -> bool {
        false
    }
}

/// Hears every event in its order, whether any session does or not. Called by the hub's task: quick, and never waiting.
pub(crate) trait Tap: Send + Sync {
    /// Something was told to somebody.
    fn hear(&self, event: &Event);
}

/// Something that a session's dialect learns from elsewhere than the hub or its client.
#[derive(Debug, Clone)]
pub(crate) enum Note {
    /// The direct message that this session posted was written to a live connection of the recipient.
    Written(MessageId),
    /// It could not be written to any.
    NotWritten(MessageId),
    /// The dialect's shared state has something for this session.
    Look,
}

/// Who comes in.
pub(crate) struct Entrance {
    pub(crate) person: Person,
    /// A secret that the `user_id` is bound to.
    pub(crate) token: Option<String>,
    pub(crate) standing: Standing,
    pub(crate) words: Arc<dyn Words>,
}

/// What a speaker wants done, in this order.
pub(crate) enum Step {
    /// Let another speaker go on.
    Become(Box<dyn Speaker>),
    /// Come in. Again: the same person with another name.
    Enter(Entrance),
    /// Ask the hub; only after `Enter`.
    Ask(Request),
    /// Write a frame to the client, behind what was queued for it.
    Say(Utf8Bytes),
    /// Close the connection, after what was said.
    End(Ending),
}

impl Step {
    /// Close the connection.
    pub(crate) fn end(code: CloseCode, reason: &'static str) -> Step {
        Step::End(Ending { code, reason })
    }
}

/// One connection's side of a dialect. Everything it wants done it pushes to `out`.
pub(crate) trait Speaker: Send {
    /// The connection is open; nothing was heard yet.
    fn opened(&mut self, _now: Timestamp, _out: &mut Vec<Step>) {}

    /// It came in: this is the way to it. It is not dropped before [`Speaker::ended`].
    fn entered(&mut self, _line: &Line, _now: Timestamp, _out: &mut Vec<Step>) {}

    /// The client sent text.
    fn hear(&mut self, text: &Utf8Bytes, now: Timestamp, out: &mut Vec<Step>);

    /// The client sent binary.
    fn hear_binary(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        out.push(Step::end(CloseCode::Unsupported, "text frames only"));
    }

    /// An event that its [`Words`] left to it.
    fn told(&mut self, _event: &Event, _now: Timestamp, _out: &mut Vec<Step>) {}

    /// A note came.
    fn note(&mut self, _note: Note, _now: Timestamp, _out: &mut Vec<Step>) {}

    /// When to call [`Speaker::wake`].
    fn wake_at(&self) -> Option<Timestamp> {
        None
    }

    /// That moment has come.
    fn wake(&mut self, _now: Timestamp, _out: &mut Vec<Step>) {}

    /// It did not come in before the hello's deadline; it is closed after what is pushed here.
    fn too_late(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        out.push(Step::end(CloseCode::Policy, "hello did not come in time"));
    }

    /// Its address brought too many new people; it is closed after what is pushed here.
    fn turned_away(&mut self, _wait: Duration, _now: Timestamp, out: &mut Vec<Step>) {
        out.push(Step::end(CloseCode::TryLater, "too many new people"));
    }

    /// How many messages may wait for the hub's answer; the socket is not read meanwhile. One keeps the order of those
    /// who cannot be asked to send a message again.
    fn in_flight_max(&self) -> usize {
        1
    }

    /// The code with which the connection is closed. The older systems know only those of RFC 6455.
    fn close_code(&self, code: CloseCode) -> CloseCode {
        match code {
            CloseCode::TooSlow
            | CloseCode::NotAuthorised
            | CloseCode::Kicked
            | CloseCode::Replaced
            | CloseCode::TryLater => CloseCode::Policy,
            CloseCode::Restart => CloseCode::GoingAway,
            code => code,
        }
    }

    /// The connection is over. The hub learns of it after this.
    fn ended(&mut self, _now: Timestamp) {}

    /// The hub was told that it is over: whoever asks it for something now comes after that.
    fn forgotten(&mut self) {}
}

/// What a foreigner is called for the natives of another dialect. `is_taken`: one of them is called so, or might be.
fn foreign_name(author: &Person, is_taken: bool) -> String {
    if is_taken {
        format!("{} ({})", author.name, author.via.as_str())
    } else {
        author.name.to_string()
    }
}

/// A guest who was not let into its topic would be deaf: it is told so by the close.
fn end_if_not_let_in(event: &Event, out: &mut Vec<Step>) {
    if let Event::Refused(refusal) = event
        && refusal.message_id.is_none()
    {
        out.push(Step::end(CloseCode::TryLater, refusal.message));
    }
}

/// What the connections of each dialect share.
pub(crate) struct Dialects {
    pub(crate) landline: Arc<landline::Landline>,
    pub(crate) plain: Arc<plain::Plain>,
    pub(crate) pair: Arc<pair::Pair>,
    pub(crate) activity: Arc<activity::Activity>,
    pub(crate) topic: Arc<topic::Topic>,
    pub(crate) fastchat: Arc<fastchat::Fastchat>,
}

impl Dialects {
    /// The dialects of a room in `options.data`.
    pub(crate) fn new(options: &Options, now: Timestamp) -> Dialects {
        Dialects {
            landline: Arc::new(landline::Landline::new(options.rates)),
            plain: Arc::default(),
            pair: Arc::default(),
            activity: Arc::default(),
            topic: Arc::new(topic::Topic::new(options.topic_ttl)),
            fastchat: Arc::new(fastchat::Fastchat::new(&options.data, options.rates, now)),
        }
    }

    /// Who speaks with a client whose first frame on `/ws` was this.
    fn speaker(&self, decision: Decision, shared: &Arc<Shared>) -> Option<Box<dyn Speaker>> {
        let topic = |form| Box::new(topic::Client::new(self.topic.clone(), &shared.rates, form));
        match decision {
            Decision::TopicTyped => Some(topic(topic::Form::Typed)),
            Decision::TopicUntyped => Some(topic(topic::Form::Untyped)),
            Decision::Nested => Some(fastchat::speaker(&self.fastchat, fastchat::Form::Nested)),
            Decision::Flat => Some(fastchat::speaker(&self.fastchat, fastchat::Form::Flat)),
            _ => None,
        }
    }

    /// Those who hear everything.
    pub(crate) fn taps(&self) -> Vec<Arc<dyn Tap>> {
        vec![self.activity.clone(), self.pair.tap()]
    }

    /// Waits until what outlives a restart is on the disk.
    pub(crate) async fn close(&self) {
        self.fastchat.close().await;
    }
}

/// What a port of its own offers.
pub(crate) fn own_port(service: Service, site: &Arc<Site>) -> Router {
    let offers = match site.access {
        Access::Open => activity::own_port(service),
        Access::Locked => Router::new(),
    };
    crate::http::finish(offers, site)
}

/// The endpoints that the dialects add; a locked room has none of them.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .merge(plain::routes())
        .merge(pair::routes())
        .merge(activity::routes())
        .merge(topic::routes())
        .merge(fastchat::routes())
}

/// The first frame's decision and each dialect's parser, for `cargo fuzz` and for the property tests of the same.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz(target: crate::fuzzing::Target, text: &str) {
    use crate::fuzzing::Target;
    match target {
        Target::FirstFrame => assert_eq!(first::decide(text), first::decide(text)),
        Target::Landline => landline::fuzz(text),
        Target::Plain => plain::fuzz(text),
        Target::Pair => pair::fuzz(text),
        Target::Topic => topic::fuzz(text),
        Target::Activity => activity::fuzz(text),
        Target::Fastchat => fastchat::fuzz(text),
    }
}
