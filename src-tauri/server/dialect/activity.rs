//! `activity`: one payload with `event_type` both ways, at `/ws/activity` and on ports of its own (dialects.md, 8).
//! Everybody is in the topic `lobby`.

mod frame;
mod history;
mod names;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{
    ChatKey, ChatRef, Entry, Event, Join, NoticeKind, Person, Post, Request as Ask, Standing,
};
use landline_protocol::{CloseCode, DisplayName, MessageId, Timestamp, TopicName, UserId, Via};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Entrance, Speaker, Step, Tap, Told, Words, foreign_name};
use crate::Service;
use crate::http::{Site, upgrade_to};
use frame::{Frame, Kind, read};
use history::History;
use names::Names;

/// Longest username, in characters.
const USERNAME_MAX_CHARS: usize = 200;

/// What all connections share.
#[derive(Default)]
pub(crate) struct Activity {
    names: Mutex<Names>,
    history: Arc<History>,
}

impl Activity {
    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A message of somebody else, as natives read it.
    fn foreign(&self, entry: &Entry) -> String {
        let is_taken = self.names().bear(&entry.author.name);
        Frame {
            kind: Kind::Message,
            username: foreign_name(&entry.author, is_taken),
            message: Some(entry.body.to_string()),
        }
        .written()
    }
}

/// The frame of the native who wrote an entry.
fn native(entry: &Entry) -> Option<&Arc<str>> {
    let original = entry.original.as_ref();
    original.filter(|_| entry.author.via == Via::Activity)
}

impl Words for Activity {
    fn put(&self, event: &Event, is_mine: bool) -> Told {
        match event {
            Event::Said(_) | Event::Noticed(_) if is_mine => Told::Nothing,
            Event::Said(entry) => Told::Shared(match native(entry) {
                Some(original) => (&**original).into(),
                None => self.foreign(entry).into(),
            }),
            Event::Noticed(notice) if notice.person.via == Via::Activity => notice
                .original
                .as_ref()
                .map_or(Told::Nothing, |original| Told::Shared((&**original).into())),
            // A message that is put off comes back to the session, which asks again.
            Event::Refused(_) => Told::Personal,
            _ => Told::Nothing,
        }
    }
}

impl Tap for Activity {
    fn hear(&self, event: &Event) {
        let is_lobby = |topic: &TopicName| *topic == TopicName::lobby();
        let compact = |original: &Arc<str>| read(original).map(|frame| frame.written());
        let (text, life) = match event {
            Event::Said(entry) => {
                let ChatKey::Topic(topic) = &entry.chat else {
                    return;
                };
                if !is_lobby(topic) {
                    return;
                }
                let text = match native(entry) {
                    Some(original) => compact(original),
                    None => Some(self.foreign(entry)),
                };
                let life_ms = entry.life.map(|life| life.expires_at.0 - entry.at.0);
                let life_ms = life_ms.map(|life| u64::try_from(life).unwrap_or(0));
                (text, life_ms.map(Duration::from_millis))
            }
            Event::Noticed(notice)
                if notice.person.via == Via::Activity && is_lobby(&notice.topic) =>
            {
                if notice.kind == NoticeKind::Left {
                    self.names().has_left(notice.person.user_id);
                }
                (notice.original.as_ref().and_then(compact), None)
            }
            _ => return,
        };
        if let Some(text) = text {
            self.history.push(text, life);
        }
    }
}

/// A connection.
struct Client {
    activity: Arc<Activity>,
    me: UserId,
    is_joined: bool,
}

impl Client {
    fn new(activity: Arc<Activity>) -> Client {
        Client {
            activity,
            me: UserId::fresh(),
            is_joined: false,
        }
    }

    fn connected(&mut self, name: &str, original: Arc<str>) -> Ask {
        self.activity.names().hold(name, self.me);
        if std::mem::replace(&mut self.is_joined, true) {
            return relay(original);
        }
        let farewell = Frame {
            kind: Kind::Disconnected,
            username: name.to_owned(),
            message: None,
        };
        Ask::JoinTopic(Join {
            original: Some(original),
            farewell: Some(farewell.written().into()),
            ..Join::new(TopicName::lobby())
        })
    }

