//! `topic`.

use super::Room;

#[test]
fn both_forms_and_a_member_talk_in_a_topic() {
    let room = Room::start();
    let mut ana = room.joins("Ana", "topic --topic sports");
    ana.is_told("In sports as ana");
    let mut other = room.joins("ANA", "topic --topic Sports --form untyped");
    other.is_told("In sports as ana#2");
    let mut mia = room.member("Mia", "sports");
    let mut carol = room.joins("carol", "topic --topic movies");
    carol.is_told("In movies as carol");

    ana.says("hi");
    ana.reads("ana> hi");
    other.reads("ana> hi");
    mia.hears("hi");
    mia.says("hello, you two");
    ana.reads("Mia> hello, you two");
    other.reads("Mia> hello, you two");
    other.says("/list");
    other.is_told("sports (3)");
    other.says("done");
    other.reads("ana#2> done");
    ana.reads("ana#2> done");
    carol.says("alone");
    carol.reads("carol> alone");
    other.quits();
    let mut again = room.joins("ana", "topic --topic sports");
    again.is_told("In sports as ana#1");
}

#[test]
fn a_reserved_name_ends_it_and_a_refused_text_does_not() {
    let room = Room::start();
    let mut admin = room.joins("admin", "topic");
    admin.ends(1);
    let words = admin.0.notices();
    assert!(
        words.contains("refused: Username must be 1-20 alphanumeric characters"),
        "{words}"
    );
    let mut ana = room.joins("ana", "topic --topic sports");
    ana.is_told("In sports");
    ana.says("<script>x</script>");
    ana.is_told("not sent: \"<script>x</script>\": Message must be 1-5000 characters");
    ana.says("next");
    ana.reads("ana> next");
    ana.quits();
}

#[test]
fn a_topic_is_joined_again_after_the_host_was_away() {
    let mut room = Room::start();
    let mut ana = room.joins("ana", "topic --topic sports");
    ana.is_told("In sports");
    room.restarts();
    ana.is_told("No connection");
    ana.says("back");
    ana.reads("ana> back");
    ana.quits();
}
