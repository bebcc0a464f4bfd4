//! Authors offer again: what the host had acknowledged and does not have any more goes back into the outbox, before what
//! waits. Until a chat is out of doubt nothing of it goes, so that an author's order stays.

use landline_protocol::frame::{Direct, History, Presence, Refusal};
use landline_protocol::{Code, Epoch, Seq};

use super::Engine;
use crate::chat::Chat;
use crate::effect::Effect;
use crate::kept::{Answer, Settled};
use crate::{Event, Millis};

impl Engine {
    /// Hello was answered, in this life of the host's logs.
    pub(super) fn doubt(&mut self, epoch: Epoch, now: Millis) {
        for chat in self.kept.online(epoch, now) {
            self.outbox.hold(&chat);
        }
    }

    /// The chat can be asked about now. One that is not in doubt (any more) waits for nothing.
    pub(super) fn ask_about(&mut self, chat: &Chat, head: Seq, now: Millis, out: &mut Vec<Effect>) {
        self.kept.begin(chat, head, now, out);
        if !self.kept.is_in_doubt(chat) {
            self.outbox.release(chat, now, out);
        }
    }

    /// The complete list of direct chats.
    pub(super) fn direct_asked(&mut self, direct: &Direct, now: Millis, out: &mut Vec<Effect>) {
        for settled in self.kept.direct_listed(&direct.chats, now, out) {
            self.settled(settled, now, out);
        }
    }

    /// The log that we stood in is gone: is what I said in it?
    pub(super) fn cut(&mut self, chat: &Chat, head: Seq, now: Millis, out: &mut Vec<Effect>) {
        if self.kept.cut(chat, head, now, out) {
            self.outbox.hold(chat);
        }
    }

    /// `HISTORY`: whether it was asked for here.
    pub(super) fn is_answer(
        &mut self,
        history: &History,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> bool {
        let me = self.identity.user_id;
        match self.kept.answered(history, me, now, out) {
            Answer::NotOurs => return false,
            Answer::More => {}
            Answer::Settled(settled) => self.settled(settled, now, out),
        }
        true
    }

    /// The host has lost somebody's direct chat with me, and them too: it will take my words when they are back.
    pub(super) fn is_to_a_stranger(&mut self, refusal: &Refusal, out: &mut Vec<Effect>) -> bool {
        let id = refusal.details.message_id.as_deref();
        if refusal.code == Code::UserNotFound
            && let Some(Ok(id)) = id.map(str::parse)
            && let Some(row) = self.outbox.find(&id)
            && matches!(row.chat, Chat::Direct(_))
            && let Some(row) = self.outbox.withdraw(&id)
        {
            self.kept.is_stranger(&row, out);
            out.push(Effect::emit(Event::Discarded {
                message_id: id.to_string(),
            }));
            return true;
        }
        false
    }

    /// Somebody came whom the host did not know any more.
    pub(super) fn came(&mut self, presence: &Presence, now: Millis, out: &mut Vec<Effect>) {
        for user in presence.users.iter().filter(|user| user.online) {
            let chat = Chat::Direct(user.user_id);
            if self.kept.is_back(&chat, now) {
                self.outbox.hold(&chat);
                self.ask_about(&chat, 0, now, out);
            }
        }
    }

    pub(super) fn ask_again(&mut self, now: Millis, out: &mut Vec<Effect>) {
        for chat in self.kept.tick(now, out) {
            self.outbox.release(&chat, now, out);
        }
    }

    fn settled(&mut self, settled: Settled, now: Millis, out: &mut Vec<Effect>) {
        self.outbox.offer(settled.missing, out);
        self.outbox.release(&settled.chat, now, out);
    }
}
