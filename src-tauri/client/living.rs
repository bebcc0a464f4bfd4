//! Which disappearing messages the consumer has been given and still shows: they have no place of their own in a log, so
//! that a double is known by its author and id alone. Holds no text. The time here is the host's.

use std::collections::{BTreeMap, HashSet};

use landline_protocol::frame::Message;
use landline_protocol::{MessageId, Timestamp, UserId};

use crate::Millis;

/// Ids kept at most; those that disappear first are forgotten first. A host whose rates are on stays far below.
const IDS_KEPT: usize = 65_536;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Living {
    /// The host's clock less ours.
    ahead: i64,
    known: HashSet<(UserId, MessageId)>,
    by_end: BTreeMap<Timestamp, Vec<(UserId, MessageId)>>,
}

impl Living {
    /// The host says what time it is.
    pub(crate) fn set_clock(&mut self, host: Timestamp, now: Millis) {
        self.ahead = host.0.saturating_sub_unsigned(now);
    }

    /// The host's clock.
    pub(crate) fn host_time(&self, now: Millis) -> Timestamp {
        Timestamp(self.ahead.saturating_add_unsigned(now))
    }

    /// Whether this one is no double. From now on it is.
    pub(crate) fn is_new(&mut self, message: &Message, ends: Timestamp) -> bool {
        let name = (message.from, message.message_id.clone());
        let is_new = self.known.insert(name.clone());
        if is_new {
            self.by_end.entry(ends).or_default().push(name);
            while self.known.len() > IDS_KEPT {
                self.forget_first();
            }
        }
        is_new
    }

    /// Forgets what has disappeared.
    pub(crate) fn forget(&mut self, now: Millis) {
        let now = self.host_time(now);
        while self
            .by_end
            .first_key_value()
            .is_some_and(|(ends, _)| *ends <= now)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        for name in self
            .by_end
            .pop_first()
            .into_iter()
            .flat_map(|(_, names)| names)
        {
            self.known.remove(&name);
        }
    }

    /// When the next one disappears, by our clock.
    pub(crate) fn wake(&self) -> Option<Millis> {
        let (ends, _) = self.by_end.first_key_value()?;
        Some(u64::try_from(ends.0.saturating_sub(self.ahead)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host_model::{chat, whisper};

    #[test]
    fn a_message_is_a_double_while_it_lives_by_the_hosts_clock() {
        let mut living = Living::default();
        living.set_clock(Timestamp(1_000_000), 500);
        let message = whisper(&chat(0), 0, 1, Timestamp(1_030_000));
        let ends = message.expires_at.unwrap();
        assert!(living.is_new(&message, ends) && !living.is_new(&message, ends));
        assert_eq!(living.wake(), Some(30_500));
        living.forget(30_499);
        assert!(!living.is_new(&message, ends));
        living.forget(30_500);
        assert_eq!(living.wake(), None);
        assert!(
            living.is_new(&message, Timestamp(1_090_000)),
            "nothing of it is left"
        );
    }

    #[test]
    fn the_memory_of_what_disappears_is_bounded() {
        let mut living = Living::default();
        for n in 0..=IDS_KEPT {
            let ends = Timestamp(i64::try_from(n).unwrap());
            assert!(living.is_new(&whisper(&chat(0), 0, 1, ends), ends));
        }
        assert_eq!(living.known.len(), IDS_KEPT);
        assert_eq!(living.by_end.len(), IDS_KEPT);
    }
}
