//! `GET /api/search`: what anybody may find, that is, what was said in topics.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use landline_hub::{ChatKey, Scope, Search, SearchFault};
use landline_protocol::ValueError;
use landline_protocol::limits::{HITS_DEFAULT, HITS_MAX, QUERY_BYTES};
use serde::Deserialize;
use serde_json::json;

use super::{Site, detail, stopping};
use crate::dialect::landline;
use crate::guards::rates::Seeker;
use crate::listener::Caller;

#[derive(Deserialize)]
pub(super) struct Asked {
    q: String,
    topic: Option<String>,
    from: Option<String>,
    before: Option<String>,
    after: Option<String>,
    utc_offset: Option<i32>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Looks for messages in the topics of the room: words, phrases in quotes, `pre*`, `from:name`, `in:topic`, `before:`, `after:` and `on:` a date.
#[utoipa::path(get, path = "/api/search", tag = "room",
    params(("q" = String, Query, description = "What to look for, as a person types it; at most 1,024 bytes"),
        ("topic" = Option<String>, Query, description = "In this topic only"),
        ("from" = Option<String>, Query, description = "What this `user_id` said only"),
        ("before" = Option<String>, Query, description = "What was said before this moment, RFC 3339"),
        ("after" = Option<String>, Query, description = "What was said at this moment or later, RFC 3339"),
        ("utc_offset" = Option<i32>, Query, description = "How far east of UTC the days in `q` are, in minutes"),
        ("limit" = Option<u32>, Query, description = "1 to 50; 20 without it"),
        ("cursor" = Option<String>, Query, description = "The `cursor` of the page before")),
    responses((status = 200, description = "`hits` (the best first, each with `snippet` and the `ranges` of it to mark, counted in Unicode characters), whether there is `more`, and the `cursor` to ask for it: the fields of `FOUND` in the native protocol"),
        (status = 404, description = "No such topic"), (status = 422, description = "A parameter breaks its rule"),
        (status = 429, description = "Too many searches from this address; `Retry-After` says when to try again"),
        (status = 503, description = "Too many searches from everywhere; try again")))]
pub(super) async fn search(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        return detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            "q is what to look for; limit and utc_offset are whole numbers",
        );
    };
    let (scope, search) = match read(&asked) {
        Ok(asked) => asked,
        Err(error) => return detail(StatusCode::UNPROCESSABLE_ENTITY, error.0),
    };
    if let Some(ChatKey::Topic(topic)) = scope.chat.clone() {
        let look = site.shared.hub.look(move |hub| hub.has_topic(&topic)).await;
        match look {
            Ok(true) => {}
            Ok(false) => return detail(StatusCode::NOT_FOUND, "There is no topic of this name"),
            Err(_) => return stopping(),
        }
    }
    let seeker = Seeker::Address(caller.address.to_canonical());
    if let Err(wait) = site.shared.rates.search(seeker) {
        let words = "Too many searches at once; try again in a moment";
        let mut response = detail(StatusCode::TOO_MANY_REQUESTS, words);
        let seconds = HeaderValue::from(wait.as_secs() + 1);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
        return response;
    }
    match site.pages.search(scope, search).await {
        Ok(found) => {
            let found = landline::found(&found, |chat| match chat {
                ChatKey::Topic(name) => (Some(name.clone()), None),
                // None is found: nobody in particular asks.
                ChatKey::Direct(..) => (None, None),
            });
            ([(header::CACHE_CONTROL, "no-store")], Json(json!(found))).into_response()
        }
        Err(SearchFault::Busy) => detail(
            StatusCode::SERVICE_UNAVAILABLE,
            "Many people search at the moment; try again",
        ),
        Err(SearchFault::Failed) => detail(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The host could not search its log; try again",
        ),
    }
}

fn read(asked: &Asked) -> Result<(Scope, Search), ValueError> {
    let limit = asked.limit.unwrap_or(HITS_DEFAULT);
    if asked.q.len() > QUERY_BYTES {
        return Err(ValueError("q must be at most 1024 bytes"));
    }
    if !(1..=HITS_MAX).contains(&limit) {
        return Err(ValueError("limit must be 1-50"));
    }
    let offset_minutes = asked.utc_offset.unwrap_or(0);
    if offset_minutes.unsigned_abs() > 24 * 60 {
        return Err(ValueError("utc_offset must be -1440 to 1440 minutes"));
    }
    let topic = asked.topic.as_deref().map(str::parse).transpose()?;
    let scope = Scope {
        reader: None,
        chat: topic.map(ChatKey::Topic),
    };
    let search = Search {
        search_id: None,
        query: asked.q.as_str().into(),
        chat: None,
        from: asked.from.as_deref().map(str::parse).transpose()?,
        after: asked.after.as_deref().map(str::parse).transpose()?,
        before: asked.before.as_deref().map(str::parse).transpose()?,
        offset_minutes,
        limit,
        cursor: asked.cursor.as_deref().map(str::parse).transpose()?,
    };
    Ok((scope, search))
}
