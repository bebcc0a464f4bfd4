//! The search against real files: that its index keeps up with the log, whatever becomes of either.

mod asking;

mod phrases;

use std::sync::atomic::AtomicU32;

use landline_hub::{ChatKey, Person};
use landline_protocol::{DisplayName, Timestamp, UserId, Via};
use tempfile::TempDir;

use super::*;
use crate::limits::{INDEX_GATHERED_MAX, SEARCH_LINEAR_MAX};
use crate::store::Filler;

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
