//! From what a person typed to a room: an address, or a name or id to be heard on the network.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use landline_client::{Address, Target};
use landline_discovery::{Browser, Event, Room};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::output::plain;

/// How long a room may take to be heard.
const HEARD_WITHIN: Duration = Duration::from_secs(10);
/// After the first room of a name, how long to listen for another one of that name.
const SECOND_WITHIN: Duration = Duration::from_millis(1_200);

/// Goes on listening after the room was found, so that a move is followed.
pub(crate) struct Lookout {
    pub(crate) browser: Browser,
    pub(crate) events: mpsc::Receiver<Event>,
}

impl Lookout {
    pub(crate) fn start() -> Result<Lookout, landline_discovery::Error> {
        let (browser, events) = Browser::start(&landline_discovery::Options::default())?;
        Ok(Lookout { browser, events })
    }
}

/// What a person typed, understood.
pub(crate) enum Asked {
    /// An address.
    At(Address),
    /// A room's name or id.
    Named(String),
}

impl Asked {
    pub(crate) fn read(text: &str) -> anyhow::Result<Asked> {
        if !looks_like_an_address(text) {
            return Ok(Asked::Named(text.trim().to_owned()));
        }
        let address = text
            .parse()
            .with_context(|| format!("\"{}\" is no address", plain(text)))?;
        Ok(Asked::At(address))
    }

    /// Whether it is on this very computer, where nothing has to be looked for.
    pub(crate) fn is_here(&self) -> bool {
        let Asked::At(address) = self else {
            return false;
        };
        let ip: Option<IpAddr> = address.host().parse().ok();
        address.host() == "localhost" || ip.is_some_and(|ip| ip.is_loopback())
    }

    /// Where the room is. A name that several rooms have is refused, with their ids.
    pub(crate) async fn target(self, lookout: Option<&mut Lookout>) -> anyhow::Result<Target> {
        let name = match self {
            Asked::At(address) => {
                return Ok(Target {
                    addrs: vec![address],
                    room_id: None,
                });
            }
            Asked::Named(name) => name,
        };
        let lookout = lookout
            .context("cannot look for rooms on this network; give the room's address instead")?;
        let room = heard(&name, &mut lookout.events).await?;
        Ok(Target {
            addrs: addresses(&room),
            room_id: Some(room.room_id.parse()?),
        })
    }
}

/// A room's addresses in the client's words.
pub(crate) fn addresses(room: &Room) -> Vec<Address> {
    room.addrs.iter().copied().map(Address::from).collect()
}

/// Room names may hold nearly everything, so an address must show that it is one: a scheme, an IP address, a port, or
/// a name that only addresses have.
fn looks_like_an_address(text: &str) -> bool {
    let text = text.trim();
    if text.contains("://") || text.starts_with('[') || text.parse::<IpAddr>().is_ok() {
        return true;
    }
    let (host, port) = text.rsplit_once(':').unwrap_or((text, "0"));
    let is_name = !host.is_empty()
        && host
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".-".contains(c));
    let known = host == "localhost"
        || host.to_ascii_lowercase().ends_with(".local")
        || text.contains('%')
        || host.parse::<IpAddr>().is_ok();
    known || (text.contains(':') && is_name && port.parse::<u16>().is_ok())
}

async fn heard(asked: &str, events: &mut mpsc::Receiver<Event>) -> anyhow::Result<Room> {
    let mut end = Instant::now() + HEARD_WITHIN;
    let mut named: Vec<Room> = Vec::new();
    while let Ok(Some(event)) = timeout_at(end, events.recv()).await {
        match event {
            Event::Found(room) | Event::Changed(room) => {
                if room.room_id == asked {
                    return Ok(room);
                }
                named.retain(|known| known.room_id != room.room_id);
                if is_called(&room.name, asked) {
                    named.push(room);
                    end = end.min(Instant::now() + SECOND_WITHIN);
                }
            }
            Event::Lost { room_id } => named.retain(|known| known.room_id != room_id),
        }
    }
    match named.len() {
        0 => bail!(
            "no room called \"{}\" was heard; landline-cli browse lists the rooms around, or give its address",
            plain(asked)
        ),
        1 => Ok(named.remove(0)),
        _ => bail!(ambiguous(asked, &named)),
    }
}

