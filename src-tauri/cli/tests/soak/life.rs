//! One client's life: come, listen, say something now and then, go; in every way that clients go.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::sync::watch::Receiver;

use crate::ledger::{Ledger, Moment, Said, Stay};
use crate::support::PATIENCE;
use crate::support::member::Member;
use crate::support::socket::{Event, Socket};
use crate::tongue::Tongue;

/// Begins every text that is counted.
const MARK: &str = "soak-";

/// Lives until `end`.
pub(crate) async fn live(
    tongue: Tongue,
    n: usize,
    addr: String,
    mut random: Rng,
    ledger: Arc<Ledger>,
    end: Instant,
) {
    // Not all at once.
    tokio::time::sleep(Duration::from_millis(random.u64(0..1_000))).await;
    while Instant::now() < end {
        visit(tongue, n, &addr, &mut random, &ledger, end).await;
        tokio::time::sleep(Duration::from_millis(random.u64(0..600))).await;
    }
}

/// One connection.
struct Visit<'a> {
    n: usize,
    socket: Socket,
    stay: Stay,
    ledger: &'a Ledger,
    /// What was answered to its direct messages: whether they were delivered.
    answers: Vec<bool>,
    /// How many of its messages a member knows to be stored, and how many lists of topics came.
    stored: usize,
    lists: usize,
    may_speak: bool,
}

async fn visit(
    tongue: Tongue,
    n: usize,
    addr: &str,
    random: &mut Rng,
    ledger: &Ledger,
    end: Instant,
) {
    let began = ledger.now();
    let mut socket = Socket::open(addr, &tongue.path(n), tongue.headers())
        .await
        .named(&format!("{tongue:?} {n}"));
    for frame in tongue.enter(n, began) {
        socket.send(&frame).await;
    }
    let stay = Stay {
        id: began,
        tongue,
        is_open: tongue.is_open(n),
        n,
        place: tongue.place(n),
        began,
        entered: Moment::MAX,
        left: 0,
        heard: Vec::new(),
    };
    let mut visit = Visit {
        n,
        socket,
        stay,
        ledger,
        answers: Vec::new(),
        stored: 0,
        lists: 0,
        may_speak: tongue.open(n).is_none(),
    };
    visit.come_in(tongue.welcome(n)).await;
    if let Some(frame) = tongue.open(n) {
        visit.socket.send(&frame).await;
    }
    let leaves_at = end.min(Instant::now() + Duration::from_millis(random.u64(200..8_000)));
    let mut number = 0;
    while Instant::now() < leaves_at {
        let pause = Duration::from_millis(random.u64(20..900));
        visit.listen(pause).await;
        if visit.may_speak && random.u8(..) < 160 {
            number += 1;
            visit.say(number).await;
        }
    }
    match random.u8(0..8) {
        // Some go with their words still on the way, and some of those do not listen any more.
        0 if visit.may_speak => {
            visit.put(number + 1).await;
            visit.go(random).await;
        }
        1 if visit.may_speak => {
            visit.put(number + 1).await;
            visit.vanish();
        }
        2 => visit.vanish(),
        _ => visit.go(random).await,
    }
}

