//! Hosting a room: the server, its announcement, and the host's own place in it.
//!
//! What is hosted when the app quits is hosted again at its next start (`again`), under the same port if that is free:
//! guests and members that stayed find it where it was. Only the person ends it, by "stop hosting".

use std::path::PathBuf;

use landline_client::Target;
use landline_discovery::Announcement;
use landline_protocol::bridge::PlatformEvent;
use landline_protocol::{Access, Keep, Keeps, RoomId, Timestamp, TopicName};
use landline_server::{BackupError, KeepRule, Options, Port, Server};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::clock::now;
use crate::desk::Desk;
use crate::refused::{Reason, Refused};
use crate::room_folders::folder_for;
use crate::saving;

/// The port that is asked for when the person names none.
const DEFAULT_PORT: u16 = 8_000;

/// What the person asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct HostRequest {
    /// What the room is called.
    pub name: String,
    /// Absent: 8000, or any free one.
    #[serde(default)]
    pub port: Option<u16>,
    /// Whether it is announced.
    pub visible: bool,
}

/// What the person changes.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct HostChange {
    /// A new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it is announced.
    #[serde(default)]
    pub visible: Option<bool>,
}

/// How long messages are kept, as the window says it.
#[derive(Debug, Clone, Deserialize)]
pub struct KeepRequest {
    /// Absent: all topics without a rule of their own.
    #[serde(default)]
    topic: Option<TopicName>,
    /// Absent: for ever.
    #[serde(default)]
    keep: Option<Keep>,
    /// The topic has no rule of its own any more.
    #[serde(default)]
    usual: bool,
}

impl KeepRequest {
    fn rule(self) -> Result<KeepRule, Refused> {
        let checked = self.keep.map(Keep::checked).transpose();
        let keep = checked.map_err(|why| Refused::new(Reason::Invalid, why))?;
        Ok(match self.topic {
            None => KeepRule::Usual(keep),
            Some(topic) if self.usual => KeepRule::AsUsual(topic),
            Some(topic) => KeepRule::Own(topic, keep),
        })
    }
}

/// The open room.
pub(crate) struct Hosted {
    pub(crate) server: Server,
    /// Whether the person wants it announced; without a network there may be no announcement yet.
    pub(crate) visible: bool,
    pub(crate) announcement: Option<Announcement>,
    pub(crate) folder: PathBuf,
    pub(crate) keeps: Keeps,
    pub(crate) since: Timestamp,
    pub(crate) closing: CancellationToken,
}

impl Desk {
    /// Hosts a room and enters it.
    pub async fn host_room(&self, request: HostRequest) -> Result<RoomId, Refused> {
        let port = request
            .port
            .map_or(Port::Prefer(DEFAULT_PORT), Port::Exactly);
        let folder = folder_for(&self.0.profile.rooms_folder(), &request.name);
        self.open_room(request.name, port, folder, request.visible)
            .await
    }

    /// Changes what the hosted room is called or whether it is announced.
    pub async fn change_hosting(&self, change: HostChange) -> Result<(), Refused> {
        let mut place = self.0.hosted.lock().await;
        let hosted = place.as_mut().ok_or_else(not_hosting)?;
        if let Some(name) = &change.name {
            hosted
                .server
                .rename(name)
                .await
                .map_err(|why| Refused::new(Reason::Invalid, why))?;
        }
        hosted.visible = change.visible.unwrap_or(hosted.visible);
        if !hosted.visible
            && let Some(announcement) = hosted.announcement.take()
        {
            announcement.stop().await;
        }
        self.announce_if_wanted(hosted);
        self.keep(Some(hosted))?;
        self.tell_hosting(hosted);
        Ok(())
    }

    /// Says how long the hosted room's topics keep messages.
    pub async fn keep_messages(&self, request: KeepRequest) -> Result<(), Refused> {
        let rule = request.rule()?;
        let mut place = self.0.hosted.lock().await;
        let hosted = place.as_mut().ok_or_else(not_hosting)?;
        hosted.server.keep(rule).await;
        hosted.keeps = hosted.server.keeps().await;
        self.tell_hosting(hosted);
        Ok(())
    }

