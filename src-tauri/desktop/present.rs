//! How a joined room stands now, folded from what its server sent, so that a window that starts or reloads is told the
//! present and not the past. Holds no messages: a chat's log is asked for by `HISTORY`.

use std::collections::BTreeMap;

use landline_protocol::bridge::{Connection, OutboxMessage};
use landline_protocol::frame::{
    Direct, DirectInfo, HelloAck, Message, Pair, PairState, Presence, Read, Seen, ServerFrame,
    TopicInfo, TopicJoined, TopicKept, TopicMembers, Topics, UserInfo,
};
use landline_protocol::limits::SEEN_MAX;
use landline_protocol::{TopicName, UserId};

/// The state of one room.
#[derive(Debug)]
pub(crate) struct Present {
    connection: Connection,
    hello: Option<HelloAck>,
    users: Vec<UserInfo>,
    /// How many are here, in a room too large to name them.
    total: Option<u32>,
    topics: Vec<TopicInfo>,
    joined: BTreeMap<String, TopicJoined>,
    /// How far others have read in the topics I am in.
    seen: BTreeMap<String, Seen>,
    direct: Vec<DirectInfo>,
    outbox: Vec<OutboxMessage>,
    /// Waiting for somebody, or met somebody who may have left.
    pair: Option<Pair>,
}

impl Default for Present {
    fn default() -> Self {
        Present {
            connection: Connection::Connecting,
            hello: None,
            users: Vec::new(),
            total: None,
            topics: Vec::new(),
            joined: BTreeMap::new(),
            seen: BTreeMap::new(),
            direct: Vec::new(),
            outbox: Vec::new(),
            pair: None,
        }
    }
}

impl Present {
    /// How the connection stands.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// My messages that have no acknowledgement yet, in the order of writing.
    pub(crate) fn outbox(&self) -> &[OutboxMessage] {
        &self.outbox
    }

    /// The frames that bring an empty UI up to now, in an order that the server could have sent.
    pub(crate) fn frames(&self) -> Vec<ServerFrame> {
        let Some(hello) = &self.hello else {
            return Vec::new();
        };
        let mut frames = vec![
            ServerFrame::HelloAck(hello.clone()),
            ServerFrame::Presence(Presence {
                users: self.users.clone(),
                complete: true,
                total: self.total,
            }),
            ServerFrame::Topics(Topics {
                topics: self.topics.clone(),
                complete: true,
            }),
            ServerFrame::Direct(Direct {
                chats: self.direct.clone(),
                complete: true,
            }),
        ];
        for (name, joined) in &self.joined {
            frames.push(ServerFrame::TopicJoined(joined.clone()));
            frames.extend(self.seen.get(name).cloned().map(ServerFrame::Seen));
        }
        frames.extend(self.pair.clone().map(ServerFrame::Pair));
        frames
    }

    /// The connection changed.
    pub(crate) fn connection_changed(&mut self, connection: &Connection) {
        self.connection = connection.clone();
    }

    /// A message of mine waits, or its state changed.
    pub(crate) fn outbox_changed(&mut self, message: &OutboxMessage) {
        let known = self
            .outbox
            .iter_mut()
            .find(|m| m.message_id == message.message_id);
        match known {
            Some(known) => known.clone_from(message),
            None => self.outbox.push(message.clone()),
        }
    }

    /// A message of mine is on the host's disk, or was discarded.
    pub(crate) fn outbox_done(&mut self, message_id: &str) {
        self.outbox.retain(|m| m.message_id != message_id);
    }

