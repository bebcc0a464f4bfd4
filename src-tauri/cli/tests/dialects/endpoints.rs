//! Section 11: every HTTP endpoint, wrong methods, unknown paths, and paths that are to be missing.

use serde_json::{Value, json};

use crate::support::http;
use crate::support::room::Room;
use crate::support::shape::fits;
use crate::table::{Setup, cases};
use crate::topic::{Typed, join, message, say};

cases! {
    "endpoints_pages_load_nothing_from_elsewhere", Setup::ANY, pages;
    "endpoints_openapi", Setup::ANY, openapi;
    "endpoints_health_and_stats", Setup::FRESH, health_and_stats;
    "endpoints_health_counts_topic_users", Setup::FRESH, health_counts_topic_users;
    "endpoints_health_db", Setup::ANY, health_db;
    "endpoints_wrong_method_is_405", Setup::ANY, wrong_method;
    "endpoints_unknown_path_is_404", Setup::ANY, unknown_path;
    "endpoints_of_originals_that_are_missing", Setup::ANY, missing;
    "endpoints_options", Setup::ANY, options;
}

async fn pages(room: Room) {
    for path in ["/", "/docs", "/redoc"] {
        let page = room.get(path).await;
        let kind = page
            .expect_status(200)
            .header("content-type")
            .expect("a content type");
        assert!(kind.starts_with("text/html"), "{path}: {kind}");
        for outside in [
            "src=\"http",
            "src='http",
            "href=\"http",
            "src=\"//",
            "href=\"//",
            "url(http",
            "@import",
        ] {
            assert!(!page.text().contains(outside), "{path} loads {outside}…");
        }
        for asset in assets(page.text()) {
            let answer = room.get(&asset).await;
            assert_eq!(answer.status, 200, "{path} loads {asset}");
        }
    }
}

/// The scripts and styles that a page loads, as paths.
fn assets(page: &str) -> Vec<String> {
    let parts = page
        .split("src=\"")
        .skip(1)
        .chain(page.split("<link").skip(1).filter_map(|tag| {
            let tag = tag.split('>').next()?;
            tag.split("href=\"").nth(1)
        }));
    let path = |part: &str| part.split('"').next().unwrap_or_default().to_owned();
    parts
        .map(path)
        .filter(|path| !path.is_empty() && !path.starts_with("data:"))
        .map(|path| format!("/{}", path.trim_start_matches('.').trim_start_matches('/')))
        .collect()
}

async fn openapi(room: Room) {
    let one = room.get("/openapi.json").await;
    let other = room.get("/api/openapi.json").await;
    assert_eq!(
        one.expect_status(200).json(),
        other.expect_status(200).json()
    );
    let document = one.json();
    assert!(
        document["openapi"]
            .as_str()
            .expect("a version")
            .starts_with("3.")
    );
    let told = [
        ("/api/clients", "get"),
        ("/api/clients", "post"),
        ("/api/health", "get"),
        ("/api/history", "get"),
        ("/health", "get"),
        ("/stats", "get"),
        ("/health/db", "get"),
        ("/presence/heartbeat", "post"),
        ("/presence/online", "get"),
    ];
    for (path, method) in told {
        assert!(
            document["paths"][path][method].is_object(),
            "{method} {path} is not in it"
        );
    }
}

fn counts() -> (Value, Value) {
    let connections = json!({"total_clients": 0, "total_topics": 0, "max_topics": 1000, "max_connections_per_topic": 100});
    let messages =
        json!({"total_messages": 0, "expiration_seconds": 30, "rate_limit_per_minute": 60});
    (connections, messages)
}

async fn health_and_stats(room: Room) {
    let (connections, messages) = counts();
    let health = json!({"status": "ok", "timestamp": "<float>", "connections": connections, "messages": messages});
    let stats = json!({"server": "Landline", "timestamp": "<float>", "connections": connections, "messages": messages});
    for (path, shape) in [("/health", health), ("/stats", stats)] {
        let got = room.get(path).await.expect_status(200).json();
        fits(&shape, &got).unwrap_or_else(|why| panic!("{path}: {why} in {got}"));
    }
}

async fn health_counts_topic_users(room: Room) {
    let _others = crate::common::one_of_each(&room).await;
    let mut bob = join(&room, Typed, "bob", "sports").await;
    let _carol = join(&room, Typed, "carol", "movies").await;
    say(&mut bob, Typed, "hi", message("bob", "hi", "sports"), 2).await;
    let got = room.get("/stats").await.json();
    assert_eq!(got["connections"]["total_clients"], 3);
    assert_eq!(got["connections"]["total_topics"], 2);
    assert_eq!(got["messages"]["total_messages"], 1);
}

async fn health_db(room: Room) {
    let got = room.get("/health/db").await.expect_status(200).json();
    assert_eq!(got, json!({"status": "healthy", "database": "connected"}));
}

async fn wrong_method(room: Room) {
    let rows = [
        ("PUT", "/api/clients"),
        ("DELETE", "/api/clients"),
        ("POST", "/api/health"),
        ("POST", "/api/history"),
        ("DELETE", "/health"),
        ("POST", "/stats"),
        ("POST", "/health/db"),
        ("GET", "/presence/heartbeat"),
        ("PUT", "/presence/heartbeat"),
        ("POST", "/presence/online"),
        ("POST", "/openapi.json"),
        ("POST", "/docs"),
    ];
    for (method, path) in rows {
        let answer = http::request(&room.addr, method, path, &[], "").await;
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.text());
        assert_eq!(
            answer.json(),
            json!({"detail": "Method Not Allowed"}),
            "{method} {path}"
        );
    }
}

async fn unknown_path(room: Room) {
    for path in [
        "/nope",
        "/api",
        "/api/nope",
        "/health/",
        "/stats/x",
        "/presence",
        "/chat",
        "/%2e%2e/etc/passwd",
        "/api/clients/1",
    ] {
        let answer = room.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text());
        assert_eq!(answer.json(), json!({"detail": "Not Found"}), "{path}");
    }
}

async fn missing(room: Room) {
    let paths = [
        "/ws/status",
        "/ws/cleanup",
        "/presence/cleanup",
        "/metrics",
        "/metrics/presence",
        "/old",
        "/static/app.js",
        "/static/",
    ];
    for path in paths {
        for method in ["GET", "POST"] {
            let answer = http::request(&room.addr, method, path, &[], "").await;
            assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text());
        }
    }
}

async fn options(room: Room) {
    for path in ["/presence/heartbeat", "/presence/online", "/health"] {
        http::request(&room.addr, "OPTIONS", path, &[], "")
            .await
            .expect_status(200);
    }
}
