//! Standard input of `join`, line by line: words to send, and the few commands.

use std::io::{BufRead, IsTerminal, stdin};

use tokio::sync::mpsc;

use crate::output::{notice, plain};

/// Lines that wait to be sent. Full: standard input is not read.
pub(crate) const LINES_CAP: usize = 64;

/// What a line of standard input asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Send this text.
    Say(String),
    /// `/list`.
    List,
    /// `/help`.
    Help,
    /// `/quit`, `/exit`, or the end of input typed in a terminal.
    Leave,
    /// Any other word with a slash, and what follows it.
    Other(String, String),
}

impl Wish {
    /// Understands a line; a blank one asks for nothing.
    pub(crate) fn of(line: &str) -> Option<Wish> {
        Some(match line.trim() {
            "" => return None,
            "/list" => Wish::List,
            "/help" => Wish::Help,
            "/quit" | "/exit" => Wish::Leave,
            text if text.starts_with("//") => Wish::Say(text[1..].to_owned()),
            text if text.starts_with('/') => {
                let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
                Wish::Other(word.to_owned(), rest.trim().to_owned())
            }
            _ => Wish::Say(line.to_owned()),
        })
    }
}

/// Tells the person that nobody here knows their command.
pub(crate) fn no_command(word: &str) {
    notice(&format!("{} is no command; /help lists them", plain(word)));
}

/// Reads standard input on a thread of its own: such a read cannot be cancelled. The end of piped input is the end of
/// the channel and no wish to leave, as a script may still want to listen.
pub(crate) fn read() -> mpsc::Receiver<Wish> {
    let (sender, wishes) = mpsc::channel(LINES_CAP);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut input = stdin().lock();
        while input
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|read| read > 0)
        {
            let line = String::from_utf8_lossy(&bytes);
            let wish = Wish::of(line.trim_end_matches(['\n', '\r']));
            bytes.clear();
            if let Some(wish) = wish
                && sender.blocking_send(wish).is_err()
            {
                return;
            }
        }
        if stdin().is_terminal() {
            let _ = sender.blocking_send(Wish::Leave);
        }
    });
    wishes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_command_or_is_sent_as_it_is() {
        let say = |text: &str| Some(Wish::Say(text.into()));
        assert_eq!(Wish::of("  hello  "), say("  hello  "));
        assert_eq!(Wish::of("//etc"), say("/etc"));
        assert_eq!(Wish::of("/list"), Some(Wish::List));
        assert_eq!(Wish::of(" /help"), Some(Wish::Help));
        for line in ["/quit", "/exit", " /quit "] {
            assert_eq!(Wish::of(line), Some(Wish::Leave), "{line}");
        }
        for line in ["", "   "] {
            assert_eq!(Wish::of(line), None, "{line}");
        }
        let other = |word: &str, rest: &str| Some(Wish::Other(word.into(), rest.into()));
        assert_eq!(Wish::of("/dance"), other("/dance", ""));
        assert_eq!(Wish::of("/chat  Bob B. "), other("/chat", "Bob B."));
    }
}
