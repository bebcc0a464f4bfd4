//! Whether the host still has what it acknowledged. A log only ever loses its end, so one question about the newest message
//! mostly settles a chat; if that one is missing, a search by halves finds the first that is.

use landline_protocol::frame::{ClientFrame, DirectInfo, History, HistoryRequest};
use landline_protocol::{Epoch, Seq, UserId};

use super::{Answer, Kept, Key, Settled};
use crate::Millis;
use crate::chat::Chat;
use crate::effect::{Effect, Row};
use crate::joins::ANSWER_WITHIN_MS;

/// Unanswered questions about one place before the chat is left as it is until the next session.
const TRIES_MAX: u8 = 3;

/// What the host is asked about one chat.
#[derive(Debug)]
pub(super) struct Question {
    /// The messages in doubt, in their order.
    keys: Vec<Key>,
    /// So many of them, from the start, are in the log for sure.
    low: usize,
    /// And so many at most.
    high: usize,
    /// The one that was asked about.
    at: usize,
    /// Where the log ended when we asked first.
    head: Seq,
    asked_at: Millis,
    tries: u8,
}

impl Kept {
    /// Hello was answered. Names the chats that are in doubt now.
    pub(crate) fn online(&mut self, epoch: Epoch, now: Millis) -> Vec<Chat> {
        self.epoch = Some(epoch);
        let doubtful = |chat: &&Chat| !self.in_doubt(chat, epoch).is_empty();
        let chats: Vec<Chat> = self.shelves.keys().filter(doubtful).cloned().collect();
        self.waiting = chats.iter().map(|chat| (chat.clone(), now)).collect();
        chats
    }

    /// The session is over.
    pub(crate) fn offline(&mut self) {
        self.epoch = None;
        self.waiting.clear();
        self.questions.clear();
        self.strangers.clear();
    }

    /// The chat can be asked about: its topic is joined, or the host listed it.
    pub(crate) fn begin(&mut self, chat: &Chat, head: Seq, now: Millis, out: &mut Vec<Effect>) {
        if self.waiting.remove(chat).is_some()
            && let Some(epoch) = self.epoch
        {
            let keys = self.in_doubt(chat, epoch);
            self.ask_from_the_end(chat, keys, head, now, out);
        }
    }

    /// Whether nothing of this chat may go yet.
    pub(crate) fn is_in_doubt(&self, chat: &Chat) -> bool {
        self.waiting.contains_key(chat) || self.questions.contains_key(chat)
    }

