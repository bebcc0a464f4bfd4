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
    socket: Socket,
    stay: Stay,
    ledger: &'a Ledger,
    /// What was answered to its direct messages: whether they were delivered.
    answers: Vec<bool>,
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
    let mut socket = Socket::open(addr, &tongue.path(n), &[])
        .await
        .named(&format!("{tongue:?} {n}"));
    if let Some(frame) = tongue.enter(n, began) {
        socket.send(&frame).await;
    }
    let stay = Stay {
        id: began,
        tongue,
        place: tongue.place(n),
        began,
        entered: Moment::MAX,
        left: 0,
        heard: Vec::new(),
    };
    let mut visit = Visit {
        socket,
        stay,
        ledger,
        answers: Vec::new(),
        may_speak: tongue.open(n).is_none(),
    };
    visit.come_in(tongue.welcome(n)).await;
    if let Some(frame) = tongue.open(n) {
        visit.socket.send(&frame).await;
    }
    let leaves_at = end.min(Instant::now() + Duration::from_millis(random.u64(200..8_000)));
    let mut number = 0;
    while Instant::now() < leaves_at {
        visit
            .listen(Duration::from_millis(random.u64(20..900)))
            .await;
        if visit.may_speak && random.u8(..) < 160 {
            number += 1;
            visit.say(n, number).await;
        }
    }
    if visit.may_speak && random.u8(0..4) == 0 {
        // Some go with their words still on the way.
        visit.put(n, number + 1, true).await;
    }
    visit.go(random).await;
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
            None => {
                self.socket
                    .drain_into(|text| take(&mut self.stay, text))
                    .await;
            }
        }
        self.stay.entered = self.ledger.now();
    }

    fn take(&mut self, text: &str) {
        if text.contains("MSG_ACK") && text.contains("delivered") {
            self.answers.push(true);
        } else if text.contains("MESSAGE_FAILED") {
            self.answers.push(false);
        }
        if text.contains("CHAT_OPENED") {
            self.may_speak = true;
        }
        if !text.contains("MSG_ACK") {
            take(&mut self.stay, text);
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

    /// Sends a text; whoever goes now does not wait for what becomes of it.
    async fn put(&mut self, n: usize, number: u32, is_cut: bool) -> String {
        let tongue = self.stay.tongue;
        let text = format!("{MARK}{tongue:?}-{n}-{}-{number}.", self.stay.id);
        let said = Said {
            tongue,
            place: self.stay.place.clone(),
            stay: self.stay.id,
            from: self.ledger.now(),
            until: None,
            is_cut,
        };
        self.ledger.said(&text, said);
        self.socket.send(&tongue.say(n, self.stay.id, &text)).await;
        text
    }

    /// Says something and stays until it knows what became of it.
    async fn say(&mut self, n: usize, number: u32) {
        let tongue = self.stay.tongue;
        let (answers, heard) = (self.answers.len(), self.stay.heard.len());
        let text = self.put(n, number, false).await;
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            self.listen(Duration::from_millis(10)).await;
            let is_told = match tongue {
                Tongue::Private => self.stay.heard[heard..].contains(&text),
                Tongue::Nested | Tongue::Flat => match self.answers.get(answers) {
                    Some(false) => return,
                    answer => answer.is_some(),
                },
                _ => self.ledger.is_observed(&text),
            };
            if is_told {
                return self.ledger.settled(&text);
            }
        }
        panic!("{text} was never told");
    }

    async fn go(mut self, random: &mut Rng) {
        // What was told to the observer before this moment is on its way to everybody: it stays until it has it.
        self.stay.left = self.ledger.now();
        let patience = Instant::now() + PATIENCE;
        while self.ledger.still_due(&self.stay).is_some() && Instant::now() < patience {
            self.listen(Duration::from_millis(10)).await;
        }
        match random.u8(0..3) {
            0 => self.socket.close().await,
            1 => self.socket.cut(),
            _ => self.socket.hang_up(),
        }
        self.ledger.stayed(self.stay);
    }
}

/// Keeps the texts that are counted.
fn take(stay: &mut Stay, frame: &str) {
    let mut rest = frame;
    while let Some(at) = rest.find(MARK) {
        let text = &rest[at..];
        let Some(end) = text.find('.') else { return };
        stay.heard.push(text[..=end].to_owned());
        rest = &text[end..];
    }
}

/// A desktop member in every topic, from before the first to after the last: its order is the order.
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
