//! The two shapes of the same frames, and how long a name or a text may be in each.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::html;

/// Which shape a connection speaks; its first frame says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Form {
    /// `{"type", "data": {…}}`, as the document says.
    Nested,
    /// The fields beside `type`, as the shipped client has it.
    Flat,
}

/// How long a text may be, in characters.
pub(crate) const CONTENT_CHARS: RangeInclusive<usize> = 1..=1_000;
/// How long a `message_id` may be, in characters.
pub(crate) const MESSAGE_ID_CHARS: RangeInclusive<usize> =
    1..=landline_protocol::limits::MESSAGE_ID_MAX_CHARS;
/// How much of a client's text an error repeats, in characters.
pub(crate) const REPEATED_CHARS: usize = 100;
/// What somebody is called of whose name nothing is left.
const NAMELESS: &str = "guest";

impl Form {
    /// How long a display name may be, in characters.
    pub(crate) const fn name_chars(self) -> RangeInclusive<usize> {
        match self {
            Form::Nested => 3..=50,
            Form::Flat => 1..=100,
        }
    }

    /// A name as a connection of this form is told it.
    pub(crate) fn name(self, name: &str) -> Cow<'_, str> {
        match (self, self.text(name)) {
            (Form::Nested, Cow::Owned(name)) if name.is_empty() => Cow::Borrowed(NAMELESS),
            (_, name) => name,
        }
    }

    /// A text as a connection of this form is told it: the flat client escapes, of the nested ones nobody knows.
    pub(crate) fn text(self, text: &str) -> Cow<'_, str> {
        match self {
            Form::Nested => html::strip(text),
            Form::Flat => Cow::Borrowed(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_nested_form_is_told_stripped_text() {
        assert_eq!(Form::Nested.text("<b>a</b>"), "a");
        assert_eq!(Form::Flat.text("<b>a</b>"), "<b>a</b>");
        assert_eq!(Form::Nested.name("<b></b>"), "guest");
        assert_eq!(Form::Flat.name("<b></b>"), "<b></b>");
    }
}
