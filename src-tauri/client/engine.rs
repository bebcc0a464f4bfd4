//! The whole of a member's conduct in a room, over all its sessions, without a socket, a file or a clock: frames of the
//! server and wishes of the consumer go in, effects come out.

mod entering;
mod kinds;
mod meeting;
mod offering;
mod reading;

use std::collections::BTreeMap;

use landline_protocol::frame::{ClientFrame, Direct, Empty, MsgAck, Refusal, ServerFrame};
use landline_protocol::{Code, DisplayName, MessageId, Position, RoomId, Seq, TopicName};

use crate::chat::Chat;
use crate::chats::Chats;
use crate::effect::{Effect, Row, Write};
use crate::joins::Joins;
use crate::kept::{Kept, KeptRow};
use crate::outbox::Outbox;
use crate::pulse::{Beat, Pulse};
use crate::{Event, Identity, Millis};

use reading::Markers;

/// What the store knows of a room when the app enters it.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Proves to the room that the `user_id` is ours.
    pub(crate) token: String,
    /// How long the messages of each live, if they disappear.
    pub(crate) topics: Vec<(TopicName, Option<u32>)>,
    pub(crate) positions: Vec<(Chat, Position)>,
    /// In the order of their places.
    pub(crate) outbox: Vec<Row>,
    /// Acknowledged, in the order in which they were.
    pub(crate) kept: Vec<KeptRow>,
    /// Markers that the host has not confirmed.
    pub(crate) reads: Vec<(Chat, Seq)>,
}

/// A member in a room.
#[derive(Debug)]
pub(crate) struct Engine {
    room_id: RoomId,
    identity: Identity,
    token: String,
    chats: Chats,
    joins: Joins,
    outbox: Outbox,
    kept: Kept,
    /// The room's disappearing topics, joined or not, as far as it told.
    disappearing: BTreeMap<TopicName, u32>,
    reads: Markers,
    /// Waits for a partner or has one, in this session.
    meets: bool,
    pulse: Pulse,
    /// Where the open socket leads.
    address: Option<String>,
    /// Hello was answered in this session.
    online: bool,
    /// The server's last words, for the person, should it close next.
    last_refusal: Option<String>,
}

impl Engine {
    pub(crate) fn new(
        room_id: RoomId,
        identity: Identity,
        known: Known,
        pulse: Pulse,
        out: &mut Vec<Effect>,
    ) -> Engine {
        Engine {
            chats: Chats::new(identity.user_id, known.positions),
            joins: Joins::new(known.topics),
            outbox: Outbox::new(known.outbox, out),
            kept: Kept::new(known.kept),
            reads: Markers::new(known.reads),
            token: known.token,
            room_id,
            identity,
            disappearing: BTreeMap::new(),
            meets: false,
            pulse,
            address: None,
            online: false,
            last_refusal: None,
        }
    }

    pub(crate) fn is_online(&self) -> bool {
        self.online
    }

    pub(crate) fn last_refusal(&self) -> Option<&str> {
        self.last_refusal.as_deref()
    }

    /// A socket is open: hello.
    pub(crate) fn opened(&mut self, address: String, now: Millis, out: &mut Vec<Effect>) {
        self.address = Some(address);
        self.last_refusal = None;
        self.pulse.heard(now);
        out.push(self.hello());
    }

    /// The socket is gone.
    pub(crate) fn closed(&mut self, out: &mut Vec<Effect>) {
        if self.online {
            out.push(Effect::Write(Write::Parted));
        }
        self.address = None;
        self.online = false;
        self.chats.offline();
        self.joins.offline();
        self.outbox.offline(out);
        self.kept.offline();
        self.stop_meeting(out);
    }

    /// The socket gave a sign of life, or was not looked at because the consumer is behind.
    pub(crate) fn heard(&mut self, now: Millis) {
        self.pulse.heard(now);
    }

