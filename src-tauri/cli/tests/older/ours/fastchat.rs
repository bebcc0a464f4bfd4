//! `fastchat`.

use super::Room;

#[test]
fn people_of_both_forms_find_each_other_and_talk() {
    let room = Room::start();
    let mut ann = room.joins("Ann", "fastchat --to bob");
    ann.is_told("Waiting for bob to come online");
    ann.says("<b>hello</b>");
    let mut bob = room.joins("Bob", "fastchat --form nested");
    bob.is_told("Ann is online");
    bob.reads("Ann> hello");
    ann.reads("Ann> <b>hello</b>");
    bob.is_told("Talking with Ann");
    bob.says("hi");
    ann.reads("Bob> hi");
    bob.reads("Bob> hi");

    let mut dan = room.joins("Dan", "fastchat --form nested --to Ann");
    dan.is_told("Talking with Ann");
    dan.says("me too");
    ann.reads("Dan> me too");
    ann.says("for Bob alone");
    bob.reads("Ann> for Bob alone");
    dan.says("/chat bob");
    dan.is_told("Talking with Bob");
    dan.says("hi, Bob");
    bob.reads("Dan> hi, Bob");

    bob.quits();
    ann.is_told("Bob went offline");
    ann.says("gone?");
    ann.is_told("not sent: \"gone?\": Recipient is not online");
    ann.quits();
}

#[test]
fn a_chat_goes_on_after_the_host_was_away() {
    let mut room = Room::start();
    let mut ann = room.joins("Ann", "fastchat --to Bob");
    let mut bob = room.joins("Bob", "fastchat --form nested --to Ann");
    ann.is_told("Talking with Bob");
    bob.is_told("Talking with Ann");
    room.restarts();
    ann.is_told("No connection");
    bob.is_told("No connection");
    ann.says("back");
    bob.reads("Ann> back");
    bob.says("me too");
    ann.reads("Ann> back");
    ann.reads("Bob> me too");
}

#[test]
fn an_id_of_a_member_is_nobody_elses() {
    let room = Room::start();
    // The same data folder: who I am as a member, and who I am here, are two.
    let _member = room.member("Ann", "lobby");
    let mut ann = room.joins("Ann", "fastchat");
    ann.is_told("You are Ann");
    ann.quits();
}
