//! Everything over HTTP: the guest page, the small API, and the upgrade to a WebSocket.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use hyper_tungstenite::tungstenite::protocol::WebSocketConfig;
use landline_hub::ChatKey;
use landline_hub::ports::PageQuery;
use landline_protocol::frame::TopicInfo;
use landline_protocol::limits::{FRAME_BYTES, PAGE_DEFAULT, PAGE_MAX};
use landline_protocol::{PROTOCOL_VERSION, SUBPROTOCOL, TopicName};
use serde::Deserialize;
use serde_json::json;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;

use crate::dialect::landline;
use crate::guards::origin::OriginGuard;
use crate::limits::{READ_BUFFER_BYTES, SESSION_BYTES_CAP, WRITE_BUFFER_BYTES};
use crate::listener::Caller;
use crate::session::{Peer, Shared};
use crate::store::Reader;
use crate::{guest, session};

/// Says which room answers, before the hello.
pub(crate) const ROOM_HEADER: &str = "landline-room";

/// What the routes need.
pub(crate) struct Site {
    pub(crate) shared: Arc<Shared>,
    pub(crate) reader: Reader,
    pub(crate) guard: OriginGuard,
    pub(crate) sessions: TaskTracker,
    pub(crate) room_id: HeaderValue,
}

/// All routes.
pub(crate) fn router(site: Arc<Site>) -> Router {
    let files = Router::new().fallback(file).layer(CompressionLayer::new());
    Router::new()
        .route("/ws", get(upgrade))
        .route(
            "/api/health",
            get(async || ([(header::CONTENT_LENGTH, "0")], ())),
        )
        .route("/api/room", get(room))
        .route("/api/topics", get(topics))
        .route("/api/topics/{topic}/messages", get(messages))
        .method_not_allowed_fallback(async || {
            detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        })
        .fallback_service(files.with_state(()))
        .layer(from_fn_with_state(site.clone(), guard))
        .with_state(site)
}

/// Nobody from elsewhere, and the headers that every answer carries.
async fn guard(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let mut response = if site.guard.allows(request.headers(), request.uri()) {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    };
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

async fn file(request: Request) -> Response {
    if request.headers().contains_key(header::UPGRADE) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match guest::file(request.uri().path(), request.headers()) {
        Some(_) if !matches!(*request.method(), Method::GET | Method::HEAD) => {
            detail(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
        }
        Some(response) => response,
        None => detail(StatusCode::NOT_FOUND, "Not Found"),
    }
}

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
    limit: Option<u32>,
}

async fn messages(
    State(site): State<Arc<Site>>,
    Path(topic): Path<String>,
    window: Result<Query<Window>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(window)) = window else {
        return detail(
            StatusCode::UNPROCESSABLE_ENTITY,
            "before, after and limit are whole numbers",
        );
    };
    let topic: TopicName = match topic.parse() {
        Ok(topic) => topic,
        Err(error) => return detail(StatusCode::UNPROCESSABLE_ENTITY, error.0),
    };
    let limit = window.limit.unwrap_or(PAGE_DEFAULT);
    let query = match (window.before, window.after) {
        _ if !(1..=PAGE_MAX).contains(&limit) => {
            return detail(StatusCode::UNPROCESSABLE_ENTITY, "limit must be 1-500");
        }
        (before, None) => PageQuery::Before(before, limit),
        (None, Some(after)) => PageQuery::After(after, limit),
        (Some(_), Some(_)) => {
            return detail(
                StatusCode::UNPROCESSABLE_ENTITY,
                "give before or after, not both",
            );
        }
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
    match site.reader.page(ChatKey::Topic(topic.clone()), query).await {
        Ok(page) => {
            let messages: Vec<_> = page
                .entries
                .iter()
                .map(|entry| landline::message(entry))
                .collect();
            let page = json!({ "topic": topic, "messages": messages, "more": page.more });
            ([(header::CACHE_CONTROL, "no-store")], Json(page)).into_response()
        }
        Err(_) => detail(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The host could not read its log; try again",
        ),
    }
}

/// `GET /ws` with the subprotocol `landline.v1`.
async fn upgrade(State(site): State<Arc<Site>>, mut request: Request) -> Response {
    if !hyper_tungstenite::is_upgrade_request(&request) {
        return detail(StatusCode::NOT_FOUND, "Not Found");
    }
    let offers = request
        .headers()
        .get_all(header::SEC_WEBSOCKET_PROTOCOL)
        .iter();
    let offered = offers
        .filter_map(|offer| offer.to_str().ok())
        .flat_map(|offer| offer.split(','))
        .any(|offer| offer.trim() == SUBPROTOCOL);
    if !offered {
        return detail(
            StatusCode::BAD_REQUEST,
            "offer the WebSocket subprotocol landline.v1",
        );
    }
    let Some(caller) = request.extensions().get::<Caller>().cloned() else {
        return detail(StatusCode::INTERNAL_SERVER_ERROR, "no address");
    };
    let is_page = OriginGuard::is_browser(request.headers());
    let (mut response, socket) =
        match hyper_tungstenite::upgrade(&mut request, Some(socket_config())) {
            Ok((response, socket)) => (response.map(Body::new), socket),
            Err(_) => {
                return detail(
                    StatusCode::BAD_REQUEST,
                    "not a WebSocket upgrade as in RFC 6455",
                );
            }
        };
    response.headers_mut().insert(
        header::SEC_WEBSOCKET_PROTOCOL,
        HeaderValue::from_static(SUBPROTOCOL),
    );
    response
        .headers_mut()
        .insert(ROOM_HEADER, site.room_id.clone());
    let shared = site.shared.clone();
    site.sessions.spawn(async move {
        // The connection may break before the upgrade is through.
        if let Ok(socket) = socket.await {
            session::run(
                socket,
                Peer {
                    address: caller.address,
                    is_page,
                    place: caller.place,
                    since: caller.since,
                },
                shared,
            )
            .await;
        }
    });
    response
}

/// tungstenite's defaults cost 128 KiB a connection and accept 64 MiB.
fn socket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(2 * SESSION_BYTES_CAP)
        .max_message_size(Some(FRAME_BYTES))
        .max_frame_size(Some(FRAME_BYTES))
}

fn detail(status: StatusCode, words: &str) -> Response {
    (status, Json(json!({ "detail": words }))).into_response()
}

fn stopping() -> Response {
    detail(StatusCode::SERVICE_UNAVAILABLE, "The host stops")
}
