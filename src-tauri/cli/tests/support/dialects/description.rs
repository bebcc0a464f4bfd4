//! `docs/asyncapi.json` held against what really comes: each frame that a case gets from the server is one of those described,
//! and at the end of a whole run each described frame has come.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};

use jsonschema::Validator;
use serde_json::{Value, json};

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../../../docs/asyncapi.json")).expect("it is JSON")
});

/// Which of a channel's frames came, as `channel.server.name`.
static SEEN: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

type Frames = Vec<(String, bool, Validator)>;
static FRAMES: Mutex<Option<HashMap<&'static str, Arc<Frames>>>> = Mutex::new(None);

/// What one connection speaks, as a channel of the document; known at the latest with its first frame.
pub(crate) struct Described(OnceLock<&'static str>);

impl Described {
    /// What is spoken at this path, if the path tells.
    pub(crate) fn at(path: &str, subprotocol: Option<&str>) -> Described {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let channel = match path {
            "/ws" if subprotocol.is_some() => Some("landline-v1"),
            "/ws" => None,
            "/chat/public" | "/chat/private" if query.contains("format=text") => Some("pair-text"),
            "/chat/public" | "/chat/private" => Some("pair-json"),
            path if path.starts_with("/ws/") && path != "/ws/activity" => Some("plain"),
            _ => Some("activity"),
        };
        Described(channel.map_or_else(OnceLock::new, OnceLock::from))
    }

    /// The client's first frame decides.
    pub(crate) fn sent(&self, text: &str) {
        self.0.get_or_init(|| {
            let frame: Value = serde_json::from_str(text).unwrap_or_default();
            let is_loud = frame["type"].as_str().is_some_and(|kind| {
                !kind.is_empty()
                    && kind
                        .bytes()
                        .all(|byte| byte == b'_' || byte.is_ascii_uppercase())
            });
            if frame.get("event_type").is_some() {
                return "activity";
            }
            match (
                is_loud,
                frame.get("data").is_some(),
                frame["type"] == "join",
            ) {
                (true, true, _) => "fastchat-nested",
                (true, false, _) => "fastchat-flat",
                (_, _, true) => "topic-typed",
                _ => "topic-untyped",
            }
        });
    }

    /// The server sent this.
    pub(crate) fn came(&self, text: &str) {
        let as_json: Option<Value> = serde_json::from_str(text).ok();
        // What looked like another dialect's first frame and is none is refused in the words of `topic`.
        let is_refusal = as_json
            .as_ref()
            .is_some_and(|frame| frame["type"] == "error");
        let channel = match self.0.get().copied() {
            Some("activity" | "fastchat-nested" | "fastchat-flat") if is_refusal => "topic-untyped",
            channel => channel.unwrap_or("topic-untyped"),
        };
        let frames = frames(channel);
        let as_text = Value::String(text.to_owned());
        let mut known = frames.iter().filter(|(_, is_text, schema)| {
            let value = if *is_text {
                Some(&as_text)
            } else {
                as_json.as_ref()
            };
            value.is_some_and(|value| schema.is_valid(value))
        });
        let (name, ..) = known.next().unwrap_or_else(|| {
            panic!(
                "docs/asyncapi.json does not know this frame of {channel}: {}",
                text.chars().take(500).collect::<String>()
            )
        });
        SEEN.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.clone());
    }
}

/// Described frames of the five dialects that no case of this process got.
pub(crate) fn never_came() -> Vec<String> {
    let seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    let messages = DOCUMENT["components"]["messages"]
        .as_object()
        .expect("messages");
    let described = messages
        .keys()
        .filter(|key| key.contains(".server.") && !key.starts_with("landline-v1."));
    described
        .filter(|key| !seen.contains(*key))
        .cloned()
        .collect()
}

fn frames(channel: &'static str) -> Arc<Frames> {
    let mut all = FRAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let all = all.get_or_insert_default();
    all.entry(channel)
        .or_insert_with(|| Arc::new(compiled(channel)))
        .clone()
}

fn compiled(channel: &str) -> Frames {
    let messages = DOCUMENT["components"]["messages"]
        .as_object()
        .expect("messages");
    let prefix = format!("{channel}.server.");
    let of_channel = messages.iter().filter(|(key, _)| key.starts_with(&prefix));
    let compiled = of_channel.map(|(key, message)| {
        let schema = json!({ "allOf": [message["payload"]], "components": DOCUMENT["components"] });
        let schema = jsonschema::draft7::new(&schema).expect("a schema");
        (key.clone(), message["contentType"] == "text/plain", schema)
    });
    compiled.collect()
}
