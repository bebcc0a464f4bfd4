//! How long to wait before the next try: full jitter, so that the members of a room that came back do not all knock
//! at once. Randomness is an argument.

use std::time::Duration;

/// After this many tries in vain the longest wait is reached.
const SLOW_ATTEMPT: u32 = 5;

/// Waits between tries. (Rejected: the backoff crate of our list, which only adds jitter on top of a full wait.)
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    most: Duration,
    attempt: u32,
}

impl Backoff {
    /// Waits that start with `first` and end with `most`.
    pub fn new(first: Duration, most: Duration) -> Backoff {
        Backoff {
            first,
            most,
            attempt: 0,
        }
    }

    /// The wait before the next try: anything from nothing to `first * 2^tries`, at most `most`.
    pub fn next(&mut self, random: u32) -> Duration {
        let limit = self
            .first
            .saturating_mul(1 << self.attempt.min(20))
            .min(self.most);
        self.attempt = self.attempt.saturating_add(1);
        limit.mul_f64(f64::from(random) / f64::from(u32::MAX))
    }

    /// The wait when the host asked for time: from half of the longest wait on.
    pub fn next_slow(&mut self, random: u32) -> Duration {
        self.attempt = self.attempt.max(SLOW_ATTEMPT);
        self.most / 2 + self.next(random) / 2
    }

    /// A fresh start: the network changed, or the connection held.
    pub fn reset(&mut self) {
        self.attempt = 0;
    }

    /// Whether the last try was in vain.
    pub fn is_fresh(&self) -> bool {
        self.attempt == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn backoff() -> Backoff {
        Backoff::new(Duration::from_millis(250), Duration::from_secs(5))
    }

    #[test]
    fn the_limit_doubles_from_a_quarter_second_to_five() {
        let mut backoff = backoff();
        let longest: Vec<u128> = (0..7).map(|_| backoff.next(u32::MAX).as_millis()).collect();
        assert_eq!(longest, [250, 500, 1000, 2000, 4000, 5000, 5000]);
        backoff.reset();
        assert_eq!(backoff.next(u32::MAX).as_millis(), 250);
    }

    proptest! {
        #[test]
        fn no_wait_is_over_the_limit_and_a_busy_host_gets_half_of_it(tries in 0u32..200, random: u32) {
            let mut backoff = backoff();
            for _ in 0..tries {
                prop_assert!(backoff.next(random) <= Duration::from_secs(5));
            }
            let slow = backoff.next_slow(random);
            prop_assert!(slow >= Duration::from_millis(2500) && slow <= Duration::from_secs(5));
        }
    }
}
