//! What the system calls this person.

use landline_protocol::DisplayName;
use landline_protocol::limits::NAME_MIN_CHARS;

/// A name to fill the first screen's field with: the full name if the system knows one, else the login.
pub(crate) fn suggested_name() -> String {
    let full = whoami::realname().unwrap_or_default();
    let login = whoami::username().unwrap_or_default();
    suggest(&full, &login)
}

fn suggest(full: &str, login: &str) -> String {
    // The first field of a GECOS entry is the name; what follows are offices and telephones.
    let full = full.split(',').next().unwrap_or_default();
    [full, login]
        .into_iter()
        .find(|name| !name.trim().is_empty())
        .map(|name| DisplayName::lenient(name).as_str().to_owned())
        .map(padded)
        .unwrap_or_default()
}

/// Logins such as `bo` are shorter than a name may be; the person sees the result and can change it.
fn padded(name: String) -> String {
    let missing = NAME_MIN_CHARS.saturating_sub(name.chars().count());
    name + &"_".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suggested_name_is_one_that_would_be_taken() {
        assert_eq!(suggest("Lena Vogt,Room 3,555", "lena"), "Lena Vogt");
        assert_eq!(suggest("", "lena"), "lena");
        assert_eq!(suggest(" , ", "bo"), "bo_");
        assert_eq!(suggest("\u{202e}evil", "x"), "evil");
        assert_eq!(suggest("", ""), "");
        for (full, login) in [("L", ""), ("", "x"), (&*"y".repeat(80), "")] {
            let name = suggest(full, login);
            assert!(name.parse::<DisplayName>().is_ok(), "{name}");
        }
    }
}
