//! What the consumer wants of the room's task. A message is on disk before anybody hears of it, unless it disappears:
//! then it never is.

use landline_protocol::MessageId;

use super::{Phase, Task};
use crate::effect::{Row, Write};
use crate::room::{Command, Reply, SendError, Wishes};

/// Commands taken at once, so that one flush of the disk serves them all.
const BATCH_CAP: usize = 256;

/// A message that is about to be written, and who waits for it.
type Posting = (Row, Reply<MessageId>);

impl Task {
    /// Takes this command and those that wait behind it, in their order.
    pub(super) async fn obey(&mut self, first: Command) {
        let mut postings = Vec::new();
        let mut next = Some(first);
        let mut taken = 0;
        while let Some(command) = next {
            match command {
                // Nobody waits for it any more: it was taken back.
                Command::Post(_, reply) if reply.is_closed() => {}
                Command::Ask(_, reply) if reply.is_closed() => {}
                Command::Post(row, reply) => self.prepare(row, reply, &mut postings),
                other => {
                    self.post(std::mem::take(&mut postings)).await;
                    self.do_other(other).await;
                }
            }
            taken += 1;
            next = if taken < BATCH_CAP {
                self.commands.try_recv().ok()
            } else {
                None
            };
        }
        self.post(postings).await;
    }

    /// Gives a message its place. One that is here already is the same wish again, or a mistake.
    fn prepare(&mut self, mut row: Row, reply: Reply<MessageId>, postings: &mut Vec<Posting>) {
        let Some((engine, _)) = &self.engine else {
            return;
        };
        let ahead = postings
            .iter()
            .map(|(row, _)| row)
            .find(|other| other.message_id == row.message_id);
        if let Some(known) = engine.outbox().find(&row.message_id).or(ahead) {
            let same = known.content == row.content && known.chat == row.chat;
            let answer = if same {
                Ok(row.message_id)
            } else {
                Err(SendError::Invalid(
                    "this message_id is taken by another message".into(),
                ))
            };
            let _ = reply.send(answer);
            return;
        }
        let ahead = postings.last().map_or(0, |(row, _)| row.place + 1);
        row.place = engine.outbox().next_place().max(ahead);
        row.disappears = engine.disappears(&row.chat);
        postings.push((row, reply));
    }

    async fn post(&mut self, mut postings: Vec<Posting>) {
        let now = self.now();
        let Some((engine, ledger)) = &mut self.engine else {
            return;
        };
        if postings.is_empty() {
            return;
        }
        let kept = postings.iter().filter(|(row, _)| !row.disappears);
        let rows: Vec<Write> = kept.map(|(row, _)| Write::Put(row.clone())).collect();
        if !rows.is_empty()
            && let Err(error) = ledger.flush(rows, now).await
        {
            let words = error.to_string();
            for (_, reply) in postings.extract_if(.., |(row, _)| !row.disappears) {
                let _ = reply.send(Err(SendError::NotKept(words.clone())));
            }
        }
        let mut out = Vec::new();
        let mut answers = Vec::with_capacity(postings.len());
        for (row, reply) in postings {
            answers.push((row.message_id.clone(), reply));
            engine.post(row, now, &mut out);
        }
        self.apply(out, now);
        for (id, reply) in answers {
            let _ = reply.send(Ok(id));
        }
    }

    async fn do_other(&mut self, command: Command) {
        let now = self.now();
        let Some((engine, ledger)) = &mut self.engine else {
            return;
        };
        let mut out = Vec::new();
        let reply = match command {
            Command::Post(..) => return,
            Command::Ask(frame, reply) => {
                engine.ask(frame, now, &mut out);
                reply
            }
            Command::Retry(id, reply) => {
                engine.retry(&id, now, &mut out);
                reply
            }
            Command::Discard(id, reply) => {
                // What a person took back must not go after a crash.
                let gone = ledger.flush(vec![Write::Remove(id.clone())], now).await;
                if gone.is_ok() {
                    engine.discard(&id, now, &mut out);
                }
                reply
            }
        };
        self.apply(out, now);
        let _ = reply.send(Ok(()));
    }

    pub(super) async fn heed(&mut self) {
        let Wishes {
            reconnect,
            name,
            found_at,
        } = self.signals.take();
        if let Some(name) = name {
            let mut out = Vec::new();
            self.identity.display_name = name.clone();
            if let Some((engine, _)) = &mut self.engine {
                engine.rename(name, &mut out);
            }
            self.apply(out, self.now());
        }
        let found = found_at.is_some();
        let is_new = found_at.is_some_and(|addrs| self.know(addrs));
        let try_now = match &self.phase {
            Phase::Open { .. } => false,
            Phase::Dialing(_) => is_new,
            Phase::Waiting { .. } => found || reconnect,
            Phase::Stopped { wrong_address } => reconnect || (found && *wrong_address),
        };
        if try_now {
            self.backoff.reset();
            self.connect().await;
        }
    }
}
