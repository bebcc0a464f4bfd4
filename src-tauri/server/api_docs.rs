//! What programmers read about the HTTP API: its OpenAPI document, generated from the handlers, and two pages that show
//! it. Nothing on these pages is loaded from elsewhere, and their content security policy keeps it so.

mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder};
use utoipa_swagger_ui::Config;

use crate::http::{Site, detail};

/// Where the document is.
const DOCUMENT: &str = "/api/openapi.json";

/// Scripts and styles of our own only. Swagger UI writes styles into elements.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

/// The document without paths: what the API is.
pub(crate) fn about() -> OpenApi {
    let licence = LicenseBuilder::new().name("MIT OR Apache-2.0").build();
    let info = InfoBuilder::new()
        .title("Landline")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "The HTTP side of a room. Chat itself goes over WebSockets: `/api/asyncapi.json` describes the frames of every dialect.",
        ))
        .license(Some(licence))
        .build();
    OpenApiBuilder::new().info(info).build()
}

/// The routes that show `document`.
pub(crate) fn routes(document: &OpenApi) -> Router<Arc<Site>> {
    let json: Arc<str> = document
        .to_json()
        .unwrap_or_else(|error| {
            tracing::error!("the API's description could not be written: {error}");
            "{}".into()
        })
        .into();
    let plain_page: Arc<str> = page::html(&json).into();
    let config = Arc::new(Config::new([DOCUMENT]).validator_url("none"));
    let index = config.clone();
    let answer_json = move || {
        let json = json.clone();
        async move { with_type("application/json", json.as_bytes().to_vec()) }
    };
    Router::new()
        .route(DOCUMENT, get(answer_json.clone()))
        .route("/openapi.json", get(answer_json))
        .route("/docs", get(async move || docs_index(&index)))
        .route(
            "/docs/{file}",
            get(async move |Path(file): Path<String>| docs_file(&file, &config)),
        )
        .route(
            "/redoc",
            get(async move || {
                with_type("text/html; charset=utf-8", plain_page.as_bytes().to_vec())
            }),
        )
}

/// Swagger UI's page names its files relative to itself; ours has no slash at the end.
fn docs_index(config: &Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve("index.html", config.clone()) {
        Ok(Some(file)) => {
            let html = String::from_utf8_lossy(&file.bytes)
                .replace("\"./", "\"/docs/")
                .replace("\"index.css\"", "\"/docs/index.css\"");
            with_type("text/html; charset=utf-8", html.into_bytes())
        }
        _ => detail(StatusCode::NOT_FOUND, "Not Found"),
    }
}

fn docs_file(file: &str, config: &Arc<Config<'static>>) -> Response {
    match utoipa_swagger_ui::serve(file, config.clone()) {
        Ok(Some(file)) => with_type(&file.content_type, file.bytes.into_owned()),
        _ => detail(StatusCode::NOT_FOUND, "Not Found"),
    }
}

fn with_type(kind: &str, bytes: Vec<u8>) -> Response {
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    if let Ok(kind) = HeaderValue::from_str(kind) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(POLICY),
    );
    response
}
