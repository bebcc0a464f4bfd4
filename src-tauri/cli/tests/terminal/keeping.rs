//! Retention, backup, restore and export by the program itself.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{Process, json};
use crate::program::{PATIENCE, cli, ends, host, url};

fn say(room: &Value, data: &Path, words: &[&str]) {
    for text in words {
        let mut send = cli(&[
            "send",
            url(room),
            text,
            "--as",
            "Ana",
            "--topic",
            "sports",
            "--data",
        ]);
        send.arg(data);
        assert_eq!(ends(send), (Some(0), String::new()));
    }
}

/// Runs with these words and these paths behind them; what it printed.
fn run(words: &[&str], paths: &[&Path]) -> (Option<i32>, String, String) {
    let mut command = cli(words);
    command.args(paths);
    let mut process = Process::start("landline-cli", command);
    let code = process.exit(PATIENCE * 2).code();
    let printed: Vec<String> = process
        .lines_until(std::time::Instant::now() + PATIENCE)
        .into_iter()
        .map(|line| line.text)
        .collect();
    (code, printed.join("\n"), process.notices())
}

fn contents(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).expect("the export is there");
    let of = |line: &str| {
        let message: Value = serde_json::from_str(line).expect("a line is JSON");
        message["content"].as_str().expect("a text").to_owned()
    };
    text.lines().map(of).collect()
}

#[test]
fn a_room_is_backed_up_while_it_runs_and_comes_back_as_the_same_room() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (mut room, said) = host(&at("room"), &["--port", "0", "--name", "Workshop"]);
    say(&said, &at("ana"), &["one", "two"]);
    let file = at("workshop.landline");
    let (code, printed, words) = run(&["backup", "--data"], &[&at("room"), &file]);
    assert_eq!(code, Some(0), "{words}");
    assert!(printed.starts_with("Backed up to "), "{printed}");
    say(&said, &at("ana"), &["after the backup"]);
    let (code, _, words) = run(&["backup", "--data"], &[&at("room"), &file]);
    assert_eq!(code, Some(1));
    assert!(words.contains("exists already"), "{words}");

    let (code, _, words) = run(&["restore", "--data"], &[&at("room"), &file]);
    assert_eq!(code, Some(1));
    assert!(words.contains("is hosted right now"), "{words}");
    let (code, printed, words) = run(&["restore", "--data"], &[&at("again"), &file]);
    assert_eq!(code, Some(0), "{words}");
    assert!(
        printed.starts_with("Restored \"Workshop\" as it was at "),
        "{printed}"
    );
    room.terminate();
    assert!(room.exit(PATIENCE).success());
    let (_again, restored) = host(&at("again"), &["--port", "0"]);
    assert_eq!(
        (&restored["room_id"], &restored["name"]),
        (&said["room_id"], &said["name"])
    );
    let lines = at("sports.jsonl");
    let (code, _, words) = run(
        &[
            "export",
            url(&restored),
            "--as",
            "Ana",
            "--topic",
            "sports",
            "--data",
        ],
        &[&at("bo"), Path::new("--jsonl"), &lines],
    );
    assert_eq!(code, Some(0), "{words}");
    assert_eq!(contents(&lines), ["one", "two"]);

    fs::write(&file, "something else").unwrap();
    let (code, _, words) = run(&["restore", "--data"], &[&at("third"), &file]);
    assert_eq!(code, Some(1));
    assert!(words.contains("is no backup of a Landline room"), "{words}");
    assert!(!at("third").exists());
}

