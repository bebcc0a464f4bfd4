//! Looking: the newest that may match out of the index, held against their texts, the best of them first.

mod wanted;

use std::ops::Bound::{Excluded, Included};
use std::time::Instant;

use landline_hub::{ChatKey, Found, Hit, Scope, Search, SearchCursor};
use rusqlite::Connection;

use super::index::{self, DAY_MS};
use super::pairs::Frequent;
use super::query::parse;
use super::{matching, snippet};
use crate::limits::{SEARCH_BUDGET, SEARCH_LINEAR_MAX, SEARCH_RANKED};
use crate::store::Log;
use wanted::Wanted;

/// How much of the log the index is asked for at first, in entries; then four times as much, and so on. Between two of
/// them the time is looked at: within one, SQLite cannot be stopped.
const FIRST_SPAN: i64 = 262_144;
/// How much newer is better, in the measure of `matching`; half of it is gone after this many days.
const RECENCY: f64 = 1.0;
const RECENCY_DAYS: f64 = 30.0;

/// Read connections to both files.
pub(super) struct Finder {
    /// None until there is an index.
    index: Option<Connection>,
    log: Log,
    /// Texts that the index named in the last look, and that were read.
    pub(super) read: usize,
}

/// One that matches.
struct Candidate {
    id: i64,
    chat: ChatKey,
    at: i64,
    score: f64,
}

/// How far a look went.
enum Reached {
    /// To the beginning of the log.
    End,
    /// Enough was found, or it took too long: the next look begins here.
    Until(i64),
}

impl Finder {
    pub(super) fn new(index: Option<Connection>, log: Log) -> Finder {
        Finder {
            index,
            log,
            read: 0,
        }
    }

    /// Looks for something. What `scope` does not allow is not looked at.
    pub(super) fn find(&mut self, scope: &Scope, search: &Search) -> rusqlite::Result<Found> {
        let query = parse(&search.query, search.offset_minutes);
        let Some(wanted) = Wanted::new(&self.log, scope, search, query)? else {
            return Ok(Found::default());
        };
        self.log.begin()?;
        let found = self.look(scope, search, &wanted);
        self.log.end()?;
        found
    }

    fn look(&mut self, scope: &Scope, search: &Search, wanted: &Wanted) -> rusqlite::Result<Found> {
        let deadline = Instant::now() + SEARCH_BUDGET;
        // The index is looked at before the log, so whatever is not in the one is in the other.
        let snapshot = self
            .index
            .as_ref()
            .map(Connection::unchecked_transaction)
            .transpose()?;
        let indexed = snapshot.as_deref().map_or(Ok(0), index::indexed)?;
        let newest = self.log.newest()?;
        let top = search.cursor.map_or(newest, |cursor| {
            i64::try_from(cursor.top).unwrap_or(i64::MAX).min(newest)
        });
        let mut look = Look {
            log: &mut self.log,
            scope,
            wanted,
            deadline,
            candidates: Vec::new(),
            read: 0,
        };
        let mut reached = look.unindexed(indexed, top)?;
        if let (Reached::End, Some(index)) = (&reached, &snapshot) {
            reached = look.indexed(index, top.min(indexed))?;
        }
        let candidates = look.candidates;
        self.read = look.read;
        tracing::trace!(read = self.read, found = candidates.len(), "looked");
        let looked_at = if indexed < top { top - indexed } else { 0 };
        let pending = (looked_at - i64::from(SEARCH_LINEAR_MAX))
            .max(0)
            .unsigned_abs();
        Ok(self.page(scope, search, wanted, candidates, &reached, top, pending))
    }

    /// The hits of one page, with their texts.
    #[expect(
        clippy::too_many_arguments,
        reason = "one look, taken apart for its length"
    )]
    fn page(
        &self,
        scope: &Scope,
        search: &Search,
        wanted: &Wanted,
        mut candidates: Vec<Candidate>,
        reached: &Reached,
        top: i64,
        pending: u64,
    ) -> Found {
        rank(&mut candidates);
        let skip = search.cursor.map_or(0, |cursor| cursor.skip);
        let shown = skip.saturating_add(search.limit);
        let hits = candidates
            .iter()
            .skip(skip as usize)
            .take(search.limit as usize);
        let mut found = Found {
            pending,
            ..Found::default()
        };
        for candidate in hits {
            debug_assert!(scope.allows(&candidate.chat));
            let entry = match self.log.entry(candidate.id, &candidate.chat) {
                Ok(Some(entry)) => entry,
                Ok(None) => continue,
                // One that the disk did not return as it was given hides itself and no other.
                Err(error) => {
                    tracing::error!("an entry that was found could not be read: {error}");
                    continue;
                }
            };
            let Some(place) = matching::find(&entry.body, &wanted.clauses) else {
                continue;
            };
            let snippet = snippet::cut(&entry.body, &place.ranges);
            found.hits.push(Hit {
                entry,
                snippet: snippet.text.into(),
                ranges: snippet.ranges,
            });
        }
        let next = |top: i64, skip| SearchCursor {
            top: top.unsigned_abs(),
            skip,
        };
        found.cursor = if (shown as usize) < candidates.len() {
            Some(next(top, shown))
        } else {
            match reached {
                Reached::Until(below) => Some(next(*below, 0)),
                Reached::End => None,
            }
        };
        found
    }
}

