//! Where an exported chat is read from: a running room, as any member reads it, or the folder of a hosted room.

use std::time::Duration;

use anyhow::{Context, bail};
use landline_client::{Event, Options, Room, join};
use landline_protocol::bridge::Connection;
use landline_protocol::frame::{
    ClientFrame, DirectInfo, Empty, History, HistoryRequest, ServerFrame,
};
use landline_protocol::limits::PAGE_MAX;
use landline_protocol::{TopicName, UserId};
use landline_server::Archive;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::args::{Export, Member};
use crate::find::{Asked, Lookout};
use crate::member;

/// A chat that is read page by page.
pub(super) struct Source {
    /// What the chat is called.
    pub(super) chat: String,
    /// What its room is called.
    pub(super) room: String,
    /// A folder does not tell a topic without messages from one that is not there.
    pub(super) must_hold_something: bool,
    from: From,
}

enum From {
    Folder(Archive, TopicName),
    Room(Joined),
}

impl Source {
    pub(super) async fn open(args: &Export) -> anyhow::Result<Source> {
        let member = Member {
            room: args.room.clone().unwrap_or_default(),
            name: args.name.clone(),
            topic: args.topic.clone(),
            data: args.data.clone(),
        };
        let topic = member::topic(&member);
        if args.room.is_some() {
            return Joined::source(args, &member, topic).await;
        }
        let folder = member::data_folder(args.data.clone(), "headless")?;
        let archive = Archive::open(&folder)?;
        Ok(Source {
            chat: format!("#{topic}"),
            room: archive.room_name().to_owned(),
            must_hold_something: true,
            from: From::Folder(archive, topic),
        })
    }

    /// The page after a `seq`.
    pub(super) async fn page(&mut self, after: u64) -> anyhow::Result<History> {
        match &mut self.from {
            From::Folder(archive, topic) => {
                let page = archive.page(topic, after).await;
                page.context("the room's log cannot be read")
            }
            From::Room(joined) => joined.page(after).await,
        }
    }

    pub(super) async fn close(self) {
        if let From::Room(joined) = self.from {
            joined.room.leave().await;
        }
    }
}

/// A member's connection.
struct Joined {
    room: Room,
    events: mpsc::Receiver<Event>,
    topic: Option<TopicName>,
    with: Option<UserId>,
    patience: Duration,
}

impl Joined {
    async fn source(args: &Export, member: &Member, topic: TopicName) -> anyhow::Result<Source> {
        let (store, identity) = member::identity(member)?;
        let asked = Asked::read(&member.room)?;
        let mut lookout = match asked {
            Asked::At(_) => None,
            Asked::Named(_) => Lookout::start().ok(),
        };
        let target = asked.target(lookout.as_mut()).await?;
        let (room, events) = join(target, identity, store, Options::default());
        let mut joined = Joined {
            room,
            events,
            topic: args.with.is_none().then_some(topic),
            with: None,
            patience: Duration::from_secs(args.timeout),
        };
        let name = joined
            .wait(|event| match event {
                Event::Connection(Connection::Online { room, .. }) => Some(room.name),
                _ => None,
            })
            .await?;
        let chat = match (&args.with, &joined.topic) {
            (Some(with), _) => {
                let chat = joined.direct(with).await?;
                joined.with = Some(chat.with);
                chat.display_name.to_string()
            }
            (None, Some(topic)) => format!("#{topic}"),
            (None, None) => String::new(),
        };
        Ok(Source {
            chat,
            room: name.to_string(),
            must_hold_something: false,
            from: From::Room(joined),
        })
    }

    /// My direct chat with a person of this id or name.
    async fn direct(&mut self, with: &str) -> anyhow::Result<DirectInfo> {
        let list = ClientFrame::ListDirect(Empty {});
        self.room.send(list).await?;
        let chats = self
            .wait(|event| match event {
                Event::Frame(ServerFrame::Direct(direct)) if direct.complete => Some(direct.chats),
                _ => None,
            })
            .await?;
        let id: Option<UserId> = with.parse().ok();
        let mut found = chats.into_iter().filter(|chat| {
            Some(chat.with) == id
                || chat.display_name.as_str().to_lowercase() == with.to_lowercase()
        });
        match (found.next(), found.next()) {
            (Some(chat), None) => Ok(chat),
            (None, _) => bail!(
                "you have no direct chat with \"{}\" here",
                crate::output::plain(with)
            ),
            (Some(_), Some(_)) => {
                bail!("several of that name have a direct chat with you; give the user_id instead")
            }
        }
    }

    async fn page(&mut self, after: u64) -> anyhow::Result<History> {
        let request = HistoryRequest {
            topic: self.topic.as_ref().map(ToString::to_string),
            with: self.with.as_ref().map(ToString::to_string),
            after: Some(after),
            limit: Some(PAGE_MAX),
            ..HistoryRequest::default()
        };
        self.room.send(ClientFrame::History(request)).await?;
        self.wait(|event| match event {
            Event::Frame(ServerFrame::History(page)) if page.after == Some(after) => Some(page),
            _ => None,
        })
        .await
    }

    /// The first event that is wanted. A break ends the export: half of it would look like all.
    async fn wait<T>(&mut self, mut want: impl FnMut(Event) -> Option<T>) -> anyhow::Result<T> {
        let end = Instant::now() + self.patience;
        let mut why = String::new();
        loop {
            let event = match timeout_at(end, self.events.recv()).await {
                Ok(event) => event.context("the room was closed")?,
                Err(_) if why.is_empty() => {
                    bail!(
                        "the room did not answer within {} s",
                        self.patience.as_secs()
                    )
                }
                Err(_) => bail!("the room cannot be reached: {why}"),
            };
            match &event {
                Event::Connection(Connection::Refused { detail, .. }) => {
                    bail!("the room refused: {detail}")
                }
                Event::Connection(Connection::Waiting { detail, .. }) => why.clone_from(detail),
                Event::Frame(ServerFrame::Error(refusal)) => {
                    bail!(
                        "the room refused: {}",
                        crate::output::plain(&refusal.message)
                    )
                }
                _ => {}
            }
            if let Some(wanted) = want(event) {
                return Ok(wanted);
            }
        }
    }
}
