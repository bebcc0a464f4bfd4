//! The one writer: groups what waits, writes, flushes, answers; the order of the real one.

use std::sync::Arc;

use landline_hub::Command;
use landline_hub::ports::{Append, Appended, Outcome, Record, StoreFault};
use landline_protocol::Epoch;
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::{Disk, Op};
use crate::mutant::Mutant;

/// As many as the real one takes.
const GROUP_MAX: usize = 256;

pub(super) enum Write {
    Append(Append),
    Save(Record),
}

pub(super) struct Writer {
    disk: Disk,
    epoch: Epoch,
    answers: mpsc::Sender<Command>,
    failed_attempt: Option<u32>,
}

impl Writer {
    pub(super) fn new(disk: Disk, epoch: Epoch, answers: mpsc::Sender<Command>) -> Writer {
        Writer {
            disk,
            epoch,
            answers,
            failed_attempt: None,
        }
    }

    /// Until the last sender is gone.
    pub(super) async fn run(mut self, mut queue: mpsc::Receiver<Write>) {
        let mut group = Vec::new();
        while queue.recv_many(&mut group, GROUP_MAX).await > 0 {
            let (late, mut rest): (Vec<_>, Vec<_>) = group.drain(..).partition(|write| {
                matches!(write, Write::Append(append) if Some(append.attempt) <= self.failed_attempt)
            });
            self.give_back(late, "a message before it was not stored")
                .await;
            self.mutate(&mut rest);
            self.commit(rest).await;
        }
    }

    async fn commit(&mut self, group: Vec<Write>) {
        let wait = self.disk.lock().step();
        sleep(wait).await;
        if self.disk.lock().is_failing {
            let attempts = group.iter().filter_map(|write| match write {
                Write::Append(append) => Some(append.attempt),
                Write::Save(_) => None,
            });
            self.failed_attempt = attempts.max().or(self.failed_attempt);
            return self.give_back(group, "the disk failed").await;
        }
        let appended: Vec<_> = group
            .into_iter()
            .filter_map(|write| self.write(write))
            .collect();
        let mutant = self.disk.lock().mutant;
        if mutant == Some(Mutant::AcksFirst) {
            self.answer(appended).await;
            self.flush().await;
        } else {
            self.flush().await;
            self.answer(appended).await;
        }
    }

    fn write(&self, write: Write) -> Option<Appended> {
        let mut disk = self.disk.lock();
        match write {
            Write::Save(record) => {
                disk.log.push(Op::Record(record));
                None
            }
            Write::Append(append) => {
                let outcome = disk.log.judge(&append, self.epoch);
                if let Outcome::Stored(entry) = &outcome {
                    let is_lost = disk.mutant == Some(Mutant::LosesOne) && disk.rng.u8(..8) == 0;
                    if !is_lost {
                        disk.log.push(Op::Entry(Arc::clone(entry)));
                    }
                }
                Some(Appended {
                    session: append.session,
                    outcome,
                })
            }
        }
    }

    async fn flush(&self) {
        let wait = self.disk.lock().step();
        sleep(wait).await;
        let mut disk = self.disk.lock();
        disk.flushed = disk.log.len();
    }

    async fn answer(&self, appended: Vec<Appended>) {
        if !appended.is_empty() {
            // Nobody hears it when the hub has stopped.
            let _ = self.answers.send(Command::Committed(appended)).await;
        }
    }

    async fn give_back(&self, group: Vec<Write>, why: &str) {
        let appends: Vec<_> = group
            .into_iter()
            .filter_map(|write| match write {
                Write::Append(append) => Some(append),
                Write::Save(_) => None,
            })
            .collect();
        if !appends.is_empty() {
            let fault = StoreFault(why.into());
            let _ = self
                .answers
                .send(Command::NotCommitted(appends, fault))
                .await;
        }
    }

    /// Two messages of one author change places.
    fn mutate(&self, group: &mut [Write]) {
        if self.disk.lock().mutant != Some(Mutant::Swaps) {
            return;
        }
        let author = |write: &Write| match write {
            Write::Append(append) => Some(append.author.user_id),
            Write::Save(_) => None,
        };
        for n in 1..group.len() {
            if author(&group[n]).is_some() && author(&group[n]) == author(&group[n - 1]) {
                group.swap(n, n - 1);
                return;
            }
        }
    }
}
