//! Saying something: check, append, and only after the commit deliver and acknowledge.

use std::sync::Arc;

use landline_protocol::{Code, EntryKind, MessageId, Timestamp, UserId};

use crate::command::{ChatKey, ChatRef, SessionId};
use crate::effect::{Audience, DirectSummary, Effect, Entry, Event, Refusal};
use crate::held::Held;
use crate::limits::{APPENDS_CAP, BUSY_RETRY_MS, DISK_RETRY_MS};
use crate::ports::{Append, Appended, Outcome};
use crate::state::Hub;

impl Hub {
    pub(crate) fn post(
        &mut self,
        session: SessionId,
        chat: &ChatRef,
        body: Arc<str>,
        message_id: MessageId,
        now: Timestamp,
    ) {
        match self.check_order_and_post(session, chat, &message_id, now) {
            Err(refusal) => {
                let message_id = Some(message_id);
                self.refuse(
                    session,
                    Refusal {
                        message_id,
                        ..refusal
                    },
                );
            }
            Ok(key) => {
                self.unanswered += 1;
                let author = self.sessions[&session].person.clone();
                self.effects.push(Effect::Append(Append {
                    session,
                    chat: key,
                    author,
                    kind: EntryKind::Text,
                    body,
                    message_id,
                    at: now,
                    attempt: self.attempt,
                }));
            }
        }
    }

    /// Whether this message may go on, and none that was put off before it is still to come.
    fn check_order_and_post(
        &mut self,
        session: SessionId,
        chat: &ChatRef,
        message_id: &MessageId,
        now: Timestamp,
    ) -> Result<ChatKey, Refusal> {
        let blocked = self.sessions[&session].held.blocks(message_id, now);
        if let Some((first, code)) = blocked {
            return Err(Refusal {
                retry_after_ms: Some(BUSY_RETRY_MS),
                retry_from: Some(first.clone()),
                ..Refusal::new(code, "An earlier message was put off; send that one first")
            });
        }
        let checked = self.check_post(session, chat, now);
        match &checked {
            Ok(_) => self.hold(session, Held::release),
            Err(refusal) => {
                let wait = refusal
                    .retry_after_ms
                    .and_then(|wait| i64::try_from(wait).ok());
                if let Some(wait) = wait {
                    let code = refusal.code;
                    self.hold(session, |held| held.hold(message_id, code, wait, now));
                }
            }
        }
        checked.map_err(|refusal| Refusal {
            retry_from: refusal.retry_after_ms.map(|_| message_id.clone()),
            ..refusal
        })
    }

    fn hold(&mut self, session: SessionId, change: impl FnOnce(&mut Held)) {
        if let Some(session) = self.sessions.get_mut(&session) {
            change(&mut session.held);
        }
    }

    fn check_post(
        &mut self,
        session: SessionId,
        chat: &ChatRef,
        now: Timestamp,
    ) -> Result<ChatKey, Refusal> {
        if let ChatRef::Topic(name) = chat
            && !self.sessions[&session].topics.contains(name)
        {
            let refusal = Refusal::new(Code::NotInTopic, "Join the topic before you write in it");
            return Err(Refusal {
                topic: Some(name.clone()),
                ..refusal
            });
        }
        let key = self.resolve(session, chat)?;
        if self.unanswered >= APPENDS_CAP {
            let refusal = Refusal::new(Code::Busy, "The host's disk is behind; try again");
            return Err(Refusal {
                retry_after_ms: Some(BUSY_RETRY_MS),
                ..refusal
            });
        }
        if let Some(until) = self.disk_broken_until {
            if now < until {
                return Err(read_only(until.0 - now.0));
            }
            // One message is let through to see whether the disk is well again; the others wait for what becomes of it.
            self.disk_broken_until = Some(Timestamp(now.0 + DISK_RETRY_MS));
        }
        Ok(key)
    }

    pub(crate) fn committed(&mut self, appended: Vec<Appended>) {
        self.disk_broken_until = None;
        self.unanswered = self.unanswered.saturating_sub(appended.len());
        for Appended { session, outcome } in appended {
            let answer = match outcome {
                Outcome::Stored(entry) => self.stored(&entry),
                Outcome::Known(message_id, position) => Event::Acked {
                    message_id,
                    position,
                    dup: true,
                },
                Outcome::Conflict(message_id) => Event::Refused(Refusal {
                    message_id: Some(message_id),
                    ..Refusal::new(
                        Code::MessageConflict,
                        "You used this message_id for another message",
                    )
                }),
            };
            // The session may be gone; the author then sends again and learns that the message is known.
            if self.sessions.contains_key(&session) {
                self.tell(Audience::One(session), answer);
            }
        }
    }

    fn stored(&mut self, entry: &Arc<Entry>) -> Event {
        match &entry.chat {
            ChatKey::Topic(name) => {
                self.topics.set_head(name, entry.position);
                if let Some(audience) = self.topics.audience(name) {
                    self.tell(Audience::Many(audience, None), Event::Said(entry.clone()));
                }
            }
            ChatKey::Direct(low, high) => {
                let is_new = self.set_direct_head(*low, *high, entry.position, entry.at);
                let both = [*low, *high]
                    .map(|user| self.people.sessions_of(user))
                    .concat();
                if is_new {
                    self.tell_new_direct(*low, *high);
                }
                self.tell(
                    Audience::Many(both.into(), None),
                    Event::Said(entry.clone()),
                );
            }
        }
        Event::Acked {
            message_id: entry.message_id.clone(),
            position: entry.position,
            dup: false,
        }
    }

    fn tell_new_direct(&mut self, low: UserId, high: UserId) {
        for (me, other) in [(low, high), (high, low)] {
            let chats = vec![self.direct_summary(me, other)];
            let sessions = self.people.sessions_of(me).into();
            self.tell(
                Audience::Many(sessions, None),
                Event::Direct {
                    chats,
                    complete: false,
                },
            );
        }
    }

    pub(crate) fn direct_summary(&self, me: UserId, other: UserId) -> DirectSummary {
        let key = ChatKey::direct(me, other);
        DirectSummary {
            with: other,
            name: self.name_of(other),
            head: self.head(&key),
            read: self.marker(me, &key),
        }
    }

    pub(crate) fn not_committed(&mut self, appends: Vec<Append>, now: Timestamp) {
        self.disk_broken_until = Some(Timestamp(now.0 + DISK_RETRY_MS));
        self.unanswered = self.unanswered.saturating_sub(appends.len());
        if appends.iter().any(|append| append.attempt == self.attempt) {
            self.attempt += 1;
        }
        for Append {
            session,
            message_id,
            ..
        } in appends
        {
            self.hold(session, |held| {
                held.hold(&message_id, Code::ReadOnly, DISK_RETRY_MS, now);
            });
            let Some(here) = self.sessions.get(&session) else {
                continue;
            };
            let first = here
                .held
                .blocks(&message_id, now)
                .map(|(first, _)| first.clone());
            let retry_from = first.or_else(|| Some(message_id.clone()));
            let message_id = Some(message_id);
            self.refuse(
                session,
                Refusal {
                    message_id,
                    retry_from,
                    ..read_only(DISK_RETRY_MS)
                },
            );
        }
    }
}

fn read_only(wait_ms: i64) -> Refusal {
    let message = "The host cannot write to its disk; your message was not stored, try again";
    Refusal {
        retry_after_ms: Some(wait_ms.max(1).unsigned_abs()),
        ..Refusal::new(Code::ReadOnly, message)
    }
}
