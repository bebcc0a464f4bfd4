//! Messages that disappear. They are in memory only: the hub holds them until their time is over, gives them to whoever
//! reads the chat meanwhile, and forgets them. Nobody is told when: each reader knows when from the message.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use landline_protocol::limits::PAGE_BYTES;
use landline_protocol::{Code, EntryKind, MessageId, Position, Timestamp, TopicName, UserId, Via};

use crate::command::{ChatKey, ChatRef, Page, Person, Post, SessionId, Standing};
use crate::effect::{Audience, Entry, Event, Life, Refusal};
use crate::limits::{
    FLEETING_BYTES_MAX, FLEETING_KNOWN_MAX, FLEETING_KNOWN_MS, FLEETING_MAX, FLEETING_PAGE_BYTES,
};
use crate::ports::{PageQuery, page_bytes};
use crate::state::Hub;
use crate::topics::Topic;

/// What all topics share of it.
#[derive(Default)]
pub(crate) struct Fleeting {
    /// Rises with every such message.
    order: u64,
    /// What disappears when, and where it is.
    expiries: BTreeMap<(Timestamp, u64), TopicName>,
    /// What members said lately, by its id.
    known: HashMap<(UserId, MessageId), Known>,
    /// When to forget which of `known`.
    forget: BTreeMap<(Timestamp, u64), (UserId, MessageId)>,
}

struct Known {
    topic: TopicName,
    body: Arc<str>,
    position: Position,
}

impl Fleeting {
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.expiries.keys().next().map(|(at, _)| *at)
    }
}

/// What one topic holds of it, oldest first.
#[derive(Default)]
pub(crate) struct Living {
    entries: BTreeMap<u64, Arc<Entry>>,
    bytes: usize,
    /// How many came in which way; those of none are left out.
    by_way: HashMap<Via, usize>,
}

impl Living {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn insert(&mut self, order: u64, entry: Arc<Entry>) {
        self.bytes += entry.body.len();
        *self.by_way.entry(entry.author.via).or_default() += 1;
        self.entries.insert(order, entry);
        while self.entries.len() > FLEETING_MAX || self.bytes > FLEETING_BYTES_MAX {
            let Some((_, oldest)) = self.entries.pop_first() else {
                return;
            };
            self.discount(&oldest);
        }
    }

    fn remove(&mut self, order: u64) {
        if let Some(entry) = self.entries.remove(&order) {
            self.discount(&entry);
        }
    }

    fn discount(&mut self, entry: &Entry) {
        self.bytes -= entry.body.len();
        if let Some(count) = self.by_way.get_mut(&entry.author.via) {
            *count -= 1;
            if *count == 0 {
                self.by_way.remove(&entry.author.via);
            }
        }
    }

    fn of(&self, via: Via) -> usize {
        self.by_way.get(&via).copied().unwrap_or(0)
    }

    /// Puts what lives among the entries of a page, where it stands. Pages that follow each other hold each of it once.
    fn merge_into(&self, query: PageQuery, page: &mut Page) {
        let first = page.entries.first().map_or(0, |entry| entry.position.seq);
        let last = page.entries.last().map_or(0, |entry| entry.position.seq);
        // The other end of a page that has more is where the next page goes on: what stands behind its last entry is
        // for that one.
        let end = if page.more {
            last.saturating_sub(1)
        } else {
            u64::MAX
        };
        // What stands before the first entry is for the page before; before the log's first there is none.
        let begin = if first > 1 { first } else { 0 };
        let (from, to) = match query {
            PageQuery::Before(before, _) => (
                if page.more { first } else { 0 },
                before.map_or(u64::MAX, |before| before.saturating_sub(1)),
            ),
            PageQuery::After(after, _) => (after, end),
            PageQuery::Around(..) | PageQuery::At(..) => (begin, end),
            PageQuery::Resume(position, _) if page.recovered => (position.seq, end),
            PageQuery::Resume(..) => (begin, u64::MAX),
        };
        let stored: usize = page
            .entries
            .iter()
            .map(|entry| page_bytes(&entry.body))
            .sum();
        let mut room = PAGE_BYTES.saturating_sub(stored).max(FLEETING_PAGE_BYTES);
        let newest_first = self.entries.values().rev();
        let living = newest_first
            .filter(|entry| (from..=to).contains(&entry.position.seq))
            .map_while(|entry| {
                room = room.checked_sub(page_bytes(&entry.body))?;
                Some(entry.clone())
            });
        page.entries.extend(living);
        let key =
            |entry: &Arc<Entry>| (entry.position.seq, entry.life.map_or(0, |life| life.order));
        page.entries.sort_by_key(key);
    }
}

impl Hub {
    /// How long a message lives, if it disappears.
    pub(crate) fn lifetime(&self, post: &Post) -> Option<i64> {
        let of_topic = match &post.chat {
            ChatRef::Topic(name) => self.topics.get(name).and_then(|topic| topic.ttl_ms),
            ChatRef::Direct(_) => None,
        };
        post.ttl_ms.into_iter().chain(of_topic).min()
    }

