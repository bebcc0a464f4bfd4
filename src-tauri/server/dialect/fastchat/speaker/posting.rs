//! Messages on their way to the hub, and what became of them.

use landline_hub::{ChatRef, Person, Post, Refusal, Request};
use landline_protocol::{CloseCode, Code, DisplayName, MessageId, Timestamp, Via};

use super::{Steps, Talker};
use crate::dialect::Step;
use crate::dialect::fastchat::problem::Problem;
use crate::dialect::fastchat::state::{Known, Parcel};

impl Talker {
    /// Posts what comes next.
    pub(super) fn post(&mut self, out: &mut Steps) {
        let Some((me, _)) = &self.me else { return };
        if self.unanswered.is_some() {
            return;
        }
        // Notes name only the message: two authors' of one id go one after the other.
        let is_taken = |parcel: &Parcel| self.outstanding.contains_key(&parcel.message_id);
        let Some(parcel) = self.queue.pop_front_if(|parcel| !is_taken(parcel)) else {
            return;
        };
        let is_mine = parcel.author == *me;
        let other = if is_mine { parcel.to } else { parcel.author };
        let name = self.shared.with(|inner| {
            inner.state.posted(parcel.author, &parcel.message_id);
            inner.state.name_of(parcel.author)
        });
        let author = Person {
            user_id: parcel.author,
            name: DisplayName::lenient(&name.unwrap_or_default()),
            via: Via::Fastchat,
        };
        self.unanswered = Some(parcel.message_id.clone());
        self.outstanding
            .insert(parcel.message_id.clone(), parcel.author);
        let mut post = Post::new(ChatRef::Direct(other), parcel.body, parcel.message_id);
        post.author = (!is_mine).then_some(author);
        out.push(Step::Ask(Request::Post(post)));
    }

    /// The hub answered a message of this session.
    pub(super) fn answered(&mut self, message_id: &MessageId, out: &mut Steps) {
        if self.unanswered.as_ref() == Some(message_id) {
            self.unanswered = None;
        }
        self.post(out);
    }

    pub(super) fn refused(&mut self, refusal: &Refusal, now: Timestamp, out: &mut Steps) {
        let Some(id) = &refusal.message_id else {
            if refusal.code == Code::Unauthorized {
                self.refuse(Problem::IdInUse, out);
                out.push(Step::end(CloseCode::Policy, "This user id is in use"));
            }
            return;
        };
        if let Some(author) = self.outstanding.remove(id) {
            self.with(out, |inner, _| match refusal.code {
                Code::MessageConflict => inner.state.conflicts(author, id),
                Code::NotHere => inner.state.not_written(author, id, now),
                _ => inner
                    .state
                    .failed(author, id, &Problem::NotTaken(id.clone())),
            });
        }
        self.answered(id, out);
    }

    pub(super) fn acked(
        &mut self,
        id: &MessageId,
        is_known: bool,
        now: Timestamp,
        out: &mut Steps,
    ) {
        if is_known
            && let (Some(author), Some(conn)) = (self.outstanding.get(id).copied(), self.conn)
        {
            let mut is_settled = true;
            self.with(out, |inner, _| match inner.state.known(author, id, now) {
                Known::Delivered(tells) => tells,
                Known::Push(parcel) => {
                    is_settled = false;
                    inner.push(&parcel, conn, now);
                    Vec::new()
                }
            });
            if is_settled {
                self.outstanding.remove(id);
            }
        }
        self.answered(id, out);
    }
}
