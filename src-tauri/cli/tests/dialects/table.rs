//! What a case is, and what it needs of a room.

use std::future::Future;
use std::pin::Pin;

use crate::support::room::{Room, Source};

/// One line of the table.
pub(crate) struct Case {
    /// Part, number and what it shows: `plain_01_client_ids_from_rest`.
    pub(crate) name: &'static str,
    pub(crate) setup: Setup,
    pub(crate) run: fn(Room) -> Pin<Box<dyn Future<Output = ()>>>,
}

impl Case {
    /// The part of the contract it belongs to: a dialect, or a chapter that is about all of them.
    pub(crate) fn part(&self) -> &'static str {
        self.name.split('_').next().expect("a name has a part")
    }

    /// Whether it is an acceptance case of dialects.md: those carry the number they have there.
    pub(crate) fn is_acceptance(&self) -> bool {
        let number = self.name.split('_').nth(1).unwrap_or_default();
        number.len() == 2 && number.bytes().all(|letter| letter.is_ascii_digit())
    }

    /// Why it cannot run against this source, if so.
    pub(crate) fn unfit(&self, source: &Source) -> Option<&'static str> {
        match source {
            Source::Target(_) => self.setup.own,
            Source::Binary(_) => None,
        }
    }
}

/// The origin of a page that is served elsewhere and listed.
pub(crate) const PAGE: &str = "http://localhost:3000";

/// The room a case needs.
#[derive(Clone, Copy)]
pub(crate) struct Setup {
    /// Further arguments of `serve`.
    pub(crate) arguments: &'static [&'static str],
    /// Why it has to be a room of its own, if so.
    own: Option<&'static str>,
}

impl Setup {
    /// Any open room without rates; a target has to be one.
    pub(crate) const ANY: Setup = Setup {
        arguments: &["--rate-limit", "off"],
        own: None,
    };
    /// A room with a page of another origin on its list; a target has to be one.
    pub(crate) const LISTED: Setup = Setup {
        arguments: &["--rate-limit", "off", "--allow-origin", PAGE],
        own: None,
    };
    /// A room that nobody has been in.
    pub(crate) const FRESH: Setup = Setup {
        arguments: &["--rate-limit", "off"],
        own: Some("needs a room nobody has been in, or its process"),
    };
    /// A room with rates and counts per address.
    pub(crate) const RATES: Setup = Setup {
        arguments: &[],
        own: Some("needs a room with rates"),
    };

    /// A room with these arguments and no others.
    pub(crate) const fn with(arguments: &'static [&'static str]) -> Setup {
        Setup {
            arguments,
            own: Some("needs options of its own"),
        }
    }
}

/// Rows of the table: the name, the room, and the function that is the case.
macro_rules! cases {
    ($($name:literal, $setup:expr, $run:path;)*) => {
        pub(crate) const CASES: &[$crate::table::Case] = &[
            $($crate::table::Case { name: $name, setup: $setup, run: |room| Box::pin($run(room)) },)*
        ];
    };
}
pub(crate) use cases;
