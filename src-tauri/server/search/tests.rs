//! The search against real files.

mod phrases;

use std::sync::atomic::AtomicU32;

use landline_hub::{ChatKey, Person, SearchCursor};
use landline_protocol::{DisplayName, Timestamp, UserId, Via};
use tempfile::TempDir;

use super::*;
use crate::limits::{INDEX_GATHERED_MAX, SEARCH_LINEAR_MAX, SEARCH_RANKED};
use crate::store::Filler;

const DAY: i64 = 86_400_000;
/// 2026-01-01.
const NEW_YEAR: i64 = 1_767_225_600_000;

fn person(n: u8, name: &str) -> Person {
    Person {
        user_id: UserId(uuid::Uuid::from_u128(u128::from(n) + 1)),
        name: DisplayName::lenient(name),
        via: Via::App,
    }
}

fn ana() -> Person {
    person(1, "Ana")
}

fn bo() -> Person {
    person(2, "Bo Berg")
}

fn cy() -> Person {
    person(3, "Cy")
}

fn topic(name: &str) -> ChatKey {
    ChatKey::Topic(name.parse().unwrap())
}

fn direct(one: &Person, other: &Person) -> ChatKey {
    ChatKey::direct(one.user_id, other.user_id)
}

/// A log, and the search in it.
struct Place {
    folder: TempDir,
    searcher: Searcher,
    clock: AtomicU32,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir().unwrap();
        // The file is there, and empty.
        let filler = Filler::open(folder.path(), Timestamp(NEW_YEAR)).unwrap();
        filler.finish().unwrap();
        Place {
            searcher: Searcher::new(&folder.path().join("room.db")),
            folder,
            clock: AtomicU32::new(0),
        }
    }

    /// Says something a minute after what was said before.
    fn say(&self, said: &[(&ChatKey, &Person, &str)]) {
        let mut filler = Filler::open(self.folder.path(), Timestamp(NEW_YEAR)).unwrap();
        for (chat, author, text) in said {
            let minutes = i64::from(self.clock.fetch_add(1, Ordering::Relaxed));
            let at = Timestamp(NEW_YEAR + minutes * 60_000);
            filler.say(chat, author, text, at).unwrap();
        }
        filler.finish().unwrap();
    }

    fn say_at(&self, text: &str, at: i64) {
        let mut filler = Filler::open(self.folder.path(), Timestamp(NEW_YEAR)).unwrap();
        filler
            .say(&topic("lobby"), &ana(), text, Timestamp(at))
            .unwrap();
        filler.finish().unwrap();
    }

    fn index(&self) {
        let log = self.folder.path().join("room.db");
        let change = |file: &Path| {
            let mut index = Index::open(file, Log::open(&log)?)?;
            while index.take_in()? || index.take_out()? {}
            index.close()
        };
        self.searcher.index_here(change).unwrap();
    }

    fn find(&self, reader: &Person, change: impl FnOnce(&mut Scope, &mut Search)) -> Found {
        let mut scope = Scope {
            reader: Some(reader.user_id),
            chat: None,
        };
        let mut search = searching("");
        change(&mut scope, &mut search);
        self.searcher.find_here(&scope, &search).unwrap()
    }

    /// The texts found for a query, the best first.
    fn texts(&self, reader: &Person, query: &str) -> Vec<String> {
        let found = self.find(reader, |_, search| search.query = query.into());
        bodies(&found)
    }
}

fn searching(query: &str) -> Search {
    Search {
        search_id: None,
        query: query.into(),
        chat: None,
        from: None,
        after: None,
        before: None,
        offset_minutes: 0,
        limit: 50,
        cursor: None,
    }
}

fn bodies(found: &Found) -> Vec<String> {
    let hits = found.hits.iter();
    hits.map(|hit| hit.entry.body.to_string()).collect()
}

