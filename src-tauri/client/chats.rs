//! Each message once and in order, whatever the network does: the position of every chat, the live messages that came
//! while a gap is being filled, and which gaps are asked for. No clock, no socket, no file.
//!
//! Invariant: the consumer of a chat gets rising seqs without a hole, or `RESUMED` with `recovered: false` first.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap, VecDeque};

use landline_protocol::frame::{
    ClientFrame, DirectInfo, Message, ResumeRequest, Resumed, ServerFrame, TopicJoined,
};
use landline_protocol::{Position, Seq, UserId};

use crate::chat::{Chat, position_of};
use crate::effect::Effect;
use crate::joins::ANSWER_WITHIN_MS;
use crate::{Event, Millis};

/// `RESUME`s that may wait for their answer. Each answer is a page of up to 256 KiB, and the host closes a reader who
/// lets 1 MiB pile up.
pub(crate) const RESUMES_IN_FLIGHT: usize = 2;
/// Live messages of one chat kept while its gap is filled. Full: the newest are dropped here and asked for afterwards.
pub(crate) const LIVE_KEPT: usize = 1_024;
/// Wait before asking again for a gap that the host could not fill.
pub(crate) const RESUME_AGAIN_MS: Millis = 1_000;

/// All chats of a room.
#[derive(Debug)]
pub(crate) struct Chats {
    me: UserId,
    online: bool,
    logs: HashMap<Chat, Log>,
    /// Gaps that wait for their turn.
    wanting: VecDeque<Chat>,
    /// Gaps that were asked for, since when.
    asked: HashMap<Chat, Millis>,
    /// Gaps to ask for again, in the order of their time.
    later: VecDeque<(Millis, Chat)>,
}

#[derive(Debug, Default)]
struct Log {
    /// The consumer was given everything up to here. Absent: nothing is known of this chat yet.
    position: Option<Position>,
    state: State,
    /// Whether the topic is joined in this session; a direct chat needs no joining.
    joined: bool,
    live: BTreeMap<Seq, Message>,
    overflowed: bool,
}

/// How a chat's position stands to what comes live in this session.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    /// Not compared yet.
    #[default]
    Unknown,
    /// A gap is wanted, asked for or will be asked for again; what comes live is kept.
    Filling,
    /// What comes live follows.
    Live,
}

enum Place {
    Next,
    Double,
    Later,
}

impl Log {
    fn place(&self, here: Position) -> Place {
        if self.state == State::Filling {
            return Place::Later;
        }
        match self.position {
            None => Place::Next,
            // An unsynced position of another epoch may belong to a log that was rolled back: the host has to say.
            Some(position) if self.state != State::Live && position.epoch != here.epoch => {
                Place::Later
            }
            Some(position) if here.seq == position.seq + 1 => Place::Next,
            Some(position) if here.seq <= position.seq => Place::Double,
            Some(_) => Place::Later,
        }
    }

    fn keep(&mut self, message: Message) {
        self.live.insert(message.seq, message);
        if self.live.len() > LIVE_KEPT {
            self.live.pop_last();
            self.overflowed = true;
        }
    }
}

impl Chats {
    pub(crate) fn new(me: UserId, positions: impl IntoIterator<Item = (Chat, Position)>) -> Chats {
        let logs = positions.into_iter().map(|(chat, position)| {
            (
                chat,
                Log {
                    position: Some(position),
                    ..Log::default()
                },
            )
        });
        Chats {
            me,
            online: false,
            logs: logs.collect(),
            wanting: VecDeque::new(),
            asked: HashMap::new(),
            later: VecDeque::new(),
        }
    }

    pub(crate) fn online(&mut self) {
        self.online = true;
    }

    /// The session is over: what came live and was not handed over will be resumed.
    pub(crate) fn offline(&mut self) {
        self.online = false;
        self.wanting.clear();
        self.asked.clear();
        self.later.clear();
        for log in self.logs.values_mut() {
            *log = Log {
                position: log.position,
                ..Log::default()
            };
        }
    }

    /// `TOPIC_JOINED`: what comes from now on follows its head.
    pub(crate) fn topic_joined(&mut self, joined: TopicJoined, now: Millis, out: &mut Vec<Effect>) {
        let chat = Chat::Topic(joined.topic.clone());
        let head = Position {
            epoch: joined.epoch,
            seq: joined.seq,
        };
        self.logs.entry(chat.clone()).or_default().joined = true;
        let mark = self.compare(&chat, head);
        out.push(Effect::Emit {
            event: Event::Frame(ServerFrame::TopicJoined(joined)),
            mark,
        });
        self.pump(now, out);
    }

    pub(crate) fn topic_left(&mut self, chat: &Chat) {
        if let Some(log) = self.logs.get_mut(chat) {
            *log = Log {
                position: log.position,
                ..Log::default()
            };
        }
        self.wanting.retain(|wanting| wanting != chat);
        self.asked.remove(chat);
        self.later.retain(|(_, later)| later != chat);
    }

    /// The complete list of direct chats. One that is new here takes its head: the consumer learns from the list how
    /// much of it is unread. One that is not on the list is asked for: its log may be gone.
    pub(crate) fn direct_listed(
        &mut self,
        chats: &[DirectInfo],
        now: Millis,
        out: &mut Vec<Effect>,
    ) -> Vec<(Chat, Position)> {
        let mut marks = Vec::new();
        for info in chats {
            let head = Position {
                epoch: info.epoch,
                seq: info.seq,
            };
            marks.extend(self.compare(&Chat::Direct(info.with), head));
        }
        let mut unlisted: Vec<Chat> = self
            .logs
            .iter()
            .filter(|(chat, log)| {
                matches!(chat, Chat::Direct(_))
                    && log.state == State::Unknown
                    && log.position.is_some()
            })
            .map(|(chat, _)| chat.clone())
            .collect();
        unlisted.sort();
        for chat in unlisted {
            self.want(&chat);
        }
        self.pump(now, out);
        marks
    }

