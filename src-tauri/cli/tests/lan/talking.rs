//! Messages go both ways, and none is lost or doubled when the host dies or a cable is cut.

use std::time::{Duration, Instant};

use crate::figures::{Times, figure, ms};
use crate::network::Lan;
use crate::people::{Folder, PATIENCE, frame, host, join, message};
use crate::process::{Line, Process};

/// A room whose people speak as fast as they like: what is tested here is not the pace.
const UNPACED: [&str; 2] = ["--rate-limit", "off"];
/// Longest time until everybody has everything after a break; reconnecting waits 5 s at most, a dead link is noticed
/// after 12 s.
const HEALED_WITHIN: Duration = Duration::from_secs(40);

#[test]
fn messages_go_both_ways_between_two_computers() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let (_room, _) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    let mut ana = join(&lan, 1, &Lan::address(1), "Ana", &folder.of("ana"));
    let mut bo = join(&lan, 2, "Workshop", "Bob", &folder.of("bo"));
    ana.say("lunch? 🍜");
    bo.wait_for("Ana's words", PATIENCE, |line| {
        message(line).filter(|text| text == "lunch? 🍜")
    });
    bo.say("in a minute");
    ana.wait_for("Bo's words", PATIENCE, |line| {
        message(line).filter(|text| text == "in a minute")
    });
}

#[test]
fn nothing_is_lost_or_doubled_when_the_host_is_killed_and_comes_back() {
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let (mut room, said) = host(&lan, 1, "Workshop", &folder.of("room"), &UNPACED);
    let mut ana = join(&lan, 2, "Workshop", "Ana", &folder.of("ana"));
    let mut bo = join(&lan, 2, "Workshop", "Bob", &folder.of("bo"));
    let mut talk = Talk::default();
    talk.say(&mut ana, "ana", 20);
    // In the middle of a stream of messages, some on their way and some not yet.
    bo.wait_for("the fifth", PATIENCE, |line| {
        message(line).filter(|text| text == "ana 4")
    });
    talk.say(&mut bo, "bo", 20);
    room.kill();
    talk.say(&mut ana, "ana", 20);
    talk.say(&mut bo, "bo", 20);
    let (_room, again) = host(&lan, 1, "Workshop", &folder.of("room"), &UNPACED);
    assert_eq!(said["room_id"], again["room_id"]);
    let back = Instant::now();
    let healed = talk.settle(&mut ana, &mut bo, &[("ana", 0), ("bo", 5)], back);
    figure(
        "host killed and back, everybody has everything after",
        &ms(healed),
    );
}

#[test]
fn a_member_follows_a_room_to_another_computer_and_port() {
    let Some(lan) = Lan::of(3) else { return };
    let folder = Folder::new();
    let (mut room, said) = host(&lan, 1, "Workshop", &folder.of("room"), &[]);
    let mut ana = join(&lan, 3, "Workshop", "Ana", &folder.of("ana"));
    ana.say("here");
    ana.wait_for("its own words", PATIENCE, |line| {
        message(line).filter(|text| text == "here")
    });
    room.kill();
    ana.say("and there");
    let (_room, again) = host(&lan, 2, "Workshop", &folder.of("room"), &["--port", "0"]);
    assert_eq!(said["room_id"], again["room_id"]);
    assert_ne!(said["addr"], again["addr"]);
    ana.wait_for("what it said meanwhile", HEALED_WITHIN, |line| {
        message(line).filter(|text| text == "and there")
    });
}

#[test]
fn nothing_is_lost_or_doubled_over_a_link_that_is_cut_for_20_seconds() {
    let Some(lan) = Lan::of(3) else { return };
    let folder = Folder::new();
    let (_room, _) = host(&lan, 1, "Workshop", &folder.of("room"), &UNPACED);
    let mut ana = join(&lan, 1, &Lan::address(1), "Ana", &folder.of("ana"));
    let mut bo = join(&lan, 2, "Workshop", "Bob", &folder.of("bo"));
    let mut talk = Talk::default();
    talk.say(&mut ana, "ana", 10);
    talk.say(&mut bo, "bo", 10);
    // Bo's own words may come before Ana's.
    let mut heard = bo.lines_through("the first", PATIENCE, |line| {
        message(line).is_some_and(|text| text == "ana 0")
    });
    lan.cut(1);
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        talk.say(&mut ana, "ana", 1);
        talk.say(&mut bo, "bo", 1);
        // Both write on, twice a second; this is the pace of the test, not a wait for something to be true.
        heard.extend(bo.lines_until(Instant::now() + Duration::from_millis(500)));
    }
    lan.mend(1);
    talk.heard_before("bo", &heard);
    let back = Instant::now();
    let healed = talk.settle(&mut ana, &mut bo, &[("ana", 0), ("bo", 0)], back);
    figure(
        "link cut for 20 s, everybody has everything after",
        &ms(healed),
    );
}

