//! What a server is asked beside the socket.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};

use crate::http::{self, Answer};

use super::Call;
use super::place::Place;

/// How long a question may take.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// Posts `body` to `path` of the place's server; `None`: it has no good answer.
pub(super) async fn post(place: &Place, path: &str, body: &str) -> Option<String> {
    let question = format!("POST {path}");
    let answer = timeout(ANSWERED_WITHIN, http::ask(&place.address, &question, body)).await;
    match answer {
        Ok(Ok(Some(Answer {
            status: 200, body, ..
        }))) => Some(body),
        other => {
            tracing::debug!(path, ?other, "no good answer");
            None
        }
    }
}

/// Asks again and again until it is dropped. A server without a good answer is not told to the person, whose
/// conversation works all the same.
pub(super) struct Calling(JoinHandle<()>);

impl Calling {
    pub(super) fn start(place: &Place, call: Call) -> Calling {
        let place = place.clone();
        Calling(tokio::spawn(async move {
            let mut due = interval(call.every);
            loop {
                due.tick().await;
                post(&place, call.path, &call.body).await;
            }
        }))
    }
}

impl Drop for Calling {
    fn drop(&mut self) {
        self.0.abort();
    }
}
