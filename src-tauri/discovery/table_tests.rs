//! The rules of the table, told as what was heard and what is shown.

use super::*;

const TICK: Duration = Duration::from_millis(1);

fn sighting(id: &str, name: &str, ip: &str) -> Sighting {
    Sighting {
        instance: format!("{name}._landline._tcp.local."),
        host_name: format!("landline-{id}.local."),
        room: Room {
            room_id: id.into(),
            name: name.into(),
            host: "ana".into(),
            access: "open".into(),
            protocol: 1,
            members: 1,
            addrs: vec![format!("{ip}:8000").parse().unwrap()],
        },
    }
}

fn events(table: &mut Table, now: Instant) -> Vec<Event> {
    std::iter::from_fn(|| table.next_event(now)).collect()
}

fn probes(table: &mut Table, now: Instant) -> Vec<String> {
    let asked = table.questions(now, usize::MAX).into_iter();
    asked
        .filter_map(|q| {
            if let Question::Probe { room_id, .. } = q {
                Some(room_id)
            } else {
                None
            }
        })
        .collect()
}

/// A table that shows `room` and has reached its port.
fn showing(room: &Sighting, now: Instant) -> Table {
    let mut table = Table::default();
    table.heard(room.clone(), now);
    assert_eq!(events(&mut table, now), [Event::Found(room.room.clone())]);
    assert_eq!(probes(&mut table, now), [room.room.room_id.as_str()]);
    table.probed(&room.room.room_id, true, now);
    table
}

fn lost(id: &str) -> Vec<Event> {
    vec![Event::Lost { room_id: id.into() }]
}

#[test]
fn a_room_is_found_at_once_and_its_changes_come_together() {
    let now = Instant::now();
    let mut room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    room.room.addrs.push("[fd77::1]:8000".parse().unwrap());
    table.heard(room.clone(), now + TICK);
    room.room.members = 5;
    table.heard(room.clone(), now + TICK * 50);
    assert!(!table.has_event(now + DEBOUNCE));
    assert_eq!(table.deadline(), Some(now + TICK));
    assert_eq!(
        events(&mut table, now + TICK + DEBOUNCE),
        [Event::Changed(room.room.clone())]
    );
    table.heard(room, now + DEBOUNCE * 3);
    assert_eq!(
        events(&mut table, now + DEBOUNCE * 9),
        [],
        "the same again is no news"
    );
}

#[test]
fn a_room_without_an_address_waits_for_one() {
    let now = Instant::now();
    let mut room = sighting("r1", "Workshop", "10.0.0.1");
    let addrs = std::mem::take(&mut room.room.addrs);
    let mut table = Table::default();
    table.heard(room.clone(), now);
    assert_eq!(events(&mut table, now + DEBOUNCE), []);
    room.room.addrs = addrs;
    table.heard(room.clone(), now + DEBOUNCE);
    assert_eq!(
        events(&mut table, now + DEBOUNCE),
        [Event::Found(room.room)]
    );
}

#[test]
fn a_room_with_a_link_local_address_alone_waits_a_little_for_a_better_one() {
    let now = Instant::now();
    let mut room = sighting("r1", "Workshop", "10.0.0.1");
    let better = room.room.addrs.clone();
    room.room.addrs = vec!["[fe80::1%3]:8000".parse().unwrap()];
    let mut table = Table::default();
    table.heard(room.clone(), now);
    assert_eq!(events(&mut table, now), []);
    assert_eq!(table.deadline(), Some(now), "its port is asked meanwhile");
    assert!(table.has_event(now + DEBOUNCE), "it may be all there is");
    room.room.addrs.splice(0..0, better);
    table.heard(room.clone(), now + TICK);
    assert_eq!(events(&mut table, now + TICK), [Event::Found(room.room)]);
}

#[test]
fn a_goodbye_and_a_closed_port_end_a_room() {
    let now = Instant::now();
    let room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    table.removed(&room.instance.to_uppercase(), now);
    assert_eq!(events(&mut table, now), [], "a hint is no proof");
    assert_eq!(probes(&mut table, now), ["r1"]);
    table.probed("r1", true, now + TICK);
    assert_eq!(
        probes(&mut table, now + TICK + PROBE_LEAVING_EVERY),
        ["r1"],
        "it is about to stop: soon again"
    );
    table.probed("r1", false, now + DEBOUNCE);
    assert_eq!(events(&mut table, now + DEBOUNCE), lost("r1"));
}

