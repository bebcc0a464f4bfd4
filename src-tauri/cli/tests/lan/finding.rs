//! Rooms are found, told apart, followed and missed.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::figures::{Times, figure, ms};
use crate::network::Lan;
use crate::people::{Folder, browse, cli, frame, host, host_unheard, join, told, told_within};
use crate::process::Process;

/// What a person bears; the target is a median of 1.5 s and a worst case of 5 s.
const FOUND_WITHIN: Duration = Duration::from_secs(15);
/// A host that stops says so; the target is 1 s. Below the 7 s after which a dead one is missed, so that it proves the
/// goodbye.
const GOODBYE_WITHIN: Duration = Duration::from_secs(5);
/// A host that died says nothing.
const MISSED_WITHIN: Duration = Duration::from_secs(15);

#[test]
fn a_room_is_found_soon_after_either_side_starts_and_gone_with_its_goodbye() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let data = folder.of("room");
    let (mut found, mut gone) = (Vec::new(), Vec::new());
    let mut watcher = browse(&lan, 2);
    for run in 0..20 {
        let mut room = host_unheard(&lan, 1, "Workshop", &data, &[]);
        let (at, _) = told_within(&mut watcher, "found", FOUND_WITHIN, |room| {
            room["name"] == "Workshop"
        });
        if run % 2 == 0 {
            found.push(at - room.started);
        } else {
            let mut newcomer = browse(&lan, 2);
            let (at, _) = told_within(&mut newcomer, "found", FOUND_WITHIN, |room| {
                room["name"] == "Workshop"
            });
            found.push(at - newcomer.started);
        }
        let asked = Instant::now();
        room.terminate();
        let (at, _) = told_within(&mut watcher, "lost", GOODBYE_WITHIN, |_| true);
        gone.push(at - asked);
        assert!(
            room.exit(Duration::from_secs(10)).success(),
            "a clean stop: {}",
            room.notices()
        );
    }
    let (found, gone) = (Times::new(found), Times::new(gone));
    figure(
        "room found, of 20 starts of either side, median",
        &ms(found.percentile(50)),
    );
    figure(
        "room found, of 20 starts of either side, worst",
        &ms(found.worst()),
    );
    figure("goodbye seen, of 20, worst", &ms(gone.worst()));
}

#[test]
fn a_host_that_dies_disappears_and_one_whose_cable_is_cut_too() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let mut watcher = browse(&lan, 2);
    let (mut room, _) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    told(&mut watcher, "found", |_| true);
    let died = Instant::now();
    room.kill();
    let (at, _) = told_within(&mut watcher, "lost", MISSED_WITHIN, |room| {
        room["name"] == "Workshop"
    });
    figure("host killed, missed after", &ms(at - died));

    let (_room, _) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    told(&mut watcher, "found", |_| true);
    let cut = Instant::now();
    lan.cut(1);
    let (at, _) = told_within(&mut watcher, "lost", MISSED_WITHIN, |room| {
        room["name"] == "Workshop"
    });
    figure("cable cut, missed after", &ms(at - cut));
    lan.mend(1);
    let mended = Instant::now();
    let (at, _) = told(&mut watcher, "found", |room| room["name"] == "Workshop");
    figure("cable mended, found again after", &ms(at - mended));
}

#[test]
fn rooms_come_back_after_the_browsers_own_card_was_off() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let (_room, _) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    let mut watcher = browse(&lan, 2);
    told(&mut watcher, "found", |_| true);
    lan.card_off(2);
    told(&mut watcher, "lost", |room| room["name"] == "Workshop");
    lan.card_on(2);
    let on = Instant::now();
    let (at, _) = told(&mut watcher, "found", |room| room["name"] == "Workshop");
    figure("own card on, room found again after", &ms(at - on));
    lan.card_off(1);
    told(&mut watcher, "lost", |room| room["name"] == "Workshop");
    lan.card_on(1);
    told(&mut watcher, "found", |room| room["name"] == "Workshop");
}

