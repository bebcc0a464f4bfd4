//! The wire languages. Only these files turn frames into requests and events into frames; each is deletable whole.

pub(crate) mod landline;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::Event;

/// How a dialect says an event, the same for each of its readers.
pub(crate) trait Words: Send + Sync {
    /// Tells dialects apart; no two share it.
    fn id(&self) -> usize;
    /// The frame of an event; `None`: the dialect has no word for it.
    fn encode(&self, event: &Event) -> Option<Utf8Bytes>;
}
