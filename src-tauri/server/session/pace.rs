//! How fast a session may speak, and the promise that its order survives a refusal: after one message was refused for
//! its rate, all later ones are refused too until that one comes again (`retry_from`).

use std::time::Duration;

use landline_protocol::frame::{Details, Refusal};
use landline_protocol::{Code, MessageId};
use tokio::time::Instant;

use crate::guards::rates::Frames;

/// A client that never sends the refused message again is let go on after this long.
const HELD_FOR: Duration = Duration::from_secs(10);

pub(crate) struct Pace {
    frames: Frames,
    paused_until: Option<Instant>,
    held: Option<Held>,
}

/// The message that must come first.
struct Held {
    message_id: MessageId,
    until: Instant,
}

impl Pace {
    pub(crate) fn new(frames: Frames) -> Pace {
        Pace {
            frames,
            paused_until: None,
            held: None,
        }
    }

    /// When to read again, if reading pauses.
    pub(crate) fn paused_until(&self) -> Option<Instant> {
        self.paused_until
    }

    pub(crate) fn go_on(&mut self) {
        self.paused_until = None;
    }

    /// A frame of any kind came.
    pub(crate) fn one_more_frame(&mut self) {
        self.paused_until = self.frames.one_more().map(|wait| Instant::now() + wait);
    }

    /// A message came: may it go on? `check` asks the person's own rate.
    ///
    /// # Errors
    /// What to answer; the message had no effect.
    pub(crate) fn message(
        &mut self,
        message_id: &MessageId,
        check: impl FnOnce() -> Result<(), Duration>,
    ) -> Result<(), Refusal> {
        let now = Instant::now();
        if let Some(held) = &self.held
            && held.message_id != *message_id
            && now < held.until
        {
            return Err(refusal(
                message_id,
                &held.message_id,
                Duration::from_millis(500),
            ));
        }
        if let Err(wait) = check() {
            self.held = Some(Held {
                message_id: message_id.clone(),
                until: now + wait + HELD_FOR,
            });
            return Err(refusal(message_id, message_id, wait));
        }
        self.held = None;
        Ok(())
    }
}

fn refusal(message_id: &MessageId, retry_from: &MessageId, wait: Duration) -> Refusal {
    let details = Details {
        message_id: Some(message_id.to_string()),
        retry_from: Some(retry_from.to_string()),
        // Rounded up: a client that waits exactly this long is not refused again.
        retry_after_ms: Some(
            u64::try_from(wait.as_millis())
                .unwrap_or(u64::MAX)
                .saturating_add(1),
        ),
        ..Details::default()
    };
    Refusal {
        code: Code::RateLimited,
        message: "Too many messages at once; send them slower".into(),
        details,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guards::rates::Rates;

    #[tokio::test]
    async fn after_a_refusal_the_order_is_kept() {
        let mut pace = Pace::new(Rates::new(false).frames());
        let [one, two] = ["one", "two"].map(|id| id.parse::<MessageId>().unwrap());
        let refused = pace
            .message(&one, || Err(Duration::from_millis(300)))
            .unwrap_err();
        assert_eq!(refused.details.retry_after_ms, Some(301));
        let refused = pace.message(&two, || Ok(())).unwrap_err();
        assert_eq!(
            refused.details.retry_from.as_deref(),
            Some("one"),
            "two may not overtake one"
        );
        assert!(pace.message(&one, || Ok(())).is_ok());
        assert!(pace.message(&two, || Ok(())).is_ok());
    }
}