    /// Says a message that disappears.
    pub(crate) fn say_fleeting(
        &mut self,
        session: SessionId,
        author: Person,
        topic: &TopicName,
        post: Post,
        ttl_ms: i64,
        now: Timestamp,
    ) {
        let answer = self.hold_fleeting(session, author, topic, post, ttl_ms, now);
        self.tell(Audience::One(session), answer);
    }

    fn hold_fleeting(
        &mut self,
        session: SessionId,
        author: Person,
        topic: &TopicName,
        post: Post,
        ttl_ms: i64,
        now: Timestamp,
    ) -> Event {
        let id = (author.user_id, post.message_id.clone());
        if let Some(known) = self.fleeting.known.get(&id) {
            if known.topic == *topic && known.body == post.body {
                return acked(post.message_id, known.position, true, 0);
            }
            return Event::Refused(Refusal {
                message_id: Some(post.message_id),
                ..Refusal::new(
                    Code::MessageConflict,
                    "You used this message_id for another message",
                )
            });
        }
        self.fleeting.order += 1;
        let order = self.fleeting.order;
        let position = self.head(&ChatKey::Topic(topic.clone()));
        let expires_at = Timestamp(now.0 + ttl_ms);
        let entry = Arc::new(Entry {
            chat: ChatKey::Topic(topic.clone()),
            author,
            kind: EntryKind::Text,
            body: post.body,
            message_id: post.message_id,
            position,
            at: now,
            session: Some(session),
            original: post.original,
            life: Some(Life { expires_at, order }),
        });
        self.fleeting
            .expiries
            .insert((expires_at, order), topic.clone());
        // Guests of the dialects cannot send a message again.
        if self.sessions[&session].standing != Standing::Guest {
            let forget_at = Timestamp(expires_at.0 + FLEETING_KNOWN_MS);
            self.fleeting.forget.insert((forget_at, order), id.clone());
            let (topic, body) = (topic.clone(), entry.body.clone());
            let known = Known {
                topic,
                body,
                position,
            };
            self.fleeting.known.insert(id, known);
            while self.fleeting.known.len() > FLEETING_KNOWN_MAX {
                let Some((_, id)) = self.fleeting.forget.pop_first() else {
                    break;
                };
                self.fleeting.known.remove(&id);
            }
        }
        let held = self.topics.make(topic, now);
        held.living.insert(order, entry.clone());
        held.last_activity = now;
        held.typing.is_over(entry.author.user_id);
        let audience = self.topics.audience(topic).unwrap_or_default();
        let recipients = u32::try_from(audience.len()).unwrap_or(u32::MAX);
        let message_id = entry.message_id.clone();
        self.tell(Audience::Many(audience, None), Event::Said(entry));
        acked(message_id, position, false, recipients)
    }

    /// Forgets what is over.
    pub(crate) fn let_go(&mut self, now: Timestamp) {
        while let Some(first) = self.fleeting.expiries.first_entry()
            && first.key().0 <= now
        {
            let ((_, order), topic) = first.remove_entry();
            if let Some(topic) = self.topics.get_mut(&topic) {
                topic.living.remove(order);
            }
            // Guests may speak in a topic that nobody is in.
            self.topics.drop_if_done(&topic);
        }
        while let Some(first) = self.fleeting.forget.first_entry()
            && first.key().0 <= now
        {
            let id = first.remove();
            self.fleeting.known.remove(&id);
        }
    }

    /// A page as its reader sees it: with what lives among its entries.
    pub fn with_living(&self, chat: &ChatKey, query: PageQuery, mut page: Page) -> Page {
        if let ChatKey::Topic(name) = chat
            && let Some(topic) = self.topics.get(name)
            && !topic.living.is_empty()
        {
            topic.living.merge_into(query, &mut page);
        }
        page
    }

    /// How many messages live that came in this way, or were said in topics that were made in this way and disappear.
    pub fn living_of(&self, via: Via) -> usize {
        let of = |topic: &Topic| match topic.maker {
            Some(maker) if maker == via => topic.living.len(),
            _ => topic.living.of(via),
        };
        self.topics.all().map(of).sum()
    }

    /// Whether the topic's messages disappear, so that nothing of it is on the disk.
    pub fn is_fleeting(&self, chat: &ChatKey) -> bool {
        match chat {
            ChatKey::Topic(name) => self
                .topics
                .get(name)
                .is_some_and(|topic| topic.ttl_ms.is_some()),
            ChatKey::Direct(..) => false,
        }
    }
}

fn acked(message_id: MessageId, position: Position, dup: bool, recipients: u32) -> Event {
    Event::Acked {
        message_id,
        position,
        dup,
        stored: false,
        recipients,
    }
}
