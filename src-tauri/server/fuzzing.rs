//! Entry points for `./dev fuzz`; `./dev test` runs the same ones as property tests. Nothing of it is in a build for people.

/// What is fuzzed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `/ws` without a subprotocol: which dialect?
    FirstFrame,
    /// The native frames.
    Landline,
    /// A client's id; its text is never parsed.
    Plain,
    /// Its frame, and the text form of it.
    Pair,
    /// Its frames, in both forms.
    Topic,
    /// Its payload.
    Activity,
    /// Its frames in both forms, and the stripping of HTML.
    Fastchat,
}

/// One execution; bytes that are no UTF-8 never reach a parser.
pub fn run(target: Target, bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        crate::dialect::fuzz(target, text);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Frames as clients send them, to begin from.
    const SEEDS: [&str; 14] = [
        r#"{"type":"join","username":"alice","topic":"sports"}"#,
        r#"{"username":"alice","topic":"sports"}"#,
        r#"{"type":"message","message":"hi <script>x</script>"}"#,
        r#"{"message":"/list"}"#,
        "/help",
        r#"{"username":"a","message":"b","extra":[1,{"c":null}]}"#,
        r#"{"event_type":"connected","username":"alice"}"#,
        r#"{"event_type":"message","username":"alice","message":"yo\ud83d\ude00"}"#,
        r#"{"type":"HELLO","data":{"user_id":"aaaaaaaa-1111-4111-8111-111111111111","display_name":"Ann"}}"#,
        r#"{"type":"MSG","data":{"to":"bbbbbbbb-2222-4222-8222-222222222222","content":"<b>Hello</b> `a<b>` a < b","message_id":"m-1"}}"#,
        r#"{"type":"HELLO","display_name":"Bob","user_id":null,"session_id":"x"}"#,
        r#"{"type":"MSG","content":"<scr<b>ipt>alert(1)</script><img src=x onerror=y>"}"#,
        r#"{"type":"MSG","data":{"topic":"lobby","content":"hi","message_id":"1"}}"#,
        "-007",
    ];

    /// Pieces that parsers trip over.
    const PIECES: [&str; 16] = [
        "{", "}", "[", "\"", "\\", "\\u0000", "null", "<", "</", "<!--", "`", "\u{0}", "1e999",
        "\u{feff}", "😀", ",",
    ];

    #[derive(Debug, Clone)]
    struct Edit {
        at: prop::sample::Index,
        cut: u8,
        piece: Option<&'static str>,
    }

    fn edit() -> impl Strategy<Value = Edit> {
        let piece = prop::option::of(prop::sample::select(PIECES.to_vec()));
        (any::<prop::sample::Index>(), 0u8..6, piece).prop_map(|(at, cut, piece)| Edit {
            at,
            cut,
            piece,
        })
    }

    fn nearly_a_frame() -> impl Strategy<Value = String> {
        let seed = prop::sample::select(SEEDS.to_vec());
        (seed, prop::collection::vec(edit(), 0..5)).prop_map(|(seed, edits)| {
            let mut letters: Vec<char> = seed.chars().collect();
            for Edit { at, cut, piece } in edits {
                let at = at.index(letters.len() + 1);
                let end = (at + usize::from(cut)).min(letters.len());
                letters.splice(at..end, piece.into_iter().flat_map(str::chars));
            }
            letters.into_iter().collect()
        })
    }

    macro_rules! targets {
        ($($name:ident $target:ident)*) => { proptest! {
            #![proptest_config(ProptestConfig { cases: 3_000, ..ProptestConfig::default() })]
            $(#[test]
            fn $name(text in prop_oneof![4 => nearly_a_frame(), 1 => any::<String>()]) {
                run(Target::$target, text.as_bytes());
            })*
        } };
    }

    targets! {
        first_frame FirstFrame
        landline Landline
        plain Plain
        pair Pair
        topic Topic
        activity Activity
        fastchat Fastchat
    }
}
