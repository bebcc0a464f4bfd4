//! Whether a direct message was really written: a dialect that promises `delivered` says so only after the write.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use landline_protocol::MessageId;

use super::Line;
use crate::dialect::Note;

/// Goes with a frame to each of the recipient's sessions. The first that has written it tells the author's session; if
/// none could, the author's session is told that, when the last receipt is dropped.
#[derive(Clone)]
pub(crate) struct Receipt(Arc<Inner>);

struct Inner {
    author: Line,
    message_id: MessageId,
    is_written: AtomicBool,
}

impl Receipt {
    pub(crate) fn new(author: Line, message_id: MessageId) -> Receipt {
        Receipt(Arc::new(Inner {
            author,
            message_id,
            is_written: AtomicBool::new(false),
        }))
    }

    /// The frame is in the recipient's socket.
    pub(crate) fn written(&self) {
        if !self.0.is_written.swap(true, Ordering::Relaxed) {
            self.0.author.note(Note::Written(self.0.message_id.clone()));
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if !*self.is_written.get_mut() {
            self.author.note(Note::NotWritten(self.message_id.clone()));
        }
    }
}
