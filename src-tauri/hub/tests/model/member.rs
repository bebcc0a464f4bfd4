//! A member as the protocol wants one: an outbox that is sent in its order and again after a break, and a view that
//! buffers what is live until the gap before it is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::command::{ChatRef, Page, Post, Request};
use crate::effect::{Entry, Event};
use crate::ports::PageQuery;
use landline_protocol::{Epoch, MessageId, Position, Timestamp, UserId};

/// Entries asked for at once; few, so that a resume takes several pages.
const PAGE: u32 = 3;

/// A message of this member that the host has not settled.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) chat: ChatRef,
    pub(super) id: MessageId,
    is_sent: bool,
}

/// What a member holds of a chat since the last announced cut.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) entries: Vec<Arc<Entry>>,
    pub(super) position: Option<Position>,
    pub(super) cuts: u32,
    is_live: bool,
    /// Came live while the gap was being read.
    early: Vec<Arc<Entry>>,
}

pub(super) struct Member {
    pub(super) user_id: UserId,
    pub(super) session: Option<u64>,
    pub(super) outbox: Vec<Waiting>,
    pub(super) acked: Vec<(MessageId, Position)>,
    pub(super) refused: Vec<MessageId>,
    pub(super) written: Vec<(ChatRef, MessageId)>,
    pub(super) views: BTreeMap<String, (ChatRef, View)>,
    paused_until: Timestamp,
    /// What it was wrongly told.
    pub(super) wrongs: Vec<String>,
}

/// Before any entry of any log.
fn beginning() -> Position {
    let epoch = Epoch { counter: 0, tag: 0 };
    Position { epoch, seq: 0 }
}

impl Member {
    pub(super) fn new(user_id: UserId) -> Member {
        Member {
            user_id,
            session: None,
            outbox: Vec::new(),
            acked: Vec::new(),
            refused: Vec::new(),
            written: Vec::new(),
            views: BTreeMap::new(),
            paused_until: Timestamp(0),
            wrongs: Vec::new(),
        }
    }

    pub(super) fn offline(&mut self) {
        self.session = None;
        for waiting in &mut self.outbox {
            waiting.is_sent = false;
        }
        for (_, view) in self.views.values_mut() {
            view.is_live = false;
            view.early.clear();
        }
    }

    fn view(&mut self, chat: &ChatRef) -> &mut View {
        let entry = self.views.entry(format!("{chat:?}"));
        &mut entry.or_insert_with(|| (chat.clone(), View::default())).1
    }

    pub(super) fn resume(&mut self, chat: ChatRef) -> Request {
        let position = self.view(&chat).position.unwrap_or_else(beginning);
        let query = PageQuery::Resume(position, PAGE);
        Request::Read { chat, query }
    }

    /// The next messages that may go, in their order.
    pub(super) fn pump(&mut self, now: Timestamp) -> Vec<Request> {
        let first = self.outbox.iter().position(|waiting| !waiting.is_sent);
        let Some(first) = first.filter(|_| now >= self.paused_until) else {
            return Vec::new();
        };
        // One behind it that is still on its way has to be answered first, or it would come before.
        if self.outbox[first..].iter().any(|waiting| waiting.is_sent) {
            return Vec::new();
        }
        let posts = self.outbox[first..].iter_mut().map(|waiting| {
            waiting.is_sent = true;
            post(&waiting.chat, &waiting.id)
        });
        posts.collect()
    }

    /// Takes what it is told; may want something more.
    pub(super) fn told(&mut self, event: Event, now: Timestamp) -> Option<Request> {
        match event {
            Event::Acked {
                message_id,
                position,
                ..
            } => {
                self.outbox.retain(|waiting| waiting.id != message_id);
                self.acked.push((message_id, position));
                None
            }
            Event::Refused(refusal) => {
                let id = refusal.message_id?;
                if let Some(wait) = refusal.retry_after_ms {
                    self.paused_until = Timestamp(now.0 + i64::try_from(wait).unwrap());
                    let mine = self.outbox.iter_mut().filter(|waiting| waiting.id == id);
                    mine.for_each(|waiting| waiting.is_sent = false);
                } else {
                    self.outbox.retain(|waiting| waiting.id != id);
                    self.refused.push(id);
                }
                None
            }
            Event::Said(entry) => {
                let chat = entry.chat.seen_by(self.user_id);
                self.said(&chat, entry);
                None
            }
            Event::Page { chat, page, .. } => self.page(chat, page),
            _ => None,
        }
    }

    fn said(&mut self, chat: &ChatRef, entry: Arc<Entry>) {
        let view = self.view(chat);
        let at = view.position.map_or(0, |position| position.seq);
        if !view.is_live {
            view.early.push(entry);
        } else if entry.position.seq > at {
            // A page may be read between the commit and the hub's hearing of it: that one has it already.
            self.show(chat, entry);
        }
    }

    fn show(&mut self, chat: &ChatRef, entry: Arc<Entry>) {
        let view = self.view(chat);
        let at = view.position.map_or(0, |position| position.seq);
        let seq = entry.position.seq;
        if seq != at + 1 {
            let wrong = format!("{chat:?}: {seq} comes behind {at}, and no word between");
            self.wrongs.push(wrong);
            return;
        }
        view.position = Some(entry.position);
        view.entries.push(entry);
    }

    fn page(&mut self, chat: ChatRef, page: Page) -> Option<Request> {
        if !page.recovered {
            let view = self.view(&chat);
            view.cuts += 1;
            view.entries.clear();
            let before = page.entries.first().map(|first| Position {
                seq: first.position.seq - 1,
                ..first.position
            });
            view.position = before.or(page.position);
        }
        for entry in page.entries {
            self.show(&chat, entry);
        }
        if page.more {
            return Some(self.resume(chat));
        }
        let view = self.view(&chat);
        view.is_live = true;
        let at = view.position.map_or(0, |position| position.seq);
        for entry in std::mem::take(&mut view.early) {
            // The page had it already.
            if entry.position.seq > at {
                self.show(&chat, entry);
            }
        }
        None
    }

    /// Whether it has all up to `head`.
    pub(super) fn has_all(&self, chat: &ChatRef, head: u64) -> bool {
        let view = self.views.get(&format!("{chat:?}"));
        let at = view.and_then(|(_, view)| view.position);
        at.map_or(0, |position| position.seq) == head
    }
}

/// Every message says its own id, so that the same id is the same message.
pub(super) fn post(chat: &ChatRef, id: &MessageId) -> Request {
    let body = format!("says {id}").into();
    Request::Post(Post::new(chat.clone(), body, id.clone()))
}

impl Waiting {
    pub(super) fn new(chat: ChatRef, id: MessageId) -> Waiting {
        Waiting {
            chat,
            id,
            is_sent: false,
        }
    }
}
