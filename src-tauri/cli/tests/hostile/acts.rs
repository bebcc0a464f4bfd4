//! What a hostile one does in every form alike.

use crate::forms::{Form, Reach};
use crate::people::{Seen, To, Who};
use crate::raw::{BINARY, End, Raw, TEXT};
use crate::stage::{HOSTILE, Stage};

/// No rates: what is tested is not saved by them.
pub(crate) const NO_RATES: &[&str] = &["--rate-limit", "off"];

/// A hostile one, in; not heard of yet.
pub(crate) struct Hostile {
    number: usize,
    said: usize,
    pub(crate) who: Who,
    pub(crate) raw: Raw,
}

impl Hostile {
    pub(crate) async fn enter(stage: &mut Stage, number: usize) -> Hostile {
        let who = stage.form.person(600 + number, &format!("mallory{number}"));
        let hostile = Hostile::enter_as(stage, number, who).await;
        stage.see_come(&hostile.who).await;
        hostile
    }

    pub(crate) async fn enter_as(stage: &Stage, number: usize, who: Who) -> Hostile {
        Hostile::enter_in(stage, number, who, stage.form.place).await
    }

    /// Comes into a place that it writes in its own way.
    pub(crate) async fn enter_in(stage: &Stage, number: usize, who: Who, place: &str) -> Hostile {
        let opening = stage.form.dialect.opening(&who, place);
        let raw = Raw::enter(&stage.room, stage.form.dialect, &who, &opening).await;
        Hostile {
            number,
            said: 0,
            who,
            raw,
        }
    }

    /// The next words, and the frames that say them.
    pub(crate) fn next(&mut self, stage: &Stage) -> (String, Vec<String>) {
        let words = format!("{HOSTILE} {}-{}", self.number, self.said);
        self.said += 1;
        (words.clone(), self.frames(stage, &words))
    }

    pub(crate) fn frames(&self, stage: &Stage, words: &str) -> Vec<String> {
        let victim = &stage.victim().who;
        let to = stage.form.to(victim);
        stage.form.dialect.says(&self.who, to, words)
    }

    /// Says something, and the hearers hear it.
    pub(crate) async fn speak(&mut self, stage: &mut Stage) {
        let (words, frames) = self.next(stage);
        for frame in frames {
            self.raw.text(&frame).await;
        }
        stage.hear(&words).await;
    }
}

/// Half a frame, half a message, half a header: then a reset, or an end without a word.
pub(crate) async fn dies_mid_frame(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let ways = 5;
    for way in 0..ways {
        let mut hostile = Hostile::enter(&mut stage, way).await;
        hostile.speak(&mut stage).await;
        let frame = hostile.frames(&stage, &form.long("never heard ")).pop();
        let frame = frame.expect("a frame");
        match way {
            0 => hostile.raw.half_a_frame(&frame).await,
            1 => drop(hostile.raw.frame(TEXT, false, b"{\"").await),
            2 => {
                hostile.raw.frame(TEXT, false, b"").await;
                hostile.raw.frame(0, false, b"{").await;
                hostile.raw.bytes(&[0x80]).await;
            }
            3 => drop(hostile.raw.bytes(&[0x81, 0xff, 0, 0]).await),
            _ => {
                hostile.raw.half_a_frame(&frame).await;
                hostile.raw.end_of_stream().await;
            }
        }
        stage.talk().await;
        hostile.raw.reset();
        stage.talk().await;
        stage.is_clean(way + 1).await;
    }
    let heard = stage.ends_well(ways).await;
    assert_eq!(
        heard.len(),
        ways,
        "each was heard before it died: {heard:?}"
    );
}

