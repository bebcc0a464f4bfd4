//! A hostile client against every form of every dialect, over bare sockets, in a room where honest people talk all the
//! while: two or three of the same form and a member of the desktop protocol. Whatever it does, they lose nothing, hear
//! nothing twice, all hear one order, are told once that it went, and nothing of it is left in any list or count.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a `json!` at the call reads best"
)]

#[path = "../support/dialects/mod.rs"]
mod support;

mod acts;
mod badly;
mod broken;
mod forms;
mod people;
mod raw;
mod stage;
mod verdict;
mod watcher;

/// Each act against each form.
macro_rules! against {
    ($($form:ident: $name:ident),* $(,)?) => { $(
        mod $form {
            use crate::{acts, badly, forms};

            against!(@ $name, acts: dies_mid_frame, never_reads, sends_binary, floods, floods_against_rates, comes_twice);
            against!(@ $name, badly: speaks_badly, breaks_the_rules, comes_and_goes);
        }
    )* };
    (@ $name:ident, $acts:ident: $($act:ident),*) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $act() {
            $acts::$act(&forms::$name).await;
        }
    )* };
}

against! {
    plain: PLAIN,
    pair_json: PAIR_JSON,
    pair_text: PAIR_TEXT,
    private_json: PRIVATE_JSON,
    private_text: PRIVATE_TEXT,
    topic_typed: TYPED,
    topic_untyped: UNTYPED,
    activity: ACTIVITY,
    fastchat_nested: NESTED,
    fastchat_flat: FLAT,
}
