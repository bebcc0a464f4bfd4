//! What is asked, and what follows, against a log that lost its end.

use landline_protocol::frame::{ClientFrame, History, Message};
use landline_protocol::{Epoch, MessageId, Position, Timestamp, UserId};

use super::{Answer, KEPT_BYTES, KEPT_PER_CHAT, KEPT_PER_ROOM, Kept, Settled};
use crate::chat::Chat;
use crate::effect::{Effect, Row, Write};
use crate::host_model::{ME, chat, user, whisper};
use crate::joins::ANSWER_WITHIN_MS;

const BEFORE: Epoch = Epoch { counter: 1, tag: 1 };
const NOW: Epoch = Epoch { counter: 2, tag: 2 };

fn row(chat: &Chat, text: &str) -> Row {
    Row {
        message_id: MessageId::fresh(),
        chat: chat.clone(),
        content: text.into(),
        written_at: Timestamp(0),
        place: 1,
        failed: None,
        disappears: false,
        offered: None,
    }
}

/// Keeps `count` messages, every third place of the lobby's log.
fn filled(count: u64) -> (Kept, Vec<MessageId>) {
    let (mut kept, mut ids) = (Kept::default(), Vec::new());
    for n in 1..=count {
        let row = row(&chat(0), "mine");
        ids.push(row.message_id.clone());
        let (epoch, seq) = (BEFORE, n * 3);
        kept.add(&row, Position { epoch, seq }, &mut Vec::new());
    }
    (kept, ids)
}

/// The place that is asked about, less one.
fn asked(out: &mut Vec<Effect>) -> Option<u64> {
    let mut asked = out.drain(..).filter_map(|effect| match effect {
        Effect::Send(ClientFrame::History(history)) => {
            assert_eq!(history.topic.as_deref(), Some("lobby"));
            assert_eq!(history.limit, Some(1));
            history.after
        }
        _ => None,
    });
    let first = asked.next();
    assert_eq!(asked.next(), None, "one question at a time");
    first
}

fn answer(after: u64, id: Option<&MessageId>, from: UserId) -> History {
    let Chat::Topic(topic) = chat(0) else {
        panic!("a topic")
    };
    let message = |id: &MessageId| Message {
        from,
        message_id: id.clone(),
        expires_at: None,
        order: None,
        ..whisper(&chat(0), after + 1, 0, Timestamp(0))
    };
    History {
        topic: Some(topic),
        with: None,
        before: None,
        after: Some(after),
        around: None,
        at: None,
        oldest: None,
        messages: id.map(message).into_iter().collect(),
        more: false,
    }
}

/// Answers as a host does that has this at that place.
fn tell(kept: &mut Kept, after: u64, id: Option<&MessageId>, out: &mut Vec<Effect>) -> Answer {
    kept.answered(&answer(after, id, user(ME)), user(ME), 0, out)
}

/// Asks until the chat is settled, of a host that has the first `there` of `ids`; how many questions that took.
fn ask_all(kept: &mut Kept, ids: &[MessageId], there: usize) -> (Settled, usize) {
    let mut out = Vec::new();
    assert_eq!(kept.online(NOW, 0), [chat(0)]);
    kept.begin(&chat(0), 0, 0, &mut out);
    for questions in 1.. {
        let after = asked(&mut out).expect("a question");
        let place = usize::try_from(after / 3).unwrap();
        match tell(kept, after, ids[..there].get(place), &mut out) {
            Answer::NotOurs => panic!("it was asked for"),
            Answer::More => {}
            Answer::Settled(settled) => return (settled, questions),
        }
    }
    unreachable!("it is settled at some time")
}

#[test]
fn a_host_that_lost_nothing_is_asked_once_and_not_again_in_this_life_of_its_log() {
    let (mut kept, ids) = filled(500);
    let (settled, questions) = ask_all(&mut kept, &ids, 500);
    assert_eq!((settled.missing.len(), questions), (0, 1));
    kept.offline();
    assert_eq!(kept.online(NOW, 0), []);
}

#[test]
fn exactly_what_is_missing_is_found_and_with_few_questions() {
    for there in [0, 1, 250, 498, 499] {
        let (mut kept, ids) = filled(500);
        let (settled, questions) = ask_all(&mut kept, &ids, there);
        let missing = settled.missing.into_iter().map(|row| row.message_id);
        assert_eq!(missing.collect::<Vec<_>>(), ids[there..], "in their order");
        assert!(questions <= 10, "{questions}");
        assert_eq!(kept.ages.len(), there, "the outbox has them now");
    }
}

