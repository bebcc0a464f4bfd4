//! The app without its window, as two people: Ana's desk hosts, Bo's joins by its address, both restart. The network
//! is the loopback and nothing is announced; finding rooms is shown by the window tests on a network of their own.
#![expect(clippy::unwrap_used, reason = "in a test a panic is the message")]

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use landline_desktop::desk::{Desk, Reach};
use landline_desktop::hosting::{HostChange, HostRequest};
use landline_desktop::profile::Profile;
use landline_desktop::refused::Reason;
use landline_protocol::RoomId;
use landline_protocol::bridge::{Connection, PlatformEvent, Settings};
use landline_protocol::frame::{ClientFrame, Draft, Empty, HistoryRequest, ServerFrame};
use tokio::sync::mpsc;

/// Longer than anything here takes on a busy machine; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);
const EVENTS_CAP: usize = 4_096;

/// Somebody with a desk, and all that the window would have been told.
struct Person {
    desk: Desk,
    events: mpsc::Receiver<PlatformEvent>,
}

impl Person {
    fn sits_down(folder: &Path) -> Person {
        let profile = Profile::open(folder).unwrap();
        let reach = Reach {
            discovery: None,
            bind: Some([127, 0, 0, 1].into()),
        };
        let desk = Desk::open(profile, reach).unwrap();
        desk.start();
        let events = attach(&desk);
        Person { desk, events }
    }

    /// The first event that `wanted` takes.
    async fn sees<T>(&mut self, what: &str, wanted: impl Fn(&PlatformEvent) -> Option<T>) -> T {
        let look = async {
            loop {
                let event = self.events.recv().await.expect("the desk tells on");
                if let Some(found) = wanted(&event) {
                    return found;
                }
            }
        };
        tokio::time::timeout(PATIENCE, look)
            .await
            .unwrap_or_else(|_| panic!("never seen: {what}"))
    }

    async fn hears(&mut self, text: &str) {
        self.sees(text, |event| match event {
            PlatformEvent::Frame {
                frame: ServerFrame::Msg(message),
                ..
            } if &*message.content == text => Some(()),
            _ => None,
        })
        .await;
    }

    /// Online and in the lobby, so that what is said now is heard.
    async fn is_in(&mut self, room: &RoomId) {
        let id = room.as_str().to_owned();
        self.sees("the lobby is joined", |event| match event {
            PlatformEvent::Frame {
                room,
                frame: ServerFrame::TopicJoined(_),
            } if *room == id => Some(()),
            _ => None,
        })
        .await;
    }

    fn says(&self, room: &RoomId, text: &str) {
        let draft = Draft {
            topic: Some("lobby".into()),
            content: text.into(),
            ..Draft::default()
        };
        self.desk
            .send(room.as_str(), ClientFrame::Msg(draft))
            .unwrap();
    }

    async fn history(&mut self, room: &RoomId) -> Vec<String> {
        let ask = HistoryRequest {
            topic: Some("lobby".into()),
            ..HistoryRequest::default()
        };
        self.desk
            .send(room.as_str(), ClientFrame::History(ask))
            .unwrap();
        self.sees("history", |event| match event {
            PlatformEvent::Frame {
                frame: ServerFrame::History(page),
                ..
            } => Some(
                page.messages
                    .iter()
                    .map(|m| m.content.to_string())
                    .collect(),
            ),
            _ => None,
        })
        .await
    }
}

fn attach(desk: &Desk) -> mpsc::Receiver<PlatformEvent> {
    let (tell, events) = mpsc::channel(EVENTS_CAP);
    desk.attach(Box::new(move |event| {
        tell.try_send(event).expect("a test that reads along");
    }));
    events
}

