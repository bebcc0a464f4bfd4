//! The text of an announcement, written and read. Whoever wrote it may be hostile: what is read is cut, cleaned or
//! ignored here, and nowhere else.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::SocketAddr;

use mdns_sd::{ResolvedService, TxtProperties};

use crate::interfaces::{Reach, addresses};
use crate::{Announce, Room, SERVICE};

/// Longest instance name and host label, in bytes of UTF-8 (RFC 6763 §4.1.1).
const LABEL_BYTES: usize = 63;
/// Longest room id.
const ROOM_ID_BYTES: usize = 64;
/// Longest TXT record that is read or written, in bytes.
const TXT_BYTES: usize = 400;
/// Version of the TXT record's layout.
const TXT_VERSION: &str = "1";

/// One announcement as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The instance's full name, as the daemon wants it back.
    pub(crate) instance: String,
    /// The target of its SRV record: two instances of one host share it.
    pub(crate) host_name: String,
    /// What it says.
    pub(crate) room: Room,
}

/// The host name of a room's announcement: one of its own for each room, the same after a restart.
pub(crate) fn host_name(room_id: &str) -> String {
    format!("landline-{}.local.", short_id(room_id))
}

/// The name by which a room says that it is leaving: nobody has heard it before.
pub(crate) fn leaving_name(room_id: &str) -> String {
    format!("{}-{:08x}", short_id(room_id), chance() & 0xffff_ffff)
}

/// Tells things apart; nothing hangs on its quality.
fn chance() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Which room says so, by [`short_id`].
pub(crate) fn leaving_id(full_name: &str) -> Option<&str> {
    let (id, _) = full_name.split('.').next()?.rsplit_once('-')?;
    is_room_id(id).then_some(id)
}

/// As much of a room's id as a label has place for.
pub(crate) fn short_id(room_id: &str) -> &str {
    cut(room_id, 48)
}

/// Editions of a record that are told apart, see [`txt`].
const EDITIONS: u8 = 16;

/// A number for the first edition of a record, hardly that of an earlier life of the room.
pub(crate) fn first_edition() -> u8 {
    u8::try_from(chance() % u64::from(EDITIONS)).unwrap_or_default()
}

/// The TXT record. `txtvers` is the first key (RFC 6763 §6.7). `v` makes each edition another record than the ones
/// before: a receiver drops an old one only after a second (RFC 6762 §10.2), and would take the return of a record that
/// it still holds for no news.
pub(crate) fn txt(announce: &Announce, members: u32, edition: u8) -> Vec<(&'static str, String)> {
    vec![
        ("txtvers", TXT_VERSION.to_owned()),
        ("pv", announce.protocol.to_string()),
        ("id", announce.room_id.clone()),
        ("acc", announce.access.clone()),
        ("n", members.to_string()),
        ("host", label(&announce.host).unwrap_or_default()),
        ("v", (edition % EDITIONS).to_string()),
    ]
}

/// Whether an announcement is one that others would take.
pub(crate) fn check(announce: &Announce) -> Result<(), &'static str> {
    if !is_room_id(&announce.room_id) {
        return Err("its id must be 1-64 of a-z, 0-9 and '-'");
    }
    if !is_word(&announce.access) {
        return Err("its access must be one short lower-case word");
    }
    if announce.port == 0 {
        return Err("its port is 0");
    }
    Ok(())
}

/// Stands for a dot in an instance name: there a dot separates labels, and the daemon overlooks a clash of two names
/// that have one.
const DOT: char = '\u{2024}';

/// The instance name: `name`, and from the second on ` (2)`, all in 63 bytes.
pub(crate) fn instance_name(name: &str, number: u32) -> String {
    let name = label(name).unwrap_or_else(|| "Landline".to_owned());
    let name = name.replace('.', DOT.encode_utf8(&mut [0; 4]));
    let suffix = if number < 2 {
        String::new()
    } else {
        format!(" ({number})")
    };
    format!(
        "{}{suffix}",
        cut(&name, LABEL_BYTES - suffix.len()).trim_end()
    )
}

