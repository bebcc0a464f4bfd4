//! `fastchat`: chats of two. Who is online is shown; lines go to the one whose chat is open.

use std::time::Duration;

use serde_json::json;
use uuid::Uuid;

use crate::args::{FormWord, Join};
use crate::member::{self, wrong};

use super::{Act, Call, Speaker};

mod form;
mod online;
mod sent;
use form::{Form, Person, Told};
use online::Online;
use sent::Outgoing;

/// As its own client does.
const PING_EVERY: Duration = Duration::from_secs(15);
/// As its own client does; who is silent there is not in the list of who is online.
const PRESENT_EVERY: Duration = Duration::from_secs(45);
/// Where this device keeps who it is in this dialect. Not the member's id: everybody online sees this one.
const USER_ID_SETTING: &str = "fastchat.user_id";

/// The speaker that the command line asks for.
pub(super) fn speaker(args: &Join) -> anyhow::Result<FastChat> {
    let form = match args.older.form {
        Some(FormWord::Nested) => Form::Nested,
        _ => Form::Flat,
    };
    let name = match form {
        Form::Nested => super::checked_name(&args.member),
        Form::Flat => super::name(&args.member),
    };
    if name.is_empty() || name.chars().count() > 100 {
        wrong("--as: display_name must be 1-100 characters");
    }
    let store = member::memory(&args.member)?;
    let id = if let Some(id) = store.setting(USER_ID_SETTING)? {
        id
    } else {
        let id = Uuid::new_v4().to_string();
        store.set_setting(USER_ID_SETTING, &id)?;
        id
    };
    let session = Uuid::new_v4().to_string();
    let to = args.older.to.clone();
    Ok(FastChat::new(form, Person { id, name }, to, session))
}

/// The dialect.
pub(super) struct FastChat {
    form: Form,
    me: Person,
    /// Names this run, and the messages of it.
    session: String,
    messages: u64,
    greeted: bool,
    online: Online,
    /// Whose chat is open.
    partner: Option<Person>,
    /// The name or id of whom I want to talk with; lines wait for them.
    wanted: Option<String>,
    /// What the person was told last about whom they wait for.
    waits_with: String,
    /// Their chat was asked for and has no answer yet.
    opening: Option<Person>,
    sent: Outgoing,
}

impl FastChat {
    fn new(form: Form, me: Person, to: Option<String>, session: String) -> FastChat {
        FastChat {
            form,
            me,
            session,
            messages: 0,
            greeted: false,
            online: Online::default(),
            waits_with: String::new(),
            partner: None,
            wanted: to,
            opening: None,
            sent: Outgoing::default(),
        }
    }

    fn hello(&mut self) -> Vec<Act> {
        self.greeted = true;
        self.online.clear();
        vec![Act::tell(format!("You are {}", self.me.name))]
    }

    /// Tells who came and went, and asks for the chat that is wanted if it can be had now.
    fn presence(&mut self, changes: Vec<String>) -> Vec<Act> {
        let mut acts: Vec<Act> = changes.into_iter().map(Act::Tell).collect();
        acts.extend(self.reach());
        acts
    }

    /// Asks for the chat that is wanted, if that person is online and it was not asked for yet.
    fn reach(&mut self) -> Vec<Act> {
        let (Some(wanted), true, None) = (&self.wanted, self.greeted, &self.opening) else {
            return Vec::new();
        };
        let words = match &self.online.called(wanted)[..] {
            [] => format!("Waiting for {} to come online", self.online.name_of(wanted)),
            [person] => {
                self.waits_with.clear();
                self.opening = Some(person.clone());
                return vec![Act::Send(self.form.open(person))];
            }
            several => {
                let each = |one: &Person| format!("{} ({})", one.name, one.id);
                let several: Vec<String> = several.iter().map(each).collect();
                let several = several.join(", ");
                format!("Several are called {wanted}, choose one with /chat and the id: {several}")
            }
        };
        if self.waits_with == words {
            return Vec::new();
        }
        self.waits_with.clone_from(&words);
        vec![Act::Tell(words)]
    }

    fn want(&mut self, wanted: &str) -> Vec<Act> {
        self.wanted = Some(wanted.to_owned());
        self.opening = None;
        self.waits_with.clear();
        self.reach()
    }

    fn opened_with(&mut self, person: Person) -> Vec<Act> {
        self.online.learn(&person);
        let is_wanted = self.opening.as_ref().is_some_and(|one| one.id == person.id)
            || self.wanted.as_deref() == Some(&person.id);
        if is_wanted {
            (self.wanted, self.opening) = (None, None);
        } else if self.wanted.is_some() || (self.form == Form::Nested && self.partner.is_some()) {
            // Words that were meant for another do not go to whoever knocks.
            let name = &person.name;
            return vec![Act::tell(format!(
                "{name} opened a chat with you; /chat {name} answers"
            ))];
        }
        if self.partner.as_ref() == Some(&person) {
            return Vec::new();
        }
        let words = format!("Talking with {}", person.name);
        self.partner = Some(person);
        vec![Act::Tell(words)]
    }