/// The same with what is said in the index, and with what is not in it yet.
fn both(said: &[(&ChatKey, &Person, &str)], check: impl Fn(&Place)) {
    for is_indexed in [true, false] {
        let place = Place::new();
        place.say(said);
        if is_indexed {
            place.index();
        }
        check(&place);
    }
}

#[test]
fn words_phrases_beginnings_and_scripts() {
    let lobby = topic("lobby");
    let ana = ana();
    let said = [
        "Le Café ferme à midi",
        "a cafe on the corner",
        "на ЁЛКЕ висят шары",
        "今日は日本語を勉強します",
        "東京に行きたい",
        "我们明天去北京",
        "학교에서 만나요",
        "nice 👍🏽 work",
        "the red door",
        "the door is red",
        "c'est l'été",
        "deploy v1.2.3 to https://host.example/path",
    ];
    let said: Vec<_> = said.iter().map(|text| (&lobby, &ana, *text)).collect();
    both(&said, |place| {
        let sorted = |query: &str| {
            let mut texts = place.texts(&ana, query);
            texts.sort();
            texts
        };
        let cafes = ["Le Café ferme à midi", "a cafe on the corner"];
        for query in ["cafe ", "CAFÉ ", "cafe\u{301} ", "caf", "ca*  "] {
            assert_eq!(sorted(query), cafes, "{query}");
        }
        assert_eq!(sorted("елке"), ["на ЁЛКЕ висят шары"]);
        assert_eq!(sorted("Ёлке Шары "), ["на ЁЛКЕ висят шары"]);
        assert_eq!(sorted("日本"), ["今日は日本語を勉強します"]);
        assert_eq!(sorted("本語を勉強"), ["今日は日本語を勉強します"]);
        assert_eq!(sorted("語"), ["今日は日本語を勉強します"]);
        assert_eq!(sorted("京"), ["我们明天去北京", "東京に行きたい"]);
        assert_eq!(sorted("北京 明天"), ["我们明天去北京"]);
        assert_eq!(sorted("本日"), [""; 0]);
        assert_eq!(sorted("학교 "), ["학교에서 만나요"]);
        assert_eq!(sorted("👍"), ["nice 👍🏽 work"]);
        assert_eq!(sorted("\"the door\""), ["the door is red"]);
        assert_eq!(sorted("door red "), ["the door is red", "the red door"]);
        assert_eq!(sorted("ete"), ["c'est l'été"]);
        assert_eq!(
            sorted("v1.2.3"),
            ["deploy v1.2.3 to https://host.example/path"]
        );
        assert_eq!(
            sorted("host.example/pa"),
            ["deploy v1.2.3 to https://host.example/path"]
        );
        assert_eq!(sorted("redoor "), [""; 0]);
    });
}

#[test]
fn whatever_is_typed_is_text_and_no_error() {
    let lobby = topic("lobby");
    let ana = ana();
    let long = "x".repeat(5_000);
    both(
        &[
            (&lobby, &ana, "cats AND dogs, NOT birds OR fish"),
            (&lobby, &ana, &long),
            (&lobby, &ana, "... !!! \"\" *** ¤ …"),
        ],
        |place| {
            assert_eq!(place.texts(&ana, "cats OR fish ").len(), 1);
            assert_eq!(
                place.texts(&ana, "cats NEAR dogs ").len(),
                0,
                "it is a word like any other"
            );
            assert_eq!(place.texts(&ana, &long).len(), 1);
            assert_eq!(place.texts(&ana, &"x".repeat(64)).len(), 1);
            for query in [
                "",
                " ",
                "\"",
                "\"\"\"",
                "*",
                "\"*",
                "(((",
                "a\" OR \"b",
                "NEAR(",
                "{x}:y",
                "-",
                "^cats",
                "words:cats",
                "rank",
                "'; DROP TABLE words; --",
                "\u{0}",
                "¤",
                "¤t",
                "\u{301}\u{301}",
                "%",
                "_",
                "\\",
                "cats\u{0}dogs",
            ] {
                let texts = place.texts(&ana, query);
                assert!(
                    texts.iter().all(|text| text.contains("cats")),
                    "{query:?}: {texts:?}"
                );
            }
        },
    );
}

