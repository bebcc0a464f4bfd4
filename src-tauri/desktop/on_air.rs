//! While a room is hosted: its announcement, and what the host's panel shows of it.

use std::time::Duration;

use landline_discovery::{Announce, Announcement};
use landline_protocol::PROTOCOL_VERSION;
use landline_protocol::bridge::{Hosting, PlatformEvent};
use landline_server::Server;

use crate::desk::Desk;
use crate::hosting::Hosted;

/// No event tells that this computer's addresses changed; the panel shows new ones after this long.
const ADDRESSES_EVERY: Duration = Duration::from_secs(5);

impl Desk {
    /// Announces the room. Without an announcement it can still be reached by its address.
    pub(crate) fn announce(&self, server: &Server) -> Option<Announcement> {
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
    pub(crate) fn watch(&self, hosted: &Hosted) {
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

    /// Also after a try that failed: a computer may host before it has a network.
    pub(crate) fn announce_if_wanted(&self, hosted: &mut Hosted) {
        if hosted.visible && hosted.announcement.is_none() {
            hosted.announcement = self.announce(&hosted.server);
        }
    }

    async fn hosting_changed(&self) {
        let mut place = self.0.hosted.lock().await;
        let Some(hosted) = &mut *place else {
            return;
        };
        self.announce_if_wanted(hosted);
        if let Some(announcement) = &hosted.announcement {
            let status = hosted.server.status().borrow().clone();
            announcement.update(&status.name, status.members_online);
        }
        self.tell_hosting(hosted);
    }

    /// Tells the window, if it does not know yet.
    pub(crate) fn tell_hosting(&self, hosted: &Hosted) {
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
}

impl Hosted {
    fn hosting(&self) -> Hosting {
        let room = self.server.room();
        let urls = landline_discovery::urls(self.server.local_addr());
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
            keeps: self.keeps.clone(),
            warnings: self.server.warnings(),
        }
    }
}

/// `url` as a QR code: an SVG document.
fn qr(url: &str) -> String {
    fast_qr::QRBuilder::new(url)
        .build()
        .map(|code| fast_qr::convert::svg::SvgBuilder::default().to_str(&code))
        .unwrap_or_default()
}
