//! Connections that have not said hello, counted per address and in all (promises.md 3.6).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::{WAITING_MAX, WAITING_PER_ADDRESS};

/// Hands out places.
#[derive(Clone)]
pub(crate) struct WaitingRoom {
    places: Arc<Mutex<Places>>,
    is_counting: bool,
}

#[derive(Default)]
struct Places {
    by_address: HashMap<IpAddr, usize>,
    all: usize,
}

/// A place; given back when dropped.
pub(crate) struct Place {
    address: IpAddr,
    room: Option<WaitingRoom>,
}

impl WaitingRoom {
    /// `is_counting` false: everybody gets a place.
    pub(crate) fn new(is_counting: bool) -> WaitingRoom {
        WaitingRoom {
            places: Arc::default(),
            is_counting,
        }
    }

    /// A place for a connection from `address`, if there is one.
    pub(crate) fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        if !self.is_counting {
            return Some(Place {
                address,
                room: None,
            });
        }
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let here = places.by_address.get(&address).copied().unwrap_or(0);
        if here >= WAITING_PER_ADDRESS || places.all >= WAITING_MAX {
            return None;
        }
        places.by_address.insert(address, here + 1);
        places.all += 1;
        Some(Place {
            address,
            room: Some(self.clone()),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let Some(room) = &self.room else { return };
        let mut places = room.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.all = places.all.saturating_sub(1);
        if let Some(here) = places.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                places.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_gets_16_places_and_all_together_256() {
        let room = WaitingRoom::new(true);
        let from = |n: u8| IpAddr::from([10, 0, 0, n]);
        let mut held: Vec<_> = (0..WAITING_PER_ADDRESS)
            .map(|_| room.enter(from(1)).expect("a place"))
            .collect();
        assert!(room.enter(from(1)).is_none());
        assert!(
            room.enter("::ffff:10.0.0.1".parse().unwrap()).is_none(),
            "the same address in IPv6 clothes"
        );
        held.pop();
        assert!(room.enter(from(1)).is_some(), "a place given back is free");
        for n in 2..=100 {
            held.extend((0..WAITING_PER_ADDRESS).filter_map(|_| room.enter(from(n))));
        }
        assert_eq!(held.len(), WAITING_MAX);
        drop(held);
        assert!(room.enter(from(1)).is_some());
    }
}
