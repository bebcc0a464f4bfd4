//! What a person or a program gets to read.

use std::io::{self, IsTerminal, stdout};

use crate::output::{line, notice, plain};

use super::Act;

/// How things are shown.
pub(super) struct Shown {
    /// Frames as they came, one a line, for programs.
    pub(super) json: bool,
    /// A person typed my messages on this very screen: they are not printed again.
    pub(super) typed_here: bool,
}

impl Shown {
    pub(super) fn frame(&self, frame: &str) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        let frame = on_one_line(frame);
        // A program gets what came; a terminal would obey what is hidden in it.
        if stdout().is_terminal() {
            line(&plain(&frame))
        } else {
            line(&frame)
        }
    }

    pub(super) fn act(&self, act: &Act) -> io::Result<()> {
        match act {
            Act::Mine { .. } if self.typed_here => Ok(()),
            Act::Said { name, text } | Act::Mine { name, text } => {
                line(&format!("{}> {}", plain(name), plain(text)))
            }
            Act::Line(text) => line(&plain(text)),
            Act::Tell(words) => {
                notice(&plain(words));
                Ok(())
            }
            Act::Send(_) => Ok(()),
        }
    }
}

/// A frame is unchanged unless it has line breaks: JSON takes a space in place of one, bare text `\n`.
fn on_one_line(frame: &str) -> String {
    let is_json = || serde_json::from_str::<serde_json::Value>(frame).is_ok();
    if !frame.contains(['\n', '\r']) {
        frame.to_owned()
    } else if is_json() {
        frame.replace(['\n', '\r'], " ")
    } else {
        frame.replace('\n', "\\n").replace('\r', "\\r")
    }
}

#[cfg(test)]
mod tests {
    use super::on_one_line;

    #[test]
    fn a_frame_is_one_line_and_otherwise_unchanged() {
        for frame in ["You wrote: a  b", "{\"b\":1, \"a\" : 2}", ""] {
            assert_eq!(on_one_line(frame), frame);
        }
        assert_eq!(on_one_line("{\n\"a\":\r\n1}"), "{ \"a\":  1}");
        assert_eq!(on_one_line("x says: a\r\nb"), "x says: a\\r\\nb");
    }
}
