//! How often a person may do what: so many frames in any 60 seconds, over all their connections and reconnects.

use std::collections::{HashMap, VecDeque};

use landline_protocol::{Timestamp, UserId};

use super::reading::Kind;

/// The window, in milliseconds.
const WINDOW_MS: i64 = 60_000;
/// `MSG` frames of a person in a window.
pub(crate) const MSG_MAX: usize = 60;
/// `TYPING` frames of a person in a window.
pub(crate) const TYPING_MAX: usize = 10;
/// `PING` frames of a person in a window.
pub(crate) const PING_MAX: usize = 30;

/// When people sent what is limited.
pub(crate) struct Rates {
    is_limiting: bool,
    sent: HashMap<UserId, [VecDeque<Timestamp>; 3]>,
}

impl Rates {
    pub(crate) fn new(is_limiting: bool) -> Rates {
        Rates {
            is_limiting,
            sent: HashMap::new(),
        }
    }

    /// One more frame, right or wrong.
    ///
    /// # Errors
    /// How many milliseconds to wait; such a frame does not count.
    pub(crate) fn one_more(&mut self, user: UserId, kind: Kind, now: Timestamp) -> Result<(), u64> {
        let (index, most) = match kind {
            Kind::Msg => (0, MSG_MAX),
            Kind::Typing => (1, TYPING_MAX),
            Kind::Ping => (2, PING_MAX),
            Kind::Hello | Kind::OpenChat | Kind::MsgAck | Kind::Pong => return Ok(()),
        };
        if !self.is_limiting {
            return Ok(());
        }
        let sent = &mut self.sent.entry(user).or_default()[index];
        // A clock that was set back must not lock anybody out.
        sent.retain(|at| (at.0..at.0 + WINDOW_MS).contains(&now.0));
        match sent.front() {
            Some(first) if sent.len() >= most => Err(u64::try_from(first.0 + WINDOW_MS - now.0)
                .unwrap_or_default()
                .max(1)),
            _ => {
                sent.push_back(now);
                Ok(())
            }
        }
    }

    /// Forgets who has been quiet for a window.
    pub(crate) fn forget_the_quiet(&mut self, now: Timestamp) {
        let is_recent =
            |sent: &VecDeque<Timestamp>| sent.back().is_some_and(|last| last.0 + WINDOW_MS > now.0);
        self.sent.retain(|_, kinds| kinds.iter().any(is_recent));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u128) -> UserId {
        UserId(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_person_has_60_messages_10_typings_and_30_pings_in_any_minute() {
        for (kind, most) in [(Kind::Msg, 60), (Kind::Typing, 10), (Kind::Ping, 30)] {
            let mut rates = Rates::new(true);
            for n in 0..most {
                assert_eq!(rates.one_more(user(1), kind, Timestamp(n * 100)), Ok(()));
            }
            let now = most * 100;
            let wait = u64::try_from(60_000 - now).expect("positive");
            assert_eq!(rates.one_more(user(1), kind, Timestamp(now)), Err(wait));
            assert_eq!(
                rates.one_more(user(2), kind, Timestamp(now)),
                Ok(()),
                "others have their own"
            );
            assert_eq!(rates.one_more(user(1), kind, Timestamp(59_999)), Err(1));
            assert_eq!(
                rates.one_more(user(1), kind, Timestamp(60_000)),
                Ok(()),
                "the refused did not count"
            );
            assert_eq!(
                rates.one_more(user(1), kind, Timestamp(60_000)),
                Err(100),
                "the window slides"
            );
            rates.forget_the_quiet(Timestamp(60_000));
            assert_eq!(rates.one_more(user(1), kind, Timestamp(60_001)), Err(99));
            rates.forget_the_quiet(Timestamp(130_000));
            assert!(rates.sent.is_empty());
        }
    }

    #[test]
    fn the_others_are_free_and_so_is_everything_without_limits() {
        let mut rates = Rates::new(true);
        for kind in [Kind::Hello, Kind::OpenChat, Kind::MsgAck, Kind::Pong] {
            assert!((0..200).all(|_| rates.one_more(user(1), kind, Timestamp(0)).is_ok()));
        }
        let mut rates = Rates::new(false);
        assert!((0..200).all(|_| rates.one_more(user(1), Kind::Msg, Timestamp(0)).is_ok()));
    }
}
