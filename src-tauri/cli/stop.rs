//! Being asked to stop: Ctrl-C or SIGTERM.

use std::io;

/// Exit code of a process that a second signal ended (128 + SIGINT).
const INTERRUPTED: i32 = 130;

/// Hears the signals from the moment it is made.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Stop> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Stop {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "the same shape on every system")]
    pub(crate) fn listen() -> io::Result<Stop> {
        Ok(Stop {})
    }

    /// Waits for a signal. May be dropped and called again.
    pub(crate) async fn asked(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }

    /// From here on the next signal ends the process at once.
    pub(crate) fn or_else_at_once(mut self) {
        tokio::spawn(async move {
            self.asked().await;
            std::process::exit(INTERRUPTED);
        });
    }
}
