//! Whether a text holds what is looked for, where, and how well.

use std::ops::Range;

use super::query::Clause;
use super::segment::{Piece, segment};

/// Where and how well a text matches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Match {
    /// What to mark, in bytes, in its order; may overlap.
    pub(super) ranges: Vec<Range<usize>>,
    /// The higher the better.
    pub(super) score: f64,
}

/// Occurrences of one clause that are looked at; a text full of one word is not better for it.
const OCCURRENCES_MAX: usize = 32;
/// A usual length of a message, in pieces.
const USUAL_PIECES: f64 = 12.0;
/// What a word is worth that only begins as asked.
const LONGER_WORD: f64 = 0.6;
/// What it is worth that all stand close together.
const TOGETHER: f64 = 1.5;

/// Finds every clause in a text; none if one is missing.
pub(super) fn find(text: &str, clauses: &[Clause]) -> Option<Match> {
    if clauses.is_empty() {
        return Some(Match {
            ranges: Vec::new(),
            score: 0.0,
        });
    }
    let pieces = segment(text);
    let mut places = Vec::with_capacity(clauses.len());
    for clause in clauses {
        let found = occurrences(&pieces, clause);
        if found.is_empty() {
            return None;
        }
        places.push(found);
    }
    let mut ranges: Vec<Range<usize>> = places
        .iter()
        .zip(clauses)
        .flat_map(|(found, clause)| found.iter().map(|place| (place.at, clause.pieces.len())))
        .map(|(at, length)| pieces[at].range.start..pieces[at + length - 1].range.end)
        .collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    ranges.dedup();
    Some(Match {
        ranges,
        score: score(&places, clauses, pieces.len()),
    })
}

/// Whether the words stand in a name.
pub(super) fn holds(text: &str, clause: &Clause) -> bool {
    !occurrences(&segment(text), clause).is_empty()
}

struct Place {
    /// The first piece.
    at: usize,
    worth: f64,
}

fn occurrences(pieces: &[Piece], clause: &Clause) -> Vec<Place> {
    let asked = &clause.pieces;
    let is_here = |&at: &usize| {
        asked.iter().enumerate().all(|(n, wanted)| {
            let piece = &pieces[at + n];
            let is_last = n + 1 == asked.len();
            let is_same = piece.folded == wanted.folded
                || (is_last
                    && clause.is_prefix
                    && !wanted.is_sign
                    && piece.folded.starts_with(&wanted.folded));
            is_same && (n == 0 || !wanted.is_joined || piece.is_joined)
        })
    };
    let starts = 0..(pieces.len() + 1).saturating_sub(asked.len());
    let place = |at: usize| {
        let is_whole = pieces[at + asked.len() - 1].folded == asked[asked.len() - 1].folded;
        let worth = if is_whole { 1.0 } else { LONGER_WORD };
        Place { at, worth }
    };
    starts
        .filter(is_here)
        .take(OCCURRENCES_MAX)
        .map(place)
        .collect()
}

/// As BM25 does it, without the rarity of words: every candidate holds all of them.
fn score(places: &[Vec<Place>], clauses: &[Clause], length: usize) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a message has some thousand pieces"
    )]
    let length = length as f64;
    let dampened = 1.2 * (0.25 + 0.75 * length / USUAL_PIECES);
    let often = |found: &Vec<Place>| {
        let times: f64 = found.iter().map(|place| place.worth).sum();
        times * 2.2 / (times + dampened)
    };
    let words: f64 = places.iter().map(often).sum();
    if clauses.len() < 2 {
        return words;
    }
    // How far the first place of each clause is from the nearest places of the others.
    let distance: usize = places[0]
        .iter()
        .map(|first| {
            let nearest = |found: &Vec<Place>| {
                let away = found.iter().map(|place| place.at.abs_diff(first.at));
                away.min().unwrap_or(usize::MAX)
            };
            places[1..].iter().map(nearest).max().unwrap_or(0)
        })
        .min()
        .unwrap_or(usize::MAX);
    #[expect(
        clippy::cast_precision_loss,
        reason = "a message has some thousand pieces"
    )]
    let apart = distance.saturating_sub(1) as f64;
    words + TOGETHER / (1.0 + apart)
}

#[cfg(test)]
mod tests {
    use super::super::query::parse;
    use super::*;

    fn found(text: &str, query: &str) -> Option<Vec<String>> {
        let found = find(text, &parse(query, 0).clauses)?;
        let ranges = found.ranges.into_iter();
        Some(ranges.map(|range| text[range].to_owned()).collect())
    }

    fn score_of(text: &str, query: &str) -> f64 {
        find(text, &parse(query, 0).clauses).map_or(-1.0, |found| found.score)
    }

    #[test]
    fn all_words_have_to_be_there_whatever_their_accents() {
        assert_eq!(found("Le Café ferme", "cafe "), Some(vec!["Café".into()]));
        assert_eq!(found("the cafe", "CAFÉ "), Some(vec!["cafe".into()]));
        assert_eq!(found("the cafe", "cafe tea "), None);
        assert_eq!(
            found("Привет, Ёлка", "елка ПРИВЕТ "),
            Some(vec!["Привет".into(), "Ёлка".into()])
        );
        assert_eq!(found("ok 👍🏽", "👍"), Some(vec!["👍🏽".into()]));
        assert_eq!(found("anything", ""), Some(vec![]));
    }

    #[test]
    fn a_phrase_is_in_its_order_and_a_beginning_goes_on() {
        assert_eq!(
            found("at the door", "\"the door\""),
            Some(vec!["the door".into()])
        );
        assert_eq!(found("door the", "\"the door\""), None);
        assert_eq!(found("Lunches", "lun"), Some(vec!["Lunches".into()]));
        assert_eq!(found("Lunches", "lun "), None);
        assert_eq!(found("Lunches", "\"lun\""), None);
    }

    #[test]
    fn a_word_of_signs_is_found_inside_a_run_and_not_across_a_gap() {
        assert_eq!(
            found("今日は日本語を話す", "日本"),
            Some(vec!["日本".into()])
        );
        assert_eq!(found("今日は日本語を話す", "語 "), Some(vec!["語".into()]));
        assert_eq!(found("日、本", "日本"), None);
        assert_eq!(found("ｶﾞｯｺｳ", "ガッコウ"), Some(vec!["ｶﾞｯｺｳ".into()]));
        assert_eq!(found("학교에서 만나요", "학교 "), Some(vec!["학교".into()]));
    }

    #[test]
    fn what_stands_together_whole_or_in_a_short_text_is_better() {
        assert!(
            score_of("red door here", "red door ") > score_of("red is the big door", "red door ")
        );
        assert!(score_of("a door", "door") > score_of("a doorbell", "door"));
        let long = format!("door {}", "word ".repeat(200));
        assert!(score_of("the door", "door ") > score_of(&long, "door "));
        assert!(score_of("door, door", "door ") > score_of("door, bell", "door "));
    }
}
