//! I7 (promises.md 1.3) in this dialect, both forms: the first list and what was told since is the list that a newcomer is
//! told, whoever came and went in between, members of the room among them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::harness::{BOB, connect, flat, nested};
use crate::harness::{Person, TestRoom, user_id};

/// The people of a list, in either form.
fn ids(frame: &Value) -> BTreeSet<String> {
    let users = frame.get("users").unwrap_or(&frame["data"]["users"]);
    let users = users.as_array().unwrap().iter();
    users
        .map(|user| user["user_id"].as_str().unwrap().to_owned())
        .collect()
}

fn id(n: u32) -> String {
    format!("eeeeeeee-1111-4111-8111-{n:012}")
}

/// Says hello in the flat form; the first list.
async fn flat_list(room: &TestRoom, n: u32) -> (Person, BTreeSet<String>) {
    let mut person = connect(room).await;
    let hello = json!({"type":"HELLO","display_name":"New","user_id":id(n),"session_id":"s"});
    person.send(hello).await;
    let list = ids(&person.frame("PRESENCE").await);
    (person, list)
}

#[tokio::test]
async fn i07_the_first_list_and_what_was_told_since_is_the_list_of_a_newcomer() {
    let room = TestRoom::start().await;
    let (mut ann, mut known) = flat_list(&room, 0).await;
    let mut bob = nested(&room, BOB, "Bob").await;
    let mut here: Vec<(String, Person)> = Vec::new();
    for n in 1..40 {
        match n % 5 {
            0 => here.push((user_id(n), room.enter(n, "A Member").await)),
            1 | 2 => here.push((id(n), flat(&room, &id(n), "Flat").await)),
            3 => here.push((id(n), nested(&room, &id(n), "Nested").await)),
            _ => drop(here.remove(usize::try_from(n).unwrap() * 7 % here.len())),
        }
    }
    let mut all: BTreeSet<String> = here.iter().map(|(id, _)| id.clone()).collect();
    all.extend([id(0), BOB.to_owned()]);
    while ids(&bob.frame("PRESENCE").await) != all {}
    let (_newcomer, list) = flat_list(&room, 99).await;
    assert_eq!(list, all, "all but the newcomer");
    all.insert(id(99));
    while ids(&bob.frame("PRESENCE").await) != all {}
    // In the flat form one is not in one's own list, and is told who came and who went.
    all.remove(&id(0));
    while known != all {
        let change = ann.frame("PRESENCE").await;
        let changed = ids(&change);
        if change["action"] == "connect" {
            known.extend(changed);
        } else {
            known.retain(|one| !changed.contains(one));
        }
    }
}
