//! One connection of either form.

mod hearing;
mod posting;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::{ChatRef, Event, Person, Request, SessionId, Standing};
use landline_protocol::{CloseCode, DisplayName, MessageId, Timestamp, UserId, Via};

use super::form::Form;
use super::presence::Told;
use super::problem::Problem;
use super::reading::{Envelope, Hello, Kind, envelope};
use super::state::{Parcel, Roster, Saying, Tell};
use super::writing::Frame;
use super::{Fastchat, Inner};
use crate::dialect::{Entrance, Note, Speaker, Step};
use crate::outlet::Line;

/// A connection.
pub(crate) struct Talker {
    shared: Arc<Fastchat>,
    form: Form,
    /// Whom it said hello as.
    me: Option<(UserId, Hello)>,
    /// Since the hub was asked to let it in.
    conn: Option<SessionId>,
    /// Whether it said hello, and waits for the answer; nothing else is read meanwhile.
    is_greeting: bool,
    is_in: bool,
    roster: Roster,
    told: Told,
    /// To be posted, one after the other: the hub may put one off.
    queue: VecDeque<Parcel>,
    unanswered: Option<MessageId>,
    /// Posted, and not known to be written or not, with their authors.
    outstanding: HashMap<MessageId, UserId>,
    /// When a message of somebody has waited long enough.
    wake_at: Option<Timestamp>,
}

type Steps = Vec<Step>;

impl Talker {
    pub(crate) fn new(shared: Arc<Fastchat>, form: Form) -> Talker {
        Talker {
            shared,
            form,
            me: None,
            conn: None,
            is_greeting: false,
            is_in: false,
            roster: Roster::new(),
            told: Told::default(),
            queue: VecDeque::new(),
            unanswered: None,
            outstanding: HashMap::new(),
            wake_at: None,
        }
    }

    fn say(&self, frame: &Frame, out: &mut Steps) {
        out.extend(frame.text(self.form).map(|text| Step::Say(text.into())));
    }

    fn refuse(&self, problem: Problem, out: &mut Steps) {
        self.say(&Frame::Error(problem), out);
    }

    /// Does something with the shared state and says what comes of it, here and elsewhere.
    fn with(&mut self, out: &mut Steps, act: impl FnOnce(&mut Inner, &Roster) -> Vec<Tell>) {
        let conn = self.conn;
        let roster = &self.roster;
        let (mine, wake_at) = self.shared.with(|inner| {
            let tells = act(inner, roster);
            (inner.send(tells, conn), inner.state.wake_at())
        });
        self.wake_at = wake_at;
        for frame in mine {
            self.say(&frame, out);
        }
    }

    fn read(&mut self, frame: &Envelope, now: Timestamp, out: &mut Steps) -> Result<(), Problem> {
        let form = self.form;
        if frame.kind == Kind::Hello {
            return self.hello(frame, out);
        }
        let (Some((me, _)), Some(conn), true) = (&self.me, self.conn, self.is_in) else {
            return Err(Problem::HelloFirst);
        };
        let me = *me;
        if let Err(wait) = self
            .shared
            .with(|inner| inner.state.pace(conn, frame.kind, now))
        {
            if frame.kind == Kind::Typing {
                let partner = self.shared.with(|inner| inner.state.typing_stops(conn));
                if let Some(partner) = partner {
                    self.tell_typing(me, partner, false, out);
                }
            }
            return Err(Problem::TooMany(frame.message_id(form), wait));
        }
        match frame.kind {
            Kind::Hello => {}
            Kind::OpenChat => {
                let target = frame.target(me)?;
                self.open(conn, target, now, out)?;
            }
            Kind::Msg => {
                let draft = frame.draft(form, me)?;
                let roster = &self.roster;
                let said = self
                    .shared
                    .with(|inner| inner.state.say(conn, draft, roster, now))?;
                match said {
                    Saying::Post(parcel) => {
                        self.queue.push_back(parcel);
                        self.post(out);
                    }
                    Saying::Told(tells) => self.with(out, |_, _| tells),
                }
            }
            Kind::Typing => {
                let is_typing = frame.is_typing()?;
                let partner = self
                    .shared
                    .with(|inner| inner.state.typing(conn, is_typing, now))?;
                self.tell_typing(me, partner, is_typing, out);
            }
            Kind::Ping => {
                frame.check(form)?;
                self.say(&Frame::Pong(now), out);
            }
            Kind::MsgAck | Kind::Pong => frame.check(form)?,
        }
        Ok(())
    }

    fn hello(&mut self, frame: &Envelope, out: &mut Steps) -> Result<(), Problem> {
        if self.is_in && self.form == Form::Flat {
            return Ok(());
        }
        let hello = frame.hello(self.form)?;
        let user = match &self.me {
            Some((me, _)) if self.is_in && hello.user_id.is_some_and(|user| user != *me) => {
                return Err(Problem::Field(
                    "user_id",
                    "This connection already has another user_id",
                ));
            }
            Some((me, _)) if self.is_in => *me,
            _ => hello.user_id.unwrap_or_else(UserId::fresh),
        };
        let person = Person {
            user_id: user,
            name: DisplayName::lenient(&hello.name),
            via: Via::Fastchat,
        };
        self.me = Some((user, hello));
        self.is_greeting = true;
        out.push(Step::Enter(Entrance {
            person,
            token: None,
            standing: Standing::Roster,
            words: self.shared.clone(),
        }));
        Ok(())
    }

