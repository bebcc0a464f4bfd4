//! My messages until the host has them: which goes next, how many at once, what a refusal means. Pure; the store keeps
//! the same rows on disk, but for those that disappear.
//!
//! Invariants: messages of one chat leave in the order they were written; a message goes away only by its
//! acknowledgement or because its author discards it; what cannot be sent is failed visibly.

mod kinds;
mod offers;
mod refusals;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use landline_protocol::bridge::{OutboxMessage, OutboxState};
use landline_protocol::frame::{ClientFrame, Draft, Limits};
use landline_protocol::limits::IN_FLIGHT_MAX;
use landline_protocol::{MessageId, TopicName};

use crate::chat::Chat;
use crate::effect::{Effect, Row, Write};
use crate::outgoing::Lanes;
use crate::pacer::Pacer;
use crate::{Event, Millis};

/// The place of the first message of an empty outbox. Those below are for what the host has lost: it goes before
/// everything that waits.
const FIRST_PLACE: u64 = 1 << 40;

/// My unacknowledged messages in one room.
#[derive(Debug)]
pub(crate) struct Outbox {
    /// By place: the order in which they were written.
    entries: BTreeMap<u64, Entry>,
    by_id: HashMap<MessageId, u64>,
    lanes: Lanes,
    /// Sent and not answered: the places, in the order of sending. That order differs from the order of writing where a
    /// topic was joined late.
    in_flight: BTreeMap<u64, u64>,
    sendings: u64,
    window: usize,
    pacer: Pacer,
    online: bool,
    paused_until: Millis,
    /// After a passing refusal this one goes alone, until it is answered: refusals of those behind it may still be on
    /// their way, and sending more before they arrived would turn the order round.
    probe: Option<Probe>,
}

#[derive(Debug)]
struct Entry {
    row: Row,
    /// On its way, as which sending.
    sent: Option<u64>,
    faults: u8,
}

#[derive(Debug, Clone, Copy)]
struct Probe {
    place: u64,
    /// The host refuses everything else of this session until it comes.
    demanded: bool,
}

impl Entry {
    fn state(&self) -> OutboxState {
        if self.sent.is_some() {
            OutboxState::Sent
        } else {
            self.row.state()
        }
    }

    fn event(&self) -> Effect {
        let row = &self.row;
        Effect::emit(Event::Outbox(OutboxMessage {
            message_id: row.message_id.to_string(),
            topic: row.chat.topic(),
            to: row.chat.with(),
            content: row.content.to_string(),
            written_at: row.written_at,
            state: self.state(),
            error: row.failed.clone(),
            in_memory: row.disappears,
        }))
    }
}

impl Outbox {
    /// What the store held; `out` tells the consumer of it at once.
    pub(crate) fn new(rows: Vec<Row>, out: &mut Vec<Effect>) -> Outbox {
        let mut outbox = Outbox {
            entries: BTreeMap::new(),
            by_id: HashMap::new(),
            lanes: Lanes::default(),
            in_flight: BTreeMap::new(),
            sendings: 0,
            window: IN_FLIGHT_MAX,
            pacer: Pacer::default(),
            online: false,
            paused_until: 0,
            probe: None,
        };
        for row in rows {
            outbox.insert(row, out);
        }
        outbox
    }

    /// The place of the next message.
    pub(crate) fn next_place(&self) -> u64 {
        self.entries
            .last_key_value()
            .map_or(FIRST_PLACE, |(place, _)| place + 1)
    }

    /// The content of a message that waits here.
    pub(crate) fn find(&self, id: &MessageId) -> Option<&Row> {
        Some(&self.entries[self.by_id.get(id)?].row)
    }

    /// Whether any message is still to be sent.
    #[cfg(test)]
    pub(crate) fn waits(&self) -> bool {
        self.entries
            .values()
            .any(|entry| entry.row.failed.is_none())
    }

    /// The topics that messages wait for.
    pub(crate) fn topics(&self) -> BTreeSet<TopicName> {
        self.lanes.topics().cloned().collect()
    }

    /// Hello was answered. Messages to topics go once [`Outbox::open`] says so.
    pub(crate) fn online(&mut self, limits: Limits, now: Millis, out: &mut Vec<Effect>) {
        self.online = true;
        self.window = usize::try_from(limits.in_flight)
            .unwrap_or(IN_FLIGHT_MAX)
            .clamp(1, IN_FLIGHT_MAX);
        self.pacer
            .hold_to(limits.messages_burst, limits.messages_per_second, now);
        self.lanes.open_direct();
        self.pump(now, out);
    }

    /// The session is over: what was on its way goes again, in its order; the host knows doubles by their id.
    pub(crate) fn offline(&mut self, out: &mut Vec<Effect>) {
        self.online = false;
        self.probe = None;
        self.call_back(0, None, out);
        self.lanes.close_all();
    }

    /// The topic is joined.
    pub(crate) fn open(&mut self, topic: &TopicName, now: Millis, out: &mut Vec<Effect>) {
        self.lanes.open(&Chat::Topic(topic.clone()));
        self.pump(now, out);
    }

