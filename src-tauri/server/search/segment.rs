//! A text to the pieces that are indexed and looked for: words, without accents and in lower case; single signs of the
//! scripts that put no space between words; emoji. `docs/decisions/017`.

use std::ops::Range;

use icu_normalizer::properties::CanonicalCombiningClassMapBorrowed;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// Characters of a word that count. What is longer is known by its beginning.
const WORD_MAX_CHARS: usize = 64;

/// Part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    /// As it is compared: composed, without accents, in lower case.
    pub(super) folded: String,
    /// Where it stands in the text, in bytes.
    pub(super) range: Range<usize>,
    /// One sign of a script without spaces, or an emoji; a word if not.
    pub(super) is_sign: bool,
    /// A sign directly behind another sign.
    pub(super) is_joined: bool,
}

/// Cuts a text into its pieces, in their order.
pub(super) fn segment(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    // The word being read: where it began, and how long it is in characters.
    let mut word: Option<(Piece, usize)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        // Most words of most texts are of letters that need no folding.
        if word.is_none()
            && let Some(end) = plain_word(text.as_bytes(), start)
        {
            while chars.next_if(|(at, _)| *at < end).is_some() {}
            let seen = end.min(start + WORD_MAX_CHARS);
            pieces.push(Piece {
                folded: text[start..seen].to_ascii_lowercase(),
                range: start..end,
                is_sign: false,
                is_joined: false,
            });
            continue;
        }
        let mut end = start + first.len_utf8();
        let mut is_plain = first.is_ascii();
        while let Some(&(at, mark)) = chars.peek()
            && is_mark(mark)
        {
            end = at + mark.len_utf8();
            is_plain = false;
            chars.next();
        }
        if is_plain {
            if first.is_ascii_alphanumeric() {
                push_to_word(&mut word, first.to_ascii_lowercase(), start..end);
            } else {
                pieces.extend(word.take().map(|(word, _)| word));
            }
            continue;
        }
        let folded = fold(&text[start..end]);
        match folded.chars().next() {
            Some(first) if is_sign(first) => {
                pieces.extend(word.take().map(|(word, _)| word));
                let is_joined = pieces
                    .last()
                    .is_some_and(|before| before.is_sign && before.range.end == start);
                pieces.push(Piece {
                    folded,
                    range: start..end,
                    is_sign: true,
                    is_joined,
                });
            }
            Some(first) if first.is_alphanumeric() => {
                for c in folded.chars().filter(|&c| is_of_a_word(c)) {
                    push_to_word(&mut word, c, start..end);
                }
            }
            _ => pieces.extend(word.take().map(|(word, _)| word)),
        }
    }
    pieces.extend(word.map(|(word, _)| word));
    pieces
}

/// Where a word ends that begins at `start` and is of ASCII alone, with nothing behind it that might belong to it.
fn plain_word(text: &[u8], start: usize) -> Option<usize> {
    let length = text[start..]
        .iter()
        .position(|byte| !byte.is_ascii_alphanumeric())
        .unwrap_or(text.len() - start);
    let end = start + length;
    (length > 0 && text.get(end).is_none_or(u8::is_ascii)).then_some(end)
}

fn push_to_word(word: &mut Option<(Piece, usize)>, c: char, range: Range<usize>) {
    let (piece, length) = word.get_or_insert_with(|| {
        let piece = Piece {
            folded: String::new(),
            range: range.clone(),
            is_sign: false,
            is_joined: false,
        };
        (piece, 0)
    });
    piece.range.end = range.end;
    if *length < WORD_MAX_CHARS {
        piece.folded.push(c);
        *length += 1;
    }
}

/// What a piece is called in the index: words by themselves, signs by themselves and in pairs, so that a word of two
/// signs is one look.
pub(super) fn terms(pieces: &[Piece]) -> impl Iterator<Item = String> {
    pieces.iter().enumerate().flat_map(|(n, piece)| {
        let pair = piece
            .is_joined
            .then(|| format!("{}{}", pieces[n - 1].folded, piece.folded));
        std::iter::once(piece.folded.clone()).chain(pair)
    })
}

const CLASSES: CanonicalCombiningClassMapBorrowed<'_> = CanonicalCombiningClassMapBorrowed::new();

/// Belongs to the character before it.
fn is_mark(c: char) -> bool {
    !c.is_ascii()
        && (CLASSES.get_u8(c) != 0
            || is_unseen(c)
            // Vowels and ends of a Korean syllable that is written in parts; the half-width marks of Japanese.
            || matches!(c, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}'))
}

/// Changes how its neighbour looks, or nothing at all: soft hyphen, joiners, variation selectors, skin tones.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0100}'..='\u{e01ef}')
}

