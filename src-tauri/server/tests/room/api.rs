//! What programmers read about the HTTP API.

use serde_json::Value;

use crate::harness::TestRoom;

#[tokio::test]
async fn the_document_names_every_endpoint_and_both_pages_show_it() {
    let room = TestRoom::start().await;
    let (status, _, body) = room.get("/api/openapi.json").await;
    assert_eq!(status, 200);
    let document: Value = serde_json::from_str(&body).unwrap();
    let paths = document["paths"].as_object().unwrap();
    for path in [
        "/api/health",
        "/api/room",
        "/api/topics",
        "/api/topics/{topic}/messages",
        "/api/clients",
        "/ws",
        "/ws/{client_id}",
    ] {
        assert!(paths.contains_key(path), "{path}");
    }
    assert_eq!(room.get("/openapi.json").await.2, body);
    // What the document says is there is there, and it says which parameters a path cannot do without.
    for (path, verbs) in paths.iter().filter(|(path, _)| {
        !path.contains('{') && !path.starts_with("/ws") && !path.starts_with("/chat")
    }) {
        let Some(get) = verbs.get("get") else {
            continue;
        };
        let parameters = get["parameters"].as_array().into_iter().flatten();
        let required: Vec<String> = parameters
            .filter(|one| one["in"] == "query" && one["required"] == true)
            .map(|one| format!("{}=x", one["name"].as_str().unwrap()))
            .collect();
        assert_eq!(required.is_empty(), path != "/api/search", "{path}");
        if required.is_empty() {
            assert_eq!(room.get(path).await.0, 200, "{path}");
        } else {
            assert_eq!(room.get(path).await.0, 422, "{path}");
            let whole = format!("{path}?{}", required.join("&"));
            assert_eq!(room.get(&whole).await.0, 200, "{whole}");
        }
    }
    for page in ["/docs", "/redoc"] {
        let (status, head, body) = room.get(page).await;
        assert_eq!(status, 200, "{page}");
        assert!(
            head.contains("content-security-policy: default-src 'none'"),
            "{page}"
        );
        assert!(
            !body.contains("http://") && !body.contains("https://"),
            "{page} loads nothing from elsewhere"
        );
    }
    assert!(
        room.get("/redoc")
            .await
            .2
            .contains("/api/topics/{topic}/messages")
    );
    for file in [
        "swagger-ui-bundle.js",
        "swagger-ui.css",
        "swagger-initializer.js",
    ] {
        assert_eq!(room.get(&format!("/docs/{file}")).await.0, 200, "{file}");
    }
    assert!(
        room.get("/docs/swagger-initializer.js")
            .await
            .2
            .contains("\"validatorUrl\": \"none\"")
    );
    assert_eq!(room.get("/docs/nothing.js").await.0, 404);
}
