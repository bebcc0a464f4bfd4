//! Where an older server is: the address as it was typed, its path and query included.

use std::fmt;
use std::str::FromStr;

use landline_client::{Address, AddressError};

use crate::http::authority;

/// An address with what follows it. The path is empty where none was typed, which is not the path `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) address: Address,
    path: String,
    /// With its question mark.
    query: String,
}

impl Place {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// This place, at `path` unless a path was typed.
    pub(super) fn or_path(self, path: &str) -> Place {
        if self.path.is_empty() {
            return self.at(path);
        }
        self
    }

    /// This place, at `path`.
    pub(super) fn at(mut self, path: &str) -> Place {
        path.clone_into(&mut self.path);
        self
    }

    /// This place, with one more word in its query.
    pub(super) fn asking(mut self, word: &str) -> Place {
        let sign = if self.query.is_empty() { '?' } else { '&' };
        self.query = format!("{}{sign}{word}", self.query);
        self
    }

    /// Path and query, as a request names them.
    pub(super) fn target(&self) -> String {
        let path = if self.path.is_empty() {
            "/"
        } else {
            &self.path
        };
        format!("{path}{}", self.query)
    }
}

impl FromStr for Place {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Place, AddressError> {
        let address = text.parse()?;
        let text = text.trim();
        let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
        let rest = rest.split('#').next().unwrap_or_default();
        let after_host = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
        let (path, query) = after_host
            .find('?')
            .map_or((after_host, ""), |at| after_host.split_at(at));
        Ok(Place {
            address,
            path: path.to_owned(),
            query: query.to_owned(),
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ws://{}{}", authority(&self.address), self.target())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_written() {
        for (typed, shown) in [
            ("host", "ws://host:8000/ws"),
            ("host:81/", "ws://host:81/"),
            ("ws://host:9001/", "ws://host:9001/"),
            ("http://host", "ws://host:8000/ws"),
            ("10.0.0.1:81/chat?a=b#c", "ws://10.0.0.1:81/chat?a=b"),
            ("host?echo=all", "ws://host:8000/ws?echo=all"),
            ("fd00::5", "ws://[fd00::5]:8000/ws"),
            ("[fe80::1%3]:81", "ws://[fe80::1]:81/ws"),
        ] {
            let place: Place = typed.parse().unwrap();
            assert_eq!(place.or_path("/ws").to_string(), shown, "{typed}");
        }
        assert!("wss://host/ws".parse::<Place>().is_err());
        assert!("Ana's room".parse::<Place>().is_err());
    }

    #[test]
    fn a_word_is_added_to_the_query() {
        let place: Place = "host".parse().unwrap();
        let place = place.at("/x").asking("a=1").asking("b=2");
        assert_eq!(place.target(), "/x?a=1&b=2");
    }
}
