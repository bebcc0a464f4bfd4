//! The promises of the delivery contract, held against what everybody was told and what the disk holds at the end.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use landline_hub::ChatKey;
use landline_protocol::UserId;

use crate::device::Device;
use crate::disk::Log;
use crate::host::Host;
use crate::ledger::{Id, Shared};

/// Whether everybody has done all and has all: nothing more is to come.
pub(crate) fn has_settled(host: &Host, devices: &[Rc<Device>]) -> bool {
    let disk = host.disk.lock();
    devices.iter().all(|device| {
        device.has_done_all() && device.view.borrow().is_online && is_settled(device, &disk.log)
    }) && devices
        .iter()
        .all(|device| i07_knows_who_is_here(device, devices).is_ok())
}

fn is_settled(device: &Device, log: &Log) -> bool {
    let view = device.view.borrow();
    let ids: HashSet<_> = ids(log, device.user_id);
    let is_out = |id| ids.contains(id) || view.failed.contains(id);
    view.typed.iter().all(|typed| is_out(&typed.message_id)) && i06_behind(device, log).is_none()
}

fn ids(log: &Log, author: UserId) -> HashSet<landline_protocol::MessageId> {
    log.chats()
        .flat_map(|(_, entries)| entries)
        .filter(|entry| entry.author.user_id == author)
        .map(|entry| entry.message_id.clone())
        .collect()
}

/// A chat of which the device has not everything, and how far it has it.
fn i06_behind(device: &Device, log: &Log) -> Option<String> {
    let view = device.view.borrow();
    let lag = |(key, entries): (&ChatKey, &[_])| {
        let is_mine = match key {
            ChatKey::Topic(topic) => view.topics.contains_key(topic),
            ChatKey::Direct(low, high) => [low, high].contains(&&device.user_id),
        };
        let (_, place) = view.places.get(&format!("{key:?}"))?;
        let head = entries.len() as u64;
        let end = place.end().unwrap_or(0);
        (is_mine && end != head).then(|| format!("{key:?}: has {end} of {head}"))
    };
    log.chats().find_map(lag)
}

/// Holds every promise that is about the end of a run.
pub(crate) fn all(host: &Host, devices: &[Rc<Device>], ledger: &Shared) {
    let disk = host.disk.lock();
    let log = &disk.log;
    i02_i03_dense_and_once(log, ledger);
    for device in devices {
        i01_acknowledged_is_there(device, log, ledger);
        i05_in_order_of_writing(device, log, ledger);
        i12_delivered_or_failed(device, log, ledger);
        let broke = |invariant, how: String| {
            let how = format!("{}: {how}", device.name);
            ledger.borrow_mut().broke(invariant, how);
        };
        if let Some(how) = i06_behind(device, log) {
            broke("I6", format!("everything is well, and {how}"));
        }
        if !device.view.borrow().is_online {
            broke("I12", "everything is well, and it is not online".into());
        }
        let cuts = device.view.borrow().cuts;
        if cuts > 0 {
            broke(
                "I6",
                format!("{cuts} cuts were announced, and nothing is cut"),
            );
        }
        if let Err(how) = i07_knows_who_is_here(device, devices) {
            broke("I7", how);
        }
    }
}

/// I2 and I3: dense from 1, no id twice, and each place what it always was.
fn i02_i03_dense_and_once(log: &Log, ledger: &Shared) {
    let mut seen: HashSet<Id> = HashSet::new();
    let mut ledger = ledger.borrow_mut();
    for (chat, entries) in log.chats() {
        for (n, entry) in (1..).zip(entries) {
            let id = (entry.author.user_id, entry.message_id.clone());
            ledger.i03_fact(chat, entry.position.epoch, entry.position.seq, &id);
            if entry.position.seq != n {
                let how = format!("{chat:?}: {} stands where {n} is due", entry.position.seq);
                ledger.broke("I3", how);
            }
            if !seen.insert(id.clone()) {
                ledger.broke("I2", format!("{chat:?}: {} is in the log twice", id.1));
            }
            ledger.count("stored", 1);
        }
    }
}

/// I1: what was acknowledged is in the log, at the place that was said.
fn i01_acknowledged_is_there(device: &Device, log: &Log, ledger: &Shared) {
    let view = device.view.borrow();
    let mut places = HashMap::new();
    for entry in log.chats().flat_map(|(_, entries)| entries) {
        if entry.author.user_id == device.user_id {
            places.insert(&entry.message_id, entry.position);
        }
    }
    let mut ledger = ledger.borrow_mut();
    for acked in &view.acked {
        ledger.count("acked", 1);
        let place = places.get(&acked.message_id);
        if place.is_none_or(|at| (at.epoch, at.seq) != (acked.epoch, acked.seq)) {
            let how = format!("{acked:?} was acknowledged and is at {place:?}");
            ledger.broke("I1", how);
        }
    }
}

/// I5: in the log a member's messages stand in the order of their writing.
fn i05_in_order_of_writing(device: &Device, log: &Log, ledger: &Shared) {
    for (chat, entries) in log.chats() {
        let mine = entries
            .iter()
            .filter(|entry| entry.author.user_id == device.user_id);
        let mine: Vec<_> = mine.map(|entry| entry.message_id.as_str()).collect();
        // Ids count up, with leading zeroes.
        if !mine.is_sorted() {
            let how = format!("{}: {chat:?}: {mine:?}", device.name);
            ledger.borrow_mut().broke("I5", how);
        }
    }
}

/// I12: what was typed is in its chat's log, or its author was told that it failed.
fn i12_delivered_or_failed(device: &Device, log: &Log, ledger: &Shared) {
    let view = device.view.borrow();
    for typed in &view.typed {
        let is_there = log
            .chat(&typed.chat)
            .iter()
            .any(|e| e.author.user_id == device.user_id && e.message_id == typed.message_id);
        ledger.borrow_mut().count("typed", 1);
        if !is_there && !view.failed.contains(&typed.message_id) {
            let how = format!("{} was typed and is nowhere", typed.message_id);
            ledger.borrow_mut().broke("I12", how);
        }
    }
}

/// I7: the snapshot and the changes since give who is here, and who is in the lobby.
fn i07_knows_who_is_here(device: &Device, devices: &[Rc<Device>]) -> Result<(), String> {
    let view = device.view.borrow();
    let everybody: BTreeSet<UserId> = devices.iter().map(|device| device.user_id).collect();
    let here = view.people.iter().filter(|(_, online)| **online);
    let here: BTreeSet<UserId> = here.map(|(user, _)| *user).collect();
    if here != everybody {
        return Err(format!("sees {} of {} here", here.len(), everybody.len()));
    }
    for (topic, members) in &view.topics {
        if *members != everybody {
            let (has, all) = (members.len(), everybody.len());
            return Err(format!("sees {has} of {all} in {topic}"));
        }
    }
    Ok(())
}
