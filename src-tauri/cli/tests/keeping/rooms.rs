//! A room that dies and comes back, as it was or as it once was.

use std::collections::{BTreeMap, HashSet};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::process::{Line, Process, json};
use crate::program::{PATIENCE, cli, host, url};
use landline_client::{Store, StoreError};
use landline_protocol::RoomId;
use serde_json::Value;
use tempfile::TempDir;

/// Longest time until all is said again that was to be said; a debug build writes it to the disk twice.
const ALL_WITHIN: Duration = Duration::from_mins(2);

/// A folder, and a room in it that is always at the same address.
struct Room {
    folder: TempDir,
    process: Process,
    url: String,
    id: RoomId,
    /// What each said.
    said: BTreeMap<&'static str, u32>,
}

impl Room {
    fn open() -> Room {
        let folder = tempfile::tempdir().unwrap();
        let more = ["--port", "0", "--rate-limit", "off"];
        let (process, told) = host(&folder.path().join("room"), &more);
        Room {
            process,
            url: url(&told).to_owned(),
            id: told["room_id"].as_str().unwrap().parse().unwrap(),
            said: BTreeMap::new(),
            folder,
        }
    }

    fn path(&self, what: &str) -> PathBuf {
        self.folder.path().join(what)
    }

    fn open_again(&mut self) {
        let port = self.url.rsplit(':').next().unwrap();
        let more = ["--port", port, "--rate-limit", "off"];
        self.process = host(&self.path("room"), &more).0;
    }

    fn join(&self, name: &str) -> Process {
        let mut command = cli(&["join", &self.url, "--json", "--as", name, "--data"]);
        command.arg(self.path(name));
        Process::start(name, command)
    }

    fn say(&mut self, process: &mut Process, who: &'static str, count: u32) {
        let said = self.said.entry(who).or_default();
        for _ in 0..count {
            process.say(&format!("{who} {said}"));
            *said += 1;
        }
    }

    /// Waits until the host's log has all that was said; checks that it has each once and everybody's words in their order.
    fn has_everything(&self) -> Vec<String> {
        let all = u64::from(self.said.values().sum::<u32>());
        let end = Instant::now() + ALL_WITHIN;
        while self.newest() < all {
            assert!(Instant::now() < end, "{} of {all}", self.newest());
            std::thread::sleep(Duration::from_millis(50));
        }
        let log = self.log();
        assert_eq!(log.len() as u64, all);
        let once: HashSet<&String> = log.iter().collect();
        assert_eq!(once.len(), log.len(), "each once: {log:?}");
        for (who, said) in &self.said {
            let start = format!("{who} ");
            let theirs = log.iter().filter_map(|text| text.strip_prefix(&start));
            let expected: Vec<String> = (0..*said).map(|n| n.to_string()).collect();
            assert!(
                theirs.eq(expected.iter()),
                "{who}'s words in their order: {log:?}"
            );
        }
        log
    }

    /// Where the host's log of the lobby ends.
    fn newest(&self) -> u64 {
        let page = get(&self.url, "/api/topics/lobby/messages?limit=1");
        let page: Value = serde_json::from_str(&page).unwrap();
        page["messages"][0]["seq"].as_u64().unwrap_or_default()
    }

    /// The host's log of the lobby.
    fn log(&self) -> Vec<String> {
        let (mut texts, mut after) = (Vec::new(), 0);
        loop {
            let path = format!("/api/topics/lobby/messages?after={after}&limit=500");
            let page: Value = serde_json::from_str(&get(&self.url, &path)).unwrap();
            let Some(messages) = page["messages"].as_array() else {
                return texts;
            };
            texts.extend(
                messages
                    .iter()
                    .map(|m| m["content"].as_str().unwrap().to_owned()),
            );
            match messages.last() {
                Some(last) if page["more"] == true => after = last["seq"].as_u64().unwrap(),
                _ => return texts,
            }
        }
    }
}

fn get(url: &str, path: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn is_in(process: &mut Process) {
    process.wait_for("TOPIC_JOINED", PATIENCE, |line| frame(line, "TOPIC_JOINED"));
}

fn frame(line: &Line, kind: &str) -> Option<Value> {
    json(line).filter(|frame| frame["type"] == kind)
}

fn acknowledged(process: &mut Process, count: u32) {
    for _ in 0..count {
        process.wait_for("MSG_ACK", PATIENCE, |line| frame(line, "MSG_ACK"));
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn i12_ten_thousand_messages_survive_the_death_of_the_app_and_arrive_once_and_in_order() {
    const COUNT: u32 = 10_000;
    let mut room = Room::open();
    let mut ana = room.join("Ana");
    is_in(&mut ana);
    room.process.kill();
    room.say(&mut ana, "ana", COUNT);
    // The program reads as fast as it writes to the disk; what it has read is counted where it keeps it.
    let end = Instant::now() + ALL_WITHIN;
    let kept = || {
        let store = Store::open(&room.path("Ana").join("member.db")).unwrap();
        match store.forget(&room.id, false) {
            Err(StoreError::OutboxNotEmpty(count)) => count,
            other => panic!("{other:?}"),
        }
    };
    while kept() < u64::from(COUNT) {
        assert!(Instant::now() < end, "{} of {COUNT} are kept", kept());
        std::thread::sleep(Duration::from_millis(100));
    }
    ana.kill();
    room.open_again();
    let _ana = room.join("Ana");
    room.has_everything();
}

#[test]
fn i01_i02_i03_authors_offer_again_what_a_host_lost_whose_old_copy_was_put_back() {
    let mut room = Room::open();
    let mut ana = room.join("Ana");
    let mut bob = room.join("Bob");
    let mut eve = room.join("Eve");
    for process in [&mut ana, &mut bob, &mut eve] {
        is_in(process);
    }
    room.say(&mut ana, "ana", 20);
    room.say(&mut bob, "bob", 20);
    room.say(&mut eve, "eve", 5);
    room.has_everything();
    room.process.terminate();
    assert!(room.process.exit(PATIENCE).success());
    copy(&room.path("room"), &room.path("backup"));
    room.open_again();
    for process in [&mut ana, &mut bob, &mut eve] {
        is_in(process);
    }
    room.say(&mut ana, "ana", 30);
    room.say(&mut bob, "bob", 30);
    room.has_everything();
    acknowledged(&mut bob, 30);
    // Bob's app dies too, and what he writes while everybody is away comes after what was lost.
    bob.kill();
    room.process.kill();
    std::fs::remove_dir_all(room.path("room")).unwrap();
    copy(&room.path("backup"), &room.path("room"));
    room.say(&mut ana, "ana", 5);
    let mut bob = room.join("Bob");
    room.say(&mut bob, "bob", 5);
    room.open_again();
    let log = room.has_everything();
    // The one who said nothing meanwhile sees the same room: what was cut is told, and what is in the log is shown.
    let last = log.last().unwrap().clone();
    eve.wait_for("RESUMED", PATIENCE, |line| {
        frame(line, "RESUMED").filter(|frame| frame["data"]["recovered"] == false)
    });
    eve.say("eve 5");
    eve.wait_for("her own words behind all others", ALL_WITHIN, |line| {
        frame(line, "MSG").filter(|frame| frame["data"]["content"] == "eve 5")
    });
    assert!(room.log().ends_with(&[last, "eve 5".into()]));
    // And a host that comes back with all it had gets nothing a second time.
    room.process.kill();
    room.open_again();
    is_in(&mut ana);
    *room.said.get_mut("eve").unwrap() += 1;
    room.has_everything();
}
