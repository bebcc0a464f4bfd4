//! What somebody typed, as what to look for. Nothing they type is an error: what is no operator is text.

use jiff::civil::Date;
use jiff::{Span, tz::TimeZone};
use landline_protocol::{Timestamp, TopicName, UserId};

use super::segment::{Piece, segment};

/// Words and phrases of a query that count; the rest is ignored.
const CLAUSES_MAX: usize = 16;
/// Pieces of a phrase that count.
const PIECES_MAX: usize = 64;

/// What to look for: all of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    /// Words and phrases, each of which has to be there.
    pub(super) clauses: Vec<Clause>,
    /// Whose messages.
    pub(super) from: Option<Who>,
    /// In which topic.
    pub(super) topic: Option<TopicName>,
    /// Not before.
    pub(super) since: Option<Timestamp>,
    /// Before.
    pub(super) until: Option<Timestamp>,
}

/// A word, or several behind each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Never empty.
    pub(super) pieces: Vec<Piece>,
    /// Whether the last may go on.
    pub(super) is_prefix: bool,
}

/// An author.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Who {
    /// The one who asks.
    Me,
    /// By id.
    Id(UserId),
    /// By words of the name they had.
    Named(Clause),
}

/// Reads a query. `offset_minutes`: how far east of UTC the days of the one who asks are.
pub(super) fn parse(text: &str, offset_minutes: i32) -> Query {
    let mut query = Query::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (chunk, behind) = take(rest);
        // While a word is being typed it is a beginning.
        let is_typed = behind.is_empty() && !chunk.is_closed && chunk.ends_at_end;
        if !query.take_operator(&chunk, is_typed, offset_minutes)
            && query.clauses.len() < CLAUSES_MAX
        {
            query
                .clauses
                .extend(clause(chunk.text, chunk.has_star || is_typed));
        }
        rest = behind.trim_start();
    }
    query
}

/// A word or a phrase of a query.
struct Chunk<'a> {
    operator: Option<&'a str>,
    text: &'a str,
    /// It was quoted, and the quote was closed.
    is_closed: bool,
    has_star: bool,
    /// Nothing follows it, not even a space.
    ends_at_end: bool,
    /// All of it, should the operator be none.
    whole: &'a str,
}

const QUOTES: [(char, char); 5] = [('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」')];

/// Takes the first chunk of a text that does not begin with space.
fn take(text: &str) -> (Chunk<'_>, &str) {
    let bare = text.find(char::is_whitespace).unwrap_or(text.len());
    let operator = text[..bare]
        .split_once(':')
        .map(|(operator, _)| operator)
        .filter(|operator| {
            OPERATORS
                .iter()
                .any(|one| one.eq_ignore_ascii_case(operator))
        });
    let value = operator.map_or(text, |operator| &text[operator.len() + 1..]);
    let quoted = QUOTES
        .iter()
        .find_map(|(open, close)| Some((value.strip_prefix(*open)?, *close)));
    let Some((inside, close)) = quoted else {
        let end = value.find(char::is_whitespace).unwrap_or(value.len());
        let (word, behind) = value.split_at(end);
        let chunk = Chunk {
            operator,
            text: word.trim_end_matches('*'),
            is_closed: false,
            has_star: word.ends_with('*'),
            ends_at_end: behind.is_empty(),
            whole: &text[..text.len() - behind.len()],
        };
        return (chunk, behind);
    };
    let (phrase, behind, is_closed) = match inside.split_once(close) {
        Some((phrase, behind)) => (phrase, behind, true),
        None => (inside, "", false),
    };
    let starless = behind.strip_prefix('*');
    let behind = starless.unwrap_or(behind);
    let chunk = Chunk {
        operator,
        text: phrase,
        is_closed,
        has_star: starless.is_some(),
        ends_at_end: !phrase.ends_with(char::is_whitespace),
        whole: &text[..text.len() - behind.len()],
    };
    (chunk, behind)
}

const OPERATORS: [&str; 5] = ["from", "in", "before", "after", "on"];

impl Query {
    /// Takes a chunk that is an operator with a value; the last of a kind counts.
    fn take_operator(&mut self, chunk: &Chunk<'_>, is_typed: bool, offset_minutes: i32) -> bool {
        let Some(operator) = chunk.operator.map(str::to_ascii_lowercase) else {
            return false;
        };
        let days = || days(chunk.text, offset_minutes);
        match operator.as_str() {
            "from" => {
                let who = who(chunk.text, chunk.has_star || is_typed);
                self.from = who.or(self.from.take());
                // A name not begun yet asks for nothing.
                true
            }
            "in" => match chunk.text.trim_start_matches('#').parse() {
                Ok(topic) => {
                    self.topic = Some(topic);
                    true
                }
                Err(_) => chunk.text.is_empty(),
            },
            _ if chunk.text.is_empty() => true,
            _ => {
                let Some((first, behind)) = days() else {
                    // No date: it is text like any other.
                    let clause = clause(chunk.whole, is_typed);
                    if self.clauses.len() < CLAUSES_MAX {
                        self.clauses.extend(clause);
                    }
                    return true;
                };
                if operator != "before" {
                    self.since = Some(if operator == "on" { first } else { behind });
                }
                if operator != "after" {
                    self.until = Some(if operator == "on" { behind } else { first });
                }
                true
            }
        }
    }
}

fn clause(text: &str, is_prefix: bool) -> Option<Clause> {
    let mut pieces = segment(text);
    pieces.truncate(PIECES_MAX);
    let last = pieces.last()?;
    // One letter begins too much: it is a word of its own until a second follows.
    let is_prefix = is_prefix && !last.is_sign && last.folded.chars().nth(1).is_some();
    Some(Clause { pieces, is_prefix })
}

