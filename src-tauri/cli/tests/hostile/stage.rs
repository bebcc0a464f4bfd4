//! A room with honest people of one form in it and a member of the desktop protocol beside them, who go on talking
//! whatever happens. At the end each of them says whether anything was lost, doubled, out of order, or too much.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::forms::{Form, MEMBER, Reach};
use crate::people::landline::frame;
use crate::people::{Seen, To, Who};
use crate::support::PATIENCE;
use crate::support::room::{Room, Source};
use crate::watcher::Watcher;

/// Words that the honest ones say begin so.
pub(crate) const HONEST: &str = "honest";
/// Words of the hostile ones begin so, and go on with a number for each of them and a number for each of its words.
pub(crate) const HOSTILE: &str = "hostile";

pub(crate) struct Stage {
    pub(crate) room: Room,
    pub(crate) form: &'static Form,
    pub(crate) ann: Watcher,
    pub(crate) bob: Watcher,
    /// A member of the desktop protocol in the same topic.
    pub(crate) mira: Watcher,
    /// In private rooms ann and bob have theirs; this one waits alone, and the hostile one is let in there.
    pub(crate) victim: Option<Watcher>,
    before: Value,
    said: usize,
}

impl Stage {
    pub(crate) async fn set(form: &'static Form, arguments: &[&str]) -> Stage {
        let source = Source::Binary(env!("CARGO_BIN_EXE_landline-cli").into());
        let room = Room::start(&source, arguments);
        let mira = Watcher::enter(&room, MEMBER, Who::new("Mira"), form.place).await;
        let come = async |n, name| {
            Watcher::enter(&room, form.dialect, form.person(n, name), form.place).await
        };
        let (ann, bob) = (come(1, "Ann").await, come(2, "Bob").await);
        let victim = match form.reach {
            Reach::Two => Some(come(3, "Vic").await),
            Reach::Topic | Reach::One => None,
        };
        let mut stage = Stage {
            room,
            form,
            ann,
            bob,
            mira,
            victim,
            before: Value::Null,
            said: 0,
        };
        // The first round opens what there is to open.
        stage.talk().await;
        for watcher in stage.all() {
            watcher.begin().await;
        }
        stage.before = stage.counts().await;
        stage
    }

    pub(crate) fn all(&mut self) -> impl Iterator<Item = &mut Watcher> {
        [&mut self.ann, &mut self.bob, &mut self.mira]
            .into_iter()
            .chain(&mut self.victim)
    }

    /// Whom the hostile one speaks to where it has to choose.
    pub(crate) fn victim(&self) -> &Watcher {
        self.victim.as_ref().unwrap_or(&self.bob)
    }

    /// Those who hear what the hostile one says.
    pub(crate) fn hearers(&mut self) -> Vec<&mut Watcher> {
        match (self.form.reach, &mut self.victim) {
            (Reach::Topic, _) => vec![&mut self.ann, &mut self.bob, &mut self.mira],
            (_, Some(victim)) => vec![victim],
            (_, None) => vec![&mut self.bob],
        }
    }

    /// Those who are told when the hostile one goes.
    pub(crate) fn told(&mut self) -> Vec<&mut Watcher> {
        match &mut self.victim {
            _ if !self.form.tells_going => Vec::new(),
            Some(victim) => vec![victim],
            None => vec![&mut self.ann, &mut self.bob],
        }
    }

    /// One round of the honest conversation, each word awaited by those whom it is for.
    pub(crate) async fn talk(&mut self) {
        self.talk_of("").await;
    }

    /// The same with so much more to say.
    pub(crate) async fn talk_of(&mut self, more: &str) {
        let mut next = || {
            self.said += 1;
            format!("{HONEST} {}{more}", self.said)
        };
        let place = To::Place(self.form.place);
        let (ann, bob, mira) = (&mut self.ann, &mut self.bob, &mut self.mira);
        match self.form.reach {
            Reach::Topic => {
                say_to(place, &next(), ann, &mut [bob, mira]).await;
                say_to(place, &next(), bob, &mut [ann, mira]).await;
                say_to(
                    place,
                    &format!("{HONEST} {}", self.said + 1),
                    mira,
                    &mut [ann, bob],
                )
                .await;
                self.said += 1;
            }
            Reach::Two => {
                say_to(place, &next(), ann, &mut [bob]).await;
                say_to(place, &next(), bob, &mut [ann]).await;
                if let Some(victim) = &mut self.victim {
                    say_to(place, &next(), victim, &mut []).await;
                }
            }
            Reach::One => {
                let [to_ann, to_bob, to_mira] = [&*ann, bob, mira].map(|one| one.who.clone());
                say_to(To::Person(&to_bob), &next(), ann, &mut [bob]).await;
                say_to(To::Person(&to_ann), &next(), bob, &mut [ann]).await;
                say_to(To::Person(&to_mira), &next(), ann, &mut [mira]).await;
                say_to(To::Person(&to_ann), &next(), mira, &mut [ann]).await;
            }
        }
    }

