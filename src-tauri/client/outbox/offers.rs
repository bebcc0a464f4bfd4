//! What the host has lost of what it had acknowledged: it goes again, before everything that waits, in its old order.

use landline_protocol::MessageId;

use super::{FIRST_PLACE, Outbox};
use crate::Millis;
use crate::chat::Chat;
use crate::effect::{Effect, Row, Write};
use crate::kept::KeptRow;

impl Outbox {
    /// Nothing of this chat goes before [`Outbox::release`].
    pub(crate) fn hold(&mut self, chat: &Chat) {
        self.lanes.hold(chat);
    }

    /// What waits for this chat may go, if the chat is open.
    pub(crate) fn release(&mut self, chat: &Chat, now: Millis, out: &mut Vec<Effect>) {
        self.lanes.let_loose(chat);
        self.pump(now, out);
    }

    /// Takes back what the host has lost.
    pub(crate) fn offer(&mut self, rows: Vec<KeptRow>, out: &mut Vec<Effect>) {
        let first = self.entries.first_key_value();
        let end = first.map_or(FIRST_PLACE, |(place, _)| *place);
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        // A trillion places lie below the first; without them a message goes behind the others, and is not lost.
        let start = end.checked_sub(count).unwrap_or(self.next_place());
        for (place, row) in (start..).zip(rows) {
            out.push(Effect::Write(Write::Offer(row.message_id.clone(), place)));
            let row = Row {
                message_id: row.message_id,
                chat: row.chat,
                content: row.content,
                written_at: row.written_at,
                place,
                failed: None,
                disappears: false,
                offered: Some(row.position),
            };
            self.insert(row, out);
        }
    }

    /// Takes a message out that the host had acknowledged before, and now will not take.
    pub(crate) fn withdraw(&mut self, id: &MessageId) -> Option<Row> {
        let place = *self.by_id.get(id)?;
        self.entries.get(&place)?.row.offered?;
        self.clear_probe(place);
        self.remove(place)
    }
}
