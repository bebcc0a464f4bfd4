//! Honest people: two who speak the dialect, and two desktop members. Whatever somebody else does, they talk, and hear
//! nothing but each other, the one who means harm, and that somebody went.

use serde_json::Value;

use crate::raw::Raw;
use crate::support::member::Member;
use crate::support::room::{Room, Source};
use crate::support::socket::{Event, Socket};
use crate::tongue::{ALICE, BOB, CAROL, Heard, MALLORY, Tongue, Who};

/// An honest guest.
pub(crate) struct Guest {
    who: Who,
    tongue: Tongue,
    socket: Socket,
    /// Whose connections it was told are over.
    pub(crate) gone: Vec<String>,
    /// What it heard of the one who means harm.
    pub(crate) of_mallory: Vec<String>,
}

impl Guest {
    pub(crate) async fn join(room: &Room, tongue: Tongue, who: Who) -> Guest {
        let socket = room.socket(&tongue.path(who)).await.named(who.name);
        let mut guest = Guest {
            who,
            tongue,
            socket,
            gone: Vec::new(),
            of_mallory: Vec::new(),
        };
        if let Some((hello, answer)) = tongue.hello(who) {
            guest.socket.send_json(hello).await;
            if let Some(answer) = answer {
                guest.wait(answer).await;
            }
        }
        guest.socket.drain().await;
        guest
    }

    /// Opens a chat with somebody who is there, where the dialect asks for it.
    pub(crate) async fn open_chat(&mut self, other: Who) {
        if let Some(frame) = self.tongue.opening(other) {
            self.socket.send_json(frame).await;
            self.wait("CHAT_OPENED").await;
        }
    }

    async fn wait(&mut self, word: &str) {
        while !self.socket.text().await.contains(word) {}
    }

    pub(crate) async fn say(&mut self, to: Who, text: &str) {
        let frame = self.tongue.message(self.who, to, text);
        self.socket.send(&frame).await;
    }

    /// Hears until `from` says `text`.
    pub(crate) async fn hear(&mut self, from: &str, text: &str) {
        let wanted = Heard::Text {
            from: from.to_owned(),
            text: text.to_owned(),
        };
        while self.next().await != wanted {}
    }

    /// Hears until the one who means harm has said `text`, now or before.
    pub(crate) async fn hear_of_mallory(&mut self, text: &str) {
        while !self.of_mallory.iter().any(|said| said == text) {
            self.next().await;
        }
    }

    pub(crate) async fn leave(self) {
        self.socket.close().await;
    }

    /// Hears until so many were said to be gone.
    pub(crate) async fn hear_of_goings(&mut self, count: usize) {
        while self.gone.len() < count {
            self.next().await;
        }
    }

    /// The next frame; it must be one that an honest listener may get.
    async fn next(&mut self) -> Heard {
        let frame = match self.socket.next().await {
            Event::Text(frame) => frame,
            other => panic!("{}: {other:?}, and nobody meant it to end", self.who.name),
        };
        let heard = self.tongue.heard(&frame);
        match &heard {
            Heard::Text { from, text } => {
                if from.starts_with(&self.tongue.shown(MALLORY)) {
                    self.of_mallory.push(text.clone());
                }
                let known = [ALICE, BOB, CAROL, MALLORY].map(|who| self.tongue.shown(who));
                // `None`: a frame without a name, in the text form of `pair`.
                let is_known = ["Ann", "None"].contains(&from.as_str())
                    || known.iter().any(|name| from.starts_with(name.as_str()));
                assert!(is_known, "{}: who is this? {frame}", self.who.name);
            }
            Heard::Gone(who) => {
                let honest = [ALICE, BOB].map(|who| self.tongue.shown(who));
                // Two connections of `plain` with one id are two clients.
                let is_there = honest.contains(who) && self.tongue != Tongue::Plain;
                assert!(!is_there, "{}: {who} is still there", self.who.name);
                self.gone.push(who.clone());
            }
            Heard::Other => self.check_presence(&frame),
        }
        let is_private = self.tongue == Tongue::Private && self.who != CAROL;
        assert!(
            !is_private
                || matches!(&heard, Heard::Text { from, .. } if [ALICE.name, BOB.name].contains(&from.as_str())),
            "{}: another room's frame came: {frame}",
            self.who.name
        );
        heard
    }

