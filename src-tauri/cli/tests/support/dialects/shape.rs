//! Comparing JSON with a shape: the same keys, the same values, and words in `<>` for what the server chooses.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// Whether `got` has this shape: equal but for the words in `<>`, which stand for a kind of value. `Err` says where not.
pub(crate) fn fits(shape: &Value, got: &Value) -> Result<(), String> {
    fits_at("", shape, got)
}

fn fits_at(at: &str, shape: &Value, got: &Value) -> Result<(), String> {
    match (shape, got) {
        (Value::String(word), _) if word.starts_with('<') && word.ends_with('>') => {
            let is_it = kind(word).map_or(*got == *shape, |is_kind| is_kind(got));
            is_it
                .then_some(())
                .ok_or_else(|| format!("{at}: {got} is no {word}"))
        }
        (Value::Object(wanted), Value::Object(has)) => {
            if let Some(missing) = wanted.keys().find(|key| !has.contains_key(*key)) {
                return Err(format!("{at}: no key {missing}"));
            }
            if let Some(extra) = has.keys().find(|key| !wanted.contains_key(*key)) {
                return Err(format!("{at}: unexpected key {extra}"));
            }
            wanted
                .iter()
                .try_for_each(|(key, value)| fits_at(&format!("{at}.{key}"), value, &has[key]))
        }
        (Value::Array(wanted), Value::Array(has)) => {
            if wanted.len() != has.len() {
                return Err(format!("{at}: {} entries, not {}", has.len(), wanted.len()));
            }
            (wanted.iter().zip(has).enumerate())
                .try_for_each(|(n, (value, has))| fits_at(&format!("{at}[{n}]"), value, has))
        }
        _ if shape == got => Ok(()),
        _ => Err(format!("{at}: {got}, not {shape}")),
    }
}

/// The check behind a word in `<>`; none for text that only looks like one, such as `<b>`.
fn kind(word: &str) -> Option<fn(&Value) -> bool> {
    Some(match word {
        "<uuid4>" => |it| is_uuid(it, Some('4')),
        "<uuid>" => |it| is_uuid(it, None),
        "<now>" => is_now,
        "<float>" => Value::is_f64,
        "<int>" => |it| it.is_u64(),
        "<any>" => |_| true,
        "<words>" => |it| it.as_str().is_some_and(|it| !it.is_empty()),
        "<us>" => |it| is_time(it, "0000-00-00T00:00:00.000000", ""),
        "<us+00:00>" => |it| is_time(it, "0000-00-00T00:00:00.000000", "+00:00"),
        "<ms>" => |it| is_time(it, "0000-00-00T00:00:00.000", "Z"),
        _ => return None,
    })
}

/// A UUID in lower case; with `version`, of that version and the variant of RFC 9562.
pub(crate) fn is_uuid(it: &Value, version: Option<char>) -> bool {
    let Some(text) = it.as_str() else {
        return false;
    };
    let has_form = text.len() == 36
        && text.char_indices().all(|(n, letter)| match n {
            8 | 13 | 18 | 23 => letter == '-',
            _ => letter.is_ascii_digit() || ('a'..='f').contains(&letter),
        });
    let digit = |n| text.chars().nth(n);
    has_form
        && version.is_none_or(|version| {
            digit(14) == Some(version) && matches!(digit(19), Some('8' | '9' | 'a' | 'b'))
        })
}

/// Whether it is whole epoch seconds of about now: wide enough for a slow machine, too narrow for milliseconds.
fn is_now(it: &Value) -> bool {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("the clock is past 1970")
        .as_secs();
    it.as_u64()
        .is_some_and(|seconds| seconds.abs_diff(now) < 300)
}

/// Whether it is a time of this form, `0` standing for any digit, with this zone behind it.
fn is_time(it: &Value, form: &str, zone: &str) -> bool {
    let text = it.as_str().and_then(|text| text.strip_suffix(zone));
    text.is_some_and(|text| {
        let fits = |(has, wanted): (u8, u8)| match wanted {
            b'0' => has.is_ascii_digit(),
            _ => has == wanted,
        };
        text.len() == form.len() && text.bytes().zip(form.bytes()).all(fits)
    })
}
