//! Connections that come and go.

use std::sync::Arc;

use landline_hub::SessionId;
use landline_protocol::{Timestamp, UserId};

use super::{Conn, Parcel, Roster, State, Tell, User};
use crate::dialect::fastchat::form::Form;
use crate::dialect::fastchat::reading::Hello;
use crate::dialect::fastchat::writing::Frame;

/// What a connection is to hear once it is in.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Welcome {
    /// The chat that a returning flat user was in, between `HELLO_ACK` and `PRESENCE`.
    pub(crate) chat: Option<Frame>,
    /// What came meanwhile, after `PRESENCE`.
    pub(crate) backlog: Vec<Frame>,
    /// What was held for the user; this session posts it.
    pub(crate) parcels: Vec<Parcel>,
    /// What had waited for the user too long, to be told elsewhere.
    pub(crate) late: Vec<Tell>,
}

impl State {
    /// A connection says who it is; the hub has not answered.
    pub(crate) fn connect(&mut self, conn: SessionId, user: UserId, hello: &Hello, form: Form) {
        let name = &hello.name;
        let known = self.users.entry(user).or_insert_with(|| User {
            name: name.clone(),
            form,
            hello: None,
            seen: Timestamp(0),
            left: None,
            conns: Vec::new(),
            current: None,
            heard: None,
            typing_to: None,
        });
        known.conns.push(conn);
        let name = name.clone();
        self.conns.insert(
            conn,
            Conn {
                user,
                form,
                name,
                is_in: false,
                backlog: Vec::new(),
                spoke_to: None,
            },
        );
    }

    /// The hub let it in.
    pub(crate) fn accept(&mut self, conn: SessionId, roster: &Roster, now: Timestamp) -> Welcome {
        let Some(known) = self.conns.get_mut(&conn) else {
            return Welcome::default();
        };
        known.is_in = true;
        let late = self.expire(now);
        let Some(known) = self.conns.get_mut(&conn) else {
            return Welcome::default();
        };
        let (id, form, backlog) = (known.user, known.form, std::mem::take(&mut known.backlog));
        let Some(user) = self.users.get_mut(&id) else {
            return Welcome::default();
        };
        (user.name, user.form) = (known.name.clone(), form);
        (user.hello, user.seen, user.left) = (Some(now), now, None);
        self.is_changed = true;
        self.forget_the_old(now);
        let current = self
            .users
            .get(&id)
            .and_then(|user| user.current)
            .filter(|_| form == Form::Flat);
        let chat = current
            .filter(|partner| self.is_here(*partner, roster))
            .and_then(|partner| self.chat_opened(id, partner, roster, now));
        // It was told once already if the chat was opened while it came in.
        let chat = chat.filter(|chat| !backlog.contains(chat));
        let parcels = self.release(id, conn);
        Welcome {
            chat,
            backlog,
            parcels,
            late,
        }
    }

    /// A connection says hello again: it may have a new name.
    pub(crate) fn rename(&mut self, conn: SessionId, name: &Arc<str>, now: Timestamp) {
        if let Some(known) = self.conns.get_mut(&conn) {
            known.name = name.clone();
            if let Some(user) = self.users.get_mut(&known.user) {
                (user.name, user.hello) = (name.clone(), Some(now));
                self.is_changed = true;
            }
        }
    }

    /// A connection ended, let in or not.
    pub(crate) fn disconnect(&mut self, conn: SessionId, now: Timestamp) -> Vec<Tell> {
        let Some(gone) = self.conns.remove(&conn) else {
            return Vec::new();
        };
        let Some(user) = self.users.get_mut(&gone.user) else {
            return Vec::new();
        };
        user.conns.retain(|one| *one != conn);
        if user.hello.is_none() && user.conns.is_empty() {
            self.users.remove(&gone.user);
        } else if gone.is_in
            && !user
                .conns
                .iter()
                .any(|one| self.conns.get(one).is_some_and(|conn| conn.is_in))
        {
            user.left = Some(now);
        }
        self.orphan(conn, gone.user, now)
    }
}
