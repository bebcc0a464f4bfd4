//! `send`: one message, and the host's word that it has it.

use std::io::Read;
use std::time::Duration;

use anyhow::{Context, anyhow, bail};
use landline_client::{Event, Options, Room, join};
use landline_protocol::MessageId;
use landline_protocol::bridge::{Connection, OutboxState};
use landline_protocol::frame::{ClientFrame, Draft, JoinTopic, ServerFrame};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::args::Send;
use crate::find::{Asked, Lookout};
use crate::member;
use crate::stop::Stop;

/// Longest wait for a message to be taken back.
const DISCARDED_WITHIN: Duration = Duration::from_secs(2);

/// Sends one message and waits until the host has it.
pub(crate) async fn run(args: Send) -> anyhow::Result<()> {
    let mut stop = Stop::listen()?;
    let topic = member::topic(&args.member);
    let text = if args.text == "-" {
        from_stdin()?
    } else {
        args.text.clone()
    };
    let (store, identity) = member::identity(&args.member)?;
    let asked = Asked::read(&args.member.room)?;
    let mut lookout = match asked {
        Asked::At(_) => None,
        Asked::Named(_) => Lookout::start().ok(),
    };
    let target = asked.target(lookout.as_mut()).await?;
    let (room, mut events) = join(target, identity, store, Options::default());
    let mine = MessageId::fresh();
    let mut why = String::new();
    let patience = Duration::from_secs(args.timeout);
    let outcome = tokio::select! {
        done = timeout(patience, send(&room, &mut events, topic.as_str(), text, &mine, &mut why)) => done
            .unwrap_or_else(|_| Err(anyhow!("the host did not acknowledge the message within {} s", args.timeout))),
        () = stop.asked() => Err(anyhow!("stopped before the host acknowledged the message")),
    };
    stop.or_else_at_once();
    if outcome.is_err() {
        // What is reported as failed must not be sent later, behind the person's back. A room that never answered has
        // not taken it, and does not answer this either.
        let _ = timeout(DISCARDED_WITHIN, room.discard(&mine)).await;
    }
    room.leave().await;
    outcome.map_err(|error| {
        if why.is_empty() {
            error
        } else {
            error.context(why)
        }
    })
}

/// Posts `text` as `mine` and waits for its acknowledgement. `why` says meanwhile why there is no connection.
async fn send(
    room: &Room,
    events: &mut mpsc::Receiver<Event>,
    topic: &str,
    text: String,
    mine: &MessageId,
    why: &mut String,
) -> anyhow::Result<()> {
    let draft = Draft {
        topic: Some(topic.to_owned()),
        content: text,
        message_id: Some(mine.to_string()),
        ..Draft::default()
    };
    let join = JoinTopic {
        topic: topic.to_owned(),
        ttl: None,
    };
    // Only the host knows whether messages disappear there, and must not be written down here.
    let mut draft = Some(draft);
    let ask = room.send(ClientFrame::JoinTopic(join));
    tokio::pin!(ask);
    let mut asked = false;
    loop {
        let event = tokio::select! {
            done = &mut ask, if !asked => {
                done.context("the topic was not taken")?;
                asked = true;
                continue;
            }
            event = events.recv() => event.context("the room was closed")?,
        };
        match event {
            Event::Frame(ServerFrame::TopicJoined(joined)) if joined.topic.as_str() == topic => {
                if let Some(draft) = draft.take() {
                    let posted = room.send(ClientFrame::Msg(draft)).await;
                    posted.context("the message was not taken")?;
                }
            }
            Event::Frame(ServerFrame::Error(refusal))
                if draft.is_some() && refusal.details.topic.as_deref() == Some(topic) =>
            {
                bail!("the host refused the topic: {}", refusal.message);
            }
            Event::Frame(ServerFrame::MsgAck(ack)) if ack.message_id == *mine => return Ok(()),
            Event::Outbox(message)
                if message.state == OutboxState::Failed && message.message_id == mine.as_str() =>
            {
                bail!(
                    "the host refused the message: {}",
                    message.error.unwrap_or_default()
                );
            }
            Event::Connection(Connection::Refused { detail, .. }) => {
                bail!("the room refused: {detail}")
            }
            Event::Connection(Connection::Waiting { detail, .. }) => *why = detail,
            Event::Connection(Connection::Online { .. }) => why.clear(),
            _ => {}
        }
    }
}

fn from_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("cannot read the message from standard input")?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}
