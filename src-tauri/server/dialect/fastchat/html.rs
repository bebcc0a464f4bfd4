//! Stripping of HTML (dialects.md 9.2). What a `CommonMark` parser sees as HTML goes, and so does everything that a
//! browser would take for a tag; code spans, code blocks and a lone `<` stay. Not for safety of our own windows, which
//! never read HTML: the older clients may.

use std::borrow::Cow;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Rounds after which a text is no sentence of anybody's but an attempt to keep us busy; then every `<` goes.
const ROUNDS: usize = 16;
/// Elements that go with what is in them.
const WITH_CONTENTS: [&str; 2] = ["script", "style"];

/// The text without its tags.
pub(crate) fn strip(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        match one_round(&text) {
            Some(shorter) => text = Cow::Owned(shorter),
            None => return text,
        }
    }
    Cow::Owned(text.replace('<', ""))
}

/// What the parser says of a text, in the order of the text.
#[derive(Default)]
struct Seen {
    code: Vec<Range<usize>>,
    blocks: Vec<Range<usize>>,
    inline: Vec<Range<usize>>,
}

fn see(text: &str) -> Seen {
    let mut seen = Seen::default();
    for (event, range) in Parser::new_ext(text, Options::empty()).into_offset_iter() {
        match event {
            Event::Code(_) | Event::Start(Tag::CodeBlock(_)) => seen.code.push(range),
            Event::Start(Tag::HtmlBlock) => seen.blocks.push(range),
            Event::InlineHtml(_) => seen.inline.push(range),
            _ => {}
        }
    }
    seen
}

/// `None`: nothing is to go. Taking a tag away can make another one of what is left, so this is repeated.
fn one_round(text: &str) -> Option<String> {
    if !text.contains('<') {
        return None;
    }
    let seen = see(text);
    let mut kept = String::with_capacity(text.len());
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find('<').map(|found| at + found) {
        at = found + 1;
        if let Some(code) = covering(&seen.code, found) {
            at = code.end;
        } else if let Some(end) = element(text, found, &seen.code) {
            kept.push_str(&text[from..found]);
            (from, at) = (end, end);
        } else if let Some(end) = tag(text, found, &seen) {
            kept.push_str(&text[from..found]);
            from = end;
            for code in seen
                .code
                .iter()
                .filter(|code| code.start > found && code.start < end)
            {
                kept.push_str(&text[code.clone()]);
                from = from.max(code.end);
            }
            at = from;
        }
    }
    kept.push_str(&text[from..]);
    (kept.len() < text.len()).then_some(kept)
}

fn covering(ranges: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    ranges.iter().find(|range| range.contains(&at))
}

/// Where a `script` or `style` that opens at `at` ends, if it does.
fn element(text: &str, at: usize, code: &[Range<usize>]) -> Option<usize> {
    let name = WITH_CONTENTS
        .into_iter()
        .find(|name| opens(text, at + 1, name))?;
    let mut from = at + 1 + name.len();
    loop {
        let end = from + text[from..].find("</")?;
        if opens(text, end + 2, name) && covering(code, end).is_none() {
            return text[end..].find('>').map(|more| end + more + 1);
        }
        from = end + 2;
    }
}

