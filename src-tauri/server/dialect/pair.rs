//! `pair`: JSON or text at `/chat/public`, which is the topic `public`, and at `/chat/private`, where two meet by chance
//! (dialects.md, 6).

mod frame;
mod private;
mod rooms;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::response::Response;
use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{
    ChatRef, Entry, Event, Join, Notice, NoticeKind, Person, Post, Request as Ask, SessionId,
    Standing,
};
use landline_protocol::{CloseCode, DisplayName, MessageId, Timestamp, TopicName, UserId, Via};
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Entrance, Speaker, Step, Tap, Told, Words, foreign_name};
use crate::http::{Site, forbidden, upgrade_to};
use frame::Frame;
use private::Private;
use rooms::Rooms;

/// In which shape a client is told things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Text,
}

const JOINED: &str = "Someone joined the chat!";
const LEFT: &str = "Someone left the chat!";

impl Form {
    fn welcome(self) -> Utf8Bytes {
        match self {
            Form::Json => object("greeting", "Welcome to the chat room!"),
            Form::Text => Utf8Bytes::from_static(JOINED),
        }
    }

    fn somebody_joined(self) -> Utf8Bytes {
        match self {
            Form::Json => object("greeting", JOINED),
            Form::Text => Utf8Bytes::from_static(JOINED),
        }
    }

    fn somebody_left(self) -> Utf8Bytes {
        match self {
            Form::Json => object("message", LEFT),
            Form::Text => Utf8Bytes::from_static(LEFT),
        }
    }

    /// A notice of the public room: the JSON form counts first.
    fn counted(self, natives: u32, words: Utf8Bytes) -> Told {
        match self {
            Form::Json => Told::Two(object("counter", &natives.to_string()), words),
            Form::Text => Told::Shared(words),
        }
    }
}

fn object(key: &str, value: &str) -> Utf8Bytes {
    json!({ key: value }).to_string().into()
}

/// What all connections share.
pub(crate) struct Pair {
    json: Arc<PublicWords>,
    text: Arc<PublicWords>,
    natives: Arc<Natives>,
    rooms: Rooms,
}

impl Default for Pair {
    fn default() -> Pair {
        let natives = Arc::<Natives>::default();
        let words = |form| {
            let natives = natives.clone();
            Arc::new(PublicWords { form, natives })
        };
        Pair {
            json: words(Form::Json),
            text: words(Form::Text),
            natives,
            rooms: Rooms::default(),
        }
    }
}

impl Pair {
    /// Who has to hear everything.
    pub(crate) fn tap(&self) -> Arc<dyn Tap> {
        self.natives.clone()
    }

    fn words(&self, form: Form) -> Arc<PublicWords> {
        match form {
            Form::Json => self.json.clone(),
            Form::Text => self.text.clone(),
        }
    }
}

/// What the natives in the public room called themselves last, so that no foreigner passes for one of them.
#[derive(Default)]
struct Natives(Mutex<HashMap<SessionId, String>>);

impl Natives {
    fn names(&self) -> MutexGuard<'_, HashMap<SessionId, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn bear(&self, name: &DisplayName) -> bool {
        let name = name.as_str().to_lowercase();
        self.names().values().any(|native| *native == name)
    }
}

impl Tap for Natives {
    fn hear(&self, event: &Event) {
        match event {
            Event::Said(entry) if entry.author.via == Via::Pair => {
                let mut names = self.names();
                // Who is not in the room any more bears no name in it.
                if let Some(name) = entry.session.and_then(|session| names.get_mut(&session)) {
                    *name = entry.author.name.as_str().to_lowercase();
                }
            }
            Event::Noticed(notice) if notice.person.via == Via::Pair => match notice.kind {
                NoticeKind::Joined => {
                    self.names().insert(notice.session, String::new());
                }
                NoticeKind::Left => {
                    self.names().remove(&notice.session);
                }
                NoticeKind::Relayed => {}
            },
            _ => {}
        }
    }
}

/// What the public room hears, in one of the forms.
struct PublicWords {
    form: Form,
    natives: Arc<Natives>,
}

impl PublicWords {
    fn said(&self, entry: &Entry) -> Told {
        if entry.author.via == Via::Pair
            && let Some(original) = &entry.original
        {
            return self.passed_on(original);
        }
        let is_taken = self.natives.bear(&entry.author.name);
        let name = foreign_name(&entry.author, is_taken);
        Told::Shared(match self.form {
            Form::Json => json!({"username": name, "message": &*entry.body})
                .to_string()
                .into(),
            Form::Text => format!("{name}> {}", entry.body).into(),
        })
    }

    /// What a native sent.
    fn passed_on(&self, original: &str) -> Told {
        match self.form {
            Form::Json => Told::Shared(original.into()),
            Form::Text => {
                frame::in_text(original).map_or(Told::Nothing, |text| Told::Shared(text.into()))
            }
        }
    }