/// `Workshop (2)` is called Workshop too: mDNS numbers the second room of a name.
fn is_called(name: &str, asked: &str) -> bool {
    let same = |name: &str| name.to_lowercase() == asked.trim().to_lowercase();
    let base = name
        .strip_suffix(')')
        .and_then(|name| name.rsplit_once(" ("));
    let numbered = base
        .filter(|(_, number)| number.parse::<u32>().is_ok())
        .map(|(base, _)| base);
    same(name) || numbered.is_some_and(same)
}

fn ambiguous(asked: &str, rooms: &[Room]) -> String {
    let rooms: Vec<String> = rooms
        .iter()
        .map(|room| {
            format!(
                "\n  {}  \"{}\" on {}",
                room.room_id,
                plain(&room.name),
                plain(&room.host)
            )
        })
        .collect();
    let (asked, count) = (plain(asked), rooms.len());
    format!(
        "{count} rooms are called \"{asked}\"; join one by its id:{}",
        rooms.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(id: &str, name: &str) -> Room {
        Room {
            room_id: id.into(),
            name: name.into(),
            host: "ana".into(),
            access: "open".into(),
            protocol: 1,
            members: 0,
            addrs: vec!["10.0.0.1:8000".parse().unwrap()],
        }
    }

    #[test]
    fn an_address_is_told_from_a_name() {
        for text in [
            "http://10.0.0.1:8000",
            "ws://x/ws",
            "192.168.1.5",
            "192.168.1.5:8000",
            "[fd00::5]:4567",
            "fd00::5",
            "fe80::1%3",
            "localhost",
            "localhost:8000",
            "host.local",
            "host.local:4567",
            "workshop:8000",
        ] {
            assert!(looks_like_an_address(text), "{text}");
        }
        for text in [
            "Workshop",
            "v1.0",
            "Ana's room",
            "Meeting: today",
            "12",
            "0f3a0f3a",
            "Team: 5",
            "日本:5",
        ] {
            assert!(!looks_like_an_address(text), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_name_is_found_in_any_case_and_an_id_at_once() {
        let (sender, mut events) = mpsc::channel(8);
        sender
            .send(Event::Found(room("r1", "Garage")))
            .await
            .unwrap();
        sender
            .send(Event::Found(room("r2", "Workshop")))
            .await
            .unwrap();
        assert_eq!(heard("workshop", &mut events).await.unwrap().room_id, "r2");
        sender
            .send(Event::Found(room("r3", "Workshop")))
            .await
            .unwrap();
        assert_eq!(heard("r3", &mut events).await.unwrap().room_id, "r3");
        let missing = heard("Workshop", &mut events)
            .await
            .unwrap_err()
            .to_string();
        assert!(missing.contains("no room called \"Workshop\""), "{missing}");
    }

    #[tokio::test(start_paused = true)]
    async fn two_rooms_of_one_name_are_refused_with_their_ids() {
        let (sender, mut events) = mpsc::channel(8);
        sender
            .send(Event::Found(room("r1", "Workshop")))
            .await
            .unwrap();
        sender
            .send(Event::Found(room("r2", "Workshop (2)")))
            .await
            .unwrap();
        let words = heard("Workshop", &mut events)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            words.contains("2 rooms") && words.contains("r1") && words.contains("r2"),
            "{words}"
        );
        sender
            .send(Event::Found(room("r1", "Workshop")))
            .await
            .unwrap();
        sender
            .send(Event::Found(room("r2", "Workshop (2)")))
            .await
            .unwrap();
        assert_eq!(
            heard("workshop (2)", &mut events).await.unwrap().room_id,
            "r2"
        );
    }
}
