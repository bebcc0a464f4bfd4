//! What of a room's frames is printed: all of them as JSON, or the messages as text and the rest in few words.

use std::collections::HashSet;
use std::io;

use landline_protocol::frame::{Message, ServerFrame};
use landline_protocol::{TopicName, UserId};

use crate::output::{line, notice, plain};

/// How frames are shown, and which of my messages are still on their way.
pub(super) struct Shown {
    json: bool,
    topic: TopicName,
    me: UserId,
    /// A person typed my messages on this very screen: they are not printed again.
    typed_here: bool,
    waiting: HashSet<String>,
}

impl Shown {
    pub(super) fn new(json: bool, topic: TopicName, me: UserId, typed_here: bool) -> Shown {
        Shown {
            json,
            topic,
            me,
            typed_here,
            waiting: HashSet::new(),
        }
    }

    /// A message of mine waits for its acknowledgement, or no longer.
    pub(super) fn waits(&mut self, message_id: String, waits: bool) {
        if waits {
            self.waiting.insert(message_id);
        } else {
            self.waiting.remove(&message_id);
        }
    }

    pub(super) fn nothing_waits(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn frame(&mut self, frame: &ServerFrame) -> io::Result<()> {
        if let ServerFrame::MsgAck(ack) = frame {
            self.waits(ack.message_id.to_string(), false);
        }
        if self.json {
            return line(&serde_json::to_string(frame)?);
        }
        match frame {
            ServerFrame::Msg(message) if !(self.typed_here && message.from == self.me) => {
                line(&self.text(message))
            }
            ServerFrame::Resumed(resumed) if !resumed.recovered => {
                notice("The room's history was cut; what comes now is its newest part");
                resumed
                    .messages
                    .iter()
                    .try_for_each(|message| line(&self.text(message)))
            }
            other => {
                if let Some(words) = self.words(other) {
                    notice(&words);
                }
                Ok(())
            }
        }
    }

    /// `name> text`; what was said elsewhere says where.
    fn text(&self, message: &Message) -> String {
        let (name, text) = (
            plain(message.display_name.as_str()),
            plain(&message.content),
        );
        match &message.topic {
            Some(topic) if *topic == self.topic => format!("{name}> {text}"),
            Some(topic) => format!("[{}] {name}> {text}", plain(topic.as_str())),
            None => format!("[direct] {name}> {text}"),
        }
    }

    fn words(&self, frame: &ServerFrame) -> Option<String> {
        let names = |members: &[landline_protocol::frame::MemberInfo]| {
            let names: Vec<String> = members
                .iter()
                .map(|member| plain(member.display_name.as_str()))
                .collect();
            names.join(", ")
        };
        match frame {
            ServerFrame::TopicJoined(joined) if joined.topic == self.topic => Some(format!(
                "In {} with {}: {}",
                joined.topic,
                joined.member_count,
                names(&joined.members)
            )),
            ServerFrame::Members(members) => Some(format!("Here: {}", names(&members.members))),
            ServerFrame::Topics(topics) if topics.complete => {
                let topics = topics
                    .topics
                    .iter()
                    .map(|t| format!("{} ({})", plain(t.topic.as_str()), t.member_count));
                Some(format!(
                    "Topics: {}",
                    topics.collect::<Vec<String>>().join(", ")
                ))
            }
            ServerFrame::Room(room) => {
                Some(format!("The room is called \"{}\" now", plain(&room.name)))
            }
            ServerFrame::Error(refusal) => Some(format!("refused: {}", plain(&refusal.message))),
            _ => None,
        }
    }
}
