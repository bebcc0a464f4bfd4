//! What of a room's frames is printed: all of them as JSON, or the messages as text and the rest in few words.

use std::collections::HashMap;
use std::io;

use landline_protocol::frame::{Found, Message, Pair, PairState, ServerFrame, TopicInfo, UserInfo};
use landline_protocol::{Keep, TopicName, UserId};

use crate::output::{line, notice, plain};

/// How frames are shown, and which of my messages are still on their way.
pub(super) struct Shown {
    json: bool,
    topic: TopicName,
    me: UserId,
    /// A person typed my messages on this very screen: they are not printed again.
    typed_here: bool,
    /// Whether each is in memory only.
    waiting: HashMap<String, bool>,
}

impl Shown {
    pub(super) fn new(json: bool, topic: TopicName, me: UserId, typed_here: bool) -> Shown {
        Shown {
            json,
            topic,
            me,
            typed_here,
            waiting: HashMap::new(),
        }
    }

    /// A message of mine waits for its acknowledgement, perhaps in memory only, or no longer.
    pub(super) fn waits(&mut self, message_id: String, in_memory: Option<bool>) {
        match in_memory {
            Some(in_memory) => self.waiting.insert(message_id, in_memory),
            None => self.waiting.remove(&message_id),
        };
    }

    pub(super) fn nothing_waits(&self) -> bool {
        self.waiting.is_empty()
    }

    /// How many wait on disk, and how many in memory only.
    pub(super) fn waiting(&self) -> (usize, usize) {
        let in_memory = self.waiting.values().filter(|in_memory| **in_memory);
        let in_memory = in_memory.count();
        (self.waiting.len() - in_memory, in_memory)
    }

    pub(super) fn frame(&mut self, frame: &ServerFrame) -> io::Result<()> {
        if let ServerFrame::MsgAck(ack) = frame {
            self.waits(ack.message_id.to_string(), None);
        }
        if self.json {
            return line(&serde_json::to_string(frame)?);
        }
        match frame {
            ServerFrame::Msg(message) if !(self.typed_here && message.from == self.me) => {
                line(&self.text(message))
            }
            ServerFrame::Resumed(resumed) if !resumed.recovered => {
                // Beyond `oldest` everything is there: what was missed is what the host keeps no longer.
                notice(if resumed.oldest.is_some() {
                    "The room no longer keeps some messages that you missed; what comes now is its newest part"
                } else {
                    "The room's history was cut; what comes now is its newest part"
                });
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
            ServerFrame::TopicJoined(joined) if joined.topic == self.topic && joined.many => {
                Some(format!("In {} with {}", joined.topic, joined.member_count))
            }
            ServerFrame::TopicJoined(joined) if joined.topic == self.topic => Some(format!(
                "In {} with {}: {}",
                joined.topic,
                joined.member_count,
                names(&joined.members)
            )),
            ServerFrame::Members(members) => Some(format!(
                "Here: {}{}",
                names(&members.members),
                if members.more { " and more" } else { "" }
            )),
            ServerFrame::People(people) => Some(format!(
                "Found: {}{}",
                found(&people.users),
                if people.more { " and more" } else { "" }
            )),
            ServerFrame::Topics(topics) if topics.complete => {
                let topics: Vec<String> = topics.topics.iter().map(listed).collect();
                Some(format!("Topics: {}", topics.join(", ")))
            }
            ServerFrame::Found(found) => Some(found_words(found)),
            ServerFrame::Pair(pair) => Some(met(pair)),
            ServerFrame::TopicKept(kept) if kept.topic == self.topic => Some(match kept.keep {
                Some(keep) => format!("In {} messages are kept {}", kept.topic, kept_words(keep)),
                None => format!("In {} messages are kept for ever", kept.topic),
            }),
            ServerFrame::Room(room) => {
                Some(format!("The room is called \"{}\" now", plain(&room.name)))
            }
            ServerFrame::Error(refusal) => Some(format!("refused: {}", plain(&refusal.message))),
            _ => None,
        }
    }
}

/// What was looked for, a line each.
fn found_words(found: &Found) -> String {
    let hits = found.hits.iter().map(|hit| {
        let chat = hit.topic.as_ref().map_or("direct", TopicName::as_str);
        let text = plain(&hit.snippet);
        let name = plain(hit.display_name.as_str());
        format!("\n{} [{}] {name}> {text}", hit.timestamp, plain(chat))
    });
    let hits: String = hits.collect();
    match (hits.is_empty(), found.more) {
        (true, false) => "Found nothing".into(),
        (true, true) => "Found nothing so far; say more of what it was".into(),
        (false, false) => format!("Found:{hits}"),
        (false, true) => format!("Found, and more:{hits}"),
    }
}

/// People who were asked for by name.
fn found(users: &[UserInfo]) -> String {
    let name = |user: &UserInfo| {
        let away = if user.online { "" } else { " (away)" };
        format!("{}{away}", plain(user.display_name.as_str()))
    };
    if users.is_empty() {
        return "nobody".into();
    }
    users.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A topic in a list: how many are in it, and how long its messages live.
fn listed(topic: &TopicInfo) -> String {
    let guests = match topic.guests {
        0 => String::new(),
        guests => format!(" and {guests} of older systems"),
    };
    let life = topic.ttl.map_or_else(String::new, |ttl| {
        format!(", messages disappear after {ttl} s")
    });
    let kept = topic
        .keep
        .map_or_else(String::new, |keep| format!(", kept {}", kept_words(keep)));
    format!(
        "{} ({}{guests}{life}{kept})",
        plain(topic.topic.as_str()),
        topic.member_count
    )
}

/// How long, after "messages are kept".
fn kept_words(keep: Keep) -> String {
    match keep {
        Keep::Days(1) => "one day".into(),
        Keep::Days(days) => format!("{days} days"),
        Keep::Messages(1) => "until the next one".into(),
        Keep::Messages(messages) => format!("until {messages} newer ones are there"),
    }
}

fn met(pair: &Pair) -> String {
    let name = pair.display_name.as_ref();
    let name = name.map_or_else(|| "somebody".into(), |name| plain(name.as_str()));
    match pair.state {
        PairState::Waiting => "Waiting for somebody who wants to meet somebody, too".into(),
        PairState::Paired => format!("You met {name}; /pair WORDS says something, /unpair ends it"),
        PairState::Left => format!("{name} left; /pair finds somebody else"),
        PairState::Off => "You do not wait for anybody, and are paired with nobody".into(),
    }
}
