//! Looking for what was said: who may find what. The index itself is the store's.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use landline_protocol::{Code, Timestamp, UserId, ValueError};

use crate::command::{ChatKey, ChatRef, SessionId};
use crate::effect::{Audience, Effect, Entry, Event, Refusal};
use crate::limits::BUSY_RETRY_MS;
use crate::state::Hub;

/// What to look for. All of it has to be so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// To answer by.
    pub search_id: Option<u64>,
    /// What was typed: words, phrases, operators.
    pub query: Arc<str>,
    /// In which chat only.
    pub chat: Option<ChatRef>,
    /// Whose messages only.
    pub from: Option<UserId>,
    /// Not before this moment.
    pub after: Option<Timestamp>,
    /// Before this moment.
    pub before: Option<Timestamp>,
    /// How far east of UTC the days in `query` are, in minutes.
    pub offset_minutes: i32,
    /// Hits at most.
    pub limit: u32,
    /// Go on from here.
    pub cursor: Option<SearchCursor>,
}

/// Where the next hits are: among those up to the entry `top` of the log, without the `skip` best.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCursor {
    /// The newest entry looked at.
    pub top: u64,
    /// How many were told already.
    pub skip: u32,
}

impl fmt::Display for SearchCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.top, self.skip)
    }
}

impl FromStr for SearchCursor {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError = ValueError("cursor must be that of the page before");
        let (top, skip) = text.split_once('.').ok_or(WRONG)?;
        Ok(SearchCursor {
            top: top.parse().map_err(|_| WRONG)?,
            skip: skip.parse().map_err(|_| WRONG)?,
        })
    }
}

/// What a search may look at. Every entry is asked about with [`Scope::allows`] before anything of it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Who reads; nobody in particular over HTTP.
    pub reader: Option<UserId>,
    /// This chat only.
    pub chat: Option<ChatKey>,
}

impl Scope {
    /// Whether an entry of `chat` may be found: as with a page of history, every topic is open to everybody, and a direct
    /// chat to its two.
    pub fn allows(&self, chat: &ChatKey) -> bool {
        let is_asked_for = self.chat.as_ref().is_none_or(|asked| asked == chat);
        let is_open = match chat {
            ChatKey::Topic(_) => true,
            ChatKey::Direct(low, high) => self.reader.is_some_and(|me| me == *low || me == *high),
        };
        is_asked_for && is_open
    }
}

/// One that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The entry; its text is whole.
    pub entry: Arc<Entry>,
    /// The part of its text to show.
    pub snippet: Arc<str>,
    /// What to mark in it: from and to, in characters.
    pub ranges: Vec<[u32; 2]>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The best first.
    pub hits: Vec<Hit>,
    /// Where to go on; none at the end.
    pub cursor: Option<SearchCursor>,
    /// Entries that could not be looked at yet, because they are not indexed.
    pub pending: u64,
}

/// Why nothing could be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchFault {
    /// Too many others look for something.
    Busy,
    /// The disk or the file fails.
    Failed,
}

/// An answer on its way back.
#[derive(Debug, Clone)]
pub struct Searched {
    /// Who asked.
    pub session: SessionId,
    /// For whose eyes it was looked for.
    pub scope: Scope,
    /// To answer by.
    pub search_id: Option<u64>,
    /// What was found.
    pub found: Result<Found, SearchFault>,
}

impl Hub {
    pub(crate) fn search(&mut self, session: SessionId, search: Search) {
        let chat = search.chat.as_ref();
        let chat = match chat.map(|chat| self.resolve(session, chat)).transpose() {
            Ok(chat) => chat,
            Err(refusal) => {
                let search_id = search.search_id;
                return self.refuse(
                    session,
                    Refusal {
                        search_id,
                        ..refusal
                    },
                );
            }
        };
        let scope = Scope {
            reader: Some(self.sessions[&session].person.user_id),
            chat,
        };
        self.effects.push(Effect::Search {
            session,
            scope,
            search,
        });
    }

    pub(crate) fn searched(&mut self, searched: Searched) {
        let Searched {
            session,
            scope,
            search_id,
            found,
        } = searched;
        // Who asked may have gone.
        let Some(person) = self.sessions.get(&session).map(|session| &session.person) else {
            return;
        };
        let reader = person.user_id;
        debug_assert_eq!(scope.reader, Some(reader), "a session stays one person's");
        let refusal = match found {
            Ok(mut found) => {
                found.hits.retain(|hit| scope.allows(&hit.entry.chat));
                let event = Event::Found {
                    search_id,
                    reader,
                    found,
                };
                return self.tell(Audience::One(session), event);
            }
            Err(SearchFault::Busy) => Refusal {
                retry_after_ms: Some(BUSY_RETRY_MS),
                ..Refusal::new(Code::Busy, "Many people search at the moment; try again")
            },
            Err(SearchFault::Failed) => Refusal::new(
                Code::Internal,
                "The host could not search its log; try again",
            ),
        };
        self.refuse(
            session,
            Refusal {
                search_id,
                ..refusal
            },
        );
    }
}
