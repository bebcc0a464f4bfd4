//! What a refusal means for the messages that wait: later again, elsewhere first, or never.

use landline_protocol::frame::Refusal;
use landline_protocol::{Code, MessageId, TopicName};

use super::{Outbox, Probe};
use crate::Millis;
use crate::chat::Chat;
use crate::effect::{Effect, Write};

/// Wait after a refusal that names none: the host is behind, or its disk is full.
const RETRY_AFTER_MS: Millis = 1_000;
/// Longest wait that a host can impose.
const RETRY_AFTER_MAX_MS: Millis = 60_000;
/// Refusals of one message that should pass but do not, before it counts as failed.
const FAULTS_MAX: u8 = 5;

impl Outbox {
    /// A refusal of one of mine. Answers with the topic that has to be joined first, if that is what it takes.
    pub(crate) fn refused(
        &mut self,
        refusal: &Refusal,
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> Option<TopicName> {
        let id: MessageId = refusal.details.message_id.as_deref()?.parse().ok()?;
        let place = *self.by_id.get(&id)?;
        // Called back already: this answers a sending that no longer counts.
        if !self.is_on_its_way(place) {
            return None;
        }
        let rejoin = match refusal.code {
            Code::RateLimited | Code::Busy | Code::ReadOnly => {
                self.put_off(place, refusal, now, out);
                None
            }
            Code::Internal if self.is_patient_with(place) => {
                self.put_off(place, refusal, now, out);
                None
            }
            Code::NotInTopic if self.is_patient_with(place) => self.shut_out(place, out),
            // The session is about to be closed; the message waits for the next.
            Code::Unauthorized => None,
            _ => {
                self.fail(place, &refusal.message, out);
                self.clear_probe(place);
                None
            }
        };
        self.pump(now, out);
        rejoin
    }

    /// The topic cannot be joined, or was left: what waits for it fails.
    pub(crate) fn fail_topic(
        &mut self,
        topic: &TopicName,
        why: &str,
        now: Millis,
        out: &mut Vec<Effect>,
    ) {
        let chat = Chat::Topic(topic.clone());
        for place in self.lanes.close(&chat) {
            self.fail(place, why, out);
            self.abandon_probe(place, out);
        }
        self.pump(now, out);
    }

    /// The host will take it later: everything that was sent from there on goes again, in its order.
    fn put_off(&mut self, place: u64, refusal: &Refusal, now: Millis, out: &mut Vec<Effect>) {
        let demanded = refusal.details.retry_from.as_deref();
        let from = match demanded {
            None => place,
            Some(id) => self.waiting(id).unwrap_or_else(|| {
                let why = "the host waits for a message that is not here any more";
                out.push(Effect::Restart(why));
                place
            }),
        };
        let sending = |place: u64| self.entries[&place].sent.unwrap_or(u64::MAX);
        self.call_back(sending(from).min(sending(place)), None, out);
        let wait = refusal.details.retry_after_ms.unwrap_or(RETRY_AFTER_MS);
        self.paused_until = now + wait.clamp(1, RETRY_AFTER_MAX_MS);
        self.probe = Some(Probe {
            place: from,
            demanded: demanded.is_some(),
        });
    }

    /// The place of a message that can still be sent.
    fn waiting(&self, id: &str) -> Option<u64> {
        let place = *self.by_id.get(&id.parse().ok()?)?;
        self.entries[&place].row.failed.is_none().then_some(place)
    }

    pub(super) fn is_on_its_way(&self, place: u64) -> bool {
        let entry = self.entries.get(&place);
        entry.is_some_and(|entry| entry.sent.is_some())
    }

    /// Not in the topic: its messages wait until it is joined, the others go on.
    fn shut_out(&mut self, place: u64, out: &mut Vec<Effect>) -> Option<TopicName> {
        let chat = self.entries[&place].row.chat.clone();
        self.call_back(0, Some(&chat), out);
        self.lanes.close(&chat);
        self.probe = self
            .probe
            .filter(|probe| self.entries[&probe.place].row.chat != chat);
        match chat {
            Chat::Topic(topic) => Some(topic),
            Chat::Direct(_) => None,
        }
    }

    fn is_patient_with(&mut self, place: u64) -> bool {
        let Some(entry) = self.entries.get_mut(&place) else {
            return false;
        };
        entry.faults += 1;
        entry.faults < FAULTS_MAX
    }

    pub(super) fn fail(&mut self, place: u64, why: &str, out: &mut Vec<Effect>) {
        let Some(entry) = self.entries.get_mut(&place) else {
            return;
        };
        if let Some(sending) = entry.sent.take() {
            self.in_flight.remove(&sending);
        }
        self.lanes.take(&entry.row.chat, place);
        entry.faults = 0;
        entry.row.failed = Some(why.into());
        let change = Write::Change {
            message_id: entry.row.message_id.clone(),
            place,
            failed: entry.row.failed.clone(),
        };
        entry.row.record(change, out);
        out.push(entry.event());
    }

    pub(super) fn clear_probe(&mut self, place: u64) {
        self.probe = self.probe.filter(|probe| probe.place != place);
    }

    /// The message that goes alone will not come any more. If the host insists on it, only a new session helps.
    pub(super) fn abandon_probe(&mut self, place: u64, out: &mut Vec<Effect>) {
        if self
            .probe
            .is_some_and(|probe| probe.place == place && probe.demanded)
        {
            out.push(Effect::Restart(
                "the message that the host waits for was taken back",
            ));
        }
        self.clear_probe(place);
    }
}
