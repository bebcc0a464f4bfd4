//! A log that is not as it was written.

use crate::rig::author::Author;
use crate::rig::host::{Host, log_after};
use crate::{TOPIC, hold_against};

#[tokio::test]
async fn damage_found_at_the_start_is_told_moved_aside_and_the_room_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let (data, log) = (folder.path().join("room"), folder.path().join("log.txt"));
    let (host, addr) = Host::start(&data, &log);
    let mut author = Author::new(TOPIC);
    let mut socket = author.enter(&addr).await.expect("the host is there");
    author
        .talk(&mut socket, 300)
        .await
        .expect("the disk is well");
    assert!(host.stop().success());
    let file = data.join("room.db");
    let whole = std::fs::read(&file).unwrap();
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();

    let (host, addr) = Host::start(&data, &log);
    let said = host.said();
    assert!(
        said.contains("was damaged") && said.contains("nothing was deleted"),
        "{said}"
    );
    let aside = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let is_the_file = |path: &std::path::PathBuf| {
        let name = path.to_string_lossy();
        name.contains("room.db.damaged-") && name.ends_with(|last: char| last.is_ascii_digit())
    };
    let aside: Vec<_> = aside.filter(is_the_file).collect();
    assert_eq!(aside.len(), 1);
    assert_eq!(std::fs::read(&aside[0]).unwrap(), whole[..whole.len() / 2]);
    // What was saved is as it was said; what was not is told as lost.
    let mut there = log_after(&addr, TOPIC, 0).await;
    there.retain(|told| told.kind != "lost");
    assert!(there.iter().all(|told| {
        let number = Author::number(&told.message_id).expect("one of its author's");
        author.content(number) == told.content
    }));
    let mut again = Author::new(TOPIC);
    let mut socket = again.enter(&addr).await.expect("the host is there");
    again
        .talk(&mut socket, 5)
        .await
        .expect("the new log takes messages");
    hold_against(&addr, &[again, author_without_acks(author)]).await;
}

/// What the old log held of them is not promised any more.
fn author_without_acks(mut author: Author) -> Author {
    author.acked.clear();
    author
}
