//! Reading pages, direct chats.

use landline_protocol::{Code, Position, Timestamp, UserId};

use crate::command::{ChatKey, ChatRef, Page, PageRead, Person, SessionId};
use crate::effect::{Audience, Effect, Event, Refusal};
use crate::ports::PageQuery;
use crate::state::Hub;

impl Hub {
    pub(crate) fn read(&mut self, session: SessionId, chat: ChatRef, query: PageQuery) {
        match self.resolve(session, &chat) {
            // Nothing of it is on the disk.
            Ok(key) if self.is_fleeting(&key) => {
                let page = Page {
                    recovered: matches!(query, PageQuery::Resume(at, _) if at.epoch == self.epoch || at.seq == 0),
                    ..Page::default()
                };
                let page = Ok(page);
                self.page_read(PageRead {
                    session,
                    chat,
                    query,
                    page,
                });
            }
            Ok(key) => self.effects.push(Effect::Read {
                session,
                chat,
                key,
                query,
            }),
            Err(refusal) => self.refuse(session, refusal),
        }
    }

    pub(crate) fn page_read(&mut self, read: PageRead) {
        let PageRead {
            session,
            chat,
            query,
            page,
        } = read;
        if !self.sessions.contains_key(&session) {
            return;
        }
        let Ok(mut page) = page else {
            let refusal =
                Refusal::new(Code::Internal, "The host could not read its log; try again");
            return self.refuse(session, refusal);
        };
        if matches!(query, PageQuery::Resume(..)) {
            page.position.get_or_insert(Position {
                epoch: self.epoch,
                seq: 0,
            });
        }
        if let Ok(key) = self.resolve(session, &chat) {
            page = self.with_living(&key, query, page);
        }
        self.tell(Audience::One(session), Event::Page { chat, query, page });
    }

    pub(crate) fn list_direct(&mut self, session: SessionId) {
        let me = self.sessions[&session].person.user_id;
        let partners = self.partners.get(&me).into_iter().flatten();
        let newest = |other: &&UserId| {
            self.direct
                .get(&ChatKey::direct(me, **other))
                .map(|(_, at)| *at)
        };
        let mut partners: Vec<&UserId> = partners.collect();
        partners.sort_by_key(|other| std::cmp::Reverse(newest(other)));
        let summaries = partners
            .into_iter()
            .map(|other| self.direct_summary(me, *other));
        let chats = summaries.collect();
        let event = Event::Direct {
            chats,
            complete: true,
        };
        self.tell(Audience::One(session), event);
    }

    /// Moves the end of a direct chat's log; tells whether it is a new chat.
    pub(crate) fn set_direct_head(
        &mut self,
        low: UserId,
        high: UserId,
        head: Position,
        at: Timestamp,
    ) -> bool {
        self.partners.entry(low).or_default().insert(high);
        self.partners.entry(high).or_default().insert(low);
        let chat = ChatKey::direct(low, high);
        self.direct.insert(chat, (head, at)).is_none()
    }

    pub(crate) fn open_direct(&mut self, session: SessionId, other: UserId) {
        if let Err(refusal) = self.resolve(session, &ChatRef::Direct(other)) {
            return self.refuse(session, refusal);
        }
        let opener = self.sessions[&session].person.clone();
        let Some(record) = self.people.record(other) else {
            return;
        };
        let target = Person {
            user_id: other,
            name: record.name.clone(),
            via: record.via,
        };
        let event = Event::DirectOpened {
            opener: opener.user_id,
            me: opener.user_id,
            other: target,
        };
        self.tell(Audience::One(session), event);
        let theirs: std::sync::Arc<[SessionId]> = self.people.sessions_of(other).into();
        let event = Event::DirectOpened {
            opener: opener.user_id,
            me: other,
            other: opener,
        };
        self.tell(Audience::Many(theirs, None), event);
    }
}