    /// A new message, already on disk if it is to be there.
    pub(crate) fn add(&mut self, row: Row, now: Millis, out: &mut Vec<Effect>) {
        self.insert(row, out);
        self.pump(now, out);
    }

    /// `MSG_ACK`: the host has it, and whoever gets the row keeps or removes what is on disk of it. [`Outbox::pump`] is due.
    pub(crate) fn acknowledged(&mut self, id: &MessageId) -> Option<Row> {
        let place = *self.by_id.get(id)?;
        self.clear_probe(place);
        self.remove(place)
    }

    /// The person wants a failed message to be sent after all: at the end of the queue, since others overtook it.
    /// `disappears` is what its chat is by now.
    pub(crate) fn retry(
        &mut self,
        id: &MessageId,
        disappears: bool,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> Option<Chat> {
        let place = *self.by_id.get(id)?;
        self.entries[&place].row.failed.as_ref()?;
        let mut row = self.remove(place)?;
        row.place = self.next_place().max(place + 1);
        row.failed = None;
        if row.disappears && !disappears {
            row.disappears = false;
            row.record(Write::Put(row.clone()), out);
        } else {
            let change = Write::Change {
                message_id: row.message_id.clone(),
                place: row.place,
                failed: None,
            };
            row.record(change, out);
        }
        let chat = row.chat.clone();
        self.insert(row, out);
        self.pump(now, out);
        Some(chat)
    }

    /// The person wants it gone. One that is on its way may arrive all the same.
    pub(crate) fn discard(&mut self, id: &MessageId, now: Millis, out: &mut Vec<Effect>) {
        let Some(&place) = self.by_id.get(id) else {
            return;
        };
        if let Some(row) = self.remove(place) {
            row.record(Write::Remove(id.clone()), out);
        }
        out.push(Effect::emit(Event::Discarded {
            message_id: id.to_string(),
        }));
        self.abandon_probe(place, out);
        self.pump(now, out);
    }

    /// Sends what may go now.
    pub(crate) fn pump(&mut self, now: Millis, out: &mut Vec<Effect>) {
        while self.online && now >= self.paused_until && self.in_flight.len() < self.window {
            let Some(place) = self.next() else { return };
            if !self.pacer.take(now) {
                return;
            }
            self.send(place, out);
        }
    }

    /// When [`Outbox::pump`] can do more than now.
    pub(crate) fn wake(&self, now: Millis) -> Option<Millis> {
        if !self.online || self.in_flight.len() >= self.window || self.next().is_none() {
            return None;
        }
        Some(self.paused_until.max(self.pacer.wake(now)))
    }

    fn next(&self) -> Option<u64> {
        match self.probe {
            Some(probe) if self.is_on_its_way(probe.place) => None,
            Some(probe) => Some(probe.place),
            None => self.lanes.first(),
        }
    }

    fn send(&mut self, place: u64, out: &mut Vec<Effect>) {
        let Some(entry) = self.entries.get_mut(&place) else {
            return;
        };
        self.lanes.take(&entry.row.chat, place);
        self.sendings += 1;
        self.in_flight.insert(self.sendings, place);
        entry.sent = Some(self.sendings);
        out.push(Effect::Send(ClientFrame::Msg(Draft {
            topic: entry.row.chat.topic(),
            to: entry.row.chat.with(),
            content: entry.row.content.to_string(),
            message_id: Some(entry.row.message_id.to_string()),
        })));
        out.push(entry.event());
    }

    /// What was sent from this sending on, in all chats or one, counts as not sent.
    fn call_back(&mut self, from: u64, chat: Option<&Chat>, out: &mut Vec<Effect>) {
        let back: Vec<(u64, u64)> = self
            .in_flight
            .range(from..)
            .map(|(sending, place)| (*sending, *place))
            .collect();
        for (sending, place) in back {
            let Some(entry) = self.entries.get_mut(&place) else {
                continue;
            };
            if chat.is_some_and(|chat| *chat != entry.row.chat) {
                continue;
            }
            entry.sent = None;
            self.in_flight.remove(&sending);
            self.lanes.put(&entry.row.chat, place);
            out.push(entry.event());
        }
    }

    fn insert(&mut self, row: Row, out: &mut Vec<Effect>) {
        let place = row.place;
        if row.failed.is_none() {
            self.lanes.put(&row.chat, place);
        }
        self.by_id.insert(row.message_id.clone(), place);
        let entry = Entry {
            row,
            sent: None,
            faults: 0,
        };
        out.push(entry.event());
        self.entries.insert(place, entry);
    }

    fn remove(&mut self, place: u64) -> Option<Row> {
        let Entry { row, sent, .. } = self.entries.remove(&place)?;
        self.by_id.remove(&row.message_id);
        if let Some(sending) = sent {
            self.in_flight.remove(&sending);
        }
        self.lanes.take(&row.chat, place);
        Some(row)
    }
}
