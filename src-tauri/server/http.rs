//! Everything over HTTP: the guest page, the small API, and the upgrade to a WebSocket.

mod search;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use landline_hub::ChatKey;
use landline_hub::ports::PageQuery;
use landline_protocol::frame::TopicInfo;
use landline_protocol::limits::{PAGE_DEFAULT, PAGE_MAX};
use landline_protocol::{Access, PROTOCOL_VERSION, SUBPROTOCOL, Timestamp, TopicName};
use serde::Deserialize;
use serde_json::json;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::bare::Pages;
use crate::dialect::landline::{self, Native};
use crate::dialect::{self, First, Speaker};
use crate::guards::origin::OriginGuard;
use crate::listener::Caller;
use crate::outlet::Wire;
use crate::session::{Peer, Shared};
use crate::{api_docs, guest, session};

/// Says which room answers, before the hello.
pub(crate) const ROOM_HEADER: &str = "landline-room";

/// What the routes need.
pub(crate) struct Site {
    pub(crate) shared: Arc<Shared>,
    pub(crate) pages: Arc<dyn Pages>,
    pub(crate) guard: OriginGuard,
    pub(crate) sessions: TaskTracker,
    pub(crate) room_id: HeaderValue,
    pub(crate) access: Access,
}

/// All routes, and their description.
pub(crate) fn router(site: &Arc<Site>) -> Router {
    let native = OpenApiRouter::with_openapi(api_docs::about())
        .routes(routes!(connect))
        .routes(routes!(health))
        .routes(routes!(room))
        .routes(routes!(topics))
        .routes(routes!(messages))
        .routes(routes!(search::search));
    let (api, description) = match site.access {
        Access::Open => native.merge(dialect::routes()),
        Access::Locked => native,
    }
    .split_for_parts();
    finish(api.merge(api_docs::routes(&description)), site)
}

/// Adds what every listener has: files behind the routes, the guard before them.
pub(crate) fn finish(api: Router<Arc<Site>>, site: &Arc<Site>) -> Router {
    let access = site.access;
    let files = Router::new()
        .fallback(async move |request: Request| file(access, &request))
        .layer(CompressionLayer::new());
    api.method_not_allowed_fallback(async || {
        detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
    })
    .fallback_service(files.with_state(()))
    .layer(from_fn_with_state(site.clone(), guard))
    .with_state(site.clone())
}

/// Nobody from elsewhere, and the headers that every answer carries.
async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut origin_headers = HeaderMap::new();
    if let Some(origin) = request.headers().get(header::ORIGIN) {
        origin_headers.insert(header::ORIGIN, origin.clone());
    }
    let mut response = if site.guard.allows(request.headers(), request.uri()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    };
    if let Some(origin) = site.guard.listed(&origin_headers) {
        cors(origin, response.headers_mut());
    }
    let headers = response.headers_mut();
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    response
}

/// A page of a listed origin may read the answer.
fn cors(origin: &HeaderValue, headers: &mut HeaderMap) {
    let fixed = HeaderValue::from_static;
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, fixed("true"));
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        fixed("GET, POST, OPTIONS"),
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, fixed("content-type"));
    headers.append(header::VARY, fixed("Origin"));
}

/// Whether the host is well.
#[utoipa::path(get, path = "/api/health", tag = "room", responses((status = 200, description = "It is; no body")))]
async fn health() -> Response {
    ([(header::CONTENT_LENGTH, "0")], ()).into_response()
}

fn file(access: Access, request: &Request) -> Response {
    if request.headers().contains_key(header::UPGRADE) {
        return match access {
            Access::Open => StatusCode::FORBIDDEN.into_response(),
            Access::Locked => locked(),
        };
    }
    match guest::file(request.uri().path(), request.headers()) {
        Some(_) if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        }
        Some(response) => response,
        None => detail(StatusCode::NOT_FOUND, "Not Found"),
    }
}

/// Which room this is.
#[utoipa::path(get, path = "/api/room", tag = "room", responses((status = 200, description = "Its id, name, access, protocol version and program version",
        example = json!({"room_id": "9d3c52f0a1b24c7e8f60718293a4b5c6", "name": "Workshop", "access": "open", "protocol": 1, "version": "0.1.0"}))))]