    /// A frame of the server.
    pub(crate) fn frame(&mut self, frame: ServerFrame, now: Millis, out: &mut Vec<Effect>) {
        self.pulse.heard(now);
        match frame {
            ServerFrame::HelloAck(ack) => self.welcome(ack, now, out),
            ServerFrame::TopicJoined(joined) => {
                let (topic, ttl, read) = (joined.topic.clone(), joined.ttl, joined.read);
                let head = joined.seq;
                self.chats.topic_joined(joined, now, out);
                if self.joins.joined(&topic, ttl, now, out) {
                    out.push(Effect::Write(Write::Join(topic.clone(), ttl)));
                }
                self.outbox.kind_is(&topic, ttl.is_some(), now, out);
                let chat = Chat::Topic(topic.clone());
                self.compare_read(&chat, read, out);
                if ttl.is_none() {
                    self.ask_about(&chat, head, now, out);
                } else {
                    // What was there to stay is not offered where it would disappear.
                    self.kept.left(&chat);
                    self.outbox.release(&chat, now, out);
                }
                self.outbox.open(&topic, now, out);
            }
            ServerFrame::TopicLeft(left) => {
                // With a newer JOIN_TOPIC on its way this only answers the LEAVE_TOPIC before it.
                if !self.joins.is_asked(&left.topic) {
                    self.forget(&left.topic, "You are no longer in this topic", now, out);
                }
                out.push(Effect::frame(ServerFrame::TopicLeft(left)));
            }
            ServerFrame::Direct(Direct {
                chats,
                complete: true,
            }) => {
                for info in &chats {
                    self.compare_read(&Chat::Direct(info.with), info.read, out);
                }
                let mut marks = self.chats.direct_listed(&chats, now, out);
                let last = marks.pop();
                out.extend(
                    marks
                        .into_iter()
                        .map(|(chat, at)| Effect::Write(Write::At(chat, at))),
                );
                let direct = Direct {
                    chats,
                    complete: true,
                };
                self.direct_asked(&direct, now, out);
                let event = Event::Frame(ServerFrame::Direct(direct));
                out.push(Effect::Emit { event, mark: last });
            }
            ServerFrame::Topics(topics) => {
                self.topics_listed(&topics);
                out.push(Effect::frame(ServerFrame::Topics(topics)));
            }
            ServerFrame::Msg(message) => self.chats.message(message, now, out),
            ServerFrame::Pong(pong) => {
                self.chats.set_clock(pong.timestamp, now);
                self.chats.heads(&pong.heads, now, out);
                out.push(Effect::frame(ServerFrame::Pong(pong)));
            }
            ServerFrame::Pair(pair) => self.paired(pair, out),
            ServerFrame::Resumed(resumed) => self.resumed(resumed, now, out),
            ServerFrame::History(history) => {
                if !self.is_answer(&history, now, out) {
                    out.push(Effect::frame(ServerFrame::History(history)));
                }
            }
            ServerFrame::Presence(presence) => {
                self.came(&presence, now, out);
                out.push(Effect::frame(ServerFrame::Presence(presence)));
            }
            ServerFrame::MsgAck(ack) => self.acknowledged(ack, now, out),
            ServerFrame::Room(room) => {
                out.push(Effect::Write(Write::Named(room.name.clone())));
                out.push(Effect::frame(ServerFrame::Room(room)));
            }
            ServerFrame::Error(refusal) => self.refused(refusal, now, out),
            other => out.push(Effect::frame(other)),
        }
    }

    /// A message of mine, already on disk if it is to be there.
    pub(crate) fn post(&mut self, row: Row, now: Millis, out: &mut Vec<Effect>) {
        self.stay_in(&row.chat, now, out);
        self.outbox.add(row, now, out);
    }

    /// The outbox, to see what waits.
    pub(crate) fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Any other frame of the consumer. What cannot go now is dropped, except what is remembered here.
    pub(crate) fn ask(&mut self, frame: ClientFrame, now: Millis, out: &mut Vec<Effect>) {
        match frame {
            ClientFrame::JoinTopic(frame) => {
                if let Ok(topic) = frame.topic.parse() {
                    self.stay(&topic, frame.ttl, now, out);
                }
            }
            ClientFrame::LeaveTopic(frame) => {
                if let Ok(topic) = frame.topic.parse() {
                    self.forget(&topic, "You left the topic before this was sent", now, out);
                    self.send(ClientFrame::LeaveTopic(frame), out);
                }
            }
            ClientFrame::MarkRead(frame) => {
                if let Ok(chat) = Chat::from_text(frame.topic.as_deref(), frame.with.as_deref()) {
                    if self.disappears(&chat) {
                        return; // what disappears has no places to mark
                    }
                    let can_go = !matches!(&chat, Chat::Topic(topic) if !self.joins.is_here(topic));
                    if self.reads.set(&chat, frame.seq, out) && can_go {
                        self.send(reading::frame(&chat, frame.seq), out);
                    }
                }
            }
            ClientFrame::FindPair(_) => self.meet(out),
            other => self.send(other, out),
        }
    }