#[test]
fn author_topic_and_day_narrow_it_down() {
    let (lobby, sports) = (topic("lobby"), topic("sports"));
    let (ana, bo) = (ana(), bo());
    both(
        &[
            (&lobby, &ana, "lunch one"),
            (&lobby, &bo, "lunch two"),
            (&sports, &ana, "lunch three"),
        ],
        |place| {
            let first = |query: &str| {
                let texts = place.texts(&ana, query);
                let words = texts
                    .iter()
                    .map(|text| text.split(' ').next_back().unwrap().to_owned());
                let mut words: Vec<String> = words.collect();
                words.sort();
                words.join(" ")
            };
            assert_eq!(first("lunch from:bo "), "two");
            assert_eq!(first("lunch from:BERG"), "two");
            assert_eq!(first("lunch from:ber"), "two", "while it is typed");
            assert_eq!(first("lunch from:ber x"), "");
            assert_eq!(first("lunch from:me"), "one three");
            assert_eq!(first(&format!("lunch from:{}", bo.user_id.0)), "two");
            assert_eq!(first("lunch in:sports"), "three");
            assert_eq!(first("lunch in:#LOBBY from:ana"), "one");
            assert_eq!(first("lunch in:nowhere"), "");
            assert_eq!(
                first("from:ana in:sports"),
                "three",
                "without a word all of it"
            );
            assert_eq!(first("on:2026-01-01"), "one three two");
            assert_eq!(first("lunch before:2026-01-01"), "");
            let found = place.find(&ana, |_, search| {
                search.query = "lunch".into();
                search.from = Some(bo.user_id);
            });
            assert_eq!(bodies(&found), ["lunch two"]);
            let found = place.find(&ana, |scope, search| {
                search.query = "lunch".into();
                scope.chat = Some(sports.clone());
            });
            assert_eq!(bodies(&found), ["lunch three"]);
            let found = place.find(&ana, |_, search| {
                search.query = "lunch".into();
                search.after = Some(Timestamp(NEW_YEAR + 60_000));
                search.before = Some(Timestamp(NEW_YEAR + 120_000));
            });
            assert_eq!(bodies(&found), ["lunch two"]);
        },
    );
}

#[test]
fn a_day_is_found_though_the_clock_went_back() {
    let place = Place::new();
    for (text, day) in [("a", 10), ("b", 11), ("c", 3), ("d", 12), ("e", 11)] {
        place.say_at(&format!("word {text}"), NEW_YEAR + (day - 1) * DAY + 5);
    }
    place.index();
    let on = |query: &str| {
        let mut texts = place.texts(&ana(), query);
        texts.sort();
        texts.join(",")
    };
    assert_eq!(on("word on:2026-01-11"), "word b,word e");
    assert_eq!(on("word before:2026-01-05"), "word c");
    assert_eq!(on("word after:2026-01-11"), "word d");
}

