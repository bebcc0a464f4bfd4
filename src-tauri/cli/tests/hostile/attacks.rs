//! What somebody who means harm does, the same in each dialect.

use std::time::Duration;

use crate::company::{Company, Guest};
use crate::raw::{BINARY, CLOSE, CONTINUATION, End, FIN, PING, PONG, Raw, TEXT, frame};
use crate::support::until;
use crate::tongue::{ALICE, BOB, CAROL, MALLORY, Tongue};

/// What is written to one who does not read: far more than a session may have waiting, and the system's buffers.
const UNREAD_BYTES: usize = 8 * 1024 * 1024;

/// Its connection ends within a frame, a message, a close, a handshake: with a reset, and with an end of stream.
pub(crate) async fn dies_mid_frame(tongue: Tongue) {
    let mut company = Company::meet(tongue).await;
    let message = tongue.message(MALLORY, BOB, "never whole");
    let whole = frame(FIN | TEXT, message.as_bytes());
    for how in [End::Reset, End::HangUp] {
        for cut in [1, 3, whole.len() - 1] {
            let mut mallory = company.mallory().await;
            mallory.bytes(&whole[..cut]).await;
            mallory.end(how).await;
            company.talk().await;
        }
        let mut mallory = company.mallory().await;
        mallory.fragment(TEXT, b"{\"half a message").await;
        mallory.frame(PING, b"in between").await;
        mallory.end(how).await;
        let mut mallory = company.mallory().await;
        mallory.bytes(&frame(FIN | CLOSE, b"\x03\xe8")[..2]).await;
        mallory.end(how).await;
        let mut nobody = Raw::connect(&company.room.addr).await;
        nobody.bytes(b"GET /ws HTTP/1.1\r\nUpgr").await;
        nobody.end(how).await;
        company.talk().await;
    }
    company.mallory_is_gone().await;
    assert!(
        company.bob.of_mallory.is_empty(),
        "{:?}",
        company.bob.of_mallory
    );
    company.is_well().await;
    nobody_dead_is_left(&company).await;
}

/// No list and no count holds somebody who is gone.
async fn nobody_dead_is_left(company: &Company) {
    let room = &company.room;
    match company.tongue {
        Tongue::Topic | Tongue::Untyped => {
            let total =
                async || room.get("/health").await.json()["connections"]["total_clients"] == 2;
            until("alice and bob only are counted", total).await;
        }
        Tongue::Nested | Tongue::Flat => {
            let id = MALLORY.id();
            let is_gone = async || !room.get("/presence/online").await.text().contains(&id);
            until("mallory is not online", is_gone).await;
        }
        Tongue::Private => {
            // Whoever comes now is alone until somebody alive comes.
            let meet = async || {
                let mut first = room.socket("/chat/private").await;
                let mut second = room.socket("/chat/private").await;
                let welcome = first.text().await;
                let joined = first
                    .next_within(Duration::from_millis(200))
                    .await
                    .is_some();
                second.drain().await;
                second.close().await;
                first.close().await;
                welcome.contains("Welcome") && joined
            };
            until("two newcomers meet", meet).await;
        }
        Tongue::Plain | Tongue::Pair | Tongue::PairInText | Tongue::Activity => {}
    }
}

/// It is written to and never reads: it alone is closed.
pub(crate) async fn never_reads(tongue: Tongue) {
    let mut company = Company::meet(tongue).await;
    let mut mallory = company.mallory().await;
    let mut carol = Guest::join(&company.room, tongue, CAROL).await;
    carol.open_chat(MALLORY).await;
    let text = tongue.long_text();
    let count = UNREAD_BYTES / text.len();
    for number in 0..count {
        carol.say(MALLORY, &text).await;
        if number % (count / 5) == 0 {
            company.talk().await;
        }
    }
    company.talk().await;
    // It reads what is left for it, and then there is no more.
    while let Some((opcode, _)) = mallory.next().await {
        if opcode == CLOSE {
            break;
        }
    }
    if tongue == Tongue::Private {
        carol.hear_of_goings(1).await;
    }
    company.mallory_is_gone().await;
    carol.leave().await;
    company.is_well().await;
}