    fn message(&self, name: &str, message: String, original: Arc<str>) -> Ask {
        let author = Person {
            user_id: self.me,
            name: DisplayName::lenient(name),
            via: Via::Activity,
        };
        let chat = ChatRef::Topic(TopicName::lobby());
        Ask::Post(Post {
            author: Some(author),
            original: Some(original),
            ..Post::new(chat, message.into(), MessageId::fresh())
        })
    }
}

/// What is no message goes to natives only.
fn relay(original: Arc<str>) -> Ask {
    Ask::Relay {
        topic: TopicName::lobby(),
        original,
        message_id: MessageId::fresh(),
    }
}

impl Speaker for Client {
    fn opened(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        let person = Person {
            user_id: self.me,
            name: DisplayName::lenient(""),
            via: Via::Activity,
        };
        out.push(Step::Enter(Entrance {
            person,
            token: None,
            standing: Standing::Guest,
            words: self.activity.clone(),
        }));
    }

    fn hear(&mut self, text: &Utf8Bytes, _now: Timestamp, out: &mut Vec<Step>) {
        // A goodbye before this has reached the hub.
        self.activity.names().has_left(self.me);
        let Some(Frame {
            kind,
            username,
            message,
        }) = read(text)
        else {
            return out.push(Step::end(CloseCode::InvalidText, "Invalid payload"));
        };
        if username.chars().count() > USERNAME_MAX_CHARS {
            return out.push(Step::end(CloseCode::Policy, "username too long"));
        }
        if self.activity.names().is_of_another(&username, self.me) {
            return out.push(Step::end(CloseCode::Policy, "username in use"));
        }
        let original: Arc<str> = text.as_str().into();
        let request = match (kind, message) {
            (Kind::Connected, _) => self.connected(&username, original),
            (Kind::Message, Some(message)) => self.message(&username, message, original),
            (Kind::Message, None) => relay(original),
            // Nobody was told that it came.
            (Kind::Disconnected, _) if !self.is_joined => return,
            (Kind::Disconnected, _) => {
                self.is_joined = false;
                self.activity.names().leave(self.me);
                Ask::LeaveTopic {
                    topic: TopicName::lobby(),
                    original: Some(original),
                }
            }
        };
        out.push(Step::Ask(request));
    }

    /// Binary has no effect.
    fn hear_binary(&mut self, _now: Timestamp, _out: &mut Vec<Step>) {}

    fn told(&mut self, event: &Event, _now: Timestamp, out: &mut Vec<Step>) {
        super::end_if_not_let_in(event, out);
    }

    fn ended(&mut self, _now: Timestamp) {
        self.activity.names().leave(self.me);
    }

    fn forgotten(&mut self) {
        self.activity.names().let_go(self.me);
    }
}

/// Endpoints of the dialect on the main port; `GET /api/health` is everybody's.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .routes(routes!(connect))
        .routes(routes!(history))
}

/// What a port of its own offers.
pub(crate) fn own_port(service: Service) -> Router<Arc<Site>> {
    match service {
        Service::Activity => Router::new()
            .route("/", any(connect))
            .route("/{*path}", any(connect)),
        Service::ActivityRest => Router::new()
            .route("/health", get(health).fallback(nothing))
            .route("/history", get(history).fallback(nothing))
            .route("/", any(nothing))
            .route("/{*path}", any(nothing)),
        Service::Same(_) => Router::new(),
    }
}

/// The WebSocket of an `activity` client.
#[utoipa::path(get, path = "/ws/activity", tag = "activity", responses((status = 101, description = "The WebSocket")))]
async fn connect(State(site): State<Arc<Site>>, request: Request) -> Response {
    let activity = site.shared.dialects.activity.clone();
    upgrade_to(&site, request, |_| Box::new(Client::new(activity)))
}

/// What happened in the lobby since the start, at most 1,000 entries, oldest first.
#[utoipa::path(get, path = "/api/history", tag = "activity",
    responses((status = 200, description = "An array of payloads", content_type = "application/json")))]
async fn history(State(site): State<Arc<Site>>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let history = site.shared.dialects.activity.history.as_json();
    (headers, history).into_response()
}

async fn health() -> Response {
    ([(header::CONTENT_LENGTH, "0")], ()).into_response()
}

async fn nothing() -> StatusCode {
    StatusCode::NOT_FOUND
}

/// The parser as an entry point for fuzzing: whatever comes, it keeps its rules.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    if let Some(read) = frame::read(text) {
        assert_eq!(
            frame::read(&read.written()),
            Some(read),
            "what is written is read again"
        );
    }
}
