//! Whether the server lives: after a silence it is asked for a sign, and given up when none comes.

use std::time::Duration;

use landline_protocol::limits::{KEEPALIVE_EVERY_SECS, KEEPALIVE_GRACE_SECS};
use tokio::time::Instant;

/// How long a silence may last before the server is asked.
const SILENCE: Duration = Duration::from_secs(KEEPALIVE_EVERY_SECS);
/// How long its sign may take.
const GRACE: Duration = Duration::from_secs(KEEPALIVE_GRACE_SECS);

/// The clock is an argument.
pub(super) struct Pulse {
    heard_at: Instant,
    asked: bool,
}

/// What a silence calls for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Silence {
    Ask,
    GiveUp,
}

impl Pulse {
    /// Something was heard.
    pub(super) fn heard(now: Instant) -> Pulse {
        Pulse {
            heard_at: now,
            asked: false,
        }
    }

    /// When the silence has lasted too long.
    pub(super) fn due(&self) -> Instant {
        let grace = if self.asked { GRACE } else { Duration::ZERO };
        self.heard_at + SILENCE + grace
    }

    /// It has lasted too long.
    pub(super) fn silent(&mut self) -> Silence {
        if std::mem::replace(&mut self.asked, true) {
            Silence::GiveUp
        } else {
            Silence::Ask
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_server_is_asked_once_and_then_given_up() {
        let start = Instant::now();
        let mut pulse = Pulse::heard(start);
        assert_eq!(pulse.due(), start + SILENCE);
        assert_eq!(pulse.silent(), Silence::Ask);
        assert_eq!(pulse.due(), start + SILENCE + GRACE);
        assert_eq!(pulse.silent(), Silence::GiveUp);
        pulse = Pulse::heard(start + SILENCE);
        assert_eq!(pulse.silent(), Silence::Ask, "a sign starts anew");
    }
}
