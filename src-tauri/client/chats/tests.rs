//! Answers that are late, overlap, stay away or bring nothing; what no well-behaved host does often enough to be met by
//! chance.

use landline_protocol::frame::{ClientFrame, Message, Resumed, ServerFrame};
use landline_protocol::{EntryKind, Epoch, MessageId, Position, Seq, Timestamp, TopicName, Via};

use super::*;
use crate::host_model::{ME, chat, name, user, whisper};

const OLD: Epoch = Epoch { counter: 1, tag: 1 };
const NEW: Epoch = Epoch { counter: 2, tag: 2 };

fn message(epoch: Epoch, seq: Seq) -> Message {
    Message {
        from: user(2),
        display_name: name("Bob"),
        via: Via::App,
        topic: None,
        to: Some(user(ME)),
        kind: EntryKind::Text,
        content: "x".into(),
        message_id: MessageId::fresh(),
        epoch,
        seq,
        timestamp: Timestamp(0),
        expires_at: None,
        order: None,
    }
}

fn page(epoch: Epoch, seqs: std::ops::RangeInclusive<Seq>, more: bool) -> Resumed {
    Resumed {
        topic: None,
        with: Some(user(2)),
        recovered: true,
        epoch,
        seq: *seqs.end(),
        oldest: None,
        messages: seqs.map(|seq| message(epoch, seq)).collect(),
        more,
    }
}

/// One direct chat, read up to `seq` of the old epoch.
struct Reader {
    chats: Chats,
    out: Vec<Effect>,
}

impl Reader {
    fn at(seq: Seq) -> Reader {
        let position = Position { epoch: OLD, seq };
        let mut chats = Chats::new(user(ME), [(chat(2), position)]);
        chats.online();
        Reader {
            chats,
            out: Vec::new(),
        }
    }

    fn live(&mut self, epoch: Epoch, seq: Seq) {
        self.chats.message(message(epoch, seq), 0, &mut self.out);
    }

    fn answer(&mut self, resumed: Resumed) {
        self.chats.resumed(resumed, 0, &mut self.out);
    }

    /// What the consumer got since the last time.
    fn got(&mut self) -> Vec<Seq> {
        let seq = |effect: &Effect| match effect {
            Effect::Emit {
                event: Event::Frame(ServerFrame::Msg(message)),
                ..
            } => Some(message.seq),
            _ => None,
        };
        let got = self.out.iter().filter_map(seq).collect();
        self.out
            .retain(|effect| !matches!(effect, Effect::Emit { .. }));
        got
    }

    /// From where the host was asked since the last time.
    fn asked(&mut self) -> Vec<Seq> {
        let asked = self.out.iter().filter_map(|effect| match effect {
            Effect::Send(ClientFrame::Resume(resume)) => Some(resume.seq),
            _ => None,
        });
        let asked = asked.collect();
        self.out.clear();
        asked
    }
}

#[test]
fn what_comes_live_waits_for_the_gap_before_it() {
    let mut bo = Reader::at(5);
    for seq in [9, 8, 8, 10] {
        bo.live(OLD, seq);
    }
    assert_eq!((bo.got(), bo.asked()), (vec![], vec![5]));
    bo.answer(page(OLD, 6..=7, false));
    bo.live(OLD, 11);
    bo.live(OLD, 7);
    assert_eq!(bo.got(), [6, 7, 8, 9, 10, 11]);
    assert!(bo.asked().is_empty());
}

#[test]
fn pages_that_overlap_or_come_late_give_nothing_twice() {
    let mut bo = Reader::at(5);
    bo.live(OLD, 12);
    bo.answer(page(OLD, 4..=8, true));
    assert_eq!((bo.got(), bo.asked()), (vec![6, 7, 8], vec![5, 8]));
    bo.answer(page(OLD, 8..=11, false));
    bo.answer(page(OLD, 6..=8, false));
    assert_eq!((bo.got(), bo.asked()), (vec![9, 10, 11, 12], vec![]));
}

#[test]
fn the_same_number_in_another_life_of_the_log_is_no_next_message() {
    // The host lost 4 and 5 and has given those numbers again; only it can say that 6 does not follow our 5.
    let mut bo = Reader::at(5);
    bo.live(NEW, 6);
    assert_eq!((bo.got(), bo.asked()), (vec![], vec![5]));
    let cut = Resumed {
        recovered: false,
        ..page(NEW, 4..=6, false)
    };
    bo.answer(cut);
    assert!(bo.got().is_empty(), "RESUMED holds the page");
    bo.live(NEW, 7);
    assert_eq!(bo.got(), [7]);
}