    /// The complete list of direct chats: one that is not on it has lost everything.
    pub(crate) fn direct_listed(
        &mut self,
        listed: &[DirectInfo],
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> Vec<Settled> {
        let direct = |chat: &&Chat| matches!(chat, Chat::Direct(_));
        let mut chats: Vec<Chat> = self.waiting.keys().filter(direct).cloned().collect();
        chats.sort();
        let mut settled = Vec::new();
        for chat in chats {
            let mut listed = listed.iter();
            if let Some(info) = listed.find(|info| Chat::Direct(info.with) == chat) {
                self.begin(&chat, info.seq, now, out);
                if !self.is_in_doubt(&chat) {
                    settled.push(self.settle(&chat, &[]));
                }
            } else if let Some(epoch) = self.epoch {
                self.waiting.remove(&chat);
                let keys = self.in_doubt(&chat, epoch);
                settled.push(self.settle(&chat, &keys));
            }
        }
        settled
    }

    /// The host says that a position of ours in this chat is gone. Whether the chat is in doubt by that.
    pub(crate) fn cut(
        &mut self,
        chat: &Chat,
        head: Seq,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> bool {
        if self.is_in_doubt(chat) {
            return false;
        }
        let Some(shelf) = self.shelves.get_mut(chat) else {
            return false;
        };
        shelf.checked = None;
        let keys: Vec<Key> = shelf.rows.keys().copied().collect();
        self.ask_from_the_end(chat, keys, head, now, out);
        true
    }

    /// The host refuses what it had acknowledged, because it does not know the other any more.
    pub(crate) fn is_stranger(&mut self, row: &Row, out: &mut Vec<Effect>) {
        if let Some(position) = row.offered {
            self.add(row, position, out);
            if let Some(shelf) = self.shelves.get_mut(&row.chat) {
                shelf.checked = None;
            }
            self.strangers.insert(row.chat.clone());
        }
    }

    /// Somebody is here; whether it is one whom the host did not know, so that the chat is in doubt.
    pub(crate) fn is_back(&mut self, chat: &Chat, now: Millis) -> bool {
        let is_back = self.strangers.remove(chat);
        if is_back {
            self.waiting.insert(chat.clone(), now);
        }
        is_back
    }

    /// The chat is left: nothing waits for an answer any more.
    pub(crate) fn left(&mut self, chat: &Chat) {
        self.waiting.remove(chat);
        self.questions.remove(chat);
    }

    /// `HISTORY`.
    pub(crate) fn answered(
        &mut self,
        history: &History,
        me: UserId,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> Answer {
        let Some(chat) = Chat::from_values(history.topic.as_ref(), history.with) else {
            return Answer::NotOurs;
        };
        let Some(question) = self.questions.get(&chat) else {
            return Answer::NotOurs;
        };
        let asked = question.keys[question.at];
        let mut stored = history
            .messages
            .iter()
            .filter(|message| message.expires_at.is_none());
        let (first, second) = (stored.next(), stored.next());
        if history.after != Some(before(asked)) || second.is_some() {
            return Answer::NotOurs;
        }
        // One that made room for newer ones meanwhile is nobody's business any more.
        let is_kept = history.oldest.is_none_or(|oldest| oldest <= asked.1);
        let is_there = self.row(&chat, asked).is_none_or(|row| match first {
            _ if !is_kept => true,
            Some(message) if message.seq == asked.1 => {
                message.from == me && message.message_id == *row
            }
            // A log has no holes: one that goes on behind this place had it, and let go of it on purpose.
            Some(_) => true,
            None => question.head >= asked.1,
        });
        match self.narrow(&chat, is_there, now, out) {
            Some(missing) => Answer::Settled(self.settle(&chat, &missing)),
            None => Answer::More,
        }
    }

    /// Halves what is not known; what is missing, once it is known.
    fn narrow(
        &mut self,
        chat: &Chat,
        is_there: bool,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> Option<Vec<Key>> {
        let question = self.questions.get_mut(chat)?;
        if is_there {
            question.low = question.at + 1;
        } else {
            question.high = question.at;
        }
        if question.low < question.high {
            question.at = usize::midpoint(question.low, question.high);
            (question.asked_at, question.tries) = (now, 1);
            ask(chat, question, out);
            return None;
        }
        let question = self.questions.remove(chat)?;
        Some(question.keys[question.low..].to_vec())
    }

    /// Asks again what was not answered. Names the chats that are left as they are.
    pub(crate) fn tick(&mut self, now: Millis, out: &mut Vec<Effect>) -> Vec<Chat> {
        let long_ago = |at: &Millis| now >= at + ANSWER_WITHIN_MS * Millis::from(TRIES_MAX);
        let mut given_up: Vec<Chat> = self
            .waiting
            .extract_if(|_, at| long_ago(at))
            .map(|(chat, _)| chat)
            .collect();
        for (chat, question) in &mut self.questions {
            if now < question.asked_at + ANSWER_WITHIN_MS {
                continue;
            }
            if question.tries == TRIES_MAX {
                given_up.push(chat.clone());
            } else {
                question.tries += 1;
                question.asked_at = now;
                ask(chat, question, out);
            }
        }
        for chat in &given_up {
            self.questions.remove(chat);
        }
        given_up
    }

    /// When [`Kept::tick`] is due.
    pub(crate) fn wake(&self) -> Option<Millis> {
        let asked = self.questions.values();
        let asked = asked.map(|question| question.asked_at + ANSWER_WITHIN_MS);
        let waiting = self.waiting.values();
        let waiting = waiting.map(|at| at + ANSWER_WITHIN_MS * Millis::from(TRIES_MAX));
        asked.chain(waiting).min()
    }

    fn in_doubt(&self, chat: &Chat, epoch: Epoch) -> Vec<Key> {
        let shelf = self
            .shelves
            .get(chat)
            .filter(|shelf| shelf.checked != Some(epoch));
        let rows = shelf.into_iter().flat_map(|shelf| shelf.rows.keys());
        rows.filter(|key| (key.0, key.2) != (epoch.counter, epoch.tag))
            .copied()
            .collect()
    }

    fn ask_from_the_end(
        &mut self,
        chat: &Chat,
        keys: Vec<Key>,
        head: Seq,
        now: Millis,
        out: &mut Vec<Effect>,
    ) {
        let Some(at) = keys.len().checked_sub(1) else {
            return;
        };
        let question = Question {
            low: 0,
            high: keys.len(),
            keys,
            at,
            head,
            asked_at: now,
            tries: 1,
        };
        ask(chat, &question, out);
        self.questions.insert(chat.clone(), question);
    }

    fn settle(&mut self, chat: &Chat, missing: &[Key]) -> Settled {
        if let Some(shelf) = self.shelves.get_mut(chat) {
            shelf.checked = self.epoch;
        }
        let missing = missing.iter().filter_map(|key| self.take(chat, *key));
        Settled {
            missing: missing.collect(),
            chat: chat.clone(),
        }
    }

    fn row(&self, chat: &Chat, key: Key) -> Option<&landline_protocol::MessageId> {
        Some(&self.shelves.get(chat)?.rows.get(&key)?.1.message_id)
    }
}

/// The page of one message after this begins with it.
fn before((_, seq, _): Key) -> Seq {
    seq.saturating_sub(1)
}

fn ask(chat: &Chat, question: &Question, out: &mut Vec<Effect>) {
    out.push(Effect::Send(ClientFrame::History(HistoryRequest {
        topic: chat.topic(),
        with: chat.with(),
        after: Some(before(question.keys[question.at])),
        limit: Some(1),
        ..HistoryRequest::default()
    })));
}
