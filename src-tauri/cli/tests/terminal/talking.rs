//! `join` and `send`: lines in, lines out.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use crate::process::{Process, json};
use crate::program::{PATIENCE, cli, ends, host, url};

fn joined(room: &str, name: &str, data: &Path, more: &[&str]) -> Process {
    let mut command = cli(&["join", room, "--as", name, "--data"]);
    command.arg(data.join(name)).args(more);
    Process::start(name, command)
}

#[test]
fn people_read_names_and_texts_and_programs_read_frames() {
    let folder = tempfile::tempdir().unwrap();
    let (_room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let mut ana = joined(url(&said), "Ana", folder.path(), &[]);
    ana.wait_for_notice("In lobby with", PATIENCE);
    let mut bob = joined(url(&said), "Bob", folder.path(), &["--json"]);
    bob.wait_for("TOPIC_JOINED", PATIENCE, |line| {
        json(line).filter(|frame| frame["type"] == "TOPIC_JOINED")
    });
    bob.say("hello");
    ana.wait_for("Bob's line", PATIENCE, |line| {
        (line.text == "Bob> hello").then_some(())
    });
    ana.say("two\u{1b}[31m words");
    ana.say("//slash");
    let texts: Vec<String> = (0..3)
        .map(|_| {
            bob.wait_for("a message", PATIENCE, |line| {
                json(line)
                    .filter(|f| f["type"] == "MSG")
                    .map(|f| f["data"]["content"].as_str().unwrap().to_owned())
            })
        })
        .collect();
    assert_eq!(
        texts,
        ["hello", "two\u{1b}[31m words", "/slash"],
        "sent as they were typed"
    );
    ana.wait_for("its own line", PATIENCE, |line| {
        (line.text == "Ana> two[31m words").then_some(())
    });
    ana.say("/list");
    ana.say("/dance");
    for notice in ["Topics: lobby (2)", "Here: ", "/dance is no command"] {
        ana.wait_for_notice(notice, PATIENCE);
    }
    ana.say("/search words from:ana");
    ana.wait_for_notice("Found:", PATIENCE);
    ana.wait_for_notice("[lobby] Ana> two[31m words", PATIENCE);
    ana.say("/search wor");
    ana.wait_for_notice("Found nothing", PATIENCE);
    ana.say("/quit");
    assert!(ana.exit(PATIENCE).success());
}

#[test]
fn piped_input_is_sent_to_its_end_and_then_it_goes_on_listening() {
    let folder = tempfile::tempdir().unwrap();
    let (_room, said) = host(
        &folder.path().join("room"),
        &["--port", "0", "--rate-limit", "off"],
    );
    let mut bob = joined(url(&said), "Bob", folder.path(), &[]);
    bob.wait_for_notice("In lobby with", PATIENCE);
    let mut ana = joined(url(&said), "Ana", folder.path(), &[]);
    for number in 0..50 {
        ana.say(&format!("line {number}"));
    }
    ana.end_input();
    let expected: Vec<String> = (0..50).map(|n| format!("Ana> line {n}")).collect();
    // Each of them hears it in its own time.
    for listener in [&mut bob, &mut ana] {
        let heard = listener.lines_through("the last line", PATIENCE, |line| {
            line.text == "Ana> line 49"
        });
        let heard: Vec<String> = heard.into_iter().map(|line| line.text).collect();
        assert_eq!(heard, expected);
    }
    bob.say("still there?");
    ana.wait_for("Bob's line: it listens", PATIENCE, |line| {
        (line.text == "Bob> still there?").then_some(())
    });
}

#[test]
fn quitting_waits_for_what_is_on_its_way() {
    let folder = tempfile::tempdir().unwrap();
    let (_room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let mut bob = joined(url(&said), "Bob", folder.path(), &["--json"]);
    bob.wait_for("TOPIC_JOINED", PATIENCE, |line| {
        json(line).filter(|frame| frame["type"] == "TOPIC_JOINED")
    });
    let mut ana = joined(url(&said), "Ana", folder.path(), &[]);
    for number in 0..5 {
        ana.say(&format!("word {number}"));
    }
    ana.say("/exit");
    assert!(ana.exit(PATIENCE).success());
    for number in 0..5 {
        let expected = format!("word {number}");
        bob.wait_for(&expected, PATIENCE, |line| {
            json(line).filter(|frame| frame["data"]["content"] == expected)
        });
    }
}

#[test]
fn send_succeeds_only_with_the_hosts_word_and_a_failure_is_not_sent_later() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("ana");
    let send = |room: &str, text: &str| {
        let mut command = cli(&[
            "send",
            room,
            text,
            "--as",
            "Ana",
            "--timeout",
            "3",
            "--data",
        ]);
        command.arg(&data);
        ends(command)
    };
    let (mut room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let place = url(&said).to_owned();
    let port = place.rsplit(':').next().unwrap().to_owned();
    assert_eq!(send(&place, "first"), (Some(0), String::new()));
    room.terminate();
    room.exit(PATIENCE);
    let (code, words) = send(&place, "lost");
    assert_eq!(code, Some(1));
    assert!(words.contains("did not acknowledge"), "{words}");

    let (_room, _) = host(&folder.path().join("room"), &["--port", &port]);
    assert_eq!(send(&place, "second").0, Some(0));
    let (code, words) = send(&place, &"x".repeat(16 * 1024 + 1));
    assert_eq!(code, Some(1), "too long: {words}");
    let mut history = cli(&["join", &place, "--json", "--as", "Ana", "--data"]);
    history.arg(&data);
    let mut ana = Process::start("ana", history);
    ana.say("third");
    let heard = ana.wait_for("third", PATIENCE, |line| {
        json(line)
            .filter(|f| f["type"] == "MSG")
            .map(|f| f["data"].clone())
    });
    assert_eq!(
        (&heard["content"], &heard["seq"]),
        (&"third".into(), &3.into()),
        "first, second, third, and nothing between"
    );
}

#[test]
fn what_is_no_room_and_what_is_no_name_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let run = |words: &[&str]| {
        let mut command = cli(words);
        command.arg("--data").arg(folder.path());
        ends(command)
    };
    let (code, words) = run(&["send", "127.0.0.1:1", "hi", "--as", "X"]);
    assert_eq!(code, Some(2));
    assert!(
        words.contains("--as: display_name must be 3-50 characters"),
        "{words}"
    );
    let (code, words) = run(&["join", "127.0.0.1:1", "--topic", "no way"]);
    assert_eq!(code, Some(2));
    assert!(words.contains("--topic: "), "{words}");
    let (code, words) = run(&["send", "https://127.0.0.1:1", "hi"]);
    assert_eq!(code, Some(1));
    assert!(words.contains("not supported yet"), "{words}");
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let mut command = cli(&["send", "127.0.0.1:1", "hi", "--data"]);
    command.arg(file.join("ana"));
    let (code, words) = ends(command);
    assert_eq!(code, Some(1));
    assert!(words.contains("cannot use the data folder"), "{words}");

    // A server that is something else.
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = other.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut stream in other.incoming().filter_map(Result::ok) {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
            let _ = std::io::Read::read(&mut stream, &mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let (code, words) = run(&["send", &place, "hi", "--timeout", "5"]);
    assert_eq!(code, Some(1));
    assert!(
        words.contains("refused") || words.contains("did not acknowledge"),
        "{words}"
    );
}
