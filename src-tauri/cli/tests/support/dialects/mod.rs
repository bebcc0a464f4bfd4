//! The driver of the dialects' black-box tests: a room in a process of its own, raw sockets, raw HTTP, a member of the
//! desktop protocol, and shapes to compare JSON with. It knows addresses and bytes, and nothing of the server's code.
#![allow(
    dead_code,
    reason = "each of the test programs that share the driver uses a part of it"
)]

pub(crate) mod description;
pub(crate) mod http;
pub(crate) mod member;
pub(crate) mod room;
pub(crate) mod shape;
pub(crate) mod socket;

use std::time::Duration;

/// How long anything may take before a test says that it does not come. Generous: it is only ever waited out in failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again until it is so: for what the server does at its own time and tells nobody.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(std::time::Instant::now() < end, "never: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
