//! Where a room may be, as a person types it, a link says it or discovery saw it.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// The port of an address that names none.
pub const DEFAULT_PORT: u16 = 8000;

/// Longest host name (RFC 1035 §2.3.4).
const HOST_MAX_BYTES: usize = 253;

/// A host and a port. IPv6 is kept without brackets, with its zone (`fe80::1%3`, `fe80::1%eth0`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    host: String,
    port: u16,
}

/// Why a text is no address; the words are for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing was typed.
    #[error("Type an address such as 192.168.1.5 or my-computer.local:8000")]
    Empty,
    /// A link of some other kind.
    #[error("A room's address starts with http:// or ws://, not with {0}://")]
    Scheme(String),
    /// Encrypted addresses come later.
    #[error("Encrypted addresses ({0}://) are not supported yet; use http://")]
    Encrypted(String),
    /// The port is no number from 1 to 65535.
    #[error("The port must be a number from 1 to 65535")]
    Port,
    /// The host part is neither a name nor an IP address.
    #[error("\"{0}\" is neither an IP address nor a computer's name")]
    Host(String),
}

impl Address {
    /// The name or IP address, IPv6 without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The IP address and the zone's name or number, if the host is no name.
    pub(crate) fn ip(&self) -> Option<(IpAddr, Option<&str>)> {
        match self.host.split_once('%') {
            Some((ip, zone)) => Some((ip.parse::<Ipv6Addr>().ok()?.into(), Some(zone))),
            None => Some((self.host.parse().ok()?, None)),
        }
    }
}

impl From<SocketAddr> for Address {
    fn from(addr: SocketAddr) -> Self {
        let host = match addr {
            SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
            _ => addr.ip().to_canonical().to_string(),
        };
        Address {
            host,
            port: addr.port(),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (rest, default_port) = without_scheme(text.trim())?;
        // Path, query and fragment of a copied link say nothing about where the room is; neither does a user.
        let rest = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let rest = rest.rsplit('@').next().unwrap_or_default();
        if rest.is_empty() {
            return Err(AddressError::Empty);
        }
        let (host, port) = host_and_port(rest)?;
        Ok(Address {
            host: checked_host(host)?,
            port: port.map_or(Ok(default_port), checked_port)?,
        })
    }
}

/// A typed address without a port means ours; a link without one means the web's.
fn without_scheme(text: &str) -> Result<(&str, u16), AddressError> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Ok((text, DEFAULT_PORT));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "ws" | "landline" => Ok((rest, DEFAULT_PORT)),
        scheme @ ("https" | "wss") => Err(AddressError::Encrypted(scheme.into())),
        scheme => Err(AddressError::Scheme(scheme.chars().take(20).collect())),
    }
}