    /// The server sent `frame`.
    pub(crate) fn take(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::HelloAck(hello) => {
                self.hello = Some(hello.clone());
                self.joined.clear(); // a new session is in no topic; the client joins them again
                self.seen.clear();
            }
            ServerFrame::Room(room) => {
                if let Some(hello) = &mut self.hello {
                    hello.room = room.clone();
                }
            }
            ServerFrame::Presence(presence) => self.presence(presence),
            ServerFrame::Topics(topics) => {
                if topics.complete {
                    self.topics.clear();
                }
                for topic in &topics.topics {
                    merge(&mut self.topics, topic, |t| t.topic.clone());
                }
            }
            ServerFrame::Direct(direct) => {
                if direct.complete {
                    self.direct.clear();
                }
                for chat in &direct.chats {
                    merge(&mut self.direct, chat, |c| c.with);
                }
            }
            ServerFrame::TopicJoined(joined) => {
                self.seen.remove(joined.topic.as_str());
                self.joined
                    .insert(joined.topic.as_str().to_owned(), joined.clone());
            }
            ServerFrame::TopicLeft(left) => {
                self.joined.remove(left.topic.as_str());
                self.seen.remove(left.topic.as_str());
            }
            ServerFrame::TopicMembers(change) => self.members(change),
            ServerFrame::TopicKept(kept) => self.kept(kept),
            ServerFrame::Msg(message) => self.message(message),
            ServerFrame::MsgAck(ack) => self.outbox_done(ack.message_id.as_str()),
            ServerFrame::Read(read) => self.read(read),
            ServerFrame::Seen(seen) => self.seen(seen),
            ServerFrame::Pair(pair) => {
                self.pair = (pair.state != PairState::Off).then(|| pair.clone());
            }
            _ => {}
        }
    }

    fn presence(&mut self, presence: &Presence) {
        if presence.complete {
            // The list of a room too large to name everybody need not name me.
            let me = self.me().filter(|_| presence.total.is_some());
            self.users.retain(|user| Some(user.user_id) == me);
        }
        if presence.complete || presence.total.is_some() {
            self.total = presence.total;
        }
        for user in &presence.users {
            merge(&mut self.users, user, |u| u.user_id);
        }
    }

    fn members(&mut self, change: &TopicMembers) {
        if let Some(topic) = self.topic(&change.topic) {
            (topic.member_count, topic.guests) = (change.member_count, change.guests);
        }
        let Some(joined) = self.joined.get_mut(change.topic.as_str()) else {
            return;
        };
        (joined.member_count, joined.guests) = (change.member_count, change.guests);
        joined.many = change.many;
        if change.complete {
            let me = self.hello.as_ref().map(|hello| hello.user_id);
            let me = me.filter(|_| change.many);
            joined.members.retain(|m| Some(m.user_id) == me);
        }
        joined.members.retain(|m| !change.left.contains(&m.user_id));
        for member in &change.joined {
            merge(&mut joined.members, member, |m| m.user_id);
        }
    }

    fn kept(&mut self, kept: &TopicKept) {
        if let Some(topic) = self.topic(&kept.topic) {
            (topic.keep, topic.oldest) = (kept.keep, kept.oldest);
        }
        if let Some(joined) = self.joined.get_mut(kept.topic.as_str()) {
            (joined.keep, joined.oldest) = (kept.keep, kept.oldest);
        }
    }

    fn message(&mut self, message: &Message) {
        if message.expires_at.is_some() {
            return; // it moves nothing
        }
        let Some(name) = &message.topic else {
            self.direct_message(message);
            return;
        };
        if let Some(topic) = self.topic(name) {
            (topic.epoch, topic.seq) = (message.epoch, message.seq);
        }
        if let Some(joined) = self.joined.get_mut(name.as_str()) {
            (joined.epoch, joined.seq) = (message.epoch, message.seq);
        }
    }

    fn direct_message(&mut self, message: &Message) {
        let with = match (message.to, self.me()) {
            (Some(to), Some(me)) if message.from == me => to,
            _ => message.from,
        };
        if let Some(chat) = self.direct.iter_mut().find(|c| c.with == with) {
            (chat.epoch, chat.seq) = (message.epoch, message.seq);
        }
    }

    fn read(&mut self, read: &Read) {
        if self.me() != Some(read.user_id) {
            return;
        }
        if let Some(name) = &read.topic {
            if let Some(topic) = self.topic(name) {
                topic.read = read.seq;
            }
            if let Some(joined) = self.joined.get_mut(name.as_str()) {
                joined.read = read.seq;
            }
        }
        if let Some(with) = read.with
            && let Some(chat) = self.direct.iter_mut().find(|c| c.with == with)
        {
            chat.read = read.seq;
        }
    }

    fn seen(&mut self, change: &Seen) {
        if let Some(with) = change.with {
            let chat = self.direct.iter_mut().find(|c| c.with == with);
            if let (Some(chat), Some(marker)) = (chat, change.markers.first()) {
                chat.seen = chat.seen.max(marker.seq);
            }
        }
        let Some(topic) = &change.topic else { return };
        let known = self.seen.entry(topic.as_str().to_owned()).or_default();
        if change.complete {
            known.clone_from(change);
            return;
        }
        (known.topic, known.complete) = (change.topic.clone(), true);
        for marker in &change.markers {
            merge(&mut known.markers, marker, |m| m.user_id);
        }
        // The host tells a newcomer of so many; the furthest.
        known
            .markers
            .sort_by_key(|m| (std::cmp::Reverse(m.seq), m.user_id));
        known.markers.truncate(SEEN_MAX);
    }

    fn topic(&mut self, name: &TopicName) -> Option<&mut TopicInfo> {
        self.topics.iter_mut().find(|t| t.topic == *name)
    }

    fn me(&self) -> Option<UserId> {
        self.hello.as_ref().map(|hello| hello.user_id)
    }
}

/// Replaces the item of the same key in place, so that the server's order stays; a new one goes to the end.
fn merge<T: Clone, K: PartialEq>(list: &mut Vec<T>, item: &T, key: impl Fn(&T) -> K) {
    match list.iter_mut().find(|known| key(known) == key(item)) {
        Some(known) => known.clone_from(item),
        None => list.push(item.clone()),
    }
}

#[cfg(test)]
#[path = "present_tests.rs"]
mod tests;
