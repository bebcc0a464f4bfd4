//! The beginning of a session: hello, its answer, and how far everything has come since the last one.

use landline_protocol::Seq;
use landline_protocol::bridge::Connection;
use landline_protocol::frame::{
    ClientFrame, Empty, Hello, HelloAck, Resumed, RoomInfo, ServerFrame,
};

use super::Engine;
use crate::chat::Chat;
use crate::effect::{Effect, Write};
use crate::{Event, Millis};

impl Engine {
    pub(super) fn welcome(&mut self, ack: HelloAck, now: Millis, out: &mut Vec<Effect>) {
        if ack.room.room_id != self.room_id {
            out.push(Effect::Restart(
                "the server answered for another room than it named",
            ));
            return;
        }
        out.push(Effect::Write(Write::Named(ack.room.name.clone())));
        self.chats.set_clock(ack.time, now);
        let (room, limits) = (ack.room.clone(), ack.limits);
        let is_first = !self.online;
        if is_first {
            self.enter(room, out);
            self.doubt(ack.epoch, now);
        }
        out.push(Effect::frame(ServerFrame::HelloAck(ack)));
        if is_first {
            self.send(ClientFrame::ListTopics(Empty {}), out);
            self.send(ClientFrame::ListDirect(Empty {}), out);
            self.chats.online();
            self.joins.online(now, out);
            for topic in self.outbox.topics() {
                if !self.joins.is_wanted(&topic) {
                    let ttl = self.ttl(&topic);
                    self.joins.join(&topic, ttl, now, out);
                }
            }
            self.outbox.online(limits, now, out);
        }
    }

    /// `RESUMED`. Where the log was cut, what I had read of it and what I said in it is to be asked anew.
    pub(super) fn resumed(&mut self, resumed: Resumed, now: Millis, out: &mut Vec<Effect>) {
        let cut = (!resumed.recovered)
            .then(|| Chat::from_values(resumed.topic.as_ref(), resumed.with))
            .flatten();
        let head = resumed.seq;
        self.chats.resumed(resumed, now, out);
        if let Some(chat) = cut {
            self.reads.forget(&chat, out);
            self.cut(&chat, head, now, out);
        }
    }

    /// The host's word for how far I have read, at the beginning of a session.
    pub(super) fn compare_read(&mut self, chat: &Chat, known: Seq, out: &mut Vec<Effect>) {
        if let Some(frame) = self.reads.compare(chat, known, out) {
            self.send(frame, out);
        }
    }

    fn enter(&mut self, room: RoomInfo, out: &mut Vec<Effect>) {
        self.online = true;
        let address = self.address.clone().unwrap_or_default();
        out.push(Effect::Write(Write::Seen {
            name: room.name.clone(),
            address: address.clone(),
        }));
        out.push(Effect::emit(Event::Connection(Connection::Online {
            address,
            room,
        })));
    }

    pub(super) fn hello(&self) -> Effect {
        Effect::Send(ClientFrame::Hello(Hello {
            user_id: self.identity.user_id.to_string(),
            display_name: self.identity.display_name.to_string(),
            token: Some(self.token.clone()),
            client: self.identity.app.then(|| "app".to_owned()),
        }))
    }
}
