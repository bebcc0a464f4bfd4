//! An exported chat as one HTML page without scripts and without anything from elsewhere. The page itself is one file that
//! the window's export fills in the same way: `ui/src/state/export/page.template`. A golden sample holds the two together.

use std::io::{self, Write};

use landline_protocol::frame::Message;

/// Its pieces, each behind a line `%% name`.
const PAGE: &str = include_str!("../../../ui/src/state/export/page.template");

/// Writes the page, message by message.
pub(super) struct Page<W> {
    to: W,
    day: String,
}

impl<W: Write> Page<W> {
    /// `made`: when, in words.
    pub(super) fn begin(mut to: W, chat: &str, room: &str, made: &str) -> io::Result<Page<W>> {
        let head = [
            ("lang", "en"),
            ("chat", chat),
            ("room", room),
            ("made", made),
        ];
        to.write_all(fill("head", &head).as_bytes())?;
        Ok(Page {
            to,
            day: String::new(),
        })
    }

    /// A line of ours between the messages.
    pub(super) fn note(&mut self, words: &str) -> io::Result<()> {
        self.to
            .write_all(fill("note", &[("words", words)]).as_bytes())
    }

    /// The next message.
    pub(super) fn message(&mut self, message: &Message) -> io::Result<()> {
        let at = message.timestamp.to_string();
        // RFC 3339 in UTC: the date, and hours and minutes.
        let (day, clock) = (at.get(..10).unwrap_or(&at), at.get(11..16).unwrap_or(""));
        if self.day != day {
            day.clone_into(&mut self.day);
            self.to.write_all(fill("day", &[("day", day)]).as_bytes())?;
        }
        let seq = message.seq.to_string();
        let values = [
            ("seq", &*seq),
            ("name", message.display_name.as_str()),
            ("at", &at),
            ("clock", clock),
            ("text", &message.content),
        ];
        self.to.write_all(fill("message", &values).as_bytes())
    }

    /// `count`: how many there are, in words.
    pub(super) fn end(mut self, count: &str) -> io::Result<W> {
        self.to
            .write_all(fill("foot", &[("count", count)]).as_bytes())?;
        Ok(self.to)
    }
}

/// A piece of the page with these values in their places, as text.
fn fill(piece: &str, values: &[(&str, &str)]) -> String {
    let mark = format!("%% {piece}\n");
    let (_, from) = PAGE.split_once(&mark).expect("the page has its pieces");
    let piece = from.split_once("%% ").map_or(from, |(piece, _)| piece);
    let mut parts = piece.split("{{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").expect("a place is closed");
        let value = values.iter().find(|(known, _)| *known == name);
        escape(value.map_or("", |(_, value)| value), &mut filled);
        filled.push_str(rest);
    }
    filled
}

/// Text is text: nothing in it is markup, and what no page may hold is a sign that something was there.
fn escape(text: &str, to: &mut String) {
    for c in text.chars() {
        match c {
            '&' => to.push_str("&amp;"),
            '<' => to.push_str("&lt;"),
            '>' => to.push_str("&gt;"),
            '"' => to.push_str("&quot;"),
            '\'' => to.push_str("&#39;"),
            '\n' | '\t' => to.push(c),
            c if c.is_control() => to.push('\u{fffd}'),
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = include_str!("../tests/golden/export.jsonl");
    const GOLDEN: &str = include_str!("../tests/golden/export.html");

    fn messages() -> Vec<Message> {
        LINES
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn the_golden_sample() {
        let mut page =
            Page::begin(Vec::new(), "#sports", "St. Mary's <Hall>", "exported now").unwrap();
        page.note("Older messages were removed.").unwrap();
        for message in messages() {
            page.message(&message).unwrap();
        }
        let page = String::from_utf8(page.end("5 messages").unwrap()).unwrap();
        assert_eq!(page, GOLDEN);
    }

    #[test]
    fn a_line_is_the_message_as_it_came() {
        for (line, message) in LINES.lines().zip(messages()) {
            assert_eq!(serde_json::to_string(&message).unwrap(), line);
        }
    }

    #[test]
    fn whatever_somebody_writes_makes_no_element() {
        let hostile = "<script>x</script>\" onload='y' {{name}} %% foot\n&lt;\u{0}\u{85}";
        let mut escaped = String::new();
        escape(hostile, &mut escaped);
        assert!(
            !escaped.contains(['<', '>', '"', '\'', '\u{0}', '\u{85}']),
            "{escaped}"
        );
        let filled = fill("message", &[("text", hostile), ("name", "{{text}}")]);
        assert!(
            filled.contains("{{name}}") && filled.contains("{{text}}"),
            "{filled}"
        );
        assert_eq!(filled.matches("<article").count(), 1);
    }
}
