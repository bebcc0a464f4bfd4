//! A room in one file, made beside the running room, and restored.

use landline_protocol::Timestamp;
use landline_server::{BackupError, RestoreError, backup, restore};
use serde_json::{Value, json};

use crate::harness::{TestRoom, options};

const NOW: Timestamp = Timestamp(1_000);

#[tokio::test]
async fn i03_a_restored_backup_gives_no_position_twice() {
    let room = TestRoom::start().await;
    let room_id = room.server.room().room_id;
    let mut ana = room.join(1, "Ana").await;
    let mut last = Value::Null;
    for n in 1..=3 {
        last = ana.say(&format!("m-{n}"), "kept").await;
    }
    let file = room.folder.path().join("workshop.landline");
    backup(&room.folder.path().join("room"), &file, false, NOW).unwrap();
    for n in 4..=5 {
        ana.say(&format!("m-{n}"), "after the backup").await;
    }
    drop(ana);
    let TestRoom { server, folder } = room;
    server.stop().await;

    let again = tempfile::tempdir().unwrap();
    let restored = restore(&file, &again.path().join("room")).unwrap();
    assert_eq!(
        (restored.name.as_str(), &restored.room_id),
        ("Workshop", &room_id)
    );
    assert_eq!(restored.made_at, NOW);
    let server = landline_server::start(options(&again)).await.unwrap();
    assert_eq!(server.room().room_id, room_id);
    let room = TestRoom {
        server,
        folder: again,
    };
    let mut ana = room.join(1, "Ana").await;
    ana.send(json!({"type":"RESUME","data":{"topic":"lobby","epoch":last["epoch"],"seq":3}}))
        .await;
    assert_eq!(
        ana.expect("RESUMED").await["recovered"],
        true,
        "the backup has it"
    );
    ana.send(json!({"type":"RESUME","data":{"topic":"lobby","epoch":last["epoch"],"seq":5}}))
        .await;
    assert_eq!(
        ana.expect("RESUMED").await["recovered"],
        false,
        "and not this"
    );
    // The author offers again what was acknowledged and is lost.
    let offered = ana.say("m-5", "after the backup").await;
    assert_eq!(
        (&offered["seq"], &offered["dup"]),
        (&json!(4), &Value::Null)
    );
    assert_ne!(offered["epoch"], last["epoch"]);
    ana.send(json!({"type":"RESUME","data":{"topic":"lobby","epoch":last["epoch"],"seq":4}}))
        .await;
    assert_eq!(
        ana.expect("RESUMED").await["recovered"],
        false,
        "another message is there now"
    );
    assert_eq!(ana.say("m-2", "kept").await["dup"], true);
    drop(folder);
}

#[tokio::test]
async fn a_backup_of_a_room_that_is_written_to_is_one_moment_of_it() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let folder = room.folder.path().join("room");
    let mut heads = Vec::new();
    for round in 0..4 {
        for n in 0..20 {
            ana.send(json!({"type":"MSG","data":{"topic":"lobby","content":"x","message_id":format!("m-{round}-{n}")}}))
                .await;
        }
        let file = room.folder.path().join(format!("{round}.landline"));
        let (from, to) = (folder.clone(), file.clone());
        tokio::task::spawn_blocking(move || backup(&from, &to, false, NOW))
            .await
            .unwrap()
            .unwrap();
        let again = tempfile::tempdir().unwrap();
        restore(&file, &again.path().join("room")).unwrap();
        let server = landline_server::start(options(&again)).await.unwrap();
        let copy = TestRoom {
            server,
            folder: again,
        };
        let (_, _, body) = copy.get("/api/topics/lobby/messages?limit=500").await;
        let page: Value = serde_json::from_str(&body).unwrap();
        let seqs: Vec<u64> = page["messages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|message| message["seq"].as_u64().unwrap())
            .collect();
        let head = seqs.len() as u64;
        assert_eq!(seqs, (1..=head).collect::<Vec<_>>(), "dense from the first");
        heads.push(head);
    }
    assert!(heads.is_sorted(), "{heads:?}");
}

