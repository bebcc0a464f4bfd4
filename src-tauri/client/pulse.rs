//! Whether the server is alive. Any frame counts; silence is answered with a ping, more silence means it is gone.

use crate::Millis;

/// Longest time between two pings, however much else comes: their answers tell where the logs end.
const HEADS_EVERY_MS: Millis = 30_000;

/// What silence calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    Fine,
    Ping,
    Dead,
}

/// Measures silence.
#[derive(Debug, Clone)]
pub(crate) struct Pulse {
    ping_every: Millis,
    dead_after: Millis,
    heard_at: Millis,
    pinged_at: Millis,
}

impl Pulse {
    pub(crate) fn new(ping_every: Millis, dead_after: Millis) -> Pulse {
        Pulse {
            ping_every,
            dead_after,
            heard_at: 0,
            pinged_at: 0,
        }
    }

    /// Something came, or the socket was not looked at because the consumer is behind.
    pub(crate) fn heard(&mut self, now: Millis) {
        self.heard_at = now;
    }

    pub(crate) fn beat(&mut self, now: Millis) -> Beat {
        if now >= self.heard_at + self.dead_after {
            Beat::Dead
        } else if now >= self.ping_at() {
            self.pinged_at = now;
            Beat::Ping
        } else {
            Beat::Fine
        }
    }

    /// When to look again.
    pub(crate) fn wake(&self) -> Millis {
        self.ping_at().min(self.heard_at + self.dead_after)
    }

    fn ping_at(&self) -> Millis {
        let silent = self.heard_at.max(self.pinged_at) + self.ping_every;
        silent.min(self.pinged_at + HEADS_EVERY_MS.max(self.ping_every))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_pinged_every_5_s_and_dead_after_12() {
        let mut pulse = Pulse::new(5_000, 12_000);
        pulse.heard(1_000);
        assert_eq!((pulse.wake(), pulse.beat(5_999)), (6_000, Beat::Fine));
        assert_eq!((pulse.beat(6_000), pulse.wake()), (Beat::Ping, 11_000));
        assert_eq!((pulse.beat(11_000), pulse.wake()), (Beat::Ping, 13_000));
        assert_eq!(pulse.beat(13_000), Beat::Dead);
        pulse.heard(13_000);
        assert_eq!((pulse.beat(13_000), pulse.wake()), (Beat::Fine, 18_000));
    }

    #[test]
    fn a_host_that_always_talks_is_asked_where_its_logs_end_too() {
        let mut pulse = Pulse::new(5_000, 12_000);
        let pings = (0..100).filter(|second| {
            pulse.heard(second * 1_000);
            pulse.beat(second * 1_000) == Beat::Ping
        });
        assert_eq!(pings.collect::<Vec<_>>(), [30, 60, 90]);
    }
}
