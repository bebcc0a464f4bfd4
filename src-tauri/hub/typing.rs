//! Who types. In a direct chat and in a topic of a hundred everybody is told at once; in a larger one three are named once a
//! second and the others counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use landline_protocol::{Timestamp, TopicName, UserId, limits::TYPING_NAMED};

use crate::command::{ChatRef, Person, SessionId};
use crate::effect::{Audience, Event};
use crate::limits::{TYPING_LASTS_MS, TYPING_TOLD_EVERY_MS};
use crate::state::Hub;

/// Who types in one topic.
#[derive(Default)]
pub(crate) struct TypingHere {
    typists: BTreeMap<UserId, Typist>,
    /// Of a crowd: those who are named.
    named: Vec<(SessionId, Person)>,
    is_due: bool,
}

struct Typist {
    session: SessionId,
    person: Person,
    at: Timestamp,
    /// They said so since it was told last.
    is_news: bool,
}

impl TypingHere {
    /// Somebody says that they type, or no longer. Whether that is worth telling.
    fn hear(
        &mut self,
        session: SessionId,
        person: &Person,
        is_typing: bool,
        now: Timestamp,
    ) -> bool {
        self.typists
            .retain(|_, typist| now.0 - typist.at.0 < TYPING_LASTS_MS);
        let user = person.user_id;
        if !is_typing {
            return self.typists.remove(&user).is_some();
        }
        let said_at = self.typists.get(&user).map(|typist| typist.at);
        if said_at.is_some_and(|at| now.0 - at.0 < TYPING_TOLD_EVERY_MS) {
            return false;
        }
        self.typists.insert(
            user,
            Typist {
                session,
                person: person.clone(),
                at: now,
                is_news: true,
            },
        );
        true
    }

    /// Somebody said something, or left: whoever was told that they type knows that they no longer do.
    pub(crate) fn is_over(&mut self, user: UserId) {
        self.typists.remove(&user);
        self.named.retain(|(_, person)| person.user_id != user);
    }

    /// What to tell a crowd: who types and who no longer does, and how many others type.
    fn news(&mut self, now: Timestamp) -> (Vec<(SessionId, Person, bool)>, u32) {
        self.is_due = false;
        self.typists
            .retain(|_, typist| now.0 - typist.at.0 < TYPING_LASTS_MS);
        let types = |named: &(SessionId, Person)| self.typists.contains_key(&named.1.user_id);
        let (still, stopped): (Vec<_>, Vec<_>) = self.named.drain(..).partition(types);
        self.named = still;
        let is_named = |user: &UserId| self.named.iter().any(|(_, one)| one.user_id == *user);
        let others = self.typists.iter().filter(|(user, _)| !is_named(user));
        let mut others: Vec<&Typist> = others.map(|(_, typist)| typist).collect();
        others.sort_by_key(|typist| (typist.at, typist.person.user_id));
        others.truncate(TYPING_NAMED.saturating_sub(self.named.len()));
        let more: Vec<_> = others
            .into_iter()
            .map(|typist| (typist.session, typist.person.clone()))
            .collect();
        self.named.extend(more);
        let mut news: Vec<_> = stopped
            .into_iter()
            .map(|(session, person)| (session, person, false))
            .collect();
        for (session, person) in &self.named {
            if let Some(typist) = self.typists.get_mut(&person.user_id)
                && std::mem::take(&mut typist.is_news)
            {
                news.push((*session, person.clone(), true));
            }
        }
        let others = self.typists.len().saturating_sub(self.named.len());
        (news, u32::try_from(others).unwrap_or(u32::MAX))
    }
}

impl Hub {
    pub(crate) fn typing(
        &mut self,
        session: SessionId,
        chat: &ChatRef,
        is_typing: bool,
        now: Timestamp,
    ) {
        let person = self.sessions[&session].person.clone();
        match chat {
            // A late notice for a topic that was left means nothing.
            ChatRef::Topic(name) if self.sessions[&session].topics.contains(name) => {
                self.types_in(session, name, &person, is_typing, now);
            }
            ChatRef::Direct(other) if *other != person.user_id => {
                let event = Event::Typing {
                    person,
                    topic: None,
                    to: Some(*other),
                    is_typing,
                    others: 0,
                };
                let theirs: Arc<[SessionId]> = self.people.sessions_of(*other).into();
                self.tell(Audience::Many(theirs, Some(session)), event);
            }
            _ => {}
        }
    }

    /// They said something: whoever was told that they type knows that they no longer do.
    pub(crate) fn no_longer_types(&mut self, name: &TopicName, user: UserId) {
        if let Some(topic) = self.topics.get_mut(name) {
            topic.typing.is_over(user);
        }
    }

    fn types_in(
        &mut self,
        session: SessionId,
        name: &TopicName,
        person: &Person,
        is_typing: bool,
        now: Timestamp,
    ) {
        let Some(topic) = self.topics.get_mut(name) else {
            return;
        };
        if !topic.typing.hear(session, person, is_typing, now) {
            return;
        }
        if !topic.crowd.is() {
            return self.tell_typing(session, name, person.clone(), is_typing, 0);
        }
        if !std::mem::replace(&mut topic.typing.is_due, true) {
            let at = Timestamp(now.0 + TYPING_TOLD_EVERY_MS);
            self.topics.typing_due.insert((at, name.clone()));
        }
    }

    /// Who types in the large topics whose moment has come.
    pub(crate) fn tell_typing_due(&mut self, now: Timestamp) {
        while let Some(name) = self.topics.take_typing_due(now) {
            let Some(topic) = self.topics.get_mut(&name) else {
                continue;
            };
            let (news, others) = topic.typing.news(now);
            for (session, person, is_typing) in news {
                self.tell_typing(session, &name, person, is_typing, others);
            }
        }
    }

    fn tell_typing(
        &mut self,
        session: SessionId,
        name: &TopicName,
        person: Person,
        is_typing: bool,
        others: u32,
    ) {
        let Some(audience) = self.topics.audience(name) else {
            return;
        };
        let event = Event::Typing {
            person,
            topic: Some(name.clone()),
            to: None,
            is_typing,
            others,
        };
        self.tell(Audience::Many(audience, Some(session)), event);
    }
}
