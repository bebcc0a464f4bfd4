//! The API on one page without a script: to be read, printed, and searched.

use std::fmt::Write as _;

use serde_json::Value;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1c1c1e;background:#fff}\
code{font-family:ui-monospace,monospace;background:#f2f2f4;padding:.1em .3em;border-radius:4px}h2{margin-top:2.5rem}\
h3{margin:1.5rem 0 .25rem}table{border-collapse:collapse;width:100%}td{border-top:1px solid #ddd;padding:.3rem .5rem;vertical-align:top}\
.verb{display:inline-block;min-width:3.5rem;font-weight:600;color:#0a6847}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#1c1c1e}code{background:#2c2c2e}td{border-color:#444}.verb{color:#6fd3a8}}";

const VERBS: [&str; 4] = ["get", "post", "put", "delete"];

/// The page of an `OpenAPI` document.
pub(super) fn html(document: &str) -> String {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let mut out = String::new();
    let title = text(&document["info"]["title"]);
    let _ = write!(
        out,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
        <title>{title}: HTTP API</title><style>{STYLE}</style><h1>{title} {}</h1><p>{}</p>\
        <p>As a document: <a href=\"/api/openapi.json\">openapi.json</a>. To try it out: <a href=\"/docs\">/docs</a>.</p>",
        text(&document["info"]["version"]),
        marked(&document["info"]["description"]),
    );
    let paths = document["paths"].as_object();
    let operations = |path: &'_ Value| -> Vec<(&'static str, Value)> {
        let found = VERBS
            .into_iter()
            .filter_map(|verb| Some((verb, path.get(verb)?.clone())));
        found.collect()
    };
    let all: Vec<(&String, &'static str, Value)> = paths
        .into_iter()
        .flatten()
        .flat_map(|(name, path)| {
            operations(path)
                .into_iter()
                .map(move |(verb, one)| (name, verb, one))
        })
        .collect();
    let mut tags: Vec<String> = Vec::new();
    for (.., operation) in &all {
        let tag = text(&operation["tags"][0]);
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    // The room's own API first.
    tags.sort_by_key(|tag| (tag != "room", tag.clone()));
    for tag in tags {
        let _ = write!(out, "<h2>{tag}</h2>");
        for (path, verb, operation) in all.iter().filter(|(.., one)| text(&one["tags"][0]) == tag) {
            section(&mut out, path, verb, operation);
        }
    }
    out
}

fn section(out: &mut String, path: &str, verb: &str, operation: &Value) {
    let _ = write!(
        out,
        "<h3><span class=\"verb\">{}</span><code>{}</code></h3><p>{}</p>",
        verb.to_uppercase(),
        escaped(path),
        marked(&operation["summary"]),
    );
    if let Some(more) = operation["description"].as_str() {
        let _ = write!(out, "<p>{}</p>", escaped_marked(more));
    }
    let rows = operation["parameters"].as_array();
    if let Some(rows) = rows.filter(|rows| !rows.is_empty()) {
        out.push_str("<table>");
        for row in rows {
            let _ = write!(
                out,
                "<tr><td><code>{}</code></td><td>{}{}</td></tr>",
                text(&row["name"]),
                marked(&row["description"]),
                if row["required"] == true {
                    ""
                } else {
                    " (optional)"
                },
            );
        }
        out.push_str("</table>");
    }
    out.push_str("<table>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let _ = write!(
            out,
            "<tr><td><code>{}</code></td><td>{}</td></tr>",
            escaped(status),
            marked(&response["description"]),
        );
    }
    out.push_str("</table>");
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

fn marked(value: &Value) -> String {
    escaped_marked(value.as_str().unwrap_or_default())
}

/// Text with what stands between backquotes as code.
fn escaped_marked(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let worded = parts.map(|(n, part)| {
        let part = escaped(part);
        if n % 2 == 1 {
            format!("<code>{part}</code>")
        } else {
            part
        }
    });
    worded.collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_holds_each_operation_and_nothing_active() {
        let document = r#"{"info":{"title":"L<x>","version":"1","description":"a `b`"},"paths":{"/api/x":{"get":{"tags":["room"],
            "summary":"Say <b>","parameters":[{"name":"id","required":true,"description":"which"}],"responses":{"200":{"description":"fine"}}}}}}"#;
        let page = html(document);
        assert!(
            page.contains("/api/x") && page.contains("<code>b</code>") && page.contains("fine")
        );
        assert!(!page.contains("<x>") && !page.contains("<b>") && !page.contains("<script"));
        assert!(
            !page.contains("http://") && !page.contains("https://"),
            "nothing from elsewhere"
        );
    }
}