/// An instance name as people read it.
pub(crate) fn shown_name(instance: &str) -> Option<String> {
    label(&instance.replace(DOT, "."))
}

/// The instance's part of a full name, unescaped (RFC 6763 §4.3).
pub(crate) fn instance_of(full_name: &str) -> Option<String> {
    let start = full_name.len().checked_sub(SERVICE.len() + 1)?;
    let (instance, rest) = full_name.split_at_checked(start)?;
    if !rest.starts_with('.') || !rest[1..].eq_ignore_ascii_case(SERVICE) {
        return None;
    }
    let mut plain = String::with_capacity(instance.len());
    let mut chars = instance.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('.' | '\\')) => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    Some(plain)
}

/// Reads what the daemon resolved; `None` where it is no announcement of ours or breaks a rule.
pub(crate) fn read(service: &ResolvedService) -> Option<Sighting> {
    let name = instance_of(&service.fullname)?;
    let addrs = addresses(&service.addresses, service.port, &Reach::of_this_computer());
    let room = room(&name, &service.txt_properties, addrs)?;
    Some(Sighting {
        instance: service.fullname.clone(),
        host_name: service.host.to_lowercase(),
        room,
    })
}

fn room(name: &str, txt: &TxtProperties, addrs: Vec<SocketAddr>) -> Option<Room> {
    let size: usize = txt
        .iter()
        .map(|pair| pair.key().len() + 2 + pair.val().map_or(0, <[u8]>::len))
        .sum();
    if size > TXT_BYTES || txt.get_property_val_str("txtvers") != Some(TXT_VERSION) {
        return None;
    }
    let room_id = txt.get_property_val_str("id").filter(|id| is_room_id(id))?;
    let access = txt
        .get_property_val_str("acc")
        .filter(|word| is_word(word))?;
    let number = |key| txt.get_property_val_str(key)?.parse().ok();
    Some(Room {
        room_id: room_id.to_owned(),
        name: shown_name(name)?,
        host: txt
            .get_property_val_str("host")
            .and_then(label)
            .unwrap_or_default(),
        access: access.to_owned(),
        protocol: number("pv")?,
        members: number("n").unwrap_or(0),
        addrs,
    })
}

/// `text` fit to be shown on one line: no control, direction-changing or invisible characters, at most 63 bytes, not
/// empty.
pub(crate) fn label(text: &str) -> Option<String> {
    let clean: String = text
        .chars()
        .filter(|&c| !c.is_control() && !is_invisible(c))
        .collect();
    let clean = cut(clean.trim(), LABEL_BYTES).trim();
    (!clean.is_empty()).then(|| clean.to_owned())
}

/// The same set as the chat's names: what changes a line without being seen.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// The longest start of `text` that has at most `bytes` bytes and ends on a character.
fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn is_room_id(text: &str) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    (1..=ROOM_ID_BYTES).contains(&text.len()) && text.bytes().all(fits)
}