/// The one that matters most: whatever operator is tried, a direct chat is found by its two only.
#[test]
fn nobody_finds_what_they_may_not_read() {
    let lobby = topic("lobby");
    let (ana, bo, cy) = (ana(), bo(), cy());
    let between = direct(&ana, &bo);
    let id = between_id(&ana);
    both(
        &[
            (&lobby, &ana, "the secret is out"),
            (&between, &ana, "the secret is a key"),
            (&between, &bo, "日本語 secret answer"),
        ],
        |place| {
            let tries = [
                "secret",
                "secret ",
                "\"the secret\"",
                "sec*",
                "key",
                "日本",
                "語",
                "from:ana",
                "from:ana secret",
                "from:bo",
                "from:\"Bo Berg\"",
                "from:me",
                &format!("from:{id}"),
                "on:2026-01-01",
                "after:2025-01-01",
                "before:2027-01-01 secret",
                "in:lobby",
                "¤u",
                "¤t",
                "¤c2",
                "secret OR ¤c2",
                "secret\" OR \"¤c2",
                "*",
            ];
            for query in tries {
                for hit in place
                    .find(&cy, |_, search| search.query = query.into())
                    .hits
                {
                    assert_eq!(
                        hit.entry.chat, lobby,
                        "{query:?} told cy {:?}",
                        hit.entry.body
                    );
                }
            }
            for person in [&ana, &bo] {
                let found = place.find(person, |_, search| search.query = "secret".into());
                assert_eq!(found.hits.len(), 3);
            }
            // Even if the scope named it: it is a scope of cy's.
            let found = place.find(&cy, |scope, search| {
                scope.chat = Some(between.clone());
                search.query = "secret".into();
                search.from = Some(ana.user_id);
            });
            assert_eq!(found.hits, []);
            // Over HTTP nobody is anybody.
            let found = place.find(&ana, |scope, search| {
                scope.reader = None;
                search.query = "secret".into();
            });
            assert_eq!(bodies(&found), ["the secret is out"]);
            let found = place.find(&ana, |scope, search| {
                scope.reader = None;
                search.query = "from:me secret".into();
            });
            assert_eq!(found.hits, []);
        },
    );
}

fn between_id(person: &Person) -> String {
    person.user_id.0.to_string()
}

#[test]
fn what_was_just_said_is_found_and_what_is_too_much_is_told() {
    let (lobby, ana) = (topic("lobby"), ana());
    let place = Place::new();
    place.say(&[(&lobby, &ana, "first needle")]);
    place.index();
    place.say(&[(&lobby, &ana, "second needle")]);
    assert_eq!(place.texts(&ana, "needle").len(), 2);
    let hay: Vec<_> = (0..SEARCH_LINEAR_MAX)
        .map(|_| (&lobby, &ana, "hay"))
        .collect();
    place.say(&hay);
    let found = place.find(&ana, |_, search| search.query = "needle".into());
    assert_eq!((found.hits.len(), found.pending), (1, 1));
    place.index();
    let found = place.find(&ana, |_, search| search.query = "needle".into());
    assert_eq!((found.hits.len(), found.pending), (2, 0));
}

#[test]
fn pages_follow_each_other_and_hold_each_hit_once() {
    let (lobby, ana) = (topic("lobby"), ana());
    let all = SEARCH_RANKED * 2 + 30;
    let texts: Vec<String> = (0..all).map(|n| format!("needle {n}")).collect();
    for indexed in [0, all / 3, all] {
        let place = Place::new();
        for half in [&texts[..indexed], &texts[indexed..]] {
            let said: Vec<_> = half.iter().map(|text| (&lobby, &ana, &**text)).collect();
            place.say(&said);
            if half.len() == indexed {
                place.index();
            }
        }
        let (mut seen, mut cursor): (Vec<String>, Option<SearchCursor>) = (Vec::new(), None);
        loop {
            let found = place.find(&ana, |_, search| {
                search.query = "needle".into();
                search.cursor = cursor;
            });
            // What is said meanwhile does not move the pages.
            place.say(&[(&lobby, &ana, "another needle")]);
            seen.extend(bodies(&found));
            cursor = found.cursor;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), all);
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), all, "none twice");
    }
}

#[test]
fn the_better_comes_first_and_among_equals_the_newer() {
    let (lobby, ana) = (topic("lobby"), ana());
    both(
        &[
            (
                &lobby,
                &ana,
                "red, which is what the other door is, and so on and so on, door",
            ),
            (&lobby, &ana, "a red door"),
            (&lobby, &ana, "the red door"),
            (&lobby, &ana, "a reddish doorway"),
        ],
        |place| {
            let texts = place.texts(&ana, "red* door*");
            assert_eq!(texts[..2], ["the red door", "a red door"]);
        },
    );
}

