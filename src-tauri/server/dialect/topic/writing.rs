//! What the server sends. Both forms get the same frames.

use landline_hub::effect::TopicSummary;
use landline_hub::{Entry, Person};
use landline_protocol::{MessageId, Timestamp, TopicName, Via};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::wish::is_topic;
use crate::dialect::foreign_name;

pub(super) fn joined(name: &str, topic: &TopicName, now: Timestamp) -> Value {
    json!({"type": "joined", "username": name, "topic": topic, "timestamp": seconds(now)})
}

pub(super) fn left(name: &str, topic: &TopicName, now: Timestamp) -> Value {
    json!({"type": "left", "username": name, "topic": topic, "timestamp": exactly(now)})
}

/// `name`: what the author is called here.
pub(super) fn message(entry: &Entry, topic: &TopicName, name: &str) -> Value {
    json!({
        "type": "message",
        "username": name,
        "message": &*entry.body,
        "timestamp": seconds(entry.at),
        "message_id": uuid(entry),
        "topic": topic,
        "expires_at": entry.life.map(|life| moment(life.expires_at)),
    })
}

pub(super) fn ack(message_id: &MessageId, recipients: u32, now: Timestamp) -> Value {
    json!({"type": "ack", "message_id": message_id, "recipients": recipients, "timestamp": seconds(now)})
}

pub(super) fn list(topics: &[TopicSummary], now: Timestamp) -> Value {
    let present = |topic: &TopicSummary| topic.member_count + topic.guests;
    let topics: Vec<Value> = topics
        .iter()
        .filter(|topic| present(topic) > 0 && is_topic(topic.topic.as_str()))
        .map(|topic| {
            json!({
                "topic": topic.topic,
                "user_count": present(topic),
                "created_at": moment(topic.created_at),
                "message_count": topic.held,
                "last_activity": moment(topic.last_activity),
            })
        })
        .collect();
    json!({"type": "list", "topics": topics, "timestamp": seconds(now)})
}

pub(super) fn help(now: Timestamp) -> Value {
    let commands = ["/list", "/help", "/quit", "/exit"];
    json!({"type": "help", "commands": commands, "timestamp": seconds(now)})
}

pub(super) fn heartbeat(now: Timestamp) -> Value {
    json!({"type": "heartbeat", "timestamp": exactly(now), "status": "received"})
}

pub(super) fn error(message: &str, now: Timestamp) -> Value {
    json!({"type": "error", "message": message, "timestamp": seconds(now)})
}

fn seconds(at: Timestamp) -> i64 {
    at.0.div_euclid(1_000)
}

/// Seconds with their fraction.
#[expect(
    clippy::cast_precision_loss,
    reason = "milliseconds stay below 2^53 for 280,000 years"
)]
pub(super) fn exactly(at: Timestamp) -> f64 {
    at.0 as f64 / 1_000.0
}

/// UTC with six decimals and without a zone.
fn moment(at: Timestamp) -> String {
    format!("{}000", at.to_string().trim_end_matches('Z'))
}

/// What the author is called here. `is_taken`: a native is called so.
pub(super) fn shown(author: &Person, is_taken: impl Fn(&str) -> bool) -> String {
    if author.via == Via::Topic {
        return author.name.to_string();
    }
    let is_taken = is_taken(&harmless(author.name.as_str()).to_lowercase());
    harmless(&foreign_name(author, is_taken))
}

/// A name that may stand in HTML: the shipped pages put it there as it is.
fn harmless(name: &str) -> String {
    let fits = |c: char| c.is_alphanumeric() || " _#-.()".contains(c);
    name.chars()
        .map(|c| if fits(c) { c } else { '_' })
        .collect()
}

/// A message's id as a UUID v4. One that is none, as foreign ids may be, gives a UUID made of it, the same for everybody.
fn uuid(entry: &Entry) -> Uuid {
    let id = entry.message_id.as_str();
    if let Ok(id) = Uuid::try_parse(id)
        && id.get_version_num() == 4
    {
        return id;
    }
    let digest = Sha256::new()
        .chain_update(entry.author.user_id.0.as_bytes())
        .chain_update(id)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use landline_hub::ChatKey;
    use landline_hub::effect::Life;
    use landline_protocol::{DisplayName, EntryKind, Epoch, Position, UserId};

    use super::*;

    fn person(name: &str, via: Via) -> Person {
        Person {
            user_id: UserId(Uuid::from_u128(7)),
            name: DisplayName::lenient(name),
            via,
        }
    }

    fn entry(id: &str, life: Option<i64>) -> Entry {
        Entry {
            chat: ChatKey::Topic("sports".parse().unwrap()),
            author: person("Ana", Via::App),
            kind: EntryKind::Text,
            body: Arc::from("<b>hi</b>"),
            message_id: id.parse().unwrap(),
            position: Position {
                epoch: Epoch { counter: 1, tag: 1 },
                seq: 1,
            },
            at: Timestamp(1_767_323_045_678),
            session: None,
            original: None,
            life: life.map(|ms| Life {
                expires_at: Timestamp(ms),
                order: 1,
            }),
        }
    }

    #[test]
    fn times_are_whole_seconds_fractions_or_six_decimals() {
        let id = "8b8b0a3a-44b1-4d7a-9c6b-0d4f1f2f3a4b";
        let topic = "sports".parse().unwrap();
        let frame = message(&entry(id, Some(1_767_323_075_000)), &topic, "ana");
        assert_eq!(
            frame,
            json!({"type": "message", "username": "ana", "message": "<b>hi</b>", "timestamp": 1_767_323_045,
                "message_id": id, "topic": "sports", "expires_at": "2026-01-02T03:04:35.000000"})
        );
        assert_eq!(
            message(&entry(id, None), &topic, "ana")["expires_at"],
            Value::Null
        );
        let now = Timestamp(1_767_323_045_000);
        assert!(
            heartbeat(now)
                .to_string()
                .contains("\"timestamp\":1767323045.0")
        );
        assert!(left("ana", &topic, now)["timestamp"].is_f64());
        assert!(joined("ana", &topic, now)["timestamp"].is_i64());
    }

    #[test]
    fn a_foreign_id_becomes_a_uuid_v4_and_the_same_for_everybody() {
        let foreign = uuid(&entry("m-1", None));
        assert_eq!(foreign.get_version_num(), 4);
        assert_eq!(foreign.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(foreign, uuid(&entry("m-1", None)));
        assert_ne!(foreign, uuid(&entry("m-2", None)));
        let v7 = MessageId::fresh();
        assert_eq!(uuid(&entry(v7.as_str(), None)).get_version_num(), 4);
    }

    #[test]
    fn a_foreign_name_is_harmless_and_never_a_natives() {
        let nobody = |_: &str| false;
        let alice = |name: &str| name == "alice" || name == "a_b";
        assert_eq!(shown(&person("Zoë <img>", Via::App), nobody), "Zoë _img_");
        assert_eq!(shown(&person("Client #7", Via::Plain), nobody), "Client #7");
        assert_eq!(
            shown(&person("ALICE", Via::Activity), alice),
            "ALICE (activity)"
        );
        assert_eq!(
            shown(&person("a<b", Via::App), alice),
            "a_b (app)",
            "what it looks like counts"
        );
        assert_eq!(shown(&person("alice", Via::Topic), alice), "alice");
    }
}
