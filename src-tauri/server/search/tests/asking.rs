//! What a query finds, in which order, and what it finds for nobody else.

use landline_hub::{Person, SearchCursor};
use landline_protocol::Timestamp;

use super::{NEW_YEAR, Place, ana, bo, bodies, both, cy, direct, topic};
use crate::limits::SEARCH_RANKED;

const DAY: i64 = 86_400_000;

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