async fn room(State(site): State<Arc<Site>>) -> Response {
    let Ok(room) = site.shared.hub.look(|hub| hub.room().clone()).await else {
        return stopping();
    };
    let about = json!({
        "room_id": room.room_id,
        "name": room.name,
        "access": room.access,
        "protocol": PROTOCOL_VERSION,
        "version": env!("CARGO_PKG_VERSION"),
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(about)).into_response()
}

/// The topics of the room, oldest first.
#[utoipa::path(get, path = "/api/topics", tag = "room", responses((status = 200, description = "`topics`, each with the fields of `TOPICS` in the native protocol",
        example = json!({"topics": [{"topic": "lobby", "epoch": "3.0123456789abcdef0123456789abcdef", "seq": 41, "member_count": 2, "read": 0}]}))))]
async fn topics(State(site): State<Arc<Site>>) -> Response {
    let Ok(topics) = site.shared.hub.look(landline_hub::Hub::topic_list).await else {
        return stopping();
    };
    let topics: Vec<TopicInfo> = topics.iter().map(landline::topic_info).collect();
    (
        [(header::CACHE_CONTROL, "no-store")],
        Json(json!({ "topics": topics })),
    )
        .into_response()
}

#[derive(Deserialize)]
struct Window {
    before: Option<u64>,
    after: Option<u64>,
    around: Option<u64>,
    at: Option<Timestamp>,
    limit: Option<u32>,
}

/// A page of a topic's messages, the newest without a place.
#[utoipa::path(get, path = "/api/topics/{topic}/messages", tag = "room",
    params(("topic" = String, Path, description = "The topic's name"),
        ("before" = Option<u64>, Query, description = "Messages before this `seq`"),
        ("after" = Option<u64>, Query, description = "Messages after this `seq`"),
        ("around" = Option<u64>, Query, description = "Messages around this `seq`"),
        ("at" = Option<String>, Query, description = "Messages around the first of this time (RFC 3339) or later"),
        ("limit" = Option<u32>, Query, description = "1 to 500; 50 without it")),
    responses((status = 200, description = "`topic`, `messages` (oldest first, each with the fields of `MSG`), and whether there is `more`"), (status = 404, description = "No such topic"),
        (status = 422, description = "A parameter breaks its rule")))]
async fn messages(
    State(site): State<Arc<Site>>,
    Path(topic): Path<String>,
    window: Result<Query<Window>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(window)) = window else {
        return detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            "before, after, around and limit are whole numbers, at is a time (RFC 3339)",
        );
    };
    let topic: TopicName = match topic.parse() {
        Ok(topic) => topic,
        Err(error) => return detail(StatusCode::UNPROCESSABLE_ENTITY, error.0),
    };
    let limit = window.limit.unwrap_or(PAGE_DEFAULT);
    let query = match (window.before, window.after, window.around, window.at) {
        _ if !(1..=PAGE_MAX).contains(&limit) => {
            return detail(StatusCode::UNPROCESSABLE_ENTITY, "limit must be 1-500");
        }
        (before, None, None, None) => PageQuery::Before(before, limit),
        (None, Some(after), None, None) => PageQuery::After(after, limit),
        (None, None, Some(around), None) => PageQuery::Around(around, limit),
        (None, None, None, Some(at)) => PageQuery::At(at, limit),
        _ => return detail(StatusCode::UNPROCESSABLE_ENTITY, landline::ONE_PLACE),
    };
    let wanted = topic.clone();
    match site
        .shared
        .hub
        .look(move |hub| hub.has_topic(&wanted))
        .await
    {
        Ok(true) => {}
        Ok(false) => return detail(StatusCode::NOT_FOUND, "There is no topic of this name"),
        Err(_) => return stopping(),
    }
    let chat = ChatKey::Topic(topic.clone());
    let page = match site.pages.page(chat.clone(), query).await {
        Ok(page) => {
            site.shared
                .hub
                .look(move |hub| hub.with_living(&chat, query, page))
                .await
        }
        Err(_) => {
            return detail(
                StatusCode::INTERNAL_SERVER_ERROR,
                "The host could not read its log; try again",
            );
        }
    };
    match page {
        Ok(page) => {
            let messages: Vec<_> = page
                .entries
                .iter()
                .map(|entry| landline::message(entry))
                .collect();
            let oldest = landline::beginning(page.oldest);
            let mut page = json!({ "topic": topic, "messages": messages, "more": page.more });
            if let Some(oldest) = oldest {
                page["oldest"] = oldest.into();
            }
            ([(header::CACHE_CONTROL, "no-store")], Json(page)).into_response()
        }
        Err(_) => stopping(),
    }
}

