//! The frames of `landline.v1`: the one definition. `ui/src/wire.ts` is generated from it and docs/protocol.md is
//! checked against it.
//!
//! A frame is one WebSocket text message `{"type": "…", "data": {…}}`. What a client sends carries raw text, because
//! the server answers a bad field by its name; what a server sends carries checked values.

mod client;
mod message;
mod room;
mod search;
mod seen;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use client::*;
pub use message::*;
pub use room::*;
pub use search::*;
pub use seen::*;

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", content = "data", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClientFrame {
    /// Who I am; the first frame of a session. Again: a new name.
    Hello(Hello),
    /// Enter a topic; one that does not exist is made.
    JoinTopic(JoinTopic),
    /// Leave a topic.
    LeaveTopic(TopicOnly),
    /// Which topics are there?
    ListTopics(Empty),
    /// Which direct chats do I have?
    ListDirect(Empty),
    /// Who is in this topic? Pages by `after`.
    ListMembers(ListMembers),
    /// Who is called something like this? For a room too large to be told of everybody. Pages by `after`.
    FindPeople(FindPeople),
    /// Open a direct chat and learn its `chat_id`. Not needed before a direct `MSG`.
    OpenChat(OpenChat),
    /// Say something.
    Msg(Draft),
    /// Read a page of a chat's log.
    History(HistoryRequest),
    /// Look for what was said.
    Search(SearchRequest),
    /// What came after this position?
    Resume(ResumeRequest),
    /// I have read up to here.
    MarkRead(MarkRead),
    /// Who has read this? For a topic too large to tell everybody's markers. Pages by `after`.
    SeenBy(SeenByRequest),
    /// I am typing, or no longer.
    Typing(TypingNotice),
    /// I want to meet somebody who wants it too.
    FindPair(Empty),
    /// No longer; ends a pair too.
    LeavePair(Empty),
    /// Are you there?
    Ping(Empty),
    /// Accepted for `FastChat`'s sake; has no effect.
    MsgAck(Empty),
    /// The same.
    Pong(Empty),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_none(count: &u32) -> bool {
    *count == 0
}

/// No fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
pub struct Empty {}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, TS)]
#[serde(tag = "type", content = "data", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ServerFrame {
    /// Welcome.
    HelloAck(HelloAck),
    /// Who is here, or what changed about it.
    Presence(Presence),
    /// People who were asked for by name.
    People(People),
    /// The room's name or access changed.
    Room(RoomInfo),
    /// You are in the topic.
    TopicJoined(TopicJoined),
    /// You are out of it.
    TopicLeft(TopicLeft),
    /// Others entered or left a topic of yours.
    TopicMembers(TopicMembers),
    /// How long a topic keeps its messages changed, or older ones were removed.
    TopicKept(TopicKept),
    /// The topics of the room, or new ones.
    Topics(Topics),
    /// Your direct chats, or a new one.
    Direct(Direct),
    /// A page of a topic's members.
    Members(Members),
    /// A direct chat is open.
    ChatOpened(ChatOpened),
    /// Somebody said something.
    Msg(Message),
    /// Your message is on the host's disk.
    MsgAck(MsgAck),
    /// A page of a log.
    History(History),
    /// What you looked for.
    Found(Found),
    /// What came after your position.
    Resumed(Resumed),
    /// You read up to here, perhaps in another window.
    Read(Read),
    /// Others read up to here.
    Seen(Seen),
    /// Who has read a message.
    SeenBy(SeenBy),
    /// Somebody types.
    Typing(Typing),
    /// How it stands with meeting somebody.
    Pair(Pair),
    /// I am here.
    Pong(Pong),
    /// Refused.
    Error(Refusal),
}