#[test]
fn a_gap_that_the_host_cannot_fill_is_asked_for_again_and_never_skipped() {
    let mut bo = Reader::at(5);
    bo.live(OLD, 7);
    assert_eq!(bo.asked(), [5]);
    let nothing = Resumed {
        messages: Vec::new(),
        ..page(OLD, 5..=5, false)
    };
    bo.answer(nothing);
    assert_eq!(
        (bo.got(), bo.asked(), bo.chats.wake()),
        (vec![], vec![], Some(RESUME_AGAIN_MS))
    );
    bo.chats.tick(RESUME_AGAIN_MS, &mut bo.out);
    assert_eq!(bo.asked(), [5]);
    // No answer at all: once more.
    bo.chats
        .tick(RESUME_AGAIN_MS + ANSWER_WITHIN_MS, &mut bo.out);
    assert_eq!(bo.asked(), [5]);
    bo.answer(page(OLD, 6..=6, false));
    assert_eq!(bo.got(), [6, 7]);
}

#[test]
fn more_than_is_kept_while_a_gap_is_filled_is_asked_for_afterwards() {
    let last = 7 + LIVE_KEPT as Seq + 100;
    let mut bo = Reader::at(5);
    for seq in 7..=last {
        bo.live(OLD, seq);
    }
    assert_eq!(bo.asked(), [5]);
    bo.answer(page(OLD, 6..=6, false));
    let kept = 6 + LIVE_KEPT as Seq;
    assert_eq!(bo.got(), (6..=kept).collect::<Vec<_>>());
    assert_eq!(bo.asked(), [kept]);
    bo.answer(page(OLD, kept + 1..=last, false));
    assert_eq!(bo.got(), (kept + 1..=last).collect::<Vec<_>>());
}

#[test]
fn gaps_are_filled_a_few_chats_at_a_time() {
    let chats = (10..20).map(|n| {
        let position = Position { epoch: OLD, seq: 1 };
        (Chat::Direct(user(n)), position)
    });
    let mut bo = Reader {
        chats: Chats::new(user(ME), chats),
        out: Vec::new(),
    };
    bo.chats.online();
    let info = |n| DirectInfo {
        with: user(n),
        display_name: name("Bob"),
        epoch: OLD,
        seq: 2,
        read: 0,
        seen: 0,
    };
    let list: Vec<DirectInfo> = (10..20).map(info).collect();
    bo.chats.direct_listed(&list, 0, &mut bo.out);
    let mut answered = 0;
    let mut under_way: std::collections::VecDeque<u128> = (10..20).collect();
    while let Some(n) = under_way.pop_front() {
        let asked = bo.asked().len();
        assert!(asked <= RESUMES_IN_FLIGHT);
        let mut answer = page(OLD, 2..=2, false);
        answer.with = Some(user(n));
        for message in &mut answer.messages {
            message.from = user(n);
        }
        bo.answer(answer);
        answered += bo.got().len();
    }
    assert_eq!(answered, 10);
}

/// In the lobby, at its end, which is `seq`; nothing is asked for any more.
fn in_the_lobby(seq: Seq) -> Reader {
    let mut bo = Reader::at(0);
    let joined = TopicJoined {
        topic: TopicName::lobby(),
        epoch: OLD,
        seq,
        members: Vec::new(),
        many: false,
        member_count: 1,
        guests: 1,
        ttl: None,
        keep: None,
        oldest: None,
        read: 0,
    };
    bo.chats.topic_joined(joined, 0, &mut bo.out);
    assert_eq!(bo.asked(), [seq], "something may live there");
    bo.answer(lobby_page(seq, Vec::new()));
    assert!(bo.got().is_empty() && bo.asked().is_empty());
    bo
}

fn lobby_page(seq: Seq, messages: Vec<Message>) -> Resumed {
    Resumed {
        topic: Some(TopicName::lobby()),
        with: None,
        messages,
        ..page(OLD, seq..=seq, false)
    }
}

fn stored(seq: Seq) -> Message {
    Message {
        topic: Some(TopicName::lobby()),
        to: None,
        ..message(OLD, seq)
    }
}

fn living(seq: Seq, order: u64, ends: i64) -> Message {
    Message {
        epoch: OLD,
        ..whisper(&chat(0), seq, order, Timestamp(ends))
    }
}

impl Reader {
    fn hears(&mut self, message: &Message, now: Millis) {
        self.chats.message(message.clone(), now, &mut self.out);
    }

