//! `Host` and `Origin`: no page but ours opens a session or reads anything (promises.md 3.5, dialects.md 3).

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, Uri, header};

/// How long our own addresses are believed before the system is asked again.
const ADDRESSES_FRESH_FOR: Duration = Duration::from_secs(2);

/// Names by which we may be called besides our addresses. The .NET client of the `plain` dialect sends the last one.
const NAMES: [&str; 2] = ["localhost", "host.docker.internal"];

/// Knows what we are called.
pub(crate) struct OriginGuard {
    ports: Vec<u16>,
    allowed_origins: HashSet<String>,
    host_name: Option<String>,
    addresses: Mutex<(Instant, HashSet<IpAddr>)>,
}

impl OriginGuard {
    /// `allowed_origins`: exact origins that the host listed. `ports`: ours.
    pub(crate) fn new(ports: Vec<u16>, allowed_origins: &[String]) -> OriginGuard {
        let allowed_origins = allowed_origins
            .iter()
            .map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())
            .collect();
        OriginGuard {
            ports,
            allowed_origins,
            host_name: host_name(),
            addresses: Mutex::new((Instant::now(), own_addresses())),
        }
    }

    /// Whether a request may go on.
    pub(crate) fn allows(&self, headers: &HeaderMap, uri: &Uri) -> bool {
        let Some(host) = headers.get(header::HOST).map(|host| host.to_str()) else {
            // HTTP/1.0 without a host: only a program does that, and it gets nothing that needs a name.
            return uri.authority().is_none() && !headers.contains_key(header::ORIGIN);
        };
        if !host.is_ok_and(|host| self.is_ours(split_port(host).0)) {
            return false;
        }
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next(), origins.next()) {
            (None, _) => true,
            (Some(origin), None) => origin
                .to_str()
                .is_ok_and(|origin| self.allows_origin(origin)),
            _ => false,
        }
    }

    /// Whether the request comes from a page.
    pub(crate) fn is_browser(headers: &HeaderMap) -> bool {
        headers.contains_key(header::ORIGIN)
    }

    /// The origin of a request, if the host listed it: such a page may read the answers (CORS).
    pub(crate) fn listed<'a>(&self, headers: &'a HeaderMap) -> Option<&'a HeaderValue> {
        let origin = headers.get(header::ORIGIN)?;
        let listed = self
            .allowed_origins
            .contains(&origin.to_str().ok()?.to_ascii_lowercase());
        listed.then_some(origin)
    }

    fn allows_origin(&self, origin: &str) -> bool {
        let origin = origin.to_ascii_lowercase();
        if self.allowed_origins.contains(&origin) {
            return true;
        }
        let Some(authority) = origin.strip_prefix("http://") else {
            return false;
        };
        let (host, port) = split_port(authority);
        self.ports.contains(&port.unwrap_or(80)) && self.is_ours(host)
    }

    fn is_ours(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        if NAMES.contains(&host.as_str()) || self.host_name.as_deref() == Some(host.as_str()) {
            return true;
        }
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let bare = bare.split('%').next().unwrap_or(bare);
        bare.parse::<IpAddr>()
            .is_ok_and(|address| self.has_address(address))
    }

    fn has_address(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        if address.is_loopback() {
            return true;
        }
        let mut known = self
            .addresses
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !known.1.contains(&address) && known.0.elapsed() > ADDRESSES_FRESH_FOR {
            *known = (Instant::now(), own_addresses());
        }
        known.1.contains(&address)
    }
}

fn own_addresses() -> HashSet<IpAddr> {
    if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .map(|interface| interface.ip().to_canonical())
        .collect()
}

/// This computer's `.local` name (RFC 6762).
fn host_name() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("COMPUTERNAME").ok())
        .or_else(|| std::env::var("HOSTNAME").ok())?;
    let name = name.trim().split('.').next()?.to_ascii_lowercase();
    (!name.is_empty()).then(|| format!("{name}.local"))
}

/// `host[:port]`, with an IPv6 address in brackets.
fn split_port(authority: &str) -> (&str, Option<u16>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (authority, None),
        },
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(headers: &[(header::HeaderName, &str)]) -> bool {
        let guard = OriginGuard::new(vec![8000], &["http://localhost:3000/".into()]);
        let headers = headers
            .iter()
            .map(|(name, value)| (name.clone(), value.parse().unwrap()))
            .collect();
        guard.allows(&headers, &Uri::from_static("/ws"))
    }

    #[test]
    fn a_name_that_is_not_ours_is_refused() {
        for host in [
            "127.0.0.1:8000",
            "localhost",
            "LOCALHOST:8000",
            "[::1]:8000",
            "host.docker.internal:8000",
        ] {
            assert!(allows(&[(header::HOST, host)]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8000",
            "192.0.2.7:8000",
            "localhost.evil.example",
            "other.local",
            "",
        ] {
            assert!(!allows(&[(header::HOST, host)]), "{host}");
        }
    }

    #[test]
    fn a_page_from_elsewhere_is_refused() {
        let with = |origin| allows(&[(header::HOST, "localhost:8000"), (header::ORIGIN, origin)]);
        for origin in [
            "http://localhost:8000",
            "http://127.0.0.1:8000",
            "http://[::1]:8000",
            "http://localhost:3000",
        ] {
            assert!(with(origin), "{origin}");
        }
        for origin in [
            "http://evil.example",
            "null",
            "http://localhost:3001",
            "https://localhost:8000",
            "http://localhost",
            "file://",
            "",
        ] {
            assert!(!with(origin), "{origin}");
        }
    }

    #[test]
    fn two_origins_are_one_too_many() {
        let own = "http://localhost:8000";
        let mut headers = HeaderMap::new();
        headers.append(header::HOST, "localhost:8000".parse().unwrap());
        headers.append(header::ORIGIN, own.parse().unwrap());
        headers.append(header::ORIGIN, own.parse().unwrap());
        assert!(!OriginGuard::new(vec![8000], &[]).allows(&headers, &Uri::from_static("/")));
    }
}
