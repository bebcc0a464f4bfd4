//! How often one connection may say something.

use std::collections::VecDeque;

use landline_protocol::Timestamp;

/// Messages that are taken from one connection …
pub(super) const MESSAGES_MAX: usize = 60;
/// … in any such stretch of time, in milliseconds.
const WINDOW_MS: i64 = 60_000;

/// When the latest of them were taken, oldest first.
#[derive(Default)]
pub(super) struct Pace {
    taken: VecDeque<Timestamp>,
}

impl Pace {
    /// Whether one more may be taken now; it counts then.
    pub(super) fn allows(&mut self, now: Timestamp) -> bool {
        // A clock that was set back must not silence anybody for longer than the window.
        let is_over = |at: &Timestamp| !(0..WINDOW_MS).contains(&(now.0 - at.0));
        while self.taken.front().is_some_and(is_over) {
            self.taken.pop_front();
        }
        let allows = self.taken.len() < MESSAGES_MAX;
        if allows {
            self.taken.push_back(now);
        }
        allows
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sixty_in_any_sixty_seconds() {
        let mut pace = Pace::default();
        for n in 0..60 {
            assert!(pace.allows(Timestamp(n * 100)));
        }
        assert!(!pace.allows(Timestamp(6_000)));
        assert!(!pace.allows(Timestamp(59_999)));
        assert!(
            pace.allows(Timestamp(60_000)),
            "the first one is out of sight"
        );
        assert!(!pace.allows(Timestamp(60_050)));
        assert!(pace.allows(Timestamp(60_100)), "and then the second");
        assert!(
            pace.allows(Timestamp(5)),
            "a clock that was set back does not matter"
        );
    }

    proptest! {
        /// Whatever the moments: never more than 60 in a window, and none refused that would have been the 60th or less.
        #[test]
        fn it_is_a_sliding_window(gaps in prop::collection::vec(0i64..3_000, 1..400)) {
            let (mut pace, mut now, mut taken) = (Pace::default(), 0, Vec::new());
            for gap in gaps {
                now += gap;
                let lately = taken.iter().filter(|at| now - **at < WINDOW_MS).count();
                prop_assert_eq!(pace.allows(Timestamp(now)), lately < MESSAGES_MAX);
                if lately < MESSAGES_MAX {
                    taken.push(now);
                }
            }
        }
    }
}
