//! `join`: a room in the terminal, or in a pipe.

use std::io::{IsTerminal, stdin};
use std::time::Duration;

use anyhow::bail;
use landline_client::{Event, Options, Room, join};
use landline_discovery::Event as Sighting;
use landline_protocol::bridge::{Connection, OutboxState};
use landline_protocol::frame::{ClientFrame, Draft, Empty, JoinTopic, ListMembers};
use landline_protocol::{RoomId, TopicName};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::args::Join;
use crate::dialect;
use crate::find::{Asked, Lookout, addresses};
use crate::lines::{self, Wish};
use crate::member;
use crate::output::{notice, plain};
use crate::stop::Stop;

mod shown;
use shown::Shown;

/// How long leaving waits for messages that the host has not acknowledged yet.
const SENT_WITHIN: Duration = Duration::from_secs(5);

const HELP: &str = "\
/list           topics of the room and people in this one
/help           these words
/quit, /exit    leave
//text          send a line that begins with a slash";

/// Joins, and stays until it is told to leave.
pub(crate) async fn run(args: Join) -> anyhow::Result<()> {
    if let Some(dialect) = args.older.dialect {
        return dialect::run(dialect, args).await;
    }
    let mut stop = Stop::listen()?;
    let topic = member::topic(&args.member);
    let (store, identity) = member::identity(&args.member)?;
    let me = identity.user_id;
    let asked = Asked::read(&args.member.room)?;
    let mut lookout = if asked.is_here() {
        None
    } else {
        Lookout::start().ok()
    };
    let target = tokio::select! {
        target = asked.target(lookout.as_mut()) => target?,
        () = stop.asked() => return Ok(()),
    };
    let room_id = target.room_id.clone();
    let (room, events) = join(target, identity, store, Options::default());
    let shown = Shown::new(args.json, topic.clone(), me, stdin().is_terminal());
    let mut talk = Talk {
        room,
        events,
        lookout,
        room_id,
        shown,
        leave_by: None,
    };
    let (left, leaving) = mpsc::channel(1);
    let wishes = lines::read();
    tokio::spawn(speak(talk.room.clone(), topic, wishes, left));
    let outcome = talk.listen(leaving, &mut stop).await;
    stop.or_else_at_once();
    talk.close().await;
    outcome
}

struct Talk {
    room: Room,
    events: mpsc::Receiver<Event>,
    lookout: Option<Lookout>,
    /// Known from the start, or from the room's own word.
    room_id: Option<RoomId>,
    shown: Shown,
    /// Set once the person wants to leave: what is on its way may still be acknowledged until then.
    leave_by: Option<Instant>,
}

impl Talk {
    async fn listen(
        &mut self,
        mut leaving: mpsc::Receiver<()>,
        stop: &mut Stop,
    ) -> anyhow::Result<()> {
        loop {
            if self.leave_by.is_some() && self.shown.nothing_waits() {
                return Ok(());
            }
            let end = self.leave_by.unwrap_or_else(Instant::now);
            tokio::select! {
                // Events first: what was said before leaving is known to wait before the wish to leave is heard.
                biased;
                event = self.events.recv() => match event {
                    Some(event) => self.take(event)?,
                    None => return Ok(()),
                },
                () = stop.asked() => return Ok(()),
                Some(()) = leaving.recv(), if self.leave_by.is_none() => self.leave_by = Some(Instant::now() + SENT_WITHIN),
                () = sleep_until(end), if self.leave_by.is_some() => return Ok(()),
                Some(sighting) = seen(self.lookout.as_mut()) => self.follow(sighting),
            }
        }
    }

    fn take(&mut self, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Frame(frame) => self.shown.frame(&frame)?,
            Event::Connection(connection) => self.connection(connection)?,
            Event::Outbox(message) => {
                if message.state == OutboxState::Failed {
                    let why = message.error.as_deref().unwrap_or("the host refused it");
                    notice(&format!("not sent: \"{}\": {why}", plain(&message.content)));
                }
                self.shown
                    .waits(message.message_id, message.state != OutboxState::Failed);
            }
            Event::Discarded { message_id } => self.shown.waits(message_id, false),
        }
        Ok(())
    }

    fn connection(&mut self, connection: Connection) -> anyhow::Result<()> {
        match connection {
            Connection::Online { address, room } => {
                notice(&format!("In \"{}\" at {address}", plain(&room.name)));
                self.room_id = Some(room.room_id);
            }
            Connection::Waiting {
                detail,
                retry_in_ms,
                ..
            } => {
                notice(&format!(
                    "No connection ({}); next try in {:.1} s",
                    plain(&detail),
                    f64::from(retry_in_ms) / 1e3
                ));
                if let (Some(lookout), Some(room_id)) = (&self.lookout, &self.room_id) {
                    lookout.browser.verify(room_id.as_str());
                }
            }
            Connection::Refused { detail, .. } => bail!("the room refused: {}", plain(&detail)),
            Connection::Connecting | Connection::Left => {}
        }
        Ok(())
    }

    /// The room is heard, perhaps at another address: try there at once.
    fn follow(&self, sighting: Sighting) {
        let (Sighting::Found(room) | Sighting::Changed(room)) = sighting else {
            return;
        };
        if self
            .room_id
            .as_ref()
            .is_some_and(|room_id| room_id.as_str() == room.room_id)
        {
            self.room.found_at(addresses(&room));
        }
    }

    async fn close(self) {
        let waiting = self.shown.waiting();
        if waiting > 0 {
            notice(&format!(
                "{waiting} not yet sent; they are kept, and sent when you join again"
            ));
        }
        self.room.leave().await;
        if let Some(lookout) = self.lookout {
            lookout.browser.stop().await;
        }
    }
}

async fn seen(lookout: Option<&mut Lookout>) -> Option<Sighting> {
    lookout?.events.recv().await
}

/// Says what standard input says, in its order. At its end the room stays open.
async fn speak(
    room: Room,
    topic: TopicName,
    mut wishes: mpsc::Receiver<Wish>,
    left: mpsc::Sender<()>,
) {
    let join = JoinTopic {
        topic: topic.to_string(),
        ttl: None,
    };
    let _ = room.send(ClientFrame::JoinTopic(join)).await;
    while let Some(wish) = wishes.recv().await {
        let asked = match wish {
            Wish::Say(content) => {
                let draft = Draft {
                    topic: Some(topic.to_string()),
                    content,
                    ..Draft::default()
                };
                room.send(ClientFrame::Msg(draft)).await
            }
            Wish::List => {
                let _ = room.send(ClientFrame::ListTopics(Empty {})).await;
                let members = ListMembers {
                    topic: topic.to_string(),
                    after: None,
                };
                room.send(ClientFrame::ListMembers(members)).await
            }
            Wish::Help => {
                notice(HELP);
                continue;
            }
            Wish::Other(word, _) => {
                lines::no_command(&word);
                continue;
            }
            Wish::Leave => {
                let _ = left.send(()).await;
                return;
            }
        };
        if let Err(error) = asked {
            notice(&format!("not sent: {error}"));
        }
    }
}