fn who(text: &str, is_prefix: bool) -> Option<Who> {
    if text.eq_ignore_ascii_case("me") {
        return Some(Who::Me);
    }
    if let Ok(id) = text.parse() {
        return Some(Who::Id(id));
    }
    clause(text.trim_start_matches('@'), is_prefix).map(Who::Named)
}

/// The first moment of a day, a month or a year, and the first behind it.
fn days(text: &str, offset_minutes: i32) -> Option<(Timestamp, Timestamp)> {
    let mut parts = text.split('-');
    let year: i16 = number(parts.next()?, 4)?;
    let month = parts.next().map(|part| number(part, 2));
    let day = parts.next().map(|part| number(part, 2));
    if parts.next().is_some() {
        return None;
    }
    let span = match (month, day) {
        (None, _) => Span::new().years(1),
        (Some(_), None) => Span::new().months(1),
        (Some(_), Some(_)) => Span::new().days(1),
    };
    let number_of = |part: Option<Option<i8>>| part.unwrap_or(Some(1));
    let first = Date::new(year, number_of(month)?, number_of(day)?).ok()?;
    let behind = first.checked_add(span).ok()?;
    let moment = |date: Date| {
        let at = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Timestamp(
            at.as_millisecond() - i64::from(offset_minutes) * 60_000,
        ))
    };
    Some((moment(first)?, moment(behind)?))
}

fn number<T: std::str::FromStr>(text: &str, digits: usize) -> Option<T> {
    let is_number = text.len() <= digits && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clauses as text: `a+b` is a phrase, `a*` a beginning.
    fn clauses(text: &str) -> Vec<String> {
        let as_text = |clause: Clause| {
            let words: Vec<String> = clause.pieces.into_iter().map(|p| p.folded).collect();
            words.join("+") + if clause.is_prefix { "*" } else { "" }
        };
        parse(text, 0).clauses.into_iter().map(as_text).collect()
    }

    #[test]
    fn words_phrases_and_beginnings() {
        assert_eq!(clauses("Late lunch "), ["late", "lunch"]);
        assert_eq!(
            clauses("late lun"),
            ["late", "lun*"],
            "the last one is being typed"
        );
        assert_eq!(clauses("lun* today "), ["lun*", "today"]);
        assert_eq!(clauses("\"at the door\" now "), ["at+the+door", "now"]);
        assert_eq!(clauses("\"at the do\"*"), ["at+the+do*"]);
        assert_eq!(clauses("“at the door”"), ["at+the+door"]);
        assert_eq!(
            clauses("\"at the do"),
            ["at+the+do*"],
            "a quote not closed yet"
        );
        assert_eq!(clauses("don't "), ["don+t"]);
    }

    #[test]
    fn one_letter_begins_nothing() {
        assert_eq!(clauses("a"), ["a"]);
        assert_eq!(clauses("an"), ["an*"]);
        assert_eq!(clauses("日"), ["日"], "a sign is found inside a run anyway");
    }

    #[test]
    fn nothing_is_an_error() {
        for text in [
            "", "  ", "\"", "\"\"", "***", "- ... !?", ":", "from:", "in:", "on:", "¤",
        ] {
            assert_eq!(parse(text, 0), Query::default(), "{text:?}");
        }
        assert_eq!(
            clauses("a AND NOT (b OR c) NEAR(d, 2) "),
            ["a", "and", "not", "b", "or", "c", "near+d", "2"]
        );
        assert_eq!(
            clauses("https://a.example/x on:friday "),
            ["https+a+example+x", "on+friday"]
        );
        assert_eq!(clauses(&"x ".repeat(100)).len(), CLAUSES_MAX);
    }

    #[test]
    fn operators_say_who_where_and_when() {
        let query = parse("FROM:ana in:#Sports lunch ", 0);
        assert_eq!(
            query.from,
            Some(Who::Named(
                clause("ana", false).unwrap_or_else(|| unreachable!())
            ))
        );
        assert_eq!(query.topic, "sports".parse().ok());
        assert_eq!(query.clauses.len(), 1);
        assert_eq!(parse("from:me", 0).from, Some(Who::Me));
        assert!(matches!(
            parse("from:\"Bo Berg\"", 0).from,
            Some(Who::Named(Clause { pieces, is_prefix: false })) if pieces.len() == 2
        ));
        assert!(matches!(
            parse("from:6f1c1f7e-3a55-4c0e-9a5e-5d3f0c1b2a4d", 0).from,
            Some(Who::Id(_))
        ));
    }

    #[test]
    fn days_are_those_of_the_one_who_asks() {
        const DAY: i64 = 86_400_000;
        let day = Timestamp(1_767_225_600_000); // 2026-01-01
        let span = |text, offset| {
            let query = parse(text, offset);
            (query.since.map(|at| at.0), query.until.map(|at| at.0))
        };
        assert_eq!(span("on:2026-01-01", 0), (Some(day.0), Some(day.0 + DAY)));
        assert_eq!(span("before:2026-01-01", 0), (None, Some(day.0)));
        assert_eq!(span("after:2026-01-01", 0), (Some(day.0 + DAY), None));
        assert_eq!(span("on:2026-01", 0), (Some(day.0), Some(day.0 + 31 * DAY)));
        assert_eq!(span("on:2026", 0), (Some(day.0), Some(day.0 + 365 * DAY)));
        assert_eq!(
            span("before:2026-1-1", 120),
            (None, Some(day.0 - 7_200_000))
        );
        assert_eq!(span("on:2026-02-30 ", 0), (None, None));
    }
}
