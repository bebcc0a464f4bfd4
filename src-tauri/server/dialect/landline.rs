//! `landline.v1`: the native dialect, the frames of `landline_protocol::frame`.

mod reading;
mod writing;

use hyper_tungstenite::tungstenite::Utf8Bytes;
use landline_hub::Event;
use landline_protocol::frame::{Limits, ServerFrame};
use landline_protocol::limits::{IN_FLIGHT_MAX, MESSAGES_BURST, MESSAGES_PER_SECOND, TEXT_BYTES};

use super::Words;

pub(crate) use reading::{Action, read};
use writing::frame;
pub(crate) use writing::{message, topic_info};

/// The words of a server that limits rates, and of one that does not.
pub(crate) static LIMITED: Landline = Landline { is_limiting: true };
/// See [`LIMITED`].
pub(crate) static UNLIMITED: Landline = Landline { is_limiting: false };

/// The native dialect.
pub(crate) struct Landline {
    is_limiting: bool,
}

impl Words for Landline {
    fn id(&self) -> usize {
        0
    }

    fn encode(&self, event: &Event) -> Option<Utf8Bytes> {
        Some(encode(&frame(event, self.limits())))
    }
}

impl Landline {
    fn limits(&self) -> Limits {
        let rate = |rate: u32| if self.is_limiting { rate } else { 0 };
        Limits {
            text_bytes: u32::try_from(TEXT_BYTES).unwrap_or(u32::MAX),
            messages_burst: rate(MESSAGES_BURST),
            messages_per_second: rate(MESSAGES_PER_SECOND),
            in_flight: u32::try_from(IN_FLIGHT_MAX).unwrap_or(u32::MAX),
        }
    }
}

/// A frame as text.
pub(crate) fn encode(frame: &ServerFrame) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("a frame has string keys only, and no value that can fail")
        .into()
}
