//! `pair`.

use super::Room;

#[test]
fn both_forms_and_a_member_talk_in_the_public_room() {
    let room = Room::start();
    let mut ana = room.joins("Ana", "pair");
    ana.is_told("Welcome to the chat room!");
    ana.is_told("1 here");
    let mut bob = room.joins("Bob", "pair --format text");
    bob.is_told("Someone joined the chat!");
    ana.is_told("2 here");
    ana.is_told("Someone joined the chat!");
    ana.says("hello");
    ana.reads("Ana> hello");
    bob.reads("Ana> hello");
    bob.says("hi, Ana");
    bob.reads("Bob> hi, Ana");
    ana.reads("Bob> hi, Ana");
    bob.quits();
    ana.is_told("Someone left the chat!");

    let mut mia = room.member("Mia", "public");
    ana.says("anybody?");
    ana.reads("Ana> anybody?");
    mia.hears("anybody?");
    mia.says("me");
    ana.reads("Mia> me");
}

#[test]
fn two_meet_in_private_and_nobody_else_hears_them() {
    let room = Room::start();
    let joins = |name: &str, form: &str| {
        let mut person = room.joins(name, &format!("pair --private{form}"));
        person.is_told("chat");
        person
    };
    let mut ana = joins("Ana", "");
    let mut bob = joins("Bob", " --format text");
    let mut eve = joins("Eve", "");
    ana.is_told("Someone joined the chat!");
    ana.says("only for you");
    bob.reads("Ana> only for you");
    ana.reads("Ana> only for you");
    eve.says("anybody?");
    eve.reads("Eve> anybody?");
    bob.quits();
    ana.is_told("Someone left the chat!");
    let mut dan = joins("Dan", "");
    dan.says("hi");
    dan.reads("Dan> hi");
}

#[test]
fn clients_meet_again_after_the_host_was_away() {
    let mut room = Room::start();
    let mut ana = room.joins("Ana", "pair");
    ana.is_told("Welcome");
    let mut bob = room.joins("Bob", "pair");
    ana.is_told("2 here");
    room.restarts();
    bob.is_told("No connection");
    ana.is_told("No connection");
    ana.says("/list");
    ana.says("back");
    ana.reads("Ana> back");
    bob.quits();
}