#[test]
fn message_time_across_the_network_at_ten_a_second() {
    const MESSAGES: u32 = 200;
    let Some(lan) = Lan::of(2) else { return };
    let folder = Folder::new();
    let (_room, _) = host(&lan, 1, "Workshop", &folder.of("room"), &UNPACED);
    let mut ana = join(&lan, 1, &Lan::address(1), "Ana", &folder.of("ana"));
    let mut bo = join(&lan, 2, "Workshop", "Bob", &folder.of("bo"));
    let start = Instant::now();
    let mut times = Vec::new();
    for number in 0..MESSAGES {
        let text = format!("n{number}");
        let said = Instant::now();
        ana.say(&text);
        let heard = bo.wait_for(&text, PATIENCE, |line| {
            message(line).filter(|m| *m == text).map(|_| line.at)
        });
        times.push(heard - said);
        bo.lines_until(start + Duration::from_millis(100) * (number + 1));
    }
    let times = Times::new(times);
    figure(
        "message, host to client at 10 a second, p50",
        &ms(times.percentile(50)),
    );
    figure(
        "message, host to client at 10 a second, p99",
        &ms(times.percentile(99)),
    );
}

/// What two people said, numbered, and whether each heard all of it once and in order.
#[derive(Default)]
struct Talk {
    said: [u32; 2],
    heard_before: Vec<(String, String)>,
}

impl Talk {
    fn count(&mut self, who: &str) -> &mut u32 {
        &mut self.said[usize::from(who == "bo")]
    }

    fn say(&mut self, process: &mut Process, who: &str, messages: u32) {
        for _ in 0..messages {
            let number = *self.count(who);
            process.say(&format!("{who} {number}"));
            *self.count(who) += 1;
        }
    }

    /// Lines that the test had to read while it waited for something else.
    fn heard_before(&mut self, listener: &str, lines: &[Line]) {
        let texts = lines
            .iter()
            .filter_map(message)
            .map(|text| (listener.to_owned(), text));
        self.heard_before.extend(texts);
    }

    /// Both hear all that was said. `skipped`: how many of Ana's first messages each listener was already seen to
    /// have. Returns how long that took since `since`.
    fn settle(
        &self,
        ana: &mut Process,
        bo: &mut Process,
        skipped: &[(&str, u32)],
        since: Instant,
    ) -> Duration {
        let mut last = since;
        for (process, (listener, before)) in [ana, bo].into_iter().zip(skipped) {
            let mut heard: Vec<String> = self
                .heard_before
                .iter()
                .filter(|(who, _)| who == listener)
                .map(|(_, text)| text.clone())
                .collect();
            let all =
                usize::try_from(self.said[0] + self.said[1] - before).expect("a small number");
            while heard.len() < all {
                let what = format!("message {} of {all}", heard.len() + 1);
                let (at, text) = process.wait_for(&what, HEALED_WITHIN, |line| {
                    message(line).map(|text| (line.at, text))
                });
                heard.push(text);
                last = last.max(at);
            }
            for (who, said, first) in [("ana", self.said[0], *before), ("bo", self.said[1], 0)] {
                let start = format!("{who} ");
                let theirs: Vec<&str> = heard
                    .iter()
                    .filter_map(|text| text.strip_prefix(&start))
                    .collect();
                let expected: Vec<String> =
                    (first..said).map(|number| number.to_string()).collect();
                assert_eq!(theirs, expected, "what {listener} heard of {who}");
            }
            let more = process.lines_until(Instant::now() + Duration::from_millis(700));
            let doubled: Vec<String> = more.iter().filter_map(message).collect();
            assert!(doubled.is_empty(), "{listener} heard again: {doubled:?}");
            assert!(process_is_online(process), "{listener} has left");
        }
        last - since
    }
}

/// Whether it still answers: its own frame comes back.
fn process_is_online(process: &mut Process) -> bool {
    process.say("/list");
    process.wait_for("MEMBERS", PATIENCE, |line| frame(line, "MEMBERS"));
    true
}