#[test]
fn a_chat_is_exported_from_the_room_and_from_its_folder_and_what_it_says_stays_text() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (mut room, said) = host(&at("room"), &["--port", "0", "--name", "St. Mary's <Hall>"]);
    let hostile = "<script>alert(1)</script><img src=x onerror=\"alert('2')\"> {{name}}";
    say(&said, &at("ana"), &["Morning", hostile]);
    let (html, lines) = (at("room.html"), at("room.jsonl"));
    let from_room = [
        "export",
        url(&said),
        "--as",
        "Bo Berg",
        "--topic",
        "sports",
        "--data",
    ];
    let both = |data: &Path, words: &[&str]| {
        let mut command = cli(words);
        command
            .arg(data)
            .arg("--html")
            .arg(&html)
            .arg("--jsonl")
            .arg(&lines);
        ends(command)
    };
    let (code, words) = both(&at("bo"), &from_room);
    assert_eq!(code, Some(0), "{words}");
    let (page, messages) = (
        fs::read_to_string(&html).unwrap(),
        fs::read_to_string(&lines).unwrap(),
    );
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&quot;"));
    let policy = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">";
    assert!(page.contains(policy), "{page}");
    let rest = page.replace(policy, "");
    for loads in ["<script", "<img", "<link", "http", "url("] {
        assert!(!rest.contains(loads), "{loads} in {page}");
    }
    assert!(page.contains("<title>#sports · St. Mary&#39;s &lt;Hall&gt;</title>"));
    assert_eq!(contents(&lines), ["Morning", hostile]);
    let (code, words) = both(&at("bo"), &from_room);
    assert_eq!(code, Some(1));
    assert!(words.contains("exists already"), "{words}");

    let from_folder = ["export", "--force", "--topic", "sports", "--data"];
    for stopped in [false, true] {
        if stopped {
            room.terminate();
            assert!(room.exit(PATIENCE).success());
        }
        let (code, words) = both(&at("room"), &from_folder);
        assert_eq!(code, Some(0), "stopped: {stopped}: {words}");
        assert_eq!(fs::read_to_string(&lines).unwrap(), messages);
    }
    for (words, expected) in [
        (
            &["export", "--topic", "none", "--force", "--data"],
            "there is nothing in #none",
        ),
        (
            &["export", "--topic", "a b", "--force", "--data"],
            "--topic",
        ),
    ] {
        let (code, told) = both(&at("room"), words);
        assert_ne!(code, Some(0));
        assert!(told.contains(expected), "{told}");
    }
    assert_eq!(
        fs::read_to_string(&lines).unwrap(),
        messages,
        "a failure replaces nothing"
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .filter(|name| name.to_string_lossy().ends_with(".part"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_direct_chat_is_exported_by_one_of_its_two() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (_room, said) = host(&at("room"), &["--port", "0"]);
    let mut command = cli(&["join", url(&said), "--json", "--as", "Ana", "--data"]);
    command.arg(at("ana"));
    let mut ana = Process::start("ana", command);
    ana.wait_for("TOPIC_JOINED", PATIENCE, |line| {
        json(line).filter(|frame| frame["type"] == "TOPIC_JOINED")
    });
    let lines = at("direct.jsonl");
    let mut command = cli(&[
        "export",
        url(&said),
        "--as",
        "Bo Berg",
        "--with",
        "Ana",
        "--data",
    ]);
    command.arg(at("bo")).arg("--jsonl").arg(&lines);
    let (code, words) = ends(command);
    assert_eq!(code, Some(1));
    assert!(
        words.contains("you have no direct chat with \"Ana\""),
        "{words}"
    );
    assert!(!lines.exists());
    ana.terminate();
}

#[test]
fn i06_an_export_and_a_reader_are_told_what_the_room_keeps_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (mut room, said) = host(&at("room"), &["--port", "0"]);
    say(&said, &at("ana"), &["one", "two", "three"]);
    room.terminate();
    assert!(room.exit(PATIENCE).success());
    let (_room, said) = host(
        &at("room"),
        &["--port", "0", "--keep", "sports=1", "--keep", "*=90d"],
    );
    let mut command = cli(&[
        "join",
        url(&said),
        "--json",
        "--as",
        "Cay",
        "--topic",
        "sports",
        "--data",
    ]);
    command.arg(at("cay"));
    let mut cay = Process::start("cay", command);
    cay.wait_for("what was removed", PATIENCE, |line| {
        json(line).filter(|frame| frame["data"]["oldest"] == 3)
    });
    let (html, lines) = (at("sports.html"), at("sports.jsonl"));
    let mut command = cli(&[
        "export",
        url(&said),
        "--as",
        "Bo Berg",
        "--topic",
        "sports",
        "--data",
    ]);
    command
        .arg(at("bo"))
        .arg("--html")
        .arg(&html)
        .arg("--jsonl")
        .arg(&lines);
    assert_eq!(ends(command).0, Some(0));
    assert_eq!(contents(&lines), ["three"]);
    let page = fs::read_to_string(&html).unwrap();
    assert!(page.contains("Older messages were removed"), "{page}");
    let mut command = cli(&[
        "serve",
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        "--keep",
        "sports=soon",
        "--data",
    ]);
    command.arg(at("other"));
    assert_eq!(ends(command).0, Some(2));
    cay.terminate();
}
