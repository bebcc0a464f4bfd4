//! Keeps below the host's rate, so that a person who writes fast waits here, in order, instead of being refused there.
//! It outlives sessions because the host counts the person, not the connection.

use crate::Millis;

/// One message, in the unit of the bucket.
const MESSAGE: u64 = 1_000_000;

/// A bucket of messages that may go now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pacer {
    /// Absent: no limit.
    limit: Option<Limit>,
    filled: u64,
    at: Millis,
}

#[derive(Debug, Clone, Copy)]
struct Limit {
    capacity: u64,
    per_ms: u64,
}

impl Pacer {
    /// Takes the host's limits: four fifths of the burst and nine tenths of the rate, since the network bunches up
    /// what left evenly.
    pub(crate) fn hold_to(&mut self, burst: u32, per_second: u32, now: Millis) {
        let was_unlimited = self.limit.is_none();
        self.refill(now);
        self.limit = (per_second > 0).then(|| Limit {
            capacity: (u64::from(burst) * MESSAGE * 4 / 5).max(MESSAGE),
            per_ms: u64::from(per_second) * MESSAGE * 9 / 10 / 1_000,
        });
        if let Some(limit) = self.limit {
            self.filled = if was_unlimited {
                limit.capacity
            } else {
                self.filled.min(limit.capacity)
            };
        }
    }

    /// Whether a message may go now; counts it if so.
    pub(crate) fn take(&mut self, now: Millis) -> bool {
        self.refill(now);
        if self.limit.is_none() {
            return true;
        }
        let may = self.filled >= MESSAGE;
        if may {
            self.filled -= MESSAGE;
        }
        may
    }

    /// When the next message may go.
    pub(crate) fn wake(&self, now: Millis) -> Millis {
        match self.limit {
            Some(limit) if self.filled < MESSAGE => {
                self.at + (MESSAGE - self.filled).div_ceil(limit.per_ms)
            }
            _ => now,
        }
    }

    fn refill(&mut self, now: Millis) {
        let passed = now.saturating_sub(self.at);
        self.at = self.at.max(now);
        if let Some(limit) = self.limit {
            self.filled = limit.capacity.min(
                self.filled
                    .saturating_add(passed.saturating_mul(limit.per_ms)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn without_a_limit_everything_goes() {
        let mut pacer = Pacer::default();
        pacer.hold_to(0, 0, 0);
        assert!((0..10_000).all(|_| pacer.take(0)));
        assert_eq!(pacer.wake(7), 7);
    }

    proptest! {
        /// The host's own bucket (GCRA or token bucket of `burst` and `rate`) never runs dry.
        #[test]
        fn the_host_is_never_asked_for_more_than_it_allows(
            burst in 1u32..40, rate in 1u32..50, waits in prop::collection::vec(0u64..2_000, 1..400),
        ) {
            let mut pacer = Pacer::default();
            pacer.hold_to(burst, rate, 0);
            let (mut now, mut host, mut at) = (0, f64::from(burst), 0);
            for wait in waits {
                now += wait;
                while pacer.take(now) {
                    #[expect(clippy::cast_precision_loss, reason = "small numbers of a test")]
                    let passed = (now - at) as f64 / 1_000.0;
                    host = f64::from(burst).min(host + passed * f64::from(rate));
                    at = now;
                    host -= 1.0;
                    prop_assert!(host >= -1e-6, "the host would refuse at {now}");
                }
                prop_assert!(pacer.wake(now) > now, "told to wait, it says until when");
            }
        }
    }
}
