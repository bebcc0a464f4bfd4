//! The one way from Rust to the window. Events leave in the order in which they were told here. What is told while
//! nobody listens is dropped: a window that attaches is told the present first (`Desk::attach`).

use landline_protocol::bridge::PlatformEvent;

/// Takes an event to the window; called in order, must not block and must not call the desk.
pub type Sink = Box<dyn Fn(PlatformEvent) + Send>;

/// Where events go.
#[derive(Default)]
pub struct Outlet {
    sink: Option<Sink>,
}

impl Outlet {
    /// A window listens from now on; the one before, if any, is gone.
    pub fn attach(&mut self, sink: Sink) {
        self.sink = Some(sink);
    }

    /// Tells the window, if there is one.
    pub fn tell(&self, event: PlatformEvent) {
        if let Some(sink) = &self.sink {
            sink(event);
        }
    }
}
