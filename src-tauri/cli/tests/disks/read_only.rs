//! A disk that turns read-only.

use crate::mounted::Disk;
use crate::rig::author::Author;
use crate::rig::host::{Host, log_after};
use crate::{TOPIC, hold_against, integrity};

const DISK_MB: u32 = 128;

#[tokio::test]
async fn i13_a_disk_that_turns_read_only_under_the_host_acknowledges_nothing_and_loses_nothing() {
    let Some(disk) = Disk::in_a_file(DISK_MB) else {
        return;
    };
    let (host, addr) = Host::start(&disk.data(), &disk.log());
    let mut author = Author::new(TOPIC);
    let mut socket = author.enter(&addr).await.expect("the host is there");
    author
        .talk(&mut socket, 200)
        .await
        .expect("the disk is well");
    disk.turn_read_only();
    author.stops_when_refused = true;
    author
        .talk(&mut socket, 50)
        .await
        .expect("it refuses, and closes nothing");
    author.stops_when_refused = false;
    assert_eq!((author.acked.len(), author.read_only > 0), (200, true));
    assert_eq!(
        log_after(&addr, TOPIC, 0).await.len(),
        200,
        "all of it can still be read"
    );
    assert!(
        host.said().contains("cannot be written"),
        "the host is told: {}",
        host.said()
    );
    drop(socket);
    assert!(
        host.stop().success(),
        "it stops, and says that the log was not closed"
    );
    // Started on it: words, not a panic.
    let host = Host::launch(&disk.data(), &disk.log());
    let (status, said) = host.ended().await;
    assert_eq!(status.code(), Some(1));
    assert!(
        said.contains("Read-only") && said.contains("choose a folder that you can write to"),
        "{said}"
    );

    disk.repair();
    let (host, addr) = Host::start(&disk.data(), &disk.log());
    hold_against(&addr, std::slice::from_ref(&author)).await;
    let mut socket = author.enter(&addr).await.expect("the host is there");
    author
        .talk(&mut socket, 0)
        .await
        .expect("what waited is sent");
    assert_eq!(author.acked.len() as u64, author.sent);
    hold_against(&addr, std::slice::from_ref(&author)).await;
    assert!(host.stop().success());
    assert_eq!(integrity(&disk.data()), ("ok".to_owned(), true));
}
