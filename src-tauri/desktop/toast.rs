//! The system's notifications. A click brings the window to the front and shows the chat.

use landline_protocol::bridge::PlatformEvent;
use serde::Deserialize;
use tauri::{AppHandle, Manager as _};
use tauri_plugin_notification::{ActionPerformed, NotificationExt as _};

use crate::desk::Desk;
use crate::refused::Refused;
use crate::window;

/// Something happened while nobody looked.
#[derive(Debug, Deserialize)]
pub(crate) struct Notice {
    room: String,
    #[serde(default)]
    topic: Option<String>,
    #[serde(default)]
    with: Option<String>,
    title: String,
    body: String,
}

/// Must run before the first notification: one that was shown earlier reports no click.
pub(crate) fn listen(app: &AppHandle) -> tauri_plugin_notification::Result<()> {
    let handle = app.clone();
    app.notification()
        .on_action(move |action| clicked(&handle, action))
}

/// Shows a notification.
pub(crate) fn show(app: &AppHandle, notice: &Notice) -> Result<(), Refused> {
    let mut toast = app
        .notification()
        .builder()
        .title(&notice.title)
        .body(&notice.body)
        .extra("room", &notice.room);
    if let Some(topic) = &notice.topic {
        toast = toast.extra("topic", topic);
    }
    if let Some(with) = &notice.with {
        toast = toast.extra("with", with);
    }
    toast.show().map_err(Refused::system)
}

fn clicked(app: &AppHandle, action: &ActionPerformed) {
    window::show(app);
    let Some(toast) = action.notification() else {
        return;
    };
    let text = |key: &str| Some(toast.extra().get(key)?.as_str()?.to_owned());
    let Some(room) = text("room") else {
        return;
    };
    app.state::<Desk>().show(PlatformEvent::Show {
        room,
        topic: text("topic"),
        with: text("with"),
    });
}
