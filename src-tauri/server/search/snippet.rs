//! The part of a text that is shown of a hit, with what to mark in it. Text, never HTML.

use std::ops::Range;

/// Characters of a snippet, without the dots that say that the text goes on.
const SNIPPET_CHARS: usize = 160;
/// Of these, how many come before the first mark.
const BEFORE_CHARS: usize = 40;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Snippet {
    /// As it was written; `…` where it was cut.
    pub(super) text: String,
    /// From and to where to mark it, in characters (Unicode scalar values). Rising, apart from each other.
    pub(super) ranges: Vec<[u32; 2]>,
}

/// Cuts `text` around the place with the most of `marks`, which are in bytes and rise.
pub(super) fn cut(text: &str, marks: &[Range<usize>]) -> Snippet {
    let window = window(text, marks);
    let mut cut = String::new();
    if window.start > 0 {
        cut.push('…');
    }
    let ahead = cut.chars().count();
    cut.push_str(&text[window.clone()]);
    if window.end < text.len() {
        cut.push('…');
    }
    let mut ranges: Vec<[u32; 2]> = Vec::new();
    for mark in marks.iter().filter(|mark| window.contains(&mark.start)) {
        let place = |at: usize| {
            let chars = ahead + text[window.start..at].chars().count();
            u32::try_from(chars).unwrap_or(u32::MAX)
        };
        let [start, end] = [place(mark.start), place(mark.end.min(window.end))];
        match ranges.last_mut() {
            Some(last) if start <= last[1] => last[1] = last[1].max(end),
            _ => ranges.push([start, end]),
        }
    }
    Snippet { text: cut, ranges }
}

fn window(text: &str, marks: &[Range<usize>]) -> Range<usize> {
    // Four bytes at most for a character: most messages are short enough without counting.
    if text.len() <= SNIPPET_CHARS || text.chars().nth(SNIPPET_CHARS).is_none() {
        return 0..text.len();
    }
    let forward = |from: usize, chars: usize| {
        text[from..]
            .char_indices()
            .nth(chars)
            .map_or(text.len(), |(at, _)| from + at)
    };
    let best = marks.iter().max_by_key(|first| {
        let end = forward(first.start, SNIPPET_CHARS - BEFORE_CHARS);
        let close = marks
            .iter()
            .filter(|mark| first.start <= mark.start && mark.end <= end);
        // Of equal ones the first.
        (close.count(), std::cmp::Reverse(first.start))
    });
    let first = best.map_or(0, |mark| mark.start);
    let before = text[..first].char_indices().rev().nth(BEFORE_CHARS - 1);
    let start = before.map_or(0, |(at, _)| at);
    // A word is not cut in two where a space is near.
    let start = match text[start..first].find(char::is_whitespace) {
        Some(space) if start > 0 => {
            let behind = start + space;
            behind + text[behind..].chars().next().map_or(0, char::len_utf8)
        }
        _ => start,
    };
    start..forward(start, SNIPPET_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(snippet: &Snippet) -> Vec<String> {
        let chars: Vec<char> = snippet.text.chars().collect();
        let part = |range: &[u32; 2]| {
            let [start, end] = range.map(|at| usize::try_from(at).unwrap_or(0));
            chars[start..end].iter().collect()
        };
        snippet.ranges.iter().map(part).collect()
    }

    fn all(text: &str, word: &str) -> Vec<Range<usize>> {
        let found = text.match_indices(word);
        found.map(|(at, word)| at..at + word.len()).collect()
    }

    #[test]
    fn a_short_text_is_shown_whole() {
        let text = "Ein 👍 für <b>Café</b>";
        let snippet = cut(text, &all(text, "Café"));
        assert_eq!(snippet.text, text);
        assert_eq!(marked(&snippet), ["Café"]);
        assert!(cut(text, &[]).ranges.is_empty());
    }

    #[test]
    fn a_long_text_is_cut_where_most_is_found() {
        let text = format!(
            "{}door {}red door, the door{}",
            "é ".repeat(300),
            "ü ".repeat(300),
            " ö".repeat(300)
        );
        let snippet = cut(&text, &all(&text, "door"));
        assert_eq!(marked(&snippet), ["door", "door"]);
        assert!(
            snippet.text.starts_with('…') && snippet.text.ends_with('…'),
            "{}",
            snippet.text
        );
        assert!(snippet.text.chars().count() <= SNIPPET_CHARS + 2);
        let whole = cut(&text, &[]);
        assert!(
            whole.text.starts_with("é é"),
            "without a mark the beginning: {}",
            whole.text
        );
    }

    #[test]
    fn marks_that_touch_are_one_and_one_too_long_is_cut_too() {
        let snippet = cut("日本語", &[0..6, 3..9]);
        assert_eq!(snippet.ranges, [[0, 3]]);
        let long = "x".repeat(2_000);
        let one = 0..long.len();
        let snippet = cut(&long, std::slice::from_ref(&one));
        assert_eq!(snippet.ranges, [[0, 160]]);
    }
}
