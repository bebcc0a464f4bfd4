//! How often: messages per person, newcomers per address, frames per session.

use std::collections::{HashSet, VecDeque};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use landline_protocol::UserId;
use landline_protocol::limits::{
    MESSAGES_BURST, MESSAGES_PER_SECOND, QUESTIONS_BURST, QUESTIONS_PER_SECOND, SEARCHES_BURST,
    SEARCHES_PER_SECOND,
};

use crate::limits::{
    FRAMES_BURST, FRAMES_PER_SECOND, NEWCOMER_EVERY, NEWCOMERS_BURST, REGULARS_MAX,
};

/// The rates of one server.
pub(crate) struct Rates {
    /// Absent with `--rate-limit off`.
    limiters: Option<Limiters>,
    clock: DefaultClock,
}

struct Limiters {
    messages: DefaultKeyedRateLimiter<UserId>,
    questions: DefaultKeyedRateLimiter<UserId>,
    newcomers: DefaultKeyedRateLimiter<IpAddr>,
    searches: DefaultKeyedRateLimiter<Seeker>,
    regulars: Mutex<Regulars>,
}

/// Who looks for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Seeker {
    /// Somebody in the room.
    Person(UserId),
    /// Somebody over HTTP.
    Address(IpAddr),
}

/// Who has been let in lately. Bounded; the oldest goes.
#[derive(Default)]
struct Regulars {
    known: HashSet<(IpAddr, UserId)>,
    order: VecDeque<(IpAddr, UserId)>,
}

fn quota(burst: u32, per_second: u32) -> Quota {
    let [burst, per_second] =
        [burst, per_second].map(|n| NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN));
    Quota::per_second(per_second).allow_burst(burst)
}

impl Rates {
    pub(crate) fn new(is_limiting: bool) -> Rates {
        let newcomers = Quota::with_period(NEWCOMER_EVERY)
            .expect("the period is not zero")
            .allow_burst(NonZeroU32::new(NEWCOMERS_BURST).unwrap_or(NonZeroU32::MIN));
        let limiters = is_limiting.then(|| Limiters {
            messages: RateLimiter::keyed(quota(MESSAGES_BURST, MESSAGES_PER_SECOND)),
            questions: RateLimiter::keyed(quota(QUESTIONS_BURST, QUESTIONS_PER_SECOND)),
            newcomers: RateLimiter::keyed(newcomers),
            searches: RateLimiter::keyed(quota(SEARCHES_BURST, SEARCHES_PER_SECOND)),
            regulars: Mutex::default(),
        });
        Rates {
            limiters,
            clock: DefaultClock::default(),
        }
    }

    pub(crate) fn is_limiting(&self) -> bool {
        self.limiters.is_some()
    }

    /// One more message of `user`.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn message(&self, user: UserId) -> Result<(), Duration> {
        self.check(user, |limiters| &limiters.messages)
    }

    /// One more question of `user` whose answer costs more than its frame.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn question(&self, user: UserId) -> Result<(), Duration> {
        self.check(user, |limiters| &limiters.questions)
    }

    fn check(
        &self,
        user: UserId,
        which: impl FnOnce(&Limiters) -> &DefaultKeyedRateLimiter<UserId>,
    ) -> Result<(), Duration> {
        let Some(limiters) = &self.limiters else {
            return Ok(());
        };
        which(limiters)
            .check_key(&user)
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// One more search.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn search(&self, seeker: Seeker) -> Result<(), Duration> {
        let Some(limiters) = &self.limiters else {
            return Ok(());
        };
        limiters
            .searches
            .check_key(&seeker)
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()))
    }

    /// Somebody says hello. Who has been here before from the same address is not counted: a flapping network must not
    /// lock its people out.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn hello(&self, address: IpAddr, user: UserId) -> Result<(), Duration> {
        let Some(limiters) = &self.limiters else {
            return Ok(());
        };
        let address = address.to_canonical();
        let mut regulars = limiters
            .regulars
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if regulars.known.contains(&(address, user)) {
            return Ok(());
        }
        limiters
            .newcomers
            .check_key(&address)
            .map_err(|not_until| not_until.wait_time_from(self.clock.now()))?;
        regulars.known.insert((address, user));
        regulars.order.push_back((address, user));
        if regulars.order.len() > REGULARS_MAX
            && let Some(oldest) = regulars.order.pop_front()
        {
            regulars.known.remove(&oldest);
        }
        Ok(())
    }

    /// Forgets who has been quiet; called on a timer.
    pub(crate) fn forget_the_quiet(&self) {
        if let Some(limiters) = &self.limiters {
            limiters.messages.retain_recent();
            limiters.questions.retain_recent();
            limiters.newcomers.retain_recent();
            limiters.searches.retain_recent();
        }
    }

    /// A session's own limit on frames of any kind.
    pub(crate) fn frames(&self) -> Frames {
        let limiter = self
            .is_limiting()
            .then(|| RateLimiter::direct(quota(FRAMES_BURST, FRAMES_PER_SECOND)));
        Frames {
            limiter,
            clock: self.clock.clone(),
        }
    }
}

/// See [`Rates::frames`].
pub(crate) struct Frames {
    limiter: Option<DefaultDirectRateLimiter>,
    clock: DefaultClock,
}

impl Frames {
    /// One more frame; how long to stop reading after it.
    pub(crate) fn one_more(&self) -> Option<Duration> {
        let limiter = self.limiter.as_ref()?;
        limiter
            .check()
            .err()
            .map(|not_until| not_until.wait_time_from(self.clock.now()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_says_ten_at_once_and_then_waits() {
        let rates = Rates::new(true);
        let (ana, bo) = (
            UserId(uuid::Uuid::from_u128(1)),
            UserId(uuid::Uuid::from_u128(2)),
        );
        assert!((0..MESSAGES_BURST).all(|_| rates.message(ana).is_ok()));
        assert!(
            rates
                .message(ana)
                .is_err_and(|wait| wait <= Duration::from_millis(500))
        );
        assert!(
            rates.message(bo).is_ok(),
            "another person has their own measure"
        );
        assert!((0..1_000).all(|_| Rates::new(false).message(ana).is_ok()));
    }

    #[test]
    fn a_person_and_an_address_search_so_often() {
        let rates = Rates::new(true);
        let ana = Seeker::Person(UserId(uuid::Uuid::from_u128(1)));
        let address = Seeker::Address(IpAddr::from([10, 0, 0, 1]));
        for seeker in [ana, address] {
            assert!((0..SEARCHES_BURST).all(|_| rates.search(seeker).is_ok()));
            assert!(
                rates
                    .search(seeker)
                    .is_err_and(|wait| wait <= Duration::from_millis(200))
            );
        }
        assert!((0..1_000).all(|_| Rates::new(false).search(ana).is_ok()));
    }

    #[test]
    fn an_address_brings_32_newcomers_and_regulars_are_not_counted() {
        let rates = Rates::new(true);
        let address = IpAddr::from([10, 0, 0, 1]);
        let person = |n: u32| UserId(uuid::Uuid::from_u128(u128::from(n) + 1));
        assert!((0..NEWCOMERS_BURST).all(|n| rates.hello(address, person(n)).is_ok()));
        assert!(rates.hello(address, person(99)).is_err());
        assert!(
            (0..1_000).all(|_| rates.hello(address, person(3)).is_ok()),
            "coming back is free"
        );
        assert!(rates.hello(IpAddr::from([10, 0, 0, 2]), person(99)).is_ok());
    }
}
