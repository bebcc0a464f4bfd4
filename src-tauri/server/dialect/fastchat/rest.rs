//! The REST calls of the shipped client (dialects.md 9.5 and 11). A page of another origin asks first whether it may
//! (OPTIONS); the guard has looked at the origin then, and adds what the browser wants to read.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use landline_hub::ChatKey;
use landline_hub::effect::PersonHere;
use landline_hub::ports::PageQuery;
use landline_protocol::{TopicName, UserId};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::form::Form;
use super::state::Beat;
use super::writing::{Shown, zoneless};
use crate::http::{Site, detail};

/// Longest body of a heartbeat, in bytes.
const BODY_BYTES: usize = 4 * 1024;

/// Endpoints of the dialect.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .routes(routes!(heartbeat, may_beat))
        .routes(routes!(online, may_ask))
        .routes(routes!(store_health))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
}

/// Somebody is here.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body, which is read by hand: each mistake has its own answer"
)]
struct Heartbeat {
    /// 1 to 100 characters.
    display_name: String,
    /// A UUID; anything else counts as absent.
    user_id: Option<String>,
}

/// Says that somebody is here, for 30 seconds.
#[utoipa::path(post, path = "/presence/heartbeat", tag = "fastchat", request_body = Heartbeat,
    responses((status = 200, description = "Their entry in the list"), (status = 422, description = "A bad body or name")))]
async fn heartbeat(
    State(site): State<Arc<Site>>,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Response {
    let body: Option<Value> = body
        .ok()
        .and_then(|body| serde_json::from_slice(&body).ok());
    let Some(Value::Object(fields)) = body else {
        return wrong(&["body"], "the body must be a JSON object");
    };
    let name = fields.get("display_name").and_then(Value::as_str);
    let Some(name) = name.filter(|name| Form::Flat.name_chars().contains(&name.chars().count()))
    else {
        return wrong(
            &["body", "display_name"],
            "display_name must be 1-100 characters",
        );
    };
    let user_id = fields
        .get("user_id")
        .and_then(Value::as_str)
        .and_then(|id| id.parse().ok());
    let Some(here) = here(&site).await else {
        return stopping();
    };
    let now = (site.shared.clock)();
    let beat = site
        .shared
        .dialects
        .fastchat
        .with(|inner| inner.state.beat(user_id, name, &here, now));
    Json(entry(&beat)).into_response()
}

#[derive(Deserialize)]
struct But {
    exclude_user_id: Option<String>,
}

/// Who is here: whoever is connected, and the heartbeats of the last 30 seconds, newest first.
#[utoipa::path(get, path = "/presence/online", tag = "fastchat",
    params(("exclude_user_id" = Option<String>, Query, description = "Without this one")),
    responses((status = 200, description = "The list")))]
async fn online(State(site): State<Arc<Site>>, Query(but): Query<But>) -> Response {
    let Some(here) = here(&site).await else {
        return stopping();
    };
    let but: Option<UserId> = but.exclude_user_id.and_then(|id| id.parse().ok());
    let now = (site.shared.clock)();
    let list = site
        .shared
        .dialects
        .fastchat
        .with(|inner| inner.state.online(but, &here, now));
    let users: Vec<Value> = list.iter().map(entry).collect();
    Json(json!({"count": users.len(), "users": users})).into_response()
}

/// Whether a page may send heartbeats.
#[utoipa::path(options, path = "/presence/heartbeat", tag = "fastchat", responses((status = 200, description = "It may")))]
async fn may_beat() -> StatusCode {
    StatusCode::OK
}

/// Whether a page may ask who is here.
#[utoipa::path(options, path = "/presence/online", tag = "fastchat", responses((status = 200, description = "It may")))]
async fn may_ask() -> StatusCode {
    StatusCode::OK
}

/// Whether the store can be read and written.
#[utoipa::path(get, path = "/health/db", tag = "fastchat", responses((status = 200, description = "How it is")))]
async fn store_health(State(site): State<Arc<Site>>) -> Response {
    let is_writable = site
        .shared
        .hub
        .look(landline_hub::Hub::is_writable)
        .await
        .unwrap_or(false);
    let lobby = ChatKey::Topic(TopicName::lobby());
    let is_well = is_writable
        && site
            .pages
            .page(lobby, PageQuery::Before(None, 1))
            .await
            .is_ok();
    let (status, database) = if is_well {
        ("healthy", "connected")
    } else {
        ("unhealthy", "disconnected")
    };
    Json(json!({"status": status, "database": database})).into_response()
}

/// The room's list, oldest first; none if the room stops.
async fn here(site: &Site) -> Option<Vec<Shown>> {
    let people = site
        .shared
        .hub
        .look(landline_hub::Hub::people_here)
        .await
        .ok()?;
    let shown = |here: &PersonHere| Shown {
        user: here.person.user_id,
        name: here.person.name.as_str().into(),
    };
    Some(people.iter().map(shown).collect())
}

fn entry(beat: &Beat) -> Value {
    json!({
        "id": beat.id.to_string(),
        "user_id": beat.user_id.map(|user| user.to_string()),
        "display_name": &*beat.name,
        "last_seen": zoneless(beat.at),
        "status": "online",
    })
}

fn wrong(place: &[&str], message: &str) -> Response {
    let detail = json!({"detail": [{"type": "value_error", "loc": place, "msg": message}]});
    (StatusCode::UNPROCESSABLE_ENTITY, Json(detail)).into_response()
}

fn stopping() -> Response {
    detail(StatusCode::SERVICE_UNAVAILABLE, "The host stops")
}