    pub(crate) fn rename(&mut self, name: DisplayName, out: &mut Vec<Effect>) {
        self.identity.display_name = name;
        if self.online {
            out.push(self.hello());
        }
    }

    pub(crate) fn retry(&mut self, id: &MessageId, now: Millis, out: &mut Vec<Effect>) {
        let Some(row) = self.outbox.find(id) else {
            return;
        };
        let disappears = self.disappears(&row.chat);
        if let Some(chat) = self.outbox.retry(id, disappears, now, out) {
            self.stay_in(&chat, now, out);
        }
    }

    pub(crate) fn discard(&mut self, id: &MessageId, now: Millis, out: &mut Vec<Effect>) {
        self.outbox.discard(id, now, out);
    }

    /// Does what has become due; whether the server is still alive.
    pub(crate) fn tick(&mut self, now: Millis, out: &mut Vec<Effect>) -> bool {
        if self.address.is_none() {
            return true;
        }
        match self.pulse.beat(now) {
            Beat::Dead => return false,
            // Before the hello is answered a ping would be refused.
            Beat::Ping => self.send(ClientFrame::Ping(Empty {}), out),
            Beat::Fine => {}
        }
        self.joins.tick(now, out);
        self.chats.tick(now, out);
        self.ask_again(now, out);
        self.outbox.pump(now, out);
        true
    }

    /// When [`Engine::tick`] is due.
    pub(crate) fn wake(&self, now: Millis) -> Option<Millis> {
        self.address.as_ref()?;
        let times = [
            Some(self.pulse.wake()),
            self.joins.wake(),
            self.chats.wake(),
            self.kept.wake(),
            self.outbox.wake(now),
        ];
        times.into_iter().flatten().min()
    }

    /// `MSG_ACK`: what is on the host's disk is kept here, in case it is lost there.
    fn acknowledged(&mut self, ack: MsgAck, now: Millis, out: &mut Vec<Effect>) {
        if let Some(row) = self.outbox.acknowledged(&ack.message_id) {
            // Logs begin with 1; a host that says otherwise is asked about nothing.
            if ack.status == "stored" && ack.seq > 0 && !row.disappears {
                let (epoch, seq) = (ack.epoch, ack.seq);
                self.kept.add(&row, Position { epoch, seq }, out);
            } else {
                row.record(Write::Remove(ack.message_id.clone()), out);
            }
            self.outbox.pump(now, out);
        }
        out.push(Effect::frame(ServerFrame::MsgAck(ack)));
    }

    fn refused(&mut self, refusal: Refusal, now: Millis, out: &mut Vec<Effect>) {
        self.last_refusal = Some(refusal.message.clone());
        if self.is_to_a_stranger(&refusal, out) {
            return self.outbox.pump(now, out);
        }
        if let Some(topic) = self.outbox.refused(&refusal, now, out) {
            // What was said there meanwhile was not sent to us: where we stand is compared again.
            self.chats.topic_left(&Chat::Topic(topic.clone()));
            self.joins.lost(&topic, now, out);
        }
        let about_topic = refusal
            .details
            .message_id
            .is_none()
            .then_some(&refusal.details.topic);
        if let Some(Some(topic)) = about_topic
            && let Ok(topic) = topic.parse::<TopicName>()
            && matches!(
                refusal.code,
                Code::Validation | Code::LimitReached | Code::TopicNotFound
            )
            && self.joins.refused(&topic, now, out)
        {
            out.push(Effect::Write(Write::Leave(topic.clone())));
            self.outbox.fail_topic(&topic, &refusal.message, now, out);
        }
        out.push(Effect::frame(ServerFrame::Error(refusal)));
    }

    /// Who speaks in a topic is in it.
    fn stay_in(&mut self, chat: &Chat, now: Millis, out: &mut Vec<Effect>) {
        if let Chat::Topic(topic) = chat
            && !self.joins.is_wanted(topic)
        {
            self.stay(topic, None, now, out);
        }
    }

    fn forget(&mut self, topic: &TopicName, why: &str, now: Millis, out: &mut Vec<Effect>) {
        if self.joins.is_wanted(topic) {
            out.push(Effect::Write(Write::Leave(topic.clone())));
        }
        self.joins.leave(topic);
        let chat = Chat::Topic(topic.clone());
        self.chats.topic_left(&chat);
        self.kept.left(&chat);
        self.outbox.fail_topic(topic, why, now, out);
    }

    fn send(&self, frame: ClientFrame, out: &mut Vec<Effect>) {
        if self.online {
            out.push(Effect::Send(frame));
        }
    }
}
