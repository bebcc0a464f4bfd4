//! Starting and stopping: ports, folders, damaged files, goodbyes.

use landline_server::{Port, StartError};

use crate::harness::{TestRoom, options};

#[tokio::test]
async fn a_stopping_host_says_goodbye_to_everybody() {
    let room = TestRoom::start().await;
    let (mut ana, mut stranger) = (room.join(1, "Ana").await, room.connect().await);
    let stop = tokio::spawn(room.server.stop());
    assert_eq!(ana.expect_close().await, 1001);
    assert_eq!(stranger.expect_close().await, 1001);
    drop((ana, stranger));
    stop.await.unwrap();
}

#[tokio::test]
async fn a_dropped_server_stops_too() {
    let room = TestRoom::start().await;
    let mut ana = room.join(1, "Ana").await;
    drop(room.server);
    assert_eq!(ana.expect_close().await, 1001);
}

#[tokio::test]
async fn a_taken_port_is_said_or_another_one_used() {
    let room = TestRoom::start().await;
    let taken = room.addr().port();
    let folder = tempfile::tempdir().unwrap();
    let error = landline_server::start(landline_server::Options {
        port: Port::Exactly(taken),
        ..options(&folder)
    })
    .await;
    let error = error.err().expect("the port is taken");
    assert!(matches!(error, StartError::PortTaken(port) if port == taken));
    assert!(error.to_string().contains("choose another port"), "{error}");
    let other = landline_server::start(landline_server::Options {
        port: Port::Prefer(taken),
        ..options(&folder)
    })
    .await
    .unwrap();
    assert_ne!(other.local_addr().port(), taken);
}

#[tokio::test]
async fn one_folder_is_hosted_once() {
    let room = TestRoom::start().await;
    let error = landline_server::start(options(&room.folder))
        .await
        .err()
        .expect("the folder is taken");
    assert!(matches!(error, StartError::FolderTaken(_)), "{error}");
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_said() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "in the way").unwrap();
    let mut options = options(&folder);
    options.data = folder.path().join("file/room");
    let error = landline_server::start(options)
        .await
        .err()
        .expect("there is a file in the way");
    assert!(
        error
            .to_string()
            .contains("choose a folder that you can write to"),
        "{error}"
    );
}

#[tokio::test]
async fn a_damaged_log_is_moved_aside_and_the_room_stays_the_room() {
    for damage in ["not a database", "a page overwritten"] {
        let room = TestRoom::start().await;
        let room_id = room.server.room().room_id;
        let mut ana = room.join(1, "Ana").await;
        let position = ana.say("m-1", "one").await;
        drop(ana);
        let TestRoom { server, folder } = room;
        server.stop().await;
        let file = folder.path().join("room/room.db");
        let mut bytes = std::fs::read(&file).unwrap();
        match damage {
            "not a database" => bytes = b"garbage".repeat(1_000),
            _ => bytes[4_096..].fill(0x5a),
        }
        std::fs::write(&file, &bytes).unwrap();

        let server = landline_server::start(options(&folder)).await.unwrap();
        assert_eq!(server.room().room_id, room_id, "{damage}");
        assert!(
            server.warnings()[0].contains("nothing was deleted"),
            "{:?}",
            server.warnings()
        );
        let aside = std::fs::read_dir(folder.path().join("room"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let aside = aside
            .filter(|path| path.to_string_lossy().contains("room.db.damaged-"))
            .find(|path| std::fs::read(path).unwrap() == bytes);
        assert!(aside.is_some(), "the damaged bytes are still there");
        let room = TestRoom { server, folder };
        let mut ana = room.join(1, "Ana").await;
        let again = ana.say("m-1", "one").await;
        assert_eq!(again["seq"], 1);
        assert_ne!(again["epoch"], position["epoch"], "another life of the log");
    }
}

#[tokio::test]
async fn bad_names_and_locked_rooms_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["", "   ", &"x".repeat(64), "a\nb"] {
        let error = landline_server::start(landline_server::Options {
            name: name.to_owned(),
            ..options(&folder)
        })
        .await;
        assert!(matches!(error, Err(StartError::Name(_))), "{name:?}");
    }
    let locked = landline_server::Options {
        access: landline_protocol::Access::Locked,
        ..options(&folder)
    };
    assert!(matches!(
        landline_server::start(locked).await,
        Err(StartError::Locked)
    ));
}
