//! What a person types becomes frames, in the order of typing.

use std::collections::VecDeque;

use landline_client::{Room, SendError};
use landline_protocol::frame::{
    ClientFrame, Draft, Empty, FindPeople, JoinTopic, ListMembers, PairState, SearchRequest,
    ServerFrame,
};
use landline_protocol::{TopicName, UserId};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use super::failed::Failed;
use super::{HELP, SENT_WITHIN};
use crate::lines::{self, LINES_CAP, Wish};
use crate::output::notice;

/// What has to be known before some things are said.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// Whether messages disappear in the topic is settled. What is typed before waits: it must not reach the disk if
    /// they do.
    pub(super) kind: bool,
    /// Whom the person met.
    pub(super) partner: Option<UserId>,
}

impl Known {
    /// Learns from a frame of the room; whether there was anything to learn.
    pub(super) fn hears(&mut self, frame: &ServerFrame, topic: &TopicName) -> bool {
        match frame {
            ServerFrame::TopicJoined(joined) if joined.topic == *topic => {
                !std::mem::replace(&mut self.kind, true)
            }
            ServerFrame::Pair(pair) => {
                self.partner = pair.with.filter(|_| pair.state == PairState::Paired);
                true
            }
            _ => false,
        }
    }
}

/// The side of `join` that speaks.
pub(super) struct Speaker {
    pub(super) room: Room,
    pub(super) topic: TopicName,
    pub(super) ttl: Option<u32>,
    pub(super) wishes: mpsc::Receiver<Wish>,
    pub(super) known: watch::Receiver<Known>,
    pub(super) failed: Failed,
    pub(super) left: mpsc::Sender<()>,
}

/// Says what standard input says, in its order. At its end the room stays open.
pub(super) async fn speak(mut speaker: Speaker) {
    let join = JoinTopic {
        topic: speaker.topic.to_string(),
        ttl: speaker.ttl,
    };
    tell(speaker.room.send(ClientFrame::JoinTopic(join)).await);
    let mut held = VecDeque::new();
    let mut ahead = None;
    let mut leaves = false;
    while !leaves {
        let is_known = speaker.known.borrow().kind;
        if is_known && !held.is_empty() {
            speaker.say_all(held.drain(..)).await;
        }
        match ahead.take() {
            Some(Wish::Leave) => {
                leaves = true;
                continue;
            }
            Some(wish) => speaker.obey(wish).await,
            None => {}
        }
        tokio::select! {
            wish = speaker.wishes.recv(), if held.len() < LINES_CAP => match wish {
                Some(Wish::Say(text)) => {
                    held.push_back(text);
                    ahead = speaker.more_to_say(&mut held);
                }
                Some(Wish::Leave) => leaves = true,
                Some(wish) => speaker.obey(wish).await,
                None => break,
            },
            changed = speaker.known.changed(), if !held.is_empty() => if changed.is_err() {
                return;
            },
        }
    }
    if !held.is_empty() {
        let known = speaker.known.wait_for(|known| known.kind);
        let is_known = if leaves {
            timeout(SENT_WITHIN, known)
                .await
                .is_ok_and(|known| known.is_ok())
        } else {
            known.await.is_ok()
        };
        if is_known {
            speaker.say_all(held.into_iter()).await;
        } else if leaves {
            notice(&format!(
                "{} not sent: the room did not say whether messages disappear in {}",
                held.len(),
                speaker.topic
            ));
        }
    }
    if leaves {
        let _ = speaker.left.send(()).await;
    }
}

impl Speaker {
    /// What else waits to be said: it goes to the disk together. Answers with the first wish that is none.
    fn more_to_say(&mut self, held: &mut VecDeque<String>) -> Option<Wish> {
        while held.len() < LINES_CAP {
            match self.wishes.try_recv().ok()? {
                Wish::Say(text) => held.push_back(text),
                other => return Some(other),
            }
        }
        None
    }

    async fn say_all(&self, texts: impl Iterator<Item = String>) {
        let drafts = texts.map(|content| Draft {
            topic: Some(self.topic.to_string()),
            content,
            ..Draft::default()
        });
        self.room.send_all(drafts).await.into_iter().for_each(tell);
    }

    async fn obey(&self, wish: Wish) {
        match wish {
            Wish::List => {
                tell(self.room.send(ClientFrame::ListTopics(Empty {})).await);
                let members = ListMembers {
                    topic: self.topic.to_string(),
                    after: None,
                };
                tell(self.room.send(ClientFrame::ListMembers(members)).await);
            }
            Wish::Help => notice(HELP),
            Wish::Other(word, words) => match (word.as_str(), words.is_empty()) {
                ("/pair", true) => tell(self.room.send(ClientFrame::FindPair(Empty {})).await),
                ("/pair", false) => self.say_to_partner(words).await,
                ("/retry", true) => self.failed.retry(&self.room).await,
                ("/find", _) => {
                    let text = Some(words);
                    let find = FindPeople { text, after: None };
                    tell(self.room.send(ClientFrame::FindPeople(find)).await);
                }
                ("/unpair", true) => tell(self.room.send(ClientFrame::LeavePair(Empty {})).await),
                ("/search", false) => {
                    let search = SearchRequest {
                        // Days are those of UTC, as the times that are shown. The space says that the last word is whole; `*` says that it goes on.
                        query: words + " ",
                        ..SearchRequest::default()
                    };
                    tell(self.room.send(ClientFrame::Search(search)).await);
                }
                _ => lines::no_command(&word),
            },
            Wish::Say(_) | Wish::Leave => {}
        }
    }

    /// To whom the person met, and to nobody else: with no pair it is not said at all.
    async fn say_to_partner(&self, content: String) {
        let partner = self.known.borrow().partner;
        let Some(partner) = partner else {
            notice("not sent: you have met nobody; /pair finds somebody");
            return;
        };
        let draft = Draft {
            to: Some(partner.to_string()),
            content,
            ..Draft::default()
        };
        tell(self.room.send(ClientFrame::Msg(draft)).await);
    }
}

fn tell<T>(asked: Result<T, SendError>) {
    if let Err(error) = asked {
        notice(&format!("not sent: {error}"));
    }
}
