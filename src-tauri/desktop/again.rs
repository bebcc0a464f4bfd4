//! Where the person was at the last quit, and back to it.

use std::path::PathBuf;

use landline_protocol::RoomId;
use landline_server::Port;
use serde::{Deserialize, Serialize};

use crate::desk::Desk;
use crate::hosting::Hosted;
use crate::refused::Refused;

const HOSTING: &str = "hosting";

/// What is hosted, kept for the next start.
#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    folder: PathBuf,
    room_id: RoomId,
    name: String,
    port: u16,
    visible: bool,
}

impl Desk {
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

    /// Keeps what is hosted, or that nothing is.
    pub(crate) fn keep(&self, hosted: Option<&Hosted>) -> Result<(), Refused> {
        let text = match hosted {
            Some(hosted) => serde_json::to_string(&hosted.kept()).map_err(Refused::system)?,
            None => String::new(),
        };
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
    fn kept(&self) -> Kept {
        let room = self.server.room();
        Kept {
            folder: self.folder.clone(),
            room_id: room.room_id,
            name: room.name.to_string(),
            port: self.server.local_addr().port(),
            visible: self.visible,
        }
    }
}
