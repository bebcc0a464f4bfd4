//! The one window: one document, no navigation, no second window, no developer tools in a release.

use std::path::PathBuf;

use tauri::webview::NewWindowResponse;
use tauri::window::Color;
use tauri::{AppHandle, Manager as _, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};

use crate::desk::Desk;
use crate::tray;

/// The window's label, to which the capability in tauri.conf.json is given.
pub(crate) const MAIN: &str = "main";

/// The paper of the light theme, so that nothing flashes before the first paint.
const PAPER: Color = Color(250, 249, 245, 255);

/// Opens the window. `data` is where the webview keeps drafts and the like, beside the rest of the profile.
pub(crate) fn open(app: &AppHandle, data: PathBuf) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, MAIN, WebviewUrl::default())
        .title("Landline")
        .inner_size(1080.0, 760.0)
        .min_inner_size(320.0, 480.0)
        .background_color(PAPER)
        .data_directory(data)
        .on_navigation(is_ours)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_document_title_changed(|window, title| {
            if !title.is_empty() {
                let _ = window.set_title(&title);
            }
        })
        .build()?;
    let app = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event
            && app.state::<Desk>().settings().close_to_tray
            && tray::is_shown(&app)
        {
            api.prevent_close();
            hide(&app);
        }
    });
    Ok(())
}

/// Brings the window to the front, wherever it is.
pub(crate) fn show(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.unminimize();
        let _ = window.show();
        let _ = window.set_focus();
    }
}

/// Takes the window away; the app goes on.
pub(crate) fn hide(app: &AppHandle) {
    if let Some(window) = app.get_webview_window(MAIN) {
        let _ = window.hide();
    }
}

/// One document: `WebKitGTK` has crashed on navigations, and a chat has no business showing pages of others.
fn is_ours(url: &Url) -> bool {
    let own = url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost");
    let development = tauri::is_dev() && url.host_str() == Some("localhost");
    own || development
}
