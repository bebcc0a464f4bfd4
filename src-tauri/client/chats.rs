//! Each message once and in order, whatever the network does: the position of every chat, the live messages that came
//! while a gap is being filled, and which gaps are asked for. No clock, no socket, no file.
//!
//! Invariant: the consumer of a chat gets rising seqs without a hole, or `RESUMED` with `recovered: false` first. A message
//! that disappears comes between those of its place, once while it lives, and moves nothing.

mod filling;
mod log;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, VecDeque};

use landline_protocol::frame::{
    ChatHead, ClientFrame, DirectInfo, Message, ResumeRequest, Resumed, ServerFrame, TopicJoined,
};
use landline_protocol::{Position, Timestamp, UserId};

use crate::chat::Chat;
use crate::effect::Effect;
use crate::joins::ANSWER_WITHIN_MS;
use crate::living::Living;
use crate::{Event, Millis};
use log::{Log, Place, State};

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
    living: Living,
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
            living: Living::default(),
        }
    }

    pub(crate) fn online(&mut self) {
        self.online = true;
    }

    /// The host says what time it is.
    pub(crate) fn set_clock(&mut self, host: Timestamp, now: Millis) {
        self.living.set_clock(host, now);
    }

    /// The host's clock.
    pub(crate) fn host_time(&self, now: Millis) -> Timestamp {
        self.living.host_time(now)
    }

    /// The session is over: what came live and was not handed over will be resumed.
    pub(crate) fn offline(&mut self) {
        self.online = false;
        self.wanting.clear();
        self.asked.clear();
        self.later.clear();
        for log in self.logs.values_mut() {
            *log = log.at_rest();
        }
    }

    /// `TOPIC_JOINED`: what comes from now on follows its head.
    pub(crate) fn topic_joined(&mut self, joined: TopicJoined, now: Millis, out: &mut Vec<Effect>) {
        let chat = Chat::Topic(joined.topic.clone());
        let head = Position {
            epoch: joined.epoch,
            seq: joined.seq,
        };
        let log = self.logs.entry(chat.clone()).or_default();
        log.joined = true;
        log.disappears = joined.ttl.is_some();
        let is_gone = log.disappears && log.position.is_some_and(|at| at.epoch != head.epoch);
        let mark = self.compare(&chat, head);
        out.push(Effect::Emit {
            event: Event::Frame(ServerFrame::TopicJoined(joined)),
            mark,
        });
        if is_gone {
            self.start_anew(&chat, head, out);
        }
        self.pump(now, out);
    }

    /// The host was started again, and what this topic held was in its memory alone. Its log is as empty now as it may
    /// have been then, so that no comparison of positions would tell the consumer.
    fn start_anew(&mut self, chat: &Chat, head: Position, out: &mut Vec<Effect>) {
        if let (Chat::Topic(topic), Some(log)) = (chat, self.logs.get_mut(chat)) {
            log.position = Some(head);
            out.push(Effect::frame(ServerFrame::Resumed(Resumed {
                topic: Some(topic.clone()),
                with: None,
                recovered: false,
                epoch: head.epoch,
                seq: head.seq,
                oldest: None,
                messages: Vec::new(),
                more: false,
            })));
        }
    }

    pub(crate) fn topic_left(&mut self, chat: &Chat) {
        if let Some(log) = self.logs.get_mut(chat) {
            *log = log.at_rest();
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
        match log.place(&message, &mut self.living) {
            Place::Double => {}
            Place::Next => {
                log.state = State::Live;
                log.deliver(&chat, message, out);
            }
            Place::Later => {
                log.keep(message);
                self.want(&chat);
                self.pump(now, out);
            }
        }
    }

    /// Where logs end that have grown, as a `PONG` tells it. What was sent to us before it is here already: a log that ends
    /// later than we stand has a hole that nothing else would show.
    pub(crate) fn heads(&mut self, heads: &[ChatHead], now: Millis, out: &mut Vec<Effect>) {
        for head in heads {
            let Some(chat) = Chat::from_values(head.topic.as_ref(), head.with) else {
                continue;
            };
            let log = self.logs.entry(chat.clone()).or_default();
            if matches!(chat, Chat::Topic(_)) && !log.joined {
                continue;
            }
            if log.position.is_none() {
                log.beginning = Some(Position {
                    epoch: head.epoch,
                    seq: 0,
                });
            }
            if log.stands_at().is_some_and(|at| at.seq < head.seq) {
                self.want(&chat);
            }
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
        self.living.forget(now);
        let host_time = self.living.host_time(now);
        for log in self.logs.values_mut().filter(|log| !log.live.is_empty()) {
            log.live.retain(|_, message| !is_over(message, host_time));
        }
        self.pump(now, out);
    }

    pub(crate) fn wake(&self) -> Option<Millis> {
        let asked = self.asked.values().map(|at| at + ANSWER_WITHIN_MS);
        let later = self.later.front().map(|(at, _)| *at);
        asked.chain(later).chain(self.living.wake()).min()
    }

    /// Compares our position with where the log ends. A chat that is new here starts at its end.
    ///
    /// A topic is asked for even where we stand at its end: what lives behind the last message leaves no trace there.
    fn compare(&mut self, chat: &Chat, head: Position) -> Option<(Chat, Position)> {
        let log = self.logs.entry(chat.clone()).or_default();
        match log.position {
            _ if log.state == State::Filling => return None,
            Some(position) if log.state == State::Live && position.seq >= head.seq => return None,
            Some(position) if position != head && (position.seq, head.seq) != (0, 0) => {
                self.want(chat);
                return None;
            }
            _ => {}
        }
        log.position = Some(head);
        log.state = State::Live;
        let mark = log.mark(chat, head);
        if matches!(chat, Chat::Topic(_)) {
            self.want(chat);
        }
        mark
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
        let Some(Position { epoch, seq }) = self.logs.get(&chat).and_then(Log::stands_at) else {
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

/// Whether the message has disappeared.
pub(crate) fn is_over(message: &Message, host_time: Timestamp) -> bool {
    message.expires_at.is_some_and(|ends| ends <= host_time)
}