    /// Waits until the hearers have these words of a hostile one.
    pub(crate) async fn hear(&mut self, words: &str) {
        for hearer in self.hearers() {
            let is_it = |seen: &Seen| matches!(seen, Seen::Said(_, text) if text == words);
            hearer.until(is_it).await;
        }
    }

    /// Waits until those who are told have heard that so many went, and until nothing is left of anybody but the honest.
    pub(crate) async fn is_clean(&mut self, gone: usize) {
        for watcher in self.told() {
            watcher.sees_go(gone).await;
        }
        let end = Instant::now() + PATIENCE;
        loop {
            let now = self.counts().await;
            if now == self.before {
                return;
            }
            let before = &self.before;
            assert!(
                Instant::now() < end,
                "something is left\n  before {before}\n  after  {now}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until those who are told when somebody comes, with a name, were told of this one.
    pub(crate) async fn see_come(&mut self, who: &Who) {
        if self.form.tells_going && self.form.reach == Reach::One {
            for watcher in self.told() {
                let is_it = |seen: &Seen| matches!(seen, Seen::Came(ids) if ids.contains(&who.id));
                watcher.until(is_it).await;
            }
        }
    }

    /// Whether those who are told have heard by now that so many went, and nothing is left of anybody but the honest.
    pub(crate) async fn is_told_of(&mut self, gone: usize) -> bool {
        for watcher in self.told() {
            watcher.catch_up().await;
            if watcher.told_to_go() < gone {
                return false;
            }
        }
        self.counts().await == self.before
    }

    /// All that the room counts and lists.
    async fn counts(&mut self) -> Value {
        let health = self.room.get("/health").await.json();
        let stats = self.room.get("/stats").await.json();
        assert_eq!(stats["server"], "Landline");
        let online = self.room.get("/presence/online").await.json();
        let mut users: Vec<_> = online["users"].as_array().expect("users").iter().collect();
        users.sort_by_key(|user| user["user_id"].to_string());
        let users: Vec<_> = users.into_iter().map(|user| &user["user_id"]).collect();
        assert_eq!(online["count"], users.len());
        json!({
            "connections": health["connections"], "stats": stats["connections"], "online": users,
            "topics": self.topics().await,
        })
    }

    /// The topics as the member is told of them, with who is there.
    async fn topics(&mut self) -> Value {
        let old = self.mira.count(|seen| matches!(seen, Seen::Topics(_)));
        self.mira
            .socket
            .send(&frame("LIST_TOPICS", json!({})))
            .await;
        while self.mira.count(|seen| matches!(seen, Seen::Topics(_))) == old {
            self.mira.next().await;
        }
        let Some(Seen::Topics(topics)) =
            (self.mira.seen.iter().rev()).find(|seen| matches!(seen, Seen::Topics(_)))
        else {
            unreachable!("it was just counted");
        };
        let topics = topics.as_array().expect("topics");
        let row = |topic: &Value| json!([topic["topic"], topic["member_count"], topic["guests"]]);
        topics.iter().map(row).collect()
    }
}

/// One says something; it, where it is told its own words, and these others hear it.
async fn say_to(to: To<'_>, text: &str, speaker: &mut Watcher, hearers: &mut [&mut Watcher]) {
    speaker.say(to, text).await;
    speaker.spoke += 1;
    let name = speaker.dialect.known_as(&speaker.who);
    if speaker.dialect.echoes() {
        // A member is shown by its name in a topic and by its id in a direct chat.
        let own = match to {
            To::Place(_) => speaker.who.name.clone(),
            To::Person(_) => speaker.who.id.clone(),
        };
        speaker.hears(&own, text).await;
    }
    for hearer in hearers {
        let name = match to {
            To::Place(_) => name.clone(),
            To::Person(_) => speaker.who.id.clone(),
        };
        hearer.hears(&name, text).await;
    }
}