#[test]
fn a_missing_damaged_older_or_foreign_index_is_made_anew() {
    let (lobby, ana) = (topic("lobby"), ana());
    let place = Place::new();
    place.say(&[(&lobby, &ana, "needle one"), (&lobby, &ana, "needle two")]);
    place.index();
    let file = place.folder.path().join("search.db");
    let spoil: [&dyn Fn(); 5] = [
        &|| std::fs::remove_file(&file).unwrap(),
        &|| std::fs::write(&file, b"this was never a database").unwrap(),
        &|| {
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        },
        &|| {
            let index = rusqlite::Connection::open(&file).unwrap();
            index
                .execute_batch("DELETE FROM words WHERE rowid = 1; PRAGMA user_version = 0")
                .unwrap();
        },
        &|| {
            // It follows another log: a backup was put back.
            let index = rusqlite::Connection::open(&file).unwrap();
            index
                .execute_batch("DELETE FROM words WHERE rowid = 1; UPDATE state SET indexed = 7")
                .unwrap();
        },
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        place.searcher.shared.idle().clear();
        spoil();
        place.index();
        assert_eq!(place.texts(&ana, "needle").len(), 2, "{n}");
        let found = place.find(&ana, |_, search| search.query = "needle".into());
        assert_eq!(found.pending, 0);
    }
}

#[test]
fn what_retention_removed_is_found_no_more_and_leaves_the_index() {
    let (lobby, ana) = (topic("lobby"), ana());
    let place = Place::new();
    place.say(&[(&lobby, &ana, "needle one"), (&lobby, &ana, "needle two")]);
    place.index();
    let log = rusqlite::Connection::open(place.folder.path().join("room.db")).unwrap();
    log.execute_batch(
        "UPDATE entry SET body = '', name = '' WHERE seq = 1; UPDATE chat SET oldest = 2",
    )
    .unwrap();
    assert_eq!(place.texts(&ana, "needle"), ["needle two"], "at once");
    place.index();
    assert_eq!(place.texts(&ana, "needle"), ["needle two"]);
    let index = index::reader(&place.folder.path().join("search.db")).unwrap();
    let found = |term: &str| {
        let sql = "SELECT count(*) FROM words WHERE words MATCH ?";
        index
            .query_row(sql, [term], |row| row.get::<_, i64>(0))
            .unwrap()
    };
    assert_eq!((found("one"), found("two")), (0, 1));
    // The newest may be gone too: there is nothing left to wait for.
    log.execute_batch("UPDATE entry SET body = '', name = ''; UPDATE chat SET oldest = 3")
        .unwrap();
    place.index();
    let found = place.find(&ana, |_, search| search.query = "needle".into());
    assert_eq!((found.hits.len(), found.pending), (0, 0));
}

#[test]
fn the_thread_follows_the_log_and_repairs_its_file() {
    let (lobby, ana) = (topic("lobby"), ana());
    let place = Place::new();
    place.say(&[(&lobby, &ana, "needle one")]);
    let follower = Follower::start(place.searcher.clone()).unwrap();
    let indexed = || {
        let is_there = *place.searcher.shared.is_there.read().unwrap();
        let reader = is_there
            .then(|| index::reader(&place.searcher.shared.index).ok())
            .flatten()?;
        index::indexed(&reader).ok()
    };
    let until = |wanted: i64| {
        while indexed() != Some(wanted) {
            std::thread::yield_now();
        }
    };
    until(1);
    place.say(&[(&lobby, &ana, "needle two")]);
    // So many that nobody waits for more.
    place.searcher.signal().wrote(INDEX_GATHERED_MAX);
    until(2);
    place.searcher.signal().damaged();
    until(2);
    follower.stop();
    assert_eq!(place.texts(&ana, "needle").len(), 2);
    let folder = place.folder.path();
    assert!(
        !folder
            .join("search.db-wal")
            .metadata()
            .is_ok_and(|wal| wal.len() > 0)
    );
}
