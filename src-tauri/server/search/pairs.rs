//! Frequent words and what stands behind them, as terms of the index. A phrase of them is one look then; without, every
//! text that holds them all would have to be read. docs/decisions/017.
//!
//! Which words are frequent is learned from the index itself while it grows. A word is frequent from one entry on, and
//! then for ever: from there on the index has, wherever it stands, what is behind it. If that is frequent too, all of it.
//! If not, how it begins: there are many such words, and a pair with each would make the index twice as large.

use std::collections::{BTreeSet, HashMap};

use rusqlite::{Connection, OptionalExtension as _, params};

use super::index::mark;
use super::query::Clause;
use super::segment::Piece;

/// So many entries make a word frequent. A phrase with a word that is not costs reading about so many texts at most.
pub(super) const FREQUENT_FROM: i64 = 500;
/// One of so many words is looked up before it is taken in.
const LOOKED_UP: u64 = 128;

/// Frequent words, each with the first entry from which on it is one.
#[derive(Default)]
pub(super) struct Frequent(HashMap<String, i64>);

impl Frequent {
    /// All of an index.
    pub(super) fn all(index: &Connection) -> rusqlite::Result<Frequent> {
        let mut statement = index.prepare_cached("SELECT word, since FROM frequent")?;
        let words = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        words.collect::<rusqlite::Result<_>>().map(Frequent)
    }

    /// Those of what is looked for.
    pub(super) fn among(index: &Connection, clauses: &[Clause]) -> rusqlite::Result<Frequent> {
        let mut since = index.prepare_cached("SELECT since FROM frequent WHERE word = ?")?;
        let mut frequent = Frequent::default();
        let phrases = clauses.iter().filter(|clause| clause.pieces.len() > 1);
        for piece in phrases.flat_map(|clause| &clause.pieces) {
            let since = since.query_row([&piece.folded], |row| row.get(0));
            let word = since.optional()?.map(|since| (piece.folded.clone(), since));
            frequent.0.extend(word);
        }
        Ok(frequent)
    }

    /// Looks some words of `entries` up, which are about to be taken in and of which `first` is the first. Nothing may be
    /// on its way into the index: a look would first write it down.
    pub(super) fn learn<'a>(
        &mut self,
        index: &Connection,
        first: i64,
        entries: impl Iterator<Item = (i64, &'a [Piece])>,
    ) -> rusqlite::Result<()> {
        let drawn = entries.flat_map(|(id, pieces)| {
            let pieces = pieces.iter().zip(0..);
            pieces.filter(move |(_, n)| is_drawn(id, *n))
        });
        let words: BTreeSet<&str> = drawn
            .map(|(piece, _)| &*piece.folded)
            .filter(|word| !self.0.contains_key(*word))
            .collect();
        let mut count = index.prepare_cached(
            "SELECT count(*) FROM (SELECT rowid FROM words WHERE words MATCH ? LIMIT ?)",
        )?;
        let mut insert =
            index.prepare_cached("INSERT INTO frequent (word, since) VALUES (?, ?)")?;
        for word in words {
            let entries: i64 =
                count.query_row(params![quoted(word), FREQUENT_FROM], |row| row.get(0))?;
            if entries >= FREQUENT_FROM {
                insert.execute(params![word, first])?;
                self.0.insert(word.to_owned(), first);
            }
        }
        Ok(())
    }

    /// The terms of what stands behind the frequent words of a text. Joined signs have one anyway.
    pub(super) fn pairs(&self, pieces: &[Piece]) -> impl Iterator<Item = String> {
        let is_frequent = |piece: &Piece| self.0.contains_key(&piece.folded);
        pieces
            .windows(2)
            .filter(move |two| !two[1].is_joined && is_frequent(&two[0]))
            .map(move |two| pair(&two[0], &two[1], is_frequent(&two[1])))
    }

    /// The entries at which one of the words begins to be frequent.
    pub(super) fn steps(&self) -> BTreeSet<i64> {
        self.0.values().copied().collect()
    }

    /// The term of a piece of a clause and the one before it, and whether it says all of the piece. For entries from `low`
    /// on, without a step above it; none if the index has none.
    fn link(
        &self,
        clause: &Clause,
        n: usize,
        low: i64,
        named: impl Fn(&str) -> String,
    ) -> Option<(String, bool)> {
        let [one, other] = clause.pieces.get(n.checked_sub(1)?..=n)? else {
            return None;
        };
        let joined = || quoted(&named(&format!("{}{}", one.folded, other.folded)));
        if other.is_joined {
            return Some((joined(), true));
        }
        let since = |piece: &Piece| self.0.get(&piece.folded).copied();
        let is_frequent = |piece| since(piece).is_some_and(|since| since <= low);
        if !is_frequent(one) {
            return None;
        }
        let term = |is_whole| quoted(&pair(one, other, is_whole));
        if clause.is_prefix && n + 1 == clause.pieces.len() {
            return Some((format!("({} * OR {})", term(true), term(false)), false));
        }
        let is_whole = is_frequent(other);
        let term = term(is_whole);
        // Signs that were asked for with a space between them may be without it.
        let is_either = one.is_sign && other.is_sign;
        let term = if is_either {
            format!("({} OR {term})", joined())
        } else {
            term
        };
        Some((term, is_whole))
    }
}

/// The terms of a clause for entries from `low` on.
pub(super) fn clause_terms(
    clause: &Clause,
    frequent: &Frequent,
    low: i64,
    named: impl Fn(&str) -> String,
) -> Vec<String> {
    let pieces = &clause.pieces;
    let links: Vec<_> = (0..=pieces.len())
        .map(|n| frequent.link(clause, n, low, &named))
        .collect();
    let alone = |n: usize| {
        let is_said = links[n].as_ref().is_some_and(|(_, is_whole)| *is_whole);
        let is_prefix = clause.is_prefix && n + 1 == pieces.len();
        let star = if is_prefix { " *" } else { "" };
        (!is_said && links[n + 1].is_none()).then(|| quoted(&named(&pieces[n].folded)) + star)
    };
    let mut terms: Vec<String> = (0..pieces.len()).filter_map(alone).collect();
    terms.extend(links.into_iter().flatten().map(|(term, _)| term));
    terms
}

/// What the index calls a frequent word with the one behind it: all of that one, or its first two letters.
fn pair(one: &Piece, other: &Piece, is_whole: bool) -> String {
    let other = &other.folded;
    if is_whole {
        return mark::pair(&one.folded, other);
    }
    let end = other
        .char_indices()
        .nth(2)
        .map_or(other.len(), |(at, _)| at);
    mark::pair_begun(&one.folded, &other[..end])
}

/// A term for FTS5. None holds a quote: what people type is never syntax.
pub(super) fn quoted(term: &str) -> String {
    format!("\"{term}\"")
}

/// Whether the n-th word of an entry is looked up: the same for the same entry, and in no step with what a program says
/// again and again.
fn is_drawn(id: i64, n: u64) -> bool {
    let mut x = id.unsigned_abs().rotate_left(32) ^ n;
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (x ^ (x >> 31)).is_multiple_of(LOOKED_UP)
}