    /// A list of who is here names the honest.
    fn check_presence(&self, frame: &str) {
        if self.tongue == Tongue::Nested && frame.contains(r#""PRESENCE""#) {
            let frame: Value = serde_json::from_str(frame).expect("JSON");
            let users = frame["data"]["users"].as_array().expect("a list");
            for honest in [ALICE, BOB] {
                assert!(
                    users
                        .iter()
                        .any(|user| user["user_id"] == honest.id().as_str()),
                    "{} is not in {frame}",
                    honest.name
                );
            }
        }
    }
}

/// All of them, in a room of their own.
pub(crate) struct Company {
    pub(crate) room: Room,
    pub(crate) tongue: Tongue,
    pub(crate) alice: Guest,
    pub(crate) bob: Guest,
    ann: Member,
    bo: Member,
    rounds: usize,
    /// How often the one who means harm came in.
    visits: usize,
}

impl Company {
    /// In a room without rates.
    pub(crate) async fn meet(tongue: Tongue) -> Company {
        Company::meet_in(tongue, &["--rate-limit", "off"]).await
    }

    pub(crate) async fn meet_in(tongue: Tongue, arguments: &[&str]) -> Company {
        let program = Source::Binary(env!("CARGO_BIN_EXE_landline-cli").into());
        let room = Room::start(&program, arguments);
        let topic = tongue.topic().unwrap_or("lobby");
        let mut alice = Guest::join(&room, tongue, ALICE).await;
        let mut bob = Guest::join(&room, tongue, BOB).await;
        let ann = room.member("Ann", &[topic]).await;
        let bo = room.member("Bo Two", &[topic]).await;
        alice.open_chat(BOB).await;
        bob.open_chat(ALICE).await;
        // What came while they met is theirs.
        alice.socket.drain().await;
        bob.socket.drain().await;
        let mut company = Company {
            room,
            tongue,
            alice,
            bob,
            ann,
            bo,
            rounds: 0,
            visits: 0,
        };
        company.talk().await;
        company
    }

    /// Somebody comes who means harm.
    pub(crate) async fn mallory(&mut self) -> Raw {
        if self.tongue == Tongue::Activity {
            // The name is taken until the last one is known to be gone.
            self.bob.hear_of_goings(self.visits).await;
        }
        self.visits += 1;
        Raw::join(&self.room.addr, self.tongue, MALLORY).await
    }

    /// All visits are over, and whoever is told of that was told once each time.
    pub(crate) async fn mallory_is_gone(&mut self) {
        if self.tongue.tells_who_goes() {
            self.bob.hear_of_goings(self.visits).await;
            self.talk().await;
            assert_eq!(self.bob.gone.len(), self.visits, "each going is told once");
        }
    }

    /// Everybody hears everybody whom they are to hear.
    pub(crate) async fn talk(&mut self) {
        self.rounds += 1;
        let round = self.rounds;
        let [from_alice, from_bob, from_ann] =
            ["alice", "bob", "ann"].map(|who| format!("round {round} of {who}"));
        self.alice.say(BOB, &from_alice).await;
        self.bob.hear(&self.tongue.shown(ALICE), &from_alice).await;
        self.bob.say(ALICE, &from_bob).await;
        self.alice.hear(&self.tongue.shown(BOB), &from_bob).await;
        let topic = self.tongue.topic();
        self.ann.post(topic.unwrap_or("lobby"), &from_ann).await;
        while self.bo.message().await["content"] != from_ann.as_str() {}
        if topic.is_some() {
            self.bob.hear("Ann", &from_ann).await;
            while self.ann.message().await["content"] != from_bob.as_str() {}
        }
    }

    /// It is as it was before: a newcomer is served, and the room has no complaint.
    pub(crate) async fn is_well(&mut self) {
        self.talk().await;
        let newcomer = Guest::join(&self.room, self.tongue, CAROL).await;
        newcomer.leave().await;
        self.talk().await;
        self.room.get("/api/health").await.expect_status(200);
        let folder = self.room.folder().expect("the room is ours");
        let log = std::fs::read_to_string(folder.join("log.txt")).expect("a log");
        for fault in ["panicked", "a session failed"] {
            assert!(!log.contains(fault), "{fault}:\n{log}");
        }
    }
}
