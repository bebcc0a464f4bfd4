//! What follows when a session or a try ended: at once again, after a wait, or not until the person does something.

use landline_protocol::CloseCode;
use landline_protocol::bridge::{Connection, RefuseReason, WaitReason};
use landline_protocol::close::Comeback;

use crate::dial::{DialError, Trouble};

/// How a session or a try ended.
#[derive(Debug, Clone)]
pub(crate) enum Ending {
    /// No address answered as it should.
    NotReached(DialError),
    /// The host closed the session.
    Closed { code: Option<u16>, reason: String },
    /// The connection broke.
    Lost(String),
    /// It went silent.
    Silent,
    /// We gave the session up.
    Useless(&'static str),
}

/// What follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    AtOnce,
    Wait {
        reason: WaitReason,
        detail: String,
        slow: bool,
    },
    Stop(Connection),
}

/// What the decision depends on beside the ending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Past<'a> {
    /// The room answered a hello since it was joined: it is the right place, whoever answers there now.
    pub(crate) was_in: bool,
    /// This device has an address beside loopback.
    pub(crate) has_network: bool,
    /// What the host said last in an `ERROR`.
    pub(crate) last_refusal: Option<&'a str>,
}

/// Decides.
pub(crate) fn after(ending: Ending, past: Past<'_>) -> Next {
    match ending {
        Ending::NotReached(DialError { trouble, detail }) => not_reached(trouble, detail, past),
        Ending::Lost(detail) => wait(WaitReason::HostGone, detail),
        Ending::Silent => wait(WaitReason::Silent, String::new()),
        Ending::Useless(detail) => wait(WaitReason::Busy, detail.into()),
        Ending::Closed { code, reason } => {
            closed(code.and_then(CloseCode::from_number), reason, past)
        }
    }
}

fn not_reached(trouble: Trouble, detail: String, past: Past<'_>) -> Next {
    match trouble {
        Trouble::Busy => Next::Wait {
            reason: WaitReason::Busy,
            detail,
            slow: true,
        },
        Trouble::NotLandline if !past.was_in => refused(RefuseReason::NotLandline, detail),
        Trouble::Version if !past.was_in => refused(RefuseReason::Version, detail),
        _ if !past.has_network => wait(WaitReason::NoNetwork, detail),
        _ => wait(WaitReason::Unreachable, detail),
    }
}

fn closed(code: Option<CloseCode>, reason: String, past: Past<'_>) -> Next {
    let words = || match past.last_refusal {
        Some(refusal) if reason.is_empty() => refusal.to_owned(),
        _ => reason.clone(),
    };
    let Some(code) = code else {
        return wait(WaitReason::HostGone, reason);
    };
    match code.comeback() {
        Comeback::AtOnce => Next::AtOnce,
        Comeback::Backoff => {
            let slow = code == CloseCode::TryLater;
            let reason = if slow {
                WaitReason::Busy
            } else {
                WaitReason::HostGone
            };
            Next::Wait {
                reason,
                detail: words(),
                slow,
            }
        }
        Comeback::Never => match code {
            CloseCode::Kicked => refused(RefuseReason::Kicked, words()),
            CloseCode::Normal => Next::Stop(Connection::Left),
            _ => refused(RefuseReason::Identity, words()),
        },
    }
}

fn wait(reason: WaitReason, detail: String) -> Next {
    Next::Wait {
        reason,
        detail,
        slow: false,
    }
}

fn refused(reason: RefuseReason, detail: String) -> Next {
    Next::Stop(Connection::Refused { reason, detail })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAST: Past<'static> = Past {
        was_in: false,
        has_network: true,
        last_refusal: Some("Your id is taken"),
    };

    fn after_code(code: CloseCode) -> Next {
        after(
            Ending::Closed {
                code: Some(code.number()),
                reason: String::new(),
            },
            PAST,
        )
    }

    #[test]
    fn every_close_code_is_obeyed() {
        for code in CloseCode::ALL {
            let next = after_code(code);
            let fits = match code.comeback() {
                Comeback::AtOnce => next == Next::AtOnce,
                Comeback::Backoff => matches!(next, Next::Wait { .. }),
                Comeback::Never => matches!(next, Next::Stop(_)),
            };
            assert!(fits, "{code:?}: {next:?}");
        }
        let detail = "Your id is taken".to_owned();
        assert_eq!(
            after_code(CloseCode::NotAuthorised),
            refused(RefuseReason::Identity, detail.clone())
        );
        assert_eq!(
            after_code(CloseCode::Kicked),
            refused(RefuseReason::Kicked, detail.clone())
        );
        assert_eq!(
            after_code(CloseCode::TryLater),
            Next::Wait {
                reason: WaitReason::Busy,
                detail,
                slow: true
            }
        );
    }

    #[test]
    fn a_stranger_at_the_address_is_refused_at_first_and_waited_out_later() {
        let ending = || {
            Ending::NotReached(DialError {
                trouble: Trouble::NotLandline,
                detail: "x".into(),
            })
        };
        assert_eq!(
            after(ending(), PAST),
            refused(RefuseReason::NotLandline, "x".into())
        );
        assert_eq!(
            after(
                ending(),
                Past {
                    was_in: true,
                    ..PAST
                }
            ),
            wait(WaitReason::Unreachable, "x".into())
        );
        let offline = Past {
            was_in: true,
            has_network: false,
            ..PAST
        };
        assert_eq!(
            after(ending(), offline),
            wait(WaitReason::NoNetwork, "x".into())
        );
    }
}
