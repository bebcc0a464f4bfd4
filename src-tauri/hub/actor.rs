//! The one task that owns a hub: commands and store answers in, effects out. It waits for neither disk nor socket.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::command::{Command, SessionId};
use crate::effect::Effect;
use crate::limits::HUB_COMMANDS_CAP;
use crate::ports::{Clock, Outlet, Store};
use crate::state::Hub;

/// How many waiting inputs are taken in one go; more only delays the answers of the store.
const INPUTS_AT_ONCE: usize = 256;

/// What reaches the task.
enum Input<L> {
    Open(SessionId, L),
    Command(Command),
    Look(Box<dyn FnOnce(&Hub) + Send>),
}

/// Speaks to the hub's task. Cheap to clone.
pub struct HubHandle<L> {
    inputs: mpsc::Sender<Input<L>>,
}

impl<L> Clone for HubHandle<L> {
    fn clone(&self) -> Self {
        HubHandle {
            inputs: self.inputs.clone(),
        }
    }
}

/// The hub has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the room has stopped")]
pub struct Stopped;

impl<L: Send + 'static> HubHandle<L> {
    /// A session exists from now on; to be sent before its first command.
    pub async fn open(&self, session: SessionId, line: L) -> Result<(), Stopped> {
        self.inputs
            .send(Input::Open(session, line))
            .await
            .map_err(|_| Stopped)
    }

    /// Queues a command; waits while the hub is behind.
    pub async fn send(&self, command: Command) -> Result<(), Stopped> {
        self.inputs
            .send(Input::Command(command))
            .await
            .map_err(|_| Stopped)
    }

    /// Looks at the state between two commands.
    pub async fn look<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Hub) -> T + Send + 'static,
    ) -> Result<T, Stopped> {
        let (reply, answer) = tokio::sync::oneshot::channel();
        let look = Box::new(move |hub: &Hub| {
            // Whoever asked may have gone; nobody misses the answer then.
            let _ = reply.send(question(hub));
        });
        self.inputs
            .send(Input::Look(look))
            .await
            .map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// The task, not yet running.
pub struct Actor<S, O: Outlet> {
    hub: Hub,
    store: S,
    outlet: O,
    inputs: mpsc::Receiver<Input<O::Line>>,
    answers: mpsc::Receiver<Command>,
    clock: Clock,
}

/// Makes the task that will own `hub`. `answers` is where `store` sends its commands; `clock` tells the time.
pub fn actor<S: Store, O: Outlet>(
    hub: Hub,
    store: S,
    outlet: O,
    answers: mpsc::Receiver<Command>,
    clock: Clock,
) -> (HubHandle<O::Line>, Actor<S, O>) {
    let (sender, inputs) = mpsc::channel(HUB_COMMANDS_CAP);
    (
        HubHandle { inputs: sender },
        Actor {
            hub,
            store,
            outlet,
            inputs,
            answers,
            clock,
        },
    )
}

impl<S: Store, O: Outlet> Actor<S, O> {
    /// Runs until `stop`, then hands the store back so that it can be closed with everything in it.
    pub async fn run(mut self, stop: CancellationToken) -> S {
        let mut inputs = Vec::with_capacity(INPUTS_AT_ONCE);
        let mut more = false;
        loop {
            if more {
                // Others have their turn between two pieces of a long list: who has heard may answer already.
                tokio::task::yield_now().await;
                if stop.is_cancelled() {
                    return self.store;
                }
            } else {
                let wake_at = self.hub.wake_at();
                let wait = wake_at.map_or(i64::MAX, |at| (at.0 - (self.clock)().0).max(0));
                let sleep = tokio::time::sleep(std::time::Duration::from_millis(
                    wait.min(3_600_000).unsigned_abs(),
                ));
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return self.store,
                    Some(answer) = self.answers.recv() => self.handle(answer),
                    taken = self.inputs.recv_many(&mut inputs, INPUTS_AT_ONCE) => {
                        if taken == 0 {
                            return self.store;
                        }
                    }
                    () = sleep, if wake_at.is_some() => self.handle(Command::Wake),
                }
            }
            let has_come = self.take_what_is_there(&mut inputs);
            let awaits_store = self.hub.awaits_store();
            if more && awaits_store {
                self.store.give_way();
            }
            more = self.outlet.flush(more && !has_come && !awaits_store);
        }
    }

    /// All that can be taken without waiting: what it tells goes out together. Whether there was anything.
    fn take_what_is_there(&mut self, inputs: &mut Vec<Input<O::Line>>) -> bool {
        let mut has_come = false;
        for _ in 0..INPUTS_AT_ONCE {
            let Ok(answer) = self.answers.try_recv() else {
                break;
            };
            has_come = true;
            self.handle(answer);
        }
        while inputs.len() < INPUTS_AT_ONCE
            && let Ok(input) = self.inputs.try_recv()
        {
            inputs.push(input);
        }
        has_come |= !inputs.is_empty();
        for input in inputs.drain(..) {
            match input {
                Input::Open(session, line) => self.outlet.open(session, line),
                Input::Command(command) => self.handle(command),
                Input::Look(look) => look(&self.hub),
            }
        }
        has_come
    }

    fn handle(&mut self, command: Command) {
        let exit = match &command {
            Command::Exit(session) => Some(*session),
            _ => None,
        };
        for effect in self.hub.handle(command, (self.clock)()) {
            match effect {
                Effect::Append(append) => self.store.append(append),
                Effect::Save(record) => self.store.save(record),
                Effect::Trim(now) => self.store.trim(now),
                Effect::Read {
                    session,
                    chat,
                    key,
                    query,
                } => self.store.read(session, chat, key, query),
                Effect::Search {
                    session,
                    scope,
                    search,
                } => self.store.search(session, scope, search),
                Effect::Send(audience, event) => self.outlet.send(&audience, &event),
                Effect::Close(session, code, reason) => self.outlet.close(session, code, reason),
            }
        }
        if let Some(session) = exit {
            self.outlet.forget(session);
        }
        self.outlet.glance(&self.hub);
    }
}
