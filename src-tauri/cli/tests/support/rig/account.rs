//! What is in a host's log, against what its authors were told: nothing acknowledged is lost or has moved (I1), nothing is
//! there twice (I2), `seq` is dense and never given to anything else (I3), an author's order holds (I5).

use std::collections::{BTreeMap, HashMap};

use super::author::Author;
use super::host::Told;

/// What all looks at the log together have shown.
#[derive(Debug, Default)]
pub(crate) struct Account {
    logs: BTreeMap<String, Vec<Told>>,
    /// By author and message id: how often, and where last.
    places: HashMap<(String, u64), (u32, (String, u64))>,
    newest: HashMap<String, u64>,
    /// Everything that was not as promised, in sentences.
    pub(crate) broken: Vec<String>,
}

impl Account {
    /// The last `seq` of a topic that was looked at.
    pub(crate) fn head(&self, topic: &str) -> u64 {
        self.logs.get(topic).map_or(0, |log| log.len() as u64)
    }

    /// How many messages are in the logs.
    pub(crate) fn stored(&self) -> usize {
        self.logs.values().map(Vec::len).sum()
    }

    /// How many messages are there more than once.
    pub(crate) fn doubled(&self) -> usize {
        self.places.values().filter(|(times, _)| *times > 1).count()
    }

    /// What a topic holds behind what was looked at.
    pub(crate) fn take_in(&mut self, topic: &str, told: Vec<Told>, authors: &[Author]) {
        for message in told {
            let log = self.logs.entry(topic.to_owned()).or_default();
            if message.seq != log.len() as u64 + 1 {
                self.broken
                    .push(format!("{topic}: {} follows {}", message.seq, log.len()));
            }
            if message.kind == "lost" {
                // Told as lost, which is for those to judge who were promised it.
                log.push(message);
                continue;
            }
            let number = Author::number(&message.message_id).unwrap_or(0);
            let author = authors.iter().find(|author| author.user_id == message.from);
            if author.is_none_or(|author| author.content(number) != message.content) {
                self.broken
                    .push(format!("{topic}: nobody wrote {message:?}"));
            }
            let before = self.newest.insert(message.from.clone(), number);
            if before.is_some_and(|before| before >= number) {
                self.broken
                    .push(format!("{topic}: {number} comes after {before:?}"));
            }
            let place = (message.epoch.clone(), message.seq);
            let entry = self
                .places
                .entry((message.from.clone(), number))
                .or_default();
            *entry = (entry.0 + 1, place);
            if let Some(log) = self.logs.get_mut(topic) {
                log.push(message);
            }
        }
    }

    /// A topic's log read once more from its beginning is the one that was seen.
    pub(crate) fn compare(&mut self, topic: &str, told: &[Told]) {
        if self.logs.get(topic).map_or(&[][..], Vec::as_slice) != told {
            self.broken
                .push(format!("{topic}: the log is another one than it was"));
        }
    }

    /// How many acknowledged messages are not where their author was told.
    pub(crate) fn lost(&self, authors: &[Author]) -> usize {
        let acked = authors.iter().flat_map(|author| {
            author
                .acked
                .iter()
                .map(move |(number, place)| ((author.user_id.clone(), *number), place))
        });
        acked
            .filter(|(key, place)| self.places.get(key).map(|(_, at)| at) != Some(*place))
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(author: &Author, number: u64, seq: u64) -> Told {
        Told {
            from: author.user_id.clone(),
            message_id: format!("m-{number}"),
            content: author.content(number),
            epoch: "1.a".to_owned(),
            seq,
            kind: "text".to_owned(),
        }
    }

    /// Three messages, changed in one way; what the account says of it: broken rules, lost, doubled.
    fn verdict(change: impl FnOnce(&Author, &mut Vec<Told>)) -> (bool, usize, usize) {
        let mut author = Author::new("t");
        author.acked = (1..=3)
            .map(|number| (number, ("1.a".to_owned(), number)))
            .collect();
        let mut log = (1..=3)
            .map(|number| message(&author, number, number))
            .collect();
        change(&author, &mut log);
        let authors = [author];
        let mut account = Account::default();
        account.take_in("t", log, &authors);
        (
            !account.broken.is_empty(),
            account.lost(&authors),
            account.doubled(),
        )
    }

    #[test]
    fn the_account_sees_each_way_to_break_a_promise() {
        assert_eq!(verdict(|_, _| {}), (false, 0, 0));
        assert_eq!(
            verdict(|_, log| drop(log.pop())),
            (false, 1, 0),
            "the last is lost"
        );
        assert_eq!(
            verdict(|_, log| drop(log.remove(1))),
            (true, 1, 0),
            "one between is lost"
        );
        assert_eq!(
            verdict(|author, log| log.push(message(author, 3, 4))),
            (true, 1, 1),
            "one is there twice"
        );
        assert_eq!(
            verdict(|author, log| log[1] = message(author, 3, 2)),
            (true, 1, 1)
        );
        assert_eq!(
            verdict(|_, log| log[1].content.push('!')),
            (true, 0, 0),
            "other words"
        );
        assert_eq!(
            verdict(|_, log| log[2].epoch = "2.b".to_owned()),
            (false, 1, 0),
            "another life"
        );
        let swapped = verdict(|author, log| {
            *log = vec![
                message(author, 2, 1),
                message(author, 1, 2),
                message(author, 3, 3),
            ];
        });
        assert_eq!(swapped, (true, 2, 0));
    }
}
