//! A disk without a free byte.

use crate::mounted::Disk;
use crate::rig::author::Author;
use crate::rig::host::{Host, log_after};
use crate::{TOPIC, hold_against, integrity};

/// Enough for a ballast, which wants as much again free, and for some messages.
const DISK_MB: u32 = 80;
const BALLAST_BYTES: u64 = 32 * 1024 * 1024;
/// Longer messages fill sooner.
const PADDING: usize = 8_000;

/// Somebody who has said something.
async fn talker(addr: &str) -> Author {
    let mut author = Author::new(TOPIC);
    author.padding = PADDING;
    let mut socket = author.enter(addr).await.expect("the host is there");
    author.talk(&mut socket, 20).await.expect("there is room");
    author
}

/// Talks until the host says that it cannot write.
async fn talk_until_refused(author: &mut Author, addr: &str) {
    let mut socket = author
        .enter(addr)
        .await
        .expect("a host with a full disk lets people in");
    author.stops_when_refused = true;
    author
        .talk(&mut socket, 2_000)
        .await
        .expect("it refuses, and closes nothing");
    author.stops_when_refused = false;
    assert_eq!(author.read_only, author.refused, "all of it for the disk");
    let refusal = author.refusal.as_ref().expect("a full disk is said");
    let words = refusal["message"].as_str().expect("in words");
    assert!(
        words.contains("cannot write to its disk") && words.contains("not stored"),
        "{words}"
    );
}

#[tokio::test]
async fn i13_a_full_disk_acknowledges_nothing_says_so_and_recovers_alone() {
    let Some(disk) = Disk::in_memory(DISK_MB) else {
        return;
    };
    let (host, addr) = Host::start(&disk.data(), &disk.log());
    let mut author = talker(&addr).await;
    disk.fill();
    talk_until_refused(&mut author, &addr).await;
    let acked = author.acked.len();
    assert_eq!(
        log_after(&addr, TOPIC, 0).await.len(),
        acked,
        "all that is there was acknowledged, and can be read"
    );
    assert!(
        host.said().contains("disk cannot be written"),
        "the host is told: {}",
        host.said()
    );

    disk.clear();
    let mut socket = author.enter(&addr).await.expect("the host is there");
    author
        .talk(&mut socket, 50)
        .await
        .expect("nobody had to help it");
    hold_against(&addr, std::slice::from_ref(&author)).await;
    assert!(author.acked.len() > acked + 50);
    assert!(
        host.said().contains("can be written again"),
        "{}",
        host.said()
    );
    assert!(host.stop().success());
    assert_eq!(integrity(&disk.data()), ("ok".to_owned(), true));
}

#[tokio::test]
async fn i13_the_ballast_lets_a_full_disk_close_and_open_cleanly() {
    let Some(disk) = Disk::in_memory(DISK_MB) else {
        return;
    };
    let (host, addr) = Host::start(&disk.data(), &disk.log());
    let mut author = talker(&addr).await;
    let ballast = disk.data().join("room.ballast");
    assert_eq!(
        std::fs::metadata(&ballast)
            .expect("there is room for it")
            .len(),
        BALLAST_BYTES
    );
    disk.fill();
    talk_until_refused(&mut author, &addr).await;
    assert!(ballast.exists(), "messages do not eat it");
    assert!(host.stop().success());
    assert!(!ballast.exists(), "the log needed its place");
    assert_eq!(integrity(&disk.data()), ("ok".to_owned(), true));
    hold_up_after_a_kill(&disk, author).await;
}

/// The same disk, full again while the host lives, and then the host is killed: the next one opens all the same.
async fn hold_up_after_a_kill(disk: &Disk, mut author: Author) {
    disk.clear();
    let (host, addr) = Host::start(&disk.data(), &disk.log());
    let mut socket = author.enter(&addr).await.expect("the host is there");
    author
        .talk(&mut socket, 1)
        .await
        .expect("there is room again");
    assert!(
        disk.data().join("room.ballast").exists(),
        "it is made again"
    );
    disk.fill();
    talk_until_refused(&mut author, &addr).await;
    host.kill();
    let (host, addr) = Host::start(&disk.data(), &disk.log());
    hold_against(&addr, std::slice::from_ref(&author)).await;
    assert!(host.stop().success());
    assert_eq!(integrity(&disk.data()), ("ok".to_owned(), true));
}
