//! What becomes of messages that wait for a topic when the host says of which kind it is: what was written to disappear
//! is never sent where it would stay, and what turns out to disappear leaves the disk.

use landline_protocol::TopicName;

use super::Outbox;
use crate::Millis;
use crate::chat::Chat;
use crate::effect::{Effect, Write};

impl Outbox {
    /// The topic is joined, and is of this kind.
    pub(crate) fn kind_is(
        &mut self,
        topic: &TopicName,
        disappears: bool,
        now: Millis,
        out: &mut Vec<Effect>,
    ) {
        let chat = Chat::Topic(topic.clone());
        if disappears {
            self.take_off_disk(&chat, out);
        } else {
            self.keep_from(&chat, now, out);
        }
    }

    fn take_off_disk(&mut self, chat: &Chat, out: &mut Vec<Effect>) {
        let on_disk = |row: &crate::effect::Row| row.chat == *chat && !row.disappears;
        for entry in self
            .entries
            .values_mut()
            .filter(|entry| on_disk(&entry.row))
        {
            let erase = Write::Erase(entry.row.message_id.clone());
            entry.row.record(erase, out);
            entry.row.disappears = true;
            out.push(entry.event());
        }
    }

    fn keep_from(&mut self, chat: &Chat, now: Millis, out: &mut Vec<Effect>) {
        for place in self.lanes.waiting(chat) {
            if self.entries[&place].row.disappears {
                let why = "This topic keeps its messages now; send it again if it may be kept";
                self.fail(place, why, out);
                self.abandon_probe(place, out);
            }
        }
        self.pump(now, out);
    }
}
