//! Standard output for programs, standard error for people. A reader that goes away is no error.

use std::io::{self, Write, stderr, stdout};

/// Prints one line and hands it over at once.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Words for a person.
pub(crate) fn notice(text: &str) {
    let _ = writeln!(stderr().lock(), "{text}");
}

/// Whether all that went wrong is that nobody reads our output any more.
pub(crate) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Somebody else's words on one line of a terminal: line breaks become a sign, and nothing in them moves the cursor,
/// colours the screen or turns the direction of what follows.
pub(crate) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let lines = text.lines().map(|line| {
        line.chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| {
                !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            })
    });
    for (number, line) in lines.enumerate() {
        if number > 0 {
            shown.push_str(" ⏎ ");
        }
        shown.extend(line);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_stays_on_its_line_and_rules_no_terminal() {
        assert_eq!(plain("a\nb\r\n\tc"), "a ⏎ b ⏎  c");
        assert_eq!(plain("\u{1b}[31mred\u{7}\u{202e}evil"), "[31mredevil");
        assert_eq!(plain("日本 👩‍🔬"), "日本 👩‍🔬");
    }

    #[test]
    fn only_a_closed_pipe_is_no_error() {
        let error = |kind| anyhow::Error::new(io::Error::from(kind));
        assert!(is_closed_pipe(&error(io::ErrorKind::BrokenPipe)));
        assert!(!is_closed_pipe(&error(io::ErrorKind::NotFound)));
    }
}