/// The best first; of equal ones the newest.
fn rank(candidates: &mut [Candidate]) {
    let newest = candidates.iter().map(|one| one.at).max().unwrap_or(0);
    for one in candidates.iter_mut() {
        #[expect(clippy::cast_precision_loss, reason = "an age in days")]
        let age = (newest - one.at) as f64 / DAY_MS as f64;
        one.score += RECENCY / (1.0 + age / RECENCY_DAYS);
    }
    candidates.sort_by(|one, other| {
        let by_score = other.score.total_cmp(&one.score);
        by_score.then(other.id.cmp(&one.id))
    });
}

/// A look at both files.
struct Look<'a> {
    log: &'a mut Log,
    scope: &'a Scope,
    wanted: &'a Wanted,
    deadline: Instant,
    candidates: Vec<Candidate>,
    read: usize,
}

impl Look<'_> {
    /// What is not in the index yet, the newest of it.
    fn unindexed(&mut self, indexed: i64, top: i64) -> rusqlite::Result<Reached> {
        let low = indexed.max(top - i64::from(SEARCH_LINEAR_MAX)) + 1;
        let mut rows = Vec::new();
        let wanted = self.wanted;
        self.log.down(low, top, |row| {
            rows.extend(
                wanted
                    .holds(row)
                    .map(|score| (row.id, row.chat, row.at, score)),
            );
            true
        })?;
        for (id, chat, at, score) in rows {
            self.add(id, chat, at, score)?;
            if self.candidates.len() >= SEARCH_RANKED {
                return Ok(Reached::Until(id - 1));
            }
        }
        Ok(Reached::End)
    }

    /// What is in the index, from `top` down.
    fn indexed(&mut self, index: &Connection, top: i64) -> rusqlite::Result<Reached> {
        let (first, last) = self.days(index)?;
        let (mut high, mut span) = (top.min(last), FIRST_SPAN);
        let frequent = Frequent::among(index, &self.wanted.clauses)?;
        let steps = frequent.steps();
        let mut statement = index.prepare_cached(
            "SELECT rowid FROM words WHERE words MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC",
        )?;
        while high >= first {
            let mut low = first.max(high.saturating_sub(span - 1));
            // From such an entry on the index says more of the words.
            let step = steps.range((Excluded(low), Included(high))).next_back();
            low = step.copied().unwrap_or(low);
            let expression = self.wanted.expression(&frequent, low);
            if expression.is_empty() {
                return self.every(first, high);
            }
            let mut found = statement.query((expression, low, high))?;
            while let Some(row) = found.next()? {
                let id: i64 = row.get(0)?;
                let wanted = self.wanted;
                self.read += 1;
                let held = self.log.one(id, |row| {
                    let score = wanted.holds(row)?;
                    Some((row.chat, row.at, score))
                })?;
                if let Some((chat, at, score)) = held.flatten() {
                    self.add(id, chat, at, score)?;
                }
                if self.candidates.len() >= SEARCH_RANKED || Instant::now() >= self.deadline {
                    return Ok(Reached::Until(id - 1));
                }
            }
            if low > first && Instant::now() >= self.deadline {
                return Ok(Reached::Until(low - 1));
            }
            high = low - 1;
            span = span.saturating_mul(4);
        }
        Ok(Reached::End)
    }

    /// Every entry of a time, from `high` down to `low`: nothing else was asked for.
    fn every(&mut self, low: i64, mut high: i64) -> rusqlite::Result<Reached> {
        let wanted = self.wanted;
        loop {
            let mut rows = Vec::new();
            self.log.down(low, high, |row| {
                rows.extend(
                    wanted
                        .holds(row)
                        .map(|score| (row.id, row.chat, row.at, score)),
                );
                rows.len() < SEARCH_RANKED
            })?;
            let is_all = rows.len() < SEARCH_RANKED;
            for (id, chat, at, score) in rows {
                self.add(id, chat, at, score)?;
                high = id - 1;
                if self.candidates.len() >= SEARCH_RANKED {
                    return Ok(Reached::Until(high));
                }
            }
            if is_all {
                return Ok(Reached::End);
            }
            if Instant::now() >= self.deadline {
                return Ok(Reached::Until(high));
            }
        }
    }

    /// Which entries can be of the days asked for. The host's clock may have been set back: they are exact only roughly.
    fn days(&self, index: &Connection) -> rusqlite::Result<(i64, i64)> {
        if self.wanted.since == i64::MIN && self.wanted.until == i64::MAX {
            return Ok((1, i64::MAX));
        }
        let first = self.wanted.since.div_euclid(DAY_MS);
        let last = self.wanted.until.saturating_sub(1).div_euclid(DAY_MS);
        index
            .prepare_cached(
                "SELECT coalesce(min(low), 1), coalesce(max(high), 0) FROM day WHERE day BETWEEN ? AND ?",
            )?
            .query_row([first, last], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn add(&mut self, id: i64, chat: i64, at: i64, score: f64) -> rusqlite::Result<()> {
        let chat = self.log.chat(chat)?;
        if self.scope.allows(&chat) {
            self.candidates.push(Candidate {
                id,
                chat,
                at,
                score,
            });
        }
        Ok(())
    }
}
