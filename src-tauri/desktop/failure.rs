//! The app cannot start: said where the person looks, the terminal or the screen.

use std::io::IsTerminal as _;

use crate::words::Words;

/// Says `why` and ends the process. Only for the main thread, before the window is there.
pub(crate) fn end(why: &anyhow::Error) -> ! {
    let text = format!("{}: {why:#}", Words::load().cannot_start());
    eprintln!("{text}");
    if !std::io::stderr().is_terminal() {
        show(&text);
    }
    std::process::exit(1)
}

#[cfg(target_os = "linux")]
fn show(text: &str) {
    use gtk::prelude::{DialogExt as _, GtkWindowExt as _};
    if !gtk::is_initialized_main_thread() {
        return;
    }
    let dialog = gtk::MessageDialog::new(
        None::<&gtk::Window>,
        gtk::DialogFlags::MODAL,
        gtk::MessageType::Error,
        gtk::ButtonsType::Close,
        text,
    );
    dialog.set_title("Landline");
    dialog.run();
}

#[cfg(not(target_os = "linux"))]
fn show(_text: &str) {}