/// It sends binary, before its hello and after.
pub(crate) async fn sends_binary(tongue: Tongue) {
    let mut company = Company::meet(tongue).await;
    let addr = company.room.addr.clone();
    let mut mallory = company.mallory().await;
    mallory.frame(BINARY, b"\x00\xff binary").await;
    company.talk().await;
    match tongue {
        Tongue::Plain | Tongue::Pair | Tongue::PairInText | Tongue::Private => {
            assert_eq!(mallory.close_code().await, Some(1003));
        }
        _ => assert!(
            mallory.is_served().await,
            "binary is refused, or nothing; no more"
        ),
    }
    if tongue.hello(MALLORY).is_some() {
        let mut first = Raw::open(&addr, &tongue.path(MALLORY)).await;
        first.frame(BINARY, b"hello").await;
        if tongue == Tongue::Activity {
            assert!(first.is_served().await);
        } else {
            assert_eq!(first.close_code().await, Some(1003));
        }
    }
    mallory.end(End::HangUp).await;
    company.is_well().await;
}

/// More frames than a session may send at once.
const FLOOD: usize = 1_500;

/// It sends as fast as it can, against the rates of an ordinary room.
pub(crate) async fn floods(tongue: Tongue) {
    let mut company = Company::meet_in(tongue, &[]).await;
    let mut mallory = company.mallory().await;
    if let Some(opening) = tongue.opening(BOB) {
        mallory.text(&opening.to_string()).await;
    }
    let flood = tokio::spawn(async move {
        let message = tongue.message(MALLORY, BOB, "flood");
        let frame = frame(FIN | TEXT, message.as_bytes());
        for _ in 0..FLOOD {
            mallory.bytes(&frame).await;
            // It is not to be closed for what it does not read.
            mallory.read_what_is_there();
        }
        let last = tongue.message(MALLORY, BOB, "the last");
        mallory.text(&last).await;
        mallory
    });
    for _ in 0..3 {
        company.talk().await;
    }
    let mut mallory = flood.await.expect("it floods");
    if tongue.tells_who_goes() {
        // Reading pauses; nothing is lost.
        company.bob.hear_of_mallory("the last").await;
        assert_eq!(company.bob.of_mallory.len(), FLOOD + 1);
    }
    assert!(
        mallory.is_served().await,
        "who sends much is slowed down or refused, no more"
    );
    mallory.end(End::Reset).await;
    company.mallory_is_gone().await;
    company.talk().await;
}

/// It comes and goes as fast as it can.
pub(crate) async fn comes_and_goes(tongue: Tongue) {
    let mut company = Company::meet(tongue).await;
    for _ in 0..30 {
        for how in [End::Reset, End::HangUp] {
            company.mallory().await.end(how).await;
        }
    }
    company.mallory_is_gone().await;
    company.is_well().await;
    nobody_dead_is_left(&company).await;
}

/// It connects as somebody who is there, and twice as itself.
pub(crate) async fn connects_twice(tongue: Tongue) {
    let mut company = Company::meet(tongue).await;
    let addr = company.room.addr.clone();
    let mut first = company.mallory().await;
    for who in [MALLORY, ALICE] {
        // A private room is nobody's by name.
        if tongue == Tongue::Private {
            break;
        }
        let mut twin = Raw::open(&addr, &tongue.path(who)).await;
        if let Some((hello, _)) = tongue.hello(who) {
            twin.text(&hello.to_string()).await;
        }
        if tongue == Tongue::Activity {
            assert_eq!(twin.close_code().await, Some(1008));
        } else {
            assert!(twin.is_served().await);
            twin.end(End::Reset).await;
        }
        company.talk().await;
    }
    assert!(first.is_served().await, "the end of another is not its end");
    first
        .text(&tongue.message(MALLORY, BOB, "still here"))
        .await;
    if tongue.topic().is_some() {
        company.bob.hear(&tongue.shown(MALLORY), "still here").await;
    }
    first.end(End::HangUp).await;
    company.is_well().await;
}

