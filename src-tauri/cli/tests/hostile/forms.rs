//! Every form of every dialect, and what the contract says of it that these tests ask.

use crate::people::activity::Activity;
use crate::people::fastchat::Fastchat;
use crate::people::landline::Landline;
use crate::people::pair::Pair;
use crate::people::plain::Plain;
use crate::people::topic::Topic;
use crate::people::{Dialect, To, Who};

/// Who hears whom.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Everybody in a topic, members of the desktop protocol too.
    Topic,
    /// The two of a private room.
    Two,
    /// The one whom it is written to.
    One,
}

/// A form of a dialect.
pub(crate) struct Form {
    pub(crate) dialect: &'static dyn Dialect,
    /// The topic that the member has to be in.
    pub(crate) place: &'static str,
    pub(crate) reach: Reach,
    /// The others are told when one goes.
    pub(crate) tells_going: bool,
    /// What a binary frame is closed with; `None` if the socket stays open.
    pub(crate) binary: Option<u16>,
    /// The longest text there is, in letters of four bytes each.
    pub(crate) longest: usize,
    /// How many messages a connection may send in a minute, where that is limited by refusals.
    pub(crate) a_minute: Option<usize>,
    make: fn(usize, &str) -> Who,
}

pub(crate) const MEMBER: &Landline = &Landline;

impl Form {
    /// Somebody of this form: an honest name, or a hostile one's with a number of its own.
    pub(crate) fn person(&self, number: usize, name: &str) -> Who {
        (self.make)(number, name)
    }

    /// The frames that bring a hostile one in, as near to the honest ones as it gets.
    pub(crate) fn opening(&self, who: &Who) -> Vec<String> {
        self.dialect.opening(who, self.place)
    }

    /// Whom a hostile one writes to.
    pub(crate) fn to<'a>(&'a self, victim: &'a Who) -> To<'a> {
        match self.reach {
            Reach::One => To::Person(victim),
            Reach::Topic | Reach::Two => To::Place(self.place),
        }
    }

    /// A text of full length that begins so.
    pub(crate) fn long(&self, start: &str) -> String {
        let rest = self.longest - start.len();
        format!("{start}{}", "😀".repeat(rest))
    }
}

fn named(_: usize, name: &str) -> Who {
    Who::new(name)
}

/// As the server writes it.
fn lowered(_: usize, name: &str) -> Who {
    Who::new(&name.to_lowercase())
}

fn numbered(number: usize, _: &str) -> Who {
    Who::numbered(number as u64)
}

/// 12,000 letters of four bytes are 48 KB, below the frame limit.
const LONG: usize = 12_000;

pub(crate) const PLAIN: Form = Form {
    dialect: &Plain,
    place: "lobby",
    reach: Reach::Topic,
    tells_going: true,
    binary: Some(1003),
    longest: LONG,
    a_minute: None,
    make: numbered,
};

pub(crate) const PAIR_JSON: Form = Form {
    dialect: &Pair::PublicJson,
    place: "public",
    make: named,
    ..PLAIN
};

pub(crate) const PAIR_TEXT: Form = Form {
    dialect: &Pair::PublicText,
    ..PAIR_JSON
};

pub(crate) const PRIVATE_JSON: Form = Form {
    dialect: &Pair::PrivateJson,
    reach: Reach::Two,
    ..PAIR_JSON
};

pub(crate) const PRIVATE_TEXT: Form = Form {
    dialect: &Pair::PrivateText,
    ..PRIVATE_JSON
};

pub(crate) const TYPED: Form = Form {
    dialect: &Topic::Typed,
    place: "den",
    reach: Reach::Topic,
    tells_going: false,
    binary: None,
    longest: 5_000,
    a_minute: Some(60),
    make: lowered,
};

pub(crate) const UNTYPED: Form = Form {
    dialect: &Topic::Untyped,
    ..TYPED
};

pub(crate) const ACTIVITY: Form = Form {
    dialect: &Activity,
    place: "lobby",
    reach: Reach::Topic,
    tells_going: true,
    binary: None,
    longest: LONG,
    a_minute: None,
    make: named,
};

pub(crate) const NESTED: Form = Form {
    dialect: &Fastchat::Nested,
    place: "lobby",
    reach: Reach::One,
    tells_going: false,
    binary: None,
    longest: 1_000,
    a_minute: Some(60),
    make: named,
};

pub(crate) const FLAT: Form = Form {
    dialect: &Fastchat::Flat,
    tells_going: true,
    ..NESTED
};
