use super::*;
use serde_json::Value;

const ANN: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const BOB: &str = "bbbbbbbb-2222-4222-8222-222222222222";
const DAN: &str = "dddddddd-4444-4444-8444-444444444444";

fn person(id: &str, name: &str) -> Person {
    let (id, name) = (id.to_owned(), name.to_owned());
    Person { id, name }
}

/// Ann, greeted by the server.
fn ann(form: Form, to: Option<&str>) -> FastChat {
    let to = to.map(str::to_owned);
    let mut chat = FastChat::new(form, person(ANN, "Ann"), to, "run".into());
    assert!(!chat.is_ready(), "words wait for the server's greeting");
    assert_eq!(sent(&chat.opened())["type"], "HELLO");
    chat.heard(match form {
        Form::Flat => r#"{"type":"HELLO_ACK","user_id":"x","message":"Connected successfully"}"#,
        Form::Nested => r#"{"type":"HELLO_ACK","data":{"user_id":"x","status":"connected"}}"#,
    });
    chat
}

fn sent(acts: &[Act]) -> Value {
    let mut frames = acts.iter().filter_map(|act| match act {
        Act::Send(frame) => Some(serde_json::from_str(frame).unwrap()),
        _ => None,
    });
    frames.next().unwrap_or_default()
}

fn presence(chat: &mut FastChat, people: &[(&str, &str)]) -> Vec<Act> {
    let users: Vec<Value> = people
        .iter()
        .map(|(id, name)| json!({"user_id": id, "display_name": name, "online": true}))
        .collect();
    let frame = match chat.form {
        Form::Flat => json!({"type": "PRESENCE", "users": users, "action": "connect"}),
        Form::Nested => json!({"type": "PRESENCE", "data": {"users": users}}),
    };
    chat.heard(&frame.to_string())
}

fn chat_opened(chat: &mut FastChat, id: &str, name: &str) -> Vec<Act> {
    let data = json!({"chat_id": "c", "participants": [], "target_user_id": id, "target_display_name": name});
    let mut frame = match chat.form {
        Form::Flat => data,
        Form::Nested => json!({"data": data}),
    };
    frame["type"] = "CHAT_OPENED".into();
    chat.heard(&frame.to_string())
}

#[test]
fn words_wait_until_the_person_that_is_wanted_is_online_and_the_chat_open() {
    for form in [Form::Flat, Form::Nested] {
        let mut chat = ann(form, Some("bob"));
        assert!(!chat.is_ready());
        let waits = [Act::tell("Waiting for bob to come online")];
        assert_eq!(presence(&mut chat, &[]), waits);
        assert_eq!(presence(&mut chat, &[]), [], "it is told once");
        let acts = presence(&mut chat, &[(BOB, "Bob")]);
        assert_eq!(acts[0], Act::tell("Bob is online"));
        let open = sent(&acts);
        let data = if form == Form::Nested {
            &open["data"]
        } else {
            &open
        };
        assert_eq!(
            (&data["target_user_id"], &data["target_display_name"]),
            (&json!(BOB), &json!("Bob"))
        );
        assert!(!chat.is_ready(), "it is not open yet");
        assert_eq!(
            sent(&presence(&mut chat, &[(BOB, "Bob")])),
            Value::Null,
            "it is asked for once"
        );
        assert_eq!(
            chat_opened(&mut chat, BOB, "Bob"),
            [Act::tell("Talking with Bob")]
        );
        assert!(chat.is_ready());
        assert_eq!(chat.list(), [Act::tell("Online: Bob; talking with Bob")]);
    }
}

#[test]
fn whoever_knocks_does_not_get_what_was_meant_for_another() {
    for form in [Form::Flat, Form::Nested] {
        let mut chat = ann(form, Some("Bob"));
        presence(&mut chat, &[(DAN, "Dan")]);
        let knock = chat_opened(&mut chat, DAN, "Dan");
        assert_eq!(
            knock,
            [Act::tell("Dan opened a chat with you; /chat Dan answers")]
        );
        assert!(!chat.is_ready());
        presence(&mut chat, &[(DAN, "Dan"), (BOB, "Bob")]);
        chat_opened(&mut chat, DAN, "Dan");
        assert!(!chat.is_ready());
        chat_opened(&mut chat, BOB, "Bob");
        assert_eq!(chat.partner.as_ref().map(|one| one.id.as_str()), Some(BOB));
    }
    let mut nested = ann(Form::Nested, None);
    chat_opened(&mut nested, BOB, "Bob");
    chat_opened(&mut nested, DAN, "Dan");
    let frame = json!({"type": "MSG", "data": {"from": DAN, "to": ANN, "content": "hi", "message_id": "m"}});
    let said = Act::said("Dan", "hi");
    assert_eq!(
        nested.heard(&frame.to_string())[0],
        said,
        "a knock tells the name"
    );
    assert_eq!(
        sent(&nested.say("hi".into()))["data"]["to"],
        BOB,
        "the open chat stays"
    );
    let mut flat = ann(Form::Flat, None);
    chat_opened(&mut flat, BOB, "Bob");
    assert_eq!(
        chat_opened(&mut flat, DAN, "Dan"),
        [Act::tell("Talking with Dan")],
        "the server sends to whom it names"
    );
}

#[test]
fn two_of_one_name_are_told_apart_by_their_ids() {
    let mut chat = ann(Form::Nested, None);
    presence(&mut chat, &[(BOB, "Bob"), (DAN, "bob")]);
    let acts = chat.command("/chat", "Bob").unwrap();
    let [Act::Tell(words)] = &acts[..] else {
        panic!("{acts:?}");
    };
    assert!(words.contains(BOB) && words.contains(DAN), "{words}");
    assert_eq!(
        sent(&chat.command("/chat", DAN).unwrap())["data"]["target_user_id"],
        DAN
    );
    assert!(chat.command("/dance", "").is_none());
}

