//! The clipboard, without the webview's permissions and gestures.

use crate::refused::Refused;

/// Puts `text` on the clipboard. On Linux: on the main thread only, and it stays there while the app runs.
#[cfg(target_os = "linux")]
pub(crate) fn copy(text: &str) -> Result<(), Refused> {
    if !gtk::is_initialized_main_thread() {
        return Err(Refused::system("the clipboard is not there"));
    }
    gtk::Clipboard::get(&gtk::gdk::SELECTION_CLIPBOARD).set_text(text);
    Ok(())
}

/// Puts `text` on the clipboard.
#[cfg(not(target_os = "linux"))]
pub(crate) fn copy(text: &str) -> Result<(), Refused> {
    arboard::Clipboard::new()
        .and_then(|mut clipboard| clipboard.set_text(text))
        .map_err(Refused::system)
}