    /// A message that came live.
    pub(crate) fn message(&mut self, message: Message, now: Millis, out: &mut Vec<Effect>) {
        let Some(chat) = Chat::of(&message, self.me) else {
            out.push(Effect::frame(ServerFrame::Msg(message)));
            return;
        };
        let log = self.logs.entry(chat.clone()).or_default();
        match log.place(position_of(&message)) {
            Place::Double => {}
            Place::Next => {
                log.state = State::Live;
                deliver(&chat, log, message, out);
            }
            Place::Later => {
                log.keep(message);
                self.want(&chat);
                self.pump(now, out);
            }
        }
    }

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
        let before = log.position;
        let more = resumed.more;
        if resumed.recovered {
            recovered(&chat, log, resumed, out);
        } else {
            let position = Position {
                epoch: resumed.epoch,
                seq: resumed.seq,
            };
            log.position = Some(position);
            out.push(Effect::Emit {
                event: Event::Frame(ServerFrame::Resumed(resumed)),
                mark: Some((chat.clone(), position)),
            });
        }
        let progressed = log.position != before;
        if more && progressed {
            self.ask(chat, now, out);
        } else {
            self.settle(&chat, progressed, more, now, out);
        }
        self.pump(now, out);
    }

    pub(crate) fn tick(&mut self, now: Millis, out: &mut Vec<Effect>) {
        while let Some((at, _)) = self.later.front()
            && *at <= now
            && let Some((_, chat)) = self.later.pop_front()
        {
            self.wanting.push_back(chat);
        }
        let late: Vec<Chat> = self
            .asked
            .iter()
            .filter(|(_, at)| now >= **at + ANSWER_WITHIN_MS)
            .map(|(chat, _)| chat.clone())
            .collect();
        for chat in late {
            self.asked.remove(&chat);
            self.wanting.push_back(chat);
        }
        self.pump(now, out);
    }

    pub(crate) fn wake(&self) -> Option<Millis> {
        let asked = self.asked.values().map(|at| at + ANSWER_WITHIN_MS);
        asked.chain(self.later.front().map(|(at, _)| *at)).min()
    }

    /// Compares our position with where the log ends. A chat that is new here starts at its end.
    fn compare(&mut self, chat: &Chat, head: Position) -> Option<(Chat, Position)> {
        let log = self.logs.entry(chat.clone()).or_default();
        match log.position {
            _ if log.state == State::Filling => {}
            Some(position) if log.state == State::Live && position.seq >= head.seq => {}
            Some(position) if position != head && (position.seq, head.seq) != (0, 0) => {
                self.want(chat);
            }
            _ => {
                log.position = Some(head);
                log.state = State::Live;
                return Some((chat.clone(), head));
            }
        }
        None
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
        while let Some((_, message)) = log.live.pop_first() {
            match log.place(position_of(&message)) {
                Place::Double => {}
                Place::Next => deliver(chat, log, message, out),
                Place::Later => {
                    log.live.insert(message.seq, message);
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

    fn want(&mut self, chat: &Chat) {
        let Some(log) = self.logs.get_mut(chat) else {
            return;
        };
        let may_ask = match chat {
            Chat::Topic(_) => log.joined,
            Chat::Direct(_) => self.online,
        };
        if may_ask && log.state != State::Filling {
            log.state = State::Filling;
            self.wanting.push_back(chat.clone());
        }
    }

    fn pump(&mut self, now: Millis, out: &mut Vec<Effect>) {
        while self.asked.len() < RESUMES_IN_FLIGHT
            && let Some(chat) = self.wanting.pop_front()
        {
            self.ask(chat, now, out);
        }
    }

    fn ask(&mut self, chat: Chat, now: Millis, out: &mut Vec<Effect>) {
        let Some(Position { epoch, seq }) = self.logs.get(&chat).and_then(|log| log.position)
        else {
            return;
        };
        out.push(Effect::Send(ClientFrame::Resume(ResumeRequest {
            topic: chat.topic(),
            with: chat.with(),
            epoch: epoch.to_string(),
            seq,
        })));
        self.asked.insert(chat, now);
    }
}

fn deliver(chat: &Chat, log: &mut Log, message: Message, out: &mut Vec<Effect>) {
    let position = position_of(&message);
    log.position = Some(position);
    out.push(Effect::Emit {
        event: Event::Frame(ServerFrame::Msg(message)),
        mark: Some((chat.clone(), position)),
    });
}

/// Hands over the messages of a page that are new. The page is the host's word that nothing is missing in it.
fn recovered(chat: &Chat, log: &mut Log, resumed: Resumed, out: &mut Vec<Effect>) {
    let reached = |log: &Log| log.position.map_or(0, |position| position.seq);
    for message in resumed.messages {
        if message.seq > reached(log) {
            deliver(chat, log, message, out);
        }
    }
    if resumed.seq >= reached(log) {
        log.position = Some(Position {
            epoch: resumed.epoch,
            seq: resumed.seq,
        });
    }
}
