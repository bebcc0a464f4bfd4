//! `docs/asyncapi.json`: every frame of every dialect for programs, as `AsyncAPI` 3.0 with JSON Schemas. The native frames
//! come from the protocol crate, the others from `docs/asyncapi/dialects.json`, against which the acceptance suite checks
//! each frame that it sends and gets.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use landline_protocol::frame::{ClientFrame, ServerFrame};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Where the generated file lives.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/asyncapi.json")
}

/// Writes the file.
pub(crate) fn write() -> anyhow::Result<()> {
    let path = path();
    std::fs::write(&path, text()?).with_context(|| format!("cannot write {}", path.display()))
}

/// What the file should hold.
pub(crate) fn text() -> anyhow::Result<String> {
    let dialects: Map<String, Value> =
        serde_json::from_str(include_str!("../../docs/asyncapi/dialects.json"))
            .context("docs/asyncapi/dialects.json")?;
    let mut document = Document::default();
    let native = json!({
        "address": "/ws",
        "contentType": "application/json",
        "about": "The native protocol, with the WebSocket subprotocol `landline.v1`. docs/protocol.md tells what the frames mean.",
        "client": document.native::<ClientFrame>(),
        "server": document.native::<ServerFrame>(),
    });
    document.dialect("landline.v1", &native);
    for (name, dialect) in &dialects {
        document.dialect(name, dialect);
    }
    let whole = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Landline",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Every frame of every dialect that a room speaks. Operations are seen from a client: it sends and receives.",
            "license": { "name": "MIT OR Apache-2.0" },
        },
        "channels": document.channels,
        "operations": document.operations,
        "components": { "messages": document.messages, "schemas": document.schemas },
    });
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

#[derive(Default)]
struct Document {
    channels: Map<String, Value>,
    operations: Map<String, Value>,
    messages: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Document {
    /// The frames of an enum of the protocol crate, each under its type; what they share goes into `schemas`.
    fn native<T: schemars::JsonSchema>(&mut self) -> Value {
        let settings = SchemaSettings::draft07().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
        });
        let mut root = settings
            .into_generator()
            .into_root_schema_for::<T>()
            .to_value();
        if let Some(shared) = root
            .pointer_mut("/components/schemas")
            .and_then(Value::as_object_mut)
        {
            self.schemas.append(shared);
        }
        let variants = root["oneOf"].as_array().cloned().unwrap_or_default();
        let frames = variants.into_iter().map(|mut schema| {
            let kind = schema["properties"]["type"]["const"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let summary = schema
                .as_object_mut()
                .and_then(|schema| schema.remove("description"));
            // A frame without fields may be sent without `data`.
            if schema["properties"]["data"]["$ref"] == "#/components/schemas/Empty" {
                schema["required"] = json!(["type"]);
            }
            (kind, json!({ "summary": summary, "payload": schema }))
        });
        Value::Object(frames.collect())
    }

    fn dialect(&mut self, name: &str, dialect: &Value) {
        let id = name.replace('.', "-");
        let mut of_channel = Map::new();
        for (direction, action) in [("client", "send"), ("server", "receive")] {
            let mut refs = Vec::new();
            for (kind, frame) in dialect[direction].as_object().into_iter().flatten() {
                let key = format!("{id}.{direction}.{kind}");
                let mut message = json!({
                    "name": kind,
                    "contentType": frame.get("contentType").unwrap_or(&dialect["contentType"]),
                    "payload": frame["payload"],
                });
                if let Some(summary) = frame["summary"].as_str() {
                    message["summary"] = summary.into();
                }
                self.messages.insert(key.clone(), message);
                let in_channel = format!("{direction}.{kind}");
                refs.push(json!({ "$ref": format!("#/channels/{id}/messages/{in_channel}") }));
                of_channel.insert(
                    in_channel,
                    json!({ "$ref": format!("#/components/messages/{key}") }),
                );
            }
            self.operations.insert(
                format!("{id}.{action}"),
                json!({ "action": action, "channel": { "$ref": format!("#/channels/{id}") }, "messages": refs }),
            );
        }
        let channel = json!({
            "address": dialect["address"],
            "title": name,
            "description": dialect["about"],
            "messages": of_channel,
            "bindings": { "ws": { "method": "GET" } },
        });
        self.channels.insert(id, channel);
    }
}
