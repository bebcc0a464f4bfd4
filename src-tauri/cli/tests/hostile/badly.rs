//! What the older servers were broken by, and more of that kind: frames that are none, bytes that are no WebSocket, and
//! a client that comes and goes as fast as it can.

use crate::acts::{Hostile, NO_RATES};
use crate::forms::{Form, Reach};
use crate::raw::{End, Raw, TEXT, encoded};
use crate::stage::Stage;

/// Bad frames, each on a connection of its own that has come in, and each as the first frame of all. Whatever the
/// answer is, the connection is then served or closed, and the others talk on.
pub(crate) async fn speaks_badly(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let mut gone = 0;
    for text in texts(form) {
        let mut hostile = Hostile::enter(&mut stage, gone).await;
        hostile.raw.text(&text).await;
        hostile.raw.is_served().await;
        hostile.raw.reset();
        gone += 1;
        stage.is_clean(gone).await;
        // Where nothing is said at first, the connection is in before it speaks.
        if !form.opening(&form.person(1, "x")).is_empty() {
            let who = form.person(1, "first");
            let mut first = Raw::connect(&stage.room, form.dialect, &who).await;
            first.text(&text).await;
            first.is_served().await;
            first.end_of_stream().await;
        }
    }
    stage.talk().await;
    stage.ends_well(gone).await;
}

/// Bytes that break the rules of WebSocket: this one is closed or served, and the others talk on.
pub(crate) async fn breaks_the_rules(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let mut gone = 0;
    for (bytes, code) in not_websocket() {
        let mut hostile = Hostile::enter(&mut stage, gone).await;
        hostile.speak(&mut stage).await;
        hostile.raw.bytes(&bytes).await;
        let (_, end) = hostile.raw.read_out().await;
        if let Some(code) = code {
            assert!(
                matches!(end, End::Closed(got, _) if got == code),
                "{end:?} after {:?}",
                &bytes[..bytes.len().min(20)]
            );
        }
        gone += 1;
        stage.is_clean(gone).await;
    }
    stage.talk().await;
    assert_eq!(stage.ends_well(gone).await.len(), gone);
}

/// Many connections at once, gone together in the middle of what the others say: no broadcast stops at one of them, and
/// none stays in a list.
pub(crate) async fn comes_and_goes(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let (waves, each) = (3, if form.reach == Reach::Two { 1 } else { 12 });
    for wave in 0..waves {
        let mut all = Vec::new();
        for number in 0..each {
            all.push(Hostile::enter(&mut stage, wave * each + number).await);
        }
        for hostile in &mut all {
            hostile.speak(&mut stage).await;
        }
        for (number, mut hostile) in all.into_iter().enumerate() {
            match number % 3 {
                0 => hostile.raw.reset(),
                1 => hostile.raw.end_of_stream().await,
                // Its close has no code, and it does not wait for the answer.
                _ => drop(hostile.raw.bytes(&[0x88, 0x80, 0, 0, 0, 0]).await),
            }
            if number % 4 == 0 {
                stage.talk().await;
            }
        }
        stage.is_clean((wave + 1) * each).await;
    }
    assert_eq!(stage.ends_well(waves * each).await.len(), waves * each);
}

/// Texts that are no frame of anybody, or hardly.
fn texts(form: &Form) -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        "{bad",
        "null",
        "[]",
        "{}",
        "5",
        r#""text""#,
        r#"{"type":null}"#,
        r#"{"type":5}"#,
        r#"{"type":"nope"}"#,
        r#"{"type":"message"}"#,
        r#"{"type":"message","message":null}"#,
        r#"{"type":"message","message":{"a":1}}"#,
        r#"{"type":"message","message":"  "}"#,
        r#"{"type":"join","username":"Someone","topic":"DEN"}"#,
        r#"{"type":"join","username":5,"topic":["den"]}"#,
        r#"{"type":"leave"}"#,
        r#"{"type":"demo_log"}"#,
        r#"{"type":"MSG"}"#,
        r#"{"type":"MSG","data":null}"#,
        r#"{"type":"MSG","data":{"to":5,"content":[]}}"#,
        r#"{"type":"MSG","content":5}"#,
        r#"{"type":"MSG","content":"to whom?"}"#,
        r#"{"type":"TYPING","data":{"is_typing":"yes"}}"#,
        r#"{"type":"TYPING","is_typing":true}"#,
        r#"{"type":"MSG_ACK","message_id":"not mine"}"#,
        r#"{"type":"OPEN_CHAT","data":{"target_user_id":"../../etc"}}"#,
        r#"{"type":"OPEN_CHAT","target_user_id":null}"#,
        r#"{"type":"HELLO","data":{"user_id":"test-123","display_name":"mallory"}}"#,
        r#"{"username":null,"message":null}"#,
        r#"{"username":"mallory"}"#,
        r#"{"message":"no name"}"#,
        r#"{"event_type":"typing","username":"mallory"}"#,
        r#"{"event_type":"message","username":"mallory","message":5}"#,
        r#"{"a":1,"a":2}"#,
        "/list",
        "/quit",
        "\u{0}\u{1b}[2J\u{202e}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("[".repeat(3_000));
    texts.push(format!("{}{}", "[".repeat(40), "]".repeat(40)));
    if form.binary.is_none() {
        // `plain` and `pair` pass them on, and the honest ones' own reader of JSON could not read them.
        texts.push(r#"{"username":"\ud800","message":"\ud800"}"#.to_owned());
        texts.push("1e999".to_owned());
    }
    texts
}

/// Bytes that are not WebSocket, and the code they are closed with; `None` where the order of things decides.
fn not_websocket() -> Vec<(Vec<u8>, Option<u16>)> {
    const LAST: u8 = 0x80;
    let mut endless = vec![LAST | TEXT, 0xff, 0x80];
    endless.extend([0; 11]);
    let long = vec![b'x'; 64 * 1024 + 1];
    vec![
        // Not masked.
        (vec![LAST | TEXT, 2, b'h', b'i'], Some(1002)),
        // A reserved opcode, and reserved bits.
        (encoded(3, true, b""), Some(1002)),
        (encoded(0x70 | TEXT, true, b"hi"), Some(1002)),
        // A control frame that is too long, and one in pieces.
        (encoded(9, true, &[b'x'; 126]), Some(1002)),
        (encoded(10, false, b""), Some(1002)),
        // The rest of nothing, and a message within a message.
        (encoded(0, true, b"rest"), Some(1002)),
        (
            [encoded(TEXT, false, b"one"), encoded(TEXT, true, b"two")].concat(),
            Some(1002),
        ),
        // Closes with half a code, with one that is none, and twice.
        (encoded(8, true, &[3]), None),
        (encoded(8, true, &999u16.to_be_bytes()), None),
        (
            [encoded(8, true, b""), encoded(8, true, b"")].concat(),
            None,
        ),
        // 2^63 bytes are announced; one byte more than there may be is sent.
        (endless, Some(1009)),
        (encoded(TEXT, true, &long), Some(1009)),
        (
            [encoded(TEXT, false, &long[1..]), encoded(0, true, b"xx")].concat(),
            Some(1009),
        ),
        (encoded(TEXT, true, b"caf\xe9"), Some(1007)),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), None),
    ]
}