/// Whether the word at `at` is `name`, in any case.
fn opens(text: &str, at: usize, name: &str) -> bool {
    let bytes = &text.as_bytes()[at..];
    bytes.len() > name.len()
        && bytes[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        && !bytes[name.len()].is_ascii_alphanumeric()
}

/// Where a tag that opens at `at` ends, if one does.
fn tag(text: &str, at: usize, seen: &Seen) -> Option<usize> {
    let after = *text.as_bytes().get(at + 1)?;
    if !after.is_ascii_alphabetic() && !b"/!?".contains(&after) {
        return None;
    }
    if let Some(inline) = seen.inline.iter().find(|inline| inline.start == at) {
        return Some(inline.end);
    }
    let next = text[at..].find('>').map(|more| at + more + 1);
    match covering(&seen.blocks, at) {
        // The parser has taken it for HTML up to the end of the block, closed or not.
        Some(block) => in_block(&text[at..block.end])
            .map(|length| at + length)
            .or(next.filter(|&end| end <= block.end))
            .or(Some(block.end)),
        None => next,
    }
}

/// How long a tag of an HTML block is, with the `>` inside its comment or its quoted values.
fn in_block(rest: &str) -> Option<usize> {
    if rest.starts_with("<!--") {
        return rest.find("-->").map(|end| end + 3);
    }
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            (Some(open), _) if open == c => quote = None,
            (None, '>') => return Some(at + 1),
            (None, '"' | '\'') if before == '=' => quote = Some(c),
            _ => {}
        }
        if !c.is_whitespace() {
            before = c;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether a browser would find a tag outside what the parser calls code, or the parser any HTML.
    fn has_tag(text: &str) -> bool {
        let seen = see(text);
        let outside = |at: usize| covering(&seen.code, at).is_none();
        let opens = text.char_indices().any(|(at, c)| {
            let next = text[at + c.len_utf8()..].chars().next();
            c == '<'
                && outside(at)
                && next.is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(next))
                && text[at..].contains('>')
        });
        opens || !seen.blocks.is_empty() || !seen.inline.is_empty()
    }

    #[test]
    fn tags_go_and_sentences_stay() {
        for (text, left) in [
            ("<b>Hello</b> Bob<script>x()</script>", "Hello Bob"),
            ("a < b", "a < b"),
            ("a <b and no end", "a <b and no end"),
            (
                "1 <2> 3, x<=y, <3, <- and ->",
                "1 <2> 3, x<=y, <3, <- and ->",
            ),
            ("<scr<b>ipt>", "ipt>"),
            ("<img src=x onerror=y>", ""),
            ("<SCRIPT type=x>a > b</ScRiPt >c", "c"),
            ("x<style>a{}</style\n>y", "xy"),
            ("<script>open", "open"),
            ("<scripty>a</scripty>", "a"),
            ("<<b>b>x", "x"),
            ("<<script></script>script>x()</script>", "x()"),
            (
                "see `<b>` and\n\n```\n<script>x()</script>\n```\n",
                "see `<b>` and\n\n```\n<script>x()</script>\n```\n",
            ),
            ("    <b>indented code</b>", "    <b>indented code</b>"),
            ("x <script> and `</script>`", "x  and `</script>`"),
            ("<img src=x onerror=y `a`>z", "`a`z"),
            ("<img src=x onerror=y `>`", "`>`"),
            ("<!-- a > b -->c", "c"),
            ("a <!-- > --> b", "a  b"),
            ("<a title=\"x>y\">z</a>", "z"),
            ("a <a title='x>y'>z</a>", "a z"),
            ("<div", ""),
            ("<!-- open", ""),
            ("<?php x ?>y<!DOCTYPE html>z", "yz"),
            ("\\<b>x", "\\x"),
            ("é<é>日本 <b>ü</b>", "é<é>日本 ü"),
        ] {
            assert_eq!(strip(text), left, "{text:?}");
        }
    }

    #[test]
    fn who_nests_without_end_loses_every_bracket() {
        let text = format!("{}{}", "<".repeat(5_000), "a>".repeat(5_000));
        assert!(!strip(&text).contains('<'));
    }

    fn awkward() -> impl Strategy<Value = String> {
        let pieces = [
            "<",
            ">",
            "`",
            "``",
            "```",
            "\n",
            "\n\n",
            "    ",
            "a",
            " ",
            "b",
            "/",
            "!",
            "!--",
            "--",
            "?",
            "=",
            "\"",
            "'",
            "<b>",
            "</b>",
            "<script>",
            "</script>",
            "scr",
            "ipt",
            "style",
            "<img src=x onerror=y>",
            "\\",
            "- ",
            "> ",
            "é",
            "&lt;",
            "[",
            "](",
            ")",
            "<div",
            "<a href=",
            "~~~",
            "\t",
            "\r",
            "<![CDATA[",
            "]]>",
        ];
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..40)
            .prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn no_tag_is_left_outside_code(text in awkward()) {
            let stripped = strip(&text).into_owned();
            prop_assert!(!has_tag(&stripped), "{text:?} became {stripped:?}");
            prop_assert_eq!(strip(&stripped), stripped.as_str(), "stripping again changes nothing");
        }

        #[test]
        fn any_text_can_be_stripped(text in any::<String>()) {
            prop_assert!(!has_tag(&strip(&text)));
        }

        #[test]
        fn code_and_comparisons_stay_whole(words in "[a-z <>/!=]{0,30}", left in 0..99, right in 0..99) {
            let text = format!("if {left} < {right} then `{words}`.");
            prop_assert_eq!(strip(&text), text.as_str());
        }
    }
}
