//! The handle of a joined room. Everything happens in its one task (connection.rs); the handle only asks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use landline_protocol::frame::{ClientFrame, Draft, JoinTopic, TopicOnly};
use landline_protocol::limits::{TEXT_BYTES, TTL_MAX_SECS, TTL_MIN_SECS};
use landline_protocol::{DisplayName, MessageId, TopicName, ValueError};
use tokio::sync::{Notify, mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::address::Address;
use crate::chat::Chat;
use crate::connection::Task;
use crate::effect::Row;
use crate::store::{Store, now};
use crate::{EVENTS_CAP, Event, Identity, Options, Target};

/// Wishes of the consumer that wait for the room's task. Full: [`Room::send`] waits.
const COMMANDS_CAP: usize = 256;

/// Why a frame was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It breaks a rule that the server would refuse it for; the words are for the person.
    #[error("{0}")]
    Invalid(String),
    /// It could not be put on this device's disk, so it was not sent. Keep the text and try again.
    #[error("{0}")]
    NotKept(String),
    /// The room was left.
    #[error("you have left this room")]
    Left,
}

impl From<ValueError> for SendError {
    fn from(error: ValueError) -> Self {
        SendError::Invalid(error.0.into())
    }
}

/// A joined room. Clones are the same room; it is left with [`Room::leave`] or when the last clone goes.
#[derive(Debug, Clone)]
pub struct Room {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    commands: mpsc::Sender<Command>,
    signals: Arc<Signals>,
    stop: CancellationToken,
    ended: CancellationToken,
    _last_one_leaves: DropGuard,
}

/// What has an answer.
#[derive(Debug)]
pub(crate) enum Command {
    Post(Row, Reply<MessageId>),
    Ask(ClientFrame, Reply<()>),
    Retry(MessageId, Reply<()>),
    Discard(MessageId, Reply<()>),
}

/// Where the answer goes.
pub(crate) type Reply<T> = oneshot::Sender<Result<T, SendError>>;

/// What has none, and of which only the last counts: never full, never lost.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    wishes: Mutex<Wishes>,
    pub(crate) changed: Notify,
    /// The room's id is known, so that it has an outbox.
    pub(crate) is_known: AtomicBool,
}

/// See [`Signals`].
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) reconnect: bool,
    pub(crate) name: Option<DisplayName>,
    pub(crate) found_at: Option<Vec<Address>>,
}