fn is_word(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;

    use super::*;
    use crate::LEAVING;

    fn announce() -> Announce {
        Announce {
            room_id: "0f3a".repeat(8),
            name: "Werkstatt. Süd".into(),
            host: "ana-laptop".into(),
            access: "open".into(),
            protocol: 1,
            members: 3,
            port: 8000,
        }
    }

    fn heard(name: &str, txt: &[(&str, String)]) -> Option<Sighting> {
        let info = ServiceInfo::new(SERVICE, name, "landline-x.local.", "10.77.0.1", 8000, txt);
        read(&info.unwrap().as_resolved_service())
    }

    #[test]
    fn what_one_announces_the_other_reads() {
        let announce = announce();
        let pairs = txt(&announce, 7, 0);
        assert_ne!(pairs, txt(&announce, 7, 1));
        assert_eq!(pairs[0].0, "txtvers");
        assert!(pairs.iter().all(|(key, _)| key.len() <= 9));
        let room = heard(&instance_name(&announce.name, 2), &pairs)
            .unwrap()
            .room;
        assert_eq!(room.name, "Werkstatt. Süd (2)");
        assert_eq!(room.room_id, announce.room_id);
        assert_eq!(
            (room.host.as_str(), room.access.as_str()),
            ("ana-laptop", "open")
        );
        assert_eq!((room.protocol, room.members), (1, 7));
        assert_eq!(room.addrs, ["10.77.0.1:8000".parse().unwrap()]);
    }

    #[test]
    fn a_room_leaves_by_a_name_that_is_new_each_time() {
        let long = "a-".repeat(32);
        for id in ["r1", &announce().room_id, &long] {
            let name = format!("{}.{LEAVING}", leaving_name(id));
            assert_eq!(leaving_id(&name), Some(short_id(id)));
            assert_ne!(leaving_name(id), leaving_name(id));
            assert!(leaving_name(id).len() <= LABEL_BYTES);
        }
        for name in ["", "x", "-1._landline-bye._tcp.local.", "A B-1.x"] {
            assert_eq!(leaving_id(name), None, "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_on_a_character_and_keeps_its_number() {
        for name in ["x".repeat(80), "é".repeat(40), ".".repeat(63)] {
            let cut = instance_name(&name, 1);
            assert!((60..=63).contains(&cut.len()), "{cut}");
            assert!(name.starts_with(&shown_name(&cut).unwrap()));
            let numbered = instance_name(&name, 12);
            assert!((60..=63).contains(&numbered.len()) && numbered.ends_with(" (12)"));
        }
        assert_eq!(instance_name("\u{202e}\n", 1), "Landline");
    }

    #[test]
    fn the_largest_announcement_stays_below_400_bytes() {
        let announce = Announce {
            room_id: "a".repeat(64),
            host: "h".repeat(200),
            access: "a".repeat(16),
            protocol: u32::MAX,
            ..announce()
        };
        let size: usize = txt(&announce, u32::MAX, 255)
            .iter()
            .map(|(k, v)| k.len() + v.len() + 2)
            .sum();
        assert!(size < TXT_BYTES, "{size}");
    }

    #[test]
    fn names_from_the_network_are_cleaned() {
        let pairs = txt(&announce(), 1, 0);
        let room = heard("\u{202e}ev\u{200b}il\u{7}\n\u{2066}", &pairs)
            .unwrap()
            .room;
        assert_eq!(room.name, "evil");
        assert!(
            heard("\u{200b}\n", &pairs).is_none(),
            "nothing is left to show"
        );
    }

    #[test]
    fn a_record_that_breaks_a_rule_is_ignored() {
        let with = |key: &'static str, value: &str| {
            let mut pairs = txt(&announce(), 1, 0);
            pairs.retain(|pair| pair.0 != key);
            pairs.push((key, value.to_owned()));
            heard("Room", &pairs)
        };
        assert!(with("n", "many").is_some_and(|s| s.room.members == 0));
        assert!(with("later", "unknown keys are no fault").is_some());
        for (key, value) in [
            ("id", ""),
            ("id", "UPPER"),
            ("id", "../etc"),
            ("id", &"a".repeat(65)),
            ("acc", ""),
            ("acc", "<b>"),
            ("pv", "x"),
            ("pv", "-1"),
            ("txtvers", "2"),
            ("host", &"h".repeat(240)),
        ] {
            let mut pairs = txt(&announce(), 1, 0);
            pairs.push(("pad", "p".repeat(100)));
            assert!(heard("Room", &pairs).is_some(), "large, yet in bounds");
            pairs.retain(|pair| pair.0 != key);
            pairs.push((key, value.to_owned()));
            assert!(heard("Room", &pairs).is_none(), "{key}={value}");
        }
    }

    #[test]
    fn only_our_service_has_an_instance_name() {
        assert_eq!(
            instance_of("A\\.b\\\\c._landline._tcp.local.").as_deref(),
            Some("A.b\\c")
        );
        assert_eq!(instance_of("a._Landline._TCP.local.").as_deref(), Some("a"));
        for text in ["", "x", "a._http._tcp.local.", "_landline._tcp.local."] {
            assert_eq!(instance_of(text), None, "{text}");
        }
    }
}