/// A closed window while the others talk, until the server gives it up: with a code, and with nobody waiting for it.
pub(crate) async fn never_reads(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let mut hostile = Hostile::enter(&mut stage, 0).await;
    hostile.speak(&mut stage).await;
    let more = form.long(" ");
    let more: String = more.chars().take(form.longest - 20).collect();
    let (mut rounds, mut written) = (0, 0);
    while !stage.is_told_of(1).await {
        for _ in 0..8 {
            stage.talk_of(&more).await;
            if form.reach == Reach::One {
                written += usize::from(talk_to(&mut stage, &hostile.who, &more, rounds).await);
            }
            rounds += 1;
        }
        assert!(rounds < 4_000, "nobody gives it up");
    }
    let (texts, end) = hostile.raw.read_out().await;
    // Where the disk is slow, what is said does not fill the socket before the one who never reads has missed its pings.
    let ways = [(1008, "too slow"), (1011, "no answer to pings")];
    let given_up = ways.map(|(code, why)| End::Closed(code, why.to_owned()));
    assert!(given_up.contains(&end), "{end:?}");
    if form.reach == Reach::One {
        nothing_is_claimed(&mut stage, &hostile.who, &texts, written).await;
    }
    assert_eq!(stage.ends_well(1).await.len(), 1);
}

/// In direct chats nobody is told anything but what is written to them: bob writes, if the chat still opens.
async fn talk_to(stage: &mut Stage, hostile: &Who, more: &str, round: usize) -> bool {
    let text = format!("{round} to the deaf{more}");
    let text: String = text.chars().take(stage.form.longest).collect();
    let mut frames = stage
        .form
        .dialect
        .says(&stage.bob.who, To::Person(hostile), &text);
    let write = frames.pop().expect("the message");
    let old = stage.bob.seen.len();
    for open in frames {
        stage.bob.socket.send(&open).await;
    }
    loop {
        stage.bob.next().await;
        let news = &stage.bob.seen[old..];
        if news.contains(&Seen::Opened(hostile.id.clone())) {
            stage.bob.socket.send(&write).await;
            return true;
        }
        if news
            .iter()
            .any(|seen| matches!(seen, Seen::Refused(_, None)))
        {
            return false;
        }
    }
}

/// Each message to the deaf one is answered: as delivered only if it was written, which it can read now.
async fn nothing_is_claimed(stage: &mut Stage, deaf: &Who, texts: &[String], sent: usize) {
    let dialect = stage.form.dialect;
    let read: Vec<_> = texts.iter().map(|text| dialect.read(deaf, text)).collect();
    let is_to_deaf =
        |seen: &&Seen| matches!(seen, Seen::Said(_, text) if text.contains(" to the deaf"));
    let written = read.iter().filter(is_to_deaf).count();
    let is_final = |seen: &Seen| match seen {
        Seen::Acked(_, status) => status != "pending",
        Seen::Refused(_, id) => id.is_some(),
        _ => false,
    };
    let honest = stage.bob.spoke;
    while stage.bob.count(is_final) < sent + honest {
        stage.bob.next().await;
    }
    let is_delivered =
        |seen: &Seen| matches!(seen, Seen::Acked(_, status) if status == "delivered");
    let delivered = stage.bob.count(is_delivered) - honest;
    assert!(
        delivered <= written,
        "{delivered} delivered, {written} written"
    );
    let refused = |seen: &Seen| matches!(seen, Seen::Refused(..));
    let failed = stage.bob.seen.iter().filter(|seen| refused(seen));
    for seen in failed {
        let Seen::Refused(code, _) = seen else {
            continue;
        };
        assert!(
            ["MESSAGE_FAILED", "USER_NOT_FOUND"].contains(&code.as_str()),
            "{code}"
        );
    }
    // These refusals were due.
    stage.bob.seen.retain(|seen| !refused(seen));
}

