//! A room as its members see it: real sockets, real SQLite files, nothing of the inside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod backup;
mod bad_input;
mod bare;
mod doors;
mod fastchat;
mod harness;
mod history;
mod identity;
mod keeping;
mod search;
mod slow;
mod stopping;
mod strangers;
mod talking;
mod topic;
