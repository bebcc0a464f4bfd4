//! After the end of a session or a try: again at once, after a wait, or not until the person does something.

use std::time::Duration;

use landline_protocol::bridge::{Connection, RefuseReason, WaitReason};

use super::{NETWORK_EVERY_MS, Phase, Task};
use crate::address::Address;
use crate::effect::Effect;
use crate::ending::{Ending, Next, Past, after};
use crate::{Event, Millis};

/// A session that held this long was a good one: the next wait is short again.
const STABLE_AFTER_MS: Millis = 5_000;

impl Task {
    /// The session or the try is over.
    pub(super) async fn end(&mut self, ending: Ending) {
        let now = self.now();
        let lasted = match &self.phase {
            Phase::Open { since, .. } => now - since,
            _ => 0,
        };
        self.phase = Phase::Stopped {
            wrong_address: false,
        };
        self.restart = None;
        if lasted >= STABLE_AFTER_MS {
            self.backoff.reset();
        }
        let mut out = Vec::new();
        let past = Past {
            was_in: self.was_in,
            has_network: !self.networks.is_empty() || self.addrs.iter().any(is_loopback),
            last_refusal: self
                .engine
                .as_ref()
                .and_then(|(engine, _)| engine.last_refusal()),
        };
        let next = after(ending, past);
        if let Some((engine, _)) = &mut self.engine {
            engine.closed(&mut out);
        }
        self.apply(out, now);
        self.follow(next, now).await;
    }

    async fn follow(&mut self, next: Next, now: Millis) {
        let random = getrandom::u32().unwrap_or(u32::MAX);
        match next {
            Next::AtOnce if self.backoff.is_fresh() => {
                self.backoff.next(random);
                self.connect().await;
            }
            Next::AtOnce => {
                let wait = self.backoff.next(random);
                self.wait(WaitReason::Busy, String::new(), wait, now);
            }
            Next::Wait {
                reason,
                detail,
                slow,
            } => {
                let wait = if slow {
                    self.backoff.next_slow(random)
                } else {
                    self.backoff.next(random)
                };
                self.wait(reason, detail, wait, now);
            }
            Next::Stop(connection) => self.stop(connection, now),
        }
    }

    fn wait(&mut self, reason: WaitReason, detail: String, wait: Duration, now: Millis) {
        let retry_in_ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        self.phase = Phase::Waiting {
            until: now + Millis::from(retry_in_ms),
            look_at: now + NETWORK_EVERY_MS,
        };
        let waiting = Connection::Waiting {
            reason,
            detail,
            retry_in_ms,
        };
        self.apply(vec![Effect::emit(Event::Connection(waiting))], now);
    }

    fn stop(&mut self, connection: Connection, now: Millis) {
        let wrong_address = matches!(
            &connection,
            Connection::Refused {
                reason: RefuseReason::NotLandline,
                ..
            }
        );
        self.phase = Phase::Stopped { wrong_address };
        self.apply(vec![Effect::emit(Event::Connection(connection))], now);
    }
}

fn is_loopback(address: &Address) -> bool {
    address.host() == "localhost" || address.ip().is_some_and(|(ip, _)| ip.is_loopback())
}
