//! Saying something: check, append, and only after the commit deliver and acknowledge.

use std::sync::Arc;

use landline_protocol::{Code, EntryKind, Timestamp, UserId, Via};

use crate::command::{ChatKey, ChatRef, Post, SessionId, Standing};
use crate::effect::{Audience, DirectSummary, Effect, Entry, Event, Refusal};
use crate::held::Held;
use crate::limits::{BUSY_RETRY_MS, DISK_RETRY_MS, UNANSWERED_RETRY_MS};
use crate::ports::{Append, Appended, Outcome};
use crate::state::Hub;

impl Hub {
    pub(crate) fn post(&mut self, session: SessionId, post: Post, now: Timestamp) {
        let lifetime = self.lifetime(&post);
        match self.check_order_and_post(session, &post, lifetime.is_none(), now) {
            Err(refusal) => {
                let message_id = Some(post.message_id);
                self.refuse(
                    session,
                    Refusal {
                        message_id,
                        ..refusal
                    },
                );
            }
            Ok(key) => {
                let own = || self.sessions[&session].person.clone();
                let author = post.author.clone().unwrap_or_else(own);
                if let (ChatKey::Topic(topic), Some(ttl_ms)) = (&key, lifetime) {
                    return self.say_fleeting(session, author, topic, post, ttl_ms, now);
                }
                self.mark(&key);
                self.effects.push(Effect::Append(Append {
                    session,
                    chat: key,
                    author,
                    kind: EntryKind::Text,
                    body: post.body,
                    message_id: post.message_id,
                    at: now,
                    original: post.original,
                    attempt: self.attempt,
                }));
            }
        }
    }

    /// Whether this message may go on, and none that was put off before it is still to come.
    fn check_order_and_post(
        &mut self,
        session: SessionId,
        post: &Post,
        is_stored: bool,
        now: Timestamp,
    ) -> Result<ChatKey, Refusal> {
        let message_id = &post.message_id;
        let blocked = self.sessions[&session].held.blocks(message_id, now);
        if let Some((first, code)) = blocked {
            return Err(Refusal {
                retry_after_ms: Some(BUSY_RETRY_MS),
                retry_from: Some(first.clone()),
                ..Refusal::new(code, "An earlier message was put off; send that one first")
            });
        }
        let checked = self.check_post(session, post, is_stored, now);
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
        post: &Post,
        is_stored: bool,
        now: Timestamp,
    ) -> Result<ChatKey, Refusal> {
        let here = &self.sessions[&session];
        if let ChatRef::Topic(name) = &post.chat
            && here.standing != Standing::Guest
            && !here.topics.contains(name)
        {
            let refusal = Refusal::new(Code::NotInTopic, "Join the topic before you write in it");
            return Err(Refusal {
                topic: Some(name.clone()),
                ..refusal
            });
        }
        let key = self.resolve(session, &post.chat)?;
        self.check_recipient(session, post)?;
        if !is_stored {
            return Ok(key);
        }
        if self.turns.is_full() {
            let refusal = Refusal::new(Code::Busy, "The host's disk is behind; try again");
            return Err(Refusal {
                retry_after_ms: Some(BUSY_RETRY_MS),
                ..refusal
            });
        }
        if let Some(until) = self.disk_broken_until {
            // What went to the store before may come back late: a message that passed it by would come before it.
            if now < until || self.turns.has_unanswered() {
                return Err(read_only((until.0 - now.0).max(UNANSWERED_RETRY_MS)));
            }
            // One message is let through to see whether the disk is well again; the others wait for what becomes of it.
            self.disk_broken_until = Some(Timestamp(now.0 + DISK_RETRY_MS));
        }
        Ok(key)
    }

    /// Guests of the `fastchat` dialect get a direct message now or never; the log is not replayed to them.
    fn check_recipient(&self, session: SessionId, post: &Post) -> Result<(), Refusal> {
        let ChatRef::Direct(other) = &post.chat else {
            return Ok(());
        };
        let me = self.sessions[&session].person.user_id;
        let is_for_me = post
            .author
            .as_ref()
            .is_some_and(|author| author.user_id != me);
        let recipient = if is_for_me { me } else { *other };
        let is_guest = |user| {
            self.people
                .record(user)
                .is_some_and(|record| record.via == Via::Fastchat)
        };
        if is_guest(recipient) && self.people.sessions_of(recipient).is_empty() {
            let message = "This guest has left; guests get messages only while they are here";
            return Err(Refusal::new(Code::NotHere, message));
        }
        Ok(())
    }

    pub(crate) fn committed(&mut self, appended: Vec<Appended>, now: Timestamp) {
        self.disk_broken_until = None;
        for Appended { session, outcome } in appended {
            let answer = match outcome {
                Outcome::Stored(entry) => self.stored(&entry),
                Outcome::Known(message_id, position) => Event::Acked {
                    message_id,
                    position,
                    dup: true,
                    stored: true,
                    recipients: 0,
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
            self.next_turns(now);
        }
    }

    fn stored(&mut self, entry: &Arc<Entry>) -> Event {
        self.growth.grew(&entry.chat);
        let recipients = match &entry.chat {
            ChatKey::Topic(name) => {
                let is_new = !self.topics.exists(name);
                self.topics.set_head(name, entry.position, entry.at);
                if is_new && let Some(session) = entry.session {
                    self.tell_new_topic(name, None, session);
                }
                self.no_longer_types(name, entry.author.user_id);
                let audience = self.topics.audience(name).unwrap_or_default();
                let recipients = audience.len();
                self.tell(Audience::Many(audience, None), Event::Said(entry.clone()));
                recipients
            }
            ChatKey::Direct(low, high) => {
                let is_new = self.set_direct_head(*low, *high, entry.position, entry.at);
                let both = [*low, *high]
                    .map(|user| self.people.sessions_of(user))
                    .concat();
                if is_new {
                    self.tell_new_direct(*low, *high);
                    self.tell_partners(*low, *high);
                }
                let recipients = both.len();
                self.tell(
                    Audience::Many(both.into(), None),
                    Event::Said(entry.clone()),
                );
                recipients
            }
        };
        Event::Acked {
            message_id: entry.message_id.clone(),
            position: entry.position,
            dup: false,
            stored: true,
            recipients: u32::try_from(recipients).unwrap_or(u32::MAX),
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
            seen: self.marker(other, &key),
        }
    }

    pub(crate) fn not_committed(&mut self, appends: Vec<Append>, now: Timestamp) {
        self.disk_broken_until = Some(Timestamp(now.0 + DISK_RETRY_MS));
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
                held.give_back(&message_id, Code::ReadOnly, DISK_RETRY_MS, now);
            });
            let Some(here) = self.sessions.get(&session) else {
                self.next_turns(now);
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
            self.next_turns(now);
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
