//! What has to be so of an entry that is looked for.

use landline_hub::{ChatKey, Scope, Search};
use landline_protocol::Timestamp;

use crate::search::index::mark;
use crate::search::matching;
use crate::search::pairs::{Frequent, clause_terms, quoted};
use crate::search::query::{Clause, Query, Who};
use crate::store::{Log, Row};

/// What has to be so of an entry, in the words of both files.
pub(super) struct Wanted {
    pub(super) clauses: Vec<Clause>,
    pub(super) chats: Vec<i64>,
    author: Option<i64>,
    name: Option<Clause>,
    pub(super) since: i64,
    pub(super) until: i64,
}

impl Wanted {
    /// None if nothing can match, or nothing was asked.
    pub(super) fn new(
        log: &Log,
        scope: &Scope,
        search: &Search,
        query: Query,
    ) -> rusqlite::Result<Option<Wanted>> {
        let of = |at: Option<Timestamp>| at.map(|at| at.0);
        let since = of(query.since).max(of(search.after));
        let until = [of(query.until), of(search.before)];
        let until = until.into_iter().flatten().min();
        let asks_for_nothing = query.clauses.is_empty()
            && query.from.is_none()
            && query.topic.is_none()
            && search.from.is_none()
            && since.is_none()
            && until.is_none();
        if asks_for_nothing {
            return Ok(None);
        }
        let topic = query.topic.map(ChatKey::Topic);
        let mut chats = Vec::new();
        for chat in scope.chat.iter().chain(&topic) {
            match log.chat_id(chat)? {
                Some(id) => chats.push(id),
                None => return Ok(None),
            }
        }
        if query.from == Some(Who::Me) && scope.reader.is_none() {
            // Nobody in particular has said nothing.
            return Ok(None);
        }
        let (author, name) = match (search.from, query.from) {
            (Some(user), _) | (None, Some(Who::Id(user))) => (Some(user), None),
            (None, Some(Who::Me)) => (scope.reader, None),
            (None, Some(Who::Named(name))) => (None, Some(name)),
            (None, None) => (None, None),
        };
        let author = match author.map(|user| log.author_id(user)).transpose()? {
            Some(None) => return Ok(None),
            author => author.flatten(),
        };
        Ok(Some(Wanted {
            clauses: query.clauses,
            chats,
            author,
            name,
            since: since.unwrap_or(i64::MIN),
            until: until.unwrap_or(i64::MAX),
        }))
    }

    /// The same for FTS5, for entries from `low` on; empty if any entry will do.
    pub(super) fn expression(&self, frequent: &Frequent, low: i64) -> String {
        let mut all: Vec<String> = Vec::new();
        for clause in &self.clauses {
            all.extend(clause_terms(clause, frequent, low, str::to_owned));
        }
        if let Some(name) = &self.name {
            let none = Frequent::default();
            all.extend(clause_terms(name, &none, low, mark::name));
        }
        let author = self.author.map(mark::author);
        let chats = self.chats.iter().copied().map(mark::chat);
        all.extend(author.into_iter().chain(chats).map(|term| quoted(&term)));
        all.sort();
        all.dedup();
        all.join(" AND ")
    }

    /// Whether an entry is one; how good it is then.
    pub(super) fn holds(&self, row: &Row<'_>) -> Option<f64> {
        let is_one = self.chats.iter().all(|chat| *chat == row.chat)
            && self.author.is_none_or(|author| author == row.author)
            && (self.since..self.until).contains(&row.at)
            && self
                .name
                .as_ref()
                .is_none_or(|name| matching::holds(row.name, name));
        if !is_one {
            return None;
        }
        matching::find(row.body, &self.clauses).map(|found| found.score)
    }
}
