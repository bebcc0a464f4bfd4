//! Where and when: epochs, positions, moments.

use std::fmt;
use std::str::FromStr;

use ts_rs::TS;

use super::{ValueError, as_text};

/// A place in one epoch of a chat's log; dense from 1, runs on across epochs.
pub type Seq = u64;

/// One life of a room's log: a counter and 128 random bits, so two lives never share a name. On the wire
/// `<counter>.<32 hexadecimal digits>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TS)]
#[ts(as = "String")]
pub struct Epoch {
    /// Rises by one at every start of the host.
    pub counter: u32,
    /// Random.
    pub tag: u128,
}

impl FromStr for Epoch {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const WRONG: ValueError =
            ValueError("epoch must be a number, a dot and 32 hexadecimal digits");
        let (counter, tag) = text.split_once('.').ok_or(WRONG)?;
        if tag.len() != 32 {
            return Err(WRONG);
        }
        Ok(Epoch {
            counter: counter.parse().map_err(|_| WRONG)?,
            tag: u128::from_str_radix(tag, 16).map_err(|_| WRONG)?,
        })
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:032x}", self.counter, self.tag)
    }
}

/// A place in a chat's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// The life of the log.
    pub epoch: Epoch,
    /// The place in it; 0 is before the first entry.
    pub seq: Seq,
}

/// A moment, in milliseconds since 1970 UTC. For show only: order is `seq`. On the wire RFC 3339 with milliseconds
/// and `Z`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, TS)]
#[ts(as = "String")]
pub struct Timestamp(pub i64);

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment =
            jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{moment:.3}")
    }
}

impl FromStr for Timestamp {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let moment: jiff::Timestamp = text
            .parse()
            .map_err(|_| ValueError("timestamp must be RFC 3339"))?;
        Ok(Timestamp(moment.as_millisecond()))
    }
}

as_text!(Epoch, Timestamp);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_and_time_survive_the_wire() {
        let epoch = Epoch {
            counter: 7,
            tag: 0xabc,
        };
        assert_eq!(epoch.to_string().parse(), Ok(epoch));
        assert_eq!(
            Timestamp(1_767_323_045_678).to_string(),
            "2026-01-02T03:04:05.678Z"
        );
        assert_eq!(
            "2026-01-02T03:04:05.678Z".parse(),
            Ok(Timestamp(1_767_323_045_678))
        );
        for text in ["", "7", "7.abc", "x.00000000000000000000000000000abc"] {
            assert!(text.parse::<Epoch>().is_err(), "{text}");
        }
    }
}