    /// Every message that the consumer got since the last time: its place and its order there.
    fn places(&mut self) -> Vec<(Seq, Option<u64>)> {
        let place = |effect: Effect| match effect {
            Effect::Emit {
                event: Event::Frame(ServerFrame::Msg(message)),
                mark,
            } => {
                assert_eq!(mark.is_none(), message.expires_at.is_some());
                Some((message.seq, message.order))
            }
            _ => None,
        };
        std::mem::take(&mut self.out)
            .into_iter()
            .filter_map(place)
            .collect()
    }
}

#[test]
fn what_disappears_moves_nothing_and_comes_once_while_it_lives() {
    let mut bo = in_the_lobby(5);
    let (first, second) = (living(5, 1, 100), living(5, 2, 100));
    for message in [&first, &first, &second, &stored(6), &second, &stored(7)] {
        bo.hears(message, 0);
    }
    let seen = [(5, Some(1)), (5, Some(2)), (6, None), (7, None)];
    assert_eq!(bo.places(), seen);
    bo.chats.tick(100, &mut bo.out);
    bo.hears(&living(7, 3, 200), 100);
    assert_eq!(bo.places(), [(7, Some(3))]);
    assert_eq!(bo.chats.wake(), Some(200), "only what lives is remembered");
}

#[test]
fn what_disappears_waits_for_the_message_that_it_stands_behind() {
    let mut bo = in_the_lobby(5);
    let early = living(7, 4, 100);
    bo.hears(&living(7, 5, 100), 0);
    bo.hears(&early, 0);
    assert_eq!(bo.asked(), [5], "7 is missing, and perhaps 6");
    let page = vec![
        living(5, 1, 100),
        stored(6),
        living(6, 3, 100),
        stored(7),
        early,
    ];
    bo.answer(lobby_page(7, page));
    let seen = [
        (5, Some(1)),
        (6, None),
        (6, Some(3)),
        (7, None),
        (7, Some(4)),
        (7, Some(5)),
    ];
    assert_eq!(bo.places(), seen);
}

#[test]
fn a_page_may_know_more_of_what_lives_than_of_the_log() {
    let mut bo = in_the_lobby(5);
    bo.hears(&stored(7), 0);
    bo.hears(&living(7, 2, 100), 0);
    // Read before 7 was stored, answered afterwards.
    bo.answer(lobby_page(
        6,
        vec![stored(6), living(6, 1, 100), living(7, 2, 100)],
    ));
    assert_eq!(
        bo.places(),
        [(6, None), (6, Some(1)), (7, None), (7, Some(2))]
    );
    assert!(bo.asked().is_empty());
}

#[test]
fn what_disappeared_while_a_gap_was_open_is_not_handed_over() {
    let mut bo = in_the_lobby(5);
    bo.hears(&living(6, 1, 100), 0);
    bo.hears(&living(6, 2, 300), 0);
    bo.chats.tick(200, &mut bo.out);
    bo.out.clear();
    bo.answer(lobby_page(6, vec![stored(6)]));
    assert_eq!(bo.places(), [(6, None), (6, Some(2))]);
}

#[test]
fn i06_a_silent_hole_is_found_by_the_heads_of_a_pong() {
    let head = |seq| ChatHead {
        topic: None,
        with: Some(user(2)),
        epoch: OLD,
        seq,
    };
    let mut bo = Reader::at(5);
    bo.live(OLD, 6);
    bo.chats.heads(&[head(6)], 0, &mut bo.out);
    assert_eq!(
        (bo.got(), bo.asked()),
        (vec![6], vec![]),
        "nothing is missing"
    );
    bo.chats.heads(&[head(8)], 0, &mut bo.out);
    bo.chats.heads(&[head(9)], 0, &mut bo.out);
    assert_eq!(bo.asked(), [6], "asked for once");
    bo.answer(page(OLD, 7..=9, false));
    assert_eq!(bo.got(), [7, 8, 9]);
    // Of one who never wrote to us before, nothing came at all.
    let stranger = ChatHead {
        with: Some(user(7)),
        ..head(2)
    };
    bo.chats.heads(&[stranger], 0, &mut bo.out);
    assert_eq!(bo.asked(), [0]);
    // A topic that we are not in is none of ours.
    let elsewhere = ChatHead {
        topic: Some("den".parse().unwrap()),
        with: None,
        ..head(3)
    };
    bo.chats.heads(&[elsewhere], 0, &mut bo.out);
    assert_eq!(bo.asked(), Vec::<Seq>::new());
}
