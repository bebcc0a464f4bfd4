//! What clients of the dialect ask for over HTTP: how the server is, and its numbers.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use landline_protocol::Via;
use landline_protocol::limits::TOPICS_MAX;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{MEMBERS_MAX, pace, writing};
use crate::http::{Site, stopping};

/// Endpoints of the dialect.
pub(crate) fn routes() -> OpenApiRouter<Arc<Site>> {
    OpenApiRouter::new()
        .routes(routes!(health, health_preflight))
        .routes(routes!(stats, stats_preflight))
}

/// The numbers of the dialect.
#[derive(Serialize, ToSchema)]
struct Numbers {
    /// Epoch seconds, with their fraction.
    timestamp: f64,
    connections: Connections,
    messages: Messages,
}

#[derive(Serialize, ToSchema)]
struct Connections {
    /// Those in a topic.
    total_clients: usize,
    /// Those that they are in.
    total_topics: usize,
    max_topics: usize,
    max_connections_per_topic: usize,
}

#[derive(Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "named by the dialect")]
struct Messages {
    /// Those that have not expired.
    total_messages: usize,
    /// How long a message lives.
    expiration_seconds: u64,
    rate_limit_per_minute: usize,
}

/// Whether the server is well.
#[derive(Serialize, ToSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
    #[serde(flatten)]
    numbers: Numbers,
}

/// Which server it is, and its numbers.
#[derive(Serialize, ToSchema)]
struct Stats {
    /// `Landline`.
    server: &'static str,
    #[serde(flatten)]
    numbers: Numbers,
}

/// Whether the server is well, with the numbers of the `topic` dialect.
#[utoipa::path(get, path = "/health", tag = "topic", responses((status = 200, body = Health)))]
async fn health(State(site): State<Arc<Site>>) -> Response {
    let Some(numbers) = numbers(&site).await else {
        return stopping();
    };
    answer(Health {
        status: "ok",
        numbers,
    })
}

/// The numbers of the `topic` dialect.
#[utoipa::path(get, path = "/stats", tag = "topic", responses((status = 200, body = Stats)))]
async fn stats(State(site): State<Arc<Site>>) -> Response {
    let Some(numbers) = numbers(&site).await else {
        return stopping();
    };
    answer(Stats {
        server: "Landline",
        numbers,
    })
}

/// A page of a listed origin asks whether it may ask.
#[utoipa::path(options, path = "/health", tag = "topic", responses((status = 200, description = "It may; no body")))]
async fn health_preflight() -> StatusCode {
    StatusCode::OK
}

/// A page of a listed origin asks whether it may ask.
#[utoipa::path(options, path = "/stats", tag = "topic", responses((status = 200, description = "It may; no body")))]
async fn stats_preflight() -> StatusCode {
    StatusCode::OK
}

fn answer(body: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// None when the room stops.
async fn numbers(site: &Site) -> Option<Numbers> {
    let shared = &site.shared;
    let living = shared.hub.look(|hub| hub.living_of(Via::Topic)).await;
    let topic = &shared.dialects.topic;
    let (total_clients, total_topics) = topic.names.count();
    Some(Numbers {
        timestamp: writing::exactly((shared.clock)()),
        connections: Connections {
            total_clients,
            total_topics,
            max_topics: TOPICS_MAX,
            max_connections_per_topic: MEMBERS_MAX,
        },
        messages: Messages {
            total_messages: living.ok()?,
            expiration_seconds: topic.ttl.as_secs(),
            rate_limit_per_minute: pace::MESSAGES_MAX,
        },
    })
}