#[test]
fn a_message_is_shown_confirmed_and_answered() {
    let mut chat = ann(Form::Nested, None);
    presence(&mut chat, &[(BOB, "Bob")]);
    assert!(
        matches!(&chat.say("to whom?".into())[..], [Act::Tell(words)] if words.contains("not sent"))
    );
    let frame = json!({"type": "MSG", "data": {"from": BOB, "to": ANN, "content": "Hello Bob", "message_id": "m-1"}});
    let acts = chat.heard(&frame.to_string());
    assert_eq!(acts[0], Act::said("Bob", "Hello Bob"));
    assert_eq!(
        sent(&acts),
        json!({"type": "MSG_ACK", "data": {"message_id": "m-1", "status": "received"}})
    );
    let answer = sent(&chat.say("hi".into()));
    assert_eq!(
        (&answer["data"]["to"], &answer["data"]["content"]),
        (&json!(BOB), &json!("hi"))
    );
    let ack = json!({"type": "MSG_ACK", "data": {"message_id": answer["data"]["message_id"], "status": "delivered"}});
    assert_eq!(chat.heard(&ack.to_string()), [Act::mine("Ann", "hi")]);
    assert_eq!(chat.unconfirmed(), 0);
}

#[test]
fn a_flat_message_that_waits_is_confirmed_later_or_fails() {
    let mut chat = ann(Form::Flat, None);
    chat_opened(&mut chat, BOB, "Bob");
    for text in ["one", "two", "three"] {
        assert_eq!(
            sent(&chat.say(text.into())),
            json!({"type": "MSG", "content": text})
        );
    }
    let ack = |id: &str, status: &str| {
        json!({"type": "MSG_ACK", "message_id": id, "status": status, "timestamp": "t"}).to_string()
    };
    assert_eq!(chat.heard(&ack("a", "pending")), []);
    let limited = json!({"type": "ERROR", "error_code": "RATE_LIMITED", "message": "Rate limit exceeded", "details": null});
    assert_eq!(
        chat.heard(&limited.to_string()),
        [Act::tell("not sent: \"two\": Rate limit exceeded")]
    );
    assert_eq!(
        chat.heard(&ack("c", "delivered")),
        [Act::mine("Ann", "three")]
    );
    let failed = json!({
        "type": "ERROR", "error_code": "MESSAGE_FAILED", "message": "Recipient is not online", "details": {"message_id": "a"}
    });
    assert_eq!(
        chat.heard(&failed.to_string()),
        [Act::tell("not sent: \"one\": Recipient is not online")]
    );
    assert_eq!(chat.unconfirmed(), 0);
}

#[test]
fn after_a_break_the_chat_is_opened_again() {
    let mut chat = ann(Form::Nested, None);
    presence(&mut chat, &[(BOB, "Bob")]);
    chat_opened(&mut chat, BOB, "Bob");
    chat.say("lost?".into());
    assert_eq!(chat.broken(), ["lost?"]);
    assert!(!chat.is_ready());
    chat.opened();
    chat.heard(r#"{"type":"HELLO_ACK","data":{}}"#);
    let open = sent(&presence(&mut chat, &[(BOB, "Bob")]));
    assert_eq!(
        (&open["type"], &open["data"]["target_user_id"]),
        (&json!("OPEN_CHAT"), &json!(BOB))
    );

    // A flat server may remember it by itself.
    let mut flat = ann(Form::Flat, None);
    chat_opened(&mut flat, BOB, "Bob");
    flat.broken();
    flat.opened();
    flat.heard(r#"{"type":"HELLO_ACK"}"#);
    chat_opened(&mut flat, BOB, "Bob");
    assert!(flat.is_ready());
    assert_eq!(sent(&presence(&mut flat, &[(BOB, "Bob")])), Value::Null);
}

#[test]
fn somebody_who_is_gone_after_all_is_waited_for() {
    let mut chat = ann(Form::Nested, Some(BOB));
    presence(&mut chat, &[(BOB, "Bob")]);
    let gone = json!({"type": "ERROR", "data": {"code": "USER_NOT_FOUND", "message": "Target user is not online", "details": {}}});
    assert_eq!(
        chat.heard(&gone.to_string()),
        [Act::tell("Bob: Target user is not online")]
    );
    assert!(!chat.is_ready());
    let again = sent(&presence(&mut chat, &[(BOB, "Bob")]));
    assert_eq!(again["type"], "OPEN_CHAT");
}

#[test]
fn who_comes_goes_and_changes_their_name_is_told() {
    let mut chat = ann(Form::Nested, None);
    assert_eq!(
        presence(&mut chat, &[(ANN, "Ann"), (BOB, "Bob")]),
        [Act::tell("Bob is online")]
    );
    assert_eq!(
        presence(&mut chat, &[(ANN, "Ann")]),
        [Act::tell("Bob went offline")]
    );
    assert_eq!(
        chat.list(),
        [Act::tell("Nobody else is online; no chat is open")]
    );

    let mut flat = ann(Form::Flat, None);
    presence(&mut flat, &[(BOB, "Bob")]);
    let gone = json!({"type": "PRESENCE", "users": [{"user_id": BOB, "display_name": "Bob", "online": false}], "action": "disconnect"});
    assert_eq!(
        flat.heard(&gone.to_string()),
        [Act::tell("Bob went offline")]
    );
    let call = flat.call().unwrap();
    assert_eq!((call.path, chat.call()), ("/presence/heartbeat", None));
    let body: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(body, json!({"display_name": "Ann", "user_id": ANN}));
}
