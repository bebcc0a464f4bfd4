use super::*;

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

#[test]
fn every_frame_has_both_shapes() {
    let (ann, bob): (UserId, UserId) = (
        id("aaaaaaaa-1111-4111-8111-111111111111"),
        id("bbbbbbbb-2222-4222-8222-222222222222"),
    );
    let at = Timestamp(1_767_323_045_678);
    let (a, b) = (ann.to_string(), bob.to_string());
    let chat = "cccccccc-3333-4333-8333-333333333333";
    let message_id: MessageId = id(chat);
    for (frame, nested, flat) in [
        (
            Frame::HelloAck(ann),
            json!({"type":"HELLO_ACK","data":{"user_id":a,"status":"connected"}}),
            json!({"type":"HELLO_ACK","user_id":a,"message":"Connected successfully"}),
        ),
        (
            Frame::ChatOpened {
                chat_id: id(chat),
                participants: [ann, bob],
                target: bob,
                target_name: "<i>Bob</i>".into(),
            },
            json!({"type":"CHAT_OPENED","data":{"chat_id":chat,"participants":[a,b],"target_user_id":b,"target_display_name":"Bob"}}),
            json!({"type":"CHAT_OPENED","chat_id":chat,"participants":[a,b],"target_user_id":b,"target_display_name":"<i>Bob</i>"}),
        ),
        (
            Frame::Msg {
                from: ann,
                from_name: "Ann".into(),
                to: bob,
                content: "<b>x</b>".into(),
                message_id: message_id.clone(),
                at,
            },
            json!({"type":"MSG","data":{"from":a,"to":b,"content":"x","message_id":chat,"timestamp":"2026-01-02T03:04:05.678Z"}}),
            json!({"type":"MSG","message_id":chat,"content":"<b>x</b>","sender_id":a,"sender_name":"Ann","timestamp":"2026-01-02T03:04:05.678000+00:00"}),
        ),
        (
            Frame::Ack {
                message_id,
                status: Status::Delivered,
                at,
            },
            json!({"type":"MSG_ACK","data":{"message_id":chat,"status":"delivered"}}),
            json!({"type":"MSG_ACK","message_id":chat,"status":"delivered","timestamp":"2026-01-02T03:04:05.678000+00:00"}),
        ),
        (
            Frame::Typing {
                user: ann,
                name: "Ann".into(),
                is_typing: true,
            },
            json!({"type":"TYPING","data":{"user_id":a,"is_typing":true}}),
            json!({"type":"TYPING","user_id":a,"display_name":"Ann","is_typing":true}),
        ),
        (
            Frame::Pong(at),
            json!({"type":"PONG","data":{"timestamp":"2026-01-02T03:04:05.678Z"}}),
            json!({"type":"PONG"}),
        ),
    ] {
        for (form, expected) in [(Form::Nested, nested), (Form::Flat, flat)] {
            let text = frame.text(form).expect("both forms have this frame");
            assert_eq!(
                serde_json::from_str::<Value>(&text).expect("JSON"),
                expected
            );
        }
    }
}

#[test]
fn the_flat_form_is_told_a_v4_whatever_the_author_chose() {
    let (ann, bob) = (UserId(Uuid::from_u128(1)), UserId(Uuid::from_u128(2)));
    let v4 = "cccccccc-3333-4333-8333-333333333333";
    assert_eq!(flat_id(ann, &id(v4)), v4);
    let made = flat_id(ann, &id("m-1"));
    assert_eq!(made.parse::<Uuid>().map(|id| id.get_version_num()), Ok(4));
    assert_eq!(made, flat_id(ann, &id("m-1")));
    assert_ne!(made, flat_id(bob, &id("m-1")));
    assert_ne!(made, flat_id(ann, &id("m-2")));
}

#[test]
fn presence_has_its_shapes() {
    let ann = "aaaaaaaa-1111-4111-8111-111111111111";
    let users = [Shown {
        user: id(ann),
        name: "<b>Ann</b>".into(),
    }];
    let value = |text: String| serde_json::from_str::<Value>(&text).expect("JSON");
    assert_eq!(
        value(everybody(&users)),
        json!({"type":"PRESENCE","data":{"users":[{"user_id":ann,"display_name":"Ann","online":true}]}})
    );
    assert_eq!(
        value(came(&[])),
        json!({"type":"PRESENCE","users":[],"action":"connect"})
    );
    assert_eq!(
        value(went(&users)),
        json!({"type":"PRESENCE","users":[{"user_id":ann,"display_name":"<b>Ann</b>","online":false}],"action":"disconnect"})
    );
}
