//! How the host is reached: at which addresses it is tried, and what begins when one of them answers.

use landline_protocol::RoomId;
use landline_protocol::bridge::Connection;
use tokio_util::task::AbortOnDropHandle;

use super::{Phase, Task};
use crate::Event;
use crate::address::Address;
use crate::dial::{Dialed, dial};
use crate::effect::Effect;
use crate::socket::Link;

/// Addresses kept of one room; the oldest go first.
const ADDRESSES_CAP: usize = 32;

impl Task {
    /// Tries all addresses.
    pub(super) async fn connect(&mut self) {
        let now = self.now();
        self.network_changed().await;
        let tried = dial(
            self.addrs.clone(),
            self.room_id.clone(),
            self.options.clone(),
        );
        self.phase = Phase::Dialing(AbortOnDropHandle::new(tokio::spawn(tried)));
        self.apply(
            vec![Effect::emit(Event::Connection(Connection::Connecting))],
            now,
        );
    }

    /// An address answered: hello.
    pub(super) async fn open(
        &mut self,
        Dialed {
            socket,
            room_id,
            address,
        }: Dialed,
    ) {
        let now = self.now();
        self.phase = Phase::Open {
            link: Link::new(socket),
            since: now,
        };
        self.addrs.retain(|known| *known != address);
        self.addrs.insert(0, address.clone());
        if self.engine.is_none() {
            self.room_id = Some(room_id.clone());
            self.enter(room_id).await;
        }
        let mut out = Vec::new();
        match &mut self.engine {
            Some((engine, _)) => engine.opened(address.to_string(), now, &mut out),
            None => self.restart = Some("the app's database cannot be read"),
        }
        self.apply(out, now);
    }

    pub(super) async fn network_changed(&mut self) -> bool {
        let look = self.options.own_addresses.clone();
        let Ok(networks) = tokio::task::spawn_blocking(move || look().into_iter().collect()).await
        else {
            return false;
        };
        let before = std::mem::replace(&mut self.networks, networks);
        before != self.networks
    }

    /// The address that worked last is the likeliest.
    pub(super) async fn remember_address(&mut self, room: &RoomId) {
        let id = room.clone();
        let last = self.store.run(move |store| store.last_address(&id)).await;
        if let Ok(Some(last)) = last
            && let Ok(address) = last.parse()
        {
            self.know(vec![address]);
        }
    }

    /// Puts these addresses first; whether one of them is new.
    pub(super) fn know(&mut self, addrs: Vec<Address>) -> bool {
        let is_new = addrs.iter().any(|address| !self.addrs.contains(address));
        self.addrs.retain(|known| !addrs.contains(known));
        self.addrs.splice(0..0, addrs);
        self.addrs.truncate(ADDRESSES_CAP);
        is_new
    }
}
