//! Puts the parts together: profile, desk, window, tray; and takes them apart in order.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tauri::{AppHandle, Builder, Manager as _, RunEvent, Wry};
use tauri_plugin_window_state::StateFlags;

use crate::args::Args;
use crate::desk::{Desk, Reach};
use crate::profile::Profile;
use crate::{commands, failure, toast, tray, window};

/// Runs the app until the person quits it.
pub(crate) fn run(args: Args) -> anyhow::Result<()> {
    // A folder of one's own means an app of one's own, so that two people can share a computer's screen (and tests a
    // display). The usual folder has one app: starting it again shows its window.
    let alone = args.data.is_none();
    let folder = match args.data {
        Some(folder) => std::path::absolute(folder)?,
        None => Profile::default_folder()?,
    };
    let app = plugins(alone, &folder)
        .invoke_handler(tauri::generate_handler![
            commands::boot,
            commands::has_tray,
            commands::attach,
            commands::set_name,
            commands::save_settings,
            commands::join_room,
            commands::leave_room,
            commands::forget_room,
            commands::host_room,
            commands::change_hosting,
            commands::keep,
            commands::back_up,
            commands::save_download,
            commands::stop_hosting,
            commands::send,
            commands::reconnect,
            commands::retry_message,
            commands::discard_message,
            commands::copy,
            commands::open_link,
            commands::notify,
            commands::badge,
        ])
        .setup(move |app| {
            if let Err(why) = start(app.handle(), &folder) {
                failure::end(&why); // Tauri would panic
            }
            Ok(())
        })
        .build(tauri::generate_context!())
        .context("the window system did not start")?;
    let quitting = AtomicBool::new(false);
    app.run(move |app, event| {
        if let RunEvent::ExitRequested { api, code, .. } = event
            && !quitting.swap(true, Ordering::SeqCst)
        {
            api.prevent_exit();
            say_goodbye(app.clone(), code.unwrap_or_default());
        }
    });
    Ok(())
}

fn plugins(alone: bool, folder: &Path) -> Builder<Wry> {
    let mut builder = Builder::default();
    if alone {
        // First of all plugins: a second start must end before it touches anything.
        builder = builder.plugin(tauri_plugin_single_instance::init(|app, _, _| {
            window::show(app);
        }));
    }
    let place = tauri_plugin_window_state::Builder::default()
        .with_filename(folder.join("window.json").to_string_lossy())
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .build();
    builder
        .plugin(place)
        .plugin(tauri_plugin_notification::init())
        .plugin(tauri_plugin_opener::init())
}

fn start(app: &AppHandle, folder: &Path) -> anyhow::Result<()> {
    let profile = Profile::open(folder)?;
    window::open(app, folder.join("webview"))?; // first: the webview's processes start while the rest is opened
    let desk = Desk::open(profile, Reach::default())?;
    app.manage(desk.clone());
    toast::listen(app)?;
    tray::open(app, &folder.join("tray"))?;
    tauri::async_runtime::spawn(async move { desk.start() });
    quit_on_signal(app.clone());
    Ok(())
}

/// The person is done with the window at once; the goodbyes go on behind it.
fn say_goodbye(app: AppHandle, code: i32) {
    window::hide(&app);
    tauri::async_runtime::spawn(async move {
        app.state::<Desk>().inner().clone().quit().await;
        app.exit(code);
    });
}

/// A session that ends, or Ctrl-C in the terminal, says goodbye too.
fn quit_on_signal(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        if let Err(why) = asked_to_stop().await {
            tracing::warn!("signals are not heard: {why}");
            return;
        }
        app.exit(0);
    });
}

#[cfg(unix)]
async fn asked_to_stop() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn asked_to_stop() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
