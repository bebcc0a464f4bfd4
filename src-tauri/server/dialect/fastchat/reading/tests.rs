use proptest::prelude::*;
use serde_json::json;

use super::*;

const ANN: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const BOB: &str = "bbbbbbbb-2222-4222-8222-222222222222";

fn nested(kind: &str, data: &Value) -> Envelope {
    let text = json!({"type": kind, "data": data}).to_string();
    envelope(Form::Nested, &text).expect("an envelope")
}

fn flat(frame: &Value) -> Envelope {
    envelope(Form::Flat, &frame.to_string()).expect("an envelope")
}

fn field(problem: &Problem) -> Option<&'static str> {
    match problem {
        Problem::Field(field, _) => Some(field),
        Problem::Empty | Problem::TooLong => Some("content"),
        _ => None,
    }
}

fn ann() -> UserId {
    ANN.parse().expect("an id")
}

#[test]
fn what_is_no_frame_is_told_apart() {
    let deep = format!(
        r#"{{"type":"PING","x":{}{}}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    for form in [Form::Nested, Form::Flat] {
        for text in ["", "{", "hello", &deep] {
            assert_eq!(envelope(form, text), Err(Problem::NotJson), "{text}");
        }
        for text in ["[]", "7", "null", "{}", r#"{"type":7}"#, r#"{"type":null}"#] {
            assert_eq!(envelope(form, text), Err(Problem::NoType), "{text}");
        }
        let long = "é".repeat(500);
        assert_eq!(
            envelope(form, &json!({"type": long}).to_string()),
            Err(Problem::UnknownType("é".repeat(REPEATED_CHARS)))
        );
    }
    for data in [json!(null), json!([]), json!("x"), json!(7)] {
        assert_eq!(
            nested("PING", &data).check(Form::Nested),
            Err(Problem::NoData)
        );
        assert_eq!(
            nested("MSG", &data).draft(Form::Nested, ann()),
            Err(Problem::NoData)
        );
        assert_eq!(nested("PONG", &data).check(Form::Nested), Ok(()));
        assert_eq!(nested("MSG_ACK", &data).check(Form::Nested), Ok(()));
    }
    let bare = envelope(Form::Nested, r#"{"type":"PING"}"#).expect("an envelope");
    assert_eq!(bare.check(Form::Nested), Ok(()));
}

#[test]
fn the_nested_hello_wants_a_v4_and_3_to_50_characters() {
    let hello = |id: &str, name: &str| {
        nested("HELLO", &json!({"user_id": id, "display_name": name})).hello(Form::Nested)
    };
    let upper = hello(&ANN.to_uppercase(), "<b>Ann</b>").expect("a hello");
    assert_eq!((upper.user_id, &*upper.name), (Some(ann()), "Ann"));
    for id in [
        "test-123",
        "",
        "aaaaaaaa-1111-1111-8111-111111111111",
        "aaaaaaaa-1111-4111-7111-111111111111",
        "aaaaaaaa111141118111111111111111",
        "00000000-0000-0000-0000-000000000000",
    ] {
        assert_eq!(
            hello(id, "Ann").as_ref().map_err(field),
            Err(Some("user_id")),
            "{id}"
        );
    }
    for name in ["éé", &"x".repeat(51), "<b>ab</b>", ""] {
        assert_eq!(
            hello(ANN, name).as_ref().map_err(field),
            Err(Some("display_name")),
            "{name}"
        );
    }
    for name in ["ééé", &"x".repeat(50)] {
        assert!(hello(ANN, name).is_ok(), "{name}");
    }
    // The length is checked before the stripping.
    assert!(hello(ANN, &format!("<b>{}</b>", "x".repeat(44))).is_err());
}

#[test]
fn the_flat_hello_wants_1_to_100_characters_and_any_uuid_or_none() {
    let hello = |frame: Value| flat(&frame).hello(Form::Flat);
    for frame in [
        json!({"type":"HELLO","display_name":"A"}),
        json!({"type":"HELLO","display_name":"A","user_id":null,"session_id":"x"}),
    ] {
        assert_eq!(hello(frame).map(|hello| hello.user_id), Ok(None));
    }
    let v1 = "aaaaaaaa-1111-1111-8111-111111111111";
    let known =
        hello(json!({"type":"HELLO","display_name":"<b>A</b>","user_id":v1})).expect("a hello");
    assert_eq!((known.user_id, &*known.name), (v1.parse().ok(), "<b>A</b>"));
    for (id, name, wrong) in [
        ("test", "A", "user_id"),
        (ANN, "", "display_name"),
        (ANN, &"x".repeat(101), "display_name"),
    ] {
        let heard = hello(json!({"type":"HELLO","display_name":name,"user_id":id}));
        assert_eq!(heard.as_ref().map_err(field), Err(Some(wrong)));
    }
}

#[test]
fn content_is_1_to_1000_characters_before_and_after_stripping() {
    let draft = |content: &Value| {
        nested("MSG", &json!({"to": BOB, "content": content})).draft(Form::Nested, ann())
    };
    for (content, text) in [
        (json!(" "), " ".to_owned()),
        (json!("é".repeat(1_000)), "é".repeat(1_000)),
        (json!("<b>a</b>"), "a".to_owned()),
        (json!("a < b"), "a < b".to_owned()),
    ] {
        assert_eq!(
            draft(&content).map(|draft| draft.content.to_string()),
            Ok(text)
        );
    }
    assert_eq!(draft(&json!("x".repeat(1_001))), Err(Problem::TooLong));
    for content in [json!(""), json!(7), json!(null), json!("<b></b>")] {
        assert_eq!(draft(&content), Err(Problem::Empty), "{content}");
    }
    let flat_draft = |content: &str| {
        flat(&json!({"type":"MSG","content":content,"message_id":7})).draft(Form::Flat, ann())
    };
    assert_eq!(
        flat_draft("<b></b>").map(|draft| draft.content.to_string()),
        Ok("<b></b>".to_owned())
    );
    assert_eq!(flat_draft(""), Err(Problem::Empty));
    assert_eq!(flat_draft(&"x".repeat(1_001)), Err(Problem::TooLong));
}

#[test]
fn a_nested_message_names_somebody_else_and_may_bring_its_id() {
    let draft = |to: &Value, id: Value| {
        nested("MSG", &json!({"to": to, "content": "x", "message_id": id}))
            .draft(Form::Nested, ann())
    };
    for to in [json!(ANN), json!("x"), json!(null), json!(7)] {
        assert_eq!(
            draft(&to, json!("m")).as_ref().map_err(field),
            Err(Some("to")),
            "{to}"
        );
    }
    let bob = json!(BOB);
    assert_eq!(
        draft(&bob, Value::Null).map(|draft| draft.message_id),
        Ok(None)
    );
    for id in ["m-1", &"é".repeat(128)] {
        assert_eq!(
            draft(&bob, json!(id)).map(|draft| draft.message_id),
            Ok(id.parse().ok())
        );
    }
    for id in [json!(""), json!(7), json!("x".repeat(129))] {
        assert_eq!(
            draft(&bob, id).as_ref().map_err(field),
            Err(Some("message_id"))
        );
    }
}

#[test]
fn targets_typing_and_acks_are_checked() {
    for target in [
        json!(ANN),
        json!("x"),
        json!(null),
        json!(ANN.to_uppercase()),
    ] {
        let frame = json!({"type":"OPEN_CHAT","target_user_id":target,"target_display_name":"x"});
        assert_eq!(flat(&frame).target(ann()), Err(Problem::Target));
    }
    let frame = json!({"type":"OPEN_CHAT","target_user_id":BOB});
    assert_eq!(flat(&frame).target(ann()), Ok(BOB.parse().expect("an id")));
    assert_eq!(
        nested("TYPING", &json!({"is_typing":true})).is_typing(),
        Ok(true)
    );
    assert_eq!(
        nested("TYPING", &json!({"is_typing":1}))
            .is_typing()
            .as_ref()
            .map_err(field),
        Err(Some("is_typing"))
    );
    for frame in [
        json!({"type":"MSG_ACK"}),
        json!({"type":"MSG_ACK","message_id":""}),
        json!({"type":"MSG_ACK","message_id":7}),
    ] {
        assert_eq!(flat(&frame).check(Form::Flat), Err(Problem::NoAckId));
    }
    assert_eq!(
        flat(&json!({"type":"MSG_ACK","message_id":"m"})).check(Form::Flat),
        Ok(())
    );
}

/// JSON that is nearly a frame.
fn nearly() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(json!(ANN)),
        Just(json!(BOB)),
        "<?[a-z/ >]{0,12}".prop_map(Value::from),
    ];
    let fields = prop::collection::vec((field_name(), leaf), 0..6);
    let kinds = [
        "HELLO",
        "OPEN_CHAT",
        "MSG",
        "MSG_ACK",
        "TYPING",
        "PING",
        "PONG",
        "nope",
    ];
    (prop::sample::select(kinds.to_vec()), fields, 0..3).prop_map(|(kind, fields, shape)| {
        let fields: Map<String, Value> = fields.into_iter().collect();
        let mut frame = match shape {
            0 => fields,
            1 => [("data".to_owned(), Value::Object(fields))]
                .into_iter()
                .collect(),
            _ => [(
                "data".to_owned(),
                Value::from(
                    fields
                        .into_iter()
                        .map(|(_, value)| value)
                        .collect::<Vec<_>>(),
                ),
            )]
            .into_iter()
            .collect(),
        };
        frame.insert("type".to_owned(), kind.into());
        Value::Object(frame).to_string()
    })
}

