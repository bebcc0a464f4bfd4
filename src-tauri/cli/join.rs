//! `join`: a room in the terminal, or in a pipe.

use std::io::{IsTerminal, stdin};
use std::time::Duration;

use anyhow::bail;
use landline_client::{Event, Options, Room, join};
use landline_discovery::Event as Sighting;
use landline_protocol::bridge::{Connection, OutboxState};
use landline_protocol::{RoomId, TopicName};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use crate::args::Join;
use crate::dialect;
use crate::find::{Asked, Lookout, addresses};
use crate::lines;
use crate::member;
use crate::output::{notice, plain};
use crate::stop::Stop;

mod failed;
mod shown;
mod speaking;
use failed::Failed;
use shown::Shown;
use speaking::{Known, Speaker, speak};

/// How long leaving waits for messages that the host has not acknowledged yet.
const SENT_WITHIN: Duration = Duration::from_secs(5);

const HELP: &str = "\
/list           topics of the room and people in this one
/search WORDS   find messages: \"a phrase\", pre*, from:name, in:topic, on:2026-01-31
/find NAME      people of the room who are called so
/pair           meet somebody who wants to meet somebody, too
/pair WORDS     say this to whom you met
/unpair         no longer
/retry          send again what failed
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
    // What is said in the lobby is kept, and whoever gives a ttl wants that nothing is.
    let known = watch::Sender::new(Known {
        kind: args.ttl.is_some() || topic == TopicName::lobby(),
        partner: None,
    });
    let heard = known.subscribe();
    let shown = Shown::new(args.json, topic.clone(), me, stdin().is_terminal());
    let failed = Failed::default();
    let mut talk = Talk {
        room,
        events,
        lookout,
        room_id,
        shown,
        failed: failed.clone(),
        topic: topic.clone(),
        known,
        leave_by: None,
    };
    let (left, leaving) = mpsc::channel(1);
    let wishes = lines::read();
    tokio::spawn(speak(Speaker {
        room: talk.room.clone(),
        topic,
        ttl: args.ttl,
        wishes,
        known: heard,
        failed,
        left,
    }));
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
    failed: Failed,
    topic: TopicName,
    /// What the speaking side has to know.
    known: watch::Sender<Known>,
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
            Event::Frame(frame) => {
                // Known before it is told: who reads it may act on it at once.
                self.known
                    .send_if_modified(|known| known.hears(&frame, &self.topic));
                self.shown.frame(&frame)?;
            }
            Event::Connection(connection) => self.connection(connection)?,
            Event::Outbox(message) => {
                self.failed.heard(&message);
                let waits = (message.state != OutboxState::Failed).then_some(message.in_memory);
                self.shown.waits(message.message_id, waits);
            }
            Event::Discarded { message_id } => self.shown.waits(message_id, None),
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
        let (kept, lost) = self.shown.waiting();
        if kept > 0 {
            notice(&format!(
                "{kept} not yet sent; they are kept, and sent when you join again"
            ));
        }
        if lost > 0 {
            notice(&format!(
                "{lost} not sent and lost: nothing is kept of a topic where messages disappear"
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