impl Signals {
    pub(crate) fn take(&self) -> Wishes {
        std::mem::take(&mut self.wishes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn wish(&self, wish: impl FnOnce(&mut Wishes)) {
        wish(&mut self.wishes.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }
}

/// Joins a room and stays in it, reconnecting, until it is left. What waits in its outbox is told at once.
///
/// Needs a tokio runtime. A consumer that does not read its events stops the flow from the room, nothing else.
pub fn join(
    target: Target,
    identity: Identity,
    store: Store,
    options: Options,
) -> (Room, mpsc::Receiver<Event>) {
    let (commands, command_queue) = mpsc::channel(COMMANDS_CAP);
    let (events, event_queue) = mpsc::channel(EVENTS_CAP);
    let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
    let signals = Arc::new(Signals::default());
    let task = Task::new(
        target,
        identity,
        store,
        options,
        events,
        command_queue,
        signals.clone(),
    );
    let (stopped, end) = (stop.clone(), ended.clone().drop_guard());
    tokio::spawn(async move {
        task.run(stopped).await;
        drop(end);
    });
    let last_one_leaves = stop.clone().drop_guard();
    (
        Room {
            inner: Arc::new(Inner {
                commands,
                signals,
                stop,
                ended,
                _last_one_leaves: last_one_leaves,
            }),
        },
        event_queue,
    )
}

impl Room {
    /// Sends a frame. A `MSG` is on this device's disk when this returns, with the id it goes by; everything else is
    /// dropped while the room is not online, except `JOIN_TOPIC`, `LEAVE_TOPIC` and `MARK_READ`, which are remembered.
    ///
    /// A `MSG` to a topic that is known as a disappearing one (by the `ttl` of its `JOIN_TOPIC`, `TOPIC_JOINED` or
    /// `TOPICS`) is in memory only: it waits for the host as any other does, however long, but is gone when the app ends.
    /// Before such a topic's first `TOPIC_JOINED` it may not be known: whoever must not risk the disk waits for that.
    ///
    /// In a room whose id is not known yet (joined by a typed address that has not answered) this waits for it. Whoever
    /// drops the future before it is ready takes the frame back.
    pub async fn send(&self, frame: ClientFrame) -> Result<Option<MessageId>, SendError> {
        match frame {
            ClientFrame::Msg(draft) => {
                let row = checked(draft)?;
                self.ask(|reply| Command::Post(row, reply)).await.map(Some)
            }
            ClientFrame::Hello(_) | ClientFrame::Resume(_) => Err(SendError::Invalid(
                "HELLO and RESUME are said by the client itself".into(),
            )),
            ClientFrame::JoinTopic(JoinTopic { ref topic, .. })
            | ClientFrame::LeaveTopic(TopicOnly { ref topic }) => {
                topic.parse::<TopicName>()?;
                if let ClientFrame::JoinTopic(JoinTopic { ttl: Some(ttl), .. }) = frame
                    && !(TTL_MIN_SECS..=TTL_MAX_SECS).contains(&ttl)
                {
                    return Err(SendError::Invalid(format!(
                        "messages disappear after {TTL_MIN_SECS} to {TTL_MAX_SECS} seconds"
                    )));
                }
                self.ask(|reply| Command::Ask(frame, reply))
                    .await
                    .map(|()| None)
            }
            frame => self
                .ask(|reply| Command::Ask(frame, reply))
                .await
                .map(|()| None),
        }
    }

    /// Sends messages in this order, as [`Room::send`] does each; those that wait together go to the disk together.
    pub async fn send_all(
        &self,
        drafts: impl IntoIterator<Item = Draft>,
    ) -> Vec<Result<MessageId, SendError>> {
        let mut asked = Vec::new();
        for draft in drafts {
            asked.push(match checked(draft) {
                Ok(row) => self.hand_over(|reply| Command::Post(row, reply)).await,
                Err(error) => Err(error),
            });
        }
        let mut answers = Vec::with_capacity(asked.len());
        for asked in asked {
            answers.push(match asked {
                Ok(answer) => answer.await.unwrap_or(Err(SendError::Left)),
                Err(error) => Err(error),
            });
        }
        answers
    }

    /// Connects now instead of after the wait, or again after a refusal.
    pub fn reconnect(&self) {
        self.inner.signals.wish(|wishes| wishes.reconnect = true);
    }

    /// Sends a failed message again, behind those that wait.
    pub async fn retry(&self, id: &MessageId) {
        self.about_outbox(|reply| Command::Retry(id.clone(), reply))
            .await;
    }

    /// Drops a message that waits or failed.
    pub async fn discard(&self, id: &MessageId) {
        self.about_outbox(|reply| Command::Discard(id.clone(), reply))
            .await;
    }

    /// My name from now on.
    pub fn rename(&self, name: DisplayName) {
        self.inner.signals.wish(|wishes| wishes.name = Some(name));
    }

    /// Discovery saw the room at these addresses: they are tried at once if it is not online.
    pub fn found_at(&self, addrs: Vec<Address>) {
        self.inner
            .signals
            .wish(|wishes| wishes.found_at = Some(addrs));
    }

    /// Leaves: says goodbye and writes what is to be remembered. The outbox stays.
    pub async fn leave(self) {
        self.inner.stop.cancel();
        self.inner.ended.cancelled().await;
    }

    /// A room that is not known yet holds no messages: there is nothing to wait for.
    async fn about_outbox(&self, command: impl FnOnce(Reply<()>) -> Command) {
        if self.inner.signals.is_known.load(Ordering::Acquire) {
            // Left meanwhile: the message stays as it is.
            let _ = self.ask(command).await;
        }
    }

    async fn ask<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, SendError> {
        let answer = self.hand_over(command).await?;
        answer.await.map_err(|_| SendError::Left)?
    }

    /// The room's task has it, and will answer.
    async fn hand_over<T>(
        &self,
        command: impl FnOnce(Reply<T>) -> Command,
    ) -> Result<oneshot::Receiver<Result<T, SendError>>, SendError> {
        let (reply, answer) = oneshot::channel();
        let sent = self.inner.commands.send(command(reply)).await;
        sent.map_err(|_| SendError::Left)?;
        Ok(answer)
    }
}

/// The rules that hold on every server; the server's own come back as a refusal. The place is given by the task.
fn checked(draft: Draft) -> Result<Row, SendError> {
    if draft.content.is_empty() || draft.content.len() > TEXT_BYTES {
        return Err(SendError::Invalid(format!(
            "a message has 1 to {TEXT_BYTES} bytes of text"
        )));
    }
    let message_id = match draft.message_id {
        Some(id) => id.parse()?,
        None => MessageId::fresh(),
    };
    Ok(Row {
        message_id,
        chat: Chat::from_text(draft.topic.as_deref(), draft.to.as_deref())?,
        content: draft.content.into(),
        written_at: now(),
        place: 0,
        failed: None,
        disappears: false,
        offered: None,
    })
}
