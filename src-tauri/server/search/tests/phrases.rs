//! Phrases, where what is said is so much that some words are frequent.

use super::*;
use crate::limits::SEARCH_RANKED;
use crate::search::index::{BATCH, mark};
use crate::search::matching;
use crate::search::pairs::FREQUENT_FROM;
use crate::search::query::parse;

/// In so many entries behind each other a word becomes frequent: the index is asked about it between two batches.
const MUCH: usize = BATCH + 500;

impl Place {
    /// Says the same many times.
    fn say_much(&self, text: &str) {
        let (lobby, ana) = (topic("lobby"), ana());
        self.say(&vec![(&lobby, &ana, text); MUCH]);
    }

    fn say_one(&self, text: &str) {
        self.say(&[(&topic("lobby"), &ana(), text)]);
    }

    /// All that is found for a query on all pages, sorted, and how many texts were read for it.
    fn all(&self, query: &str) -> (Vec<String>, usize) {
        let (mut texts, mut read, mut cursor) = (Vec::new(), 0, None);
        loop {
            let found = self.find(&ana(), |_, search| {
                search.query = query.into();
                search.cursor = cursor;
                // Each look on one page, so that it does not matter how far it comes in its time.
                search.limit = u32::try_from(SEARCH_RANKED).unwrap();
            });
            texts.extend(bodies(&found));
            read += self.searcher.shared.idle().last().map_or(0, |one| one.read);
            cursor = found.cursor;
            if cursor.is_none() {
                texts.sort();
                return (texts, read);
            }
        }
    }

    /// Entries that the index has for a pair.
    fn pairs(&self, one: &str, other: &str) -> i64 {
        let term = format!("\"{}\"", mark::pair(one, other));
        self.count("SELECT count(*) FROM words WHERE words MATCH ?", [term])
    }

    fn frequent(&self) -> i64 {
        self.count("SELECT count(*) FROM frequent", [])
    }

    fn count(&self, sql: &str, params: impl rusqlite::Params) -> i64 {
        let index = index::reader(&self.searcher.shared.index).unwrap();
        index.query_row(sql, params, |row| row.get(0)).unwrap()
    }
}

#[test]
fn a_phrase_of_frequent_words_is_found_wherever_it_was_said() {
    let place = Place::new();
    place.say_one("the red door, first");
    place.say_much("the door is red");
    place.index();
    // The words have become frequent meanwhile.
    place.say_one("the red door, second");
    place.say_much("red is the door");
    place.index();
    place.say_one("the red door, third");
    let firsts = ["the red door, first", "the red door, second"];
    let all = [firsts[0], firsts[1], "the red door, third"];
    assert_eq!(place.pairs("red", "door"), 1, "the second");
    for query in [
        "\"red door\"",
        "\"the red door\"",
        "\"red do\"*",
        "\"the red do",
    ] {
        assert_eq!(place.all(query).0, all, "{query}");
    }
    assert_eq!(place.all("\"red door\" second ").0, [firsts[1]]);
    assert_eq!(place.all("\"door second\"").0, [firsts[1]]);
    assert_eq!(place.all("\"red door\" \"the red\" first ").0, [firsts[0]]);
    assert_eq!(place.all("\"door red\"").0, [""; 0]);
}

/// At the level of work: a time would be of the computer.
#[test]
fn a_phrase_that_nobody_said_costs_no_more_where_more_was_said() {
    let place = Place::new();
    let mut reads = Vec::new();
    for _ in 0..3 {
        place.say_much("the door is red");
        place.index();
        let (texts, read) = place.all("\"red door\"");
        assert_eq!(texts, [""; 0]);
        reads.push(read);
    }
    // What was said before anybody knew that the words are frequent.
    assert!(reads.iter().all(|read| *read <= MUCH), "{reads:?}");
    assert_eq!(reads[1], reads[2]);
    // With a word that is not frequent: no more than hold that one, and none that are known to hold another behind it.
    place.say_one("red or blue");
    place.index();
    assert_eq!(place.all("\"blue red\""), (vec![], 1));
    assert_eq!(place.all("\"red blue\""), (vec![], 0));
    assert_eq!(place.all("\"red blu"), (vec![], 0));
    assert_eq!(place.all("\"or blu").0, ["red or blue"]);
}