#[test]
fn a_room_that_says_it_is_leaving_goes_as_soon_as_its_port_is_closed() {
    let now = Instant::now();
    let room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    table.leaving("r1", now);
    assert_eq!(events(&mut table, now), []);
    assert_eq!(probes(&mut table, now), ["r1"]);
    table.probed("r1", false, now + TICK);
    assert_eq!(events(&mut table, now + TICK), lost("r1"));
    table.leaving("r1", now + TICK);
    assert_eq!(
        events(&mut table, now + TICK),
        [],
        "its last word makes no room"
    );
    let back = now + TICK + LOOK_BACK_AFTER;
    assert_eq!(table.deadline(), Some(back));
    assert_eq!(
        table.questions(back, 9),
        [Question::Browse],
        "it may have started again"
    );

    let mut table = showing(&room, now);
    table.leaving("r1", now);
    let mut knocks = 0;
    for step in 0..100 {
        let later = now + Duration::from_millis(100) * step;
        for id in probes(&mut table, later) {
            table.probed(&id, true, later);
            knocks += 1;
        }
        assert_eq!(events(&mut table, later), [], "somebody else said so");
    }
    assert!(knocks < 12, "{knocks}");
}

#[test]
fn a_forged_goodbye_hides_nothing() {
    let now = Instant::now();
    let room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    table.removed(&room.instance, now);
    assert!(
        table.questions(now, 0).contains(&Question::Browse),
        "the real host is asked"
    );
    assert_eq!(probes(&mut table, now), ["r1"]);
    table.probed("r1", true, now + TICK);
    table.heard(room, now + DEBOUNCE);
    for second in 1..20 {
        let later = now + Duration::from_secs(second);
        for id in probes(&mut table, later) {
            table.probed(&id, true, later);
        }
        assert_eq!(events(&mut table, later), []);
    }
}

#[test]
fn a_room_that_is_hidden_by_its_host_goes_though_its_port_answers() {
    let now = Instant::now();
    let room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    table.removed(&room.instance, now);
    let mut told = Vec::new();
    for step in 0..50 {
        let later = now + Duration::from_millis(100) * step;
        for id in probes(&mut table, later) {
            table.probed(&id, true, later);
        }
        told.extend(events(&mut table, later));
    }
    assert_eq!(told, lost("r1"));
}

#[test]
fn a_dead_host_goes_once_its_announcement_is_not_confirmed() {
    let now = Instant::now();
    let room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    let later = now + PROBE_EVERY;
    assert_eq!(probes(&mut table, later), ["r1"]);
    table.probed("r1", false, later);
    assert_eq!(
        table.questions(later, 9),
        [Question::Confirm {
            instance: room.instance.clone()
        }]
    );
    assert_eq!(events(&mut table, later), []);
    table.removed(&room.instance, later + DEBOUNCE);
    assert_eq!(events(&mut table, later + DEBOUNCE), lost("r1"));
}

#[test]
fn a_room_behind_a_firewall_stays_while_it_is_announced() {
    let now = Instant::now();
    let mut table = showing(&sighting("r1", "Workshop", "10.0.0.1"), now);
    let (mut at, mut knocks) = (now, 0);
    while at < now + Duration::from_mins(5) {
        at += Duration::from_secs(1);
        for id in probes(&mut table, at) {
            table.probed(&id, false, at);
            knocks += 1;
        }
        assert_eq!(events(&mut table, at), []);
    }
    assert!((8..=15).contains(&knocks), "knocks become rarer: {knocks}");
}

#[test]
fn two_rooms_of_one_name_are_two_rooms() {
    let now = Instant::now();
    let mut table = showing(&sighting("r1", "Workshop", "10.0.0.1"), now);
    let second = sighting("r2", "Workshop (2)", "10.0.0.2");
    table.heard(second.clone(), now);
    assert_eq!(events(&mut table, now), [Event::Found(second.room)]);
}

#[test]
fn a_rename_is_a_change_in_whatever_order_its_records_come() {
    let now = Instant::now();
    let old = sighting("r1", "Workshop", "10.0.0.1");
    let new = sighting("r1", "Garage", "10.0.0.1");
    let later = now + TICK + DEBOUNCE;
    let mut table = showing(&old, now);
    table.heard(new.clone(), now + TICK);
    table.removed(&old.instance, now + TICK);
    assert_eq!(
        events(&mut table, later),
        [Event::Changed(new.room.clone())]
    );
    let mut table = showing(&old, now);
    table.removed(&old.instance, now);
    table.heard(new.clone(), now + TICK);
    assert_eq!(events(&mut table, later), [Event::Changed(new.room)]);
}

