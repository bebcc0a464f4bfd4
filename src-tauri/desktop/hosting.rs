//! Hosting a room: the server, its announcement, and the host's own place in it.
//!
//! What is hosted when the app quits is hosted again at its next start, under the same port if that is free: guests
//! and members that stayed find it where it was. Only the person ends it, by "stop hosting".

use std::path::PathBuf;
use std::time::Duration;

use landline_client::Target;
use landline_discovery::{Announce, Announcement};
use landline_protocol::bridge::{Hosting, PlatformEvent};
use landline_protocol::{Access, PROTOCOL_VERSION, RoomId, Timestamp};
use landline_server::{Options, Port, Server};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::clock::now;
use crate::desk::Desk;
use crate::refused::{Reason, Refused};
use crate::room_folders::folder_for;

/// The port that is asked for when the person names none.
const DEFAULT_PORT: u16 = 8_000;
const HOSTING: &str = "hosting";
/// No event tells that this computer's addresses changed; the panel shows new ones after this long.
const ADDRESSES_EVERY: Duration = Duration::from_secs(5);

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

/// The open room.
pub(crate) struct Hosted {
    server: Server,
    announcement: Option<Announcement>,
    folder: PathBuf,
    since: Timestamp,
    closing: CancellationToken,
}

/// What is kept for the next start.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    folder: PathBuf,
    room_id: RoomId,
    name: String,
    port: u16,
    visible: bool,
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
        match (change.visible, hosted.announcement.take()) {
            (Some(false), Some(announcement)) => announcement.stop().await,
            (Some(true), None) => hosted.announcement = self.announce(&hosted.server),
            (_, announcement) => hosted.announcement = announcement,
        }
        self.keep(hosted)?;
        self.tell_hosting(hosted);
        Ok(())
    }

    /// Closes the hosted room; its members are told.
    pub async fn stop_hosting(&self) -> Result<(), Refused> {
        let hosted = self.0.hosted.lock().await.take();
        let hosted = hosted.ok_or_else(not_hosting)?;
        self.0
            .store
            .set_setting(HOSTING, "")
            .map_err(Refused::system)?;
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

    /// Hosts again what was hosted at the last quit, and joins again what was not left. Without a name there is
    /// nobody to do it as: it happens with the first name.
    pub(crate) fn go_back(&self) {
        if self.identity().is_err() {
            return;
        }
        let kept = self.kept();
        self.rejoin(kept.as_ref().map(|kept| &kept.room_id));
        let Some(kept) = kept else {
            return;
        };
        let desk = self.clone();
        self.0.tasks.spawn(async move {
            let port = Port::Prefer(kept.port);
            if let Err(why) = desk
                .open_room(kept.name, port, kept.folder, kept.visible)
                .await
            {
                tracing::error!("the room of the last time cannot be hosted again: {why}");
            }
        });
    }

    /// Closes the hosted room for the quit.
    pub(crate) async fn close_hosted(&self) {
        let hosted = self.0.hosted.lock().await.take();
        if let Some(hosted) = hosted {
            close(hosted).await;
        }
    }

    async fn open_room(
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
        };
        let server = landline_server::start(options)
            .await
            .map_err(|why| Refused::new(Reason::CannotHost, why))?;
        let announcement = visible.then(|| self.announce(&server)).flatten();
        let (room, port) = (server.room().room_id, server.local_addr().port());
        let hosted = Hosted {
            server,
            announcement,
            folder,
            since: now(),
            closing: CancellationToken::new(),
        };
        self.keep(&hosted)?;
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

    fn announce(&self, server: &Server) -> Option<Announcement> {
        let options = self.0.reach.discovery.as_ref()?;
        let room = server.room();
        let announce = Announce {
            room_id: room.room_id.as_str().to_owned(),
            name: room.name.to_string(),
            host: landline_discovery::host_label(),
            access: room.access.as_str().to_owned(),
            protocol: PROTOCOL_VERSION,
            members: server.status().borrow().members_online,
            port: server.local_addr().port(),
        };
        match Announcement::start(announce, options) {
            Ok(announcement) => {
                let (desk, mut name) = (self.clone(), announcement.announced_name());
                self.0.tasks.spawn(async move {
                    while name.changed().await.is_ok() {
                        desk.hosting_changed().await;
                    }
                });
                Some(announcement)
            }
            Err(why) => {
                tracing::error!("the room cannot be announced: {why}");
                None
            }
        }
    }

    /// Follows the room's members, its name and this computer's addresses until it closes.
    fn watch(&self, hosted: &Hosted) {
        let desk = self.clone();
        let mut status = hosted.server.status();
        let closing = hosted.closing.clone();
        self.0.tasks.spawn(async move {
            let mut addresses = tokio::time::interval(ADDRESSES_EVERY);
            loop {
                tokio::select! {
                    () = closing.cancelled() => return,
                    changed = status.changed() => if changed.is_err() { return },
                    _ = addresses.tick() => {}
                }
                desk.hosting_changed().await;
            }
        });
    }

    async fn hosting_changed(&self) {
        let place = self.0.hosted.lock().await;
        let Some(hosted) = &*place else {
            return;
        };
        if let Some(announcement) = &hosted.announcement {
            let status = hosted.server.status().borrow().clone();
            announcement.update(&status.name, status.members_online);
        }
        self.tell_hosting(hosted);
    }

    /// Tells the window, if it does not know yet.
    fn tell_hosting(&self, hosted: &Hosted) {
        let hosting = Some(hosted.hosting());
        let mut state = self.state();
        if state.hosting == hosting {
            return;
        }
        let began = state.hosting.is_none();
        state.hosting.clone_from(&hosting);
        state.outlet.tell(PlatformEvent::Hosting { hosting });
        if began {
            let around = state.around_event();
            state.outlet.tell(around);
        }
    }

    fn keep(&self, hosted: &Hosted) -> Result<(), Refused> {
        let room = hosted.server.room();
        let kept = Kept {
            folder: hosted.folder.clone(),
            room_id: room.room_id,
            name: room.name.to_string(),
            port: hosted.server.local_addr().port(),
            visible: hosted.announcement.is_some(),
        };
        let text = serde_json::to_string(&kept).map_err(Refused::system)?;
        self.0
            .store
            .set_setting(HOSTING, &text)
            .map_err(Refused::system)
    }

    fn kept(&self) -> Option<Kept> {
        let text = self.0.store.setting(HOSTING).ok()??;
        serde_json::from_str(&text).ok()
    }
}

impl Hosted {
    fn hosting(&self) -> Hosting {
        let room = self.server.room();
        let urls = self.server.urls();
        Hosting {
            room_id: room.room_id.as_str().to_owned(),
            name: match &self.announcement {
                Some(announcement) => announcement.announced_name().borrow().clone(),
                None => room.name.to_string(),
            },
            qr_svg: urls.first().map(|url| qr(url)).unwrap_or_default(),
            urls,
            visible: self.announcement.is_some(),
            since: self.since,
            warnings: self.server.warnings(),
        }
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

/// `url` as a QR code: an SVG document.
fn qr(url: &str) -> String {
    fast_qr::QRBuilder::new(url)
        .build()
        .map(|code| fast_qr::convert::svg::SvgBuilder::default().to_str(&code))
        .unwrap_or_default()
}

fn not_hosting() -> Refused {
    Refused::new(Reason::UnknownRoom, "no room is hosted")
}