impl Visit<'_> {
    /// Until the server has surely let it in.
    async fn come_in(&mut self, welcome: Option<&str>) {
        match welcome {
            Some(mark) => loop {
                let text = self.socket.text().await;
                let is_in = text.contains(mark);
                self.take(&text);
                if is_in {
                    break;
                }
            },
            // Nothing is answered: the next ping is, and what was sent before it has been read by then. The hub has it
            // before any message that is said from now on.
            None => self.drain().await,
        }
        self.stay.entered = self.ledger.now();
    }

    /// Hears all that the server has for it by now. One that reads no further while a message is on its way to everybody
    /// answers when it got there.
    async fn drain(&mut self) {
        let mut texts = Vec::new();
        self.socket
            .drain_into(|text| texts.push(text.to_owned()))
            .await;
        for text in texts {
            self.take(&text);
        }
    }

    fn take(&mut self, text: &str) {
        if text.contains("MSG_ACK") {
            if text.contains("delivered") {
                self.answers.push(true);
            }
            self.stored += usize::from(text.contains("stored"));
            return;
        }
        // The other of the two is not there, or no longer.
        let gone = ["MESSAGE_FAILED", "NOT_HERE", "USER_NOT_FOUND"];
        if gone.iter().any(|code| text.contains(code)) {
            self.answers.push(false);
        }
        self.may_speak |= text.contains("CHAT_OPENED");
        self.lists +=
            usize::from(text.contains("\"TOPICS\"") && text.contains("\"complete\":true"));
        let mut rest = text;
        while let Some(at) = rest.find(MARK) {
            let Some(end) = rest[at..].find('.') else {
                return;
            };
            let words = &rest[at..=at + end];
            rest = &rest[at + end..];
            let now = self.ledger.now();
            self.stay.heard.push((words.to_owned(), now));
        }
    }

    async fn listen(&mut self, time: Duration) {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.socket.next_within(left).await {
                Some(Event::Text(text)) => self.take(&text),
                None => return,
                other => panic!("{:?}: {other:?} while it listens", self.stay.tongue),
            }
        }
    }

    /// Sends a text, and does not wait for what becomes of it.
    async fn put(&mut self, number: u32) -> String {
        let (tongue, id) = (self.stay.tongue, self.stay.id);
        let text = format!("{MARK}{tongue:?}-{}-{id}-{number}.", self.n);
        let said = Said {
            tongue,
            n: self.n,
            place: self.stay.place.clone(),
            stay: id,
            number,
            from: self.ledger.now(),
            until: None,
            is_observed: false,
        };
        self.ledger.said(&text, said);
        self.socket.send(&tongue.say(self.n, id, &text)).await;
        text
    }

    /// Says something and stays until it knows that everybody has been told, or that the one was not.
    async fn say(&mut self, number: u32) {
        let (answers, stored) = (self.answers.len(), self.stored);
        let text = self.put(number).await;
        match self.stay.tongue {
            Tongue::Nested | Tongue::Flat => {
                self.hear(&text, |visit| visit.answers.len() > answers)
                    .await;
                if !self.answers[answers] {
                    return;
                }
            }
            Tongue::Member => {
                let is_answered =
                    |visit: &Visit<'_>| visit.stored > stored || visit.answers.len() > answers;
                self.hear(&text, is_answered).await;
                if self.stored == stored {
                    return;
                }
                // The hub answers this when it has done what it did before.
                let lists = self.lists;
                self.socket.send(r#"{"type":"LIST_TOPICS"}"#).await;
                self.hear(&text, |visit| visit.lists > lists).await;
            }
            tongue => {
                if tongue.echoes() {
                    let is_it =
                        |visit: &Visit<'_>| visit.stay.heard.iter().any(|(it, _)| *it == text);
                    self.hear(&text, is_it).await;
                }
                self.drain().await;
            }
        }
        self.ledger.settled(&text);
    }

    /// Listens until it is so. A refusal to open a chat is no answer to a message: nobody speaks before one is open.
    async fn hear(&mut self, text: &str, is_so: impl Fn(&Self) -> bool) {
        let patience = Instant::now() + PATIENCE;
        while !is_so(self) {
            match self.socket.next_within(PATIENCE).await {
                Some(Event::Text(text)) => self.take(&text),
                other => panic!("{:?}: {other:?} after {text}", self.stay.tongue),
            }
            assert!(Instant::now() < patience, "{text} was never told");
        }
    }

    async fn go(mut self, random: &mut Rng) {
        // What was told before this moment comes before the pong.
        self.stay.left = self.ledger.now();
        self.drain().await;
        match random.u8(0..3) {
            0 => self.socket.close().await,
            1 => self.socket.cut(),
            _ => self.socket.hang_up(),
        }
        self.ledger.stayed(self.stay);
    }

    /// Goes and does not look back: what was on the way to it, it may have heard or not.
    fn vanish(self) {
        self.socket.cut();
        self.ledger.stayed(self.stay);
    }
}

/// A desktop member in every lasting topic, from before the first to after the last.
pub(crate) async fn watch(
    mut observer: Member,
    ledger: Arc<Ledger>,
    mut stopped: Receiver<bool>,
) -> Member {
    loop {
        tokio::select! {
            message = observer.message() => {
                let (Some(topic), Some(content)) = (message["topic"].as_str(), message["content"].as_str()) else { continue };
                if content.starts_with(MARK) {
                    ledger.observed(topic, content);
                }
            }
            _ = stopped.changed() => return observer,
        }
    }
}
