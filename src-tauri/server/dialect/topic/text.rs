//! What may be said: the text of a message, cleaned, or refused.

/// Longest text received, in characters.
const CHARS_MAX: usize = 5_000;

/// The text as it goes on; none if it is empty or too long.
pub(super) fn clean(text: &str) -> Option<String> {
    if text.chars().count() > CHARS_MAX {
        return None;
    }
    let is_dropped = |c: char| matches!(c, '\0'..='\u{08}' | '\u{0b}' | '\u{0c}' | '\u{0e}'..='\u{1f}' | '\u{7f}');
    let kept: String = text.chars().filter(|c| !is_dropped(*c)).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// Whether a page that puts it into its HTML might run it. Only the typed form's pages do, so only it asks.
pub(super) fn is_active(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    has_script(&text)
        || ["javascript:", "expression(", "@import"]
            .iter()
            .any(|word| text.contains(word))
        || has_handler(&text)
}

/// `<script…>…</script>`.
fn has_script(text: &str) -> bool {
    let Some((_, after)) = text.split_once("<script") else {
        return false;
    };
    after
        .split_once('>')
        .is_some_and(|(_, inside)| inside.contains("</script>"))
}

/// `on<word>=`.
fn has_handler(text: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.split('=').rev().skip(1).any(|before| {
        let start = before
            .char_indices()
            .rev()
            .find(|(_, c)| !is_word(*c))
            .map_or(0, |(at, c)| at + c.len_utf8());
        let word = &before[start..];
        // One more character at least after the `on`.
        word.find("on").is_some_and(|at| at + 2 < word.len())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn control_characters_go_and_lines_and_html_stay() {
        for (text, kept) in [
            (" hi ", Some("hi")),
            ("a\u{0}\u{8}\u{b}\u{c}\u{e}\u{1f}\u{7f}b", Some("ab")),
            ("a\tb\nc\rd", Some("a\tb\nc\rd")),
            ("\u{1} \u{2}", None),
            ("", None),
            (" \n\t", None),
            ("<b>bold</b>", Some("<b>bold</b>")),
            ("héllo 😀", Some("héllo 😀")),
        ] {
            assert_eq!(clean(text).as_deref(), kept, "{text:?}");
        }
        assert_eq!(
            clean(&"😀".repeat(5_000)).map(|text| text.chars().count()),
            Some(5_000)
        );
        assert_eq!(clean(&"x".repeat(5_001)), None);
        let padded = format!("{}x", " ".repeat(5_000));
        assert_eq!(clean(&padded), None, "5000 are those received");
    }

    #[test]
    fn what_a_page_might_run_is_found_whatever_its_case() {
        for text in [
            "<script>alert(1)</script>",
            "<SCRIPT src=x>\n</Script>",
            "<script <script>x</script>",
            "JavaScript:void(0)",
            "<img OnError=x>",
            "a=b onclick=c",
            "conversation=1",
            "Expression(1)",
            "@IMPORT url",
        ] {
            assert!(is_active(text), "{text}");
        }
        for text in [
            "hello",
            "<script>",
            "</script><script>",
            "on=1",
            "on monday = x",
            "1+1=2",
            "expression (1)",
            "import",
            "button = on",
            "<b>bold</b>",
        ] {
            assert!(!is_active(text), "{text}");
        }
    }

    proptest! {
        /// Against every place at which a handler might begin.
        #[test]
        fn handlers_are_found_as_by_trying_every_place(text in "[on=a_ é]{0,24}") {
            let begins = |rest: &str| {
                let word = rest.strip_prefix("on").map(|rest| {
                    rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>()
                });
                word.is_some_and(|length| length > 0 && rest[2 + length..].starts_with('='))
            };
            let naive = text.char_indices().any(|(at, _)| begins(&text[at..]));
            prop_assert_eq!(has_handler(&text), naive);
        }
    }
}
