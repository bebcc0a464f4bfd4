//! What a command answers when it cannot do what the person asked for.

use serde::Serialize;

/// Why something was refused: a code for the UI's catalogue, and a sentence in English for what it does not know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refused {
    /// What the UI looks up.
    pub code: Reason,
    /// A sentence that says what to do.
    pub message: String,
}

/// A reason exists where the person does something different about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// What was typed is no name, address or link.
    Invalid,
    /// Nobody answers there.
    Unreachable,
    /// Somebody answers there and says no.
    Denied,
    /// The room is not one of mine.
    UnknownRoom,
    /// One room is hosted already.
    AlreadyHosting,
    /// The room cannot be hosted.
    CannotHost,
    /// Messages wait in the room's outbox.
    OutboxWaits,
    /// This computer refuses: a disk, a clipboard, a browser.
    System,
}

impl Refused {
    /// A refusal with the sentence of `why`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "errors are handed over by map_err"
    )]
    pub fn new(code: Reason, why: impl ToString) -> Refused {
        Refused {
            code,
            message: why.to_string(),
        }
    }

    /// A refusal of this computer.
    pub fn system(why: impl ToString) -> Refused {
        Refused::new(Reason::System, why)
    }
}