fn field_name() -> impl Strategy<Value = String> {
    let names = [
        "user_id",
        "display_name",
        "target_user_id",
        "to",
        "content",
        "message_id",
        "is_typing",
        "data",
        "x",
    ];
    prop::sample::select(names.to_vec()).prop_map(str::to_owned)
}

/// Reads a text as every kind of frame; whatever is accepted keeps its rules.
fn keeps_its_rules(form: Form, text: &str) {
    let Ok(frame) = envelope(form, text) else {
        return;
    };
    if let Ok(hello) = frame.hello(form) {
        assert!(
            form.name_chars().contains(&hello.name.chars().count()),
            "{text}"
        );
        assert!(form == Form::Flat || hello.user_id.is_some(), "{text}");
    }
    if let Ok(draft) = frame.draft(form, ann()) {
        assert!(
            CONTENT_CHARS.contains(&draft.content.chars().count()),
            "{text}"
        );
        assert_eq!(draft.to.is_some(), form == Form::Nested, "{text}");
        assert_ne!(draft.to, Some(ann()), "{text}");
        assert_eq!(form.text(&draft.content), &*draft.content, "{text}");
    }
    if let Ok(target) = frame.target(ann()) {
        assert_ne!(target, ann(), "{text}");
    }
    // Nothing to hold them to but that they end.
    let _ = (frame.is_typing(), frame.check(form), frame.message_id(form));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn whatever_is_accepted_keeps_its_rules(near in nearly(), any in any::<String>()) {
        for form in [Form::Nested, Form::Flat] {
            keeps_its_rules(form, &near);
            keeps_its_rules(form, &any);
        }
    }
}
