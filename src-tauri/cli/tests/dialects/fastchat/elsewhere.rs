//! `fastchat` from another address: this suite once more, in a network namespace that it makes for itself.

use std::process::Command;

use serde_json::json;

use super::{nested_error, nested_hello, person};
use crate::support::room::Room;
use crate::support::socket::Socket;
use crate::table::{Setup, cases};

cases! {
    "fastchat_rules_id_in_use_from_another_address", Setup::FRESH, id_in_use_from_another_address;
}

const NAME: &str = "fastchat_rules_id_in_use_from_another_address";
/// An address of the namespace that is no loopback address, whatever card carries it: not every kernel has another.
const SECOND: &str = "10.77.0.1";
/// Set for the run within the namespace.
const INSIDE: &str = "LANDLINE_INSIDE_NAMESPACE";

async fn id_in_use_from_another_address(room: Room) {
    if std::env::var_os(INSIDE).is_some() {
        return inside(room.another(&["--rate-limit", "off", "--bind", "0.0.0.0"])).await;
    }
    let script = format!(
        "ip link set lo up && ip addr add {SECOND}/32 dev lo || exit 77; \
         exec \"$0\" --exact {NAME}"
    );
    let run = Command::new("unshare")
        .args(["--user", "--map-root-user", "--net", "sh", "-c", &script])
        .arg(std::env::current_exe().expect("this program has a path"))
        .env(INSIDE, "1")
        .env(
            "LANDLINE_BINARY",
            room.binary().expect("the server is ours"),
        )
        .output();
    let (why, output) = match run {
        Ok(run) => {
            let (out, err) = (
                String::from_utf8_lossy(&run.stdout),
                String::from_utf8_lossy(&run.stderr),
            );
            if run.status.success() && out.contains("1 passed") {
                return;
            }
            let is_able = !err.contains("unshare") && run.status.code() != Some(77);
            (
                if is_able {
                    "it failed inside"
                } else {
                    "no namespaces here"
                },
                format!("{out}\n{err}"),
            )
        }
        Err(error) => ("no namespaces here", error.to_string()),
    };
    let may_skip = why == "no namespaces here" && std::env::var_os("CI").is_none();
    assert!(may_skip, "{why}: {output}");
    eprintln!("skipped, {why}: {output}");
}

async fn inside(room: Room) {
    let port = room.addr.rsplit(':').next().expect("an address has a port");
    let ann = person("Ann");
    let loopback = format!("127.0.0.1:{port}");
    let other = format!("{SECOND}:{port}");
    let mut first = Socket::open(&loopback, "/ws", &[]).await;
    first.send_json(nested_hello(&ann)).await;
    assert_eq!(first.json().await["type"], "HELLO_ACK");
    let mut second = Socket::open(&loopback, "/ws", &[]).await;
    second.send_json(nested_hello(&ann)).await;
    assert_eq!(
        second.json().await["type"],
        "HELLO_ACK",
        "all loopback is one"
    );
    let mut thief = Socket::open(&other, "/ws", &[]).await;
    thief.send_json(nested_hello(&ann)).await;
    thief
        .expect_json(nested_error("UNAUTHORIZED", json!({})))
        .await;
    thief.expect_close(1008, None).await;
}