#[tokio::test]
async fn nothing_is_overwritten_and_nothing_is_left_of_a_failure() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    ana.say("m-1", "one").await;
    let (folder, files) = (
        room.folder.path().join("room"),
        tempfile::tempdir().unwrap(),
    );
    let file = files.path().join("a.landline");
    std::fs::write(&file, "mine").unwrap();
    let refused = backup(&folder, &file, false, NOW);
    assert!(
        matches!(refused, Err(BackupError::Exists(_))),
        "{refused:?}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), b"mine");
    backup(&folder, &file, true, NOW).unwrap();
    backup(&folder, &file, true, NOW).unwrap();
    let nowhere = backup(files.path(), &files.path().join("b.landline"), false, NOW);
    assert!(
        matches!(nowhere, Err(BackupError::NoRoom(_))),
        "{nowhere:?}"
    );
    let unwritable = backup(&folder, &files.path().join("none/b.landline"), false, NOW);
    assert!(
        matches!(unwritable, Err(BackupError::Write(..))),
        "{unwritable:?}"
    );
    let names: Vec<_> = std::fs::read_dir(files.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["a.landline"]);

    let running = restore(&file, &folder);
    assert!(
        matches!(running, Err(RestoreError::Running(_))),
        "{running:?}"
    );
    let full = restore(&file, files.path());
    assert!(matches!(full, Err(RestoreError::NotEmpty(_))), "{full:?}");
    let _ = restore(&file, &files.path().join("fresh")).unwrap();
    let again = restore(&file, &files.path().join("fresh"));
    assert!(matches!(again, Err(RestoreError::NotEmpty(_))), "{again:?}");
}

#[tokio::test]
async fn whatever_is_wrong_with_a_backup_is_said_and_makes_no_room() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    let canary = "a text in which a bit will be turned";
    ana.say("m-1", canary).await;
    let (folder, files) = (
        room.folder.path().join("room"),
        tempfile::tempdir().unwrap(),
    );
    let good = files.path().join("good.landline");
    backup(&folder, &good, false, NOW).unwrap();
    let bytes = std::fs::read(&good).unwrap();
    let at = bytes
        .windows(canary.len())
        .position(|part| part == canary.as_bytes())
        .unwrap();
    let flipped = |place: usize| {
        let mut bytes = bytes.clone();
        bytes[place] ^= 1;
        bytes
    };
    let newer = {
        let file = files.path().join("newer.db");
        std::fs::write(&file, &bytes).unwrap();
        let log = rusqlite::Connection::open(&file).unwrap();
        log.execute("UPDATE backup SET version = 99", []).unwrap();
        drop(log);
        resealed(std::fs::read(&file).unwrap())
    };
    let half = bytes[..bytes.len() / 2].to_vec();
    for (what, bytes, words) in [
        ("empty", Vec::new(), "is no backup"),
        ("text", b"hello ".repeat(100), "is no backup"),
        (
            "another database",
            std::fs::read(folder.join("room.db")).unwrap(),
            "is no backup",
        ),
        ("cut", half, "is damaged"),
        ("a flipped bit in a text", flipped(at + 3), "is damaged"),
        (
            "a flipped bit in the digest",
            flipped(bytes.len() - 9),
            "is damaged",
        ),
        ("newer", newer, "by a newer Landline"),
    ] {
        let file = files.path().join("bad.landline");
        std::fs::write(&file, &bytes).unwrap();
        let fresh = files.path().join("fresh");
        let error = restore(&file, &fresh).expect_err(what).to_string();
        assert!(
            error.contains(words) && error.contains("bad.landline"),
            "{what}: {error}"
        );
        assert!(!fresh.exists(), "{what}: nothing was made");
    }
    let missing = restore(&files.path().join("none"), &files.path().join("fresh"));
    assert!(
        matches!(missing, Err(RestoreError::Read(..))),
        "{missing:?}"
    );
    restore(&good, &files.path().join("fresh")).unwrap();
}

/// The bytes of a changed backup with the line that they need.
fn resealed(mut bytes: Vec<u8>) -> Vec<u8> {
    use sha2::{Digest as _, Sha256};
    let line = b"\nlandline-backup sha256 ";
    if let Some(at) = bytes.windows(line.len()).rposition(|part| part == line) {
        bytes.truncate(at);
    }
    let digest = Sha256::digest(&bytes)
        .iter()
        .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    bytes.extend_from_slice(line);
    bytes.extend_from_slice(digest.as_bytes());
    bytes.push(b'\n');
    bytes
}
