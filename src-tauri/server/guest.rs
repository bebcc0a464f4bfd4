//! The page a guest's browser gets: the same UI bundle as the window's, inside this binary.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

/// In debug builds the files are read from the folder, in release builds they are in the binary.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../../ui/dist"]
#[allow_missing = true]
struct Bundle;

/// What a browser sees when the server was built without its page.
const NO_PAGE: &str = "<!doctype html><meta charset=utf-8><title>Landline</title><p>This server was built without its \
                       web page. Build ui/ first, or join with the desktop app.";

/// Answers with a file of the bundle; `/` is the page itself. `None`: there is no such file.
pub(crate) fn file(path: &str, request: &HeaderMap) -> Option<Response<Body>> {
    let path = path.trim_start_matches('/');
    let path = if path.is_empty() { "index.html" } else { path };
    // Debug builds read the folder itself; nothing above it is ours to show.
    if path.split(['/', '\\']).any(|part| part == "..") {
        return None;
    }
    let Some(file) = Bundle::get(path) else {
        return (path == "index.html").then(|| page(Body::from(NO_PAGE), request));
    };
    let tag = etag(&file);
    if request
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return Some(response);
    }
    let mime = mime_guess::from_path(path).first_or_octet_stream();
    let is_page = mime == mime_guess::mime::TEXT_HTML;
    let mut response = page(Body::from(file.data.into_owned()), request);
    let headers = response.headers_mut();
    if !is_page {
        headers.remove(header::CONTENT_SECURITY_POLICY);
        let mime = if mime.type_() == "text" {
            format!("{mime}; charset=utf-8")
        } else {
            mime.to_string()
        };
        if let Ok(mime) = HeaderValue::from_str(&mime) {
            headers.insert(header::CONTENT_TYPE, mime);
        }
    }
    // Built files carry a hash in their name; the page itself must be asked for each time.
    let keep = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Some(response)
}

fn page(body: Body, request: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(header::CONTENT_SECURITY_POLICY, policy(request));
    response
}

/// Only this origin, no frames, no plug-ins. Older Safari does not count a WebSocket of the same host as `'self'`, so
/// the host that was asked for is named; it passed the Host guard.
fn policy(request: &HeaderMap) -> HeaderValue {
    let host = request
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' ws://{host}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let short = hash
        .first_chunk()
        .map_or(0, |chunk| u128::from_be_bytes(*chunk));
    format!("\"{short:032x}\"")
}
