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

fn guest(place: &str, topic: &str, folder: &Path) -> Process {
    let words = ["--dialect", "topic", "--topic", topic];
    let mut guest = joined(place, "gus", folder, &words);
    guest.wait_for_notice(&format!("In {topic} as gus"), PATIENCE);
    guest
}

#[test]
fn what_a_guest_says_in_a_lasting_topic_is_read_in_its_place_also_by_who_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("room");
    let (_room, said) = host(&data, &["--port", "0", "--topic-ttl", "600"]);
    let place = url(&said).to_owned();
    let come = || {
        joined(
            &place,
            "Ana",
            folder.path(),
            &["--topic", "sports", "--json"],
        )
    };
    let mut ana = come();
    frame(&mut ana, "TOPIC_JOINED", |data| {
        data["topic"] == "sports" && data["ttl"].is_null()
    });
    ana.say("one");
    frame(&mut ana, "MSG_ACK", |data| data["status"] == "stored");
    let mut gus = guest(&place, "sports", folder.path());
    gus.say(&format!("{CANARY} 1"));
    frame(&mut ana, "MSG", |data| {
        data["content"] == format!("{CANARY} 1") && data["seq"] == 1 && data["via"] == "topic"
    });
    ana.say("two");
    frame(&mut ana, "MSG_ACK", |data| data["seq"] == 2);
    ana.say("/quit");
    assert!(ana.exit(PATIENCE).success());

    gus.say(&format!("{CANARY} 2"));
    gus.wait_for("its own words", PATIENCE, |line| {
        line.text.contains(&format!("{CANARY} 2")).then_some(())
    });
    let mut bob = joined(&place, "Bob", folder.path(), &["--topic", "sports"]);
    bob.wait_for("what lives still", PATIENCE, |line| {
        line.text.contains(&format!("{CANARY} 2")).then_some(())
    });
    bob.say("three");
    bob.wait_for("his own words", PATIENCE, |line| {
        (line.text == "Bob> three").then_some(())
    });
    gus.say(&format!("{CANARY} 3"));
    gus.wait_for("its own words", PATIENCE, |line| {
        line.text.contains(&format!("{CANARY} 3")).then_some(())
    });
    // Ana stood at 2, behind which the guest spoke; then Bob, then the guest again.
    let mut ana = come();
    let mut heard = Vec::new();
    while heard.len() < 3 {
        heard.push(ana.wait_for("what was missed", PATIENCE, |line| {
            let message = json(line).filter(|frame| frame["type"] == "MSG")?;
            Some(message["data"]["content"].as_str()?.to_owned())
        }));
    }
    assert_eq!(
        heard,
        [format!("{CANARY} 2"), "three".into(), format!("{CANARY} 3")]
    );
    let (found, _) = search(folder.path(), CANARY);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_topic_that_a_guest_made_takes_a_members_words_off_the_disk() {
    let folder = tempfile::tempdir().unwrap();
    let (_room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let place = url(&said).to_owned();
    let mut gus = guest(&place, "sports", folder.path());
    let mut ana = joined(
        &place,
        "Ana",
        folder.path(),
        &["--topic", "sports", "--json"],
    );
    ana.say(CANARY);
    frame(&mut ana, "MSG_ACK", |data| data["status"] == "sent");
    gus.wait_for("Ana's words", PATIENCE, |line| {
        line.text.contains(CANARY).then_some(())
    });
    assert_eq!(search(folder.path(), CANARY).0, [""; 0]);
}

#[test]
fn what_waits_where_messages_disappear_is_lost_with_the_program_and_that_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (mut room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let mut ana = joined(
        url(&said),
        "Ana",
        folder.path(),
        &["--topic", "whispers", "--ttl", "60"],
    );
    ana.wait_for_notice("In whispers with", PATIENCE);
    room.terminate();
    room.exit(PATIENCE);
    ana.wait_for_notice("No connection", PATIENCE);
    ana.say(CANARY);
    ana.say("/quit");
    ana.wait_for_notice("1 not sent and lost", PATIENCE);
    assert!(ana.exit(PATIENCE).success());
    assert_eq!(search(folder.path(), CANARY).0, [""; 0]);
}
