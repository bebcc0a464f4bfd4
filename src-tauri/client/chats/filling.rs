//! Gaps: a page of what was missed comes, then what came live meanwhile.

use landline_protocol::Position;
use landline_protocol::frame::{Message, Resumed, ServerFrame};

use super::{Chats, Log, Place, RESUME_AGAIN_MS, State};
use crate::chat::{Chat, position_of};
use crate::effect::Effect;
use crate::living::Living;
use crate::{Event, Millis};

impl Chats {
    /// `RESUMED`: a page of a gap.
    pub(crate) fn resumed(&mut self, resumed: Resumed, now: Millis, out: &mut Vec<Effect>) {
        let Some(chat) = Chat::from_values(resumed.topic.as_ref(), resumed.with) else {
            return;
        };
        // An answer that nobody waits for any more is late: its question was asked again and answered.
        if self.asked.remove(&chat).is_none() {
            return;
        }
        let log = self.logs.entry(chat.clone()).or_default();
        let more = resumed.more;
        let progressed = if resumed.recovered {
            recovered(&chat, log, &mut self.living, resumed, out)
        } else {
            cut(&chat, log, &mut self.living, resumed, out)
        };
        if more && progressed {
            self.ask(chat, now, out);
        } else {
            self.settle(&chat, progressed, more, now, out);
        }
        self.pump(now, out);
    }

    /// The gap is answered: merges what came live meanwhile.
    fn settle(
        &mut self,
        chat: &Chat,
        progressed: bool,
        more: bool,
        now: Millis,
        out: &mut Vec<Effect>,
    ) {
        let Some(log) = self.logs.get_mut(chat) else {
            return;
        };
        log.state = State::Live;
        while let Some((key, message)) = log.live.pop_first() {
            match log.place(&message, &mut self.living) {
                Place::Double => {}
                Place::Next => log.deliver(chat, message, out),
                Place::Later => {
                    log.live.insert(key, message);
                    break;
                }
            }
        }
        if log.live.is_empty() && !log.overflowed && !more {
            return;
        }
        log.overflowed = false;
        log.state = State::Filling;
        if progressed {
            self.wanting.push_back(chat.clone());
        } else {
            self.later.push_back((now + RESUME_AGAIN_MS, chat.clone()));
        }
    }
}

impl Log {
    /// Hands a message over. One that disappears moves nothing.
    pub(super) fn deliver(&mut self, chat: &Chat, message: Message, out: &mut Vec<Effect>) {
        let position = message.expires_at.is_none().then(|| position_of(&message));
        self.position = position.or(self.position);
        out.push(Effect::Emit {
            event: Event::Frame(ServerFrame::Msg(message)),
            mark: position.and_then(|position| self.mark(chat, position)),
        });
    }
}

/// Hands over the messages of a page that are new; whether there were any. The page is the host's word that nothing is
/// missing in it.
fn recovered(
    chat: &Chat,
    log: &mut Log,
    living: &mut Living,
    resumed: Resumed,
    out: &mut Vec<Effect>,
) -> bool {
    let before = log.position;
    let mut any = false;
    let reached = |log: &Log| log.position.map_or(0, |position| position.seq);
    for message in resumed.messages {
        let is_new = match message.expires_at {
            // The host adds what lives to a page that it read a moment ago: this one's place is not reached yet.
            Some(_) if message.seq > reached(log).max(resumed.seq) => {
                log.keep(message);
                continue;
            }
            Some(ends) => living.is_new(&message, ends),
            None => message.seq > reached(log),
        };
        if is_new {
            any = true;
            log.deliver(chat, message, out);
        }
    }
    if resumed.seq >= reached(log) {
        log.position = Some(Position {
            epoch: resumed.epoch,
            seq: resumed.seq,
        });
    }
    any || log.position != before
}

/// The log that we stood in is gone: the consumer gets the page as it is.
fn cut(
    chat: &Chat,
    log: &mut Log,
    living: &mut Living,
    resumed: Resumed,
    out: &mut Vec<Effect>,
) -> bool {
    let position = Position {
        epoch: resumed.epoch,
        seq: resumed.seq,
    };
    for message in &resumed.messages {
        if let Some(ends) = message.expires_at {
            living.is_new(message, ends);
        }
    }
    let progressed = log.position != Some(position);
    log.position = Some(position);
    out.push(Effect::Emit {
        event: Event::Frame(ServerFrame::Resumed(resumed)),
        mark: log.mark(chat, position),
    });
    progressed
}