#[test]
fn few_entries_make_no_word_frequent() {
    let place = Place::new();
    let (lobby, ana) = (topic("lobby"), ana());
    for _ in 1..FREQUENT_FROM / 50 {
        place.say(&[(&lobby, &ana, "the door is red"); 50]);
        place.index();
    }
    assert_eq!(place.pairs("the", "door"), 0);
    assert_eq!(place.frequent(), 0);
    place.say_much("the door is red");
    place.say_much("the door is red");
    place.index();
    assert!(place.pairs("the", "door") > 0);
    assert_eq!(place.frequent(), 4);
    // An index that is made anew learns it anew.
    place.searcher.shared.idle().clear();
    index::remove(&place.searcher.shared.index);
    place.index();
    assert!(place.pairs("the", "door") > 0);
    assert_eq!(place.frequent(), 4);
}

/// Whatever the index has together: what is found is what the texts themselves say.
#[test]
fn phrases_of_all_scripts_are_those_of_the_texts() {
    const WORDS: [&str; 8] = ["der", "Café", "мир", "日", "本", "👍", "हिन्दी", "학"];
    const GAPS: [&str; 3] = ["", " ", ", "];
    let mut random = fastrand::Rng::with_seed(99);
    let mut said = |length: usize| {
        let mut text = String::new();
        for _ in 0..length {
            text += WORDS[random.usize(..WORDS.len())];
            text += GAPS[random.usize(..GAPS.len())];
        }
        text
    };
    let texts: Vec<String> = (0..4 * BATCH).map(|_| said(4)).collect();
    let queries: Vec<String> = (0..60)
        .map(|n| format!("\"{}\"", said(2 + n % 3)))
        .collect();
    let place = Place::new();
    let (lobby, ana) = (topic("lobby"), ana());
    for part in texts.chunks(BATCH + 7) {
        let part: Vec<_> = part.iter().map(|text| (&lobby, &ana, &**text)).collect();
        place.say(&part);
        place.index();
    }
    assert!(place.frequent() >= 8, "{}", place.frequent());
    for query in queries {
        let clauses = parse(&query, 0).clauses;
        let holds = |text: &&String| matching::find(text, &clauses).is_some();
        let mut wanted: Vec<&String> = texts.iter().filter(holds).collect();
        wanted.sort();
        let found = place.all(&query).0;
        let (some, all) = (found.len(), wanted.len());
        assert!(
            found.iter().eq(wanted.iter().copied()),
            "{query}: {some} of {all}"
        );
    }
}

#[test]
fn a_phrase_that_retention_removed_leaves_the_index_with_its_pairs() {
    let place = Place::new();
    place.say_much("the door is red");
    place.index();
    place.say_one("the red door, first");
    place.say_one("the red door, second");
    place.index();
    assert_eq!(place.pairs("red", "door"), 2);
    let log = rusqlite::Connection::open(place.folder.path().join("room.db")).unwrap();
    let gone = MUCH + 1;
    log.execute_batch(&format!(
        "UPDATE entry SET body = '', name = '' WHERE seq <= {gone}; UPDATE chat SET oldest = {gone} + 1"
    ))
    .unwrap();
    for _ in 0..2 {
        assert_eq!(place.all("\"red door\"").0, ["the red door, second"]);
        place.index();
    }
    assert_eq!(place.pairs("red", "door"), 1);
    assert_eq!(place.pairs("the", "door"), 0);
    // The words stay frequent, whatever is left of them.
    place.say_one("the red door, third");
    place.index();
    assert_eq!(place.pairs("red", "door"), 2);
}
