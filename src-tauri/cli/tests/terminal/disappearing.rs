//! Topics where messages disappear, and meeting somebody: the program against the real host.

use std::path::Path;

use crate::process::{Process, json};
use crate::program::{PATIENCE, cli, ends, host, url};

/// Nobody says this by chance.
const CANARY: &str = "canary-77d1e0";

fn joined(room: &str, name: &str, data: &Path, more: &[&str]) -> Process {
    let mut command = cli(&["join", room, "--as", name, "--data"]);
    command.arg(data.join(name)).args(more);
    Process::start(name, command)
}

/// The next frame of this type whose data is as wanted.
fn frame(process: &mut Process, kind: &str, wanted: impl Fn(&serde_json::Value) -> bool) {
    process.wait_for(kind, PATIENCE, |line| {
        json(line).filter(|frame| frame["type"] == kind && wanted(&frame["data"]))
    });
}

/// The files below the folder that hold the text, and how many there are.
fn search(folder: &Path, text: &str) -> (Vec<String>, usize) {
    let (mut found, mut all) = (Vec::new(), 0);
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("so is the file").path();
        if path.is_dir() {
            let (below, count) = search(&path, text);
            found.extend(below);
            all += count;
        } else if let Ok(bytes) = std::fs::read(&path) {
            all += 1;
            if bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                found.push(path.display().to_string());
            }
        }
    }
    (found, all)
}

#[test]
fn what_is_said_in_a_disappearing_topic_is_on_no_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (mut room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let place = url(&said).to_owned();
    let whispers = ["--topic", "whispers", "--ttl", "60"];
    let mut ana = joined(&place, "Ana", folder.path(), &whispers);
    ana.wait_for_notice("In whispers with", PATIENCE);
    // Bob does not say how long messages live, and is told.
    let mut bob = joined(
        &place,
        "Bob",
        folder.path(),
        &["--topic", "whispers", "--json"],
    );
    frame(&mut bob, "TOPIC_JOINED", |data| data["ttl"] == 60);
    ana.say(CANARY);
    frame(&mut bob, "MSG", |data| {
        data["content"] == CANARY && data["expires_at"].is_string()
    });
    bob.say(&format!("{CANARY} too"));
    frame(&mut bob, "MSG_ACK", |data| data["status"] == "sent");
    ana.wait_for("Bob's line", PATIENCE, |line| {
        (line.text == format!("Bob> {CANARY} too")).then_some(())
    });
    let mut send = cli(&["send", &place, "--topic", "whispers", "--as", "Cleo"]);
    send.arg(format!("{CANARY} as well"));
    send.arg("--data").arg(folder.path().join("Cleo"));
    assert_eq!(ends(send), (Some(0), String::new()));
    ana.wait_for("Cleo's line", PATIENCE, |line| {
        (line.text == format!("Cleo> {CANARY} as well")).then_some(())
    });
    // Who comes late reads what lives still.
    let mut dora = joined(&place, "Dora", folder.path(), &["--topic", "whispers"]);
    dora.wait_for("Ana's line", PATIENCE, |line| {
        (line.text == format!("Ana> {CANARY}")).then_some(())
    });
    ana.say("/list");
    ana.wait_for_notice("whispers (3, messages disappear after 60 s)", PATIENCE);
    let (found, all) = search(folder.path(), CANARY);
    assert!(found.is_empty() && all > 4, "{found:?} of {all}");
    for process in [&mut ana, &mut bob, &mut dora] {
        process.say("/quit");
        assert!(process.exit(PATIENCE).success());
    }
    room.terminate();
    room.exit(PATIENCE);
    assert_eq!(search(folder.path(), CANARY).0, [""; 0]);
    assert_ne!(
        search(folder.path(), "lobby").0,
        [""; 0],
        "the search finds what there is"
    );
}

#[test]
fn a_disappearing_topic_outlives_the_host_as_what_it_is_and_its_readers_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("room");
    let (mut room, said) = host(&data, &["--port", "0"]);
    let place = url(&said).to_owned();
    let port = place.rsplit(':').next().unwrap().to_owned();
    let mut ana = joined(
        &place,
        "Ana",
        folder.path(),
        &["--topic", "whispers", "--ttl", "60", "--json"],
    );
    frame(&mut ana, "TOPIC_JOINED", |data| data["topic"] == "whispers");
    ana.say("before");
    frame(&mut ana, "MSG", |data| data["content"] == "before");
    room.terminate();
    room.exit(PATIENCE);
    ana.wait_for_notice("No connection", PATIENCE);
    ana.say(CANARY);
    let (_room, _) = host(&data, &["--port", &port]);
    frame(&mut ana, "TOPIC_JOINED", |data| data["ttl"] == 60);
    frame(&mut ana, "RESUMED", |data| {
        data["topic"] == "whispers" && data["recovered"] == false
    });
    frame(&mut ana, "MSG", |data| data["content"] == CANARY);
    assert_eq!(search(folder.path(), CANARY).0, [""; 0]);
}

#[test]
fn two_people_meet_and_one_is_told_when_the_other_goes() {
    let folder = tempfile::tempdir().unwrap();
    let (_room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let mut ana = joined(url(&said), "Ana", folder.path(), &[]);
    let mut bob = joined(url(&said), "Bob", folder.path(), &[]);
    for (process, name) in [(&mut ana, "Ana"), (&mut bob, "Bob")] {
        process.wait_for_notice("In lobby with", PATIENCE);
        process.say("/pair too early");
        process.wait_for_notice("not sent: you have met nobody", PATIENCE);
        process.say("/pair");
        if name == "Ana" {
            process.wait_for_notice("Waiting for somebody", PATIENCE);
        }
    }
    ana.wait_for_notice("You met Bob", PATIENCE);
    bob.wait_for_notice("You met Ana", PATIENCE);
    ana.say("/pair only for you");
    bob.wait_for("Ana's words", PATIENCE, |line| {
        (line.text == "[direct] Ana> only for you").then_some(())
    });
    bob.say("/unpair");
    ana.wait_for_notice("Bob left", PATIENCE);
    bob.wait_for_notice("paired with nobody", PATIENCE);
    ana.say("/pair for nobody");
    ana.wait_for_notice("not sent: you have met nobody", PATIENCE);
}
