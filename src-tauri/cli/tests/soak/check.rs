//! What follows from the ledger: who had to hear what, who must not have, and in which order.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::ledger::{Pages, Said, Stay};
use crate::tongue::Tongue;

/// Every message reached exactly those it should, and everybody heard one order.
pub(crate) fn check(pages: &Pages) -> String {
    let deliveries: usize = pages.stays.iter().map(|stay| stay.heard.len()).sum();
    let observed: usize = pages.observed.values().map(Vec::len).sum();
    let mut due = 0;
    for stay in &pages.stays {
        let unique = heard_once(stay);
        nothing_strange(pages, stay);
        due += nothing_missing(pages, stay, &unique);
    }
    two_at_most(pages);
    private_rooms(pages);
    one_order(pages);
    format!(
        "{} sessions, {} messages, {} deliveries checked, {due} of them due",
        pages.stays.len(),
        pages.said.len(),
        deliveries + observed,
    )
}

fn heard_once(stay: &Stay) -> HashSet<&str> {
    let unique: HashSet<&str> = stay.heard.iter().map(|(text, _)| text.as_str()).collect();
    assert_eq!(unique.len(), stay.heard.len(), "heard twice: {stay:?}");
    unique
}

/// Nobody hears what was said elsewhere, or before they began to come, or by themselves where there is no echo.
fn nothing_strange(pages: &Pages, stay: &Stay) {
    for (text, _) in &stay.heard {
        let said = pages.said.get(text);
        let said = said.unwrap_or_else(|| panic!("nobody said {text}"));
        assert_eq!(said.place, stay.place, "{text} left its place");
        let was_there = said.until.is_none_or(|until| stay.began <= until);
        assert!(was_there, "{text} reached one who came later: {stay:?}");
        let is_own_echo = said.stay == stay.id && !said.tongue.echoes();
        assert!(!is_own_echo, "{text} came back to its author");
    }
}

/// Whoever was in a place all the while has to have heard it. Who was in a private room together, only the server knows.
fn nothing_missing(pages: &Pages, stay: &Stay, heard: &HashSet<&str>) -> usize {
    if stay.tongue == Tongue::Private {
        return 0;
    }
    let is_due = |said: &Said| {
        let all_the_while =
            (said.until).is_some_and(|until| stay.entered <= said.from && until <= stay.left);
        said.place == stay.place && all_the_while && (said.stay != stay.id || said.tongue.echoes())
    };
    let due: Vec<_> = pages.said.iter().filter(|(_, said)| is_due(said)).collect();
    for (text, said) in &due {
        assert!(
            heard.contains(text.as_str()),
            "{text} is missing: {said:?} by {stay:?}"
        );
    }
    due.len()
}

/// What is said to one person is that person's: at most one session ever has it that is not its author's. Who went with
/// their words still on the way, and came back before they were stored, hears them as any other session of theirs would.
fn two_at_most(pages: &Pages) {
    let mut others: HashMap<&str, usize> = HashMap::new();
    for stay in pages.stays.iter().filter(|stay| !stay.is_open) {
        for (text, _) in &stay.heard {
            let said = &pages.said[text];
            let is_authors = said.stay == stay.id
                || stay.tongue.is_direct(stay.n) && (said.tongue, said.n) == (stay.tongue, stay.n);
            *others.entry(text).or_default() += usize::from(!is_authors);
        }
    }
    for (text, count) in &others {
        assert!(*count <= 1, "{text} reached {count} others");
    }
}

/// In private rooms, who once heard somebody is beside them until one of the two goes: hears all of them from then on, is
/// heard by them, and hears nobody else meanwhile.
fn private_rooms(pages: &Pages) {
    let is_private = |stay: &&Stay| stay.tongue == Tongue::Private;
    let stays: HashMap<u64, &Stay> = pages
        .stays
        .iter()
        .filter(is_private)
        .map(|stay| (stay.id, stay))
        .collect();
    let mut by_stay: HashMap<u64, Vec<(&String, &Said)>> = HashMap::new();
    for (text, said) in &pages.said {
        by_stay.entry(said.stay).or_default().push((text, said));
    }
    for (id, stay) in &stays {
        let mut partners: Vec<u64> = Vec::new();
        for (text, heard_at) in &stay.heard {
            let said = &pages.said[text];
            if said.stay == *id || partners.last() == Some(&said.stay) {
                continue;
            }
            assert!(
                !partners.contains(&said.stay),
                "{text}: a third between two: {stay:?}"
            );
            partners.push(said.stay);
            // The first words of this partner that came: from them on the two are together.
            let Some(partner) = stays.get(&said.stay) else {
                continue;
            };
            let goes_on = |from: &Stay, to: &Stay, is_after: &dyn Fn(&Said) -> bool| {
                for (text, later) in &by_stay[&from.id] {
                    let is_due =
                        later.until.is_some_and(|until| until <= to.left) && is_after(later);
                    let has = || to.heard.iter().any(|(heard, _)| heard == *text);
                    assert!(
                        !is_due || has(),
                        "{text} did not reach the other of the two: {to:?}"
                    );
                }
            };
            goes_on(partner, stay, &|later| later.number >= said.number);
            if by_stay.contains_key(id) {
                goes_on(stay, partner, &|later| later.from > *heard_at);
            }
        }
    }
}

/// In each place there is one order that all who heard anything heard a part of.
fn one_order(pages: &Pages) {
    let mut sequences: HashMap<&str, Vec<Vec<&str>>> = HashMap::new();
    for stay in &pages.stays {
        let heard = stay.heard.iter().map(|(text, _)| text.as_str()).collect();
        sequences.entry(&stay.place).or_default().push(heard);
    }
    for (place, heard) in &pages.observed {
        let unique: HashSet<_> = heard.iter().collect();
        assert_eq!(
            unique.len(),
            heard.len(),
            "the observer heard something twice in {place}"
        );
        let heard = heard.iter().map(String::as_str).collect();
        sequences.entry(place).or_default().push(heard);
    }
    for (place, sequences) in sequences {
        let (sorted, all) = sort(&sequences);
        assert_eq!(
            sorted, all,
            "in {place} some heard another order than others"
        );
    }
}

/// How many texts can be put in one order that agrees with all sequences, and how many there are.
fn sort<'a>(sequences: &[Vec<&'a str>]) -> (usize, usize) {
    let mut after: HashMap<&'a str, Vec<&'a str>> = HashMap::new();
    let mut before: HashMap<&'a str, usize> = HashMap::new();
    for sequence in sequences {
        for text in sequence {
            before.entry(text).or_default();
        }
        for two in sequence.windows(2) {
            after.entry(two[0]).or_default().push(two[1]);
            *before.entry(two[1]).or_default() += 1;
        }
    }
    let all = before.len();
    let mut free: VecDeque<&str> = before
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(text, _)| *text)
        .collect();
    let mut sorted = 0;
    while let Some(text) = free.pop_front() {
        sorted += 1;
        for next in after.remove(text).unwrap_or_default() {
            let count = before.get_mut(next).expect("it was counted");
            *count -= 1;
            if *count == 0 {
                free.push_back(next);
            }
        }
    }
    (sorted, all)
}

#[test]
fn two_orders_of_the_same_texts_are_found() {
    assert_eq!(
        sort(&[vec!["a", "b", "c"], vec!["a", "c"], vec!["d"]]),
        (4, 4)
    );
    assert_eq!(sort(&[vec!["a", "b", "c"], vec!["c", "a"]]), (0, 3));
}