#[test]
fn a_known_room_is_not_renamed_or_moved_by_another_host() {
    let now = Instant::now();
    let room = sighting("r1", "Workshop", "10.0.0.1");
    let mut table = showing(&room, now);
    let mut forged = sighting("r1", "Evil", "10.0.0.66");
    forged.host_name = "evil.local.".into();
    table.heard(forged.clone(), now + TICK);
    assert_eq!(events(&mut table, now + DEBOUNCE * 2), []);
    assert_eq!(
        table.questions(now + TICK, 0),
        [Question::Confirm {
            instance: room.instance.clone()
        }]
    );
    table.removed(&room.instance, now + DEBOUNCE * 2);
    let taken = events(&mut table, now + DEBOUNCE * 3);
    assert_eq!(
        taken,
        [Event::Changed(forged.room)],
        "only once the first is gone for good"
    );
}

#[test]
fn a_room_that_takes_the_name_and_address_of_another_replaces_it() {
    let now = Instant::now();
    let mut table = showing(&sighting("r1", "Workshop", "10.0.0.1"), now);
    let other = sighting("r2", "Workshop", "10.0.0.1");
    table.heard(other.clone(), now);
    assert_eq!(events(&mut table, now), [Event::Found(other.room)]);
    for step in 0..50 {
        let later = now + Duration::from_millis(100) * step;
        for id in probes(&mut table, later) {
            table.probed(&id, true, later);
        }
    }
    assert_eq!(
        events(&mut table, now + GONE_FOR),
        lost("r1"),
        "the port that answers is the other's"
    );
}

#[test]
fn a_room_elsewhere_that_takes_the_name_of_another_hides_it_only_when_it_is_dead() {
    let now = Instant::now();
    let mut table = showing(&sighting("r1", "Workshop", "10.0.0.1"), now);
    let other = sighting("r2", "Workshop", "10.0.0.2");
    table.heard(other.clone(), now);
    assert_eq!(events(&mut table, now), [Event::Found(other.room)]);
    for second in 0..20 {
        let later = now + Duration::from_secs(second);
        for id in probes(&mut table, later) {
            table.probed(&id, true, later);
        }
        assert_eq!(events(&mut table, later), []);
    }
    let end = now + Duration::from_secs(30);
    assert!(probes(&mut table, end).contains(&"r1".to_owned()));
    table.probed("r1", false, end);
    assert_eq!(events(&mut table, end), lost("r1"));
}

#[test]
fn one_source_fills_no_more_than_its_share() {
    let now = Instant::now();
    let mut table = showing(&sighting("real", "Workshop", "10.0.0.1"), now);
    for n in 0..1_000 {
        table.heard(
            sighting(&format!("fake-{n}"), &format!("Fake {n}"), "10.0.0.66"),
            now,
        );
    }
    assert_eq!(table.rooms.len(), 1 + ROOMS_PER_SOURCE_MAX);
    let late = sighting("late", "Garden", "10.0.0.2");
    table.heard(late.clone(), now);
    assert!(events(&mut table, now).contains(&Event::Found(late.room)));
}

#[test]
fn a_flood_from_made_up_addresses_drops_itself_and_no_real_room() {
    let now = Instant::now();
    let mut table = showing(&sighting("real", "Workshop", "10.0.0.1"), now);
    for n in 0..1_000_u32 {
        let ip = format!("10.{}.{}.1", 1 + n / 250, n % 250);
        table.heard(
            sighting(&format!("fake-{n}"), &format!("Fake {n}"), &ip),
            now,
        );
    }
    assert_eq!(table.rooms.len(), ROOMS_MAX);
    assert!(table.rooms.contains_key("real"));
    let late = sighting("late", "Garden", "10.0.0.2");
    table.heard(late.clone(), now);
    assert!(
        table.rooms.contains_key("late"),
        "a newcomer still finds a place"
    );
    table.probed("late", true, now);
    for n in 0..1_000_u32 {
        table.heard(
            sighting(&format!("more-{n}"), &format!("More {n}"), "10.9.9.9"),
            now,
        );
    }
    assert!(table.rooms.contains_key("late") && table.rooms.contains_key("real"));
    assert!(!events(&mut table, now).contains(&Event::Lost {
        room_id: "real".into()
    }));
}

#[test]
fn a_doubted_room_is_asked_at_once() {
    let now = Instant::now();
    let mut table = showing(&sighting("r1", "Workshop", "10.0.0.1"), now);
    assert_eq!(probes(&mut table, now + TICK), [""; 0]);
    table.doubt("r1", now + TICK);
    assert_eq!(probes(&mut table, now + TICK), ["r1"]);
    table.doubt("unknown", now);
}