    fn noticed(&self, notice: &Notice, is_mine: bool) -> Told {
        let form = self.form;
        match notice.kind {
            NoticeKind::Joined if is_mine => form.counted(notice.natives, form.welcome()),
            NoticeKind::Joined => form.counted(notice.natives, form.somebody_joined()),
            NoticeKind::Left if is_mine => Told::Nothing,
            NoticeKind::Left => form.counted(notice.natives, form.somebody_left()),
            NoticeKind::Relayed => notice
                .original
                .as_ref()
                .map_or(Told::Nothing, |original| self.passed_on(original)),
        }
    }
}

impl Words for PublicWords {
    fn put(&self, event: &Event, is_mine: bool) -> Told {
        match event {
            Event::Said(entry) => self.said(entry),
            Event::Noticed(notice) if notice.person.via == Via::Pair => {
                self.noticed(notice, is_mine)
            }
            // A message that is put off comes back to the session, which asks again.
            Event::Refused(_) => Told::Personal,
            _ => Told::Nothing,
        }
    }
}

/// Comes in; nobody is told a name before a frame gives one.
fn enter(words: Arc<PublicWords>) -> (Person, Step) {
    let person = Person {
        user_id: UserId::fresh(),
        name: DisplayName::lenient(""),
        via: Via::Pair,
    };
    let entrance = Entrance {
        person: person.clone(),
        token: None,
        standing: Standing::Guest,
        words,
    };
    (person, Step::Enter(entrance))
}

fn not_json(out: &mut Vec<Step>) {
    out.push(Step::end(CloseCode::InvalidText, "Invalid JSON"));
}

/// A connection to the public room.
struct Public {
    words: Arc<PublicWords>,
    topic: TopicName,
    user_id: Option<UserId>,
}

impl Public {
    fn new(words: Arc<PublicWords>) -> Public {
        Public {
            words,
            topic: "public".parse().expect("it is a topic's name"),
            user_id: None,
        }
    }
}

impl Speaker for Public {
    fn opened(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        let (person, step) = enter(self.words.clone());
        self.user_id = Some(person.user_id);
        out.push(step);
        out.push(Step::Ask(Ask::JoinTopic(Join::new(self.topic.clone()))));
    }

    fn hear(&mut self, text: &Utf8Bytes, _now: Timestamp, out: &mut Vec<Step>) {
        let original = || text.as_str().into();
        let request = match (frame::read(text), self.user_id) {
            (None, _) => return not_json(out),
            (Some(Frame::Message { username, message }), Some(user_id)) => Ask::Post(Post {
                author: Some(Person {
                    user_id,
                    name: DisplayName::lenient(&username),
                    via: Via::Pair,
                }),
                original: Some(original()),
                ..Post::new(
                    ChatRef::Topic(self.topic.clone()),
                    message.into(),
                    MessageId::fresh(),
                )
            }),
            _ => Ask::Relay {
                topic: self.topic.clone(),
                original: original(),
                message_id: MessageId::fresh(),
            },
        };
        out.push(Step::Ask(request));
    }

    fn told(&mut self, event: &Event, _now: Timestamp, out: &mut Vec<Step>) {
        super::end_if_not_let_in(event, out);
    }
}

/// Endpoints of the dialect.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .routes(routes!(public))
        .routes(routes!(private))
}

type Wishes = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The WebSocket of a `pair` client in the room that all share.
#[utoipa::path(get, path = "/chat/public", tag = "pair",
    params(("format" = Option<String>, Query, description = "`json`, as without it, or `text`")),
    responses((status = 101, description = "The WebSocket"), (status = 403, description = "Another format")))]
async fn public(State(site): State<Arc<Site>>, wishes: Wishes, request: Request) -> Response {
    let Some(form) = form(wishes) else {
        return forbidden(&request);
    };
    let words = site.shared.dialects.pair.words(form);
    upgrade_to(&site, request, |_| Box::new(Public::new(words)))
}

/// The WebSocket of a `pair` client with a partner whom chance gives it.
#[utoipa::path(get, path = "/chat/private", tag = "pair",
    params(("format" = Option<String>, Query, description = "`json`, as without it, or `text`")),
    responses((status = 101, description = "The WebSocket"), (status = 403, description = "Another format")))]
async fn private(State(site): State<Arc<Site>>, wishes: Wishes, request: Request) -> Response {
    let Some(form) = form(wishes) else {
        return forbidden(&request);
    };
    let pair = site.shared.dialects.pair.clone();
    upgrade_to(&site, request, move |_| Box::new(Private::new(pair, form)))
}

/// The form that is asked for, if it is one.
fn form(wishes: Wishes) -> Option<Form> {
    let Query(wishes) = wishes.ok()?;
    let formats = wishes.iter().filter(|(key, _)| key == "format");
    formats
        .map(|(_, format)| match format.as_str() {
            "json" => Some(Form::Json),
            "text" => Some(Form::Text),
            _ => None,
        })
        .try_fold(Form::Json, |_, form| form)
}

/// The parser as an entry point for fuzzing: whatever comes, it keeps its rules.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    let read = frame::read(text);
    assert_eq!(read, frame::read(text));
    if let Some(line) = frame::in_text(text) {
        assert!(read.is_some() && line.contains("> "));
    }
}
