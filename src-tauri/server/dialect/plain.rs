//! `plain`: bare text at `/ws/{client_id}` (dialects.md, 5). Everybody is in the topic `lobby`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Json;
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{
    ChatRef, Entry, Event, Join, NoticeKind, Person, Post, Request as Ask, Standing,
};
use landline_protocol::{DisplayName, MessageId, Timestamp, TopicName, UserId, Via};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Entrance, Speaker, Step, Told, Words, foreign_name};
use crate::http::{Site, forbidden, upgrade_to};

/// Most digits of a client's id.
const ID_MAX_DIGITS: usize = 18;
/// Ids that we hand out stay below 2^53, exact in every client.
const HANDED_OUT_FROM: u64 = 1 << 40;

/// What all connections share.
#[derive(Default)]
pub(crate) struct Plain {
    handed_out: AtomicU64,
}

impl Plain {
    /// An id that nobody was given before. It begins with the time, so that a restart gives other ones.
    fn client_id(&self, now: Timestamp) -> u64 {
        let seconds = u64::try_from(now.0 / 1_000).unwrap_or(0) % (1 << 32);
        let floor = HANDED_OUT_FROM + (seconds << 12);
        let last = self
            .handed_out
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
                Some(last.max(floor) + 1)
            });
        last.unwrap_or_else(|last| last).max(floor) + 1
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
    let name = author.name.as_str();
    foreign_name(
        author,
        name.starts_with("Client #") || name.starts_with("You wrote"),
    )
}

/// A connection.
struct Client {
    words: Arc<Plain>,
    /// In canonical decimal.
    id: String,
    echoes_all: bool,
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

    fn hear(&mut self, text: &Utf8Bytes, _now: Timestamp, out: &mut Vec<Step>) {
        let chat = ChatRef::Topic(TopicName::lobby());
        let post = Post::new(chat, text.as_str().into(), MessageId::fresh());
        out.push(Step::Ask(Ask::Post(post)));
    }

    fn told(&mut self, event: &Event, _now: Timestamp, out: &mut Vec<Step>) {
        if let Event::Said(entry) = event {
            out.push(Step::Say(format!("You wrote: {}", entry.body).into()));
            if self.echoes_all {
                out.push(Step::Say(says(&shown(entry), entry)));
            }
        }
    }
}

/// Endpoints of the dialect.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .routes(routes!(new_client_get, new_client_post))
        .routes(routes!(connect))
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
    let client_id = site.shared.dialects.plain.client_id(now);
    Json(NewClient { client_id })
}

#[derive(Deserialize)]
struct Wishes {
    echo: Option<String>,
}

/// The WebSocket of a `plain` client: bare text both ways.
#[utoipa::path(get, path = "/ws/{client_id}", tag = "plain",
    params(("client_id" = String, Path, description = "An integer of 1 to 18 digits, perhaps with a minus"),
        ("echo" = Option<String>, Query, description = "`all`: the sender hears what the others hear, too")),
    responses((status = 101, description = "The WebSocket"), (status = 403, description = "Not an integer")))]
async fn connect(
    State(site): State<Arc<Site>>,
    Path(client_id): Path<String>,
    Query(wishes): Query<Wishes>,
    request: Request,
) -> Response {
    let words = site.shared.dialects.plain.clone();
    match canonical(&client_id) {
        Some(id) => upgrade_to(&site, request, move |_| {
            Box::new(Client {
                words,
                id,
                echoes_all: wishes.echo.as_deref() == Some("all"),
            })
        }),
        None => forbidden(&request),
    }
}

/// An id in canonical decimal: `007` is `7`.
fn canonical(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let fits =
        (1..=ID_MAX_DIGITS).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if !fits {
        return None;
    }
    text.parse::<i64>().ok().map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_integers_in_canonical_decimal() {
        for (text, id) in [
            ("7", "7"),
            ("007", "7"),
            ("-7", "-7"),
            ("-0", "0"),
            ("999999999999999999", "999999999999999999"),
        ] {
            assert_eq!(canonical(text).as_deref(), Some(id), "{text}");
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
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
    }

    #[test]
    fn ids_handed_out_rise_over_restarts_and_stay_exact() {
        let now = Timestamp(1_790_000_000_000);
        let plain = Plain::default();
        let ids: Vec<u64> = (0..5_000).map(|_| plain.client_id(now)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(ids.iter().all(|id| *id < 1 << 53));
    }
}
