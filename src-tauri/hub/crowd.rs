//! When people are too many to be told of each other by name: a room, or a topic, of a hundred tells everybody of everybody; a
//! larger one tells how many there are, and names on demand. Otherwise a thousand comings are a million names (decision
//! 023).

use landline_protocol::limits::NAMED_MAX;

use crate::limits::{CROWD_ENDS, GATHER_MAX_MS, GATHER_MS};

/// Whether people are too many. It does not flap: it begins above one number and ends below another.
#[derive(Debug, Default)]
pub(crate) struct Crowd {
    is: bool,
    /// Those who are here have not been told yet that it began or ended.
    turned: bool,
}

impl Crowd {
    pub(crate) fn is(&self) -> bool {
        self.is
    }

    /// Somebody came. It begins at once, so that no newcomer is told of everybody.
    pub(crate) fn grew(&mut self, people: usize) {
        self.grew_above(people, NAMED_MAX);
    }

    pub(crate) fn grew_above(&mut self, people: usize, max: usize) {
        if !self.is && people > max {
            self.is = true;
            self.turned = true;
        }
    }

    /// It is time to tell: whether all has to be told anew. It ends only now, so that everybody learns it together.
    pub(crate) fn settle(&mut self, people: usize) -> bool {
        self.settle_below(people, CROWD_ENDS)
    }

    pub(crate) fn settle_below(&mut self, people: usize, ends: usize) -> bool {
        if self.is && people <= ends {
            self.is = false;
            self.turned = true;
        }
        std::mem::take(&mut self.turned)
    }

    /// How long changes are gathered. In a crowd as many milliseconds as there are people, so that what each of them is
    /// told in a second does not grow with their number.
    pub(crate) fn gather_ms(&self, people: usize) -> i64 {
        if self.is {
            i64::try_from(people)
                .unwrap_or(i64::MAX)
                .clamp(GATHER_MS, GATHER_MAX_MS)
        } else {
            GATHER_MS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_above_one_number_and_ends_at_another() {
        let mut crowd = Crowd::default();
        crowd.grew(NAMED_MAX);
        assert!(!crowd.is() && !crowd.settle(NAMED_MAX));
        crowd.grew(NAMED_MAX + 1);
        assert!(crowd.is() && crowd.settle(NAMED_MAX) && crowd.is());
        assert!(!crowd.settle(CROWD_ENDS + 1), "told once");
        assert!(crowd.settle(CROWD_ENDS) && !crowd.is());
    }

    #[test]
    fn who_came_and_went_before_anybody_was_told_is_told_all_the_same() {
        let mut crowd = Crowd::default();
        crowd.grew(NAMED_MAX + 1);
        assert!(
            crowd.settle(1) && !crowd.is(),
            "a newcomer was told of a crowd"
        );
    }

    #[test]
    fn the_more_people_the_longer_changes_are_gathered() {
        let mut crowd = Crowd::default();
        assert_eq!(crowd.gather_ms(NAMED_MAX), GATHER_MS);
        crowd.grew(NAMED_MAX + 1);
        assert_eq!(crowd.gather_ms(500), 500);
        assert_eq!(crowd.gather_ms(100_000), GATHER_MAX_MS);
    }
}
