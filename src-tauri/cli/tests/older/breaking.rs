//! Connections that break, servers that refuse, words that make no sense.

use std::net::TcpListener;

use serde_json::json;

use crate::people::Person;
use crate::program::{cli, ends};
use crate::server::{Kind, Out, Server};

/// Tells people what they said, as a `pair` server does.
struct Echo {
    /// Drops the connection instead, once.
    is_mute: bool,
    opened: usize,
}

impl Kind for Echo {
    fn serves(&self, target: &str) -> bool {
        target == "/chat/public"
    }

    fn opened(&mut self, id: usize, _: &str) -> Vec<Out> {
        self.opened = id;
        vec![Out::To(
            id,
            json!({"greeting": format!("Welcome number {id}")}).to_string(),
        )]
    }

    fn text(&mut self, id: usize, text: &str) -> Vec<Out> {
        if self.is_mute {
            self.is_mute = false;
            return vec![Out::Drop(id)];
        }
        vec![Out::To(id, text.to_owned())]
    }
}

fn echo(is_mute: bool) -> Server<Echo> {
    Server::start(Echo { is_mute, opened: 0 })
}

fn ana(server: &Server<Echo>, folder: &tempfile::TempDir) -> Person {
    let place = server.addr.to_string();
    let mut ana = Person::joins(&place, folder.path(), "--dialect pair --as Ana");
    ana.is_told("Welcome number 1");
    ana
}

#[test]
fn a_broken_connection_is_said_and_made_again() {
    let (server, folder) = (echo(false), tempfile::tempdir().unwrap());
    let mut ana = ana(&server, &folder);
    for (number, out) in [
        (2, Out::Drop(1)),
        (3, Out::Close(2, 1001, "")),
        (4, Out::Close(3, 1011, "fault")),
        (5, Out::Close(4, 1008, "too slow")),
    ] {
        server.does(out);
        ana.is_told(&format!("Welcome number {number}"));
    }
    let words = ana.0.notices();
    for why in ["the server stops", "fault (1011)", "too slow (1008)"] {
        assert!(
            words.contains(&format!("No connection ({why}); next try in ")),
            "{words}"
        );
    }
    ana.says("hello again");
    ana.reads("Ana> hello again");
    ana.quits();
}

#[test]
fn what_is_typed_meanwhile_is_sent_once_the_server_is_back() {
    let (server, folder) = (echo(false), tempfile::tempdir().unwrap());
    let mut ana = ana(&server, &folder);
    let addr = server.addr;
    drop(server);
    ana.is_told("No connection");
    ana.says("are you there?");
    ana.says("/list");
    ana.is_told("There is no connection now");
    let echo = Echo {
        is_mute: false,
        opened: 0,
    };
    let _server = Server::start_at(echo, addr);
    ana.reads("Ana> are you there?");
    ana.quits();
}

#[test]
fn something_else_at_the_address_for_a_while_is_no_reason_to_give_up() {
    let (server, folder) = (echo(false), tempfile::tempdir().unwrap());
    let mut ana = ana(&server, &folder);
    let addr = server.addr;
    drop(server);
    let other = Server::start_at(Closed, addr);
    ana.is_told("No connection (HTTP 403");
    drop(other);
    let echo = Echo {
        is_mute: false,
        opened: 0,
    };
    let _server = Server::start_at(echo, addr);
    ana.says("back");
    ana.reads("Ana> back");
    ana.quits();
}

/// Lets nobody in.
struct Closed;

impl Kind for Closed {
    fn serves(&self, _: &str) -> bool {
        false
    }

    fn text(&mut self, _: usize, _: &str) -> Vec<Out> {
        Vec::new()
    }
}

#[test]
fn words_that_nobody_confirmed_are_told_and_not_sent_twice() {
    let (server, folder) = (echo(true), tempfile::tempdir().unwrap());
    let mut ana = ana(&server, &folder);
    ana.says("lost?");
    ana.is_told("not confirmed, it may not have arrived: \"lost?\"");
    ana.says("next");
    ana.reads("Ana> next");
    ana.quits();
}

#[test]
fn a_server_that_says_goodbye_is_not_called_again() {
    let (server, folder) = (echo(false), tempfile::tempdir().unwrap());
    let mut ana = ana(&server, &folder);
    server.does(Out::Close(1, 1000, ""));
    ana.ends(0);
    assert!(
        ana.0
            .notices()
            .contains("The server ended the conversation")
    );
    assert_eq!(server.with(|kind| kind.opened), 1);
}

#[test]
fn a_refusal_ends_it_with_its_reason() {
    let (server, folder) = (echo(false), tempfile::tempdir().unwrap());
    let mut ana = ana(&server, &folder);
    server.does(Out::Close(1, 1008, "username in use"));
    ana.ends(1);
    let words = ana.0.notices();
    assert!(
        words.contains("error: the server refused: username in use (1008)"),
        "{words}"
    );

    let place = server.addr.to_string();
    let mut lost = Person::joins(&place, folder.path(), "--dialect pair --private --as Ana");
    lost.ends(1);
    let words = lost.0.notices();
    assert!(
        words.contains("HTTP 403") && words.contains("--dialect"),
        "{words}"
    );
}

#[test]
fn a_server_that_cannot_be_reached_is_tried_again_until_the_person_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap().to_string();
    drop(taken);
    let mut ana = Person::joins(&place, folder.path(), "--dialect activity --as Ana");
    ana.is_told("next try in");
    ana.quits();
    let mut bob = Person::joins(&place, folder.path(), "--dialect activity --as Bob");
    bob.is_told("next try in");
    bob.0.terminate();
    bob.ends(0);
}

#[test]
fn an_option_of_another_dialect_is_wrong_usage() {
    for words in [
        "--private",
        "--to Bob",
        "--dialect nope",
        "--dialect plain --topic sports",
        "--dialect plain --as 1.5",
        "--dialect pair --form typed",
        "--dialect topic --form nested",
        "--dialect topic --private",
        "--dialect activity --to Bob",
        "--dialect fastchat --form untyped",
        "--dialect fastchat --format text",
        "--dialect fastchat --form nested --as X",
    ] {
        let mut command = cli(&["join", "127.0.0.1:1"]);
        let (code, told) = ends({
            command.args(words.split(' ')).env_remove("LANDLINE_AS");
            command
        });
        assert_eq!(code, Some(2), "{words}: {told}");
    }
    for place in ["Ana's room", "wss://127.0.0.1:1/ws"] {
        let (code, told) = ends(cli(&["join", place, "--dialect", "plain"]));
        assert_eq!(code, Some(1), "{place}: {told}");
    }
}
