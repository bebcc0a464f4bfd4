//! `plain`: bare text.

use super::{Dialect, Seen, To, Who, unknown};

pub(crate) struct Plain;

impl Dialect for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn path(&self, who: &Who) -> String {
        format!("/ws/{}", who.id)
    }

    fn opening(&self, _: &Who, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn is_silent(&self) -> bool {
        true
    }

    fn says(&self, _: &Who, _: To<'_>, text: &str) -> Vec<String> {
        vec![text.to_owned()]
    }

    fn read(&self, me: &Who, frame: &str) -> Seen {
        if let Some(text) = frame.strip_prefix("You wrote: ") {
            return Seen::Said(me.name.clone(), text.to_owned());
        }
        if let Some((name, text)) = frame.split_once(" says: ") {
            return Seen::Said(name.to_owned(), text.to_owned());
        }
        match frame.strip_suffix(" left the chat") {
            Some(name) => Seen::Went(name.to_owned()),
            None => unknown("plain", frame),
        }
    }
}
