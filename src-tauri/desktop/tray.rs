//! The tray icon, where the system has a place for one. Stock GNOME has none: an app that closed to a tray nobody sees
//! would be gone.

use std::path::Path;

use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager as _, Wry, include_image};

use crate::window;
use crate::words::Words;

const ID: &str = "landline";

/// What the tray shows beside its icon; kept as the app's state while a tray is there.
struct Shown {
    status: MenuItem<Wry>,
    words: Words,
}

/// Puts the icon into the tray, if there is one. The picture is handed over as a file: in `folder`, because a place in
/// a shared temporary folder may be somebody else's.
pub(crate) fn open(app: &AppHandle, folder: &Path) -> tauri::Result<()> {
    if !is_there() {
        return Ok(());
    }
    let words = Words::load();
    let status = MenuItem::new(app, words.tray_status(0), false, None::<&str>)?;
    let open = MenuItem::with_id(app, "open", words.tray_open(), true, None::<&str>)?;
    let quit = MenuItem::with_id(app, "quit", words.tray_quit(), true, None::<&str>)?;
    let line = PredefinedMenuItem::separator(app)?;
    let menu = Menu::with_items(app, &[&status, &line, &open, &quit])?;
    TrayIconBuilder::with_id(ID)
        .icon(include_image!("icons/tray.png"))
        .temp_dir_path(folder)
        .tooltip(words.tray_status(0))
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| match event.id.as_ref() {
            "open" => window::show(app),
            "quit" => app.exit(0),
            _ => {}
        })
        .on_tray_icon_event(|tray, event| {
            if let TrayIconEvent::Click {
                button: MouseButton::Left,
                button_state: MouseButtonState::Up,
                ..
            } = event
            {
                window::show(tray.app_handle());
            }
        })
        .build(app)?;
    app.manage(Shown { status, words });
    Ok(())
}

/// Whether the icon is there, so that the window may be closed to it.
pub(crate) fn is_shown(app: &AppHandle) -> bool {
    app.try_state::<Shown>().is_some()
}

/// Shows how many messages are unread.
pub(crate) fn show_count(app: &AppHandle, count: u32) {
    let Some(shown) = app.try_state::<Shown>() else {
        return;
    };
    let text = shown.words.tray_status(count);
    let _ = shown.status.set_text(&text);
    if let Some(tray) = app.tray_by_id(ID) {
        let _ = tray.set_tooltip(Some(&text)); // Linux shows none; there the menu's first line tells
    }
}

/// Whether somebody shows tray icons: asked of the session bus (freedesktop.org, `StatusNotifierWatcher`).
#[cfg(target_os = "linux")]
fn is_there() -> bool {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let ask = || -> zbus::Result<bool> {
        let bus = zbus::blocking::Connection::session()?;
        let watcher: zbus::blocking::Proxy<'_> = zbus::blocking::proxy::Builder::new(&bus)
            .destination(WATCHER)?
            .path("/StatusNotifierWatcher")?
            .interface(WATCHER)?
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()?;
        watcher.get_property("IsStatusNotifierHostRegistered")
    };
    match ask() {
        Ok(is_there) => is_there,
        Err(why) => {
            tracing::info!("no tray: {why}");
            false
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn is_there() -> bool {
    true
}
