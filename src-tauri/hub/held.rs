//! The promise that an author's order survives a passing refusal: after one message of a session was put off, all later
//! ones are put off too until that one comes again (`retry_from` on the wire). Otherwise the message behind it, already
//! under way, would overtake it.

use landline_protocol::{Code, MessageId, Timestamp};

/// A client that never sends the message again is let go on after this long, in milliseconds.
pub const HELD_FOR_MS: i64 = 10_000;

/// What one session has to send first.
#[derive(Debug, Clone, Default)]
pub struct Held(Option<First>);

#[derive(Debug, Clone)]
struct First {
    message_id: MessageId,
    code: Code,
    until: Timestamp,
    /// It was on its way to the disk, and came back.
    came_back: bool,
}

impl Held {
    /// The message that must come before `message_id`, and why it was put off.
    pub fn blocks(&self, message_id: &MessageId, now: Timestamp) -> Option<(&MessageId, Code)> {
        let first = self.0.as_ref()?;
        let is_blocked = first.message_id != *message_id && now < first.until;
        is_blocked.then_some((&first.message_id, first.code))
    }

    /// `message_id` was put off for `wait_ms`. One that is put off already stays the first.
    pub fn hold(&mut self, message_id: &MessageId, code: Code, wait_ms: i64, now: Timestamp) {
        if self.blocks(message_id, now).is_none() {
            let is_same = |first: &First| first.message_id == *message_id;
            let came_back = self
                .0
                .as_ref()
                .is_some_and(|first| is_same(first) && first.came_back);
            self.set(message_id, code, wait_ms, now, came_back);
        }
    }

    /// `message_id` was taken, and the disk gave it back: it was before all that was put off meanwhile, so it becomes the
    /// first. Of several that come back the first one stays it.
    pub fn give_back(&mut self, message_id: &MessageId, code: Code, wait_ms: i64, now: Timestamp) {
        let is_behind = self.0.as_ref().is_some_and(|first| first.came_back)
            && self.blocks(message_id, now).is_some();
        if !is_behind {
            self.set(message_id, code, wait_ms, now, true);
        }
    }

    fn set(
        &mut self,
        message_id: &MessageId,
        code: Code,
        wait_ms: i64,
        now: Timestamp,
        came_back: bool,
    ) {
        self.0 = Some(First {
            message_id: message_id.clone(),
            code,
            until: Timestamp(now.0 + wait_ms + HELD_FOR_MS),
            came_back,
        });
    }

    /// The message came and was taken.
    pub fn release(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_refusal_the_order_is_kept_but_not_for_ever() {
        let [one, two] = ["one", "two"].map(|id| id.parse::<MessageId>().unwrap());
        let mut held = Held::default();
        assert!(held.blocks(&two, Timestamp(0)).is_none());
        held.hold(&one, Code::RateLimited, 300, Timestamp(0));
        held.hold(&two, Code::RateLimited, 300, Timestamp(1));
        assert_eq!(
            held.blocks(&two, Timestamp(2)),
            Some((&one, Code::RateLimited))
        );
        assert!(
            held.blocks(&one, Timestamp(2)).is_none(),
            "the first itself may come"
        );
        assert!(held.blocks(&two, Timestamp(300 + HELD_FOR_MS)).is_none());
        held.release();
        assert!(held.blocks(&two, Timestamp(3)).is_none());
    }
}