/// The room's WebSocket. With the subprotocol `landline.v1` it speaks that; without one the first frame tells whether the
/// client speaks `topic` or `fastchat`.
#[utoipa::path(get, path = "/ws", tag = "room", responses((status = 101, description = "The WebSocket"),
    (status = 403, description = "A locked room takes `landline.v1` only")))]
async fn connect(State(site): State<Arc<Site>>, request: Request) -> Response {
    let offers = request
        .headers()
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter();
    let is_native = offers
        .filter_map(|offer| offer.to_str().ok())
        .flat_map(|offer| offer.split(','))
        .any(|offer| offer.trim() == SUBPROTOCOL);
    let is_page = OriginGuard::is_browser(request.headers());
    if is_native {
        let room_id = site.room_id.clone();
        let mut response = upgrade_to(&site, request, move |shared| {
            Box::new(Native::new(shared, is_page))
        });
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            let headers = response.headers_mut();
            let protocol = HeaderValue::from_static(SUBPROTOCOL);
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, protocol);
            headers.insert(ROOM_HEADER, room_id);
        }
        response
    } else if site.access == Access::Locked && hyper_tungstenite::is_upgrade_request(&request) {
        locked()
    } else {
        upgrade_to(&site, request, |shared| Box::new(First::new(shared)))
    }
}

/// None of the dialects is served in a locked room.
fn locked() -> Response {
    let message = "This room is locked: it takes the Landline app only, by invite or password";
    detail(StatusCode::FORBIDDEN, message)
}

/// What a socket path answers where there is nothing to connect to.
pub(crate) fn forbidden(request: &Request) -> Response {
    if request.headers().contains_key(header::UPGRADE) {
        StatusCode::FORBIDDEN.into_response()
    } else {
        detail(StatusCode::NOT_FOUND, "Not Found")
    }
}

/// Turns a request into a connection that `speaker` serves.
pub(crate) fn upgrade_to(
    site: &Arc<Site>,
    mut request: Request,
    speaker: impl FnOnce(Arc<Shared>) -> Box<dyn Speaker>,
) -> Response {
    if !hyper_tungstenite::is_upgrade_request(&request) {
        return detail(StatusCode::NOT_FOUND, "Not Found");
    }
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return detail(StatusCode::INTERNAL_SERVER_ERROR, "no address");
    };
    let upgrade = hyper::upgrade::on(&mut request);
    // What tungstenite would read with is dropped unused: the session has its own.
    let Ok((response, _)) = hyper_tungstenite::upgrade(&mut request, None) else {
        return detail(
            StatusCode::BAD_REQUEST,
            "not a WebSocket upgrade as in RFC 6455",
        );
    };
    let response = response.map(Body::new);
    let shared = site.shared.clone();
    let speaker = speaker(shared.clone());
    let peer = Peer {
        address: caller.address,
        place: caller.place,
        since: caller.since,
    };
    site.sessions.spawn(async move {
        // The connection may break before the upgrade is through.
        if let Ok(upgraded) = upgrade.await {
            session::run(Wire::new(upgraded), peer, shared, speaker).await;
        }
    });
    response
}

pub(crate) fn detail(status: StatusCode, words: &str) -> Response {
    (status, Json(json!({ "detail": words }))).into_response()
}

pub(crate) fn stopping() -> Response {
    detail(StatusCode::SERVICE_UNAVAILABLE, "The host stops")
}
