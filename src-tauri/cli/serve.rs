//! `serve`: a hosted room without a window.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use landline_discovery::{Announce, Announcement};
use landline_protocol::{Access, PROTOCOL_VERSION};
use landline_server::{Port, Server, TOPIC_TTL};
use tokio::sync::watch;

use crate::args::{Serve, Switch};
use crate::member::data_folder;
use crate::output;
use crate::stop::Stop;

/// The port that a room takes if it can.
const DEFAULT_PORT: u16 = 8000;

/// Hosts a room until it is asked to stop.
pub(crate) async fn run(args: Serve) -> anyhow::Result<()> {
    args.refuse_what_comes_later();
    let mut stop = Stop::listen()?;
    let data = data_folder(args.data.clone(), "headless")?;
    let name = args
        .name
        .clone()
        .unwrap_or_else(|| name_before(&data).unwrap_or_else(landline_discovery::host_label));
    let server = landline_server::start(landline_server::Options {
        name,
        bind: args.bind,
        port: args.port.map_or(Port::Prefer(DEFAULT_PORT), Port::Exactly),
        data,
        access: Access::Open,
        rates: args.rate_limit == Switch::On,
        allow_origins: args.allow_origin.clone(),
        host_user: None,
        also_listen: args.also_listen.clone(),
        keep: args.keep.clone(),
        topic_ttl: args
            .topic_ttl
            .map_or(TOPIC_TTL, |seconds| Duration::from_secs(seconds.into())),
    })
    .await
    .context("cannot host the room")?;
    for warning in server.warnings() {
        output::notice(&format!("warning: {warning}"));
    }
    let announcement = announce(&args, &server);
    say_listening(&args, &server)?;
    follow(&server, announcement.as_ref(), &mut stop).await;
    stop.or_else_at_once();
    let goodbye = async {
        if let Some(announcement) = announcement {
            announcement.stop().await;
        }
    };
    tokio::join!(goodbye, server.stop());
    Ok(())
}

/// Announces the room, unless nobody else could reach it. A network without multicast is told, and is no reason to stop.
fn announce(args: &Serve, server: &Server) -> Option<Announcement> {
    if args.no_announce || args.bind.is_some_and(|ip| ip.is_loopback()) {
        return None;
    }
    let (room, status) = (server.room(), server.status());
    let announce = Announce {
        room_id: room.room_id.to_string(),
        name: room.name.to_string(),
        host: landline_discovery::host_label(),
        access: room.access.as_str().to_owned(),
        protocol: PROTOCOL_VERSION,
        members: status.borrow().members_online,
        port: server.local_addr().port(),
    };
    let options = landline_discovery::Options {
        only: args.bind.filter(|ip| !ip.is_unspecified()),
        ..landline_discovery::Options::default()
    };
    match Announcement::start(announce, &options) {
        Ok(announcement) => Some(announcement),
        Err(error) => {
            output::notice(&format!("warning: the room is not announced: {error}"));
            None
        }
    }
}

/// The one line that scripts wait for. When nobody reads it the room is hosted all the same.
fn say_listening(args: &Serve, server: &Server) -> anyhow::Result<()> {
    let room = server.room();
    let url = landline_discovery::urls(server.local_addr()).swap_remove(0);
    let told = if args.json {
        let addr = url.trim_start_matches("http://");
        output::line(
            &serde_json::json!({"event": "listening", "name": room.name, "room_id": room.room_id, "addr": addr, "url": url})
                .to_string(),
        )
    } else {
        output::line(&format!(
            "Hosting \"{}\" at {url}",
            output::plain(&room.name)
        ))
    };
    let told = told.and_then(|()| say_where_else(args, server));
    told.map_err(anyhow::Error::from).or_else(|error| {
        if output::is_closed_pipe(&error) {
            Ok(())
        } else {
            Err(error)
        }
    })
}

/// The ports for clients of older chat systems.
fn say_where_else(args: &Serve, server: &Server) -> std::io::Result<()> {
    for (service, address) in server.also_listening() {
        let url = landline_discovery::urls(*address).swap_remove(0);
        let addr = url.trim_start_matches("http://");
        let dialect = service.as_str();
        output::line(&if args.json {
            serde_json::json!({"event": "also_listening", "dialect": dialect, "addr": addr})
                .to_string()
        } else {
            format!("Clients of {dialect} at {addr}")
        })?;
    }
    Ok(())
}

/// Keeps the announcement true, and the host informed, until the room is asked to stop.
async fn follow(server: &Server, announcement: Option<&Announcement>, stop: &mut Stop) {
    let mut status = server.status();
    let mut announced = announcement.map(Announcement::announced_name);
    let mut was_writable = true;
    loop {
        tokio::select! {
            () = stop.asked() => return,
            Ok(()) = status.changed() => {
                let status = status.borrow_and_update();
                if let Some(announcement) = announcement {
                    announcement.update(&status.name, status.members_online);
                }
                if was_writable != status.writable {
                    was_writable = status.writable;
                    say_writable(server, was_writable);
                }
            }
            Some(name) = renamed(&mut announced) => {
                output::notice(&format!("Announced as \"{}\"", output::plain(&name)));
            }
        }
    }
}

/// The next name that the room is announced by, if it is.
async fn renamed(announced: &mut Option<watch::Receiver<String>>) -> Option<String> {
    match announced {
        Some(announced) => {
            announced.changed().await.ok()?;
            Some(announced.borrow_and_update().clone())
        }
        None => std::future::pending().await,
    }
}

fn say_writable(server: &Server, is_writable: bool) {
    if is_writable {
        output::notice("The disk can be written again");
    } else if let Some(warning) = server.warnings().last() {
        output::notice(&format!("warning: {warning}"));
    }
}

/// The name the room in this folder had, so that a restart without `--name` keeps it.
fn name_before(data: &Path) -> Option<String> {
    let file: PathBuf = data.join("room.json");
    let room: serde_json::Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    Some(room.get("name")?.as_str()?.to_owned())
}
