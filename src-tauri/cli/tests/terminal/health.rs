//! `health`: the exit code is what a container goes by.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use crate::program::{PATIENCE, cli, ends, host, url};

#[test]
fn a_room_that_answers_is_healthy_and_one_that_is_gone_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (mut room, said) = host(folder.path(), &["--port", "0", "--no-announce"]);
    assert_eq!(ends(cli(&["health", url(&said)])).0, Some(0));
    let port = url(&said).rsplit(':').next().unwrap().to_owned();
    for (bind, code) in [("0.0.0.0", 0), ("127.0.0.1", 0), ("::1", 1)] {
        let mut by_environment = cli(&["health"]);
        by_environment.env("LANDLINE_PORT", &port);
        by_environment.env("LANDLINE_BIND", bind);
        assert_eq!(ends(by_environment).0, Some(code), "{bind}");
    }
    room.terminate();
    room.exit(PATIENCE);
    let (code, words) = ends(cli(&["health", url(&said)]));
    assert_eq!(code, Some(1), "{words}");
    assert!(words.contains("is not healthy"), "{words}");
}

#[test]
fn who_refuses_speaks_something_else_or_says_nothing_is_not_healthy() {
    for answer in [
        "HTTP/1.1 503 Service Unavailable\r\n\r\n",
        "HTTP/1.1 2000\r\n\r\n",
        "220 mail.example ESMTP\r\n",
        "",
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let other = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
        });
        let (code, words) = ends(cli(&["health", &address]));
        other.join().unwrap();
        assert_eq!(code, Some(1), "{answer:?}: {words}");
    }
}

#[test]
fn who_takes_the_connection_and_is_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (code, words) = ends(cli(&["health", &address, "--timeout", "1"]));
    assert_eq!(code, Some(1));
    assert!(words.contains("no answer within 1 s"), "{words}");
}

#[test]
fn what_is_no_address_is_no_room() {
    assert_eq!(ends(cli(&["health", "https://localhost"])).0, Some(1));
    assert_eq!(ends(cli(&["health", "--port", "many"])).0, Some(2));
}