    fn wrote(&mut self, mut from: Person, text: &str, confirm: Option<String>) -> Vec<Act> {
        if from.name.is_empty() {
            from.name = self.online.name_of(&from.id);
        }
        let mut acts = vec![Act::said(&from.name, text)];
        acts.extend(confirm.map(Act::Send));
        if self.partner.is_none() && self.wanted.is_none() {
            acts.push(Act::tell(format!("Talking with {}", from.name)));
            self.partner = Some(from);
        }
        acts
    }

    fn acked(&mut self, message_id: &str, arrived: bool) -> Vec<Act> {
        if !arrived {
            self.sent.named(message_id);
            return Vec::new();
        }
        let text = self.sent.take(message_id);
        text.map(|text| Act::mine(&self.me.name, &text))
            .into_iter()
            .collect()
    }

    fn error(&mut self, code: &str, why: &str, message_id: Option<&str>) -> Vec<Act> {
        let is_of_opening = matches!(code, "USER_NOT_FOUND" | "INVALID_OPEN_CHAT");
        if is_of_opening && let Some(person) = self.opening.take() {
            // They may come back; presence tells.
            self.online.forget(&person.id);
            return vec![Act::tell(format!("{}: {why}", person.name))];
        }
        let about_hello = matches!(code, "UNAUTHORIZED" | "HELLO_REQUIRED");
        let refused = match message_id {
            Some(message_id) => self.sent.take(message_id),
            None if about_hello => None,
            None => self.sent.take_oldest(),
        };
        vec![Act::Tell(match refused {
            Some(text) => format!("not sent: \"{text}\": {why}"),
            None => format!("refused: {why}"),
        })]
    }
}

impl Speaker for FastChat {
    fn opened(&mut self) -> Vec<Act> {
        vec![Act::Send(self.form.hello(&self.me, &self.session))]
    }

    fn heard(&mut self, frame: &str) -> Vec<Act> {
        let Some(told) = self.form.read(frame, &self.me) else {
            return vec![Act::Line(frame.to_owned())];
        };
        match told {
            Told::Hello => self.hello(),
            Told::Online(people) => {
                let changes = self.online.are(people);
                self.presence(changes)
            }
            Told::Came(people) => {
                let changes = self.online.came(people);
                self.presence(changes)
            }
            Told::Went(people) => {
                let changes = self.online.went(&people);
                self.presence(changes)
            }
            Told::Opened(person) => self.opened_with(person),
            Told::Wrote {
                from,
                text,
                confirm,
            } => self.wrote(from, &text, confirm),
            Told::Acked {
                message_id,
                arrived,
            } => self.acked(&message_id, arrived),
            Told::Error {
                code,
                message,
                message_id,
            } => self.error(&code, &message, message_id.as_deref()),
            Told::Nothing => Vec::new(),
        }
    }

    fn say(&mut self, text: String) -> Vec<Act> {
        let Some(partner) = &self.partner else {
            return vec![Act::Tell(format!(
                "not sent: \"{text}\": open a chat first with /chat NAME; /list shows who is online"
            ))];
        };
        self.messages += 1;
        let message_id = format!("{}-{}", self.session, self.messages);
        let frame = self.form.message(partner, &text, &message_id);
        self.sent
            .push((self.form == Form::Nested).then_some(message_id), text);
        vec![Act::Send(frame)]
    }

    fn list(&mut self) -> Vec<Act> {
        let online = match &self.online.names()[..] {
            [] => "Nobody else is online".to_owned(),
            names => format!("Online: {}", names.join(", ")),
        };
        let chat = match (&self.partner, &self.wanted) {
            (_, Some(wanted)) => format!("waiting for {}", self.online.name_of(wanted)),
            (Some(partner), None) => format!("talking with {}", partner.name),
            (None, None) => "no chat is open".to_owned(),
        };
        vec![Act::Tell(format!("{online}; {chat}"))]
    }

    fn command(&mut self, word: &str, rest: &str) -> Option<Vec<Act>> {
        match (word, rest) {
            ("/chat", "") => Some(vec![Act::tell(
                "/chat needs a name or an id; /list shows who is online",
            )]),
            ("/chat", wanted) => Some(self.want(wanted)),
            _ => None,
        }
    }

    fn help(&self) -> &'static str {
        "/chat NAME      talk with this person, by name or id\n/list           who is online\n"
    }

    fn is_ready(&self) -> bool {
        self.greeted && self.wanted.is_none()
    }

    fn unconfirmed(&self) -> usize {
        self.sent.len()
    }

    fn beat(&self) -> Option<(Duration, String)> {
        Some((PING_EVERY, self.form.ping()))
    }

    fn call(&self) -> Option<Call> {
        let body = json!({"display_name": self.me.name, "user_id": self.me.id});
        (self.form == Form::Flat).then(|| Call {
            every: PRESENT_EVERY,
            path: "/presence/heartbeat",
            body: body.to_string(),
        })
    }

    fn broken(&mut self) -> Vec<String> {
        self.greeted = false;
        self.opening = None;
        // A server that was started again may not know of the chat.
        if self.wanted.is_none() {
            self.wanted = self.partner.as_ref().map(|one| one.id.clone());
        }
        self.sent.take_all()
    }
}

#[cfg(test)]
#[path = "fastchat/tests.rs"]
mod tests;