    /// Copies the hosted room into a new file in `folder`, while it goes on; where that is.
    pub async fn back_up(&self, folder: PathBuf) -> Result<PathBuf, Refused> {
        let (data, name) = {
            let place = self.0.hosted.lock().await;
            let hosted = place.as_ref().ok_or_else(not_hosting)?;
            (hosted.folder.clone(), hosted.server.room().name)
        };
        let now = now();
        let day = now.to_string();
        let name = format!("{name} {}", day.get(..10).unwrap_or_default());
        let made = tokio::task::spawn_blocking(move || {
            saving::unused(
                &folder,
                &name,
                "landline",
                |file| match landline_server::backup(&data, file, false, now) {
                    Err(BackupError::Exists(_)) => Ok(false),
                    Err(why) => Err(Refused::system(why)),
                    Ok(()) => Ok(true),
                },
            )
        });
        made.await.map_err(Refused::system)?
    }

    /// Closes the hosted room; its members are told.
    pub async fn stop_hosting(&self) -> Result<(), Refused> {
        let hosted = self.0.hosted.lock().await.take();
        let hosted = hosted.ok_or_else(not_hosting)?;
        self.keep(None)?;
        let room = hosted.server.room().room_id;
        self.leave(&room).await?;
        close(hosted).await;
        {
            let mut state = self.state();
            state.hosting = None;
            state.outlet.tell(PlatformEvent::Hosting { hosting: None });
        }
        self.tell_rooms();
        Ok(())
    }

    /// Whether this app hosts `room`.
    pub(crate) fn hosts(&self, room: &RoomId) -> bool {
        let state = self.state();
        let hosting = state.hosting.as_ref();
        hosting.is_some_and(|hosting| hosting.room_id == room.as_str())
    }

    /// Closes the hosted room for the quit.
    pub(crate) async fn close_hosted(&self) {
        let hosted = self.0.hosted.lock().await.take();
        if let Some(hosted) = hosted {
            close(hosted).await;
        }
    }

    pub(crate) async fn open_room(
        &self,
        name: String,
        port: Port,
        folder: PathBuf,
        visible: bool,
    ) -> Result<RoomId, Refused> {
        self.identity()?;
        let mut place = self.0.hosted.lock().await;
        if self.0.stop.is_cancelled() {
            return Err(Refused::system("Landline is quitting"));
        }
        if place.is_some() {
            return Err(Refused::new(
                Reason::AlreadyHosting,
                "a room is hosted already; stop it first",
            ));
        }
        let options = Options {
            name,
            bind: self.0.reach.bind,
            port,
            data: folder.clone(),
            access: Access::Open,
            rates: true,
            allow_origins: Vec::new(),
            host_user: Some(self.0.user_id),
            also_listen: Vec::new(),
            topic_ttl: landline_server::TOPIC_TTL,
            keep: Vec::new(),
        };
        let server = landline_server::start(options)
            .await
            .map_err(|why| Refused::new(Reason::CannotHost, why))?;
        let announcement = visible.then(|| self.announce(&server)).flatten();
        let (room, port) = (server.room().room_id, server.local_addr().port());
        let keeps = server.keeps().await;
        let hosted = Hosted {
            server,
            keeps,
            visible,
            announcement,
            folder,
            since: now(),
            closing: CancellationToken::new(),
        };
        self.keep(Some(&hosted))?;
        self.tell_hosting(&hosted);
        self.watch(&hosted);
        *place = Some(hosted);
        drop(place);
        self.enter_own(&room, port).await;
        Ok(room)
    }

    /// The host is a member like any other, over the loopback.
    async fn enter_own(&self, room: &RoomId, port: u16) {
        let address = format!("127.0.0.1:{port}");
        let target = Target {
            addrs: address.parse().into_iter().collect(),
            room_id: Some(room.clone()),
        };
        if let Err(why) = self.enter(target, true).await {
            tracing::error!("the host does not get into its own room: {why}");
        }
        self.tell_rooms();
    }
}

/// Goodbye on the network and a close code to every session, side by side.
async fn close(hosted: Hosted) {
    hosted.closing.cancel();
    let goodbye = async {
        if let Some(announcement) = hosted.announcement {
            announcement.stop().await;
        }
    };
    tokio::join!(goodbye, hosted.server.stop());
}

fn not_hosting() -> Refused {
    Refused::new(Reason::UnknownRoom, "no room is hosted")
}
