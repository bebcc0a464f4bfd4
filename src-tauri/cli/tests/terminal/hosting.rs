//! `serve`: what it needs, what it refuses, how it stops.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use crate::process::{Process, json};
use crate::program::{PATIENCE, cli, ends, host, url};

#[test]
fn an_option_whose_work_comes_later_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for option in [&["--access", "locked"][..], &["--password-file", "secret"]] {
        let mut command = cli(&["serve", "--bind", "127.0.0.1", "--port", "0", "--data"]);
        command.arg(folder.path().join("room")).args(option);
        let (code, words) = ends(command);
        assert_eq!(code, Some(2), "{option:?}: {words}");
        assert!(
            words.contains(option[0]) && words.contains("not available in this version"),
            "{words}"
        );
    }
    assert!(!folder.path().join("room").exists(), "nothing was made");
    assert_eq!(ends(cli(&["serve", "--unheard-of"])).0, Some(2));
    assert_eq!(ends(cli(&[])).0, Some(2));
}

#[test]
fn a_port_that_was_asked_for_and_is_taken_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let mut command = cli(&["serve", "--bind", "127.0.0.1", "--port", &port, "--data"]);
    command.arg(folder.path());
    let (code, words) = ends(command);
    assert_eq!(code, Some(1));
    assert!(words.contains(&format!("port {port} is in use")), "{words}");
}

#[test]
fn the_usual_port_being_taken_is_none() {
    let folder = tempfile::tempdir().unwrap();
    // If somebody else has it, it is taken as well.
    let _taken = TcpListener::bind("127.0.0.1:8000");
    let (_room, said) = host(folder.path(), &[]);
    let addr: std::net::SocketAddr = said["addr"].as_str().unwrap().parse().unwrap();
    assert!(
        addr.ip().is_loopback() && addr.port() != 8000 && addr.port() != 0,
        "{addr}"
    );
    assert_eq!(said["url"], format!("http://{addr}"));
}

#[test]
fn a_data_folder_that_cannot_be_used_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").unwrap();
    let mut command = cli(&["serve", "--bind", "127.0.0.1", "--port", "0", "--data"]);
    command.arg(file.join("room"));
    let (code, words) = ends(command);
    assert_eq!(code, Some(1));
    assert!(
        words.contains("cannot use the data folder") && words.contains("file/room"),
        "{words}"
    );
    assert_eq!(fs::read_to_string(&file).unwrap(), "not a folder");

    let (_room, _) = host(&folder.path().join("room"), &["--port", "0"]);
    let mut command = cli(&["serve", "--bind", "127.0.0.1", "--port", "0", "--data"]);
    command.arg(folder.path().join("room"));
    let (code, words) = ends(command);
    assert_eq!(code, Some(1));
    assert!(words.contains("already hosts the room"), "{words}");
}

#[test]
fn a_damaged_log_is_moved_aside_and_the_room_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, ana) = (folder.path().join("room"), folder.path().join("ana"));
    let (mut room, said) = host(&data, &["--port", "0", "--name", "Workshop"]);
    let mut send = cli(&["send", url(&said), "before", "--as", "Ana", "--data"]);
    send.arg(&ana);
    assert_eq!(ends(send), (Some(0), String::new()));
    room.terminate();
    assert!(room.exit(PATIENCE).success());

    let garbage = "this is no database ".repeat(1_000);
    fs::write(data.join("room.db"), &garbage).unwrap();
    for rest in ["room.db-wal", "room.db-shm"] {
        let _ = fs::remove_file(data.join(rest));
    }
    let (mut room, again) = host(&data, &["--port", "0"]);
    assert_eq!(
        (&said["room_id"], &said["name"]),
        (&again["room_id"], &again["name"]),
        "the same room"
    );
    let mut send = cli(&["send", url(&again), "after", "--as", "Ana", "--data"]);
    send.arg(&ana);
    assert_eq!(ends(send).0, Some(0));
    room.terminate();
    assert!(room.exit(PATIENCE).success());
    let words = room.notices();
    assert!(words.contains("warning: "), "it is said: {words}");
    let kept = fs::read_dir(&data)
        .unwrap()
        .filter_map(Result::ok)
        .find(|file| {
            file.file_name() != "room.db"
                && fs::read(file.path())
                    .is_ok_and(|bytes| bytes.starts_with(b"this is no database"))
        });
    let kept = kept.expect("the damaged log is kept").file_name();
    assert!(words.contains(kept.to_str().unwrap()), "and where: {words}");
}

#[test]
fn a_room_keeps_its_name_and_id_and_a_new_name_renames_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut ids = Vec::new();
    for (option, name) in [
        (&["--name", "Workshop"][..], "Workshop"),
        (&[], "Workshop"),
        (&["--name", "Garage"], "Garage"),
    ] {
        let options = [&["--port", "0"], option].concat();
        let (mut room, said) = host(folder.path(), &options);
        assert_eq!(said["name"], name);
        ids.push(said["room_id"].clone());
        room.terminate();
        assert!(room.exit(PATIENCE).success());
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let too_long = "x".repeat(64);
    let mut command = cli(&[
        "serve",
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        "--name",
        &too_long,
        "--data",
    ]);
    command.arg(folder.path());
    let (code, words) = ends(command);
    assert_eq!(code, Some(1));
    assert!(words.contains("1-63 bytes"), "{words}");
}

#[test]
fn the_sentence_for_people_names_room_and_address() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = cli(&[
        "serve",
        "--bind",
        "127.0.0.1",
        "--port",
        "0",
        "--name",
        "St. Mary's",
        "--data",
    ]);
    command.arg(folder.path());
    let mut room = Process::start("host", command);
    let line = room.wait_for("a line", PATIENCE, |line| Some(line.text.clone()));
    assert!(
        line.starts_with("Hosting \"St. Mary's\" at http://127.0.0.1:"),
        "{line}"
    );
}

#[test]
fn nobody_reading_its_output_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let script = "exec >&-; \"$0\" serve --bind 127.0.0.1 --port 0 --data \"$1\" & pid=$!; \
         for n in $(seq 200); do [ -f \"$1/room.db\" ] && break; sleep 0.05; done; \
         kill -0 $pid && kill -TERM $pid && wait $pid; echo \"code $?\" >&2";
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", script])
        .arg(env!("CARGO_BIN_EXE_landline-cli"))
        .arg(folder.path());
    let (_, words) = ends(command);
    assert!(words.contains("code 0"), "{words}");
}

#[test]
fn sessions_are_closed_and_a_stop_is_quick_and_clean() {
    let folder = tempfile::tempdir().unwrap();
    let (mut room, said) = host(&folder.path().join("room"), &["--port", "0"]);
    let mut command = cli(&["join", url(&said), "--json", "--as", "Ana", "--data"]);
    command.arg(folder.path().join("ana"));
    let mut ana = Process::start("ana", command);
    ana.wait_for("TOPIC_JOINED", PATIENCE, |line| {
        json(line).filter(|frame| frame["type"] == "TOPIC_JOINED")
    });
    room.terminate();
    assert!(
        room.exit(Duration::from_secs(10)).success(),
        "{}",
        room.notices()
    );
    let wal = folder.path().join("room/room.db-wal");
    assert!(
        fs::metadata(&wal).map_or(0, |file| file.len()) == 0,
        "everything is in the log itself"
    );
    ana.terminate();
    assert!(ana.exit(PATIENCE).success());
    assert!(
        ana.notices().contains("No connection"),
        "it was told that the host is gone"
    );
}