#[test]
fn two_rooms_of_one_name_are_told_apart() {
    let Some(lan) = Lan::of(3) else { return };
    let folder = Folder::new();
    let name = "St. Mary's";
    let (_ana, first) = host(&lan, 1, name, &folder.of("ana"), &[]);
    let mut watcher = browse(&lan, 3);
    told(&mut watcher, "found", |room| {
        room["room_id"] == first["room_id"] && room["name"] == name
    });
    let (bo, second) = host(&lan, 2, name, &folder.of("bo"), &[]);
    assert_ne!(first["room_id"], second["room_id"]);
    told(&mut watcher, "found", |room| {
        room["room_id"] == second["room_id"] && room["name"] == "St. Mary's (2)"
    });

    let cy = join(&lan, 3, &Lan::address(2), "Cyd", &folder.of("cy"));
    told(&mut watcher, "changed", |room| {
        room["members"] == 1
            && room["name"] == "St. Mary's (2)"
            && room["room_id"] == second["room_id"]
    });
    cy.terminate();
    told(&mut watcher, "changed", |room| {
        room["members"] == 0 && room["name"] == "St. Mary's (2)"
    });

    let mut newcomer = browse(&lan, 3);
    let seen =
        |process: &mut Process, id: &Value| told(process, "found", |room| room["room_id"] == *id).1;
    let one = seen(&mut newcomer, &first["room_id"]);
    assert!(is_of(&one, 1), "{one}");
    let mut newcomer = browse(&lan, 3);
    let two = seen(&mut newcomer, &second["room_id"]);
    assert!(is_of(&two, 2), "{two}");

    let mut command = cli(&lan, 3);
    command
        .args(["send", name, "hello", "--data"])
        .arg(folder.of("cy"));
    let mut send = Process::start("send", command);
    assert_eq!(send.exit(FOUND_WITHIN).code(), Some(1));
    send.wait_for_notice("2 rooms are called", FOUND_WITHIN);
    send.wait_for_notice(second["room_id"].as_str().unwrap(), FOUND_WITHIN);

    let mut command = cli(&lan, 3);
    command
        .args([
            "send",
            second["room_id"].as_str().unwrap(),
            "hello",
            "--data",
        ])
        .arg(folder.of("cy"));
    let mut send = Process::start("send", command);
    assert!(send.exit(FOUND_WITHIN).success(), "{}", send.notices());
    bo.terminate();
    told(&mut watcher, "lost", |room| {
        room["room_id"] == second["room_id"]
    });
}

#[test]
fn members_and_a_new_name_show_up_as_changes() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let (mut room, said) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    let mut watcher = browse(&lan, 2);
    told(&mut watcher, "found", |room| room["members"] == 0);
    let mut ana = join(&lan, 2, "Workshop", "Ana", &folder.of("ana"));
    told(&mut watcher, "changed", |room| {
        room["members"] == 1 && room["name"] == "Workshop"
    });
    room.kill();
    let (mut renamed, again) = host(&lan, 1, "Garage", &folder.of("room"), &[]);
    assert_eq!(said["room_id"], again["room_id"]);
    told(&mut watcher, "changed", |room| {
        room["name"] == "Garage" && room["room_id"] == said["room_id"]
    });
    ana.wait_for("the new name", FOUND_WITHIN, |line| {
        frame(line, "HELLO_ACK").filter(|ack| ack["room"]["name"] == "Garage")
    });
    renamed.terminate();
    told(&mut watcher, "lost", |room| room["name"] == "Garage");
    assert!(renamed.exit(Duration::from_secs(10)).success());
}

#[test]
fn a_room_that_is_not_announced_is_reached_by_its_address_alone() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let (_quiet, _) = host(&lan, 1, "Quiet", &folder.of("quiet"), &["--no-announce"]);
    let (_loud, _) = host(
        &lan,
        1,
        "Loud",
        &folder.of("loud"),
        &["--port", "0", "--bind", &Lan::address(1)],
    );
    let mut watcher = browse(&lan, 2);
    let (_, loud) = told(&mut watcher, "found", |_| true);
    assert_eq!(loud["name"], "Loud", "the other one is not announced");
    assert_eq!(
        loud["addrs"],
        serde_json::json!([Lan::address(1)]),
        "bound to one address, announced at that one"
    );
    let mut ana = join(&lan, 2, &Lan::address(1), "Ana", &folder.of("ana"));
    ana.say("hello");
    ana.wait_for("MSG_ACK", FOUND_WITHIN, |line| frame(line, "MSG_ACK"));
}

#[test]
fn a_network_of_ipv6_alone_is_enough() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    for computer in [1, 2] {
        lan.forget_ipv4(computer);
    }
    let (_room, said) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    assert!(
        said["addr"].as_str().unwrap().starts_with("[fd77::1]:"),
        "{said}"
    );
    let mut watcher = browse(&lan, 2);
    let (_, room) = told(&mut watcher, "found", |_| true);
    assert_eq!(room["addrs"][0], "fd77::1", "{room}");
    let mut ana = join(&lan, 2, "Workshop", "Ana", &folder.of("ana"));
    ana.say("hello");
    ana.wait_for("MSG_ACK", FOUND_WITHIN, |line| frame(line, "MSG_ACK"));
}

/// Whether a room's first address is that of a computer; IPv4 or IPv6, whichever was heard first.
fn is_of(room: &Value, computer: usize) -> bool {
    room["addrs"][0] == Lan::address(computer) || room["addrs"][0] == format!("fd77::{computer}")
}