/// Binary frames, alone and as the first half of a message.
pub(crate) async fn sends_binary(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let mut gone = 0;
    for whole in [true, false] {
        let mut hostile = Hostile::enter(&mut stage, gone).await;
        hostile.speak(&mut stage).await;
        hostile.raw.frame(BINARY, whole, &[0, 159, 146, 150]).await;
        if !whole {
            hostile.raw.frame(0, true, b"{}").await;
        }
        stage.talk().await;
        gone += 1;
        if let Some(code) = form.binary {
            let (_, end) = hostile.raw.read_out().await;
            assert!(matches!(end, End::Closed(got, _) if got == code), "{end:?}");
        } else {
            hostile.speak(&mut stage).await;
            hostile.raw.reset();
        }
        stage.is_clean(gone).await;
    }
    let each = if form.binary.is_some() { 1 } else { 2 };
    assert_eq!(stage.ends_well(gone).await.len(), 2 * each);
}

/// Frames in one flood, more than any queue of the server holds.
const FLOOD: usize = 3_000;

/// Thousands of messages at once and no rates: all of them come, and the others talk all the while.
pub(crate) async fn floods(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    flood(&mut stage, FLOOD).await;
    stage.talk().await;
    assert_eq!(stage.ends_well(1).await.len(), FLOOD);
}

/// The same with rates: reading waits, or what is too much is refused; nobody else waits or is refused anything.
pub(crate) async fn floods_against_rates(form: &'static Form) {
    let mut stage = Stage::set(form, &[]).await;
    let count = 1_500;
    let heard = form.a_minute.unwrap_or(count);
    flood_until(&mut stage, count, heard).await;
    assert_eq!(stage.ends_well(1).await.len(), heard);
}

async fn flood(stage: &mut Stage, count: usize) {
    flood_until(stage, count, count).await;
}

/// A hostile one sends `count` messages at once; of those the first `heard` come. It goes in the middle of reading.
async fn flood_until(stage: &mut Stage, count: usize, heard: usize) {
    let mut hostile = Hostile::enter(stage, 0).await;
    let mut frames = Vec::new();
    for _ in 0..count {
        frames.extend(hostile.next(stage).1);
    }
    let flooding = tokio::spawn(hostile.raw.flood(frames));
    stage.talk().await;
    stage.hear(&format!("{HOSTILE} 0-{}", heard - 1)).await;
    stage.talk().await;
    flooding.abort();
}

/// Two connections of one user: neither ends the other, and each goes by itself.
pub(crate) async fn comes_twice(form: &'static Form) {
    let mut stage = Stage::set(form, NO_RATES).await;
    let mut older = Hostile::enter(&mut stage, 0).await;
    older.speak(&mut stage).await;
    let is_activity = form.dialect.name() == "activity";
    if is_activity {
        let mut second = Raw::connect(&stage.room, form.dialect, &older.who).await;
        for frame in form.opening(&older.who) {
            second.text(&frame).await;
        }
        let (_, end) = second.read_out().await;
        assert_eq!(end, End::Closed(1008, "username in use".to_owned()));
        older.speak(&mut stage).await;
        older.raw.reset();
        assert_eq!(stage.ends_well(1).await.len(), 2);
        return;
    }
    let mut newer = Hostile::enter_as(&stage, 1, older.who.clone()).await;
    if form.reach == Reach::Two {
        // Its room has nobody else in it.
        let (_, frames) = newer.next(&stage);
        newer.raw.text(&frames[0]).await;
        newer.raw.settle().await;
    } else {
        newer.speak(&mut stage).await;
    }
    stage.talk().await;
    older.speak(&mut stage).await;
    newer.raw.reset();
    older.speak(&mut stage).await;
    stage.talk().await;
    let mut third = Hostile::enter_as(&stage, 2, older.who.clone()).await;
    older.raw.reset();
    let (gone, heard) = match form.reach {
        Reach::Two => (1, 3),
        Reach::Topic => {
            third.speak(&mut stage).await;
            (3, 5)
        }
        Reach::One => {
            // The user was never offline, so a word to it is not lost, and its going is told once.
            third.speak(&mut stage).await;
            (1, 5)
        }
    };
    third.raw.reset();
    assert_eq!(stage.ends_well(gone).await.len(), heard);
}
