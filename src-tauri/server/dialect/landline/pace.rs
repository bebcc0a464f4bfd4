//! How fast a session may speak. The order of its messages survives a refusal: see `landline_hub::held`.

use std::time::Duration;

use landline_hub::held::Held;
use landline_protocol::frame::{Details, Refusal};
use landline_protocol::{Code, MessageId, Timestamp};

/// What a message that may not come first yet is told to wait.
const BEHIND_WAIT: Duration = Duration::from_millis(500);

#[derive(Default)]
pub(crate) struct Pace {
    held: Held,
}

impl Pace {
    /// A message came: may it go on? `check` asks the person's own rate.
    ///
    /// # Errors
    /// What to answer; the message had no effect.
    pub(crate) fn message(
        &mut self,
        message_id: &MessageId,
        now: Timestamp,
        check: impl FnOnce() -> Result<(), Duration>,
    ) -> Result<(), Refusal> {
        if let Some((first, _)) = self.held.blocks(message_id, now) {
            return Err(refusal(message_id, first, BEHIND_WAIT));
        }
        if let Err(wait) = check() {
            let wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            self.held.hold(message_id, Code::RateLimited, wait_ms, now);
            return Err(refusal(message_id, message_id, wait));
        }
        self.held.release();
        Ok(())
    }
}

fn refusal(message_id: &MessageId, retry_from: &MessageId, wait: Duration) -> Refusal {
    let details = Details {
        message_id: Some(message_id.to_string()),
        retry_from: Some(retry_from.to_string()),
        retry_after_ms: Some(milliseconds(wait)),
        ..Details::default()
    };
    Refusal {
        code: Code::RateLimited,
        message: "Too many messages at once; send them slower".into(),
        details,
    }
}

/// The answer to a question about people that came too soon.
pub(crate) fn too_many_questions(wait: Duration) -> Refusal {
    let details = Details {
        retry_after_ms: Some(milliseconds(wait)),
        ..Details::default()
    };
    Refusal {
        code: Code::RateLimited,
        message: "Too many questions at once; ask slower".into(),
        details,
    }
}

/// The answer to a search that came too soon.
pub(crate) fn too_many_searches(search_id: Option<u64>, wait: Duration) -> Refusal {
    let details = Details {
        search_id,
        retry_after_ms: Some(milliseconds(wait)),
        ..Details::default()
    };
    Refusal {
        code: Code::RateLimited,
        message: "Too many searches at once; try again in a moment".into(),
        details,
    }
}

/// Rounded up: a client that waits exactly this long is not refused again.
fn milliseconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis())
        .unwrap_or(u64::MAX)
        .saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_refused_for_its_rate_comes_first_again() {
        let mut pace = Pace::default();
        let [one, two] = ["one", "two"].map(|id| id.parse::<MessageId>().unwrap());
        let now = Timestamp(0);
        let refused = pace
            .message(&one, now, || Err(Duration::from_millis(300)))
            .unwrap_err();
        assert_eq!(refused.details.retry_after_ms, Some(301));
        let refused = pace.message(&two, now, || Ok(())).unwrap_err();
        assert_eq!(
            refused.details.retry_from.as_deref(),
            Some("one"),
            "two may not overtake one"
        );
        assert!(pace.message(&one, now, || Ok(())).is_ok());
        assert!(pace.message(&two, now, || Ok(())).is_ok());
    }
}
