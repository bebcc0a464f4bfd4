//! `plain`: bare text at `/ws/{client_id}` (dialects.md, 5). Everybody is in the topic `lobby`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{
    ChatRef, Entry, Event, Join, NoticeKind, Person, Post, Request as Ask, Standing,
};
use landline_protocol::{DisplayName, MessageId, Timestamp, TopicName, UserId, Via};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::{Entrance, Speaker, Step, Told, Words, end_if_not_let_in, foreign_name};
use crate::http::{Site, detail, forbidden, upgrade_to};
use crate::outlet::Line;

/// Most digits of a client's id.
const ID_MAX_DIGITS: usize = 18;
/// Ids handed out in one second at most, so that those of the next start are higher.
const IDS_PER_SECOND: u64 = 1 << 20;

/// What all connections share.
#[derive(Default)]
pub(crate) struct Plain {
    ids: Mutex<Ids>,
}

#[derive(Default)]
struct Ids {
    handed_out: u64,
    /// How many connections came with each.
    in_use: HashMap<i64, usize>,
}

impl Ids {
    /// An id that nobody was given before and nobody chose. It begins with the time, so that a restart gives other ones,
    /// and stays below 2^53, exact in every client.
    fn hand_out(&mut self, now: Timestamp) -> u64 {
        let seconds = u64::try_from(now.0 / 1_000).unwrap_or(0) % (1 << 32);
        let mut id = self.handed_out.max(seconds * IDS_PER_SECOND) + 1;
        while i64::try_from(id).is_ok_and(|id| self.in_use.contains_key(&id)) {
            id += 1;
        }
        self.handed_out = id;
        id
    }

    fn come(&mut self, id: i64) {
        *self.in_use.entry(id).or_default() += 1;
    }

    fn go(&mut self, id: i64) {
        if let Some(connections) = self.in_use.get_mut(&id) {
            *connections -= 1;
            if *connections == 0 {
                self.in_use.remove(&id);
            }
        }
    }
}

impl Plain {
    fn ids(&self) -> MutexGuard<'_, Ids> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Words for Plain {
    fn put(&self, event: &Event, is_mine: bool) -> Told {
        match event {
            // The sender's own setting decides what comes back.
            Event::Said(_) if is_mine => Told::Personal,
            Event::Said(entry) => Told::Shared(says(&shown(entry), entry)),
            Event::Noticed(notice) if notice.kind == NoticeKind::Left && !is_mine => {
                if notice.person.via == Via::Plain {
                    Told::Shared(format!("{} left the chat", notice.person.name).into())
                } else {
                    Told::Nothing
                }
            }
            // A message that is put off comes back to the session, which asks again.
            Event::Refused(_) => Told::Personal,
            _ => Told::Nothing,
        }
    }
}

fn says(name: &str, entry: &Entry) -> Utf8Bytes {
    format!("{name} says: {}", entry.body).into()
}

/// What the author is called here: a foreigner must not look like one of us.
fn shown(entry: &Entry) -> String {
    let author = &entry.author;
    if author.via == Via::Plain {
        return author.name.to_string();
    }
    let name = author.name.as_str().to_lowercase();
    foreign_name(
        author,
        name.starts_with("client #") || name.starts_with("you wrote"),
    )
}

/// A connection.
struct Client {
    words: Arc<Plain>,
    id: i64,
    echoes_all: bool,
    is_in: bool,
}

impl Speaker for Client {
    fn opened(&mut self, _now: Timestamp, out: &mut Vec<Step>) {
        let person = Person {
            user_id: UserId::fresh(),
            name: DisplayName::lenient(&format!("Client #{}", self.id)),
            via: Via::Plain,
        };
        out.push(Step::Enter(Entrance {
            person,
            token: None,
            standing: Standing::Guest,
            words: self.words.clone(),
        }));
        out.push(Step::Ask(Ask::JoinTopic(Join::new(TopicName::lobby()))));
    }

    fn entered(&mut self, _line: &Line, _now: Timestamp, _out: &mut Vec<Step>) {
        self.words.ids().come(self.id);
        self.is_in = true;
    }

    fn hear(&mut self, text: &Utf8Bytes, _now: Timestamp, out: &mut Vec<Step>) {
        let chat = ChatRef::Topic(TopicName::lobby());
        let post = Post::new(chat, text.as_str().into(), MessageId::fresh());
        out.push(Step::Ask(Ask::Post(post)));
    }

    fn told(&mut self, event: &Event, _now: Timestamp, out: &mut Vec<Step>) {
        end_if_not_let_in(event, out);
        if let Event::Said(entry) = event {
            out.push(Step::Say(format!("You wrote: {}", entry.body).into()));
            if self.echoes_all {
                out.push(Step::Say(says(&shown(entry), entry)));
            }
        }
    }

    fn ended(&mut self, _now: Timestamp) {
        if std::mem::take(&mut self.is_in) {
            self.words.ids().go(self.id);
        }
    }
}

