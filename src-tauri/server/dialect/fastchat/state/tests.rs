use std::collections::BTreeMap;

use landline_protocol::MessageId;
use uuid::Uuid;

use super::coming::Welcome;
use super::holding::{HELD_MAX, HELD_MS};
use super::online::{BEAT_MS, BEATS_MAX};
use super::*;
use crate::dialect::fastchat::problem::Problem;
use crate::dialect::fastchat::reading::{Draft, Hello};
use crate::dialect::fastchat::writing::Status;

mod chatting;
mod delivering;
mod listing;

fn user(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

/// A state with a clock and the names of a room's members.
struct World {
    state: State,
    now: Timestamp,
    roster: Roster,
}

impl World {
    fn new() -> World {
        World {
            state: State::new(true),
            now: Timestamp(1_000_000),
            roster: Roster::new(),
        }
    }

    fn later(&mut self, ms: i64) {
        self.now.0 += ms;
    }

    /// Says hello on connection `conn` as user `n` and is let in.
    fn join(&mut self, conn: u64, n: u128, form: Form) -> Welcome {
        let hello = Hello {
            user_id: Some(user(n)),
            name: format!("User {n}").into(),
        };
        self.state.connect(SessionId(conn), user(n), &hello, form);
        self.state.accept(SessionId(conn), &self.roster, self.now)
    }

    fn leave(&mut self, conn: u64) -> Vec<Tell> {
        self.state.disconnect(SessionId(conn), self.now)
    }

    fn open(&mut self, conn: u64, target: u128) -> Result<Vec<Tell>, Problem> {
        self.state
            .open(SessionId(conn), user(target), &self.roster, self.now)
    }

    fn say(
        &mut self,
        conn: u64,
        to: Option<u128>,
        content: &str,
        id: Option<&str>,
    ) -> Result<Saying, Problem> {
        let draft = Draft {
            to: to.map(user),
            content: content.into(),
            message_id: id.map(|id| id.parse().expect("a message id")),
        };
        self.state
            .say(SessionId(conn), draft, &self.roster, self.now)
    }

    /// Says something that goes to the hub.
    fn post(&mut self, conn: u64, to: Option<u128>, content: &str) -> Parcel {
        match self.say(conn, to, content, None) {
            Ok(Saying::Post(parcel)) => parcel,
            other => panic!("not posted but {other:?}"),
        }
    }

    fn hear(&mut self, me: u128, from: u128) -> Vec<Tell> {
        self.state
            .hear(user(me), user(from), &self.roster, self.now)
    }

    fn seen(&mut self, conn: u64, members: &[u128]) -> Vec<Parcel> {
        self.roster = members
            .iter()
            .map(|n| (user(*n), format!("Member {n}").into()))
            .collect();
        self.state
            .see_members(SessionId(conn), &self.roster, self.now)
    }
}

/// Which connections are told, and what.
fn told(tells: &[Tell]) -> BTreeMap<u64, Vec<&Frame>> {
    let mut told = BTreeMap::<u64, Vec<&Frame>>::new();
    for tell in tells {
        told.entry(tell.to.0).or_default().push(&tell.frame);
    }
    told
}

fn to(tells: &[Tell]) -> Vec<u64> {
    told(tells).into_keys().collect()
}

/// The chat's id, its participants and its target.
fn opened(frame: &Frame) -> (Uuid, [UserId; 2], UserId, &str) {
    match frame {
        Frame::ChatOpened {
            chat_id,
            participants,
            target,
            target_name,
        } => (*chat_id, *participants, *target, target_name),
        other => panic!("no CHAT_OPENED but {other:?}"),
    }
}

fn is_delivered(frame: &Frame, id: &str) -> bool {
    matches!(frame, Frame::Ack { message_id, status: Status::Delivered, .. } if message_id.as_str() == id)
}

fn id(text: &str) -> MessageId {
    text.parse().expect("a message id")
}