#[test]
fn the_same_place_with_other_words_or_another_author_is_not_mine() {
    for (is_mine, from) in [(false, ME), (false, 9), (true, 9)] {
        let (mut kept, ids) = filled(1);
        let mut out = Vec::new();
        kept.online(NOW, 0);
        kept.begin(&chat(0), 0, 0, &mut out);
        assert_eq!(asked(&mut out), Some(2));
        let other = MessageId::fresh();
        let id = if is_mine { &ids[0] } else { &other };
        let history = answer(2, Some(id), user(from));
        match kept.answered(&history, user(ME), 0, &mut out) {
            Answer::Settled(settled) => assert_eq!(settled.missing.len(), 1),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_a_host_let_go_of_on_purpose_is_not_offered() {
    for is_empty in [false, true] {
        let (mut kept, ids) = filled(1);
        let mut out = Vec::new();
        kept.online(NOW, 0);
        kept.begin(&chat(0), 40, 0, &mut out);
        let mut page = answer(2, Some(&ids[0]), user(9));
        page.messages[0].seq = 30;
        if is_empty {
            page.messages.clear();
        }
        match kept.answered(&page, user(ME), 0, &mut out) {
            Answer::Settled(settled) => assert_eq!(settled.missing, []),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn pages_that_the_person_asked_for_are_none_of_ours() {
    let (mut kept, ids) = filled(3);
    let mut out = Vec::new();
    assert_eq!(tell(&mut kept, 8, Some(&ids[2]), &mut out), Answer::NotOurs);
    kept.online(NOW, 0);
    kept.begin(&chat(0), 0, 0, &mut out);
    assert_eq!(tell(&mut kept, 2, Some(&ids[0]), &mut out), Answer::NotOurs);
    let mut longer = answer(8, Some(&ids[2]), user(ME));
    longer.messages.extend_from_within(..);
    let answered = kept.answered(&longer, user(ME), 0, &mut out);
    assert_eq!(answered, Answer::NotOurs, "a page");
    assert_ne!(tell(&mut kept, 8, Some(&ids[2]), &mut out), Answer::NotOurs);
}

#[test]
fn a_host_that_does_not_answer_holds_nothing_up_for_ever() {
    let (mut kept, _) = filled(1);
    let mut out = Vec::new();
    kept.online(NOW, 0);
    kept.begin(&chat(0), 0, 0, &mut out);
    let mut asks = usize::from(asked(&mut out).is_some());
    let mut now = 0;
    loop {
        now += ANSWER_WITHIN_MS;
        assert!(kept.wake().unwrap() <= now);
        let given_up = kept.tick(now, &mut out);
        asks += usize::from(asked(&mut out).is_some());
        if given_up == [chat(0)] {
            break;
        }
    }
    assert_eq!((asks, kept.wake()), (3, None));
    kept.offline();
    assert_eq!(
        kept.online(NOW, now),
        [chat(0)],
        "another session asks again"
    );
}

#[test]
fn somebody_whom_the_host_lost_is_written_to_again_when_they_are_here() {
    let (mut kept, mut out) = (Kept::default(), Vec::new());
    let (epoch, seq) = (BEFORE, 7);
    let mine = Row {
        offered: Some(Position { epoch, seq }),
        ..row(&chat(2), "between us")
    };
    kept.add(&mine, Position { epoch, seq }, &mut out);
    kept.online(NOW, 0);
    let lost = kept.direct_listed(&[], 0, &mut out).remove(0);
    assert_eq!(
        (lost.chat, lost.missing.len()),
        (chat(2), 1),
        "it is not listed"
    );
    kept.is_stranger(&mine, &mut out);
    assert!(!kept.is_back(&chat(3), 0));
    assert!(kept.is_back(&chat(2), 0) && !kept.is_back(&chat(2), 0));
    out.clear();
    kept.begin(&chat(2), 0, 0, &mut out);
    assert!(matches!(&out[..], [Effect::Send(ClientFrame::History(_))]));
}

#[test]
fn the_oldest_make_room_in_a_chat_and_in_a_room() {
    let (mut kept, mut let_go) = (Kept::default(), 0);
    let mut keep = |kept: &mut Kept, chat: &Chat, seq: u64, text: &str| {
        let mut out = Vec::new();
        kept.add(&row(chat, text), Position { epoch: NOW, seq }, &mut out);
        let gone = |effect: &&Effect| matches!(effect, Effect::Write(Write::LetGo(_)));
        let_go += out.iter().filter(gone).count();
        let_go
    };
    for seq in 1..=KEPT_PER_CHAT as u64 {
        assert_eq!(keep(&mut kept, &chat(0), seq, "x"), 0);
    }
    assert_eq!(keep(&mut kept, &chat(0), 5_000, "x"), 1);
    for other in 10..=20u128 {
        for seq in 1..=KEPT_PER_CHAT as u64 {
            keep(&mut kept, &Chat::Direct(user(other)), seq, "x");
        }
    }
    assert_eq!(kept.ages.len(), KEPT_PER_ROOM);
    assert!(
        !kept.shelves.contains_key(&chat(0)),
        "the oldest of all went"
    );
    let long = "x".repeat(16 * 1024);
    for seq in 6_000..6_300 {
        keep(&mut kept, &chat(1), seq, &long);
        assert!(kept.bytes <= KEPT_BYTES);
    }
    assert!(kept.shelves[&chat(1)].rows.len() * long.len() > KEPT_BYTES / 2);
}
