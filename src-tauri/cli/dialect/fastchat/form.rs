//! The two wire shapes of `fastchat`: what its own client speaks (`flat`) and what its document describes (`nested`).
//! Only here do they differ.

use serde_json::{Map, Value, json};

/// Somebody online, or who wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
}

/// What a frame of the server says, whatever its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Told {
    /// The server knows me.
    Hello,
    /// These are online, and nobody else; both forms leave me out.
    Online(Vec<Person>),
    /// These came.
    Came(Vec<Person>),
    /// These went.
    Went(Vec<Person>),
    /// A chat with this person is open.
    Opened(Person),
    /// They wrote; the frame confirms that I got it.
    Wrote {
        from: Person,
        text: String,
        confirm: Option<String>,
    },
    /// My message waits for its receiver, or arrived.
    Acked { message_id: String, arrived: bool },
    /// The server refused something, of mine perhaps this message.
    Error {
        code: String,
        message: String,
        message_id: Option<String>,
    },
    /// Nothing for a person.
    Nothing,
}

/// Which shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Flat,
    Nested,
}

impl Form {
    pub(super) fn hello(self, me: &Person, session: &str) -> String {
        self.frame(
            "HELLO",
            match self {
                Form::Flat => {
                    json!({"user_id": me.id, "display_name": me.name, "session_id": session})
                }
                Form::Nested => json!({"user_id": me.id, "display_name": me.name}),
            },
        )
    }

    pub(super) fn open(self, target: &Person) -> String {
        let data = json!({"target_user_id": target.id, "target_display_name": target.name});
        self.frame("OPEN_CHAT", data)
    }

    pub(super) fn message(self, to: &Person, text: &str, message_id: &str) -> String {
        self.frame(
            "MSG",
            match self {
                Form::Flat => json!({"content": text}),
                Form::Nested => json!({"to": to.id, "content": text, "message_id": message_id}),
            },
        )
    }

    pub(super) fn ping(self) -> String {
        self.frame("PING", json!({}))
    }

    fn frame(self, kind: &str, data: Value) -> String {
        match self {
            Form::Nested => json!({"type": kind, "data": data}).to_string(),
            Form::Flat => {
                let mut frame = Map::from_iter([("type".to_owned(), kind.into())]);
                if let Value::Object(data) = data {
                    frame.extend(data);
                }
                Value::Object(frame).to_string()
            }
        }
    }

    /// Understands a frame of the server; `None`: it is none.
    pub(super) fn read(self, frame: &str, me: &Person) -> Option<Told> {
        let frame: Value = serde_json::from_str(frame).ok()?;
        let kind = frame["type"].as_str()?;
        let data = match self {
            Form::Flat => &frame,
            Form::Nested => &frame["data"],
        };
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        Some(match kind {
            "HELLO_ACK" => Told::Hello,
            "PRESENCE" => self.presence(data, me),
            "CHAT_OPENED" => Told::Opened(Person {
                id: text("target_user_id"),
                name: text("target_display_name"),
            }),
            "MSG" => self.wrote(data),
            "MSG_ACK" => Told::Acked {
                message_id: text("message_id"),
                arrived: data["status"] == "delivered",
            },
            "ERROR" => Told::Error {
                code: match self {
                    Form::Flat => text("error_code"),
                    Form::Nested => text("code"),
                },
                message: text("message"),
                message_id: data["details"]["message_id"].as_str().map(str::to_owned),
            },
            _ => Told::Nothing,
        })
    }

    fn presence(self, data: &Value, me: &Person) -> Told {
        let users = data["users"].as_array().map_or(&[][..], Vec::as_slice);
        let people = users
            .iter()
            .filter_map(person)
            .filter(|one| !one.id.eq_ignore_ascii_case(&me.id));
        let people = people.collect();
        match (self, data["action"].as_str()) {
            (Form::Nested, _) => Told::Online(people),
            (Form::Flat, Some("disconnect")) => Told::Went(people),
            (Form::Flat, _) => Told::Came(people),
        }
    }