    fn open(
        &mut self,
        conn: SessionId,
        target: UserId,
        now: Timestamp,
        out: &mut Steps,
    ) -> Result<(), Problem> {
        let roster = &self.roster;
        let opened = self
            .shared
            .with(|inner| inner.state.open(conn, target, roster, now))?;
        let is_member = self.shared.with(|inner| inner.state.is_member(target));
        self.with(out, |_, _| opened);
        if is_member {
            out.push(Step::Ask(Request::OpenDirect(target)));
        }
        Ok(())
    }

    /// Dialect users are told at once, members of the room through the hub.
    fn tell_typing(&mut self, me: UserId, partner: UserId, is_typing: bool, out: &mut Steps) {
        let is_member = self.shared.with(|inner| inner.state.is_member(partner));
        if is_member {
            let chat = ChatRef::Direct(partner);
            return out.push(Step::Ask(Request::Typing { chat, is_typing }));
        }
        self.with(out, |inner, _| {
            inner.state.tell_typing(me, partner, is_typing)
        });
    }
}

impl Speaker for Talker {
    fn entered(&mut self, line: &Line, _now: Timestamp, _out: &mut Steps) {
        let Some((user, hello)) = &self.me else {
            return;
        };
        let conn = line.session();
        self.conn = Some(conn);
        self.shared.with(|inner| {
            inner.lines.insert(conn, line.clone());
            inner.state.connect(conn, *user, hello, self.form);
        });
    }

    fn hear(&mut self, text: &Utf8Bytes, now: Timestamp, out: &mut Steps) {
        let read = envelope(self.form, text).and_then(|frame| self.read(&frame, now, out));
        if let Err(problem) = read {
            self.refuse(problem, out);
        }
    }

    fn hear_binary(&mut self, _now: Timestamp, out: &mut Steps) {
        self.refuse(Problem::NotJson, out);
    }

    fn told(&mut self, event: &Event, now: Timestamp, out: &mut Steps) {
        match event {
            Event::Welcome { person, .. } => {
                if let (Some((_, hello)), Some(conn), true) = (&self.me, self.conn, self.is_in) {
                    self.shared
                        .with(|inner| inner.state.rename(conn, &hello.name, now));
                }
                self.say(&Frame::HelloAck(person.user_id), out);
            }
            Event::Presence {
                people,
                complete: true,
                ..
            } => self.presence(people, now, out),
            Event::Said(entry) => self.said(entry, now, out),
            Event::DirectOpened { opener, me, .. } if opener != me => {
                let (me, opener) = (*me, *opener);
                self.with(out, |inner, roster| {
                    inner.state.hear(me, opener, roster, now)
                });
            }
            Event::Typing {
                person,
                to: Some(to),
                is_typing,
                ..
            } => {
                let name = person.name.as_str().into();
                let frame = Frame::Typing {
                    user: person.user_id,
                    name,
                    is_typing: *is_typing,
                };
                if self.me.as_ref().is_some_and(|(me, _)| me == to) {
                    self.say(&frame, out);
                }
            }
            Event::Acked {
                message_id, dup, ..
            } => self.acked(message_id, *dup, now, out),
            Event::Refused(refusal) => self.refused(refusal, now, out),
            _ => {}
        }
    }

    fn note(&mut self, note: Note, now: Timestamp, out: &mut Steps) {
        match note {
            Note::Written(id) => {
                if let Some(author) = self.outstanding.remove(&id) {
                    self.with(out, |inner, _| inner.state.written(author, &id, now));
                }
            }
            Note::NotWritten(id) => {
                if let Some(author) = self.outstanding.remove(&id) {
                    self.with(out, |inner, _| inner.state.not_written(author, &id, now));
                }
            }
            Note::Look => self.with(out, |_, _| Vec::new()),
        }
        self.post(out);
    }

    fn wake_at(&self) -> Option<Timestamp> {
        self.wake_at
    }

    fn wake(&mut self, now: Timestamp, out: &mut Steps) {
        self.with(out, |inner, _| inner.state.expire(now));
    }

    fn turned_away(&mut self, wait: Duration, _now: Timestamp, out: &mut Steps) {
        let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        self.refuse(Problem::TooMany(None, wait), out);
        out.push(Step::end(CloseCode::Policy, "too many new people"));
    }

    fn in_flight_max(&self) -> usize {
        // What follows a hello is read when it was answered.
        usize::from(!self.is_greeting)
    }

    fn ended(&mut self, now: Timestamp) {
        if let Some(conn) = self.conn.take() {
            self.shared.with(|inner| {
                inner.lines.remove(&conn);
                let tells = inner.state.disconnect(conn, now);
                inner.send(tells, None);
            });
        }
    }
}
