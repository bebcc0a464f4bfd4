//! What the window may ask for. Each command only translates: what it means is the desk's.
#![expect(
    clippy::needless_pass_by_value,
    reason = "Tauri hands a command what it asks for by value"
)]

use landline_protocol::bridge::{Boot, PlatformEvent, Settings};
use landline_protocol::frame::ClientFrame;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager as _, State, command};
use tauri_plugin_opener::OpenerExt as _;

use crate::desk::Desk;
use crate::hosting::{HostChange, HostRequest, KeepRequest};
use crate::refused::{Reason, Refused};
use crate::toast::Notice;
use crate::{clipboard, saving, toast, tray};

type Answer<T = ()> = Result<T, Refused>;

#[command(async)]
pub(crate) fn boot(desk: State<'_, Desk>) -> Boot {
    desk.boot()
}

/// Whether the window can be closed to a tray.
#[command]
pub(crate) fn has_tray(app: AppHandle) -> bool {
    tray::is_shown(&app)
}

#[command(async)]
pub(crate) fn attach(desk: State<'_, Desk>, channel: Channel<PlatformEvent>) {
    tracing::info!("the window listens");
    desk.attach(Box::new(move |event| {
        if let Err(why) = channel.send(event) {
            tracing::warn!("the window does not hear: {why}");
        }
    }));
}

#[command(async)]
pub(crate) fn set_name(desk: State<'_, Desk>, name: &str) -> Answer {
    let runtime = tauri::async_runtime::handle();
    let _inside = runtime.inner().enter();
    desk.set_name(name)
}

#[command(async)]
pub(crate) fn save_settings(desk: State<'_, Desk>, settings: Settings) -> Answer {
    desk.save_settings(settings)
}

#[command]
pub(crate) async fn join_room(desk: State<'_, Desk>, target: String) -> Answer<String> {
    Ok(desk.join_room(&target).await?.as_str().to_owned())
}

#[command]
pub(crate) async fn leave_room(desk: State<'_, Desk>, room: String) -> Answer {
    desk.leave_room(&room).await
}

#[command]
pub(crate) async fn forget_room(desk: State<'_, Desk>, room: String, discard: bool) -> Answer {
    desk.forget_room(&room, discard).await
}

#[command]
pub(crate) async fn host_room(desk: State<'_, Desk>, request: HostRequest) -> Answer<String> {
    Ok(desk.host_room(request).await?.as_str().to_owned())
}

#[command]
pub(crate) async fn change_hosting(desk: State<'_, Desk>, change: HostChange) -> Answer {
    desk.change_hosting(change).await
}

#[command]
pub(crate) async fn stop_hosting(desk: State<'_, Desk>) -> Answer {
    desk.stop_hosting().await
}

#[command]
pub(crate) async fn keep(desk: State<'_, Desk>, rule: KeepRequest) -> Answer {
    desk.keep_messages(rule).await
}

/// Copies the hosted room into the person's documents; resolves to the file.
#[command]
pub(crate) async fn back_up(app: AppHandle, desk: State<'_, Desk>) -> Answer<String> {
    let folders = app.path();
    let folder = folders.document_dir().or_else(|_| folders.home_dir());
    let file = desk.back_up(folder.map_err(Refused::system)?).await?;
    Ok(file.display().to_string())
}

/// Puts a text into the person's downloads; resolves to the file.
#[command(async)]
pub(crate) fn save_download(app: AppHandle, name: &str, text: &str) -> Answer<String> {
    let folders = app.path();
    let folder = folders.download_dir().or_else(|_| folders.home_dir());
    let file = saving::save(&folder.map_err(Refused::system)?, name, text)?;
    Ok(file.display().to_string())
}

/// Not `async`: commands of that kind run side by side, and messages must keep the order in which they were written.
#[command]
pub(crate) fn send(desk: State<'_, Desk>, room: &str, frame: ClientFrame) -> Answer {
    desk.send(room, frame)
}

#[command]
pub(crate) fn reconnect(desk: State<'_, Desk>, room: &str) -> Answer {
    desk.reconnect(room)
}

#[command]
pub(crate) fn retry_message(desk: State<'_, Desk>, room: &str, message_id: &str) -> Answer {
    desk.retry_message(room, message_id)
}

#[command]
pub(crate) fn discard_message(desk: State<'_, Desk>, room: &str, message_id: &str) -> Answer {
    desk.discard_message(room, message_id)
}

/// On the main thread, where the toolkit's clipboard lives.
#[command]
pub(crate) fn copy(text: &str) -> Answer {
    clipboard::copy(text)
}

#[command(async)]
pub(crate) fn open_link(app: AppHandle, url: &str) -> Answer {
    if !is_for_the_browser(url) {
        return Err(Refused::new(
            Reason::Invalid,
            "only links to http, https and mailto are opened",
        ));
    }
    app.opener()
        .open_url(url, None::<&str>)
        .map_err(Refused::system)
}

#[command(async)]
pub(crate) fn notify(app: AppHandle, desk: State<'_, Desk>, notice: Notice) -> Answer {
    if desk.settings().notifications {
        toast::show(&app, &notice)?;
    }
    Ok(())
}

#[command]
pub(crate) fn badge(app: AppHandle, count: u32) {
    tray::show_count(&app, count);
}

/// Messages come from strangers: nothing but a web page or a letter is ever opened.
fn is_for_the_browser(url: &str) -> bool {
    let Ok(url) = tauri::Url::parse(url) else {
        return false;
    };
    match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_page_or_a_letter_and_nowhere_else() {
        for url in [
            "http://192.168.1.20:8000/",
            "https://example.org/a?b#c",
            "mailto:lena@example.org",
            "HTTPS://EXAMPLE.ORG",
        ] {
            assert!(is_for_the_browser(url), "{url}");
        }
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
            "smb://host/share",
            "/etc/passwd",
            "--help",
            "",
        ] {
            assert!(!is_for_the_browser(url), "{url}");
        }
    }
}