    fn wrote(self, data: &Value) -> Told {
        let text = |key: &str| data[key].as_str().unwrap_or_default().to_owned();
        let from = match self {
            Form::Flat => Person {
                id: text("sender_id"),
                name: text("sender_name"),
            },
            Form::Nested => Person {
                id: text("from"),
                name: String::new(),
            },
        };
        let confirm = data["message_id"].as_str().map(|message_id| {
            let mut confirmed = json!({"message_id": message_id, "status": "received"});
            if self == Form::Flat {
                // Its own client tells when; no server reads it, so the message's time serves and no clock is needed.
                confirmed["timestamp"] = data["timestamp"].clone();
            }
            self.frame("MSG_ACK", confirmed)
        });
        Told::Wrote {
            from,
            text: text("content"),
            confirm,
        }
    }
}

fn person(user: &Value) -> Option<Person> {
    let text = |key: &str| user[key].as_str().map(str::to_owned);
    Some(Person {
        id: text("user_id")?,
        name: text("display_name").unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "aaaaaaaa-1111-4111-8111-111111111111";
    const BOB: &str = "bbbbbbbb-2222-4222-8222-222222222222";

    fn ann() -> Person {
        Person {
            id: ANN.into(),
            name: "Ann".into(),
        }
    }

    fn bob() -> Person {
        Person {
            id: BOB.into(),
            name: "Bob".into(),
        }
    }

    fn value(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn my_frames_are_those_of_the_contract() {
        let nested = Form::Nested;
        for (mine, contract) in [
            (
                nested.hello(&bob(), "s"),
                r#"{"type":"HELLO","data":{"user_id":"bbbbbbbb-2222-4222-8222-222222222222","display_name":"Bob"}}"#,
            ),
            (
                nested.open(&bob()),
                r#"{"type":"OPEN_CHAT","data":{"target_user_id":"bbbbbbbb-2222-4222-8222-222222222222","target_display_name":"Bob"}}"#,
            ),
            (
                nested.message(&bob(), "hi", "m-1"),
                r#"{"type":"MSG","data":{"to":"bbbbbbbb-2222-4222-8222-222222222222","content":"hi","message_id":"m-1"}}"#,
            ),
            (nested.ping(), r#"{"type":"PING","data":{}}"#),
            (
                Form::Flat.hello(&bob(), "s"),
                r#"{"type":"HELLO","display_name":"Bob","user_id":"bbbbbbbb-2222-4222-8222-222222222222","session_id":"s"}"#,
            ),
            (
                Form::Flat.open(&bob()),
                r#"{"type":"OPEN_CHAT","target_user_id":"bbbbbbbb-2222-4222-8222-222222222222","target_display_name":"Bob"}"#,
            ),
            (
                Form::Flat.message(&bob(), "hi", "m-1"),
                r#"{"type":"MSG","content":"hi"}"#,
            ),
            (Form::Flat.ping(), r#"{"type":"PING"}"#),
        ] {
            assert_eq!(value(&mine), value(contract));
        }
    }

    #[test]
    fn nested_frames_of_the_contract_are_understood() {
        let read = |frame: &str| Form::Nested.read(frame, &ann()).unwrap();
        assert_eq!(
            read(r#"{"type":"HELLO_ACK","data":{"user_id":"x","status":"connected"}}"#),
            Told::Hello
        );
        assert_eq!(
            read(
                r#"{"type":"PRESENCE","data":{"users":[{"user_id":"aaaaaaaa-1111-4111-8111-111111111111","display_name":"Ann","online":true},{"user_id":"bbbbbbbb-2222-4222-8222-222222222222","display_name":"Bob","online":true}]}}"#
            ),
            Told::Online(vec![bob()])
        );
        assert_eq!(
            read(
                r#"{"type":"CHAT_OPENED","data":{"chat_id":"cccccccc-3333-4333-8333-333333333333","participants":["a","b"],"target_user_id":"bbbbbbbb-2222-4222-8222-222222222222","target_display_name":"Bob"}}"#
            ),
            Told::Opened(bob())
        );
        let told = read(
            r#"{"type":"MSG","data":{"from":"bbbbbbbb-2222-4222-8222-222222222222","to":"aaaaaaaa-1111-4111-8111-111111111111","content":"Hello","message_id":"m-1","timestamp":"2026-01-02T03:04:05.678Z"}}"#,
        );
        let Told::Wrote {
            from,
            text,
            confirm: Some(confirm),
        } = told
        else {
            panic!("{told:?}");
        };
        assert_eq!((from.id.as_str(), text.as_str()), (BOB, "Hello"));
        assert_eq!(
            value(&confirm),
            value(r#"{"type":"MSG_ACK","data":{"message_id":"m-1","status":"received"}}"#)
        );
        assert_eq!(
            read(r#"{"type":"MSG_ACK","data":{"message_id":"m-1","status":"delivered"}}"#),
            Told::Acked {
                message_id: "m-1".into(),
                arrived: true
            }
        );
        assert_eq!(
            read(
                r#"{"type":"ERROR","data":{"code":"MESSAGE_FAILED","message":"Recipient is not online","details":{"message_id":"m-62"}}}"#
            ),
            Told::Error {
                code: "MESSAGE_FAILED".into(),
                message: "Recipient is not online".into(),
                message_id: Some("m-62".into()),
            }
        );
        assert_eq!(
            read(r#"{"type":"PONG","data":{"timestamp":"2026-01-02T03:04:20.000Z"}}"#),
            Told::Nothing
        );
        assert_eq!(Form::Nested.read("no JSON", &ann()), None);
    }

    #[test]
    fn flat_frames_of_the_contract_are_understood() {
        let read = |frame: &str| Form::Flat.read(frame, &ann()).unwrap();
        assert_eq!(
            read(r#"{"type":"HELLO_ACK","user_id":"x","message":"Connected successfully"}"#),
            Told::Hello
        );
        let users = r#"[{"user_id":"bbbbbbbb-2222-4222-8222-222222222222","display_name":"Bob","online":true}]"#;
        let presence = |action: &str| {
            read(&format!(
                r#"{{"type":"PRESENCE","users":{users},"action":"{action}"}}"#
            ))
        };
        assert_eq!(presence("connect"), Told::Came(vec![bob()]));
        assert_eq!(presence("disconnect"), Told::Went(vec![bob()]));
        let told = read(
            r#"{"type":"MSG","message_id":"m","content":"hi","sender_id":"bbbbbbbb-2222-4222-8222-222222222222","sender_name":"Bob","timestamp":"2026-01-02T03:04:05.678901+00:00"}"#,
        );
        let Told::Wrote {
            from,
            confirm: Some(confirm),
            ..
        } = told
        else {
            panic!("{told:?}");
        };
        assert_eq!(from, bob());
        assert_eq!(
            value(&confirm),
            value(
                r#"{"type":"MSG_ACK","message_id":"m","status":"received","timestamp":"2026-01-02T03:04:05.678901+00:00"}"#
            )
        );
        assert_eq!(
            read(r#"{"type":"MSG_ACK","message_id":"m","status":"pending","timestamp":"t"}"#),
            Told::Acked {
                message_id: "m".into(),
                arrived: false
            }
        );
        assert_eq!(
            read(
                r#"{"type":"ERROR","error_code":"NOT_IN_CHAT","message":"You are not currently in a chat","details":null}"#
            ),
            Told::Error {
                code: "NOT_IN_CHAT".into(),
                message: "You are not currently in a chat".into(),
                message_id: None,
            }
        );
        assert_eq!(read(r#"{"type":"PONG"}"#), Told::Nothing);
    }
}
