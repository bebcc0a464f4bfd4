//! Whose name is whose: no frame goes out under a name that another live connection holds.

use std::collections::HashMap;

use landline_protocol::{DisplayName, UserId};

/// The names in use. A connection holds that of its first `connected` and that of its latest, so that what it holds is
/// bounded.
#[derive(Default)]
pub(super) struct Names {
    holders: HashMap<String, Holder>,
    held: HashMap<UserId, Held>,
}

struct Holder {
    who: UserId,
    /// As foreigners' names are compared with it.
    shown: String,
}

struct Held {
    first: String,
    latest: Option<String>,
    is_leaving: bool,
}

fn shown(name: &str) -> String {
    DisplayName::lenient(name).as_str().to_lowercase()
}

impl Names {
    /// Whether somebody else holds this name.
    pub(super) fn is_of_another(&self, name: &str, me: UserId) -> bool {
        self.holders
            .get(name)
            .is_some_and(|holder| holder.who != me)
    }

    /// Holds a name that nobody else does.
    pub(super) fn hold(&mut self, name: &str, me: UserId) {
        let holder = Holder {
            who: me,
            shown: shown(name),
        };
        self.holders.insert(name.to_owned(), holder);
        let Some(held) = self.held.get_mut(&me) else {
            let held = Held {
                first: name.to_owned(),
                latest: None,
                is_leaving: false,
            };
            self.held.insert(me, held);
            return;
        };
        let before = held.latest.replace(name.to_owned());
        if let Some(before) = before
            && before != name
            && before != held.first
        {
            self.holders.remove(&before);
        }
    }

    /// Somebody says goodbye: what they hold is free once that is told. Not sooner, or the goodbye might come after the
    /// hello of whoever takes the name.
    pub(super) fn leave(&mut self, me: UserId) {
        if let Some(held) = self.held.get_mut(&me) {
            held.is_leaving = true;
        }
    }

    /// A goodbye was told, or can no longer be overtaken.
    pub(super) fn has_left(&mut self, me: UserId) {
        if self.held.get(&me).is_some_and(|held| held.is_leaving) {
            self.let_go(me);
        }
    }

    /// Lets go of all that one holds.
    pub(super) fn let_go(&mut self, me: UserId) {
        if let Some(held) = self.held.remove(&me) {
            self.holders.remove(&held.first);
            held.latest.map(|latest| self.holders.remove(&latest));
        }
    }

    /// Whether a native bears this name, however it is written.
    pub(super) fn bear(&self, name: &DisplayName) -> bool {
        let name = name.as_str().to_lowercase();
        self.holders.values().any(|holder| holder.shown == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_connections_until_it_lets_go() {
        let (one, other) = (UserId::fresh(), UserId::fresh());
        let mut names = Names::default();
        names.hold("alice", one);
        assert!(names.is_of_another("alice", other));
        assert!(!names.is_of_another("alice", one));
        assert!(!names.is_of_another("Alice", other), "the match is exact");
        assert!(
            names.bear(&DisplayName::lenient("ALICE")),
            "for foreigners it is not"
        );
        names.let_go(other);
        assert!(names.is_of_another("alice", other));
        names.let_go(one);
        assert!(!names.is_of_another("alice", other));
        assert!(!names.bear(&DisplayName::lenient("alice")));
    }

    #[test]
    fn a_goodbye_frees_a_name_once_and_takes_none_that_is_held_again() {
        let (one, other) = (UserId::fresh(), UserId::fresh());
        let mut names = Names::default();
        names.hold("alice", one);
        names.has_left(one);
        assert!(names.is_of_another("alice", other), "nobody said goodbye");
        names.leave(one);
        assert!(names.is_of_another("alice", other), "nobody heard it");
        names.has_left(one);
        assert!(!names.is_of_another("alice", other));
        names.hold("alice", one);
        names.has_left(one);
        assert!(names.is_of_another("alice", other));
    }

    #[test]
    fn many_names_of_one_connection_leave_two() {
        let (one, other) = (UserId::fresh(), UserId::fresh());
        let mut names = Names::default();
        for number in 0..1_000 {
            names.hold(&number.to_string(), one);
            names.hold(&number.to_string(), one);
        }
        let of_another = |names: &Names, name: &str| names.is_of_another(name, other);
        assert!(of_another(&names, "0") && of_another(&names, "999"));
        assert_eq!(names.holders.len(), 2);
        names.hold("0", one);
        assert!(of_another(&names, "0") && !of_another(&names, "999"));
        names.hold("x", one);
        assert!(of_another(&names, "0"), "the first stays");
        names.let_go(one);
        assert!(names.holders.is_empty() && names.held.is_empty());
    }
}