/// It sends what each of the older systems was broken by, and more of that kind. Each time it is served on, or closed.
pub(crate) async fn sends_what_breaks(tongue: Tongue) {
    let mut company = Company::meet(tongue).await;
    let addr = company.room.addr.clone();
    for text in texts(tongue) {
        let mut mallory = company.mallory().await;
        mallory.text(&text).await;
        mallory.is_served().await;
        mallory.end(End::Reset).await;
        let mut first = Raw::open(&addr, &tongue.path(MALLORY)).await;
        first.text(&text).await;
        first.is_served().await;
        first.end(End::HangUp).await;
    }
    company.talk().await;
    for bytes in not_websocket() {
        let mut mallory = company.mallory().await;
        mallory.bytes(&bytes).await;
        mallory.is_served().await;
        mallory.end(End::Reset).await;
    }
    company.talk().await;
    let mut mallory = company.mallory().await;
    mallory.text(&"x".repeat(64 * 1024 + 1)).await;
    assert_eq!(mallory.close_code().await, Some(1009));
    let mut mallory = company.mallory().await;
    mallory.frame(TEXT, b"\xff\xfe not UTF-8").await;
    assert_eq!(mallory.close_code().await, Some(1007));
    let mut mallory = company.mallory().await;
    mallory.fragment(TEXT, b"{").await;
    for _ in 0..5_000 {
        mallory.fragment(CONTINUATION, b"").await;
    }
    mallory.frame(CONTINUATION, b"}").await;
    mallory.is_served().await;
    mallory.end(End::HangUp).await;
    company.is_well().await;
    nobody_dead_is_left(&company).await;
}

/// Texts that are no frame of anybody, or hardly.
fn texts(tongue: Tongue) -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "{bad",
        "null",
        "[]",
        "{}",
        "5",
        "1e999",
        r#""text""#,
        r#"{"type":null}"#,
        r#"{"type":5}"#,
        r#"{"type":"nope"}"#,
        r#"{"type":"message"}"#,
        r#"{"type":"message","message":null}"#,
        r#"{"type":"message","message":{"a":1}}"#,
        r#"{"type":"leave"}"#,
        r#"{"type":"MSG"}"#,
        r#"{"type":"MSG","data":null}"#,
        r#"{"type":"MSG","data":{"to":5,"content":[]}}"#,
        r#"{"type":"MSG","content":5}"#,
        r#"{"type":"TYPING","data":{"is_typing":"yes"}}"#,
        r#"{"type":"OPEN_CHAT","data":{"target_user_id":"../../etc"}}"#,
        r#"{"type":"OPEN_CHAT","target_user_id":null}"#,
        r#"{"type":"HELLO","data":{"user_id":"test-123","display_name":"mallory"}}"#,
        r#"{"username":null,"message":null}"#,
        r#"{"username":"mallory"}"#,
        r#"{"message":"no name"}"#,
        r#"{"event_type":"typing","username":"mallory"}"#,
        r#"{"event_type":"disconnected","username":"mallory"}"#,
        r#"{"event_type":"message","username":"mallory","message":5}"#,
        r#"{"username":"\ud800","message":"\ud800"}"#,
        r#"{"a":1,"a":2}"#,
        "/list",
        "/quit",
        "\u{0}\u{1b}[2J\u{202e}",
    ]
    .map(str::to_owned)
    .into();
    texts.push("[".repeat(3_000));
    texts.push(format!(
        r#"{{"username":"mallory{}","message":"m"}}"#,
        "y".repeat(3_000)
    ));
    if matches!(tongue, Tongue::Pair | Tongue::PairInText) {
        // They are passed on, as any JSON is; these tests' own reader of JSON could not read them.
        texts.retain(|text| !text.contains(r"\ud800") && !text.contains("1e999"));
    }
    texts
}

/// Bytes that are not WebSocket.
fn not_websocket() -> Vec<Vec<u8>> {
    vec![
        // Not masked.
        vec![FIN | TEXT, 2, b'h', b'i'],
        // A reserved opcode, and reserved bits.
        frame(FIN | 3, b""),
        frame(FIN | 0x70 | TEXT, b"hi"),
        // Control frames that are too long, and in pieces.
        frame(FIN | PING, &[b'x'; 126]),
        frame(PONG, b""),
        // The rest of nothing.
        frame(FIN | CONTINUATION, b"rest"),
        // A message within a message.
        [frame(TEXT, b"one"), frame(FIN | TEXT, b"two")].concat(),
        // Closes with half a code, with a code that is none, and twice.
        frame(FIN | CLOSE, &[3]),
        frame(FIN | CLOSE, &999u16.to_be_bytes()),
        frame(FIN | CLOSE, &[0xff, 0xff, 0xff, 0xfe]),
        [frame(FIN | CLOSE, b""), frame(FIN | CLOSE, b"")].concat(),
        // 2^63 bytes are announced.
        vec![
            FIN | TEXT,
            0x80 | 127,
            0x80,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
        ],
        b"GET / HTTP/1.1\r\n\r\n".to_vec(),
    ]
}
