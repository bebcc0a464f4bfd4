//! My messages that the host will not take: shown with their reason, and sent again when the person says so.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use landline_client::Room;
use landline_protocol::bridge::{OutboxMessage, OutboxState};

use crate::output::{notice, plain};

/// In the order in which they were written, as their ids rise with time. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Failed(Arc<Mutex<BTreeSet<String>>>);

impl Failed {
    /// A message of mine waits, is on its way, or failed.
    pub(super) fn heard(&self, message: &OutboxMessage) {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if message.state == OutboxState::Failed {
            let why = message.error.as_deref().unwrap_or("the host refused it");
            let text = plain(&message.content);
            notice(&format!(
                "not sent: \"{text}\": {why}; /retry sends it again"
            ));
            failed.insert(message.message_id.clone());
        } else {
            failed.remove(&message.message_id);
        }
    }

    /// Sends them all again.
    pub(super) async fn retry(&self, room: &Room) {
        let failed = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if failed.is_empty() {
            notice("nothing failed");
        }
        for id in failed.into_iter().filter_map(|id| id.parse().ok()) {
            room.retry(&id).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use landline_protocol::Timestamp;

    use super::*;

    #[test]
    fn what_failed_is_known_until_it_waits_again() {
        let failed = Failed::default();
        let heard = |id: &str, state| {
            failed.heard(&OutboxMessage {
                message_id: id.into(),
                topic: Some("lobby".into()),
                to: None,
                content: "x".into(),
                written_at: Timestamp(0),
                state,
                error: None,
                in_memory: false,
            });
            failed.0.lock().unwrap().len()
        };
        assert_eq!(heard("a", OutboxState::Sent), 0);
        assert_eq!(heard("a", OutboxState::Failed), 1);
        assert_eq!(heard("b", OutboxState::Failed), 2);
        assert_eq!(heard("a", OutboxState::Failed), 2);
        assert_eq!(heard("a", OutboxState::Queued), 1);
    }
}