/// An accent, or a vowel sign that people leave out when they type. Signs that are letters (Devanagari, Thai) stay.
fn is_dropped(c: char) -> bool {
    is_unseen(c)
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
            | '\u{640}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() || (!c.is_ascii() && CLASSES.get_u8(c) != 0)
}

/// Han, kana, Hangul, Thai and its neighbours: no spaces between words, or endings grown to them. And pictures.
fn is_sign(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{312f}' | '\u{3131}'..='\u{318e}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}'
        | '\u{e01}'..='\u{e4e}' | '\u{e81}'..='\u{ece}' | '\u{1000}'..='\u{103f}' | '\u{1780}'..='\u{17d3}'
        | '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}' | '\u{2600}'..='\u{27bf}'
        | '\u{2b00}'..='\u{2bff}')
}

/// One character with its marks, as it is compared.
fn fold(character: &str) -> String {
    const COMPOSE: ComposingNormalizerBorrowed<'_> = ComposingNormalizerBorrowed::new_nfkc();
    const DECOMPOSE: DecomposingNormalizerBorrowed<'_> = DecomposingNormalizerBorrowed::new_nfd();
    let mut folded = String::with_capacity(character.len());
    for c in COMPOSE.normalize_iter(character.chars()) {
        match c {
            // Their parts are no accents: か is not が, and и is not й.
            '\u{3041}'..='\u{30ff}' | '\u{ac00}'..='\u{d7a3}' => folded.push(c),
            'й' | 'Й' => folded.push('й'),
            c => {
                for part in DECOMPOSE.normalize_iter(std::iter::once(c)) {
                    if !is_dropped(part) {
                        push_plain(part, &mut folded);
                    }
                }
            }
        }
    }
    folded
}

/// Letters that are another with a stroke, and have no parts that Unicode knows of.
fn push_plain(c: char, out: &mut String) {
    match c {
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'þ' | 'Þ' => out.push_str("th"),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        'đ' | 'Đ' | 'ð' | 'Ð' => out.push('d'),
        'ħ' | 'Ħ' => out.push('h'),
        'ı' => out.push('i'),
        'ς' => out.push('σ'),
        c => out.extend(c.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        let pieces = segment(text);
        pieces.into_iter().map(|piece| piece.folded).collect()
    }

    #[test]
    fn words_lose_case_and_accents_and_keep_their_place() {
        assert_eq!(
            folded("Café, NAÏVE! Straße; Søren's ŁÓDŹ"),
            ["cafe", "naive", "strasse", "soren", "s", "lodz"]
        );
        // The same, with the accent as a character of its own.
        assert_eq!(folded("cafe\u{301}"), ["cafe"]);
        let text = "The Cafe\u{301} is open";
        let piece = &segment(text)[1];
        assert_eq!(&text[piece.range.clone()], "Cafe\u{301}");
        assert_eq!(
            folded("ПРИВЕТ Ёлка йод Σίσυφος"),
            ["привет", "елка", "йод", "σισυφοσ"]
        );
        assert_eq!(
            folded("İstanbul ISPARTA ılık"),
            ["istanbul", "isparta", "ilik"]
        );
        assert_eq!(folded("שָׁלוֹם مَرْحَبًا"), ["שלום", "مرحبا"]);
        assert_eq!(
            folded("हिन्दी भाषा"),
            ["हिन्दी", "भाषा"],
            "vowel signs are letters"
        );
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_signs() {
        assert_eq!(folded("日本語 AB"), ["日", "本", "語", "ab"]);
        assert_eq!(folded("ガ か\u{3099} か"), ["ガ", "が", "か"]);
        assert_eq!(
            folded("ｶﾞｷﾞ Ｔｅｓｔ"),
            ["ガ", "ギ", "test"],
            "half and full width"
        );
        assert_eq!(folded("학교에서"), ["학", "교", "에", "서"]);
        let pieces = segment("日本、語");
        let joined: Vec<bool> = pieces.iter().map(|piece| piece.is_joined).collect();
        assert_eq!(joined, [false, true, false]);
        let found: Vec<String> = terms(&pieces).collect();
        assert_eq!(found, ["日", "本", "日本", "語"]);
    }

    #[test]
    fn emoji_are_pieces_and_their_colour_does_not_matter() {
        assert_eq!(folded("ok 👍🏽!"), ["ok", "👍"]);
        assert_eq!(folded("❤️"), ["❤"]);
        assert_eq!(folded("👩‍🔬"), ["👩", "🔬"]);
    }

    #[test]
    fn nothing_is_made_of_nothing_and_a_very_long_word_is_its_beginning() {
        assert_eq!(folded(" \n\t..., ¤ \"'-_()* \u{200d}"), [""; 0]);
        let long = "x".repeat(16_000);
        let pieces = segment(&long);
        assert_eq!((pieces.len(), pieces[0].folded.len()), (1, WORD_MAX_CHARS));
        assert_eq!(pieces[0].range, 0..16_000);
    }
}
