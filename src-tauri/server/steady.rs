//! A clock that never goes back and never stands still, made of one that people and programs set.
//!
//! What waits for a moment (a broken disk that is tried again, changes that are gathered, a message that disappears) would
//! wait for a day when the system's clock is set back by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use landline_hub::ports::Clock;
use landline_protocol::Timestamp;
use tokio::time::Instant;

/// Goes on from where `clock` is, at the pace of the machine. Follows it forward (also over a sleep of the machine), never
/// back: until it has caught up, or the room starts again.
pub(crate) fn steady(clock: Clock) -> Clock {
    let began = Instant::now();
    let ahead_by = AtomicI64::new(i64::MIN);
    Arc::new(move || {
        let passed = i64::try_from(began.elapsed().as_millis()).unwrap_or(i64::MAX);
        let now_ahead_by = clock().0 - passed;
        let most = ahead_by.fetch_max(now_ahead_by, Ordering::Relaxed);
        Timestamp(passed + most.max(now_ahead_by))
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_is_set_back_goes_on_and_one_that_is_set_forward_is_followed() {
        let wall = Arc::new(AtomicI64::new(10_000));
        let set = wall.clone();
        let clock = steady(Arc::new(move || Timestamp(wall.load(Ordering::Relaxed))));
        assert_eq!(clock(), Timestamp(10_000));
        set.store(1_000, Ordering::Relaxed);
        tokio::time::advance(Duration::from_millis(50)).await;
        assert_eq!(clock(), Timestamp(10_050), "set back: it goes on");
        set.store(90_000, Ordering::Relaxed);
        assert_eq!(clock(), Timestamp(90_000), "set forward: it follows");
        set.store(10_200, Ordering::Relaxed);
        tokio::time::advance(Duration::from_millis(100)).await;
        assert_eq!(clock(), Timestamp(90_100));
    }
}
