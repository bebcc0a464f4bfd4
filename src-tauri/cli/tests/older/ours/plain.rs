//! `plain`.

use super::Room;
use crate::people::{HERE, Person};

#[test]
fn clients_get_numbers_and_talk() {
    let room = Room::start();
    let mut one = room.joins("1", "plain");
    one.is_in("Client #1");
    let mut other = Person::joins(&room.place, &room.data("other"), "--dialect plain");
    let given = other.number();
    other.is_in(&format!("Client #{given}"));
    one.reads(&format!("Client #{given}> {HERE}"));
    one.says("hello");
    one.reads("Client #1> hello");
    other.reads("Client #1> hello");
    other.says("hi");
    one.reads(&format!("Client #{given}> hi"));
    other.quits();
    one.is_told(&format!("Client #{given} left the chat"));

    let place = format!("{}/ws/5?echo=all", room.place);
    let mut echoed = Person::joins(&place, &room.data("5"), "--dialect plain");
    echoed.is_told("You are Client #5");
    echoed.says("once");
    one.reads("Client #5> once");
    echoed.says("twice");
    echoed.reads("Client #5> once");
    echoed.reads("Client #5> twice");
}

#[test]
fn a_member_and_a_client_read_each_other_in_the_lobby() {
    let room = Room::start();
    let mut ana = room.member("Ana", "lobby");
    let mut plain = room.joins("7", "plain");
    plain.is_in("Client #7");
    plain.says("hello");
    ana.hears("hello");
    plain.reads("Client #7> hello");
    ana.says("hi");
    plain.reads("Ana> hi");
}

#[test]
fn a_client_is_back_after_the_host_was() {
    let mut room = Room::start();
    let mut one = room.joins("1", "plain");
    one.is_in("Client #1");
    room.restarts();
    one.is_told("No connection");
    one.says("still here");
    one.reads("Client #1> still here");
    one.quits();
}