fn quietly(name: &str, port: u16) -> HostRequest {
    HostRequest {
        name: name.into(),
        port: Some(port),
        visible: false,
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_and_what_waits_for_it_survive_the_restart_of_both_apps() {
    let place = tempfile::tempdir().unwrap();
    let (ana_home, bo_home) = (place.path().join("ana"), place.path().join("bo"));
    let port = free_port();

    let mut ana = Person::sits_down(&ana_home);
    ana.desk.set_name("Ana").unwrap();
    let room = ana.desk.host_room(quietly("Workshop", port)).await.unwrap();
    ana.is_in(&room).await;
    let mut bo = Person::sits_down(&bo_home);
    bo.desk.set_name("Bo Berg").unwrap();
    let joined = bo
        .desk
        .join_room(&format!("127.0.0.1:{port}"))
        .await
        .unwrap();
    assert_eq!(joined, room);
    bo.is_in(&room).await;
    bo.says(&room, "first");
    ana.hears("first").await;

    // Ana's computer is off; Bo writes on, and then turns his off as well.
    ana.desk.quit().await;
    drop(ana);
    bo.sees("the host is away", |event| match event {
        PlatformEvent::Connection {
            connection: Connection::Waiting { .. },
            ..
        } => Some(()),
        _ => None,
    })
    .await;
    bo.says(&room, "written meanwhile");
    bo.sees("it waits", |event| match event {
        PlatformEvent::Outbox { message, .. } => Some(message.content.clone()),
        _ => None,
    })
    .await;
    bo.desk.quit().await;
    drop(bo);

    let mut ana = Person::sits_down(&ana_home);
    let again = ana
        .sees("hosted again", |event| match event {
            PlatformEvent::Hosting { hosting } => hosting.clone(),
            _ => None,
        })
        .await;
    assert_eq!(again.room_id, room.as_str());
    ana.is_in(&room).await;
    let mut bo = Person::sits_down(&bo_home);
    ana.hears("written meanwhile").await;
    bo.is_in(&room).await;
    assert_eq!(bo.history(&room).await, ["first", "written meanwhile"]);
    ana.desk.quit().await;
    bo.desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_attaches_is_told_how_things_stand() {
    let place = tempfile::tempdir().unwrap();
    let mut ana = Person::sits_down(place.path());
    ana.desk.set_name("Ana").unwrap();
    let room = ana
        .desk
        .host_room(quietly("Workshop", free_port()))
        .await
        .unwrap();
    ana.is_in(&room).await;
    ana.says(&room, "hello");
    ana.hears("hello").await;

    // As if the window had reloaded.
    ana.events = attach(&ana.desk);
    let mut told = Vec::new();
    while let Ok(event) = ana.events.try_recv() {
        told.push(match event {
            PlatformEvent::Frame { frame, .. } => format!("{frame:?}"),
            other => format!("{other:?}"),
        });
    }
    let position = |words: &str| {
        told.iter()
            .position(|event| event.contains(words))
            .unwrap_or_else(|| panic!("not told: {words}, but {told:#?}"))
    };
    assert!(position("Rooms") < position("Online"));
    assert!(position("Hosting") < position("Online"));
    assert!(position("Online") < position("HelloAck"));
    assert!(position("HelloAck") < position("Presence"));
    assert!(position("Presence") < position("TopicJoined"));
    assert!(
        told[position("TopicJoined")].contains("seq: 1"),
        "{told:#?}"
    );
    assert_eq!(ana.history(&room).await, ["hello"]);
    ana.desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_name_is_the_same_room_again_and_stopping_ends_it() {
    let place = tempfile::tempdir().unwrap();
    let mut ana = Person::sits_down(place.path());
    ana.desk.set_name("Ana").unwrap();
    let port = free_port();
    let room = ana.desk.host_room(quietly("Workshop", port)).await.unwrap();
    ana.is_in(&room).await;
    ana.says(&room, "kept");
    ana.hears("kept").await;
    let second = ana.desk.host_room(quietly("Kitchen", 0)).await.unwrap_err();
    assert_eq!(second.code, Reason::AlreadyHosting);

    ana.desk.stop_hosting().await.unwrap();
    let left = ana.desk.send(room.as_str(), ClientFrame::Ping(Empty {}));
    assert_eq!(left.unwrap_err().code, Reason::UnknownRoom);
    let stopped = ana.desk.stop_hosting().await.unwrap_err();
    assert_eq!(stopped.code, Reason::UnknownRoom);

    let again = ana.desk.host_room(quietly("workshop", port)).await.unwrap();
    assert_eq!(again, room);
    ana.is_in(&room).await;
    assert_eq!(ana.history(&room).await, ["kept"]);
    ana.desk.quit().await;

    drop(ana);

    // Ana quit while hosting, so the room is back at the next start; what she stops is not.
    let mut ana = Person::sits_down(place.path());
    ana.is_in(&room).await;
    ana.desk.stop_hosting().await.unwrap();
    ana.desk.quit().await;
    drop(ana);
    let store = landline_client::Store::open(&place.path().join("landline.db")).unwrap();
    assert_eq!(store.setting("hosting").unwrap().as_deref(), Some(""));
    assert!(store.rooms().unwrap().iter().all(|room| !room.joined));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forgotten_room_is_not_the_next_one_of_its_name() {
    let place = tempfile::tempdir().unwrap();
    let mut ana = Person::sits_down(place.path());
    ana.desk.set_name("Ana").unwrap();
    let port = free_port();
    let room = ana.desk.host_room(quietly("Workshop", port)).await.unwrap();
    ana.is_in(&room).await;
    ana.desk.forget_room(room.as_str(), false).await.unwrap();
    let next = ana.desk.host_room(quietly("Workshop", port)).await.unwrap();
    assert_ne!(next, room);
    ana.is_in(&next).await;
    ana.says(&next, "anew");
    ana.hears("anew").await;
    ana.desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_room_is_told_to_the_window_and_kept() {
    let place = tempfile::tempdir().unwrap();
    let mut ana = Person::sits_down(place.path());
    ana.desk.set_name("Ana").unwrap();
    let room = ana
        .desk
        .host_room(quietly("Workshop", free_port()))
        .await
        .unwrap();
    ana.is_in(&room).await;
    let change = HostChange {
        name: Some("Attic".into()),
        visible: None,
    };
    ana.desk.change_hosting(change).await.unwrap();
    ana.sees("the new name", |event| match event {
        PlatformEvent::Hosting {
            hosting: Some(hosting),
        } if hosting.name == "Attic" => Some(()),
        _ => None,
    })
    .await;
    ana.desk.stop_hosting().await.unwrap();
    let again = ana.desk.host_room(quietly("attic", free_port())).await;
    assert_eq!(again.unwrap(), room);
    ana.desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_at_an_address_is_said_and_leaves_no_trace() {
    let place = tempfile::tempdir().unwrap();
    let ana = Person::sits_down(place.path());
    let nameless = ana.desk.join_room("127.0.0.1:1").await.unwrap_err();
    assert_eq!(nameless.code, Reason::Invalid);
    ana.desk.set_name("Ana").unwrap();
    let address = format!("127.0.0.1:{}", free_port());
    let nobody = ana.desk.join_room(&address).await.unwrap_err();
    assert_eq!(nobody.code, Reason::Unreachable, "{nobody}");
    let nonsense = ana.desk.join_room("not an address").await.unwrap_err();
    assert_eq!(nonsense.code, Reason::Invalid, "{nonsense}");
    let mut events = attach(&ana.desk);
    let first = events.recv().await.unwrap();
    assert_eq!(first, PlatformEvent::Rooms { rooms: Vec::new() });
    ana.desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_use_is_said_and_nothing_is_hosted() {
    let place = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let ana = Person::sits_down(place.path());
    ana.desk.set_name("Ana").unwrap();
    let refused = ana.desk.host_room(quietly("Workshop", port)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, Reason::CannotHost);
    assert!(refused.message.contains(&port.to_string()), "{refused}");
    ana.desk
        .host_room(quietly("Workshop", free_port()))
        .await
        .unwrap();
    ana.desk.quit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn name_and_settings_are_there_at_the_next_start() {
    let place = tempfile::tempdir().unwrap();
    let ana = Person::sits_down(place.path());
    let id = ana.desk.boot().user_id;
    assert_eq!(ana.desk.boot().display_name, None);
    assert_eq!(ana.desk.set_name("x").unwrap_err().code, Reason::Invalid);
    ana.desk.set_name("  Ana  ").unwrap();
    let settings = Settings {
        close_to_tray: true,
        ..Settings::default()
    };
    ana.desk.save_settings(settings.clone()).unwrap();
    ana.desk.quit().await;
    drop(ana);
    let boot = Person::sits_down(place.path()).desk.boot();
    assert_eq!(boot.display_name.as_deref(), Some("Ana"));
    assert_eq!(boot.settings, settings);
    assert_eq!(boot.user_id, id);
}