/// Endpoints of the dialect.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .routes(routes!(new_client_get, new_client_post))
        .routes(routes!(connect).map(|route| route.fallback(not_a_get)))
}

/// A client's id.
#[derive(Serialize, ToSchema)]
struct NewClient {
    /// Positive, below 2^53, never handed out before.
    client_id: u64,
}

/// An id for a new `plain` client.
#[utoipa::path(get, path = "/api/clients", tag = "plain", responses((status = 200, body = NewClient)))]
async fn new_client_get(State(site): State<Arc<Site>>) -> Json<NewClient> {
    new_client(&site)
}

/// An id for a new `plain` client.
#[utoipa::path(post, path = "/api/clients", tag = "plain", responses((status = 200, body = NewClient)))]
async fn new_client_post(State(site): State<Arc<Site>>) -> Json<NewClient> {
    new_client(&site)
}

fn new_client(site: &Site) -> Json<NewClient> {
    let now = (site.shared.clock)();
    let client_id = site.shared.dialects.plain.ids().hand_out(now);
    Json(NewClient { client_id })
}

type Wishes = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The WebSocket of a `plain` client: bare text both ways.
#[utoipa::path(get, path = "/ws/{client_id}", tag = "plain",
    params(("client_id" = String, Path, description = "An integer of 1 to 18 digits, perhaps with a minus"),
        ("echo" = Option<String>, Query, description = "`all`: the sender hears what the others hear, too")),
    responses((status = 101, description = "The WebSocket"), (status = 403, description = "Not an integer")))]
async fn connect(
    State(site): State<Arc<Site>>,
    client_id: Result<Path<String>, PathRejection>,
    wishes: Wishes,
    request: Request,
) -> Response {
    let words = site.shared.dialects.plain.clone();
    let Some(id) = client_id.ok().and_then(|Path(id)| read_id(&id)) else {
        return forbidden(&request);
    };
    let wishes = wishes.map(|Query(wishes)| wishes).unwrap_or_default();
    let echoes_all = wishes
        .iter()
        .any(|(key, value)| key == "echo" && value == "all");
    upgrade_to(&site, request, move |_| {
        Box::new(Client {
            words,
            id,
            echoes_all,
            is_in: false,
        })
    })
}

/// What is no id is no path at all.
async fn not_a_get(client_id: Result<Path<String>, PathRejection>) -> Response {
    match client_id.ok().and_then(|Path(id)| read_id(&id)) {
        Some(_) => detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        None => detail(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// A client's id; canonical decimal shows it, so `007` is `7`.
fn read_id(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let fits =
        (1..=ID_MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !fits {
        return None;
    }
    text.parse().ok()
}

/// The parser as an entry point for fuzzing: whatever comes, it keeps its rules.
#[cfg(any(test, fuzzing))]
pub(super) fn fuzz(text: &str) {
    if let Some(id) = read_id(text) {
        assert_eq!(
            read_id(&id.to_string()),
            Some(id),
            "what is shown is read again"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_integers_in_canonical_decimal() {
        for (text, id) in [
            ("7", 7),
            ("007", 7),
            ("-7", -7),
            ("-0", 0),
            ("999999999999999999", 999_999_999_999_999_999),
        ] {
            assert_eq!(read_id(text), Some(id), "{text}");
        }
        for text in [
            "",
            "-",
            "abc",
            "1.5",
            "+1",
            " 1",
            "1e3",
            "1234567890123456789",
            "--1",
            "\u{661}",
        ] {
            assert_eq!(read_id(text), None, "{text}");
        }
    }

    #[test]
    fn ids_handed_out_rise_over_restarts_and_stay_exact() {
        let mut ids = Ids::default();
        let mut last = 0;
        for second in 0..3 {
            let now = Timestamp(1_790_000_000_000 + second * 1_000);
            let first = Ids::default().hand_out(now);
            assert!(last < first, "a start a second later gives higher ones");
            for _ in 0..5_000 {
                let id = ids.hand_out(now);
                assert!(last < id && id < 1 << 53);
                last = id;
            }
        }
        assert!(Ids::default().hand_out(Timestamp(((1 << 32) - 1) * 1_000)) < 1 << 53);
    }

    #[test]
    fn an_id_that_somebody_chose_is_not_handed_out() {
        let now = Timestamp(1_790_000_000_000);
        let next = Ids::default().hand_out(now);
        let mut ids = Ids::default();
        let chosen = i64::try_from(next).unwrap();
        ids.come(chosen);
        ids.come(chosen);
        ids.go(chosen);
        assert_eq!(ids.hand_out(now), next + 1);
        ids.go(chosen);
        assert!(ids.in_use.is_empty());
        assert_eq!(ids.hand_out(now), next + 2, "never again a lower one");
    }

    proptest::proptest! {
        #[test]
        fn whatever_stands_in_the_path_is_an_id_or_none(text in ".{0,25}", number in -999_999_999_999_999_999..=999_999_999_999_999_999i64) {
            let _ = read_id(&text);
            proptest::prop_assert_eq!(read_id(&number.to_string()), Some(number));
        }
    }
}
