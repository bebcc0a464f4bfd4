//! `browse`: the rooms around.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use landline_discovery::{Browser, Event, Room};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::args::Browse;
use crate::output::{self, plain};
use crate::stop::Stop;

/// As good as never.
const FOREVER: Duration = Duration::from_hours(24 * 365);

/// Prints rooms as they come and go.
pub(crate) async fn run(args: Browse) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let (browser, mut events) = Browser::start(&landline_discovery::Options::default())?;
    let end = Instant::now() + args.seconds.map_or(FOREVER, Duration::from_secs);
    let mut known: Vec<Room> = Vec::new();
    loop {
        let event = tokio::select! {
            () = stop.asked() => break,
            () = tokio::time::sleep_until(end) => break,
            event = events.recv() => event,
        };
        let Some(event) = event else { break };
        let Some((word, room)) = note(&mut known, event) else {
            continue;
        };
        if word != "changed" || args.changes {
            output::line(&if args.json {
                object(word, &room).to_string()
            } else {
                sentence(word, &room)
            })?;
        }
    }
    if known.is_empty() && !args.json {
        output::notice("No rooms around. Join one by its address, or host one: landline-cli serve");
    }
    stop.or_else_at_once();
    browser.stop().await;
    Ok(())
}

/// Keeps what is known of each room, so that a loss can be told by its name too.
fn note(known: &mut Vec<Room>, event: Event) -> Option<(&'static str, Room)> {
    match event {
        Event::Found(room) => {
            known.push(room.clone());
            Some(("found", room))
        }
        Event::Changed(room) => {
            *known
                .iter_mut()
                .find(|before| before.room_id == room.room_id)? = room.clone();
            Some(("changed", room))
        }
        Event::Lost { room_id } => {
            let place = known.iter().position(|room| room.room_id == room_id)?;
            Some(("lost", known.swap_remove(place)))
        }
    }
}

fn object(word: &str, room: &Room) -> Value {
    json!({
        "event": word,
        "room_id": room.room_id,
        "name": room.name,
        "addrs": room.addrs.iter().map(address).collect::<Vec<String>>(),
        "port": room.addrs.first().map(SocketAddr::port),
        "access": room.access,
        "members": room.members,
        "host": room.host,
        "protocol": room.protocol,
    })
}

/// The address alone, with the zone that a link-local one needs.
fn address(addr: &SocketAddr) -> String {
    match addr {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => format!("{}%{}", v6.ip(), v6.scope_id()),
        SocketAddr::V6(v6) => IpAddr::V6(*v6.ip()).to_string(),
        SocketAddr::V4(v4) => v4.ip().to_string(),
    }
}

fn sentence(word: &str, room: &Room) -> String {
    let name = plain(&room.name);
    if word == "lost" {
        return format!("- {name}");
    }
    let sign = if word == "found" { '+' } else { '~' };
    let people = match room.members {
        1 => "1 person".to_owned(),
        members => format!("{members} people"),
    };
    let at = room
        .addrs
        .first()
        .map(SocketAddr::to_string)
        .unwrap_or_default();
    format!(
        "{sign} {name}  {people}, {}, on {} at http://{at}",
        room.access,
        plain(&room.host)
    )
}