fn host_and_port(text: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = text.strip_prefix('[') {
        let wrong = || AddressError::Host(text.into());
        let (host, rest) = rest.split_once(']').ok_or_else(wrong)?;
        if !host.contains(':') {
            return Err(wrong());
        }
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(wrong()),
        };
    }
    match text.split_once(':') {
        // More than one colon and no brackets: a bare IPv6 address.
        Some((_, port)) if port.contains(':') => Ok((text, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

fn checked_port(text: &str) -> Result<u16, AddressError> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(AddressError::Port),
    }
}

fn checked_host(text: &str) -> Result<String, AddressError> {
    let wrong = || AddressError::Host(text.chars().take(60).collect());
    if text.contains(':') {
        let (ip, zone) = match text.split_once('%') {
            // A zone in a link is written %25 (RFC 6874).
            Some((ip, zone)) => (
                ip,
                Some(
                    zone.strip_prefix("25")
                        .filter(|z| !z.is_empty())
                        .unwrap_or(zone),
                ),
            ),
            None => (text, None),
        };
        let ip: Ipv6Addr = ip.parse().map_err(|_| wrong())?;
        return match zone {
            None => Ok(ip.to_canonical().to_string()),
            Some(zone) if is_zone(zone) => Ok(format!("{ip}%{zone}")),
            Some(_) => Err(wrong()),
        };
    }
    if text.parse::<IpAddr>().is_ok() {
        return Ok(text.into());
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    // Only digits and dots is a mistyped IP address; a resolver would read 192.168.15 as something else.
    let is_number = name.chars().all(|c| c.is_ascii_digit() || c == '.');
    if is_number || name.len() > HOST_MAX_BYTES || !name.split('.').all(is_label) {
        return Err(wrong());
    }
    Ok(name)
}

fn is_zone(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 32
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

fn is_label(text: &str) -> bool {
    let fits = |c: char| {
        c.is_ascii_alphanumeric() || c == '-' || c == '_' || (!c.is_ascii() && c.is_alphanumeric())
    };
    !text.is_empty()
        && text.len() <= 63
        && text.chars().all(fits)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_a_person_may_type_is_understood() {
        for (typed, means) in [
            ("192.168.1.5", "192.168.1.5:8000"),
            (" 192.168.1.5:4567 ", "192.168.1.5:4567"),
            ("host.local:4567", "host.local:4567"),
            ("Host.Local.", "host.local:8000"),
            ("localhost", "localhost:8000"),
            ("my_pc", "my_pc:8000"),
            ("küche.local", "küche.local:8000"),
            ("[fd00::5]:4567", "[fd00::5]:4567"),
            ("[fd00::5]", "[fd00::5]:8000"),
            ("fd00::5", "[fd00::5]:8000"),
            ("::1", "[::1]:8000"),
            ("::ffff:10.0.0.1", "10.0.0.1:8000"),
            ("fe80::1%3", "[fe80::1%3]:8000"),
            ("fe80::1%eth0", "[fe80::1%eth0]:8000"),
            ("[fe80::1%25wlp2s0]:81", "[fe80::1%wlp2s0]:81"),
            ("fe80::1%25", "[fe80::1%25]:8000"),
            ("http://192.168.1.5:8000/", "192.168.1.5:8000"),
            ("http://192.168.1.5:8000/?a=b#c", "192.168.1.5:8000"),
            ("HTTP://[fd00::5]:81/ws", "[fd00::5]:81"),
            ("ws://host:99/ws", "host:99"),
            ("ws://host", "host:8000"),
            ("http://me@host", "host:8000"),
        ] {
            let address: Address = typed.parse().unwrap_or_else(|e| panic!("{typed}: {e}"));
            assert_eq!(address.to_string(), means, "{typed}");
            assert_eq!(
                address.to_string().parse(),
                Ok(address),
                "{typed} survives being stored"
            );
        }
    }

    #[test]
    fn each_mistake_has_its_own_words() {
        for (typed, wrong) in [
            ("", AddressError::Empty),
            ("  ", AddressError::Empty),
            ("http://", AddressError::Empty),
            ("https://a", AddressError::Encrypted("https".into())),
            ("ftp://a", AddressError::Scheme("ftp".into())),
            ("a:0", AddressError::Port),
            ("a:", AddressError::Port),
            ("a:65536", AddressError::Port),
            ("a:+80", AddressError::Port),
            ("[::1]:x", AddressError::Port),
        ] {
            assert_eq!(typed.parse::<Address>(), Err(wrong), "{typed}");
        }
        for typed in [
            "a b",
            "192.168.1",
            "192.168.1.256",
            "1.2.3.4.5",
            "[::1",
            "[::1]81",
            "[host]:81",
            "fe80::1%",
            "-a",
            "a..b",
            "<b>",
            "::g",
        ] {
            assert!(
                matches!(typed.parse::<Address>(), Err(AddressError::Host(_))),
                "{typed}"
            );
        }
    }

    #[test]
    fn what_discovery_saw_keeps_its_zone() {
        let seen: SocketAddr = "[fe80::2%7]:8001".parse().unwrap();
        assert_eq!(Address::from(seen).to_string(), "[fe80::2%7]:8001");
        assert_eq!(
            Address::from(seen).ip(),
            Some(("fe80::2".parse().unwrap(), Some("7")))
        );
    }
}
